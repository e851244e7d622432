"""Opening a log folder again: as if everything had been read, from the cache and only what is new from the files."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.event_bytes import NAME, VERSION, append, event, field, number_field, scalar, summary, tensor, value, write

from goodfit.store.cache import MAX_UNUSED_S, SUFFIX, ReadCache
from goodfit.store.store import Store
from goodfit.types import SeriesKey

N = 5000


def fill(logs: Path) -> None:
    """Three runs with all that a cache has to keep: kinds, words, damage, sessions, restarts, several files."""
    points = b"".join(scalar("loss", i / 7, step=i) + scalar("acc", float("nan"), step=i) for i in range(N))
    write(logs / "a", VERSION + points + event(field(7, number_field(1, 1)), step=N - 9) + scalar("loss", 1, step=N))
    mesh = value("m", tensor(2, (2,), field(6, bytes(16))), plugin="mesh", content=b"\1\2")
    write(logs / "b", VERSION + summary(mesh) + summary(value("t", field(8, number_field(1, 7) + field(8, "hi")))))
    write(logs / "b", b"\xff" * 40 + scalar("loss", 3, step=3) + scalar("loss", 4, step=4)[:-3], f"{NAME}.1")
    write(logs / "c" / "한국", scalar("loss", 0) + scalar("loss", 1, step=5) + scalar("loss", 2, step=2))


def everything(store: Store) -> object:
    infos = store.list_series()
    data = []
    for info in infos:
        if info.kind == "scalar":
            scalars = store.read_scalars(info.key)
            columns = [column.tobytes() for column in (scalars.steps, scalars.wall_times, scalars.values)]
            data.append((columns, scalars.segments, scalars.newest_stops))
        else:
            blobs = store.read_blobs(info.key)
            values = [blobs.read_message(at) for at in range(len(blobs.steps))]
            data.append((blobs.steps.tolist(), blobs.kind, blobs.content, values))
    sessions = [store.list_sessions(run) for run in store.list_runs()]
    starts = [store.read_start(run) for run in store.list_runs()]
    return store.list_runs(), repr(infos), data, sessions, starts, store.list_issues(), store.list_files()


def opened(logs: Path, home: Path | None = None) -> Store:
    store = Store(logs, cache_folder=home)
    store.refresh()
    return store


def save(logs: Path, home: Path) -> Path:
    """Writes a cache of the folder as it is, however little that is."""
    cache = ReadCache(home, logs)
    cache.save(opened(logs)._engine)
    assert not cache.trouble
    return cache.path


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    fill(tmp_path / "logs")
    return tmp_path / "logs"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_reopening_reads_nothing_and_holds_everything(logs: Path, home: Path) -> None:
    save(logs, home)
    store = Store(logs, cache_folder=home)
    changes = store.refresh()
    assert changes.n_bytes == 0 and changes.n_points == 2 * N + 7
    assert changes.new_runs == ("a", "b", "c/한국")
    assert [key.tag for key in changes.series] == ["acc", "loss", "loss", "m", "t", "loss"]
    assert everything(store) == everything(opened(logs))
    assert store.refresh().is_empty


@pytest.mark.parametrize("where", ["grown", "new file", "new run", "healed"])
def test_reopening_reads_what_was_appended(logs: Path, home: Path, where: str) -> None:
    save(logs, home)
    more = scalar("loss", 9, step=9999) + scalar("late", 9, step=9999)
    if where == "grown":
        append(logs / "a" / NAME, more)
    elif where == "new file":
        write(logs / "b", more, f"{NAME}.2")
    elif where == "new run":
        write(logs / "d", more)
    else:
        more = scalar("loss", 4, step=4)[-3:]
        append(logs / "b" / f"{NAME}.1", more)
    store = Store(logs, cache_folder=home)
    n_torn = len(scalar("loss", 4, step=4)) - 3 if where == "healed" else 0
    assert store.refresh().n_bytes == len(more) + n_torn
    assert everything(store) == everything(opened(logs))


@pytest.mark.parametrize(
    "what", ["replaced", "rewritten", "changed inside", "shrunk", "file removed", "run removed", "moved"]
)
def test_a_run_whose_files_are_others_is_read_anew(logs: Path, home: Path, what: str) -> None:
    save(logs, home)
    file = logs / "a" / NAME
    if what == "replaced":
        write(logs, VERSION + scalar("loss", 5), "new").rename(file)
    elif what == "rewritten":
        file.write_bytes(scalar("other", 1) + file.read_bytes())
    elif what == "changed inside":
        with file.open("r+b") as opened_file:
            opened_file.seek(file.stat().st_size // 2)
            opened_file.write(b"\xff" * 8)
    elif what == "shrunk":
        os.truncate(file, 500)
    elif what == "file removed":
        (logs / "b" / f"{NAME}.1").unlink()
    elif what == "run removed":
        shutil.rmtree(logs / "a")
    else:
        (logs / "a").rename(logs / "z")
    assert everything(opened(logs, home)) == everything(opened(logs))


def test_a_folder_that_moved_as_a_whole_is_read_anew(logs: Path, home: Path) -> None:
    path = save(logs, home)
    logs = logs.rename(logs.with_name("moved"))
    assert ReadCache(home, logs).path != path
    assert everything(opened(logs, home)) == everything(opened(logs))


def test_any_garbage_is_no_cache(logs: Path, home: Path) -> None:
    """Bytes changed, cut off, put in front; all of them, and those of an empty and a foreign file."""
    path = save(logs, home)
    sound = path.read_bytes()
    expected = everything(opened(logs))
    rng = random.Random(0)
    broken = [b"", b"garbage" * 1000, sound[:-1], sound[: len(sound) // 2], b"x" + sound, sound + sound, sound[-28:]]
    for _ in range(60):
        at = rng.randrange(len(sound)) if rng.random() < 0.5 else len(sound) - 1 - rng.randrange(60)
        broken.append(sound[:at] + bytes([sound[at] ^ 1 << rng.randrange(8)]) + sound[at + 1 :])
    for data in broken:
        path.write_bytes(data)
        store = Store(logs, cache_folder=home)
        assert store.refresh().n_bytes > 0
        assert everything(store) == expected
    path.write_bytes(sound)
    assert Store(logs, cache_folder=home).refresh().n_bytes == 0


def test_a_cache_that_is_a_folder_or_gone_is_no_cache(logs: Path, home: Path) -> None:
    path = save(logs, home)
    path.unlink()
    assert opened(logs, home).list_runs()
    path.mkdir()
    store = opened(logs, home)
    assert store.list_runs()
    store.close()


def test_it_is_written_when_nothing_comes_and_at_the_end(logs: Path, home: Path) -> None:
    for _ in range(7):
        append(logs / "a" / NAME, b"".join(scalar("loss", i, step=i) for i in range(N)))
    path = ReadCache(home, logs).path
    store = opened(logs, home)
    assert not path.exists()  # whoever opened it waits for the first answer
    store.refresh()
    assert path.exists()
    path.unlink()
    store.refresh()
    store.close()
    assert not path.exists()  # it was written, and nothing is new: somebody deleted it
    other = opened(logs, home)
    other.close()
    other.close()
    assert path.exists() and path.parent.stat().st_mode & 0o77 == 0
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_nothing_is_written_of_little(logs: Path, home: Path) -> None:
    store = opened(logs, home)
    store.refresh()
    store.close()
    assert not home.exists()


def test_a_full_disk_leaves_the_old_cache_and_is_told(logs: Path, home: Path) -> None:
    path = save(logs, home)
    before = path.read_bytes()
    append(logs / "a" / NAME, b"".join(scalar("loss", i, step=i) for i in range(3 * N)))
    store = opened(logs)
    cache = ReadCache(home, logs)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        cache.save(store._engine)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in cache.trouble and not cache.is_due(is_idle=True)
    assert path.read_bytes() == before and [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_cache_folder_that_is_a_file_is_told_once(logs: Path, home: Path) -> None:
    home.write_text("not a folder")
    cache = ReadCache(home, logs)
    cache.load(opened(logs)._engine, n_threads=1)
    cache.save(opened(logs)._engine)
    assert cache.trouble


def test_caches_that_nobody_opens_are_removed(logs: Path, home: Path) -> None:
    old = home / "logs" / f"old{SUFFIX}"
    old.parent.mkdir(parents=True)
    for path in (old, old.with_suffix(".77.tmp"), old.with_name("notes.txt")):
        path.write_bytes(b"")
        os.utime(path, (1e9, 1e9))
    assert MAX_UNUSED_S < 1e9
    path = save(logs, home)
    assert sorted(entry.name for entry in old.parent.iterdir()) == sorted([path.name, "notes.txt"])


def test_two_processes_share_it(logs: Path, home: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from goodfit.store.store import Store; from goodfit.store.cache import *\n"
        "logs, home = map(Path, sys.argv[1:])\n"
        "for _ in range(20):\n"
        "    store = Store(logs, cache_folder=home); store.refresh(); cache = ReadCache(home, logs)\n"
        "    cache.save(store._engine); assert not cache.trouble, cache.trouble\n"
        "    print(sum(info.n_points for info in store.list_series()))\n"
    )
    command = [sys.executable, "-c", code, str(logs), str(home)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other,
    ):
        for process in (one, other):
            out, _ = process.communicate(timeout=60)
            assert process.returncode == 0 and out.split() == [str(2 * N + 7)] * 20


def test_points_that_come_behind_an_open_start_count_after_reopening(tmp_path: Path, home: Path) -> None:
    logs = tmp_path / "open"
    start = event(field(7, number_field(1, 1)), step=25)
    path = write(logs / "run", b"".join(scalar("loss", i, step=i) for i in (0, 10, 20, 30)) + start)
    save(logs, home)
    append(path, scalar("loss", 40, step=40))
    scalars = opened(logs, home).read_scalars(SeriesKey("run", "loss"))
    assert scalars.steps[~scalars.is_abandoned].tolist() == [0, 10, 20, 40]


def test_a_run_that_was_read_in_part_is_not_kept(tmp_path: Path, home: Path) -> None:
    logs = tmp_path / "logs"
    data = b"".join(scalar("loss", i, step=i) for i in range(1000)) * 60
    for run in ("a", "b"):
        write(logs / run, data)
    store = Store(logs)
    assert store.refresh(budget_s=0).n_unread_bytes
    cache = ReadCache(home, logs)
    cache.save(store._engine)
    assert not cache.trouble
    assert everything(opened(logs, home)) == everything(opened(logs))
