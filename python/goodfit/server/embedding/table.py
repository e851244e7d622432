"""An embedding's files → points as one float32 matrix and labels as columns, kept as they are: a NaN row stays a row.

Row numbers are those of the file. Rows with a NaN or an infinity have no place in a projection; they are counted and
left out there, and keep their labels.
"""

from __future__ import annotations

import re
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
ROW_NUMBERS = re.compile(r"#[0-9]{1,9}(,[0-9]{1,9})*")


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

    def find_rows(
        self, texts: Sequence[str], *, columns: Sequence[LabelColumn] | None = None
    ) -> list[npt.NDArray[np.int64]]:
        """Numbers of the rows that each text names, ascending, without regard to case.

        `dog` is a part of a label, `"dog"` a whole one, `#3,17` the rows of these numbers. An empty text names none.
        All texts are looked for in one pass: a million labels take half a second.
        """
        import numpy as np

        found: list[set[int]] = [set() for _ in texts]
        parts: list[tuple[str, set[int]]] = []
        wholes: dict[str, list[set[int]]] = {}
        for text, rows in zip(texts, found, strict=True):
            if ROW_NUMBERS.fullmatch(text):
                rows.update(row for row in map(int, text[1:].split(",")) if row < len(self.points))
            elif len(text) > 2 and text[0] == text[-1] == '"':
                wholes.setdefault(text[1:-1].casefold(), []).append(rows)
            elif text:
                parts.append((text.casefold(), rows))
        for column in (self.columns if columns is None else columns) if parts or wholes else ():
            for row, value in enumerate(column.values):
                folded = value.casefold()
                for part, rows in parts:
                    if part in folded:
                        rows.add(row)
                for rows in wholes.get(folded, ()):
                    rows.add(row)
        return [np.array(sorted(rows), dtype=np.int64) for rows in found]


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


def choose_rows(rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """At most so many of the rows, by chance but always the same, ascending."""
    import numpy as np

    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
