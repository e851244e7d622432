"""The outbox's rows → what is sent now, and what becomes of each row by the answer.

It claims a delivery, records the attempt, sends, and records how that ended. It takes up what an earlier sender left
behind. One delivery of a credential is on its way at a time; different credentials do not wait for each other. All
rows are written by the one thread that owns the outbox.
"""

from __future__ import annotations

import os
import random
import traceback
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import datetime

from goodfit import config
from goodfit.alerts.channels import Channel, Errand, LocalChannel
from goodfit.alerts.channels.http import Http
from goodfit.alerts.delivery import Delivery, Route, StopKind
from goodfit.alerts.launch import lock_path, sender_key
from goodfit.alerts.message import Message, make_message, with_prefix
from goodfit.alerts.outbox import Outbox
from goodfit.alerts.outcome import MAX_REASON, Outcome, next_month, retry_delay_s, shorten_reason
from goodfit.alerts.process_lock import is_abandoned, is_held
from goodfit.alerts.redaction import Redactor, find_secrets
from goodfit.alerts.routes import given_path, is_given, resolve
from goodfit.errors import ConfigError, GoodfitError

_LEASE_S = 600.0  # three exchanges of at most 60 s, and room; a dead sender on this machine is noticed sooner
_LATE_S = 600.0  # after this the title says when it happened
_STARTING_S = 5.0  # within which a sender that was started has signed for itself, on a busy machine


@dataclass(frozen=True, slots=True)
class _Job:
    """A claimed delivery on its way."""

    delivery: Delivery
    channel: Channel
    errand: Errand


class Sender:
    """Works an outbox off. Call `step` whenever something may be due; not thread-safe."""

    def __init__(
        self,
        outbox: Outbox,
        load_settings: Callable[[], config.Settings],
        *,
        http: Http,
        executor: Executor,
        rng: random.Random,
    ) -> None:
        """
        Args:
            outbox: the rows, with the clock that everything here goes by.
            load_settings: reads the settings anew; a token added later is seen.
            http: the client for all channels.
            executor: runs the requests.
            rng: the source of jitter.
        """
        self._outbox = outbox
        self._clock = outbox.clock
        self._load_settings = load_settings
        self._http = http
        self._executor = executor
        self._rng = rng
        self._settings = load_settings()
        self.key = sender_key(self._settings)
        self._owner = f"{self.key}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._redact = Redactor(find_secrets(self._settings))
        self._on_the_way: dict[Future[Outcome], _Job] = {}
        self._channels: dict[tuple[str, int], Channel | GoodfitError | None] = {}  # as the newest settings have them
        self._n_failures: dict[str, int] = {}  # in a row, by credential

    def step(self) -> None:
        """Records what has ended, and starts all that is due."""
        self._collect()
        self._reload()
        self._outbox.expire()
        self._take_over_lost()
        self._revive()
        self._dispatch()

    @property
    def futures(self) -> list[Future[Outcome]]:
        """The requests on their way."""
        return list(self._on_the_way)

    def next_due(self) -> float | None:
        """When the next delivery that this sender could send is due, seconds since the epoch; None: there is none."""
        times = []
        for delivery in self._outbox.list_open():
            channel = self._find_channel(delivery)
            if isinstance(channel, Channel) and self._is_ours(delivery):
                stop = self._outbox.find_stop(channel.credential, channel.target)
                until = stop.until if stop is not None and stop.until is not None else 0.0
                times.append(max(delivery.due, self._ours_from(delivery), until))
        return min(times, default=None)

    def _reload(self) -> None:
        self._channels.clear()
        try:
            settings = self._load_settings()
        except ConfigError:
            return  # the user is editing the file; the last good one holds
        self._settings = settings
        self._redact = Redactor(find_secrets(settings))

    def _is_ours(self, delivery: Delivery) -> bool:
        """Whether to take a delivery: queued in this environment, or by one whose sender is gone."""
        return delivery.sender_key == self.key or not is_held(lock_path(self._settings, delivery.sender_key))

    def _ours_from(self, delivery: Delivery) -> float:
        """From when a delivery may be taken: one of another environment may be waiting for its sender to start."""
        if delivery.sender_key == self.key or is_abandoned(lock_path(self._settings, delivery.sender_key)):
            return delivery.created
        return delivery.created + _STARTING_S

    def _find_channel(self, delivery: Delivery) -> Channel | GoodfitError | None:
        key = (delivery.channel, delivery.target_idx)
        if key not in self._channels:
            try:
                self._channels[key] = resolve(*key, self._settings)
            except GoodfitError as error:
                self._channels[key] = error
        return self._channels[key]

    def _take_over_lost(self) -> None:
        """Queues again what a dead sender held. A sender of the same environment cannot live beside this one."""
        on_the_way = {job.delivery.id for job in self._on_the_way.values()}
        now = self._clock()
        for delivery_id, owner, lease_until in self._outbox.list_sending():
            if delivery_id in on_the_way:
                continue
            key = (owner or "").partition(":")[0]
            if key == self.key or lease_until <= now or not is_held(lock_path(self._settings, key)):
                self._outbox.requeue_lost(delivery_id, due=now)

    def _revive(self) -> None:
        """Queues again what failed for want of a valid credential or quota, once there is one."""
        for delivery in self._outbox.list_held():
            channel = self._find_channel(delivery)
            if not isinstance(channel, Channel) or not self._is_ours(delivery):
                continue
            if self._outbox.find_stop(channel.credential, channel.target) is None:
                self._outbox.revive(delivery.id, sender_key=self.key)

    def _dispatch(self) -> None:
        now = self._clock()
        busy = {job.channel.credential for job in self._on_the_way.values()}
        for delivery in self._outbox.list_open():
            if max(delivery.due, self._ours_from(delivery)) > now or not self._is_ours(delivery):
                continue
            channel = self._find_channel(delivery)
            if channel is None:
                continue  # its token is not known here; it waits for a sender that has it
            if isinstance(channel, GoodfitError):
                self._fail(delivery, Outcome("config", channel.message))
                continue
            if channel.credential in busy:
                continue
            stop = self._outbox.find_stop(channel.credential, channel.target)
            if stop is not None:
                if stop.kind in ("auth", "quota"):
                    self._outbox.fail_unsent(delivery.id, hold=stop.kind, hold_key=stop.key)
                    self._fall_back(delivery)
                continue
            memo = self._outbox.claim(delivery.id, owner=self._owner, lease_s=_LEASE_S)
            if memo is None:
                continue  # another sender was quicker
            errand = Errand(delivery.id, delivery.created, now, memo, is_repeat=delivery.is_repeat)
            message = self._prepare(delivery, channel, now)
            busy.add(channel.credential)
            self._on_the_way[self._executor.submit(channel.send, message, errand, self._http)] = _Job(
                delivery, channel, errand
            )

    def _fail(self, delivery: Delivery, outcome: Outcome) -> None:
        if self._outbox.claim(delivery.id, owner=self._owner, lease_s=_LEASE_S) is not None:
            outcome = self._without_secrets(outcome)
            self._outbox.finish(delivery.id, outcome, state="failed", due=delivery.due, memo={})

    def _without_secrets(self, outcome: Outcome) -> Outcome:
        return replace(outcome, reason=self._redact(outcome.reason)[:MAX_REASON])

    def _prepare(self, delivery: Delivery, channel: Channel, now: float) -> Message:
        message = self._outbox.read_message(delivery.id)
        if now - delivery.created > _LATE_S:
            message = with_prefix(message, datetime.fromtimestamp(delivery.created).strftime("[%H:%M] "))
        if delivery.is_repeat and not channel.is_idempotent:
            message = with_prefix(message, "(perhaps again) ")
        return message

    def _collect(self) -> None:
        # A delivery that trips its channel must not keep the rest from being sent: the executor holds what was raised.
        for future in [future for future in self._on_the_way if future.done()]:
            job, error = self._on_the_way.pop(future), future.exception()
            self._record(job, future.result() if error is None else _tripped(error))

    def _record(self, job: _Job, outcome: Outcome) -> None:
        delivery, channel = job.delivery, job.channel
        outcome = self._without_secrets(outcome)
        now = self._clock()
        n_attempts = delivery.n_attempts + 1
        if outcome.kind in ("transient", "unknown", "rate"):
            self._n_failures[channel.credential] = self._n_failures.get(channel.credential, 0) + 1
            backoff_s = retry_delay_s(max(n_attempts, self._n_failures[channel.credential]), self._rng)
            due = now + (backoff_s if outcome.wait_s is None else outcome.wait_s)
            stop_kind: StopKind = "rate" if outcome.kind == "rate" else "down"
            self._outbox.stop(channel.credential, stop_kind, until=due, reason=outcome.reason)
            self._outbox.finish(
                delivery.id, outcome, state="queued", due=due, memo=job.errand.memo, is_repeat=outcome.kind == "unknown"
            )
            return
        self._n_failures.pop(channel.credential, None)
        hold_key = channel.target if outcome.scope == "target" else channel.credential
        if outcome.kind == "sent":
            self._outbox.finish(delivery.id, outcome, state="sent", due=delivery.due, memo=job.errand.memo)
            if self._outbox.find_stop(channel.credential, channel.target) is not None:
                self._outbox.clear_stops(channel.credential, channel.target)
        elif outcome.kind in ("auth", "quota"):
            until = next_month(now) if outcome.kind == "quota" else None
            self._outbox.stop(hold_key, outcome.kind, until=until, reason=outcome.reason)
            self._outbox.finish(
                delivery.id, outcome, state="failed", due=delivery.due, memo=job.errand.memo,
                hold=outcome.kind, hold_key=hold_key,
            )  # fmt: skip
            self._fall_back(delivery)
            self._tell_stopped(delivery, channel, outcome, hold_key)
        else:
            self._outbox.finish(delivery.id, outcome, state="failed", due=delivery.due, memo=job.errand.memo)
        if is_given(delivery.channel) and not self._outbox.has_open(delivery.channel):
            given_path(delivery.channel, self._settings).unlink(missing_ok=True)

    def _fall_back(self, delivery: Delivery) -> None:
        """Sends what a stopped channel cannot through the channels of the setting `fallback`, once."""
        names = self._settings.words("fallback")
        if names:
            self._queue_elsewhere(delivery, self._outbox.read_message(delivery.id), names, "fallback")

    def _tell_stopped(self, delivery: Delivery, channel: Channel, outcome: Outcome, hold_key: str) -> None:
        """Says through the other configured channels that this one is off."""
        why = "its quota of this month is used up" if outcome.kind == "quota" else "its token was refused"
        end = "next month" if outcome.kind == "quota" else "the token changes"
        body = f"{outcome.reason}\nIt is off until {end}; `goodfit notify log` shows what was not sent."
        message = make_message(f"{channel.label} is off: {why}", body, severity="warning")
        names = self._settings.default_channel_names()
        stopped = channel.credential if outcome.scope == "credential" else ""
        self._queue_elsewhere(delivery, message, names, f"stopped:{hold_key}", stopped=stopped)

    def _queue_elsewhere(
        self, delivery: Delivery, message: Message, names: Sequence[str], why: str, *, stopped: str = ""
    ) -> None:
        """Queues a message through those of the named channels that differ from the delivery's own.

        Args:
            delivery: what could not be sent.
            message: what to send instead.
            names: of the channels to try.
            why: makes the message one that is queued once.
            stopped: a credential that cannot be used.
        """
        routes = []
        for name in names:
            if name == delivery.channel or "://" in name:
                continue
            try:
                channel = resolve(name, 0, self._settings)
            except GoodfitError:
                continue  # it says so itself when something is sent to it
            if channel is not None and not isinstance(channel, LocalChannel) and channel.credential != stopped:
                routes.append(Route(name, 0, channel.label))
        if routes:
            identity = f"{why}:{delivery.alert_id if why == 'fallback' else delivery.channel}"
            self._outbox.queue(message, routes, sender_key=self.key, kind=delivery.kind, identity=identity)


def _tripped(error: BaseException) -> Outcome:
    """The outcome of a request in which a channel raised: an attempt like any other, given up with the time to live."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return Outcome("transient", shorten_reason(f"{type(error).__name__}: {error} (at {where.name}:{where.lineno})"))
