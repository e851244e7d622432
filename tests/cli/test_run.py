"""`goodfit run`: nothing of the command is changed, and its end is told."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and terminals")

# A command that needs no network: the ending goes to the console, and the log says what was queued.
RUN = [sys.executable, "-m", "goodfit", "run", "--notify", "console"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"GOODFIT_HOME": str(tmp_path / "home")}


def run(environ: dict[str, str], *words: str, **keywords: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, "--", *words], env=environ, capture_output=True, text=True, timeout=60, **keywords)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("pass", 0, "✓ python3 -c finished"),
        ("raise SystemExit(3)", 3, "✗ python3 -c failed: exit status 3"),
        ("raise ValueError('lr is nan')", 1, "✗ python3 -c failed: ValueError: lr is nan"),
        ("import os; os.kill(os.getpid(), 9)", 137, "✗ python3 -c killed: by SIGKILL (9)"),
        ("import os; os.kill(os.getpid(), 11)", 139, "✗ python3 -c killed: by SIGSEGV (11)"),
    ],
)
def test_passes_the_exit_status_on_and_tells_the_ending(
    environ: dict[str, str], code: str, status: int, told: str
) -> None:
    done = run(environ, "python3", "-c", code)
    assert done.returncode == status
    assert f"goodfit: {told}\n" in done.stderr


def test_a_shell_that_reports_a_killed_training_is_understood(environ: dict[str, str]) -> None:
    done = run(environ, "sh", "-c", "sh -c 'kill -9 $$'; exit $?")
    assert done.returncode == 137
    assert "✗ sh killed: by SIGKILL (9)" in done.stderr


def test_a_missing_command_is_told_as_shells_do(environ: dict[str, str]) -> None:
    done = run(environ, "no-such-command")
    assert done.returncode == 127
    assert "'no-such-command' cannot be started: No such file or directory." in done.stderr


def test_options_of_the_command_are_its_own(environ: dict[str, str]) -> None:
    code = "import sys; print(sys.argv[1:])"
    done = subprocess.run(
        [*RUN, sys.executable, "-c", code, "--help", "--notify", "x"], env=environ, capture_output=True, text=True
    )
    assert done.stdout == "['--help', '--notify', 'x']\n"


def test_streams_pass_through_byte_by_byte(environ: dict[str, str]) -> None:
    code = (
        "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data[::-1]); sys.stderr.buffer.write(data)"
    )
    data = bytes(range(256)) * 1000
    done = subprocess.run([*RUN, "--", sys.executable, "-c", code], env=environ, input=data, capture_output=True)
    assert done.stdout == data[::-1]
    assert done.stderr.startswith(data)


def test_the_last_lines_and_no_secret_are_in_the_body(environ: dict[str, str]) -> None:
    environ["API_KEY"] = "canary-0123456789"
    code = "import os, sys\nfor n in range(40): print('line', n, file=sys.stderr)\nraise OSError(os.environ['API_KEY'])"
    done = run(environ, "python3", "-c", code)
    told = done.stderr.partition("goodfit: ")[2]
    assert "line 39" in told
    assert "line 20\n" not in told
    assert "canary-0123456789" not in told
    assert "OSError: canar…" in told


def test_progress_bars_leave_their_last_state(environ: dict[str, str]) -> None:
    code = r"import sys; sys.stderr.write('\r10%\r20%\r30%\n\x1b[31mred\x1b[0m\n'); raise SystemExit(1)"
    told = run(environ, "python3", "-c", code).stderr.partition("goodfit: ")[2]
    assert "  30%\n  red\n" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_reach_the_command(environ: dict[str, str], number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(40))\n"
        "print('ready', flush=True)\n"
        "time.sleep(20)"
    )
    process = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    assert process.wait(60) == 40
    process.stdout.close()


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    import pty

    ours, theirs = pty.openpty()
    yield ours, theirs
    for fd in (ours, theirs):
        try:
            os.close(fd)
        except OSError:
            continue


def read_all(fd: int, process: subprocess.Popen[bytes]) -> bytes:
    """What a terminal shows until the process has ended."""
    import select

    text = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([fd], [], [], 0.05)[0]:
            try:
                text += os.read(fd, 65536)
            except OSError:
                break
        elif process.poll() is not None:
            break
    process.wait(60)
    return text


def test_the_command_sees_a_terminal_of_the_same_size(environ: dict[str, str], terminal: tuple[int, int]) -> None:
    import fcntl
    import struct
    import termios

    ours, theirs = terminal
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 117, 0, 0))
    code = "import os, sys; print(sys.stdout.isatty(), sys.stderr.isatty(), *os.get_terminal_size(2), file=sys.stderr)"
    process = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", code], env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    assert b"True True 117 31" in read_all(ours, process)
    assert process.returncode == 0


def test_a_key_pressed_at_the_terminal_interrupts_once(environ: dict[str, str], terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    code = (
        "import signal, sys, time\n"
        "count = []\n"
        "signal.signal(signal.SIGINT, lambda *_: count.append(1))\n"
        "print('ready', flush=True)\n"
        "while not count: time.sleep(0.01)\n"
        "time.sleep(0.3)\n"
        "print('interrupted', len(count), flush=True)"
    )
    process = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", code], env=environ, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    text = b""
    while b"ready" not in text:
        text += os.read(ours, 4096)
    os.write(ours, b"\x03")
    assert b"interrupted 1" in read_all(ours, process)


def test_a_reader_that_leaves_is_noticed_by_the_command(environ: dict[str, str]) -> None:
    code = "import sys\nfor n in range(10**7): print(n)"
    process = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert b"BrokenPipeError" in process.stderr.read()
    assert process.wait(60) != 0
    process.stderr.close()


def test_silence_is_told_once_and_its_end_too(environ: dict[str, str], tmp_path: Path) -> None:
    gate, end = tmp_path / "gate", tmp_path / "end"
    os.mkfifo(gate)
    code = (
        "import os, time\n"
        "print('a', flush=True)\n"
        f"open({str(gate)!r}).read()\n"
        f"while not os.path.exists({str(end)!r}):\n"
        "    print('b', flush=True)\n"
        "    time.sleep(0.01)\n"
    )
    process = subprocess.Popen(
        [*RUN, "--stalled-after", "0.2s", "--", sys.executable, "-c", code],
        env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    lines = []
    is_open = False
    for line in process.stderr:
        lines.append(line)
        if "stalled" in line and not is_open:
            is_open = True
            gate.write_text("go on")
        if "goes on" in line:
            end.touch()
        if "finished" in line:
            break
    process.wait(60)
    process.stderr.close()
    words = [word for line in lines for word in ("stalled", "goes on") if word in line]
    # In turn, however slow the machine is: never twice the same.
    assert words[0] == "stalled"
    assert all(earlier != later for earlier, later in itertools.pairwise(words))
    assert "goes on" in words


def test_a_channel_nobody_knows_is_refused_before_the_command_starts(environ: dict[str, str], tmp_path: Path) -> None:
    mark = tmp_path / "started"
    done = subprocess.run(
        [sys.executable, "-m", "goodfit", "run", "--notify", "pushbulet", "--", "touch", str(mark)],
        env=environ, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "'pushbulet' is not known" in done.stderr
    assert not mark.exists()


def test_the_ending_is_told_in_the_readers_language(environ: dict[str, str]) -> None:
    done = run(environ | {"GOODFIT_LANGUAGE": "ko"}, "sh", "-c", "exit 3")
    assert "goodfit: ✗ sh 실패: 종료 코드 3\n" in done.stderr
    refused = run(environ | {"GOODFIT_LANGUAGE": "tlh"}, "true")
    assert refused.returncode == 2
    assert "setting 'language' is 'tlh', wanted one of en, ko" in refused.stderr
