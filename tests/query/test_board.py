"""TensorBoard's view of a store: tensors, blobs by key, and points chosen so that nothing that matters is lost."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.event_bytes import VERSION, field, number_field, simple, summary, value

from goodfit import wire
from goodfit.errors import UnknownSeries
from goodfit.query.board.book import BLOB_SEQUENCE, SCALAR, TENSOR, BlobKey, Board
from goodfit.query.board.sample import choose_extremes, choose_spread
from goodfit.query.board.tensor import Undecodable, blobs_of, decode_tensor, encode_array, histogram_rows
from goodfit.store.store import Store
from goodfit.types import SeriesKey


def open_board(folder: Path, *records: bytes) -> Board:
    run = folder / "run"
    run.mkdir(parents=True, exist_ok=True)
    (run / "events.out.tfevents.1.host").write_bytes(VERSION + b"".join(records))
    store = Store(folder)
    store.refresh()
    return Board(store)


def shaped(dtype: int, shape: tuple[int, ...], data: bytes) -> bytes:
    dims = b"".join(field(2, number_field(1, size)) for size in shape)
    return number_field(1, dtype) + field(2, dims) + data


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (shaped(1, (2,), field(4, struct.pack("<2f", 0.5, -1))), [0.5, -1.0]),
        (shaped(2, (), field(6, struct.pack("<d", 0.1))), 0.1),
        (shaped(3, (2, 2), field(7, b"\x07")), [[7, 7], [7, 7]]),  # one value stands for all
        (shaped(9, (2,), number_field(10, -3) + number_field(10, 4)), [-3, 4]),
        (shaped(10, (3,), field(11, b"\x01\x00")), [True, False, False]),  # the last repeats
        (shaped(14, (1,), field(4, b"\x80\x3f")), [1.0]),  # bfloat16
        (shaped(19, (1,), number_field(13, 0x3C00)), [1.0]),  # half
        (shaped(1, (0,), b""), []),
        (shaped(7, (1, 2), field(8, b"a") + field(8, b"b")), [[b"a", b"b"]]),
    ],
)
def test_reads_tensors(message: bytes, expected: object) -> None:
    assert decode_tensor(message).tolist() == expected


@pytest.mark.parametrize(
    "message",
    [
        shaped(1, (3,), field(4, struct.pack("<2f", 0, 0))),
        shaped(1, (1 << 40, 1 << 20), field(5, b"\0\0\0\0")),
        shaped(1, (-1,), b""),
        shaped(99, (1,), b""),
        shaped(7, (2,), b""),
        shaped(1, (1,), field(5, b"\0\0\0")),
        b"\xff\xff",
    ],
)
def test_refuses_tensors_that_contradict_themselves(message: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_tensor(message)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (decode_tensor, histogram_rows, blobs_of):
        try:
            read(data)
        except Undecodable:
            continue


def test_arrays_survive_the_way_there_and_back() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert decode_tensor(encode_array(array)).tolist() == array.tolist()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40))
def test_packed_integers_equal_one_by_one(values: list[int]) -> None:
    one_by_one = b"".join(wire.encode_varint(number) for number in values)
    packed = wire.packed_integers(1, np.array(values, dtype=np.int64))
    assert packed == (wire.message(1, one_by_one) if values else b"")


@given(st.lists(st.floats(width=32, allow_subnormal=False), min_size=1, max_size=300), st.integers(1, 50))
def test_choice_keeps_the_newest_and_never_exceeds(values: list[float], max_points: int) -> None:
    chosen = choose_extremes(np.array(values), max_points).tolist()
    assert len(chosen) <= max(max_points, 1) and chosen == sorted(set(chosen)) and chosen[-1] == len(values) - 1
    spread = choose_spread(len(values), max_points).tolist()
    assert len(spread) == min(max_points, len(values)) == len(set(spread)) and spread[-1] == len(values) - 1


def test_choice_keeps_spikes_and_the_one_nan() -> None:
    values = np.random.default_rng(0).normal(size=100_000)
    values[[12_345, 54_321]] = [1e6, -1e6]
    values[77_777] = np.nan
    chosen = set(choose_extremes(values, 1000).tolist())
    assert {12_345, 54_321, 77_777, 99_999} <= chosen


def test_series_belong_to_the_plugin_and_class_that_tensorboard_gives_them(tmp_path: Path) -> None:
    board = open_board(
        tmp_path,
        summary(value("old", simple(0.5))),
        summary(value("mine", field(8, shaped(1, (2,), field(4, bytes(8)))), plugin="my_plugin")),
        summary(value("note", field(8, shaped(7, (1, 2), field(8, b"a") + field(8, b"b"))), plugin="text")),
    )
    [old] = board.list_series("scalars", SCALAR)
    assert (old.run, old.tag, old.display_name) == ("run", "old", "old")
    [note] = board.list_series("text", TENSOR)
    assert decode_tensor(board.read_tensors(note).values[0]).tolist() == [[b"a", b"b"]]
    [mine] = board.list_series("my_plugin")
    assert mine.data_class == 0 and board.list_series("my_plugin", TENSOR) == []
    assert board.list_plugins() == ["my_plugin", "scalars", "text"]
    assert board.list_series("scalars", runs=set()) == []


def test_blobs_are_found_by_their_keys_until_they_go(tmp_path: Path) -> None:
    pictures = field(8, shaped(7, (4,), b"".join(field(8, part) for part in (b"2", b"3", b"png-a", b"png-b"))))
    board = open_board(tmp_path, summary(value("picture", pictures, plugin="images"), step=7))
    [series] = board.list_series("images", BLOB_SEQUENCE)
    assert board.read_width(series) == 4
    blobs = board.read_blob_sequences(series)
    assert [board.read_blob(key) for key in blobs.keys[0]] == [b"2", b"3", b"png-a", b"png-b"]
    for key in (
        BlobKey("run", "picture", 8, 0, 0).encode(),
        BlobKey("run", "picture", 7, 0, 4).encode(),
        BlobKey("run", "picture", 7, -1, 0).encode(),
        BlobKey("else", "picture", 7, 0, 0).encode(),
        "no key",
        "e30",
        "",
    ):
        with pytest.raises(UnknownSeries):
            board.read_blob(key)


def test_new_points_and_series_appear_with_the_next_refresh(tmp_path: Path) -> None:
    board = open_board(tmp_path, summary(value("loss", simple(1.0))))
    path = tmp_path / "run" / "events.out.tfevents.1.host"
    path.write_bytes(path.read_bytes() + summary(value("loss", simple(2.0)), step=1) + summary(value("acc", simple(0))))
    board.store.refresh()
    assert [series.tag for series in board.list_series("scalars")] == ["acc", "loss"]
    assert board.read_scalars(board.find("scalars", "run", "loss")).values.tolist() == [1.0, 2.0]
    with pytest.raises(UnknownSeries):
        board.find("scalars", "run", "nothing")
    assert (
        board.store.read_blobs is not None and SeriesKey("run", "acc") == board.find("scalars", "run", "acc").info.key
    )
