"""`goodfit demo` serves the page while the models learn, and ends cleanly on Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import goodfit


def test_page_is_served_while_models_learn(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "goodfit", "demo", "--no-open", "--port", "0", "--logdir", str(tmp_path / "demo")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first_line = process.stdout.readline()
        address = next(word for word in first_line.split() if word.startswith("http://127.0.0.1:"))
        running: list[str] = []
        deadline = time.monotonic() + 60
        while len(running) < 4 and time.monotonic() < deadline:
            with urllib.request.urlopen(f"{address}api/overview", timeout=60) as answer:
                trainings = json.load(answer)["trainings"]
            running = [training["name"] for training in trainings if training["state"] == "running"]
        assert sorted(running) == ["diverging", "healthy", "overfit", "underfit"]
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
    with goodfit.open(tmp_path / "demo") as logs:
        assert {training.state for training in logs.list_trainings()} == {"killed"}
