"""`goodfit.open` and the commands go on from the user's cache, wherever it is and whatever became of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.event_bytes import NAME, append, scalar, write

import goodfit
from goodfit.cli.main import run
from goodfit.store.cache import ReadCache
from goodfit.store.store import Store
from goodfit.types import Changes

N_POINTS = 30_000


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write(tmp_path / "logs" / "a", b"".join(scalar("loss", 1 / (i + 1), step=i) for i in range(N_POINTS)))
    return tmp_path / "logs"


def caches(home: Path) -> list[Path]:
    return sorted(home.rglob("*.gfcache"))


@pytest.fixture(autouse=True)
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of event files that each refresh read."""
    found: list[int] = []
    refresh = Store.refresh

    def noting(self: Store, *, budget_s: float | None = None) -> Changes:
        changes = refresh(self, budget_s=budget_s)
        found.append(changes.n_bytes)
        return changes

    monkeypatch.setattr(Store, "refresh", noting)
    return found


@pytest.fixture
def n_read_again(logs: Path, reads: list[int]) -> Callable[..., int]:
    """Opens the folder, and tells how many bytes of its event files were read for it."""

    def look(cache: Path | bool = True) -> int:
        with goodfit.open(logs, cache=cache) as opened:
            assert len(opened["a"].scalars["loss"].values) >= N_POINTS
            return reads[-1]

    return look


def test_opening_again_reads_only_what_is_new(logs: Path, goodfit_home: Path, n_read_again: Callable[..., int]) -> None:
    assert n_read_again() == (logs / "a" / NAME).stat().st_size
    assert [path.parent for path in caches(goodfit_home)] == [goodfit_home / "cache" / "logs"]
    assert n_read_again() == 0
    more = scalar("loss", 0.5, step=N_POINTS)
    append(logs / "a" / NAME, more)
    assert n_read_again() == len(more)


def test_nothing_is_kept_where_none_is_wanted(logs: Path, goodfit_home: Path, n_read_again: Callable[..., int]) -> None:
    n_read_again(cache=False)
    assert not caches(goodfit_home)


def test_a_folder_of_the_callers_own(
    logs: Path, goodfit_home: Path, n_read_again: Callable[..., int], tmp_path: Path
) -> None:
    n_read_again(cache=tmp_path / "mine")
    assert caches(tmp_path / "mine") and not caches(goodfit_home)
    assert n_read_again(cache=tmp_path / "mine") == 0


def test_settings_that_cannot_be_read_do_not_matter(
    logs: Path, goodfit_home: Path, n_read_again: Callable[..., int]
) -> None:
    (goodfit_home / "config.toml").write_text("no toml = = =")
    assert n_read_again() > 0
    assert n_read_again() == 0


def test_deleting_it_while_it_is_used_costs_one_reading(
    logs: Path, goodfit_home: Path, n_read_again: Callable[..., int]
) -> None:
    n_read_again()
    with goodfit.open(logs) as opened:
        shutil.rmtree(goodfit_home / "cache")
        assert opened["a"].scalars["loss"].values[0] == 1.0
        append(logs / "a" / NAME, scalar("loss", 0.5, step=N_POINTS))
        assert opened.refresh().n_points == 1
    assert n_read_again() > 0


def test_garbage_in_its_place_is_read_over(logs: Path, goodfit_home: Path, n_read_again: Callable[..., int]) -> None:
    path = ReadCache(goodfit_home / "cache", logs).path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"garbage" * 1000)
    assert n_read_again() > 0
    assert n_read_again() == 0


def test_a_cache_folder_that_may_not_be_made_changes_no_answer(
    logs: Path, goodfit_home: Path, n_read_again: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    (goodfit_home / "cache").write_text("a file where a folder is wanted")
    assert n_read_again() > 0
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("words", [["check", "--json"], ["export", "--out", "points.csv"], ["find"]])
def test_commands_keep_what_they_read(
    logs: Path, goodfit_home: Path, reads: list[int], words: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    answers = []
    for _ in range(2):
        assert run([words[0], str(logs), *words[1:]] if words[1:] else []) == 0
        answers.append(capsys.readouterr().out)
    assert len(caches(goodfit_home)) == 1
    assert answers[0] == answers[1] and reads[0] > 0 and reads[1] == 0
    if words[0] == "export":
        assert len((tmp_path / "points.csv").read_text().splitlines()) == N_POINTS + 1


def test_inspect_sees_damage_that_the_cache_cannot(
    logs: Path, n_read_again: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    n_read_again()
    path = logs / "a" / NAME
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff")
    append(path, scalar("loss", 0.5, step=N_POINTS))
    assert n_read_again() == len(scalar("loss", 0.5, step=N_POINTS))
    assert run(["inspect", str(logs)]) == 1
    assert "bad_" in capsys.readouterr().out
