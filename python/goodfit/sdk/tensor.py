"""An array of any type → a tensor payload without a plugin, or with the one that the caller names."""

from __future__ import annotations

from typing import Any, Final

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_TENSOR, DT_STRING, Payload
from goodfit.sdk.values import array_of

# numpy's name of a type to its number in tensorflow/core/framework/types.proto.
_DTYPES: Final = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "complex64": 8, "int64": 9, "bool": 10,
    "bfloat16": 14, "uint16": 17, "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23,
}  # fmt: skip


def tensor(data: Any, metadata: Any = None, *, plugin: str = "") -> Payload:
    """The payload of an array.

    Args:
        data: Array of any framework, of numbers or texts.
        metadata: A SummaryMetadata message (`plugin_data`, `display_name`, `data_class`), or None.
        plugin: The plugin's name where `metadata` gives none.

    Raises:
        BadArgument: The element type has no number in TensorFlow.
    """
    array = array_of(data)
    content: bytes | list[bytes]
    if array.dtype.kind in "OUS":
        items = array.ravel().tolist()
        content = [item if isinstance(item, bytes) else str(item).encode() for item in items]
        dtype = DT_STRING
    elif array.dtype.name in _DTYPES:
        content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        dtype = _DTYPES[array.dtype.name]
    else:
        raise BadArgument(f"cannot write elements of type {array.dtype}")
    given = getattr(metadata, "plugin_data", None)
    return Payload(
        dtype, array.shape, content,
        plugin=getattr(given, "plugin_name", plugin),
        plugin_content=bytes(getattr(given, "content", b"")),
        data_class=int(getattr(metadata, "data_class", CLASS_TENSOR)),
        display_name=getattr(metadata, "display_name", ""),
    )  # fmt: skip
