"""`goodfit.notify`: words → queued deliveries, and a sender that takes them.

The calling process writes one transaction to disk and makes no network request. Separate calls are never merged.
"""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from goodfit import config
from goodfit.alerts.channels import LocalChannel
from goodfit.alerts.delivery import Delivery, DeliveryState
from goodfit.alerts.launch import lock_path, sender_key, start_sender
from goodfit.alerts.message import Attachment, HasSavefig, Message, fit, make_attachment, make_message
from goodfit.alerts.outbox import TTL_END_S, Outbox
from goodfit.alerts.process_lock import is_held
from goodfit.alerts.redaction import Redactor, find_secrets
from goodfit.alerts.routes import KNOWN_NAMES, Target, find_targets, keep_given
from goodfit.errors import GoodfitError
from goodfit.types import Severity

_LAST_WORDS_S = 3.0
_STARTING_S = 0.2  # within which a sender that another process starts has been signed for
_SEVERITIES = ("info", "warning", "error")
_NO_CHANNEL_HINT = (
    "goodfit: no channel is set up, so this went to the terminal only.\n"
    "hint: set PUSHBULLET_TOKEN, or run: goodfit notify add pushbullet\n"
)


def notify(
    title: str,
    body: str = "",
    *,
    channels: Sequence[str] | str | None = None,
    attach: bytes | str | Path | HasSavefig | Attachment | None = None,
    alt: str = "",
    severity: Severity = "info",
    link: str | None = None,
) -> list[str]:
    """Queues a message for people and returns the deliveries' ids, one a target.

    It is on disk when this returns; a process of its own sends it, and tries again until it arrives or a day has
    passed. `goodfit notify log` shows how that went. Secrets that this process knows are taken out of the words.

    Args:
        title: one line; one longer than 60 characters is shortened and stands in full at the head of the body.
        body: plain text.
        channels: names (`pushbullet`, `console`, …) or addresses (`pushbullet://TOKEN`). None: the configured ones,
            or the terminal when there are none.
        attach: a picture or file: its bytes, a path, or a matplotlib figure.
        alt: what the picture shows.
        severity: `info`, `warning` or `error`.
        link: an http or https address to open.

    Raises:
        BadArgument: an argument is not of its kind.
        ConfigError: a channel is not known, or the settings are wrong.
        DeliveryError: the message could not be written to disk.
    """
    settings = config.load()
    attachment = None if attach is None else make_attachment(attach, alt=alt)
    message = make_message(title, body, severity=severity, link=link, attachment=attachment)
    names = [channels] if isinstance(channels, str) else None if channels is None else list(channels)
    ids = queue_message(message, names, settings)
    if settings.ends_with_us:
        LAST_WORDS.add(ids)
    return ids


def queue_message(
    message: Message,
    channels: Sequence[str] | None,
    settings: config.Settings,
    *,
    kind: str = "notify",
    identity: str | None = None,
    ttl_s: float = TTL_END_S,
) -> list[str]:
    """Queues a message and sees to its sending; the deliveries' ids, empty when `identity` was told before.

    Args:
        message: as it is to be read; secrets are taken out here.
        channels: names or addresses; None for the configured ones.
        settings: of this process.
        kind: what sort of alert it is.
        identity: what it is about, told once; None for always.
        ttl_s: after how long it is not worth telling.
    """
    names = settings.default_channel_names() if channels is None else tuple(channels)
    if not names:
        names = ("console",)
        if channels is None:
            _write_stderr(_NO_CHANNEL_HINT)
    given = [name for name in names if isinstance(name, str) and "://" in name]
    redact = Redactor(find_secrets(settings, given))
    message = fit(_redacted(message, redact))
    targets = [target for target in find_targets(names, settings) if _is_wanted(message, target, channels)]
    keep_given(given, settings)
    with Outbox(settings.outbox_path) as outbox:
        ids = outbox.queue(
            message,
            [target.route for target in targets],
            sender_key=sender_key(settings),
            kind=kind,
            identity=identity,
            ttl_s=ttl_s,
        )
        # A sender may have dropped the address between, when an earlier message to it was just over.
        keep_given(given, settings)
        if not ids:
            return []
        for delivery_id, target in zip(ids, targets, strict=True):
            if isinstance(target.channel, LocalChannel):
                _show_here(outbox, delivery_id, target.channel, message)
            elif target.channel is None:
                _write_stderr(
                    f"goodfit: {target.route.channel} has no address yet; the message waits in the outbox.\n"
                    f"hint: {KNOWN_NAMES[target.route.channel]}\n"
                )
    if any(target.channel is not None and not isinstance(target.channel, LocalChannel) for target in targets):
        start_sender(settings)
    return ids


def wait_for_answers(settings: config.Settings, ids: Sequence[str], *, timeout_s: float) -> None:
    """Waits until each delivery has been tried once, nobody is left who could, or the time is over.

    Only where the system ends our sender together with us (a container, a batch job); elsewhere it lives on.
    """
    deadline = time.monotonic() + timeout_s
    lock = lock_path(settings, sender_key(settings))
    has_sender_until = time.monotonic() + _STARTING_S
    with Outbox(settings.outbox_path) as outbox:
        while time.monotonic() < deadline:
            deliveries = outbox.list_deliveries(ids=ids)
            if all(d.state not in ("queued", "sending") or _has_answer(d) for d in deliveries):
                return
            if is_held(lock):
                has_sender_until = time.monotonic() + _STARTING_S
            elif time.monotonic() > has_sender_until:
                return  # as when the channel has no address: the message waits, and so need not we
            time.sleep(0.02)


def _has_answer(delivery: Delivery) -> bool:
    return any(attempt.outcome != "started" for attempt in delivery.attempts)


class LastWords:
    """Deliveries that this process waits for at its end, where its sender would end with it. One instance,
    `LAST_WORDS`."""

    def __init__(self) -> None:
        self._ids: list[str] = []

    def add(self, ids: Sequence[str]) -> None:
        """Waits for these, too; at most 3 s in all."""
        if not self._ids:
            atexit.register(self._wait)
        self._ids += ids

    def _wait(self) -> None:
        try:
            wait_for_answers(config.load(), self._ids, timeout_s=_LAST_WORDS_S)
        except GoodfitError as error:
            _write_stderr(f"goodfit: {error}\n")


LAST_WORDS = LastWords()


def _is_wanted(message: Message, target: Target, channels: Sequence[str] | None) -> bool:
    """A channel's minimum severity counts where the channel was not named for this message."""
    return channels is not None or _SEVERITIES.index(message.severity) >= _SEVERITIES.index(target.min_severity)


def _redacted(message: Message, redact: Redactor) -> Message:
    attachment = message.attachment
    if attachment is not None:
        attachment = replace(attachment, alt=redact(attachment.alt))
    link = None if message.link is None else redact(message.link)
    return replace(message, title=redact(message.title), body=redact(message.body), link=link, attachment=attachment)


def _show_here(outbox: Outbox, delivery_id: str, channel: LocalChannel, message: Message) -> None:
    """Delivers through a channel of this process, recording it like any other."""
    memo = outbox.claim(delivery_id, owner="here", lease_s=0.0)
    if memo is not None:
        outcome = channel.show(message)
        state: DeliveryState = "sent" if outcome.kind == "sent" else "failed"
        outbox.finish(delivery_id, outcome, state=state, due=outbox.clock(), memo=memo)


def _write_stderr(text: str) -> None:
    """Says something to the person at the terminal; nothing happens where there is none."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            return
