"""The process that TensorBoard starts in place of its own data server, by TensorBoard's rules."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.event_bytes import VERSION, scalar, write
from tests.provider.conftest import Client, ask, entries

from goodfit.cli.data_server import main

COMMAND = [sys.executable, "-m", "goodfit.cli.data_server"]


def wait_for_port(path: Path, process: subprocess.Popen[bytes]) -> int:
    while process.poll() is None:
        if path.exists() and path.read_text().endswith("\n"):
            return int(path.read_text())
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"ended with {process.returncode}")


def test_serves_until_standard_input_ends(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "run", VERSION + scalar("loss", 0.5))
    port_file, error_file = tmp_path / "port", tmp_path / "error"
    arguments = [
        f"--logdir={tmp_path / 'logs'}",
        "--reload=0",
        "--samples-per-plugin=scalars=all,images=7",
        "--port=0",
        f"--port-file={port_file}",
        "--die-after-stdin",
        f"--error-file={error_file}",
        "--verbose",
        "--verbose",
    ]
    with subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        client = Client(wait_for_port(port_file, process))
        assert set(entries(client.call("ListScalars", ask("scalars")))) == {("run", "loss")}
        client.close()
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"") and not error_file.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["--logdir=hdfs://name/logs"], 8, "hdfs://"),
        (["--logdir={file}"], 8, "is a file"),
        (["--logdir=x", "--reload=often"], 2, "--reload"),
        (["--logdir=x", "--samples-per-plugin=scalars=some"], 2, "--samples-per-plugin"),
        (["--logdir=x", "--no-such-flag"], 2, "--no-such-flag"),
        (["--logdir=x", "--port={port}"], 9, "is taken"),
        ([], 2, "--logdir"),
    ],
)
def test_says_in_the_error_file_why_it_cannot_start(
    arguments: list[str], status: int, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, error_file = tmp_path / "file", tmp_path / "error"
    file.touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = [word.format(file=file, port=taken.getsockname()[1]) for word in arguments]
        assert main([*words, f"--error-file={error_file}"]) == status
    assert reason in error_file.read_text() and reason in capsys.readouterr().err
