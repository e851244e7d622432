"""Axes that the store does not know → as `Store.sample`: the logarithm of the step, and epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from goodfit.server.epoch_axis import EPOCH, find_epochs
from goodfit.server.log_axis import place_log, sample_log

if TYPE_CHECKING:
    from goodfit.store.series import Sample
    from goodfit.store.store import Store
    from goodfit.types import Float64Array, SeriesKey

MadeAxis = Literal["log_step", "epoch"]


def sample_made(
    store: Store,
    keys: Sequence[SeriesKey],
    *,
    x_axis: MadeAxis,
    px: int,
    lo: float | None = None,
    hi: float | None = None,
    smoothing: float = 0.0,
    is_abandoned: bool = False,
) -> tuple[tuple[float, float], list[Sample]]:
    """Columns of series over an axis made here; series without a place on it are left out.

    Raises:
        ApiError: too many points for one chart.
    """

    def place_epochs(key: SeriesKey, steps: Float64Array) -> Float64Array | None:
        epochs = find_epochs(store, key)
        return None if epochs is None else epochs.at_steps(steps)

    return sample_log(
        store,
        keys,
        px=px,
        lo=lo,
        hi=hi,
        smoothing=smoothing,
        is_abandoned=is_abandoned,
        place=place_epochs if x_axis == EPOCH else place_log,
    )
