"""Rows of text → a small table, as terminals and notebooks show the answers of this package."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def as_text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two spaces apart.

    Example:
        >>> print(as_text_table(("name", "n"), [("a", "10")]))
        name  n
        a     10
    """
    lines = [columns, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def as_html_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, notes: Sequence[str] = ()
) -> str:
    """A titled table; every text is escaped, nothing is styled but that numbers stand right and words left.

    Example:
        >>> as_html_table("a < b", (), ())
        '<div><strong>a &lt; b</strong></div>'
    """
    sides = [_side_of([row[place] for row in rows]) for place in range(len(columns))]
    head = "".join(f"<th {side}>{escape(column)}</th>" for column, side in zip(columns, sides, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td {side}>{escape(cell)}</td>" for cell, side in zip(row, sides, strict=True)) + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else ""
    below = "".join(f"<div>{escape(note)}</div>" for note in notes)
    return f"<div><strong>{escape(title)}</strong>{table}{below}</div>"


def _side_of(cells: Sequence[str]) -> str:
    """The alignment of a column: to the right where every cell begins as a number does."""
    is_numeric = all(not cell or cell[0] in "+-.0123456789" for cell in cells)
    return f'style="text-align:{"right" if is_numeric else "left"}"'
