"""Commands, the page's loop and the provider on an address."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.remote.conftest import Bucket

from goodfit.cli.main import run
from goodfit.remote.address import Address, parse_address
from goodfit.testing.logs import write_run
from goodfit.watch.loop import watch_folder


@pytest.fixture
def logs(bucket: Bucket, tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    values = [1 / (step + 1) for step in range(60)]
    write_run(folder / "exp1" / "train", {"loss": values})
    write_run(folder / "exp1" / "validation", {"loss": [value + 0.1 for value in values]})
    bucket.upload(folder)
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(words) == status
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("check", "{logs}", "--json"),
        ("inspect", "{logs}", "--json"),
        ("export", "{logs}", "--out", "-"),
        ("find", "{logs}", "--json"),
        ("check", "{logs}"),
        ("inspect", "{logs}"),
    ],
    ids=" ".join,
)
def test_says_what_it_says_of_the_local_folder(
    bucket: Bucket, logs: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    local = said(capsys, *(word.format(logs=logs) for word in words))
    remote = said(capsys, *(word.format(logs=bucket.address) for word in words))
    assert remote.replace(bucket.address, str(logs)) == local
    if "--json" in words and words[0] in ("check", "inspect"):
        answer = json.loads(remote)
        assert answer.get("logdir", answer.get("path")) == bucket.address


@pytest.mark.parametrize("name", ["check", "inspect", "find", "serve", "provider"])
def test_wrong_bucket_is_wrong_use(bucket: Bucket, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run([name, "s3://other/logs"]) == 2
    assert "there is no bucket 'other'" in capsys.readouterr().err


def test_server_that_fails_is_a_failure(
    bucket: Bucket, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodfit.remote.bucket.MAX_RETRIES", 0)
    bucket.faults.fail_every = 1
    assert run(["check", bucket.address]) == 1
    error = capsys.readouterr().err
    assert "503" in error and "hint:" in error and "Traceback" not in error


@pytest.mark.usefixtures("no_leaks")
def test_page_follows_a_bucket_and_tells_of_trouble(
    bucket: Bucket, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodfit.remote.bucket.MAX_RETRIES", 0)
    monkeypatch.setattr("goodfit.remote.pace.SHORTEST_S", 0.05)
    monkeypatch.setattr("goodfit.remote.pace.FIRST_TROUBLE_S", 0.05)
    monkeypatch.setattr("goodfit.remote.pace.COSTS", 0)
    address = parse_address(bucket.address)
    assert isinstance(address, Address)
    watch = watch_folder(address)

    def step_until(is_done: object) -> None:
        assert callable(is_done)
        end_s = time.monotonic() + 20
        while not is_done():
            assert time.monotonic() < end_s
            watch.step()

    with watch:
        step_until(lambda: watch.snapshot.is_read and watch.snapshot.n_judged == 1)
        assert [judged.training.name for judged in watch.snapshot.trainings] == ["exp1"]
        bucket.faults.fail_every = 1
        step_until(lambda: "503" in watch.snapshot.trouble)
        bucket.faults.fail_every = 0
        write_run(logs / "exp2", {"loss": [1.0, 0.5]})
        bucket.upload(logs)
        step_until(lambda: len(watch.snapshot.trainings) == 2 and not watch.snapshot.trouble)


def test_closed_watch_leaves_no_turn(bucket: Bucket, logs: Path) -> None:
    import threading

    with watch_folder(bucket.address) as watch:
        watch.step()
    assert not [thread for thread in threading.enumerate() if thread.name == "goodfit-remote"]


def test_import_of_goodfit_knows_nothing_of_it() -> None:
    script = (
        "import sys, goodfit.sdk.run, goodfit.query.logs; "
        "print([name for name in sys.modules if name.split('.')[0] in ('obstore', 'httpx', 'sqlite3', 'asyncio')"
        " or name.startswith('goodfit.remote')])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert answer.strip() == "['goodfit.remote', 'goodfit.remote.address']"


@pytest.mark.parametrize("name", ["address", "bucket", "index_page", "mirror_files"])
def test_examples_of_the_docstrings(name: str) -> None:
    import doctest
    import importlib

    assert doctest.testmod(importlib.import_module(f"goodfit.remote.{name}")).failed == 0
