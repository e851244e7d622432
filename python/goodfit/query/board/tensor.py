"""`TensorProto` bytes ↔ numpy arrays, and one recorded value as the tensor or the blobs that TensorBoard has it be.

    TensorProto { 1: dtype, 2: shape { 2: dim { 1: size } }, 4: tensor_content, 5: float, 6: double, 7: int, 8: string,
                  10: int64, 11: bool, 13: half, 16: uint32, 17: uint64 }
    Value       { 2: simple_value, 4: Image { 1: height, 2: width, 4: encoded }, 5: HistogramProto,
                  6: Audio { 4: encoded }, 8: TensorProto, 9: SummaryMetadata }

A single value with a larger shape stands for all; missing ones repeat the last. Sources: tensorflow's
tensor.proto and tensorboard's summary.proto.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from goodfit import wire
from goodfit.wire import Undecodable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.types import Float64Array, Kind

STRING = 7
_DTYPES = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 8: "<c8", 9: "<i8", 10: "?", 17: "<u2", 18: "<c16",
    19: "<f2", 22: "<u4", 23: "<u8",
}  # fmt: skip
_BFLOAT16 = 14
_FIXED_FIELDS = {5: "<f4", 6: "<f8", 9: "<c8", 12: "<c16"}
_VARINT_FIELDS = (7, 10, 11, 13, 16, 17)
NULL_TENSOR = wire.integer(1, 1) + wire.message(2, wire.message(2, b""))
"""float32 of shape [0]: the value of a hyperparameter record, whose data lies in its metadata."""
MAX_ELEMENTS = 1 << 28
"""Of one tensor; a shape that claims more is damage."""


def read_shape(data: bytes) -> tuple[int, ...]:
    """The shape of a `TensorProto`; () for a scalar."""
    shape = wire.read_message(data, 2)
    return () if shape is None else tuple(wire.read_integer(dim, 1) for dim in wire.read_messages(shape, 2))


def decode_tensor(data: bytes) -> npt.NDArray[Any]:
    """A `TensorProto` as an array; strings as an object array of bytes.

    Raises:
        Undecodable: shape and values contradict each other, or the type is one that we do not know.
    """
    import numpy as np

    shape = read_shape(data)
    n_elements = math.prod(shape)
    if n_elements > MAX_ELEMENTS or any(size < 0 for size in shape):
        raise Undecodable(f"tensor of shape {shape}")
    dtype = wire.read_integer(data, 1)
    if dtype == STRING:
        flat = np.empty(n_elements, dtype=object)
        strings = wire.read_messages(data, 8)
        if len(strings) > n_elements or (n_elements and not strings):
            raise Undecodable(f"{len(strings)} strings in a tensor of shape {shape}")
        flat[:] = strings + strings[-1:] * (n_elements - len(strings))
        return flat.reshape(shape)
    content = wire.read_message(data, 4)
    if content:
        return _from_content(content, dtype, shape)
    values = _listed_values(data, dtype)
    if not len(values):
        values = np.zeros(min(n_elements, 1), dtype=values.dtype)
    if len(values) > n_elements:
        raise Undecodable(f"{len(values)} values in a tensor of shape {shape}")
    padded = np.concatenate([values, np.repeat(values[-1:], n_elements - len(values))])
    return padded.reshape(shape)


def _from_content(content: bytes, dtype: int, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    import numpy as np

    if dtype == _BFLOAT16:
        values = _widen(np.frombuffer(content[: len(content) // 2 * 2], "<u2"))
    elif dtype in _DTYPES and len(content) % np.dtype(_DTYPES[dtype]).itemsize == 0:
        values = np.frombuffer(content, _DTYPES[dtype])
    else:
        raise Undecodable(f"{len(content)} bytes of tensor type {dtype}")
    if len(values) != math.prod(shape):
        raise Undecodable(f"{len(values)} values in a tensor of shape {shape}")
    return values.reshape(shape)


def _listed_values(data: bytes, dtype: int) -> npt.NDArray[Any]:
    import numpy as np

    if dtype not in _DTYPES and dtype != _BFLOAT16:
        raise Undecodable(f"tensor type {dtype}")
    fixed: list[bytes] = []
    fixed_type = "<f4"
    integers: list[int] = []
    for number, wire_type, value in wire.read_fields(data):
        if number in _FIXED_FIELDS and isinstance(value, bytes):
            fixed.append(value)
            fixed_type = _FIXED_FIELDS[number]
        elif number in _VARINT_FIELDS:
            if isinstance(value, int):
                integers.append(value)
            elif wire_type == wire.BYTES:
                at = 0
                while at < len(value):
                    one, at = wire.read_varint(value, at)
                    integers.append(one)
    if fixed:
        joined = b"".join(fixed)
        if len(joined) % np.dtype(fixed_type).itemsize:
            raise Undecodable(f"{len(joined)} bytes of {fixed_type}")
        return np.frombuffer(joined, fixed_type).astype(_DTYPES.get(dtype, "<f4"))
    if dtype in (_BFLOAT16, 19):  # half floats travel as the integers of their bits
        halves = np.array(integers, dtype=np.uint64).astype("<u2")
        return _widen(halves) if dtype == _BFLOAT16 else halves.view("<f2")
    return np.array(integers, dtype=np.uint64).astype(_DTYPES[dtype])


def _widen(halves: npt.NDArray[np.uint16]) -> npt.NDArray[np.float32]:
    """bfloat16 bits as float32: they are its upper half."""
    import numpy as np

    return (halves.astype("<u4") << np.uint32(16)).view("<f4")


def encode_array(array: Float64Array) -> bytes:
    """A float64 array as a `TensorProto`."""
    shape = b"".join(wire.message(2, wire.integer(1, size)) for size in array.shape)
    content = array.astype("<f8").tobytes()
    return wire.integer(1, 2) + wire.message(2, shape) + (wire.message(4, content) if content else b"")


def tensor_of(value: bytes, kind: Kind) -> bytes:
    """The `TensorProto` of a recorded `Summary.Value`; an old histogram as rows of left, right, count.

    Raises:
        Undecodable: the value holds nothing that is a tensor.
    """
    tensor = wire.read_message(value, 8)
    if tensor is not None:
        return tensor
    if kind == "hparams":
        return NULL_TENSOR
    histogram = wire.read_message(value, 5)
    if histogram is not None:
        return encode_array(histogram_rows(histogram))
    for number, wire_type, simple in wire.read_fields(value):
        if number == 2 and wire_type == wire.FIXED32 and isinstance(simple, bytes):
            return wire.integer(1, 1) + wire.message(2, b"") + wire.message(5, simple)
    raise Undecodable(f"a value without a tensor in a series of {kind}")


def histogram_rows(data: bytes) -> Float64Array:
    """A `HistogramProto` as rows of left, right and count; shape [n_buckets, 3].

    Empty buckets at both ends are padding and are left out; the outer edges are the minimum and the maximum.
    """
    import numpy as np

    low, high = 0.0, 0.0
    columns: dict[int, list[bytes]] = {6: [], 7: []}
    for number, wire_type, value in wire.read_fields(data):
        if not isinstance(value, bytes):
            continue
        if number in columns:
            columns[number].append(value)
        elif number in (1, 2) and wire_type == wire.FIXED64:
            edge = struct.unpack("<d", value)[0]
            low, high = (edge, high) if number == 1 else (low, edge)
    joined = [b"".join(parts) for parts in columns.values()]
    if len(joined[0]) != len(joined[1]) or len(joined[0]) % 8:
        raise Undecodable("histogram whose limits and counts differ in number")
    limits, counts = (np.frombuffer(part, "<f8") for part in joined)
    held = np.flatnonzero(counts > 0)
    if not len(held):
        return np.zeros((0, 3))
    first, last = int(held[0]), int(held[-1])
    inner = np.fmin(np.fmax(limits[first:last], low), high)
    return np.column_stack(
        [np.concatenate(([low], inner)), np.concatenate((inner, [high])), counts[first : last + 1]]
    ).astype(np.float64)


def blobs_of(value: bytes) -> list[bytes]:
    """The blobs of a recorded image, sound or graph: of an image its width and height as text, then the pictures.

    Raises:
        Undecodable: the value holds none.
    """
    image = wire.read_message(value, 4)
    if image is not None:
        size = [str(wire.read_integer(image, field)).encode() for field in (2, 1)]
        return [*size, wire.read_message(image, 4) or b""]
    audio = wire.read_message(value, 6)
    if audio is not None:
        return [wire.read_message(audio, 4) or b""]
    tensor = wire.read_message(value, 8)
    if tensor is None or wire.read_integer(tensor, 1) != STRING:
        raise Undecodable("a value without blobs")
    strings = wire.read_messages(tensor, 8)
    shape = read_shape(tensor)
    if len(shape) > 2 or len(strings) != math.prod(shape):
        raise Undecodable(f"{len(strings)} blobs in a tensor of shape {shape}")
    # Of two columns, the second one holds labels: sounds were once written so.
    return strings[:: shape[1]] if len(shape) == 2 and shape[1] else strings


def metadata_of(value: bytes) -> bytes:
    """The `SummaryMetadata` of a recorded value; empty when it has none."""
    return wire.read_message(value, 9) or b""
