"""goodfit.Run: what is logged is in the file, whatever happens to the process, the disk or the values."""

import json
import math
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.oracle_reader import fields, get, read_event_file

import goodfit

ROOT = Path(__file__).parents[2]


def event_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("events.out.tfevents.*"))


def read(folder: Path):
    [path] = event_files(folder)
    reading = read_event_file(path.read_bytes())
    assert reading.issues == []
    return reading


def points(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(step, value) for step, _, value in read(folder).series[tag][1]]


def goodbye(folder: Path) -> dict | None:
    """The last status record, SessionLog{1 status: 2 STOP, 3 msg}; before it only the promise of one may stand."""
    [path] = event_files(folder)
    data, at, found = path.read_bytes(), 0, None
    while at < len(data):
        length = int.from_bytes(data[at : at + 8], "little")
        session = get(fields(data[at + 12 : at + 12 + length]), 7, 2, None)
        at += length + 16
        if session is not None:
            said = json.loads(get(fields(session), 3, 2, b"").decode())
            stopped = get(fields(session), 1, 0, None) == 2
            assert stopped or (found is None and said == {"status": "running"})
            found = said if stopped else None
    return found


def run_script(code: str, *arguments: object, **options: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, **options)


def test_writes_every_value_as_float32(tmp_path):
    values = [
        0.3,
        -1e-8,
        math.nan,
        math.inf,
        -math.inf,
        1e30,
        1e300,
        16777217,
        5,
        True,
        np.float32(0.1),
        np.float64(0.2),
    ]
    with goodfit.Run(tmp_path, on_error="raise") as run:
        for step, value in enumerate(values):
            run.log(step, {"a": value, "b/c": -value})
    read_back = points(tmp_path, "a")
    with np.errstate(over="ignore"):
        expected = [(step, float(np.float32(value))) for step, value in enumerate(values)]
    assert repr(read_back) == repr(expected)
    assert len(points(tmp_path, "b/c")) == len(values)


def test_writes_doubles_when_asked(tmp_path):
    with goodfit.Run(tmp_path, double_precision=True) as run:
        run.log(0, {"exact": 0.1})
    assert points(tmp_path, "exact") == [(0, 0.1)]


def test_names_the_file_as_tensorflow_does(tmp_path):
    with goodfit.Run(tmp_path) as run:
        run.log(0, {"a": 1.0})
    kind, time, *host, process, number, suffix = Path(run.path).name.removeprefix("events.out.").split(".")
    assert (kind, len(time), process, suffix) == ("tfevents", 10, str(os.getpid()), "v2")
    assert ".".join(host) == os.uname().nodename
    assert number.isdigit()


def test_nested_values_and_steps_of_other_kinds(tmp_path):
    with goodfit.Run(tmp_path, on_error="raise") as run:
        run.log(np.int64(3), {"train": {"loss": 0.5, "deep": {"x": 1}}})
        run.log(4.0, {"train": {"loss": np.ones((1, 1))}})
        run.log(-2, {"negative": 1.0})
        run.log(5, {})
    assert points(tmp_path, "train/loss") == [(3, 0.5), (4, 1.0)]
    assert points(tmp_path, "train/deep/x") == [(3, 1.0)]
    assert points(tmp_path, "negative") == [(-2, 1.0)]


@pytest.mark.parametrize("value", ["0.3", None, np.ones(3), 1 + 2j, [1], object(), b"1", 10**400], ids=repr)
def test_an_odd_value_is_told_once_and_costs_only_itself(tmp_path, capfd, value):
    with goodfit.Run(tmp_path) as run:
        for step in range(3):
            run.log(step, {"good": 1.0, "odd": value, "also good": 2.0})
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "'odd'" in told
    assert run.guard.n_problems == 3
    assert len(points(tmp_path, "good")) == len(points(tmp_path, "also good")) == 3


@pytest.mark.parametrize("call", [
    lambda run: run.log("three", {"a": 1.0}),
    lambda run: run.log(1.5, {"a": 1.0}),
    lambda run: run.log(2**70, {"a": 1.0}),
    lambda run: run.log(0, 0.3),
    lambda run: run.log(None, {"a": 1.0}),
    lambda run: run.histogram("h", ["a", "b"], step=0),
    lambda run: run.histogram("h", [1.0], step=0, bins=0),
    lambda run: run.histogram("h"),
    lambda run: run.image("i", np.zeros((9, 9, 9)), step=0),
    lambda run: run.audio("s", np.zeros((1, 1, 1, 1)), sample_rate=1, step=0),
    lambda run: run.graph(3),
    lambda run: run.graph("{}"),
    lambda run: run.graph({"a": {"op": "X", "inputs": ["nowhere"]}}),
    lambda run: run.custom_scalars({"c": {"d": ["Pie", []]}}),
    lambda run: run.embedding("e", [1, 2, 3]),
    lambda run: run.pr_curve("p", [0, 1], [2.0, 3.0], step=0),
    lambda run: run.mesh("m", [[1, 2]], step=0),
    lambda run: run.figure("f", None, step=0),
    lambda run: run.hparams(3),
    lambda run: run.scalar("s", "x", step=0),
])  # fmt: skip
def test_no_mistake_reaches_the_training(tmp_path, capfd, call):
    with goodfit.Run(tmp_path) as run:
        call(run)
        run.log(7, {"after": 1.0})
    assert run.guard.n_problems == 1
    assert "goodfit: run" in capfd.readouterr().err
    assert points(tmp_path, "after") == [(7, 1.0)]


def test_surrogates_in_a_tag_do_not_end_the_training(tmp_path, capfd):
    with goodfit.Run(tmp_path) as run:
        run.log(0, {"\ud800": 1.0, "한글/손실": 0.5, "emoji 🎈": 1.0})
        run.log(1, {"한글/손실": 0.25})
    assert run.guard.n_problems == 1
    assert points(tmp_path, "한글/손실") == [(0, 0.5), (1, 0.25)]
    assert points(tmp_path, "\\ud800") == [(0, 1.0)]


def test_a_value_after_the_end_is_told(tmp_path, capfd):
    run = goodfit.Run(tmp_path)
    run.finish()
    run.log(0, {"late": 1.0})
    run.histogram("late", [1.0], step=0)
    assert "after the end" in capfd.readouterr().err
    assert "late" not in read(tmp_path).series


def test_how_it_ended_is_in_the_file(tmp_path):
    with goodfit.Run(tmp_path / "good") as run:
        run.log(0, {"a": 1.0})
    with pytest.raises(ZeroDivisionError), goodfit.Run(tmp_path / "bad") as run:
        run.log(0, {"a": 1 / 0})
    with pytest.raises(SystemExit), goodfit.Run(tmp_path / "exit"):
        sys.exit(3)
    with pytest.raises(KeyboardInterrupt), goodfit.Run(tmp_path / "stopped"):
        raise KeyboardInterrupt
    assert goodbye(tmp_path / "good") == {"status": "finished", "reason": ""}
    assert goodbye(tmp_path / "bad") == {"status": "failed", "reason": "ZeroDivisionError: division by zero"}
    assert goodbye(tmp_path / "exit") == {"status": "failed", "reason": "exit status 3"}
    assert goodbye(tmp_path / "stopped") == {"status": "failed", "reason": "KeyboardInterrupt"}


LOOP = """
import sys, goodfit
run = goodfit.Run(sys.argv[1])
for step in range(1000):
    run.log(step, {"loss": 1.0})
"""


def test_the_exit_of_the_interpreter_finishes_the_run(tmp_path):
    assert run_script(LOOP, tmp_path).returncode == 0
    assert len(points(tmp_path, "loss")) == 1000
    assert goodbye(tmp_path)["status"] == "finished"


def test_an_uncaught_exception_fails_the_run(tmp_path):
    assert run_script(LOOP + "raise RuntimeError('out of luck')", tmp_path).returncode == 1
    assert goodbye(tmp_path) == {"status": "failed", "reason": "RuntimeError: out of luck"}


def test_a_killed_process_keeps_what_was_flushed_and_says_nothing(tmp_path):
    code = LOOP + "run.flush()\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    assert run_script(code, tmp_path).returncode == -9
    assert len(points(tmp_path, "loss")) == 1000
    assert goodbye(tmp_path) is None


def test_the_first_value_reaches_the_file_without_a_flush(tmp_path):
    # A pipe tells that the value was logged; then the file is looked at while the training sleeps.
    code = LOOP.replace("range(1000)", "range(1)") + "print('logged', flush=True)\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout.readline() == "logged\n"
        [path] = event_files(tmp_path)
        while "loss" not in read_event_file(path.read_bytes()).series:
            assert process.poll() is None
        process.communicate("")


FORK = """
import os, sys, goodfit
run = goodfit.Run(sys.argv[1])
for step in range(100):
    run.log(step, {"parent": 1.0})
child = os.fork()
if child == 0:
    for step in range(50):
        run.log(step, {"child": 2.0})
    run.finish()
    os._exit(0)
os.waitpid(child, 0)
run.log(100, {"parent": 1.0})
"""


def test_a_forked_child_writes_a_file_of_its_own(tmp_path):
    result = run_script(FORK, tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    files = [read_event_file(path.read_bytes()) for path in event_files(tmp_path)]
    by_tag = {tag: len(series[1]) for reading in files for tag, series in reading.series.items()}
    assert len(files) == 2
    assert (by_tag["parent"], by_tag["child"]) == (101, 50)
    assert all(reading.issues == [] for reading in files)
    assert all(not {"parent", "child"} <= set(reading.series) for reading in files)


WORKERS = """
import multiprocessing, sys, goodfit
def work(number):
    run.log(number, {f"worker_{number}": 1.0})
run = goodfit.Run(sys.argv[1])
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=work, args=(number,)) for number in range(3)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
"""


def test_workers_of_multiprocessing_lose_nothing(tmp_path):
    result = run_script(WORKERS, tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    tags = {tag for path in event_files(tmp_path) for tag in read_event_file(path.read_bytes()).series}
    assert {"worker_0", "worker_1", "worker_2"} <= tags


def test_later_hyperparameters_join_the_earlier_ones(tmp_path):
    with goodfit.Run(tmp_path, hparams={"lr": 0.1, "net": {"width": 8}}) as run:
        run.hparams({"net": {"depth": 2}, "lr": 0.2})
    assert goodfit.open(tmp_path).training(".").hparams == {"lr": 0.2, "net.width": 8, "net.depth": 2}


def test_threads_share_a_run(tmp_path):
    with goodfit.Run(tmp_path, on_error="raise") as run:

        def work(name: str) -> None:
            for step in range(2000):
                run.log(step, {name: step})

        threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for i in range(4):
        assert points(tmp_path, f"t{i}") == [(step, float(step)) for step in range(2000)]


def test_a_folder_that_cannot_be_made_is_told_and_the_training_goes_on(tmp_path, capfd):
    (tmp_path / "file").write_text("in the way")
    with goodfit.Run(tmp_path / "file" / "run", max_pending_bytes=1000) as run:
        for step in range(100):
            run.log(step, {"loss": 1.0})
    told = capfd.readouterr().err
    cannot, first_lost, all_lost = told.splitlines()
    assert "cannot write for now" in cannot
    assert "records are lost, " in first_lost
    # A hundred values, and the records that say how it began and ended.
    assert 100 <= int(all_lost.split(" records are lost in all")[0].rsplit(" ", 1)[1]) <= 110


FULL = """
import resource, signal, sys, goodfit
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = goodfit.Run(sys.argv[1])
run.log(0, {"loss": 0.0})
run.flush()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))  # as a full disk: a write takes what fits, then none
for step in range(1, 500):
    run.log(step, {"loss": float(step)})
print(run.flush())
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(run.flush())
run.finish()
"""


def test_a_disk_that_was_full_for_a_while_costs_nothing(tmp_path):
    result = run_script(FULL, tmp_path)
    assert result.stdout.split() == ["False", "True"]
    assert result.stderr.count("\n") == 1
    assert "cannot write for now: File too large" in result.stderr
    assert points(tmp_path, "loss") == [(step, float(step)) for step in range(500)]


FULL_ONCE = """
import resource, signal, sys, time, goodfit
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = goodfit.Run(sys.argv[1])
run.log(0, {"loss": 0.0})
run.flush()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
step = 0
while not run.guard.counts:  # the value that brings the news is taken
    step += 1
    run.log(step, {"loss": float(step)})
    time.sleep(0.01)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
run.finish()
"""


def test_bad_news_of_the_disk_doubles_no_value(tmp_path):
    result = run_script(FULL_ONCE, tmp_path)
    assert "cannot write for now" in result.stderr
    kept = points(tmp_path, "loss")
    assert kept == [(step, float(step)) for step in range(len(kept))]
    assert len(kept) > 1


def test_a_disk_that_stays_full_holds_nothing_up(tmp_path, capfd):
    (tmp_path / "file").write_text("in the way")
    with goodfit.Run(tmp_path / "file" / "run", max_pending_bytes=1000) as run:
        for step in range(100):
            run.log(step, {"loss": 1.0})
            # Waiting ten seconds for each would take longer than a test may.
            run.histogram("weights", np.ones(1000), step=step)
    assert "cannot write for now" in capfd.readouterr().err


def test_a_run_that_is_dropped_keeps_its_values(tmp_path):
    assert run_script("import sys, goodfit\ngoodfit.Run(sys.argv[1]).log(3, {'a': 1.0})", tmp_path).returncode == 0
    assert points(tmp_path, "a") == [(3, 1.0)]


def test_a_finished_run_leaves_no_thread_and_no_file_open(tmp_path):
    def count() -> tuple[int, int]:
        return len(list(Path("/proc/self/task").iterdir())), len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    for index in range(20):
        with goodfit.Run(tmp_path / str(index)) as run:
            run.log(0, {"a": 1.0})
    assert count() == before


def test_importing_the_writing_side_loads_no_numpy():
    code = "import sys, goodfit\nwith goodfit.Run(sys.argv[1]) as run: run.log(0, {'a': 1.0})\n"
    assert run_script(code + "print('numpy' in sys.modules)", os.devnull + "/x").stdout.strip() == "False"


def test_a_closed_stderr_does_not_end_the_training(tmp_path):
    code = (
        "import sys, goodfit\nsys.stderr = None\nwith goodfit.Run(sys.argv[1]) as run: run.log(0, {'a': 'x', 'b': 1.0})"
    )
    assert run_script(code, tmp_path).returncode == 0
    assert points(tmp_path, "b") == [(0, 1.0)]


TOLD = """
import sys, goodfit
with goodfit.Run(sys.argv[1], name="moons", notify=["console"]) as run:
    run.log(0, {"loss": 1.0})
    raise ValueError("out of luck")
"""


def test_channels_hear_how_it_ended(tmp_path):
    # The companion outlives the script and prints on the same stderr; reading to its end waits for both.
    result = run_script(TOLD, tmp_path)
    assert result.returncode == 1
    assert "moons failed: ValueError: out of luck" in result.stderr


UNCLOSED = "import sys, goodfit\nrun = goodfit.Run(sys.argv[1])\nrun.log(0, {'a': 1.0})\n"


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        ("sys.exit(3)", "failed", "exit status 3"),
        ("sys.exit('no data')", "failed", "SystemExit: no data"),
        ("def main():\n  with open(sys.executable, 'rb'): sys.exit(4)\nmain()", "failed", "exit status 4"),
        ("try:\n  sys.exit(5)\nfinally:\n  print('tidy')", "failed", "exit status 5"),
        ("try:\n  sys.exit(5)\nexcept SystemExit:\n  raise", "failed", "exit status 5"),
        ("import argparse\nargparse.ArgumentParser().parse_args(['--no-such'])", "failed", "exit status 2"),
        ("sys.exit(0)", "finished", None),
        ("sys.exit()", "finished", None),
        ("try:\n  sys.exit(5)\nexcept SystemExit:\n  pass", "finished", None),
        ("def main():\n  try:\n    sys.exit(5)\n  except SystemExit:\n    pass\nmain()", "finished", None),
        ("import threading\nt = threading.Thread(target=sys.exit, args=(6,))\nt.start()\nt.join()", "finished", None),
    ],
)
def test_a_script_that_gives_up_by_sys_exit_has_not_finished(tmp_path, end, status, reason):
    run_script(UNCLOSED + end, tmp_path)
    said = goodbye(tmp_path)
    assert (said["status"], said.get("reason") or None) == (status, reason)


def test_sys_exit_is_itself_again_when_nothing_is_open(tmp_path):
    before = sys.exit
    with goodfit.Run(tmp_path), pytest.raises(SystemExit) as raised:
        assert sys.exit.__doc__ == before.__doc__
        sys.exit((1, 2))
    assert raised.value.code == (1, 2)
    assert sys.exit is before


def test_close_is_another_name_of_finish(tmp_path):
    run = goodfit.Run(tmp_path)
    run.close()
    assert run.status == "finished"


def test_a_tag_of_a_megabyte_does_not_fill_the_terminal(tmp_path, capfd):
    with goodfit.Run(tmp_path) as run:
        run.log(0, {"x" * 1_000_000: "no number"})
    assert len(capfd.readouterr().err) < 2000
