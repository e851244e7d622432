"""Channel addresses → channels, one file each; each sends one message to one target and says how that ended.

An address is `scheme://…`. The modules are imported on first use, so that a command which only lists channels loads
none. Channels never retry, never log and never raise for what a service answers: they return an `Outcome`, and the
sender decides.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from goodfit.alerts.message import Message
from goodfit.alerts.outcome import Outcome
from goodfit.config import Settings
from goodfit.errors import ConfigError

if TYPE_CHECKING:
    from goodfit.alerts.channels.http import Http

# First part of the scheme (before a `+`) → module of this package.
_MODULES = {
    "pushbullet": "pushbullet",
    "pbul": "pushbullet",
    "console": "console",
    "desktop": "desktop",
    "slack": "slack",
    "discord": "discord",
    "telegram": "telegram",
    "ntfy": "ntfy",
    "webhook": "webhook",
    "https": "webhook",
    "http": "webhook",
    "smtps": "email",
    "smtp": "email",
    "apprise": "everything_else",
}


@dataclass(slots=True)
class Errand:
    """One delivery on its way: what a channel needs beside the message."""

    delivery_id: str
    """A UUID, the same at every attempt: the key that makes a repeat safe."""
    created: float
    """When the alert arose, seconds since the epoch."""
    now: float
    memo: dict[str, str] = field(default_factory=dict)
    """What earlier attempts already did (an uploaded picture's address); kept on disk between attempts."""
    is_repeat: bool = False
    """Whether an earlier attempt may have arrived without our knowing."""


class Channel:
    """One way to one target."""

    label: str
    """The address without its secrets, for people."""
    credential: str
    """Fingerprint of service and credential: channels that share it share limits and stops."""
    target: str
    """Fingerprint of credential and target."""
    is_idempotent: ClassVar[bool] = False
    """Whether the service itself drops a repeat of the same delivery."""

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Sends the message; the outcome says how that ended. Never raises for what the service or network did."""
        raise NotImplementedError


class LocalChannel(Channel):
    """A way to the person at this process: used in the calling process, at once, without a network."""

    def show(self, message: Message) -> Outcome:
        """Shows the message."""
        raise NotImplementedError

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Shows the message from a sender, when the process that had it ended before it could."""
        return self.show(message)


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The channels that an address stands for: one for each target it names.

    Raises:
        ConfigError: the scheme is unknown or the address malformed; the message holds no secret.
    """
    scheme = urlsplit(url).scheme.partition("+")[0].lower()
    module_name = _MODULES.get(scheme)
    if module_name is None:
        raise ConfigError(
            f"channel address begins with {scheme + '://' if scheme else 'no scheme'!r}, which no channel answers to.",
            hint="goodfit notify add --help lists the channels",
        )
    module = importlib.import_module(f"goodfit.alerts.channels.{module_name}")
    channels: list[Channel] = module.open_channels(url, settings)
    return channels


def list_schemes() -> list[str]:
    """The schemes that an address may begin with, sorted."""
    return sorted(_MODULES)


def fingerprint(*parts: str) -> str:
    """A short name of secret parts that does not give them away (128 bits of SHA-256)."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def require(condition: object, what: str, hint: str) -> None:
    """Raises ConfigError saying `what` is wrong with an address, unless the condition holds."""
    if not condition:
        raise ConfigError(what, hint=hint)


def first(query: Mapping[str, list[str]], *names: str) -> str | None:
    """The first value of the first of these names that a parsed query has."""
    for name in names:
        if query.get(name):
            return query[name][0]
    return None
