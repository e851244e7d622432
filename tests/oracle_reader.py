"""Event file → series and damage, slowly and by other means than the Rust core: struct, a table of checksums, bytes.

The oracle of the property tests. It follows the format's documents and the damage rules of docs/reference/files.md,
and shares no code with the package.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

MAX_PAYLOAD = 2**31 - 1
TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ (0x82F63B78 if _byte & 1 else 0)
    TABLE.append(_byte)

KINDS = {
    "scalars": "scalar", "histograms": "histogram", "images": "image", "audio": "audio", "text": "text",
    "pr_curves": "pr_curve", "mesh": "mesh", "custom_scalars": "custom_scalars", "hparams": "hparams",
    "graphs": "graph", "graph_keras_model": "keras_graph", "graph_run_metadata": "run_metadata",
    "graph_run_metadata_graph": "run_metadata",
}  # fmt: skip
# dtype → (struct code of tensor_content, field of the typed list)
NUMBERS = {1: ("f", 5), 2: ("d", 6), 3: ("i", 7), 4: ("B", 7), 5: ("h", 7), 6: ("b", 7), 9: ("q", 10), 10: ("?", 11),
           17: ("H", 7), 19: ("e", 13), 22: ("I", 16), 23: ("Q", 17)}  # fmt: skip


@dataclass
class Reading:
    series: dict[str, tuple[str, list[tuple[int, float, float | None]]]] = field(default_factory=dict)
    """Kind and points by tag; the value is None where it is no number."""
    issues: list[tuple[int, str, int]] = field(default_factory=list)
    """(offset, kind, skipped bytes)"""
    n_records: int = 0


def masked_crc(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def header_at(data: bytes, at: int) -> int | None:
    """The length, when the twelve bytes at `at` are a header."""
    if at + 12 > len(data):
        return None
    length, crc = struct.unpack_from("<QI", data, at)
    return length if masked_crc(data[at : at + 8]) == crc else None


def fields(data: bytes) -> list[tuple[int, int, object]]:
    """(number, wire type, value) of each field; ValueError when the bytes are no message."""
    found, at = [], 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            if at >= len(data) or shift > 63:
                raise ValueError
            byte, at = data[at], at + 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value & (2**64 - 1)

    groups: list[int] = []  # the numbers of those that are open; what they hold is passed over
    while at < len(data):
        key = varint()
        number, wire = key >> 3, key & 7
        if not 0 < number < 2**32 or wire > 5 or (wire == 4 and groups[-1:] != [number]) or len(groups) > 100:
            raise ValueError
        if wire == 3:
            groups.append(number)
            continue
        if wire == 4:
            groups.pop()
            continue
        if wire == 0:
            value = varint()
            found += [] if groups else [(number, 0, value)]
            continue
        size = varint() if wire == 2 else {1: 8, 5: 4}[wire]
        if at + size > len(data):
            raise ValueError
        found += [] if groups else [(number, wire, data[at : at + size])]
        at += size
    if groups:
        raise ValueError
    return found


def get(message: list[tuple[int, int, object]], number: int, wire: int, default: object) -> object:
    """The last value of a field; one of another wire type does not count."""
    return next((value for found in reversed(message) if found[:2] == (number, wire) for value in found[2:]), default)


def first_varint(packed: bytes) -> int:
    last = next(at for at, byte in enumerate(packed) if byte < 0x80)
    return sum((byte & 0x7F) << 7 * at for at, byte in enumerate(packed[: last + 1]))


def signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def number_of(tensor: bytes) -> tuple[str, float | None]:
    """(form, value) of a TensorProto: `number` of one element, `numbers` or `strings`."""
    message = fields(tensor)
    dtype, content = get(message, 1, 0, 0), get(message, 4, 2, b"")
    n = 1
    for number, wire, dimension in fields(get(message, 2, 2, b"")):
        n *= get(fields(dimension), 1, 0, 0) if (number, wire) == (2, 2) else 1
    if dtype not in NUMBERS:
        return ("strings" if dtype == 7 else "numbers"), None
    if n != 1:
        return "numbers", None
    code, listed = NUMBERS[dtype]
    if content:
        return "number", float(struct.unpack(f"<{code}", content)[0])
    for number, wire, value in message:
        if number == listed and value != b"" and wire in (2, {"f": 5, "d": 1}.get(code, 0)):
            if code in "fd":
                return "number", struct.unpack(f"<{code}", value[: struct.calcsize(code)])[0]
            first = value if wire == 0 else first_varint(value)
            if code == "e":
                return "number", struct.unpack("<e", struct.pack("<H", first & 0xFFFF))[0]
            return "number", float(bool(first) if code == "?" else signed(first))
    return "number", 0.0


def take_value(reading: Reading, at: int, value: bytes, step: int, wall_time: float) -> None:
    message = fields(value)
    name, node_name = get(message, 1, 2, b""), get(message, 7, 2, b"")
    tag = (name or node_name).decode()
    plugin = get(fields(get(fields(get(message, 9, 2, b"")), 1, 2, b"")), 1, 2, b"").decode()
    form, number = "nothing", None
    for field_number, wire, data in message:
        if (field_number, wire) == (2, 5):
            form, number = "simple", struct.unpack("<f", data)[0]
        elif field_number in (4, 5, 6) and wire == 2:
            form, number = {4: "image", 5: "histogram", 6: "audio"}[field_number], None
        elif (field_number, wire) == (8, 2):
            form, number = number_of(data)
    guess = {"simple": "scalar", "number": "scalar" if plugin in ("", "scalars") else "tensor", "strings": "tensor",
             "numbers": "tensor", "nothing": None}.get(form, form)  # fmt: skip
    kind = reading.series[tag][0] if tag in reading.series else KINDS.get(plugin, guess)
    if tag not in reading.series and (kind is None or not fits(kind, form)):
        kind = guess
    if kind is None:
        return
    if not fits(kind, form):
        reading.issues.append((at, "mixed_kinds", len(value)))
        return
    reading.series.setdefault(tag, (kind, []))[1].append((step, wall_time, number if kind == "scalar" else None))


def fits(kind: str, form: str) -> bool:
    forms = {"scalar": "simple number", "histogram": "histogram numbers", "image": "image strings",
             "audio": "audio strings", "text": "strings", "custom_scalars": "strings", "pr_curve": "number numbers",
             "mesh": "number numbers", "hparams": "nothing number numbers strings"}  # fmt: skip
    return form in forms.get(kind, "number numbers strings").split()


def read_event_file(data: bytes) -> Reading:
    """Everything in the bytes of one event file. Graphs, run metadata and session records are left out."""
    reading, at = Reading(), 0
    while at < len(data):
        length = header_at(data, at)
        if len(data) - at < 12 or (length is not None and length <= MAX_PAYLOAD and at + 16 + length > len(data)):
            reading.issues.append((at, "torn_tail", len(data) - at))
            break
        damage = "bad_length_crc" if length is None else "giant_length"
        if length is not None and length <= MAX_PAYLOAD:
            payload = data[at + 12 : at + 12 + length]
            end = at + 16 + length
            if masked_crc(payload) == struct.unpack_from("<I", data, end - 4)[0]:
                reading.n_records += 1
                take_record(reading, at, payload)
                at = end
                continue
            damage = "bad_data_crc"
            if end + 12 > len(data):
                reading.issues.append((at, damage, len(data) - at))
                break
            if header_at(data, end) is not None:
                reading.issues.append((at, damage, end - at))
                at = end
                continue
        starts = (
            p for p in range(at + 1, len(data)) if data[p + 4 : p + 8] == b"\0\0\0\0" and header_at(data, p) is not None
        )
        following = next((p for p in starts if header_at(data, p) <= MAX_PAYLOAD), len(data))
        reading.issues.append((at, damage, following - at))
        at = following
    return reading


def take_record(reading: Reading, at: int, payload: bytes) -> None:
    try:
        event = fields(payload)
        wall_time = struct.unpack("<d", get(event, 1, 1, b"\0" * 8))[0]
        step = signed(get(event, 2, 0, 0))
        values = [value for number, wire, value in fields(get(event, 5, 2, b"")) if (number, wire) == (1, 2)]
        if len(values) > 1:  # all or nothing
            for value in values:
                take_value(Reading(), at, value, step, wall_time)
        for value in values:
            take_value(reading, at, value, step, wall_time)
    except (ValueError, TypeError, struct.error):
        reading.issues.append((at, "undecodable", len(payload) + 16))
        return
    says_something = values or any(number in (4, 7, 8, 9) and wire == 2 for number, wire, _ in event)
    if says_something and not math.isfinite(wall_time):
        reading.issues.append((at, "nan_wall_time", 0))
