"""Bytes of hyperparameter records → names and values. The expected bytes are built by hand from the schema."""

from __future__ import annotations

import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import goodfit
from goodfit.query.hparams import SessionEnd, parse_session_end, parse_session_start


def field(number: int, data: bytes) -> bytes:
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def entry(name: bytes, value: bytes) -> bytes:
    return field(1, field(1, name) + field(2, value))


NUMBER = b"\x11" + struct.pack("<d", 0.001)
TEXT = field(3, b"adam")
TRUE = b"\x20\x01"


def test_reads_numbers_texts_and_booleans() -> None:
    info = (
        entry(b"lr", NUMBER)
        + entry(b"opt", TEXT)
        + entry(b"flag", TRUE)
        + field(4, b"group")
        + b"\x29"
        + struct.pack("<d", 12.5)
    )
    start = parse_session_start(field(3, info))
    assert start is not None
    assert start.hparams == {"flag": True, "lr": 0.001, "opt": "adam"}
    assert list(start.hparams) == ["flag", "lr", "opt"]
    assert (start.group_name, start.start_time_s) == ("group", 12.5)


def test_reads_lists_and_nulls() -> None:
    values = field(6, field(1, NUMBER) + field(1, TEXT))
    start = parse_session_start(field(3, entry(b"sizes", values) + entry(b"none", b"\x08\x00")))
    assert start is not None and start.hparams == {"none": None, "sizes": [0.001, "adam"]}


def test_reads_the_end() -> None:
    assert parse_session_end(field(4, b"\x08\x02\x11" + struct.pack("<d", 9.0))) == SessionEnd("failure", 9.0)
    assert parse_session_end(field(4, b"\x08\x01")) == SessionEnd("success", None)
    assert parse_session_end(field(3, b"")) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_survived(data: bytes) -> None:
    parse_session_start(data)
    parse_session_start(field(3, data))
    parse_session_end(data)
    parse_session_end(field(4, data))


def test_deep_nesting_is_bounded() -> None:
    value = TRUE
    for _ in range(25):
        value = field(6, field(1, value))
    start = parse_session_start(field(3, entry(b"deep", value)))
    assert start is not None and "deep" in start.hparams


def test_reads_back_what_run_wrote(tmp_path: Path) -> None:
    hparams = {"lr": 1e-3, "opt": "adam", "nesterov": True, "net": {"width": 8}}
    with goodfit.Run(tmp_path / "exp1", hparams=hparams) as run:
        run.log(0, {"loss": 1.0})
    with goodfit.open(tmp_path) as logs:
        assert logs.training("exp1").hparams == {"lr": 1e-3, "net.width": 8.0, "nesterov": True, "opt": "adam"}
