"""JSON and frames."""

from __future__ import annotations

import json
import math

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goodfit.server import wire

any_text = st.text(st.characters(exclude_categories=()))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(any_text, inner) | st.tuples(inner),
    max_leaves=20,
)


@given(anything)
def test_anything_becomes_json(value: object) -> None:
    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is not JSON")

    json.loads(wire.encode(wire.plain(value)), parse_constant=refuse)


class Named(msgspec.Struct, rename="camel"):
    """A value of the schema with what comes from elsewhere in it."""

    full_name: str
    halves: dict[str, list[str]]
    made: msgspec.Raw


@given(any_text, any_text)
def test_half_characters_anywhere_in_a_schema_value_become_their_escapes(name: str, tag: str) -> None:
    value = Named(name, {tag: [name]}, msgspec.Raw(b"[1.5]"))
    escaped_name, escaped_tag = (text.encode("utf-8", "backslashreplace").decode() for text in (name, tag))
    assert json.loads(wire.encode([value])) == [
        {"fullName": escaped_name, "halves": {escaped_tag: [escaped_name]}, "made": [1.5]}
    ]


@given(st.floats())
def test_numbers_come_back(value: float) -> None:
    sent = wire.number(value)
    received = float(sent)
    assert received == value or (math.isnan(value) and sent == "NaN")


def test_arrays_and_their_numbers_become_lists() -> None:
    assert wire.plain({"a": np.array([1.0, np.nan]), "b": np.int64(3)}) == {"a": [1.0, "NaN"], "b": 3}


def test_whole_numbers_beyond_64_bits_become_text() -> None:
    assert wire.plain(2**70) == str(2**70)


@given(st.text(), st.binary())
def test_a_frame_s_body_begins_at_a_multiple_of_four(text: str, body: bytes) -> None:
    frame = wire.frame({"text": text}, body)
    length = int.from_bytes(frame[:4], "little")
    assert (4 + length) % 4 == 0
    assert msgspec.json.decode(frame[4 : 4 + length]) == {"text": text}
    assert frame[4 + length :] == body
