"""Log folders at their worst: steps far apart, tags of a megabyte, files that go while they are read."""

from __future__ import annotations

import json
import resource
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from tests.event_bytes import NAME, VERSION, scalar, write

from goodfit.cli.main import run
from goodfit.store.store import Store
from goodfit.types import SeriesKey

LOSS = SeriesKey("run", "loss")


@pytest.fixture(autouse=True)
def bounded_memory() -> None:
    """Fails what would take 2 GB, before it takes the machine's."""
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield  # type: ignore[misc]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 2_000_000


@pytest.mark.parametrize("gap", [10**9, 10**15, 2**62])
def test_a_gap_of_a_billion_steps_costs_no_more_than_none(tmp_path: Path, gap: int) -> None:
    steps = [*range(100), *range(gap, gap + 100)]
    write(tmp_path / "run", VERSION + b"".join(scalar("loss", 1 / (1 + at), step=s) for at, s in enumerate(steps)))
    store = Store(tmp_path)
    store.refresh()
    assert store.read_scalars(LOSS).steps.tolist() == steps
    start_s = time.perf_counter()
    (lo, hi), (sample,) = store.sample([LOSS], px=1000)
    assert (lo, hi) == (0.0, float(gap + 99)) and np.flatnonzero(sample.count).tolist() == [0, 999]
    assert sample.count.sum() == 200
    (lo, hi), (zoomed,) = store.sample([LOSS], px=100, lo=gap, hi=gap + 100)
    assert zoomed.count.sum() >= 100
    store.group([LOSS], px=1000)
    assert store.density([LOSS], width=480, height=100).counts.shape == (100, 480)
    assert store.nearest([LOSS], x=0, y=1.0, px=100) is not None
    assert time.perf_counter() - start_s < 2


@pytest.mark.parametrize("words", [["check", "--json"], ["inspect", "--json"], ["export", "--out", "-"]])
def test_commands_take_a_gap_of_a_billion_steps(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for half, floor in (("train", 0.1), ("validation", 0.3)):
        steps = [*range(100), *range(10**9, 10**9 + 100)]
        points = (scalar("epoch_loss", floor + 1 / (1 + at), step=s) for at, s in enumerate(steps))
        write(tmp_path / "fit" / half, VERSION + b"".join(points))
    assert run([words[0], str(tmp_path), *words[1:]]) == 0
    out = capsys.readouterr().out
    assert "1000000099" in out


def test_commands_take_a_tag_of_a_megabyte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tag = "x" * 1_000_000
    write(tmp_path / "logs" / "run", VERSION + b"".join(scalar(tag, 1 / (1 + step), step=step) for step in range(20)))
    assert run(["inspect", "logs"]) == 0
    assert len(capsys.readouterr().out) < 2000
    assert run(["check", "logs"]) == 0
    assert len(capsys.readouterr().out) < 5000
    assert run(["check", "logs", "--json"]) == 0
    (training,) = json.loads(capsys.readouterr().out)["trainings"]
    assert training["n_points"] == 20
    assert run(["export", "logs", "--out", "points.csv"]) == 0
    assert (tmp_path / "points.csv").read_text().count("\n") == 21


def test_files_that_go_and_come_while_they_are_read(tmp_path: Path, no_leaks: None) -> None:
    """Whole files, halves and nothing at all under the reader: every answer is that of some moment, and none raises."""
    data = VERSION + b"".join(scalar("loss", step, step=step) for step in range(2000))
    stopping = threading.Event()

    turn = 0

    def disturb() -> None:
        nonlocal turn
        while not stopping.is_set():
            path = tmp_path / f"run{turn % 5}" / NAME
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data[: len(data) // (1 + turn % 3)])
            if turn % 4 == 0:
                path.unlink()
            turn += 1

    store = Store(tmp_path)
    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        while turn < 1000 and thread.is_alive():
            store.refresh()
            for info in store.list_series():
                steps = store.read_scalars(info.key).steps if info.key.run in store.list_runs() else np.arange(1)
                assert np.array_equal(steps, np.arange(len(steps)))
    finally:
        stopping.set()
        thread.join()
    store.refresh()
    fresh = Store(tmp_path)
    fresh.refresh()
    assert store.list_runs() == fresh.list_runs()
    for key in (info.key for info in fresh.list_series()):
        assert store.read_scalars(key).steps.tolist() == fresh.read_scalars(key).steps.tolist()
