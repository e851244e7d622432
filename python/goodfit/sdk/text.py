"""Text → a string tensor of the text plugin, which shows it as Markdown; a list or array becomes a table."""

from __future__ import annotations

from typing import Any

from goodfit.sdk.payload import CLASS_TENSOR, Payload, strings


def text(data: Any) -> Payload:
    """The payload of a string, bytes, or nested list or array of them.

    >>> text("hello").content
    [b'hello']
    """
    if isinstance(data, (str, bytes)):
        return strings([_encoded(data)], "text", shape=(), data_class=CLASS_TENSOR)
    from goodfit.sdk.values import array_of

    array = array_of(data)
    return strings(
        [_encoded(item) for item in array.ravel().tolist()], "text", shape=array.shape, data_class=CLASS_TENSOR
    )


def _encoded(item: Any) -> bytes:
    return item if isinstance(item, bytes) else str(item).encode("utf-8", "replace")
