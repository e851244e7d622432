"""Meshes and clouds of points: `api/meshes` and `api/mesh`."""

from __future__ import annotations

from msgspec import Struct

from goodfit.server.schema.base import Index


class MeshInfo(Struct):
    run: str
    name: str
    steps: list[int]
    has_faces: bool
    has_colours: bool


class MeshList(Struct):
    """GET api/meshes: meshes and clouds of points."""

    revision: int
    meshes: list[MeshInfo]


class MeshQuery(Struct):
    """GET api/mesh"""

    run: str
    name: str
    index: Index = 0
    """Position in `MeshInfo.steps`."""
    sample: Index = 0
    """Of a batch."""


class MeshHeader(Struct):
    """The JSON header of the answer to GET api/mesh: a frame.

    Its body is three float32 for each vertex, three uint32 for each face, and four bytes (red, green, blue, 255) for
    each vertex where there are colours.
    """

    run: str
    name: str
    step: int
    n_samples: int
    n_vertices: int
    n_faces: int
    has_colours: bool
    n_nonfinite: int
    """Vertices with a NaN or an infinity: left out with their faces."""
    n_dropped_faces: int
    """Faces that name a vertex that is not there or was left out."""
