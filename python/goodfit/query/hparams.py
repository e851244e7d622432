"""The bytes of hyperparameter records → names and values, and how the session ended.

    HParamsPluginData { 1: version, 2: Experiment, 3: SessionStartInfo, 4: SessionEndInfo }
    SessionStartInfo  { 1: map<string, Value> hparams, 2: model_uri, 3: monitor_url, 4: group_name,
                        5: start_time_secs (double) }
    SessionEndInfo    { 1: status (0 unknown, 1 success, 2 failure, 3 running), 2: end_time_secs (double) }
    Value             { 1: null, 2: double, 3: string, 4: bool, 5: Struct, 6: ListValue }   (google.protobuf.Value)

Source: tensorboard/plugins/hparams/plugin_data.proto and google/protobuf/struct.proto. Bytes that do not parse give
nothing: a damaged record is data, not an error.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from goodfit.wire import FIXED32, FIXED64, Undecodable, read_fields

START_TAG = "_hparams_/session_start_info"
END_TAG = "_hparams_/session_end_info"

Status = Literal["unknown", "success", "failure", "running"]
_STATUS: dict[int, Status] = {0: "unknown", 1: "success", 2: "failure", 3: "running"}
# Nested lists deeper than this are no hyperparameters; it bounds the recursion on hostile input.
_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class SessionStart:
    """What a run was started with."""

    hparams: Mapping[str, Any] = field(default_factory=dict)
    """float, str, bool, None, list or dict by name, sorted; whole floats stay floats, as written."""
    group_name: str = ""
    start_time_s: float | None = None
    """Seconds since the epoch, UTC."""


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a run said that it ended."""

    status: Status
    end_time_s: float | None = None
    """Seconds since the epoch, UTC; None when the writer left it out."""


def parse_session_start(data: bytes) -> SessionStart | None:
    """The hyperparameters in the plugin data of `_hparams_/session_start_info`; None when there are none."""
    info = _last_message(data, 3)
    if info is None:
        return None
    hparams: dict[str, Any] = {}
    group_name, start_time_s = "", None
    for number, value in _fields(info):
        if number == 1 and isinstance(value, bytes):
            name, entry = "", b""
            for entry_number, entry_value in _fields(value):
                if entry_number == 1 and isinstance(entry_value, bytes):
                    name = entry_value.decode("utf-8", "replace")
                elif entry_number == 2 and isinstance(entry_value, bytes):
                    entry = entry_value
            hparams[name] = parse_value(entry)
        elif number == 4 and isinstance(value, bytes):
            group_name = value.decode("utf-8", "replace")
        elif number == 5 and isinstance(value, float):
            start_time_s = value
    return SessionStart(dict(sorted(hparams.items())), group_name, start_time_s)


def parse_session_end(data: bytes) -> SessionEnd | None:
    """The status in the plugin data of `_hparams_/session_end_info`; None when there is none."""
    info = _last_message(data, 4)
    if info is None:
        return None
    status: Status = "unknown"
    end_time_s = None
    for number, value in _fields(info):
        if number == 1 and isinstance(value, int):
            status = _STATUS.get(value, "unknown")
        elif number == 2 and isinstance(value, float) and value > 0:
            end_time_s = value
    return SessionEnd(status, end_time_s)


def parse_value(data: bytes, depth: int = _MAX_DEPTH) -> Any:
    """A `google.protobuf.Value`; None where it is null, or nested too deep."""
    result: Any = None
    if depth == 0:
        return None
    for number, value in _fields(data):
        if number == 2 and isinstance(value, float):
            # The format knows doubles only; `width: 16` was logged as a whole number and is shown as one.
            result = int(value) if value.is_integer() and abs(value) < 2**53 else value
        elif number == 3 and isinstance(value, bytes):
            result = value.decode("utf-8", "replace")
        elif number == 4 and isinstance(value, int):
            result = bool(value)
        elif number == 6 and isinstance(value, bytes):
            result = [parse_value(item, depth - 1) for n, item in _fields(value) if n == 1 and isinstance(item, bytes)]
    return result


def _last_message(data: bytes, wanted: int) -> bytes | None:
    found = None
    for number, value in _fields(data):
        if number == wanted and isinstance(value, bytes):
            found = value
    return found


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Numbers and values of the fields of one message, eight and four bytes as floats; stops at the first malformed
    one."""
    with suppress(Undecodable):
        for number, wire_type, value in read_fields(data):
            if isinstance(value, bytes) and wire_type in (FIXED64, FIXED32):
                yield number, struct.unpack("<d" if wire_type == FIXED64 else "<f", value)[0]
            else:
                yield number, value
