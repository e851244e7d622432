"""Serialised graphs and run metadata → protobuf's text form, as TensorBoard's addresses give them.

    node {
      name: "dense/kernel"
      attr { key: "dtype" value { type: DT_FLOAT } }      (each brace on a line of its own)
    }

Fields come in the order of their numbers; fields that are not in the tables below are left out. Source:
tensorflow/core/framework/*.proto, tensorflow/core/protobuf/config.proto, https://protobuf.dev/reference/protobuf/textformat-spec
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Literal

from goodfit.wire import BYTES, FIXED32, FIXED64, VARINT, Undecodable, read_fields, read_varint, signed

Scalar = Literal["text", "bytes", "int", "uint", "bool", "float", "double", "type"]
MAX_DEPTH = 60
MAX_CHARS = 256 << 20

_MAP_OF_VALUES = {1: ("key", "text"), 2: ("value", "AttrValue")}
_MAP_OF_TEXTS = {1: ("key", "text"), 2: ("value", "text")}
MESSAGES: Mapping[str, Mapping[int, tuple[str, str]]] = {
    "GraphDef": {1: ("node", "NodeDef"), 2: ("library", "FunctionDefLibrary"), 3: ("version", "int"),
                 4: ("versions", "VersionDef")},
    "NodeDef": {1: ("name", "text"), 2: ("op", "text"), 3: ("input", "text"), 4: ("device", "text"),
                5: ("attr", "ValueEntry"), 6: ("experimental_debug_info", "DebugInfo")},
    "DebugInfo": {1: ("original_node_names", "text"), 2: ("original_func_names", "text")},
    "ValueEntry": _MAP_OF_VALUES,
    "TextEntry": _MAP_OF_TEXTS,
    "AttrValue": {1: ("list", "ListValue"), 2: ("s", "bytes"), 3: ("i", "int"), 4: ("f", "float"), 5: ("b", "bool"),
                  6: ("type", "type"), 7: ("shape", "Shape"), 8: ("tensor", "Tensor"), 9: ("placeholder", "text"),
                  10: ("func", "Function")},
    "ListValue": {2: ("s", "bytes"), 3: ("i", "int"), 4: ("f", "float"), 5: ("b", "bool"), 6: ("type", "type"),
                  7: ("shape", "Shape"), 8: ("tensor", "Tensor"), 9: ("func", "Function")},
    "Function": {1: ("name", "text"), 2: ("attr", "ValueEntry")},
    "Shape": {2: ("dim", "Dimension"), 3: ("unknown_rank", "bool")},
    "Dimension": {1: ("size", "int"), 2: ("name", "text")},
    "Tensor": {1: ("dtype", "type"), 2: ("tensor_shape", "Shape"), 3: ("version_number", "int"),
               4: ("tensor_content", "bytes"), 5: ("float_val", "float"), 6: ("double_val", "double"),
               7: ("int_val", "int"), 8: ("string_val", "bytes"), 9: ("scomplex_val", "float"),
               10: ("int64_val", "int"), 11: ("bool_val", "bool"), 12: ("dcomplex_val", "double"),
               13: ("half_val", "int"), 16: ("uint32_val", "uint"), 17: ("uint64_val", "uint")},
    "VersionDef": {1: ("producer", "int"), 2: ("min_consumer", "int"), 3: ("bad_consumers", "int")},
    "FunctionDefLibrary": {1: ("function", "FunctionDef"), 2: ("gradient", "Gradient")},
    "Gradient": {1: ("function_name", "text"), 2: ("gradient_func", "text")},
    "FunctionDef": {1: ("signature", "Signature"), 3: ("node_def", "NodeDef"), 4: ("ret", "TextEntry"),
                    5: ("attr", "ValueEntry"), 6: ("control_ret", "TextEntry")},
    "Signature": {1: ("name", "text"), 2: ("input_arg", "Argument"), 3: ("output_arg", "Argument"),
                  5: ("summary", "text"), 6: ("description", "text"), 17: ("is_stateful", "bool"),
                  20: ("control_output", "text")},
    "Argument": {1: ("name", "text"), 2: ("description", "text"), 3: ("type", "type"), 4: ("type_attr", "text"),
                 5: ("number_attr", "text"), 6: ("type_list_attr", "text"), 16: ("is_ref", "bool")},
    "RunMetadata": {1: ("step_stats", "StepStats"), 3: ("partition_graphs", "GraphDef"),
                    4: ("function_graphs", "FunctionGraphs")},
    "FunctionGraphs": {1: ("partition_graphs", "GraphDef"), 2: ("pre_optimization_graph", "GraphDef"),
                       3: ("post_optimization_graph", "GraphDef")},
    "StepStats": {1: ("dev_stats", "DeviceStats")},
    "DeviceStats": {1: ("device", "text"), 2: ("node_stats", "NodeStats")},
    "NodeStats": {1: ("node_name", "text"), 2: ("all_start_micros", "int"), 3: ("op_start_rel_micros", "int"),
                  4: ("op_end_rel_micros", "int"), 5: ("all_end_rel_micros", "int"), 6: ("memory", "Memory"),
                  7: ("output", "NodeOutput"), 8: ("timeline_label", "text"), 9: ("scheduled_micros", "int"),
                  10: ("thread_id", "uint")},
    "Memory": {1: ("allocator_name", "text"), 2: ("total_bytes", "int"), 3: ("peak_bytes", "int"),
               4: ("live_bytes", "int"), 5: ("allocator_bytes_in_use", "int")},
    "NodeOutput": {1: ("slot", "int"), 3: ("tensor_description", "TensorDescription")},
    "TensorDescription": {1: ("dtype", "type"), 2: ("shape", "Shape"), 4: ("allocation_description", "Allocation")},
    "Allocation": {1: ("requested_bytes", "int"), 2: ("allocated_bytes", "int"), 3: ("allocator_name", "text"),
                   4: ("allocation_id", "int"), 5: ("has_single_reference", "bool"), 6: ("ptr", "uint")},
}  # fmt: skip
"""Fields by message and number: name, and type: a scalar or another message."""
_TYPES = {
    0: "INVALID", 1: "FLOAT", 2: "DOUBLE", 3: "INT32", 4: "UINT8", 5: "INT16", 6: "INT8", 7: "STRING", 8: "COMPLEX64",
    9: "INT64", 10: "BOOL", 11: "QINT8", 12: "QUINT8", 13: "QINT32", 14: "BFLOAT16", 15: "QINT16", 16: "QUINT16",
    17: "UINT16", 18: "COMPLEX128", 19: "HALF", 20: "RESOURCE", 21: "VARIANT", 22: "UINT32", 23: "UINT64",
}  # fmt: skip
_WIRE_TYPES = {"float": FIXED32, "double": FIXED64, "int": VARINT, "uint": VARINT, "bool": VARINT, "type": VARINT}
_ESCAPES = {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", ord('"'): '\\"', ord("'"): "\\'", ord("\\"): "\\\\"}


def to_text(data: bytes, message: str) -> str:
    """The text form of a message. Raises Undecodable, also where it would take more than `MAX_CHARS`."""
    lines, n_chars = [], 0
    for line in _lines(data, message, 0):
        n_chars += len(line) + 1
        if n_chars > MAX_CHARS:
            raise Undecodable("a text of more than 256 MB")
        lines.append(line)
    return "\n".join([*lines, ""]) if lines else ""


def _lines(data: bytes, message: str, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise Undecodable("messages nested too deep")
    indent = "  " * depth
    fields = MESSAGES[message]
    found: dict[int, list[tuple[int, int | bytes]]] = {}
    for number, wire_type, value in read_fields(data):
        if number in fields:
            found.setdefault(number, []).append((wire_type, value))
    for number in sorted(found):
        name, kind = fields[number]
        for wire_type, value in found[number]:
            if kind in MESSAGES:
                if not isinstance(value, bytes):
                    raise Undecodable(f"{name} is no message")
                yield f"{indent}{name} {{"
                yield from _lines(value, kind, depth + 1)
                yield f"{indent}}}"
            else:
                for text in _scalars(kind, wire_type, value):
                    yield f"{indent}{name}: {text}"


def _scalars(kind: str, wire_type: int, value: int | bytes) -> Iterator[str]:
    """The values of one field; several where they are packed."""
    if kind in ("text", "bytes"):
        if not isinstance(value, bytes):
            raise Undecodable("text that is none")
        yield f'"{_quoted(value, is_text=kind == "text")}"'
    elif isinstance(value, int):
        yield _number(kind, value)
    elif wire_type == BYTES:
        if _WIRE_TYPES[kind] == VARINT:
            at = 0
            while at < len(value):
                number, at = read_varint(value, at)
                yield _number(kind, number)
        else:
            size = 4 if kind == "float" else 8
            for start in range(0, len(value) - size + 1, size):
                yield _real(kind, value[start : start + size])
    else:
        yield _real(kind, value)


def _number(kind: str, value: int) -> str:
    if kind == "bool":
        return "true" if value else "false"
    if kind == "type":
        name = _TYPES.get(value % 100)
        return f"DT_{name}{'_REF' if value > 100 else ''}" if name else str(value)
    return str(value if kind == "uint" else signed(value))


def _real(kind: str, value: bytes) -> str:
    if len(value) != (4 if kind == "float" else 8):
        raise Undecodable("number of another width")
    number = struct.unpack("<f" if kind == "float" else "<d", value)[0]
    if number != number or abs(number) == float("inf"):
        return "nan" if number != number else "inf" if number > 0 else "-inf"
    # Six digits where they read back as the same float32, else nine; fifteen and seventeen of a double.
    text, shape = "", "<f" if kind == "float" else "<d"
    for digits in (6, 9) if kind == "float" else (15, 17):
        text = f"{number:.{digits}g}"
        if struct.pack(shape, float(text)) == value:
            break
    return text


def _quoted(value: bytes, *, is_text: bool) -> str:
    if is_text:
        try:
            text = value.decode()
        except UnicodeDecodeError:
            is_text = False
        else:
            return "".join(_ESCAPES.get(ord(mark), mark if ord(mark) >= 32 else f"\\{ord(mark):03o}") for mark in text)
    return "".join(_ESCAPES.get(byte, chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in value)
