"""Values of ours → bytes on the wire: JSON with NaN and infinities as strings, and frames of columns.

A frame is `u32le header length | header JSON, space-padded so that the body starts at a multiple of 4 | body`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from goodfit.wire import printable as printable

_encoder = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """A schema value as JSON; half characters in it, as of a file's name that is no UTF-8, become their escapes."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_printable_throughout(value))


def _printable_throughout(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, msgspec.Struct):
        fields = {name: _printable_throughout(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    if isinstance(value, Mapping):
        return {_printable_throughout(key): _printable_throughout(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_printable_throughout(item) for item in value]
    return value


def number(value: float) -> float | str:
    """A float that JSON can hold: NaN and infinities become their names.

    >>> number(0.5), number(float("nan")), number(float("-inf"))
    (0.5, 'NaN', '-Infinity')
    """
    if math.isfinite(value):
        return float(value)
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def plain(value: Any, *, depth: int = 6) -> Any:
    """Any value as what JSON can hold: numbers by `number`, arrays as lists, all else by its text.

    Used for evidence and hyperparameters, whose values come from many writers.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, float):
        return number(value)
    if depth == 0:
        return printable(str(value))
    if isinstance(value, Mapping):
        return {printable(str(key)): plain(item, depth=depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth=depth - 1) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist(), depth=depth - 1)
    return printable(str(value))


def frame(header: Any, body: bytes) -> bytes:
    """A header and a body in one answer, the body aligned for typed arrays."""
    text = encode(header)
    text += b" " * (-(4 + len(text)) % 4)
    return b"".join((len(text).to_bytes(4, "little"), text, body))
