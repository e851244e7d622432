"""Images, sounds and texts: `api/media` and `api/blob`."""

from __future__ import annotations

from msgspec import Struct

from goodfit.server.schema.base import Index, MaxSteps


class MediaQuery(Struct):
    """GET api/media"""

    run: str
    tag: str
    max_steps: MaxSteps = 100


class BlobQuery(Struct):
    """GET api/blob"""

    run: str
    tag: str
    index: Index
    part: Index = 0


class MediaStep(Struct):
    index: int
    """Position in the series, the `index` of api/blob."""
    step: int
    wall_time: float
    n_parts: int
    """Images, sounds or texts recorded at this step."""
    texts: list[str]
    """The texts themselves when the kind is `text`, else empty. Untrusted: escape or sanitise before showing."""


class MediaView(Struct):
    """GET api/media?run=&tag=&max_steps= ; bytes of a part come from GET api/blob?run=&tag=&index=&part="""

    run: str
    tag: str
    kind: str
    n_recorded: int
    """Recorded steps; `steps` is an even choice of them, first and last always in."""
    steps: list[MediaStep]
