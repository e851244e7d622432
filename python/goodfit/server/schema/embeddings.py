"""Embeddings, their points, labels and neighbours: `api/embeddings` and `api/embedding/…`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from goodfit.server.schema.base import Index

Words = Annotated[str, Meta(max_length=200)]


class EmbeddingInfo(Struct):
    run: str
    tag: str
    has_labels: bool
    has_sprite: bool


class EmbeddingList(Struct):
    """GET api/embeddings: the embeddings that the runs' projector_config.pbtxt name."""

    revision: int
    embeddings: list[EmbeddingInfo]


class EmbeddingQuery(Struct):
    """GET api/embedding and api/embedding/sprite"""

    run: str
    tag: str


class EmbeddingView(Struct):
    """GET api/embedding: what one embedding holds; its files are read when it is first asked for."""

    run: str
    tag: str
    n_points: int
    n_dimensions: int
    n_nonfinite: int
    """Rows with a NaN or an infinity, which have no place."""
    columns: list[str]
    """Names of the columns of labels; one without a name is empty."""
    n_label_rows: int
    """Rows of labels; other than `n_points` when the files do not fit each other."""
    sprite_size: tuple[int, int] | None
    """Width and height of one point's picture, in pixels."""
    methods: list[str]
    """Of pca, umap, tsne those that this server can do."""
    install_hint: str
    """The command that brings the others."""


class EmbeddingPointsQuery(Struct):
    """GET api/embedding/points"""

    run: str
    tag: str
    method: Literal["pca", "umap", "tsne", "axes"] = "pca"
    n_components: Annotated[int, Meta(ge=2, le=3)] = 3
    neighbours: Annotated[int, Meta(ge=2, le=200)] = 15
    """`n_neighbors` of UMAP, the perplexity of t-SNE."""
    left: Words = ""
    """Of `axes`: which points lie at an end, in the words of a search; the middle of all where it is empty."""
    right: Words = ""
    up: Words = ""
    down: Words = ""


class EmbeddingPointsHeader(Struct):
    """The JSON header of the answer to GET api/embedding/points: a frame.

    Its body is `n_components` columns of float32 and one of uint32 (the row of each point), each of `n_shown` values;
    empty until the state is `done`. Asking begins a UMAP or a t-SNE; ask again to see how far it is. One that nobody
    asks after for half a minute is ended.
    """

    state: Literal["running", "waiting", "done", "failed"]
    """`waiting`: for another one to end."""
    method: str
    n_points: int
    n_shown: int
    n_nonfinite: int
    n_components: int
    explained: list[float]
    """Of a PCA and of axes, the share of all variance along each."""
    n_at_ends: list[int]
    """Of axes, the points that left, right, up and down name; all of them where nothing is named."""
    is_own: list[bool]
    """Of axes, whether each runs between its ends; one whose ends are not apart is the greatest spread of the rest."""
    elapsed_s: float
    message: str
    """Why it failed."""


class Stopped(Struct):
    """POST api/embedding/stop"""

    was_running: bool


class EmbeddingColumnQuery(Struct):
    """GET api/embedding/column"""

    run: str
    tag: str
    column: str


class EmbeddingColumnHeader(Struct):
    """The JSON header of the answer to GET api/embedding/column: a frame with one float32 for each point.

    Of numbers, the number; of categories, the place in `categories`, or their length for one that is not named there.
    """

    column: str
    is_number: bool
    lo: float
    hi: float
    categories: list[str]
    """The commonest first, at most 30."""
    counts: list[int]
    n_categories: int


class EmbeddingSearchQuery(Struct):
    """GET api/embedding/search"""

    run: str
    tag: str
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    """`dog` is a part of a label, `"dog"` a whole one, without regard to case; `#3,17` are the points of these rows."""
    column: str | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class EmbeddingMatches(Struct):
    """GET api/embedding/search"""

    n_found: int
    rows: list[int]
    """The first ones."""


class EmbeddingRowsQuery(Struct):
    """GET api/embedding/rows"""

    run: str
    tag: str
    rows: Annotated[str, Meta(max_length=4_000)]
    """Numbers with commas between them."""


class EmbeddingRows(Struct):
    """GET api/embedding/rows"""

    rows: list[int]
    labels: list[list[str]]
    """For each row its labels, one for each column. Untrusted text."""


class NeighboursQuery(Struct):
    """GET api/embedding/neighbours"""

    run: str
    tag: str
    row: Index
    n: Annotated[int, Meta(ge=1, le=1_000)] = 20
    distance: Literal["cosine", "euclidean"] = "cosine"


class Neighbour(Struct):
    row: int
    distance: float | str
    label: str
    """Of the first column; empty without any."""


class Neighbours(Struct):
    """GET api/embedding/neighbours: nearest first, without the point itself."""

    row: int
    neighbours: list[Neighbour]
