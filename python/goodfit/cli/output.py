"""Facts → text in a terminal: colour, columns, sparklines, progress. No rich here: it costs 35 ms and some commands
answer within a few hundred.

Answers go to stdout, all else to stderr. Colour only on a terminal, never with NO_COLOR (https://no-color.org).
"""

from __future__ import annotations

import math
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

Colour = Literal["red", "yellow", "green", "cyan", "dim", "bold"]
_CODES: dict[Colour, str] = {"red": "31", "yellow": "33", "green": "32", "cyan": "36", "dim": "2", "bold": "1"}
_COLOURS = re.compile(r"\x1b\[\d+m")
_BARS = "▁▂▃▄▅▆▇█"
PROGRESS_AFTER_S = 1.0
"""Work that is done sooner shows no progress."""


def has_colour(stream: IO[str] | None = None) -> bool:
    """Whether a stream (default: stdout) takes colour."""
    stream = stream or sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: Colour, *, stream: IO[str] | None = None) -> str:
    """The text in a colour, or as it is where the stream takes none."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if has_colour(stream) else text


def width_of(text: str) -> int:
    """Columns that a text takes in a terminal; Korean and emoji take two each, colours none."""
    text = _COLOURS.sub("", text) if "\x1b" in text else text
    if text.isascii():
        return len(text)
    return sum(map(_width_of_character, text))


@lru_cache(maxsize=4096)
def _width_of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


MAX_SHOWN = 1000
"""Characters of one text with a name in it: a tag may have a million."""


def clean(text: str) -> str:
    """A name from a file without control characters: an escape sequence in a run's name must not reach the terminal.

    Of a text longer than any terminal's line, the middle is left out.
    """
    if len(text) > MAX_SHOWN:
        text = f"{text[: MAX_SHOWN // 2]}…{text[-MAX_SHOWN // 2 :]}"
    if text.isprintable():
        return text
    return "".join("�" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character for character in text)


def count(n: int, noun: str) -> str:
    """A number of things, in English.

    Example:
        >>> count(1, "run"), count(1200, "run"), count(2, "series")
        ('1 run', '1,200 runs', '2 series')
    """
    return f"{n:,} {noun}" if n == 1 or noun.endswith("s") else f"{n:,} {noun}s"


def format_columns(rows: Sequence[Sequence[str]], *, gap: int = 2, width: int | None = None) -> list[str]:
    """Rows of equal length as lines with aligned columns; the last column is not padded.

    Args:
        rows: the cells.
        gap: spaces between columns.
        width: columns of the terminal, to which the last cell is cut where it has room for some words; None never cuts.

    Example:
        >>> format_columns([("a", "one two three"), ("bc", "four")], width=13)
        ['a   one two…', 'bc  four']
    """
    if not rows:
        return []
    widths = [max(width_of(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = None if width is None else width - sum(widths[:-1]) - gap * (len(widths) - 1)
    lines = []
    for row in rows:
        padded = [cell + " " * (widths[index] - width_of(cell) + gap) for index, cell in enumerate(row[:-1])]
        last = row[-1] if room is None or room < MIN_ROOM else _cut(row[-1], room)
        lines.append("".join([*padded, last]).rstrip())
    return lines


MIN_ROOM = 8
"""Columns in which a cut text still says something."""


def _cut(text: str, width: int) -> str:
    """A text of at most so many columns, its end left out at a space where one is near."""
    if width_of(text) <= width:
        return text
    kept = text
    while width_of(kept) > width - 1:
        kept = kept[:-1]
    before, space, _ = kept.rpartition(" ")
    return f"{(before if space and len(before) > len(kept) // 2 else kept).rstrip(' ,;:')}…"


def terminal_width() -> int | None:
    """Columns of the terminal that stdout is; None where it is none, and lines may be as long as they are."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def shorten(text: str, width: int) -> str:
    """A text of at most so many columns, its middle left out.

    Example:
        >>> shorten("group/run00001", 9)
        'grou…0001'
    """
    if width_of(text) <= width:
        return text
    start, stop = text, ""
    while width_of(start) > (width - 1) // 2:
        start = start[:-1]
    for character in reversed(text):
        if width_of(start) + 1 + width_of(character + stop) > width:
            break
        stop = character + stop
    return f"{start}…{stop}"


def wrap(text: str, width: int) -> list[str]:
    """A text in lines of at most so many columns, broken at spaces, and where a word is longer than a line within it.

    Example:
        >>> wrap("one two three", 8), wrap("한국어 문장", 6)
        (['one two', 'three'], ['한국어', '문장'])
    """
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and width_of(lines[-1]) + 1 + width_of(word) > width:
            lines.append("")
        rest = word
        while width_of(rest) > width > 1:
            fits = next(n for n in range(len(rest), 0, -1) if width_of(rest[:n]) <= width)
            lines[-1:] = [rest[:fits], ""]
            rest = rest[fits:]
        lines[-1] = f"{lines[-1]} {rest}" if lines[-1] else rest
    return lines


def sparkline(values: Sequence[float] | Float64Array, *, width: int = 16) -> str:
    """A curve in at most `width` characters: the last value of each part; `×` where it is not finite.

    Example:
        >>> sparkline([4, 3, 2, 1, float("nan")])
        '█▆▃▁×'
    """
    if len(values) == 0:
        return ""
    n_parts = min(width, len(values))
    last = [float(values[(part + 1) * len(values) // n_parts - 1]) for part in range(n_parts)]
    finite = [value for value in last if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    text = ""
    for value in last:
        if not math.isfinite(value):
            text += "×"
        elif high == low:
            text += _BARS[0]
        else:
            # Halves first: the span of two huge values overflows.
            share = (value / 2 - low / 2) / (high / 2 - low / 2)
            text += _BARS[round(share * (len(_BARS) - 1))]
    return text


class Progress:
    """A line on stderr that counts, shown on a terminal once the work has taken a second."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = time.monotonic()
        self._shown_at = 0.0

    def show(self, text: str) -> None:
        """Replaces the line; at most ten times a second."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._started < PROGRESS_AFTER_S or now - self._shown_at < 0.1:
            return
        self._shown_at = now
        sys.stderr.write(f"\r\x1b[K{self._label}: {text}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Removes the line."""
        if self._shown_at:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A progress line for the length of a `with` block."""
    line = Progress(label)
    try:
        yield line
    finally:
        line.clear()
