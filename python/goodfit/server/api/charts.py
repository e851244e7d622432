"""POST api/charts: a zoom over a screen full of charts is one request, and one chart's error is not the others'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import GoodfitError
from goodfit.server import wire
from goodfit.server.api.curves import FRAME_TYPE, MAX_CELLS, make_curves
from goodfit.server.api.density import make_density
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer
from goodfit.server.errors import ApiError, as_api_error
from goodfit.server.schema import ChartPart, ChartsHeader, ChartsRequest, ErrorBody

Ask = TypeVar("Ask")
MOST_CELLS = 2 * MAX_CELLS
"""Of all charts' columns together: 48 MB of answer."""


def answer_each(
    context: Context, asks: Sequence[Ask], make: Callable[[Context, Ask], bytes]
) -> tuple[list[ChartPart], list[bytes]]:
    """A part and a frame for each question, in their order."""
    parts, frames = [], []
    for ask in asks:
        try:
            frame = make(context, ask)
        except (ApiError, GoodfitError) as error:
            known = as_api_error(error)
            assert known is not None
            parts.append(ChartPart(0, ErrorBody(error=known.code, message=known.message, hint=known.hint)))
            continue
        parts.append(ChartPart(len(frame)))
        frames.append(frame + b" " * (-len(frame) % 4))
    return parts, frames


def read_charts(context: Context, ask: ChartsRequest, _: Request) -> Response:
    n_cells = sum(len(one.series) * one.px for one in ask.curves)
    if n_cells > MOST_CELLS:
        raise ApiError(
            "too_large", f"{n_cells} values a column are more than {MOST_CELLS}.", hint="ask for fewer charts at once"
        )
    curves, lines = answer_each(context, ask.curves, make_curves)
    density, pictures = answer_each(context, ask.density, make_density)
    return bytes_answer(wire.frame(ChartsHeader(curves, density), b"".join([*lines, *pictures])), FRAME_TYPE)


ENDPOINTS = (
    Endpoint(
        "POST",
        "api/charts",
        "Curves and densities of several charts at once.",
        read_charts,
        "heavy",
        ask=ChartsRequest,
        answer=ChartsHeader,
        media_type=FRAME_TYPE,
    ),
)
