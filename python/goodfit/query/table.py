"""Scalar series → one long table: run, tag, step, wall_time, value; each recorded point, in order of run, tag and file.

pandas, polars and pyarrow are imported when asked for, and are optional.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.errors import MissingExtra
from goodfit.store.store import Store
from goodfit.types import Scalars, SeriesInfo, SeriesKey

if TYPE_CHECKING:
    import numpy.typing as npt

    from goodfit.types import Float64Array, Int64Array

COLUMNS = ("run", "tag", "step", "wall_time", "value")


@dataclass(frozen=True, slots=True)
class LongTable:
    """Columns of equal length; runs and tags as codes into sorted names."""

    run_names: list[str]
    tag_names: list[str]
    run_codes: npt.NDArray[np.int32]
    tag_codes: npt.NDArray[np.int32]
    steps: Int64Array
    wall_times: Float64Array
    """Seconds since the epoch, UTC."""
    values: Float64Array


def read_series(store: Store, infos: Sequence[SeriesInfo]) -> Iterator[tuple[SeriesKey, Scalars]]:
    """The scalar series among `infos`, one at a time."""
    for info in infos:
        if info.kind == "scalar":
            yield info.key, store.read_scalars(info.key)


def make_table(store: Store, infos: Sequence[SeriesInfo]) -> LongTable:
    """All points of the scalar series among `infos`."""
    found = list(read_series(store, infos))
    run_names = sorted({key.run for key, _ in found})
    tag_names = sorted({key.tag for key, _ in found})
    run_code = {name: code for code, name in enumerate(run_names)}
    tag_code = {name: code for code, name in enumerate(tag_names)}
    lengths = [len(series.steps) for _, series in found]

    def joined(arrays: list[Any], dtype: type) -> Any:
        return np.concatenate([np.empty(0, dtype), *arrays])

    return LongTable(
        run_names=run_names,
        tag_names=tag_names,
        run_codes=np.repeat(np.array([run_code[key.run] for key, _ in found], dtype=np.int32), lengths),
        tag_codes=np.repeat(np.array([tag_code[key.tag] for key, _ in found], dtype=np.int32), lengths),
        steps=joined([series.steps for _, series in found], np.int64),
        wall_times=joined([series.wall_times for _, series in found], np.float64),
        values=joined([series.values for _, series in found], np.float64),
    )


def to_pandas(table: LongTable) -> Any:
    """A pandas.DataFrame; run and tag are categories. Raises MissingExtra."""
    try:
        import pandas as pd  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtra.named("pandas", "pandas", "to_pandas()") from error
    return pd.DataFrame(
        {
            "run": pd.Categorical.from_codes(table.run_codes, table.run_names),
            "tag": pd.Categorical.from_codes(table.tag_codes, table.tag_names),
            "step": table.steps,
            "wall_time": table.wall_times,
            "value": table.values,
        }
    )


def to_polars(table: LongTable) -> Any:
    """A polars.DataFrame; run and tag are enumerations. Raises MissingExtra."""
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtra.named("polars", "polars", "to_polars()") from error

    def names(codes: npt.NDArray[np.int32], categories: list[str]) -> Any:
        return pl.Series(categories, dtype=pl.Enum(categories)).gather(codes)

    return pl.DataFrame(
        {
            "run": names(table.run_codes, table.run_names),
            "tag": names(table.tag_codes, table.tag_names),
            "step": table.steps,
            "wall_time": table.wall_times,
            "value": table.values,
        }
    )


def to_arrow(table: LongTable) -> Any:
    """A pyarrow.Table; run and tag are dictionary-encoded. Raises MissingExtra."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtra.named("pyarrow", "arrow", "to_arrow()") from error

    def names(codes: npt.NDArray[np.int32], categories: list[str]) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(categories, pa.string()))

    return pa.table(
        {
            "run": names(table.run_codes, table.run_names),
            "tag": names(table.tag_codes, table.tag_names),
            "step": pa.array(table.steps),
            "wall_time": pa.array(table.wall_times),
            # A logged NaN is a value, not a gap.
            "value": pa.array(table.values, from_pandas=False),
        }
    )
