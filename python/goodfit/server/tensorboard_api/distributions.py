"""`/data/plugin/distributions/…`: each recorded histogram as `[wall time, step, [[basis point, value], …]]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from goodfit.server.distribution import BASIS_POINTS
from goodfit.server.tensorboard_api.ask import Ask, Handler, answer, numbers
from goodfit.server.tensorboard_api.histograms import list_tags, read_steps
from goodfit.server.wire import number

if TYPE_CHECKING:
    from goodfit.types import Float64Array


def compress(rows: Float64Array) -> list[float]:
    """The values below which so many of 10,000 lie, linearly within buckets; zeros for a histogram of nothing.

    A share below the first counted bucket is interpolated from its left edge, as TensorBoard does.
    """
    import numpy as np

    counts = rows[:, 2]
    total = counts.sum() if len(rows) else 0.0
    if not total > 0:
        return [0.0] * len(BASIS_POINTS)
    below = np.cumsum(counts * (10_000 / total))
    below = np.where(below > 0, below, 0.0)
    values = []
    for wanted in BASIS_POINTS:
        at = int(np.searchsorted(below, wanted, side="right"))
        while at < len(rows) and counts[at] == 0:
            at += 1
        if at >= len(rows):
            held = np.flatnonzero(counts > 0)
            values.append(float(rows[held[-1], 1]))
            continue
        before = below[at - 1] if at else 0.0
        share = (wanted - before) / (below[at] - before)
        left, right = rows[at, 0], rows[at, 1]
        values.append(float(left + (right - left) * share))
    return values


def read_one(ask: Ask) -> Response:
    return answer(
        [
            [
                number(step.wall_time),
                step.step,
                [list(pair) for pair in zip(BASIS_POINTS, numbers(compress(step.rows)), strict=True)],
            ]
            for step in read_steps(ask, ask.series("histograms"))
        ]
    )


PATHS: dict[str, Handler] = {
    "data/plugin/distributions/tags": list_tags,
    "data/plugin/distributions/distributions": read_one,
}
