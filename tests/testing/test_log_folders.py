"""Helpers that users write their tests with do what they say."""

from __future__ import annotations

import struct
from pathlib import Path

import goodfit
from goodfit.testing import (
    append_giant_length,
    append_torn_tail,
    corrupt_record,
    list_record_offsets,
    write_run,
)


def test_values_are_written_as_given(tmp_path: Path) -> None:
    write_run(tmp_path / "a", {"loss": [0.1, 1 / 3], "x": [(5, 2.0), (3, 1.0)]})
    run = goodfit.open(tmp_path)["a"]
    assert run.scalars["loss"].values.tolist() == [0.1, 1 / 3]
    assert run.scalars["x"].steps.tolist() == [5, 3]


def test_record_offsets_are_those_of_the_file(tmp_path: Path) -> None:
    path = write_run(tmp_path, {"loss": [1.0]})
    offsets = list_record_offsets(path)
    assert offsets[0] == 0 and offsets[-1] == path.stat().st_size
    # By hand: the version record is 12 bytes of header, its data, 4 of checksum.
    (length,) = struct.unpack_from("<Q", path.read_bytes())
    assert offsets[1] == 16 + length


def test_corrupt_record_is_reported_where_it_was_said_to_be(tmp_path: Path) -> None:
    path = write_run(tmp_path, {"loss": [float(step) for step in range(10)]})
    offset = corrupt_record(path, 4)
    logs = goodfit.open(tmp_path)
    assert [(issue.kind, issue.offset) for issue in logs.issues] == [("bad_data_crc", offset)]
    assert len(logs["."].scalars["loss"]) == 9


def test_torn_tail_waits(tmp_path: Path) -> None:
    path = write_run(tmp_path, {"loss": [1.0, 2.0]}, ended=None)
    offset = append_torn_tail(path)
    logs = goodfit.open(tmp_path)
    assert [(issue.kind, issue.offset) for issue in logs.issues] == [("torn_tail", offset)]
    assert logs["."].scalars["loss"].values.tolist() == [1.0, 2.0]


def test_giant_length_takes_no_memory(tmp_path: Path) -> None:
    path = write_run(tmp_path, {"loss": [1.0, 2.0]}, ended=None)
    offset = append_giant_length(path)
    logs = goodfit.open(tmp_path)
    assert [(issue.kind, issue.offset) for issue in logs.issues] == [("giant_length", offset)]
    assert logs["."].scalars["loss"].values.tolist() == [1.0, 2.0]
