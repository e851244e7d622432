"""GET api/meshes and api/mesh: recorded meshes and clouds of points, ready for a graphics card.

A mesh is up to three series, told apart by their plugin's content: MeshPluginData{2 name, 3 content_type (1 vertices,
2 faces, 3 colours)}, each a tensor of shape (batch, n, 3). Source: tensorboard/plugins/mesh/plugin_data.proto
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import UnknownSeries
from goodfit.server import wire
from goodfit.server.api.curves import FRAME_TYPE
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, bytes_answer, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.schema import MeshHeader, MeshInfo, MeshList, MeshQuery
from goodfit.store.series import Blobs
from goodfit.store.store import Store
from goodfit.wire import BYTES, VARINT, Undecodable, decode_text, read_spans, read_varint

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array

VERTICES, FACES, COLOURS = 1, 2, 3
MAX_VERTICES = 4_000_000


@dataclass(slots=True)
class Parts:
    """The series of one mesh, by what they hold."""

    blobs: dict[int, Blobs] = field(default_factory=dict)


def parse_content(content: bytes) -> tuple[str, int]:
    """Name and content type of a mesh's series. Raises Undecodable."""
    name, content_type = "", 0
    for number, wire_type, start, stop in read_spans(content):
        if number == 2 and wire_type == BYTES:
            name = wire.printable(decode_text(content, start, stop))
        elif number == 3 and wire_type == VARINT:
            content_type = read_varint(content, start)[0]
    return name, content_type


def find_meshes(store: Store, run: str | None = None) -> dict[tuple[str, str], Parts]:
    """The meshes by run and name; a series without vertices beside it is none."""
    meshes: dict[tuple[str, str], Parts] = {}
    for info in store.list_series(run, kind="mesh"):
        try:
            blobs = store.read_blobs(info.key)
            name, content_type = parse_content(blobs.content)
        except (UnknownSeries, Undecodable):
            continue  # removed since it was listed, or not what it says
        meshes.setdefault((info.key.run, name), Parts()).blobs[content_type] = blobs
    return {key: parts for key, parts in sorted(meshes.items()) if VERTICES in parts.blobs}


def list_meshes(context: Context, _: None, __: Request) -> Response:
    meshes = [
        MeshInfo(
            run=run,
            name=name,
            steps=parts.blobs[VERTICES].steps.tolist(),
            has_faces=FACES in parts.blobs,
            has_colours=COLOURS in parts.blobs,
        )
        for (run, name), parts in find_meshes(context.store).items()
    ]
    return json_answer(MeshList(revision=context.watch.snapshot.revision, meshes=meshes))


def read_part(blobs: Blobs, index: int, *, sample: int, name: str) -> tuple[Float64Array, int]:
    """One sample's rows of three numbers, and how many samples there are. Raises ApiError for another shape."""
    table = blobs.read_numbers(index)
    if table.ndim == 2:
        table = table[None]
    if table.ndim != 3 or table.shape[2] < 3 or table.shape[1] > MAX_VERTICES:
        raise ApiError("damaged", f"A value of mesh {name!r} has the shape {table.shape}, not (batch, n, 3).")
    if sample >= len(table):
        raise ApiError("not_found", f"Mesh {name!r} has {len(table)} samples, not {sample + 1}.")
    return table[sample, :, :3], len(table)


def find_index(blobs: Blobs, step: int) -> int | None:
    """The newest value at or before a step: what does not change is often recorded once."""
    import numpy as np

    before = np.flatnonzero(blobs.steps <= step)
    return int(before[-1]) if len(before) else None


def clean(vertices: Float64Array, faces: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of finite vertices, and the faces among them by their new numbers."""
    import numpy as np

    kept = np.flatnonzero(np.isfinite(vertices).all(axis=1) & (np.abs(vertices) < np.finfo(np.float32).max).all(axis=1))
    number = np.full(len(vertices) + 1, -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    # What is no vertex is looked up in the last place, which is none.
    inside = np.where((faces >= 0) & (faces < len(vertices)), faces, len(vertices))
    renamed = number[inside]
    return kept, renamed[(renamed >= 0).all(axis=1)] if len(renamed) else renamed


def read_mesh(context: Context, ask: MeshQuery, _: Request) -> Response:
    import numpy as np

    parts = find_meshes(context.store, ask.run).get((ask.run, ask.name))
    if parts is None:
        raise ApiError("not_found", f"Run {ask.run!r} has no mesh {ask.name!r}.", hint="GET api/meshes")
    blobs = parts.blobs[VERTICES]
    if ask.index >= len(blobs.steps):
        raise ApiError("not_found", f"Mesh {ask.name!r} has {len(blobs.steps)} recorded steps, not {ask.index + 1}.")
    step = int(blobs.steps[ask.index])
    vertices, n_samples = read_part(blobs, ask.index, sample=ask.sample, name=ask.name)
    others: dict[int, Float64Array] = {}
    for kind in (FACES, COLOURS):
        other = parts.blobs.get(kind)
        index = find_index(other, step) if other is not None else None
        if other is not None and index is not None:
            others[kind] = read_part(other, index, sample=ask.sample, name=ask.name)[0]
    wanted = others.get(FACES, np.empty((0, 3)))
    with np.errstate(invalid="ignore"):
        faces = np.nan_to_num(wanted, nan=-1.0, posinf=-1.0, neginf=-1.0).clip(-1, 2**40).astype(np.int64)
    kept, faces = clean(vertices, faces)
    colours = others.get(COLOURS)
    has_colours = colours is not None and len(colours) == len(vertices)
    body = [vertices[kept].astype("<f4").tobytes(), faces.astype("<u4").tobytes()]
    if has_colours:
        assert colours is not None
        bytes_of = np.full((len(kept), 4), 255, dtype=np.uint8)
        bytes_of[:, :3] = np.nan_to_num(colours[kept]).clip(0, 255).astype(np.uint8)
        body.append(bytes_of.tobytes())
    header = MeshHeader(
        run=ask.run,
        name=ask.name,
        step=step,
        n_samples=n_samples,
        n_vertices=len(kept),
        n_faces=len(faces),
        has_colours=has_colours,
        n_nonfinite=len(vertices) - len(kept),
        n_dropped_faces=len(wanted) - len(faces),
    )
    return bytes_answer(wire.frame(header, b"".join(body)), FRAME_TYPE)


ENDPOINTS = (
    Endpoint("GET", "api/meshes", "The recorded meshes and clouds of points.", list_meshes, "heavy", answer=MeshList),
    Endpoint(
        "GET",
        "api/mesh",
        "One mesh at one step as arrays.",
        read_mesh,
        "heavy",
        ask=MeshQuery,
        answer=MeshHeader,
        media_type=FRAME_TYPE,
    ),
)
