"""Any sequence of records, sound or damaged, read whole or as it grows, reads as the independent reader has it."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.event_bytes import NAME, VERSION, event, field, number_field, record, simple, summary, tensor, value, write
from tests.oracle_reader import read_event_file

from goodfit.store.store import Store
from goodfit.types import SeriesKey

TAGS = st.sampled_from(["loss", "acc", "a/b", "한국어", "", "loss2"])
FLOATS = st.floats(width=32)
STEPS = st.one_of(st.integers(-3, 300), st.integers(-(2**63), 2**63 - 1))
WALL_TIMES = st.one_of(st.floats(1.6e9, 1.8e9), st.floats())


@st.composite
def tensors(draw: st.DrawFn) -> bytes:
    """A tensor field in one of the ways that writers have."""
    dtype, code, listed = draw(
        st.sampled_from([(1, "f", 5), (2, "d", 6), (3, "i", 7), (4, "B", 7), (6, "b", 7), (9, "q", 10), (10, "?", 11)])
    )
    integers = st.integers(0, 1) if code == "?" else st.integers(0 if code == "B" else -100, 100)
    number = draw(FLOATS if code in "fd" else integers)
    packed = struct.pack(f"<{code}", number)
    shape = draw(st.sampled_from([None, (), (1,), (1, 1), (2,), (0,)]))
    count = 1 if shape is None else int(np.prod(shape))
    if draw(st.booleans()):
        return tensor(dtype, shape, field(4, packed * count))
    if code in "fd":
        one = bytes([listed << 3 | (5 if code == "f" else 1)]) + packed
        return tensor(dtype, shape, draw(st.sampled_from([one * count, field(listed, packed * count)])))
    return tensor(dtype, shape, number_field(listed, int(number)))


VALUES = st.builds(
    value,
    TAGS,
    st.one_of(
        FLOATS.map(simple),
        FLOATS.map(simple),
        tensors(),
        st.just(field(5, b"")),
        st.just(field(4, field(4, b"\x89PNG"))),
        st.just(b""),
        st.sampled_from([b"\xff", b"\x15\x00", b"\x0b", b"\x0b\x10\x01\x0c", field(3, "old"), field(100, "new")]),
        # Known fields with another wire type, before and behind a sound one.
        st.tuples(st.sampled_from([1, 2, 7, 8, 9]), FLOATS).map(lambda two: number_field(two[0], 5) + simple(two[1])),
        st.sampled_from([tensor(1, (), number_field(5, 3) + b"\x2d\0\0\x20\x40"), simple(1) + field(2, "x")]),
    ),
    plugin=st.sampled_from([None, None, "scalars", "histograms", "mesh", "text", "hparams", "unknown"]),
)
RECORDS = st.one_of(
    st.builds(summary, VALUES, step=STEPS, wall_time=WALL_TIMES),
    st.builds(summary, VALUES, step=STEPS, wall_time=WALL_TIMES),
    st.builds(summary, VALUES, VALUES, VALUES, step=STEPS, wall_time=WALL_TIMES),
    st.sampled_from([b"", b"\xff\xff", b"\x0b", b"\x09\x00", field(77, "unknown"), number_field(5, 1)]).map(record),
    st.just(VERSION),
    st.just(event(field(7, number_field(1, 1)))),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Records with bytes changed, taken out, put in, or cut off."""
    data = bytearray(b"".join(draw(st.lists(RECORDS, max_size=12))))
    for _ in range(draw(st.integers(0, 3))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        how = draw(st.sampled_from(["flip", "remove", "insert", "cut", "zeros"]))
        if how == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "remove":
            del data[at : at + draw(st.integers(1, 40))]
        elif how == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=20))
        elif how == "zeros":
            data[at:at] = bytes(draw(st.integers(1, 100)))
        else:
            del data[at:]
    return bytes(data)


def assert_reads_like_the_oracle(store: Store, data: bytes) -> None:
    reading = read_event_file(data)
    held = {info.key.tag: (info.kind, info.n_points) for info in store.list_series()}
    assert held == {tag: (kind, len(points)) for tag, (kind, points) in reading.series.items()}
    for tag, (kind, points) in reading.series.items():
        key = SeriesKey(".", tag)
        series = store.read_scalars(key) if kind == "scalar" else store.read_blobs(key)
        assert series.steps.tolist() == [step for step, _, _ in points]
        np.testing.assert_array_equal(series.wall_times, [wall_time for _, wall_time, _ in points])
        if kind == "scalar":
            np.testing.assert_array_equal(series.values, [number for _, _, number in points])
    issues = [(issue.offset, issue.kind, issue.skipped_bytes) for issue in store.list_issues()]
    assert sorted(issues) == sorted(reading.issues)
    assert sum(file.n_records for file in store.list_files()) == reading.n_records


@settings(max_examples=200, deadline=None)
@given(data=files())
def test_any_file_reads_like_the_oracle(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), data)
        store = Store(folder)
        store.refresh()
        assert_reads_like_the_oracle(store, data)


@settings(max_examples=100, deadline=None)
@given(data=files(), cuts=st.lists(st.integers(0, 2000), max_size=4))
def test_any_growing_file_reads_like_the_oracle(data: bytes, cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        path = Path(folder) / NAME
        for size in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
            path.write_bytes(data[:size])
            store.refresh()
        assert_reads_like_the_oracle(store, data)
