"""`/data/plugin/text/…`: recorded texts as HTML that a page may show: one paragraph, or a table of cells.

TensorBoard renders Markdown here, on the server. These texts were written by someone's training: they are escaped and
left as they are, and whoever wants Markdown has its source.
"""

from __future__ import annotations

import html
from typing import Any

from starlette.responses import Response

from goodfit.query.board.tensor import decode_tensor
from goodfit.server.tensorboard_api.ask import MAX_TENSORS, Ask, Handler, answer, as_html, tags_by_run
from goodfit.server.wire import number
from goodfit.wire import Undecodable


def list_tags(ask: Ask) -> Response:
    return answer({run: [series.tag for series in group] for run, group in tags_by_run(ask.board, "text").items()})


def render(texts: Any) -> str:
    """An array of byte strings: of rank 0 a paragraph, of rank 1 and 2 a table; of more, its first plane."""
    if texts.ndim == 0:
        return as_html(_decoded(texts.item()))
    while texts.ndim > 2:
        texts = texts[0]
    rows = texts.reshape(-1, 1) if texts.ndim == 1 else texts
    cells = ["".join(f"<td>{html.escape(_decoded(cell))}</td>" for cell in row) for row in rows.tolist()]
    return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</tbody></table>"


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def read_one(ask: Ask) -> Response:
    tensors = ask.board.read_tensors(ask.series("text"), ask.max_points(MAX_TENSORS))
    rows = []
    columns = (tensors.wall_times.tolist(), tensors.steps.tolist(), tensors.values)
    for wall_time, step, value in zip(*columns, strict=True):
        try:
            texts = decode_tensor(value)
        except Undecodable:
            continue
        if texts.dtype == object and (texts.ndim <= 2 or texts.size):
            rows.append({"wall_time": number(wall_time), "step": step, "text": render(texts)})
    return answer(rows)


PATHS: dict[str, Handler] = {"data/plugin/text/tags": list_tags, "data/plugin/text/text": read_one}
