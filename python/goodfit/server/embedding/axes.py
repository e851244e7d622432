"""Points and the ends of axes, as people name them → places along those axes.

An axis runs from the middle of one group of points to the middle of another, and a place along it is the straight
projection on that way, as in TensorBoard's projector. An end that is not named is the middle of all points. An axis
whose ends are not apart (neither is named, a name finds nothing, both are the same) has no way of its own: it takes
the greatest spread of what the other axes leave over, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodfit.server.embedding.pca import CHUNK_ROWS, find_directions, find_mean
from goodfit.server.embedding.table import choose_rows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.server.embedding.table import Table
    from goodfit.types import Float64Array

MOST_SPREAD_ROWS = 20_000
"""Of more points, so many chosen by chance find the greatest spread of the rest: its error is far below a pixel."""
LEAST_APART = 1e-7
"""Of the points' distance from their middle: what is nearer is rounding of float32."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What the ends of two axes are called, in the words of `Table.find_rows`; an empty one is not named."""

    left: str = ""
    right: str = ""
    up: str = ""
    down: str = ""


@dataclass(frozen=True, slots=True)
class AxisPlaces:
    """Places of the finite rows along the axes."""

    places: npt.NDArray[np.float32]
    """Shape (n_points, n_components)."""
    explained: tuple[float, ...]
    """Share of all variance along each axis, 0 to 1. Axes need not be at right angles: shares may overlap."""
    n_at_ends: tuple[int, int, int, int]
    """Finite points that left, right, up and down name; all of them where nothing is named."""
    is_own: tuple[bool, ...]
    """Of each axis, whether it runs between its ends."""


def find_places(table: Table, ends: Ends, *, n_components: int) -> AxisPlaces:
    """Projects the finite rows on the axes between the ends; a third axis is never named.

    Args:
        n_components: 2 or 3.
    """
    import numpy as np

    points = table.points[table.rows]
    if points.size == 0:
        places = np.zeros((len(points), n_components), dtype=np.float32)
        return AxisPlaces(places, (0.0,) * n_components, (0, 0, 0, 0), (False,) * n_components)
    mean = find_mean(points)
    groups = [
        np.intersect1d(rows, table.rows) if text else None
        for text, rows in zip(_texts(ends), table.find_rows(_texts(ends)), strict=True)
    ]
    middles = [mean if rows is None or not len(rows) else find_mean(table.points[rows]) for rows in groups]
    counts = [len(points) if rows is None else len(rows) for rows in groups]
    reach = float(np.sqrt(np.square(points[:: max(1, len(points) // 1000)] - mean).sum(axis=1).mean()))
    directions = np.zeros((points.shape[1], n_components))
    is_own = [False] * n_components
    for axis, (start, stop) in enumerate(((0, 1), (3, 2))):
        way = middles[stop] - middles[start]
        length = float(np.linalg.norm(way))
        if min(counts[start], counts[stop]) > 0 and length > LEAST_APART * reach:
            directions[:, axis] = way / length
            is_own[axis] = True
    free = [axis for axis in range(n_components) if not is_own[axis]]
    if free:
        directions[:, free] = _spread_of_rest(points, mean, directions[:, is_own], len(free))
    places, explained = _project(points, mean, directions)
    return AxisPlaces(places, explained, (counts[0], counts[1], counts[2], counts[3]), tuple(is_own))


def _texts(ends: Ends) -> tuple[str, str, str, str]:
    return ends.left, ends.right, ends.up, ends.down


def _spread_of_rest(
    points: npt.NDArray[np.float32], mean: Float64Array, taken: Float64Array, n_wanted: int
) -> Float64Array:
    """Directions of greatest variance at right angles to those taken; zero where there is none.

    Shape (n_dimensions, n_wanted).
    """
    import numpy as np

    basis = np.linalg.qr(taken)[0] if taken.shape[1] else taken
    sample = points[choose_rows(np.arange(len(points)), MOST_SPREAD_ROWS)] - mean
    rest = (sample - (sample @ basis) @ basis.T).astype(np.float32)
    n_found = min(n_wanted, *rest.shape)
    found = np.zeros((points.shape[1], n_wanted))
    found[:, :n_found] = find_directions(rest, find_mean(rest), n_found)
    found -= basis @ (basis.T @ found)
    # Where nothing is left over, a direction of it is arbitrary and lies among those taken.
    found[:, np.linalg.norm(found, axis=0) < 0.5] = 0.0
    return found


def _project(
    points: npt.NDArray[np.float32], mean: Float64Array, directions: Float64Array
) -> tuple[npt.NDArray[np.float32], tuple[float, ...]]:
    import numpy as np

    places = np.empty((len(points), directions.shape[1]), dtype=np.float32)
    total = 0.0
    for start in range(0, len(points), CHUNK_ROWS):
        centred = points[start : start + CHUNK_ROWS] - mean
        total += float(np.square(centred).sum())
        places[start : start + len(centred)] = centred @ directions
    shares = np.square(places, dtype=np.float64).sum(axis=0) / (total or 1.0)
    return places, tuple(shares.clip(0, 1).tolist())
