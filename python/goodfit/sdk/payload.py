"""One value of a series as TensorBoard's plugins expect it: a tensor's type, shape and content, and the plugin's
name and words.

`crates/core/src/encode.rs` turns it into bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Numbers of tensorflow/core/framework/types.proto.
DT_FLOAT: Final = 1
DT_DOUBLE: Final = 2
DT_UINT8: Final = 4
DT_STRING: Final = 7

# summary.proto, DataClass.
CLASS_UNKNOWN: Final = 0
CLASS_SCALAR: Final = 1
CLASS_TENSOR: Final = 2
CLASS_BLOBS: Final = 3


@dataclass(frozen=True, slots=True)
class Payload:
    """A tensor with the metadata that names its plugin."""

    dtype: int
    shape: tuple[int, ...]
    content: bytes | list[bytes] | None
    """Little-endian elements, a list of byte strings for DT_STRING, or None where the metadata holds it all."""
    plugin: str
    plugin_content: bytes = b""
    data_class: int = CLASS_TENSOR
    display_name: str = ""
    n_nonfinite: int = 0
    """Values that the payload could not hold (NaN and infinities in a histogram)."""
    n_values: int = 0
    """Values that it was made from, where that differs from its size."""


def strings(values: list[bytes], plugin: str, *, shape: tuple[int, ...] | None = None, **words: object) -> Payload:
    """A string tensor, rank 1 unless `shape` says otherwise."""
    return Payload(DT_STRING, (len(values),) if shape is None else shape, values, plugin, **words)  # type: ignore[arg-type]
