"""An embedding's files → points as one float32 matrix and labels as columns, kept as they are: a NaN row stays a row.

Row numbers are those of the file. Rows with a NaN or an infinity have no place in a projection; they are counted and
left out there, and keep their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodfit.errors import LogFolderError
from goodfit.server.errors import ApiError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.embeddings import Embedding

MAX_FILE_BYTES = 6 << 30
"""About a million points of 768 dimensions as text."""
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


def read_points(embedding: Embedding) -> npt.NDArray[np.float32]:
    """Every point of the file. Raises LogFolderError, and ApiError for a file beyond the limits."""
    import warnings

    import numpy as np

    try:
        size_bytes = embedding.points_path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            raise ApiError("too_large", f"The points of embedding {embedding.key.tag!r} take {size_bytes} bytes.")
        with warnings.catch_warnings(), embedding.points_path.open(encoding="utf-8") as file:
            warnings.simplefilter("ignore")  # of a file without rows
            points = np.loadtxt(file, dtype=np.float32, delimiter="\t", comments=None, ndmin=2)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise LogFolderError(
            f"The points of embedding {embedding.key.tag!r} of run {embedding.key.run!r} could not be read: {why}.",
            hint="look at the files that projector_config.pbtxt names",
        ) from error
    if points.size > MAX_NUMBERS:
        raise ApiError("too_large", f"Embedding {embedding.key.tag!r} holds {points.size} numbers.")
    points.flags.writeable = False
    return points


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

    points = read_points(embedding)
    rows = np.flatnonzero(np.isfinite(points).all(axis=1))
    columns, n_label_rows = split_labels(embedding.read_labels(), len(points))
    return Table(points, rows, columns, n_label_rows)
