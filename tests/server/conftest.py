"""A log folder, the loop over it and a client of the application, all real but for the socket."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.event_files import EventFile

from goodfit.server.app import create_app
from goodfit.server.live import Hub
from goodfit.server.settings import Settings
from goodfit.watch.loop import Watch, watch_folder

with warnings.catch_warnings():
    # It asks for a successor of httpx; ours is httpx, which the sender uses.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


class Site:
    """One served log folder; `turn` does by hand what the loop's thread would."""

    def __init__(self, logdir: Path, client: TestClient, watch: Watch, hub: Hub) -> None:
        self.logdir = logdir
        self.client = client
        self.watch = watch
        self.hub = hub

    def turn(self) -> None:
        """Reads and judges until nothing is left to do."""
        while self.watch.step() == 0.0:
            pass

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def curves(self, *series: tuple[str, str], **options: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Header and columns of a chart: `x`, then `run tag column` each."""
        ask = {"series": [{"run": run, "tag": tag} for run, tag in series], "px": 10, **options}
        answer = self.client.post("/api/curves", json=ask)
        assert answer.status_code == 200, answer.text
        header, body = split_frame(answer.content)
        columns = np.frombuffer(body, "<f4").reshape(-1, header["px"])
        found = {"x": columns[0]}
        for at, one in enumerate(header["series"]):
            for offset, name in enumerate(header["columns"]):
                found[f"{one['run']} {one['tag']} {name}"] = columns[1 + at * len(header["columns"]) + offset]
        assert len(columns) == 1 + len(header["series"]) * len(header["columns"])
        return header, found


def split_frame(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and body of a frame."""
    length = int.from_bytes(frame[:4], "little")
    assert (4 + length) % 4 == 0
    return json.loads(frame[4 : 4 + length]), frame[4 + length :]


OpenSite = Callable[..., Site]


@pytest.fixture
def open_site(tmp_path: Path) -> Iterator[OpenSite]:
    """Serves a folder, `tmp_path/logs` unless named; settings as keywords."""
    with ExitStack() as stack:

        def open_one(logdir: Path = tmp_path / "logs", *, host: str = "127.0.0.1", **settings: Any) -> Site:
            watch = stack.enter_context(watch_folder(logdir))
            hub = Hub(min_interval_s=0.01)
            app = create_app(watch, Settings(logdir=str(logdir), host=host, **settings), hub=hub)
            client = TestClient(app, base_url="http://127.0.0.1:6006", follow_redirects=False)
            return Site(logdir, stack.enter_context(client), watch, hub)

        yield open_one


@pytest.fixture
def pair_logs(tmp_path: Path) -> Path:
    """A training with two halves of a loss and an accuracy, 20 steps each."""
    logdir = tmp_path / "logs"
    train = EventFile(logdir / "exp1" / "train")
    train.scalars("epoch_loss", [1 / (1 + step) for step in range(20)])
    train.scalars("epoch_accuracy", [step / 20 for step in range(20)])
    validation = EventFile(logdir / "exp1" / "validation")
    validation.scalars("epoch_loss", [0.2 + 1 / (1 + step) for step in range(20)])
    validation.scalars("epoch_accuracy", [step / 25 for step in range(20)])
    return logdir


@pytest.fixture
def site(open_site: OpenSite, pair_logs: Path) -> Site:
    """The pair's log folder, read and judged."""
    site = open_site(pair_logs)
    site.turn()
    return site
