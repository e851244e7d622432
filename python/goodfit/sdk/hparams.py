"""Hyperparameters and the session's end → the metadata of TensorBoard's hparams plugin.

The plugin keeps its data in `SummaryMetadata.plugin_data.content`: HParamsPluginData{1 version, 2 experiment, 3
session_start_info, 4 session_end_info}; the tensor is null. No experiment record is needed: TensorBoard infers
columns from what the runs hold.
Source: tensorboard/plugins/hparams/plugin_data.proto, api.proto, summary_v2.py
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from goodfit.sdk.payload import CLASS_TENSOR, DT_FLOAT, Payload
from goodfit.wire import FIXED64, VARINT, double, integer, key, message, text

START_TAG: Final = "_hparams_/session_start_info"
END_TAG: Final = "_hparams_/session_end_info"
EXPERIMENT_TAG: Final = "_hparams_/experiment"

Status = Literal["finished", "failed", "killed"]
# api.proto, Status: 1 SUCCESS, 2 FAILURE.
_STATUS_NUMBER: Final = {"finished": 1, "failed": 2, "killed": 2}


def session_start(hparams: Mapping[str, Any], *, start_time_s: float, group: str | None = None) -> Payload:
    """The record that makes a run a session with these hyperparameters.

    Args:
        hparams: Nested mappings are flattened with `.`; values other than numbers, booleans and text are written as
            text.
        start_time_s: Seconds since the epoch.
        group: Sessions of one group are repetitions; None groups those with equal hyperparameters, as TensorBoard does.
    """
    flat = flatten(hparams)
    if group is None:
        words = json.dumps(flat, sort_keys=True, separators=(",", ":"))
        group = hashlib.sha256(words.encode()).hexdigest()
    entries = b"".join(
        message(1, text(1, name) + message(2, struct_value(value))) for name, value in sorted(flat.items())
    )
    return _payload(message(3, entries + text(4, group) + double(5, start_time_s)))


def session_end(status: Status, *, end_time_s: float) -> Payload:
    """The record that says how a session ended."""
    return _payload(message(4, integer(1, _STATUS_NUMBER[status]) + double(2, end_time_s)))


def experiment(
    hparams: Mapping[str, Any], metrics: Sequence[str], *, discrete: Mapping[str, Sequence[Any]] | None = None
) -> Payload:
    """The record that lists an experiment's hyperparameters and metrics.

    Experiment{4 hparam_infos: HParamInfo{1 name, 4 type, 5 domain_discrete}, 5 metric_infos: MetricInfo{1 name:
    MetricName{2 tag}}}
    """
    infos = b"".join(
        message(
            4,
            text(1, name)
            + integer(4, _type_number(value))
            + (_discrete_domain(discrete[name]) if discrete and name in discrete else b""),
        )
        for name, value in flatten(hparams).items()
    )
    infos += b"".join(message(5, message(1, text(2, tag))) for tag in metrics)
    return _payload(message(2, infos))


def flatten(hparams: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """One level of names, with values that the plugin can hold.

    >>> flatten({"lr": 0.1, "net": {"width": 8}, "act": None})
    {'lr': 0.1, 'net.width': 8, 'act': 'None'}
    """
    flat: dict[str, Any] = {}
    for name, value in hparams.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = _plain(value)
    return flat


def _plain(value: Any) -> bool | int | float | str:
    if isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "item") and getattr(value, "size", 1) == 1:
        item = value.item()
        if isinstance(item, (bool, int, float, str)):
            return item
    return str(value)


def _type_number(value: Any) -> int:
    # api.proto, DataType: 1 STRING, 2 BOOL, 3 FLOAT64.
    if isinstance(value, bool):
        return 2
    return 3 if isinstance(value, (int, float)) else 1


def _discrete_domain(values: Sequence[Any]) -> bytes:
    return message(5, b"".join(message(1, struct_value(_plain(value))) for value in values))


def _payload(data: bytes) -> Payload:
    # A null tensor of shape [0], as TensorFlow 2 writes it: some readers expect a value field.
    return Payload(DT_FLOAT, (0,), b"", "hparams", data, CLASS_TENSOR)


def struct_value(value: object) -> bytes:
    """A `google.protobuf.Value`: null, number, string, bool or list; anything else as its text.

    >>> struct_value(True)
    b' \\x01'
    """
    if value is None:
        return key(1, VARINT) + b"\0"
    if isinstance(value, bool):
        return key(4, VARINT) + (b"\1" if value else b"\0")
    if isinstance(value, (int, float)):
        return key(2, FIXED64) + struct.pack("<d", value)
    if isinstance(value, (list, tuple)):
        return message(6, b"".join(message(1, struct_value(item)) for item in value))
    return message(3, str(value).encode())
