"""A request's parameters, in its address or its form → values, and the parts that every plugin's answers share."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import Response

from goodfit.query.board.book import Board, BoardSeries
from goodfit.server import wire
from goodfit.server.errors import ApiError

if TYPE_CHECKING:
    from goodfit.server.settings import Settings

MAX_TENSORS = 1000
"""Points of one series of histograms, texts or pictures in one answer, unless `num_points` says otherwise."""
MAX_POINTS = 10_000_000


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: what it names, and whom it asks."""

    board: Board
    settings: Settings
    parameters: Mapping[str, Sequence[str]]
    body: bytes = b""
    """What was posted as JSON; a form is among the parameters."""

    def text(self, name: str, default: str | None = None) -> str:
        """A parameter. Raises ApiError when it is missing and has no default."""
        found = self.parameters.get(name)
        if found:
            return found[0]
        if default is None:
            raise ApiError("bad_request", f"The parameter {name!r} is missing.")
        return default

    def texts(self, name: str) -> list[str]:
        """Every value of a parameter that may be given several times."""
        return list(self.parameters.get(name, ()))

    def integer(self, name: str, default: int = 0) -> int:
        """A parameter that is a number from 0 on."""
        word = self.text(name, str(default))
        if not (word.isascii() and word.isdecimal()) or int(word) > MAX_POINTS:
            raise ApiError("bad_request", f"The parameter {name!r} must be 0 to {MAX_POINTS}, got {word[:40]!r}.")
        return int(word)

    def series(self, plugin: str) -> BoardSeries:
        """The series that `run` and `tag` name. Raises UnknownSeries."""
        return self.board.find(plugin, self.text("run"), self.text("tag"))

    def max_points(self, default: int) -> int:
        """How many points at most; 0 for all."""
        return self.integer("num_points", default)


Handler = Callable[[Ask], Response]


def parse_parameters(query: str, body: bytes) -> dict[str, list[str]]:
    """The parameters of an address and of a form; those of the form come first.

    A body of JSON is no form, and gives none.

    Raises:
        ApiError: too many of them, or bytes that are no text.
    """
    try:
        form = "" if is_json(body) else body.decode()
        found = parse_qs(form, keep_blank_values=True, max_num_fields=100_000)
        for name, values in parse_qs(query, keep_blank_values=True, max_num_fields=1000).items():
            found.setdefault(name, []).extend(values)
    except ValueError as error:
        raise ApiError("bad_request", "The parameters cannot be read.") from error
    return found


def is_json(body: bytes) -> bool:
    """Whether what was posted is a JSON object, which no form begins like."""
    return body.lstrip()[:1] == b"{"


def answer(value: object) -> Response:
    return Response(wire.encode(value), media_type="application/json")


def numbers(values: Sequence[float]) -> list[float | str]:
    """Floats as TensorBoard's JSON has them: NaN and infinities by name."""
    return [value if value - value == 0.0 else wire.number(value) for value in values]


def as_html(text: str) -> str:
    """Text that a page may show as it stands; Markdown in it is not rendered."""
    return f"<p>{html.escape(text)}</p>" if text else ""


def tags_by_run(board: Board, plugin: str) -> dict[str, list[BoardSeries]]:
    """The series of a plugin, below their runs in the order of the runs."""
    by_run: dict[str, list[BoardSeries]] = {}
    for series in board.list_series(plugin):
        by_run.setdefault(series.run, []).append(series)
    return by_run


def describe_tags(board: Board, plugin: str) -> dict[str, dict[str, dict[str, object]]]:
    """`{run: {tag: {displayName, description}}}`."""
    return {
        run: {
            series.tag: {"displayName": series.display_name, "description": as_html(series.info.description)}
            for series in group
        }
        for run, group in tags_by_run(board, plugin).items()
    }
