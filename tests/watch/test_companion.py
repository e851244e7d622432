"""The companion: however a training ends, somebody hears of it once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and /proc")

TRAIN = """
import os, sys, signal
from goodfit.sdk.companion import start_companion
handle = start_companion(os.environ.get("LOGS", ""), "exp1", ["console"])
handle.progress(41200)
{}
"""


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ = kept | {"GOODFIT_HOME": str(tmp_path / "home")}

    def start(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
        # The companion holds our stderr until it has told: this returns only then.
        return subprocess.run(
            [sys.executable, "-c", TRAIN.format(code)],
            env=environ | variables, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return start


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.removeprefix("goodfit: ") for line in done.stderr.splitlines() if line.startswith("goodfit: ")]


def test_a_goodbye_is_told(train: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = train("handle.goodbye('finished')")
    assert told(done) == ["✓ exp1 finished"]
    assert "last step 41,200" in done.stderr


def test_a_second_goodbye_changes_nothing(train: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert told(train("handle.goodbye('finished'); handle.goodbye('failed', 'no'); handle.progress(1)")) == [
        "✓ exp1 finished"
    ]


def test_a_failure_is_told_with_its_exception_and_last_lines(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = train("handle.goodbye('failed', 'ValueError: lr is nan', 'Traceback…\\nValueError: lr is nan')")
    assert told(done) == ["✗ exp1 failed: ValueError: lr is nan"]


def test_an_uncaught_exception_is_told_and_still_printed_by_the_earlier_hook(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = train("raise RuntimeError('boom')")
    assert done.returncode == 1
    assert told(done) == ["✗ exp1 failed: RuntimeError: boom"]
    assert done.stderr.count("RuntimeError: boom") >= 2


def test_a_hook_of_the_user_is_called_as_well(train: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    code = (
        "handle.goodbye('finished')\n"
        "sys.excepthook = lambda *a: print('mine')\n"
        "second = start_companion('', 'exp2', ['console'])\n"
        "raise RuntimeError('boom')"
    )
    assert train(code).stdout == "mine\n"


def tells_return_codes() -> bool:
    """Whether this system tells others than the parent how a process ended (Linux 6.15 does)."""
    from goodfit.alerts.exit_status import read_return_code

    if not hasattr(os, "pidfd_open"):
        return False
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = os.pidfd_open(child.pid)
    child.communicate(b"\n", timeout=60)
    told = read_return_code(process, child.pid)
    os.close(process)
    return told == 0


@pytest.mark.parametrize(
    ("end", "ending", "without_help"),
    [
        ("pass", "✓ exp1 finished", "✓ exp1 finished"),
        ("sys.exit(3)", "✗ exp1 failed: exit status 3", "✗ exp1 failed: exit status 3"),
        ("sys.exit('no data')", "✗ exp1 failed: SystemExit: no data", "✗ exp1 failed: SystemExit: no data"),
        ("sys.exit(0)", "✓ exp1 finished", "✓ exp1 finished"),
        ("os._exit(0)", "✓ exp1 finished", "✗ exp1 killed"),
        ("os._exit(4)", "✗ exp1 failed: exit status 4", "✗ exp1 killed"),
        ("os.abort()", "✗ exp1 killed: by SIGABRT (6)", "✗ exp1 killed"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "✗ exp1 killed: by SIGKILL (9)", "✗ exp1 killed"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "✗ exp1 killed: by SIGTERM (15)", "✗ exp1 killed"),
    ],
)
def test_an_end_without_a_goodbye_is_told_as_the_system_knows_it(
    train: Callable[..., subprocess.CompletedProcess[str]], end: str, ending: str, without_help: str
) -> None:
    assert told(train(end)) == [ending if tells_return_codes() else without_help]


def test_without_the_systems_help_an_unclosed_run_says_what_is_not_known(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    # A job's companion is awaited by the training, so it cannot wait for the training's end.
    done = train("raise SystemExit(3)", CI="1")
    assert told(done) == ["✓ exp1 finished"]
    assert "its exit status is not known" in done.stderr


def test_with_it_every_way_to_exit_is_known(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    if not tells_return_codes():
        pytest.skip("the system does not tell")
    # In a container every process is a job's.
    done = train("handle._is_job = False\nexit(3)")
    assert told(done) == ["✗ exp1 failed: exit status 3"]


def test_a_forked_worker_does_not_hide_the_death(train: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    code = (
        "if os.fork() == 0:\n"
        "    os.close(1); os.close(2)\n"  # so that only the companion holds the stderr that is waited for
        "    import time; time.sleep(20); os._exit(0)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert told(train(code))[0].startswith("✗ exp1 killed")


def test_a_forked_worker_that_ends_tells_nothing(train: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    code = "if os.fork() == 0:\n    sys.exit(0)\nos.wait()\nhandle.goodbye('finished')"
    assert told(train(code)) == ["✓ exp1 finished"]


def test_ctrl_c_does_not_reach_the_companion(train: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    # What a terminal does: the signal goes to the whole foreground group.
    code = "os.setpgid(0, 0)\nos.killpg(0, signal.SIGINT)\nimport time; time.sleep(20)"
    done = train(code)
    assert told(done) == ["✗ exp1 failed: KeyboardInterrupt"]


def test_channels_travel_through_the_pipe_and_not_on_the_command_line(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    code = (
        "other = start_companion('', 'exp2', ['pushbullet://o.SeCrEtSeCrEtSeCrEt0123'])\n"
        "words = ''\n"
        "while not words: words = open(f'/proc/{other._process.pid}/cmdline').read()\n"  # empty while it is started
        "print(words)\n"
        "other.goodbye('told'); handle.goodbye('told')"
    )
    done = train(code)
    assert "goodfit.watch.companion" in done.stdout
    assert "SeCrEt" not in done.stdout
    assert told(done) == []


def test_an_unknown_channel_is_said_at_the_start_and_the_ending_is_shown_all_the_same(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    code = "handle.goodbye('told')\nother = start_companion('', 'exp2', ['pushbulet'])\nother.goodbye('finished')"
    lines = told(train(code))
    assert lines[0].startswith("channel 'pushbulet' is not known")
    assert lines[-1] == "✓ exp2 finished"


def test_an_interpreter_that_cannot_be_started_does_not_reach_the_training(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    code = (
        "handle.goodbye('told')\nsys.executable = '/nonexistent/python'\n"
        "other = start_companion('', 'exp2', ['console'])\n"
        "other.progress(1); other.goodbye('finished'); print(other.problem)"
    )
    done = train(code)
    assert done.returncode == 0
    assert "No such file or directory" in done.stdout
    assert "nobody will be told" in done.stderr


def test_a_companion_that_died_does_not_reach_the_training(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    code = (
        "os.kill(handle._process.pid, signal.SIGKILL); handle._process.wait()\n"
        "for step in range(10): handle._progress_at = 0; handle.progress(step)\n"
        "handle.goodbye('finished'); print('done')"
    )
    done = train(code)
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_a_companion_that_reads_nothing_does_not_hold_the_training_up(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    code = (
        "os.kill(handle._process.pid, signal.SIGSTOP)\n"
        "import time; start = time.monotonic()\n"
        "for step in range(20000): handle._progress_at = float('-inf'); handle.progress(step)\n"
        "print(time.monotonic() - start < 2)\n"
        "os.kill(handle._process.pid, signal.SIGCONT); handle.goodbye('finished')"
    )
    assert train(code).stdout == "True\n"


def test_a_run_that_is_supervised_leaves_the_ending_to_the_supervisor(
    train: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    assert told(train("handle.goodbye('finished')", GOODFIT_SUPERVISED="pushbullet,console")) == []
    assert told(train("handle.goodbye('finished')", GOODFIT_SUPERVISED="pushbullet")) == ["✓ exp1 finished"]


def test_the_ending_says_where_the_training_was(
    train: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    logs = tmp_path / "exp1"
    code = (
        "handle.goodbye('told')\nimport goodfit\n"
        "run = goodfit.Run(os.environ['LOGS'], notify=['console'])\n"
        "for step, loss in enumerate([0.9, 0.5, 0.25, 0.75]): run.log(step, {'loss': loss, 'val_loss': loss * 2})\n"
        "run.finish()"
    )
    done = train(code, LOGS=str(logs))
    assert "validation loss: 1.5 at step 3, best 0.5 at step 2" in done.stderr


def test_the_log_keeps_what_was_told(train: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    train("os.kill(os.getpid(), 9)")
    environ = {**os.environ, "GOODFIT_HOME": str(tmp_path / "home")}
    printed = subprocess.run(
        [sys.executable, "-m", "goodfit", "notify", "log", "--json"], env=environ, capture_output=True, text=True
    ).stdout
    (delivery,) = json.loads(printed)["deliveries"]
    assert (delivery["kind"], delivery["state"]) == ("killed", "sent")


@pytest.fixture
def no_hook() -> Iterator[None]:
    hook = sys.excepthook
    yield
    sys.excepthook = hook


class Cells:
    """What a notebook's shell offers: a number of the running cell, and calls after each."""

    execution_count = 1

    def __init__(self) -> None:
        self.callbacks: list[Callable[[object], None]] = []
        self.events = self

    def register(self, name: str, callback: Callable[[object], None]) -> None:
        assert name == "post_run_cell"
        self.callbacks.append(callback)

    def end_cell(self, error: BaseException | None) -> None:
        # IPython counts up before it calls back.
        self.execution_count += 1
        for callback in self.callbacks:
            callback(type("Result", (), {"error_in_exec": error}))


def test_a_notebook_cell_that_raises_ends_the_training_it_began(monkeypatch: pytest.MonkeyPatch, no_hook: None) -> None:
    from goodfit.sdk import companion as module

    shell = Cells()
    monkeypatch.setitem(sys.modules, "IPython", type("IPython", (), {"get_ipython": staticmethod(lambda: shell)}))
    monkeypatch.setattr(module.atexit, "register", lambda call: None)
    own = module.OpenCompanions()
    monkeypatch.setattr(module, "OPEN", own)
    said = []

    class Listening(module.Companion):
        def goodbye(self, status: str, reason: str | None = None, tail: str | None = None) -> None:
            said.append((self.name, status, reason))
            own.remove(self)

    for name, error in (("fails", ValueError("no")), ("goes on", None), ("of another cell", KeyError("typo"))):
        training = Listening()
        training.name = name  # type: ignore[attr-defined]
        training._cell = shell.execution_count - (1 if name == "of another cell" else 0)
        own.add(training)
        shell.end_cell(error)
    assert said == [("fails", "failed", "ValueError: no")]


def test_signals_of_a_job_are_noted_and_survived(train: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    code = (
        "import time\n"
        "pid = handle._process.pid\n"
        "def mask(name):\n"
        "    words = dict(line.split(':') for line in open(f'/proc/{pid}/status'))\n"
        "    return int(words[name], 16) >> 14 & 1\n"
        "deadline_s = time.monotonic() + 20\n"
        "def until(is_true):\n"
        "    while not is_true() and time.monotonic() < deadline_s: time.sleep(0.01)\n"
        "until(lambda: mask('SigCgt'))\n"
        "os.kill(pid, signal.SIGTERM)\n"
        "until(lambda: not mask('ShdPnd'))\n"  # it was handed over
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert told(train(code)) == ["✗ exp1 killed: its job was sent SIGTERM (15)"]


assert signal.SIGTERM == 15  # bit 14 of the masks above
