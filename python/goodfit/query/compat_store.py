"""A store → the same store as one of TensorBoard's readers would have it: series of the points that it shows.

Everything that is read of a series goes through the reading: points, counts, the newest value. Pictures of curves
(`sample` and what rests on it) are drawn by branches, which TensorBoard does not know; they are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from goodfit.errors import BadArgument
from goodfit.query.compat import READINGS, Reading, kept_points, read_as
from goodfit.store.series import Blobs, Histograms, Latest
from goodfit.store.store import Store
from goodfit.types import Kind, Scalars, SeriesInfo, SeriesKey

if TYPE_CHECKING:
    from goodfit.remote.address import Address
    from goodfit.types import Float64Array, Int64Array


def open_store(
    logdir: str | Path | Address, *, compat: Reading | None = None, cache_folder: Path | None = None
) -> Store:
    """A store of what lies below `logdir`, as a reader has it; None and `all` hold every recorded point.

    Raises:
        BadArgument: there is no such reading; or of an address that cannot be read.
        MissingExtra: of an address that cannot be read.
    """
    if compat is None or compat == "all":
        return Store(logdir, cache_folder=cache_folder)
    return CompatStore(logdir, compat=compat, cache_folder=cache_folder)


class CompatStore(Store):
    """A store whose series hold the points that a reader shows. `_known` only grows between two refreshes."""

    def __init__(self, logdir: str | Path | Address, *, compat: Reading, cache_folder: Path | None = None) -> None:
        if compat not in READINGS:
            raise BadArgument(f"compat is {compat!r}; wanted one of {', '.join(READINGS)}.")
        super().__init__(logdir, cache_folder=cache_folder)
        self._compat: Reading = compat
        self._known: dict[SeriesKey, tuple[SeriesInfo, SeriesInfo]] = {}
        """What the store says of a series, and what is true of the points that are shown."""

    def _says(self, run: str) -> dict[str, Any]:
        is_asked = self._compat == "tensorboard-python"
        return {
            "reading": self._compat,
            "sessions": self.list_sessions(run) if is_asked else (),
            "file_version": self.read_file_version(run) if is_asked else 2.0,
        }

    def _kept(self, run: str, steps: Int64Array, wall_times: Float64Array) -> Int64Array:
        return kept_points(steps, wall_times, **self._says(run))

    def read_scalars(self, key: SeriesKey) -> Scalars:
        """The points of a scalar series that are shown. Raises UnknownSeries."""
        return read_as(super().read_scalars(key), **self._says(key.run))

    def read_histograms(self, key: SeriesKey) -> Histograms:
        """The histograms that are shown. Raises as the store."""
        found = super().read_histograms(key)
        kept = self._kept(key.run, found.steps, found.wall_times)
        return Histograms(found.steps[kept], found.wall_times[kept], tuple(found.items[at] for at in kept.tolist()))

    def read_blobs(self, key: SeriesKey) -> Blobs:
        """The values that are shown, by their new places. Raises as the store."""
        found = super().read_blobs(key)
        kept = self._kept(key.run, found.steps, found.wall_times)
        places = kept.tolist()
        return replace(
            found,
            steps=found.steps[kept],
            wall_times=found.wall_times[kept],
            strings_reader=lambda at: found.read(places[at]),
            numbers_reader=lambda at: found.read_numbers(places[at]),
            message_reader=lambda at: found.read_message(places[at]),
        )

    def list_series(self, run: str | None = None, *, kind: Kind | None = None) -> list[SeriesInfo]:
        """What is known of the series, counts and steps of the points that are shown. Reads every series once."""
        return [self._renewed(info) for info in super().list_series(run, kind=kind)]

    def _renewed(self, info: SeriesInfo) -> SeriesInfo:
        known = self._known.get(info.key)
        if known is not None and known[0] is info:
            return known[1]
        points = self.read_scalars(info.key) if info.kind == "scalar" else self.read_blobs(info.key)
        steps, wall_times = points.steps, points.wall_times
        shown = info
        if 0 < len(steps) < info.n_points:
            shown = replace(
                info,
                n_points=len(steps),
                first_step=int(steps[0]),
                last_step=int(steps[-1]),
                last_wall_time=float(wall_times[-1]),
            )
        elif not len(steps):
            shown = replace(info, n_points=0)
        self._known[info.key] = (info, shown)
        return shown

    def latest(self, keys: Sequence[SeriesKey]) -> Latest:
        """The newest point of each series that is shown. Unknown keys are left out."""
        import numpy as np

        known = super().latest(keys)
        steps, wall_times, values = np.array(known.steps), np.array(known.wall_times), np.array(known.values)
        for at, key in enumerate(known.keys):
            points = self.read_scalars(key) if self._locate(key)[1].kind == "scalar" else None
            if points is not None and len(points.steps):
                steps[at], wall_times[at], values[at] = points.steps[-1], points.wall_times[-1], points.values[-1]
        return Latest(known.keys, steps, wall_times, values)

    def sample(self, *_: Any, **__: Any) -> NoReturn:
        """Refused."""
        self._refuse()

    def density(self, *_: Any, **__: Any) -> NoReturn:
        """Refused."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise BadArgument(
            f"no curves are drawn of the reading {self._compat!r}: charts know branches.",
            hint="branch='newest' or 'abandoned' of a folder opened without compat",
        )
