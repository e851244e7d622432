"""The attributes of a NodeDef, still bytes → short texts to show.

    AttrValue        1 list · 2 s · 3 i · 4 f · 5 b · 6 type · 7 shape · 8 tensor · 9 placeholder · 10 func {1 name}
    ListValue        2 s · 3 i · 4 f · 5 b · 6 type · 7 shape · 9 func, each repeated; i, f, b, type may be packed
    TensorShapeProto 2 dim {1 size} · 3 unknown_rank

Source: tensorflow/core/framework/{attr_value,tensor_shape,types}.proto
"""

from __future__ import annotations

import struct

from goodfit.server.graph.model import format_shape
from goodfit.wire import BYTES, FIXED32, VARINT, Undecodable, decode_text, read_spans, read_varint, signed

DTYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string", 8: "complex64", 9: "int64",
    10: "bool", 11: "qint8", 12: "quint8", 13: "qint32", 14: "bfloat16", 17: "uint16", 18: "complex128", 19: "float16",
    20: "resource", 21: "variant", 22: "uint32", 23: "uint64", 24: "float8_e5m2", 25: "float8_e4m3fn",
}  # fmt: skip
MAX_CHARS = 400
"""Of one attribute; TensorFlow puts whole serialised layers into some."""
MAX_ITEMS = 16
OUTPUT_SHAPES = "_output_shapes"


def _dtype(code: int) -> str:
    return DTYPES.get(code, f"type {code}") if code < 100 else f"{DTYPES.get(code - 100, code)} ref"


def read_shape(data: bytes, start: int, stop: int) -> str:
    """A TensorShapeProto as `32×?`; `unknown` without a rank."""
    sizes: list[int | None] = []
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number == 3 and wire_type == VARINT and read_varint(data, at)[0]:
            return "unknown"
        if number == 2 and wire_type == BYTES:
            size = 0
            for inner, inner_type, inner_at, _ in read_spans(data, at, end):
                if inner == 1 and inner_type == VARINT:
                    size = signed(read_varint(data, inner_at)[0])
            sizes.append(size)
    return format_shape(sizes)


def _bytes(data: bytes, start: int, stop: int) -> str:
    raw = data[start : min(stop, start + MAX_CHARS)]
    readable = raw.decode("utf-8", "replace")
    if any(ord(char) < 32 and char not in "\n\t" for char in readable) or "\ufffd" in readable[:-3]:
        return f"{stop - start} bytes"
    return readable


def _one(data: bytes, number: int, wire_type: int, start: int, stop: int) -> str | None:
    """One value of an AttrValue or of its list; None for what is not shown."""
    if wire_type == BYTES:
        if number == 2:
            return _bytes(data, start, stop)
        if number == 7:
            return read_shape(data, start, stop)
        if number == 8:
            return _tensor(data, start, stop)
        if number in (9, 10):
            return _name(data, start, stop) if number == 10 or stop > start else None
        return None
    if wire_type == VARINT:
        value = read_varint(data, start)[0]
        if number == 3:
            return str(signed(value))
        if number == 5:
            return "true" if value else "false"
        return _dtype(value) if number == 6 else None
    if wire_type == FIXED32 and number == 4:
        return f"{struct.unpack_from('<f', data, start)[0]:.7g}"
    return None


def _name(data: bytes, start: int, stop: int) -> str | None:
    """The first field of a NameAttrList."""
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number == 1 and wire_type == BYTES:
            return decode_text(data, at, end)
    return None


def _tensor(data: bytes, start: int, stop: int) -> str:
    """A TensorProto by its type and shape; its values are not shown."""
    dtype, shape = "", "scalar"
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number == 1 and wire_type == VARINT:
            dtype = _dtype(read_varint(data, at)[0])
        elif number == 2 and wire_type == BYTES:
            shape = read_shape(data, at, end)
    return f"tensor {shape} {dtype}".rstrip()


def _packed(data: bytes, number: int, start: int, stop: int) -> list[str]:
    """The values of a packed list of numbers."""
    values: list[str] = []
    at = start
    while at < stop and len(values) <= MAX_ITEMS:
        wire_type = FIXED32 if number == 4 else VARINT
        end = at + 4 if number == 4 else read_varint(data, at)[1]
        values.append(_one(data, number, wire_type, at, end) or "")
        at = end
    return values


def _list(data: bytes, start: int, stop: int) -> list[str]:
    values: list[str] = []
    for number, wire_type, at, end in read_spans(data, start, stop):
        if wire_type == BYTES and number in (3, 4, 5, 6):
            values += _packed(data, number, at, end)
        else:
            value = _one(data, 10 if number == 9 else number, wire_type, at, end)
            if value is not None:
                values.append(value)
        if len(values) > MAX_ITEMS:
            break
    return values


def _value(data: bytes, start: int, stop: int) -> str:
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number == 1 and wire_type == BYTES:
            values = _list(data, at, end)
            more = ", …" if len(values) > MAX_ITEMS else ""
            return f"[{', '.join(values[:MAX_ITEMS])}{more}]"
        value = _one(data, number, wire_type, at, end)
        if value is not None:
            return value
    return ""


def _entries(data: bytes, start: int, stop: int) -> dict[str, tuple[int, int]]:
    """Where the value of each attribute of a NodeDef lies."""
    found = {}
    for number, wire_type, at, end in read_spans(data, start, stop):
        if number != 5 or wire_type != BYTES:
            continue
        name, where = "", (at, at)
        for inner, inner_type, inner_at, inner_end in read_spans(data, at, end):
            if inner == 1 and inner_type == BYTES:
                name = decode_text(data, inner_at, inner_end)
            elif inner == 2 and inner_type == BYTES:
                where = (inner_at, inner_end)
        found[name] = where
    return found


def read_attributes(data: bytes, start: int, stop: int) -> dict[str, str]:
    """The attributes of the NodeDef in `data[start:stop]` by name, sorted, the device first when there is one.

    Damage inside a node costs its attributes, not the graph: what was readable is shown.
    """
    shown: dict[str, str] = {}
    try:
        for number, wire_type, at, end in read_spans(data, start, stop):
            if number == 4 and wire_type == BYTES and end > at:
                shown["device"] = decode_text(data, at, end)
        entries = _entries(data, start, stop)
    except Undecodable:
        return shown
    for name, (at, end) in sorted(entries.items()):
        try:
            shown[name] = _value(data, at, end)[:MAX_CHARS]
        except (Undecodable, struct.error):
            shown[name] = f"{end - at} bytes"
    return shown


def read_output_label(data: bytes, start: int, stop: int, output: int) -> str:
    """The shape of one output of a NodeDef, empty when it was not recorded or is damaged."""
    try:
        where = _entries(data, start, stop).get(OUTPUT_SHAPES)
        for number, wire_type, at, end in read_spans(data, *where) if where else ():
            if number == 1 and wire_type == BYTES:
                shapes = [span for span in read_spans(data, at, end) if span[0] == 7]
                if output < len(shapes):
                    return read_shape(data, shapes[output][2], shapes[output][3])
    except Undecodable:
        return ""
    return ""
