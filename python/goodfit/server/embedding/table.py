"""An embedding's files → points as one float32 matrix and labels as columns, kept as they are: a NaN row stays a row.

Row numbers are those of the file. Rows with a NaN or an infinity have no place in a projection; they are counted and
left out there, and keep their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.server.errors import ApiError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.embeddings import Embedding

MAX_POINTS_BYTES = 6 << 30
"""About a million points of 768 dimensions as text."""
MAX_LABELS_BYTES = 1 << 30
"""Half a kilobyte for each of two million points."""
MAX_NUMBERS = 800_000_000


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """One column of the labels."""

    name: str
    values: Sequence[str]
    """Of each row of the points; empty texts where the file has fewer."""


@dataclass(frozen=True, slots=True)
class Table:
    """One embedding as it was read."""

    points: npt.NDArray[np.float32]
    """Shape (n_points, n_dimensions), read-only."""
    rows: npt.NDArray[np.int64]
    """Numbers of the rows that are finite, ascending."""
    columns: tuple[LabelColumn, ...]
    n_label_rows: int
    """Rows of labels in the file, without a header; differs from the points where the files do not fit."""

    @property
    def n_bytes(self) -> int:
        """Held in memory, about."""
        return self.points.nbytes + self.rows.nbytes + 70 * len(self.columns) * len(self.points)

    def find_column(self, name: str) -> LabelColumn:
        """Raises ApiError when there is none of the name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise ApiError("not_found", f"The labels have no column {name!r} among {len(self.columns)}.")


def _require_bearable(embedding: Embedding, path: Path, what: str, most_bytes: int) -> None:
    try:
        size_bytes = path.stat().st_size
    except OSError:
        return  # whoever reads it says so
    if size_bytes > most_bytes:
        raise ApiError(
            "too_large",
            f"The {what} of embedding {embedding.key.tag!r} take {size_bytes:,} bytes, wanted at most {most_bytes:,}.",
        )


def split_labels(rows: Sequence[tuple[str, ...]], n_points: int) -> tuple[tuple[LabelColumn, ...], int]:
    """Rows of labels as columns, and how many rows there are besides a header.

    Several columns have a header in their first row, one column has none. Source: the projector's own rule,
    tensorboard/plugins/projector/vz_projector/data-provider.ts
    """
    if not rows:
        return (), 0
    n_columns = max(len(row) for row in rows[:1000])
    has_header = n_columns > 1
    names = list(rows[0]) if has_header else [""]
    names += [f"column {number + 1}" for number in range(len(names), n_columns)]
    body = rows[1:] if has_header else rows
    kept = body[:n_points]
    columns = []
    for number, name in enumerate(names[:n_columns]):
        values = [row[number] if number < len(row) else "" for row in kept]
        values += [""] * (n_points - len(values))
        columns.append(LabelColumn(name, values))
    return tuple(columns), len(body)


def read_table(embedding: Embedding) -> Table:
    """Points and labels of an embedding. Raises LogFolderError and ApiError."""
    import numpy as np

    _require_bearable(embedding, embedding.points_path, "points", MAX_POINTS_BYTES)
    if embedding.labels_path is not None:
        _require_bearable(embedding, embedding.labels_path, "labels", MAX_LABELS_BYTES)
    points = embedding.read_points()
    if points.size > MAX_NUMBERS:
        raise ApiError("too_large", f"Embedding {embedding.key.tag!r} holds {points.size:,} numbers.")
    rows = np.flatnonzero(np.isfinite(points).all(axis=1))
    columns, n_label_rows = split_labels(embedding.read_labels(), len(points))
    return Table(points, rows, columns, n_label_rows)
