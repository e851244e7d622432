"""`goodfit LOGDIR` as a process: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from goodfit.cli.serve import command
from goodfit.errors import BadArgument, GoodfitError
from goodfit.sdk.run import Run

GOODFIT = [sys.executable, "-c", "from goodfit.cli.main import main; main()"]


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Runs the command until the page's address is printed; gives process and address."""
    process = subprocess.Popen(
        [*GOODFIT, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield process, found.group()
    finally:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str], how: signal.Signals = signal.SIGINT) -> str:
    """Ends the process with a signal; gives what it wrote to stderr."""
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return errors


def wait_for_answer(address: str) -> object:
    with urllib.request.urlopen(
        f"{address}api/overview", timeout=60
    ) as answer:  # the socket listens before it is printed
        return json.loads(answer.read())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_ends_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    with started(str(tmp_path), "--port", "0") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert wait_for_answer(address)
        errors = end(process, how)
    assert "Traceback" not in errors


@pytest.mark.parametrize("n_before_answer", [0, 1])
def test_impatient_ctrl_c_shows_no_traceback(tmp_path: Path, n_before_answer: int) -> None:
    with started(str(tmp_path), "--port", "0") as (process, address):
        if not n_before_answer:
            wait_for_answer(address)
        for _ in range(4):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
        _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


def test_what_an_earlier_command_left_waiting_is_sent(tmp_path: Path) -> None:
    from goodfit.alerts.outbox import Outbox
    from goodfit.config import load

    home = tmp_path / "home"
    settings = load(environ={**os.environ, "GOODFIT_HOME": str(home)})
    with Outbox(settings.outbox_path) as outbox:
        assert not outbox.list_open()
    with started(str(tmp_path / "logs"), "--port", "0", GOODFIT_HOME=str(home)) as (process, address):
        wait_for_answer(address)
        end(process)
    # Nothing waited, so no sender was started.
    assert not (settings.state_dir / "senders").exists()


def test_a_missing_folder_is_watched_with_three_lines_to_start(tmp_path: Path) -> None:
    folder = tmp_path / "not yet"
    with started(str(folder), "--port", "0") as (process, address):
        assert process.stderr is not None
        text = ""
        while "run.log(" not in text:
            text += process.stderr.readline()
        wait_for_answer(address)
        end(process)
    assert f"there is no folder {str(folder)!r} yet" in text
    assert "import goodfit" in text
    assert str(folder / "first") in text
    assert not folder.exists()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(str(tmp_path), "--port", str(port)) as (process, address):
            assert f":{port}/" not in address
            wait_for_answer(address)
            assert f"port {port} is taken" in end(process)


def test_over_ssh_the_tunnel_is_printed(tmp_path: Path) -> None:
    with started(str(tmp_path), "--port", "0", SSH_CONNECTION="10.0.0.1 5 10.0.0.2 22") as (process, address):
        port = address.rstrip("/").rpartition(":")[2]
        wait_for_answer(address)
        assert f"ssh -L {port}:127.0.0.1:{port}" in end(process)


def test_the_token_is_asked_for_and_never_printed(tmp_path: Path) -> None:
    with started(str(tmp_path), "--port", "0", "--host", "0.0.0.0", GOODFIT_SERVE_TOKEN="very-secret") as (
        process,
        address,
    ):
        assert "very-secret" not in address
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"{address}api/overview", timeout=60)
        refusal.value.close()
        assert refusal.value.code == 401
        request = urllib.request.Request(f"{address}api/overview", headers={"X-Goodfit-Token": "very-secret"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
        assert "very-secret" not in end(process)


def test_other_machines_need_a_token(tmp_path: Path) -> None:
    done = subprocess.run([*GOODFIT, str(tmp_path), "--host", "0.0.0.0"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "needs --token" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--port", "99999"], ["--port", "x"], ["--poll", "0"], ["--poll", "nan"], ["--host", "no.such.invalid"]],
)
def test_wrong_use_is_refused_before_anything_starts(tmp_path: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(command, [str(tmp_path), *arguments])
    assert result.exit_code != 0
    assert isinstance(result.exception, GoodfitError | SystemExit)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(command, [str(tmp_path / "file")])
    assert isinstance(result.exception, BadArgument)


def test_help_has_an_example() -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert "goodfit logs/fit --port 6007" in result.output


def test_what_was_read_is_kept_for_the_next_time(tmp_path: Path) -> None:
    home, logs = tmp_path / "home", tmp_path / "logs"
    with Run(logs / "exp1") as run:
        for step in range(20_000):
            run.log(step, {"loss": 1.0, "val_loss": 1.2})
    with started(str(logs), "--port", "0", GOODFIT_HOME=str(home)) as (process, address):
        while not wait_for_answer(address)["progress"]["is_read"]:  # type: ignore[index]
            pass
        end(process)
    assert list((home / "cache").rglob("*.gfcache"))
    assert not list(logs.rglob("*.gfcache"))
