"""A point → the points nearest to it in all its dimensions, not in the picture of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.server.embedding.table import Table

Distance = Literal["cosine", "euclidean"]
CHUNK_ROWS = 65_536


def find_neighbours(
    table: Table, row: int, *, n: int, distance: Distance
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Rows of the nearest finite points without the point itself, and their distances, nearest first.

    Cosine distance is 1 - cos, 0 to 2; that of a point without length is 1 to all.
    """
    import numpy as np

    wanted = table.points[row].astype(np.float64)
    length = float(np.linalg.norm(wanted))
    parts = []
    for start in range(0, len(table.rows), CHUNK_ROWS):
        chunk = table.points[table.rows[start : start + CHUNK_ROWS]].astype(np.float64)
        if distance == "euclidean":
            parts.append(np.sqrt(np.square(chunk - wanted).sum(axis=1)))
            continue
        scale = np.linalg.norm(chunk, axis=1) * length
        product = chunk @ wanted
        cosine = np.divide(product, scale, out=np.zeros(len(chunk)), where=scale > 0)
        parts.append((1.0 - cosine).clip(0.0, 2.0))
    far = np.concatenate(parts) if parts else np.empty(0)
    others = table.rows != row
    rows, far = table.rows[others], far[others]
    n = min(n, len(rows))
    if n == 0:
        return rows[:0], far[:0]
    nearest = np.argpartition(far, n - 1)[:n]
    # By row where distances are equal, so that the answer is always the same.
    order = nearest[np.lexsort((rows[nearest], far[nearest]))]
    return rows[order], far[order]
