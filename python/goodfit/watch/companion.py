"""A pipe and a log folder → messages: the process that a training starts and that outlives it.

`python -m goodfit.watch.companion` reads the lines described in `goodfit.sdk.companion` from its standard input. It
follows the training's logs and tells of findings while it runs; it tells how it ended, from its goodbye, or, when the
pipe closes without one, that it was killed. Messages are queued in the outbox; a sender process delivers them.

It ignores the signals that end a terminal's or a job's processes: the end of the pipe is what ends it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit import config
from goodfit.alerts.ending import (
    Ending,
    EndingKind,
    classify_exit,
    count_oom_kills,
    message_of,
    name_of_signal,
    tail_lines,
)  # fmt: skip
from goodfit.alerts.exit_status import read_return_code
from goodfit.alerts.message import Message, make_message
from goodfit.alerts.notify import queue_message, wait_for_answers
from goodfit.alerts.outbox import TTL_END_S
from goodfit.alerts.process_lock import is_process_alive, process_start
from goodfit.alerts.routes import KNOWN_NAMES, find_targets, mark_of
from goodfit.alerts.words import say
from goodfit.errors import GoodfitError
from goodfit.sdk.companion import SUPERVISED_VARIABLE

if TYPE_CHECKING:
    from goodfit.alerts.policy import Alert

_FOLLOW_AFTER_S = 3.0  # a training that is over by then never pays for the reader
_FOLLOW_SHORTEST_S, _FOLLOW_LONGEST_S = 1.0, 10.0  # it shares the training's machine
_ANSWER_PATIENCE_S = 5.0
_EXITING_S = 30.0  # from the last words of a script to the end of its interpreter
_DYING_S = 1.0  # a process with gigabytes to free takes its time
_CHUNK_BYTES = 1 << 16


@dataclass(slots=True)
class Session:
    """What the companion knows of its training."""

    logdir: str = ""
    run: str = "training"
    channels: tuple[str, ...] = ()
    title: str | None = None
    kind: str = "training"
    pid: int = 0
    started: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    last_step: int | None = None
    worker_pid: int | None = None
    """The process that does the work, when the one at the pipe only supervises it."""
    worker_start: str = ""
    goodbye: dict[str, Any] | None = None


class Companion:
    """The process's work. `run` returns when the training has ended and that has been told."""

    def __init__(self, settings: config.Settings, *, pipe: int, answers: int, process: int | None = None) -> None:
        """
        Args:
            settings: of the training, whose environment this process has.
            pipe: the file from which the training's lines are read.
            answers: the file on which it is said that the ending was told.
            process: a file that becomes readable when the training's process ends; None where the system has none.
        """
        self._settings = settings
        self._language = settings.language
        self._pipe = pipe
        self._answers = answers
        self._process = process
        self._buffer = b""
        self._session = Session()
        self._follower: Follower | None = None
        self._n_oom_before: int | None = None
        self._signals: list[int] = []
        self._return_code: int | None = None

    def run(self) -> None:
        """Reads lines and follows the logs until the training ends, then tells it."""
        self._listen_to_signals()
        follow_at = time.monotonic() + _FOLLOW_AFTER_S
        process = self._process
        watched = [self._pipe] if process is None else [self._pipe, process]
        while True:
            wait_s = max(0.0, follow_at - time.monotonic()) if self._is_following else None
            readable = select.select(watched, [], [], wait_s)[0]
            if self._pipe in readable:
                if not self._read() or self._session.goodbye is not None:
                    break
            elif process is not None and process in readable:
                # A child that was forked past Python's hooks may hold the pipe open; the process itself has gone.
                while select.select([self._pipe], [], [], 0)[0] and self._read():
                    pass
                break
            elif self._is_following:
                follow_at = time.monotonic() + self._follow()
        if process is not None:
            self._return_code = self._await_end(process)
        self._tell_end()

    def _await_end(self, process: int) -> int | None:
        """How the process ended, where its own words do not say it and the system does."""
        goodbye = self._session.goodbye
        if goodbye is None:
            patience_s = _DYING_S
        elif goodbye.get("unclosed") and not goodbye.get("waits"):
            patience_s = _EXITING_S
        else:
            return None
        is_over = bool(select.select([process], [], [], patience_s)[0])
        return read_return_code(process, self._session.pid) if is_over else None

    @property
    def _is_following(self) -> bool:
        return bool(self._session.logdir and self._session.channels)

    def _listen_to_signals(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                # Noted, since a job's scheduler sends it to all of a job's processes before it kills them.
                signal.signal(number, lambda caught, frame: self._signals.append(caught))

    def _read(self) -> bool:
        """Takes in what is in the pipe; False when its other end is closed."""
        data = os.read(self._pipe, _CHUNK_BYTES)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            try:
                words = json.loads(line)
            except ValueError:
                continue  # a line cut by the death of its writer
            if isinstance(words, dict):
                self._take(words)
        return bool(data)

    def _take(self, words: dict[str, Any]) -> None:
        session, verb = self._session, words.get("verb")
        if verb == "hello":
            session.logdir, session.run = str(words["logdir"]), str(words["run"])
            session.title, session.kind = words.get("title"), str(words.get("kind", "training"))
            session.pid, session.started = int(words["pid"]), float(words["started"])
            session.channels = self._check(words["channels"])
            self._n_oom_before = count_oom_kills()
        elif verb == "progress":
            session.last_step = int(words["step"])
        elif verb == "supervising":
            session.worker_pid = int(words["pid"])
            session.worker_start = process_start(session.worker_pid)
        elif verb == "goodbye":
            session.goodbye = words

    def _check(self, channels: Sequence[str]) -> tuple[str, ...]:
        """The channels that mean something; a word on stderr for the others, now, while somebody may be looking."""
        kept = []
        for word in channels:
            try:
                targets = find_targets([word], self._settings)
            except GoodfitError as error:
                _say(f"goodfit: {error}\n")
                continue
            kept.append(word)
            if self._session.kind != "command":
                for target in targets:
                    if target.channel is None:
                        hint = KNOWN_NAMES[target.route.channel]
                        _say(f"goodfit: {word} has no address yet; its messages will wait.\nhint: {hint}\n")
        return tuple(kept) or ("console",)

    def _follow(self) -> float:
        """One look at the logs; seconds until the next."""
        if self._follower is None:
            self._follower = Follower(self._session, self._settings)
        wait_s, alerts = self._follower.step()
        for alert in alerts:
            self._queue(
                alert.message, self._session.channels, kind=alert.kind, identity=alert.identity, ttl_s=alert.ttl_s
            )
        return wait_s

    def _tell_end(self) -> None:
        session = self._session
        goodbye = session.goodbye
        if goodbye is not None and goodbye.get("status") == "told":
            return
        supervised = self._settings.environ.get(SUPERVISED_VARIABLE, "").split(",")
        channels = tuple(name for name in session.channels if mark_of(name) not in supervised)
        ids: list[str] = []
        if channels:
            ending = self._ending()
            ids = self._queue(self._message_of(ending), channels, kind=ending.kind, identity=f"{session.id}|end")
        if goodbye is not None and goodbye.get("waits"):
            if ids:
                wait_for_answers(self._settings, ids, timeout_s=_ANSWER_PATIENCE_S)
            with contextlib.suppress(OSError):
                os.write(self._answers, b"\n")

    def _ending(self) -> Ending:
        session = self._session
        duration_s = max(0.0, time.time() - session.started)
        language = self._language
        facts = (*self._last_words(), say("on_host", language, host=socket.gethostname()))
        goodbye = session.goodbye
        is_unsaid = goodbye is None or bool(goodbye.get("unclosed"))
        code = self._return_code if is_unsaid and session.kind != "command" else None
        if code is not None and code < 0 and (cause := self._cause_of_death()):
            return Ending("killed", session.run, cause, 128 - code, duration_s, (), facts)
        if code is not None:
            # The system knows what the script did not say.
            return classify_exit(session.run, code, (), duration_s=duration_s, facts=facts, language=language)
        if goodbye is None:
            facts = (*self._remains(), *facts)
            return Ending("killed", session.run, self._cause_of_death(), None, duration_s, (), facts)
        status = goodbye.get("status")
        kind: EndingKind = "failed" if status == "failed" else "killed" if status == "killed" else "finished"
        tail = tail_lines(str(goodbye.get("tail") or "").encode())
        reason = str(goodbye.get("reason") or "") or (say("unclosed", language) if goodbye.get("unclosed") else "")
        return Ending(kind, session.run, reason, None, duration_s, tail, facts)

    def _message_of(self, ending: Ending) -> Message:
        message = message_of(ending, self._language)
        if self._session.title and ending.kind == "finished":
            message = make_message(self._session.title, message.body)
        return message

    def _last_words(self) -> tuple[str, ...]:
        """What the logs say last; the step that was reported when they cannot be read."""
        session = self._session
        if session.logdir and Path(session.logdir).is_dir():
            if self._follower is None:
                self._follower = Follower(session, self._settings)
            facts = self._follower.facts()
            if facts:
                return facts
        return () if session.last_step is None else (say("last_step", self._language, step=f"{session.last_step:,}"),)

    def _cause_of_death(self) -> str:
        after = count_oom_kills()
        if self._n_oom_before is not None and after is not None and after > self._n_oom_before:
            return say("out_of_memory", self._language)
        if self._signals:
            return say("job_signal", self._language, signal=name_of_signal(self._signals[-1]))
        return ""

    def _remains(self) -> tuple[str, ...]:
        session = self._session
        if session.kind != "command":
            return (say("no_goodbye", self._language, pid=session.pid),)
        if session.worker_pid is not None and self._outlives(session.worker_pid, session.worker_start):
            return (say("supervisor_killed", self._language, pid=session.worker_pid),)
        return (say("both_killed", self._language),)

    def _outlives(self, pid: int, start: str) -> bool:
        """Whether a process lives on. One that is killed together with its supervisor may die a moment later."""
        deadline = time.monotonic() + _DYING_S
        while is_process_alive(pid, start):
            if time.monotonic() > deadline:
                return True
            time.sleep(0.02)
        return False

    def _queue(
        self, message: Message, channels: Sequence[str], *, kind: str, identity: str, ttl_s: float = TTL_END_S
    ) -> list[str]:
        try:
            return queue_message(message, channels, self._settings, kind=kind, identity=identity, ttl_s=ttl_s)
        except GoodfitError as error:
            _say(f"goodfit: {message.title}\ngoodfit: could not tell anybody: {error}\n")
            return []


class Follower:
    """Looks at the training's logs again and again."""

    def __init__(self, session: Session, settings: config.Settings) -> None:
        from goodfit.alerts.policy import load_policy
        from goodfit.watch.loop import watch_folder
        from goodfit.watch.pace import Pace

        self._session = session
        self._policy = load_policy(settings)
        self._told: set[str] = set()
        self._watch = watch_folder(
            session.logdir, pace=Pace(shortest_s=_FOLLOW_SHORTEST_S, longest_s=_FOLLOW_LONGEST_S)
        )

    def step(self) -> tuple[float, list[Alert]]:
        """Reads what was appended; seconds until the next look, and the alerts that are new."""
        from goodfit.alerts.picture import picture_of
        from goodfit.alerts.policy import alerts_for

        wait_s = self._watch.step()
        found: list[Alert] = []
        for judged in self._watch.snapshot.trainings:
            name = self._name_of(judged.training.name)
            new = alerts_for(
                judged.training, judged.findings, self._told, policy=self._policy, name=name, session=self._session.id
            )
            self._told |= {alert.identity for alert in new}
            for alert in new:
                title = alert.message.title.partition(" ")[2]  # the picture's font may lack the mark before it
                picture = picture_of(judged.training, alert.finding, title=title)
                found.append(replace(alert, message=replace(alert.message, attachment=picture)))
        return wait_s, found

    def facts(self) -> tuple[str, ...]:
        """The newest and best values of the training that wrote last, after a last look."""
        from goodfit.alerts.facts import describe_training

        self._watch.step()
        trainings = [judged.training for judged in self._watch.snapshot.trainings]
        if not trainings:
            return ()
        newest = max(trainings, key=lambda training: training.last_wall_time)
        return describe_training(newest, self._policy.language)

    def _name_of(self, training: str) -> str:
        return self._session.run if training == "." else f"{self._session.run}/{training}"


def _say(text: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def main() -> int:
    """The process."""
    parser = argparse.ArgumentParser(prog="goodfit.watch.companion", description="Tells how a training ends.")
    parser.add_argument("--process-fd", type=int, help="an open file that tells of the training's end")
    options = parser.parse_args()
    try:
        Companion(config.load(), pipe=sys.stdin.fileno(), answers=sys.stdout.fileno(), process=options.process_fd).run()
    except GoodfitError as error:
        _say(f"goodfit: nobody is told how this training ends: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
