"""GET api/embeddings, api/embedding/…: points in many dimensions as places on a screen, with labels and neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import LogFolderError
from goodfit.server import wire
from goodfit.server.api.curves import FRAME_TYPE
from goodfit.server.context import Context
from goodfit.server.embedding.axes import AxisPlaces, Ends, find_places
from goodfit.server.embedding.jobs import MODULES, JobState, is_installed
from goodfit.server.embedding.neighbours import find_neighbours
from goodfit.server.embedding.table import Table
from goodfit.server.endpoint import Endpoint, bytes_answer, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import (
    EmbeddingColumnHeader,
    EmbeddingColumnQuery,
    EmbeddingInfo,
    EmbeddingList,
    EmbeddingMatches,
    EmbeddingPointsHeader,
    EmbeddingPointsQuery,
    EmbeddingQuery,
    EmbeddingRows,
    EmbeddingRowsQuery,
    EmbeddingSearchQuery,
    EmbeddingView,
    Neighbour,
    Neighbours,
    NeighboursQuery,
    Stopped,
)
from goodfit.server.untrusted import untrusted_answer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.store.embeddings import Embedding

MAX_CATEGORIES = 30
"""Named in a legend; rows of others are one."""
MAX_SPRITE_BYTES = 64 << 20
EXTRA = 'pip install "goodfit[embeddings]"'


def list_embeddings(context: Context, _: None, __: Request) -> Response:
    embeddings = [
        EmbeddingInfo(
            run=one.key.run,
            tag=one.key.tag,
            has_labels=one.labels_path is not None,
            has_sprite=one.sprite_size is not None,
        )
        for one in context.embeddings.list_all(context.store)
    ]
    return json_answer(EmbeddingList(revision=context.watch.snapshot.revision, embeddings=embeddings))


def _find(context: Context, run: str, tag: str) -> tuple[Embedding, Table]:
    embedding = context.embeddings.find(context.store, run, tag)
    try:
        return embedding, context.embeddings.read(embedding)
    except LogFolderError as error:
        raise ApiError("damaged", error.message, hint=error.hint) from error


def read_embedding(context: Context, ask: EmbeddingQuery, _: Request) -> Response:
    embedding, table = _find(context, ask.run, ask.tag)
    return json_answer(
        EmbeddingView(
            run=ask.run,
            tag=ask.tag,
            n_points=len(table.points),
            n_dimensions=table.points.shape[1],
            n_nonfinite=len(table.points) - len(table.rows),
            columns=[column.name for column in table.columns],
            n_label_rows=table.n_label_rows,
            sprite_size=embedding.sprite_size,
            methods=["pca", *(method for method in MODULES if is_installed(method)), "axes"],
            install_hint=EXTRA,
        )
    )


def read_points(context: Context, ask: EmbeddingPointsQuery, _: Request) -> Response:
    embedding, table = _find(context, ask.run, ask.tag)
    if ask.method == "pca":
        pca = context.embeddings.find_pca(embedding)
        done = JobState("done", places=pca.places[:, : ask.n_components], rows=table.rows)
        return _points_answer(ask, table, done, explained=pca.explained[: ask.n_components])
    if ask.method == "axes":
        ends = Ends(ask.left.strip(), ask.right.strip(), ask.up.strip(), ask.down.strip())
        along = find_places(table, ends, n_components=ask.n_components)
        done = JobState("done", places=along.places, rows=table.rows)
        return _points_answer(ask, table, done, explained=along.explained, axes=along)
    if not is_installed(ask.method):
        raise ApiError(
            "not_found", f"{ask.method} needs the package {MODULES[ask.method]!r}, which is not installed.", hint=EXTRA
        )
    if len(table.rows) < 3:
        raise ApiError("bad_request", f"{ask.method} needs at least 3 finite points, got {len(table.rows)}.")
    state = context.embeddings.ask_job(embedding, ask.method, n_components=ask.n_components, neighbours=ask.neighbours)
    return _points_answer(ask, table, state)


def _points_answer(
    ask: EmbeddingPointsQuery,
    table: Table,
    state: JobState,
    *,
    explained: tuple[float, ...] = (),
    axes: AxisPlaces | None = None,
) -> Response:
    import numpy as np

    body = b""
    n_shown = 0
    if state.places is not None and state.rows is not None:
        n_shown = len(state.rows)
        columns = [np.ascontiguousarray(column, dtype="<f4").tobytes() for column in state.places.T]
        body = b"".join([*columns, state.rows.astype("<u4").tobytes()])
    header = EmbeddingPointsHeader(
        state=state.state,
        method=ask.method,
        n_points=len(table.points),
        n_shown=n_shown,
        n_nonfinite=len(table.points) - len(table.rows),
        n_components=ask.n_components,
        explained=list(explained),
        n_at_ends=list(axes.n_at_ends) if axes else [],
        is_own=list(axes.is_own) if axes else [],
        elapsed_s=state.elapsed_s,
        message=state.message,
    )
    return bytes_answer(wire.frame(header, body), FRAME_TYPE)


def stop_job(context: Context, _: None, __: Request) -> Response:
    return json_answer(Stopped(was_running=context.embeddings.jobs.cancel()))


def as_numbers(values: list[str]) -> npt.NDArray[np.float32] | None:
    """A column of labels as numbers, NaN where it is empty; None when a text of it is none."""
    import numpy as np

    try:
        numbers = [float(value) if value.strip() else float("nan") for value in values]
    except ValueError:
        return None
    with np.errstate(over="ignore"):
        return np.array(numbers, dtype=np.float32)


def read_column(context: Context, ask: EmbeddingColumnQuery, _: Request) -> Response:
    import numpy as np

    _embedding, table = _find(context, ask.run, ask.tag)
    values = list(table.find_column(ask.column).values)
    names, codes, counts = np.unique(
        np.array(values, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    numbers = as_numbers(values) if len(names) > MAX_CATEGORIES else None
    if numbers is not None:
        finite = numbers[np.isfinite(numbers)]
        header = EmbeddingColumnHeader(
            column=ask.column,
            is_number=True,
            lo=float(finite.min()) if len(finite) else 0.0,
            hi=float(finite.max()) if len(finite) else 0.0,
            categories=[],
            counts=[],
            n_categories=len(names),
        )
        return bytes_answer(wire.frame(header, numbers.astype("<f4").tobytes()), FRAME_TYPE)
    # The commonest first, and by name where they are as common.
    order = np.lexsort((names, -counts))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    shown = order[:MAX_CATEGORIES]
    header = EmbeddingColumnHeader(
        column=ask.column,
        is_number=False,
        lo=0.0,
        hi=0.0,
        categories=[str(name) for name in names[shown]],
        counts=[int(count) for count in counts[shown]],
        n_categories=len(names),
    )
    places = np.minimum(rank[codes], MAX_CATEGORIES).astype("<f4")
    return bytes_answer(wire.frame(header, places.tobytes()), FRAME_TYPE)


def search_labels(context: Context, ask: EmbeddingSearchQuery, _: Request) -> Response:
    _embedding, table = _find(context, ask.run, ask.tag)
    columns = None if ask.column is None else [table.find_column(ask.column)]
    (rows,) = table.find_rows([ask.text], columns=columns)
    return json_answer(EmbeddingMatches(n_found=len(rows), rows=rows[: ask.limit].tolist()))


def read_rows(context: Context, ask: EmbeddingRowsQuery, _: Request) -> Response:
    _embedding, table = _find(context, ask.run, ask.tag)
    try:
        rows = [int(text) for text in ask.rows.split(",") if text]
    except ValueError:
        raise ApiError("bad_request", "'rows' is a list of numbers with commas between them.") from None
    if any(not 0 <= row < len(table.points) for row in rows):
        raise ApiError("not_found", f"The embedding has the rows 0 to {len(table.points) - 1}.")
    labels = [[wire.printable(column.values[row])[:1000] for column in table.columns] for row in rows]
    return json_answer(EmbeddingRows(rows=rows, labels=labels))


def read_neighbours(context: Context, ask: NeighboursQuery, _: Request) -> Response:
    _embedding, table = _find(context, ask.run, ask.tag)
    if ask.row >= len(table.points):
        raise ApiError("not_found", f"The embedding has {len(table.points)} rows, not {ask.row + 1}.")
    rows, distances = find_neighbours(table, ask.row, n=ask.n, distance=ask.distance)
    first = table.columns[0].values if table.columns else None
    neighbours = [
        Neighbour(row=row, distance=wire.number(far), label="" if first is None else wire.printable(first[row])[:200])
        for row, far in zip(rows.tolist(), distances.tolist(), strict=True)
    ]
    return json_answer(Neighbours(row=ask.row, neighbours=neighbours))


def read_sprite(context: Context, ask: EmbeddingQuery, _: Request) -> Response:
    embedding = context.embeddings.find(context.store, ask.run, ask.tag)
    if embedding.sprite_path is None:
        raise ApiError("not_found", f"Embedding {ask.tag!r} has no pictures.")
    try:
        if embedding.sprite_path.stat().st_size > MAX_SPRITE_BYTES:
            raise ApiError("too_large", f"The pictures of embedding {ask.tag!r} are above {MAX_SPRITE_BYTES} bytes.")
        data = embedding.sprite_path.read_bytes()
    except OSError as error:
        raise ApiError("damaged", f"The pictures of embedding {ask.tag!r} could not be read.") from error
    return untrusted_answer(data, file_name="sprite.bin")


ENDPOINTS = (
    Endpoint(
        "GET", "api/embeddings", "The embeddings of projector files.", list_embeddings, "heavy", answer=EmbeddingList
    ),
    Endpoint(
        "GET",
        "api/embedding",
        "What one embedding holds.",
        read_embedding,
        "heavy",
        ask=EmbeddingQuery,
        answer=EmbeddingView,
    ),
    Endpoint(
        "GET",
        "api/embedding/points",
        "Places of the points in two or three dimensions.",
        read_points,
        "heavy",
        ask=EmbeddingPointsQuery,
        answer=EmbeddingPointsHeader,
        media_type=FRAME_TYPE,
    ),
    Endpoint("POST", "api/embedding/stop", "Ends the projection being made.", stop_job, "quick", answer=Stopped),
    Endpoint(
        "GET",
        "api/embedding/column",
        "One column of the labels as numbers to colour by.",
        read_column,
        "heavy",
        ask=EmbeddingColumnQuery,
        answer=EmbeddingColumnHeader,
        media_type=FRAME_TYPE,
    ),
    Endpoint(
        "GET",
        "api/embedding/search",
        "Points whose labels hold a text.",
        search_labels,
        "heavy",
        ask=EmbeddingSearchQuery,
        answer=EmbeddingMatches,
    ),
    Endpoint(
        "GET",
        "api/embedding/rows",
        "The labels of some points.",
        read_rows,
        "heavy",
        ask=EmbeddingRowsQuery,
        answer=EmbeddingRows,
    ),
    Endpoint(
        "GET",
        "api/embedding/neighbours",
        "The points nearest to one in all dimensions.",
        read_neighbours,
        "heavy",
        ask=NeighboursQuery,
        answer=Neighbours,
    ),
    Endpoint(
        "GET",
        "api/embedding/sprite",
        "The pictures of all points as one.",
        read_sprite,
        "heavy",
        ask=EmbeddingQuery,
        media_type="application/octet-stream",
    ),
)
