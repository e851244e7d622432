"""Points in many dimensions → their coordinates along the directions of greatest variance.

Small in one direction (up to MAX_EXACT rows or dimensions): exact, by the eigenvectors of the smaller of the two
products. Else by random projections with power iterations (Halko, Martinsson, Tropp 2011, SIAM Review 53:217,
doi:10.1137/090771806), whose error at these settings is far below a pixel. The same input gives the same output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array

MAX_EXACT = 1_024
CHUNK_ROWS = 65_536
N_EXTRA = 10
N_POWER_ITERATIONS = 5


@dataclass(frozen=True, slots=True)
class Pca:
    """The leading components."""

    places: npt.NDArray[np.float32]
    """Shape (n_points, n_components)."""
    explained: tuple[float, ...]
    """Share of all variance along each component, 0 to 1."""


def find_components(points: npt.NDArray[np.float32], *, n_components: int = 3) -> Pca:
    """Projects finite points on their leading components; missing ones are zero.

    Args:
        points: Shape (n_points, n_dimensions), finite.
        n_components: At least 1.
    """
    import numpy as np

    n_points, n_dimensions = points.shape
    places = np.zeros((n_points, n_components), dtype=np.float32)
    if n_points < 2 or n_dimensions == 0:
        return Pca(places, (0.0,) * n_components)
    mean = find_mean(points)
    total = float(sum(np.square(chunk - mean).sum() for chunk in _chunks(points)))
    if not total > 0:
        return Pca(places, (0.0,) * n_components)
    directions = find_directions(points, mean, min(n_components, n_points, n_dimensions))
    start = 0
    for chunk in _chunks(points):
        places[start : start + len(chunk), : directions.shape[1]] = (chunk - mean) @ directions
        start += len(chunk)
    shares = np.square(places, dtype=np.float64).sum(axis=0) / total
    return Pca(places, tuple(shares.clip(0, 1).tolist()))


def find_mean(points: npt.NDArray[np.float32]) -> Float64Array:
    """The middle of at least one point: in float64 and from one of them on, so that a large offset costs no digits."""
    import numpy as np

    origin = points[0].astype(np.float64)
    mean: Float64Array = origin + sum((chunk - origin).sum(axis=0) for chunk in _chunks(points)) / len(points)
    return mean


def _chunks(points: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    return [points[start : start + CHUNK_ROWS] for start in range(0, len(points), CHUNK_ROWS)]


def find_directions(points: npt.NDArray[np.float32], mean: Float64Array, n_wanted: int) -> Float64Array:
    """Unit vectors, shape (n_dimensions, n_wanted), by falling variance; the largest entry of each is positive."""
    import numpy as np

    n_points, n_dimensions = points.shape
    if n_dimensions <= MAX_EXACT:
        product = np.zeros((n_dimensions, n_dimensions))
        for chunk in _chunks(points):
            centred = chunk - mean
            product += centred.T @ centred
        directions = np.linalg.eigh(product)[1][:, ::-1][:, :n_wanted]
    elif n_points <= MAX_EXACT:
        centred = points - mean
        variances, vectors = np.linalg.eigh(centred @ centred.T)
        directions = centred.T @ vectors[:, ::-1][:, :n_wanted]
        directions /= np.maximum(np.linalg.norm(directions, axis=0), np.finfo(np.float64).tiny)
        directions[:, variances[::-1][:n_wanted] <= 0] = 0.0
    else:
        directions = _sketch(points, mean, n_wanted)
    largest = np.abs(directions).argmax(axis=0)
    signs = np.where(directions[largest, np.arange(directions.shape[1])] < 0, -1.0, 1.0)
    result: Float64Array = directions * signs
    return result


def _sketch(points: npt.NDArray[np.float32], mean: Float64Array, n_wanted: int) -> Float64Array:
    import numpy as np

    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(points.shape[1], n_wanted + N_EXTRA)))[0]
    for _ in range(N_POWER_ITERATIONS):
        grown = np.zeros_like(basis)
        for chunk in _chunks(points):
            centred = chunk - mean
            grown += centred.T @ (centred @ basis)
        basis = np.linalg.qr(grown)[0]
    small = np.zeros((basis.shape[1], basis.shape[1]))
    for chunk in _chunks(points):
        projected = (chunk - mean) @ basis
        small += projected.T @ projected
    directions: Float64Array = basis @ np.linalg.eigh(small)[1][:, ::-1][:, :n_wanted]
    return directions
