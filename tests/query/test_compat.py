"""Readings of restarts, against what both of TensorBoard's readers showed (golden/restarts/record.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.event_bytes import event, field, number_field, simple, summary, value

from goodfit.errors import BadArgument
from goodfit.query.compat import Reading, kept_points, read_as
from goodfit.store.store import Store
from goodfit.types import SeriesKey

CASES = json.loads((Path(__file__).parents[1] / "golden" / "restarts" / "expected.json").read_text())


def write_case(folder: Path, files: list[Any]) -> float:
    """Writes a case as event files; returns the version of the first, 0 without one."""
    folder.mkdir(parents=True)
    for number, (version, records) in enumerate(files):
        parts = [] if version is None else [event(field(3, f"brain.Event:{version}"), wall_time=990.0)]
        for index, (step, wall_time, *what) in enumerate(records):
            if what:
                parts.append(event(field(7, number_field(1, 1)), step=step, wall_time=wall_time))
            else:
                loss = value("loss", simple(100.0 * number + index))
                parts.append(summary(loss, step=step, wall_time=wall_time))
        (folder / f"events.out.tfevents.{1000 + number}.host").write_bytes(b"".join(parts))
    return float(files[0][0] or 0)


@pytest.mark.parametrize("reading", ["tensorboard-python", "tensorboard-rust"])
@pytest.mark.parametrize("case", CASES)
def test_reads_restarts_as_tensorboard_does(case: str, reading: Reading, tmp_path: Path) -> None:
    version = write_case(tmp_path / "run", CASES[case]["files"])
    store = Store(tmp_path)
    store.refresh()
    scalars = read_as(
        store.read_scalars(SeriesKey("run", "loss")),
        reading=reading,
        sessions=store.list_sessions("run"),
        file_version=version,
    )
    rows = np.column_stack([scalars.steps, scalars.wall_times, scalars.values]).tolist()
    assert rows == CASES[case][reading]


def test_ours_keeps_repeated_steps_and_drops_the_abandoned_branch() -> None:
    steps = np.array([0, 1, 2, 2, 3, 4, 2, 3])
    assert kept_points(steps, steps * 1.0).tolist() == [0, 1, 6, 7]
    same = np.zeros(5, dtype=np.int64)
    assert kept_points(same, same * 1.0).tolist() == [0, 1, 2, 3, 4]
    assert kept_points(steps, steps * 1.0, reading="all").tolist() == list(range(8))


def test_segments_tell_where_kept_steps_go_back(tmp_path: Path) -> None:
    write_case(tmp_path / "run", CASES["goes back without a word"]["files"])
    store = Store(tmp_path)
    store.refresh()
    scalars = store.read_scalars(SeriesKey("run", "loss"))
    assert read_as(scalars, reading="newest").segments == (0,)
    assert read_as(scalars, reading="tensorboard-python").segments == (0, 10)


@given(st.lists(st.integers(-5, 5), max_size=30))
def test_newest_reading_equals_its_definition(steps: list[int]) -> None:
    held: list[int] = []
    for index, step in enumerate(steps):
        if index and step < steps[index - 1]:
            held = [one for one in held if steps[one] < step]
        held.append(index)
    array = np.array(steps, dtype=np.int64)
    assert kept_points(array, array * 1.0).tolist() == held


def test_refuses_an_unknown_reading() -> None:
    with pytest.raises(BadArgument, match="reading"):
        kept_points(np.array([1, 2]), np.array([1.0, 2.0]), reading="tensorboard")  # type: ignore[arg-type]
