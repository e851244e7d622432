"""The whole way from message to vendor: in one process under a clock of its own, or in real processes."""

from __future__ import annotations

import dataclasses
import os
import random
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from tests.alerts.fake_vendors import FakeVendors

from goodfit import config
from goodfit.alerts.channels.http import Http
from goodfit.alerts.delivery import Delivery
from goodfit.alerts.dispatch import Sender
from goodfit.alerts.launch import sender_key
from goodfit.alerts.message import Attachment, Message, make_message
from goodfit.alerts.outbox import Outbox
from goodfit.alerts.process_lock import is_held
from goodfit.alerts.routes import find_targets, keep_given

_PATIENT_S = 10.0  # an answer takes a millisecond, and a busy machine longer
START = 1_790_000_000.0  # 2026-09-21 13:33:20 UTC


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Inline(Executor):
    """Runs a task when it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


class Post:
    """A whole way from message to vendor in one process, under a clock of its own."""

    def __init__(self, home: Path, vendors: FakeVendors, **variables: str) -> None:
        self.vendors = vendors
        self.clock = Clock()
        self.environ = {
            "GOODFIT_HOME": str(home),
            "GOODFIT_PUSHBULLET_URL": vendors.url,
            "PUSHBULLET_TOKEN": vendors.token,
            **variables,
        }
        self.outbox = Outbox(self.settings.outbox_path, clock=self.clock)
        self.http = self._client(_PATIENT_S)
        self.sender = self.new_sender()

    def _client(self, patience_s: float) -> Http:
        return Http(
            self.settings,
            connect_timeout_s=patience_s,
            read_timeout_s=patience_s,
            deadline_s=2 * patience_s,
            trust=ssl.SSLContext(
                ssl.PROTOCOL_TLS_CLIENT
            ),  # nobody: the stand-in speaks plainly, and certifi takes 70 ms
            clock=self.clock,
        )

    def wait_at_most(self, patience_s: float = _PATIENT_S) -> None:
        """From now on requests are given up on after this long, by the real clock."""
        self.http.close()
        self.http = self._client(patience_s)
        self.sender = self.new_sender()

    @property
    def settings(self) -> config.Settings:
        return config.load(self.environ)

    def new_sender(self) -> Sender:
        """Another sender, as after the death of the first."""
        return Sender(self.outbox, lambda: self.settings, http=self.http, executor=Inline(), rng=random.Random(7))

    def queue(
        self,
        title: str = "Training complete",
        body: str = "loss 0.31",
        *,
        channels: tuple[str, ...] = ("pushbullet",),
        attachment: Attachment | None = None,
        **keywords: Any,
    ) -> list[str]:
        message: Message = make_message(title, body, attachment=attachment, link=keywords.pop("link", None))
        keep_given(channels, self.settings)
        routes = [target.route for target in find_targets(channels, self.settings)]
        return self.outbox.queue(message, routes, sender_key=sender_key(self.settings), **keywords)

    def turn(self, seconds: float = 0.0) -> None:
        """Moves the clock and lets the sender do what is due."""
        self.clock.now += seconds
        self.sender.step()
        self.sender.step()  # records what the first has sent

    def run_dry(self, *, limit: int = 100) -> float:
        """Lets the sender work until nothing is left; the seconds that took on the clock."""
        start = self.clock.now
        for _ in range(limit):
            self.turn()
            due = self.sender.next_due()
            if self.sender.futures:
                continue
            if due is None:
                return self.clock.now - start
            self.clock.now = max(self.clock.now, due)
        raise AssertionError(f"still not done after {limit} turns: {self.deliveries}")

    @property
    def deliveries(self) -> list[Delivery]:
        return self.outbox.list_deliveries()

    @property
    def states(self) -> list[str]:
        return [delivery.state for delivery in reversed(self.deliveries)]

    def close(self) -> None:
        self.outbox.close()
        self.http.close()


class Machine:
    """Real processes with a home of their own."""

    def __init__(self, home: Path, vendors: FakeVendors) -> None:
        self.home = home
        self.vendors = vendors
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
        self.environ = kept | {
            "GOODFIT_HOME": str(home),
            "GOODFIT_PUSHBULLET_URL": vendors.url,
            "PUSHBULLET_TOKEN": vendors.token,
        }

    def python(self, code: str, *arguments: str, **keywords: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=self.environ, capture_output=True, text=True, timeout=60, check=False, **keywords,
        )  # fmt: skip

    def goodfit(self, *arguments: str, **keywords: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "goodfit", *arguments],
            env=self.environ, capture_output=True, text=True, timeout=60, check=False, **keywords,
        )  # fmt: skip

    def log(self) -> list[dict[str, Any]]:
        """The deliveries, newest first, read beside the processes; the command that prints them has its own test."""
        with Outbox(config.load(self.environ).outbox_path) as outbox:
            return [dataclasses.asdict(delivery) for delivery in outbox.list_deliveries()]

    def wait_for(self, condition: Callable[[], object], *, what: str, timeout_s: float = 40.0) -> None:
        """Waits for something that another process does."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}; log: {self.log()}"
            time.sleep(0.02)

    def wait_for_pushes(self, n: int) -> None:
        self.wait_for(lambda: len(self.vendors.pushes) >= n, what=f"{n} pushes")

    def senders(self) -> list[int]:
        """Process ids of the senders of this home that run; a dead one that init has not buried yet does not."""
        signed = [(path, path.read_text().split()) for path in self.home.glob("senders/*.lock")]
        return [int(words[0]) for path, words in signed if words and is_held(path)]

    def leaks(self) -> list[str]:
        """Files of this home, but for the config, that hold the token."""
        token = self.vendors.token.encode()
        return [
            str(path)
            for path in self.home.rglob("*")
            if path.is_file() and path.name != "config.toml" and token in path.read_bytes()
        ]

    def quiet(self) -> None:
        """Waits until no sender is left."""
        self.wait_for(lambda: not self.senders(), what="the sender's end")
