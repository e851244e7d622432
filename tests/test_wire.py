"""Protocol-buffer bytes: what was written is read, and any other bytes are read or refused."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit import wire
from goodfit.wire import Undecodable

FIELDS = st.integers(1, 2**29 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)


@given(FIELDS, INT64)
def test_integers(field: int, value: int) -> None:
    assert wire.read_integer(wire.integer(field, value), field) == value


@given(FIELDS, st.text(), st.binary(max_size=300))
def test_texts_and_messages(field: int, text: str, data: bytes) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    both = wire.text(field, text) + wire.message(field + 1, data)
    assert wire.read_text(both, field) == text
    assert wire.read_message(both, field + 1) == data
    assert wire.read_messages(wire.messages(field, [data, b"", data]), field) == [data, b"", data]


@given(st.lists(INT64, max_size=20), st.lists(st.floats(allow_nan=False), max_size=20))
def test_packed_numbers(integers: list[int], doubles: list[float]) -> None:
    packed = wire.read_message(wire.packed_integers(3, np.array(integers, np.int64)), 3) or b""
    at, found = 0, []
    while at < len(packed):
        value, at = wire.read_varint(packed, at)
        found.append(wire.signed(value))
    assert found == integers
    packed = wire.read_message(wire.packed_doubles(3, np.array(doubles)), 3) or b""
    assert list(struct.unpack(f"<{len(doubles)}d", packed)) == doubles


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        spans = list(wire.read_spans(data))
    except Undecodable:
        with pytest.raises(Undecodable):
            list(wire.read_fields(data))
        return
    assert all(0 <= start <= stop <= len(data) and number > 0 for number, _, start, stop in spans)
    assert len(list(wire.read_fields(data))) == len(spans)


@pytest.mark.parametrize(
    "data",
    [b"\x00", b"\x02\x00", b"\x0a", b"\x0a\x05abc", b"\x09abc", b"\x0d", b"\x0b", b"\x08", b"\x08" + b"\xff" * 11],
)
def test_broken_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Undecodable):
        list(wire.read_fields(data))


def test_nothing_is_written_of_nothing() -> None:
    assert wire.integer(1, 0) + wire.double(1, 0.0) + wire.text(1, "") + wire.text(1, None) == b""
    assert wire.message(1, b"") == b"\x0a\x00" and wire.texts(1, ["", "a"]) == b"\x0a\x00\x0a\x01a"
    assert wire.text(1, "\ud800") == wire.text(1, "\\ud800")
