"""Trainings that were started again: what the newest branch is, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.event_bytes import NAME, VERSION, append, event, field, number_field, scalar, write

from goodfit.errors import BadArgument
from goodfit.store.store import Store
from goodfit.types import SeriesKey

LOSS = SeriesKey("run", "loss")
START = 1


def session(status: int, *, step: int) -> bytes:
    return event(field(7, number_field(1, status)), step=step)


def points(tag: str, *steps: int) -> bytes:
    return b"".join(scalar(tag, step, step=step) for step in steps)


def opened(folder: Path) -> Store:
    store = Store(folder)
    store.refresh()
    return store


def newest(store: Store, key: SeriesKey = LOSS) -> list[int]:
    scalars = store.read_scalars(key)
    return scalars.steps[~scalars.is_abandoned].tolist()


def test_a_resumed_training_keeps_both_branches_and_tells_them_apart(tmp_path: Path) -> None:
    write(tmp_path / "run", VERSION + points("loss", *range(8)))
    write(tmp_path / "run", VERSION + points("loss", *range(5, 10)), f"{NAME}.1")
    store = opened(tmp_path)
    scalars = store.read_scalars(LOSS)
    assert scalars.steps.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 5, 6, 7, 8, 9]
    assert (scalars.segments, scalars.newest_stops) == ((0, 8), (5, 13))
    assert newest(store) == list(range(10))
    assert not scalars.is_abandoned.flags.writeable


@pytest.mark.parametrize(("branch", "expected"), [("all", 13), ("newest", 10), ("abandoned", 3)])
def test_a_chart_can_show_any_branch(tmp_path: Path, branch: str, expected: int) -> None:
    write(tmp_path / "run", points("loss", *range(8)) + points("loss", *range(5, 10)))
    store = opened(tmp_path)
    (lo, hi), (sample,) = store.sample([LOSS], px=10, branch=branch)
    assert (lo, hi, sample.n_points) == (0, 9, expected)
    shown = sample.last[~np.isnan(sample.last)].tolist()
    assert shown == (list(range(10)) if branch != "abandoned" else [5, 6, 7])


def test_a_branch_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="branch is 'oldest'"):
        Store(tmp_path).sample([LOSS], px=1, branch="oldest")  # type: ignore[arg-type]


@pytest.mark.parametrize("is_live", [False, True])
@pytest.mark.parametrize("is_one_file", [False, True])
def test_a_start_abandons_what_was_logged_behind_its_checkpoint(
    tmp_path: Path, is_live: bool, is_one_file: bool
) -> None:
    """Every tenth step was logged, up to 30; started again from 25, so that the next is 40, not below."""
    path = write(tmp_path / "run", VERSION + session(START, step=0) + points("loss", 0, 10, 20, 30))
    store = Store(tmp_path)
    if is_live:
        store.refresh()
    if is_one_file:
        append(path, session(START, step=25))
    else:
        path = write(tmp_path / "run", VERSION + session(START, step=25), f"{NAME}.1")
    if is_live:
        store.refresh()
    assert not is_live or newest(store) == [0, 10, 20, 30]  # nothing came behind it yet
    append(path, points("loss", 40, 50))
    store.refresh()
    assert store.read_scalars(LOSS).segments == (0, 4)
    assert newest(store) == [0, 10, 20, 40, 50]


def test_a_start_says_nothing_of_tags_that_another_writer_goes_on_with(tmp_path: Path) -> None:
    path = write(tmp_path / "run", points("loss", 0, 1, 2))
    store = opened(tmp_path)
    other = write(tmp_path / "run", session(START, step=0) + points("eval", 0), f"{NAME}.1")
    store.refresh()
    append(path, points("loss", 3))
    append(other, points("eval", 1))
    store.refresh()
    assert newest(store) == [0, 1, 2, 3]
    assert newest(store, SeriesKey("run", "eval")) == [0, 1]


def test_two_starts_in_a_row_count_as_the_lower(tmp_path: Path) -> None:
    write(
        tmp_path / "run",
        points("loss", 0, 1, 2, 3) + session(START, step=2) + session(START, step=9) + points("loss", 9),
    )
    assert newest(opened(tmp_path)) == [0, 1, 9]


def test_a_first_start_abandons_nothing(tmp_path: Path) -> None:
    write(tmp_path / "run", VERSION + session(START, step=-5) + points("loss", 0, 1))
    scalars = opened(tmp_path).read_scalars(LOSS)
    assert (scalars.segments, scalars.newest_stops) == ((0,), (2,))
