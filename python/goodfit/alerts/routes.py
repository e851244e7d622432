"""Names and addresses of channels ↔ routes: what the outbox stores, and what a sender makes of it.

The outbox holds names only. An address that was given in a call has no name: it waits in a file of its own in
`config.d/` of the config folder, readable by its owner only, until its last delivery is over.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goodfit.alerts.channels import Channel, fingerprint, open_channels
from goodfit.alerts.delivery import Route
from goodfit.config import ChannelSetting, Settings, toml_string, write_owner_only
from goodfit.errors import BadArgument, ConfigError

_GIVEN = "given:"
# Channels that a variable or the config brings into being; named before they exist, they wait for it.
KNOWN_NAMES = {
    "pushbullet": "set PUSHBULLET_TOKEN, or: goodfit notify add pushbullet",
    "slack": "set SLACK_WEBHOOK_URL, or: goodfit notify add slack",
    "discord": "set DISCORD_WEBHOOK_URL, or: goodfit notify add discord",
    "telegram": "set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or: goodfit notify add telegram",
    "ntfy": "set GOODFIT_NTFY_URL, or: goodfit notify add ntfy",
    "webhook": "set GOODFIT_WEBHOOK_URL, or: goodfit notify add webhook",
    "email": "set GOODFIT_EMAIL_URL, or: goodfit notify add email",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A route and, where its address is known now, the channel behind it."""

    route: Route
    channel: Channel | None
    min_severity: str = "info"


def find_targets(channels: Sequence[str], settings: Settings) -> list[Target]:
    """The targets that channel names and addresses stand for, each once, in order.

    A known name without an address (no token yet) gives a target without a channel: its delivery waits.

    Raises:
        ConfigError: a name or an address means nothing here.
        BadArgument: `channels` holds something else than text.
    """
    configured = settings.channels()
    found: dict[tuple[str, int], Target] = {}
    for word in channels:
        if not isinstance(word, str):
            raise BadArgument(f"channel is {type(word).__name__}, wanted a name or an address.")
        if "://" in word:
            name, setting = mark_of(word), ChannelSetting(word, word, "given")
        elif word in configured:
            name, setting = word, configured[word]
        elif word in KNOWN_NAMES:
            found.setdefault((word, 0), Target(Route(word, 0, word), None))
            continue
        else:
            names = ", ".join(sorted({*configured, *KNOWN_NAMES}))
            raise ConfigError(f"channel {word!r} is not known; known are {names}.", hint="goodfit notify list")
        for idx, channel in enumerate(open_channels(setting.url, settings)):
            route = Route(name, idx, channel.label)
            found.setdefault((name, idx), Target(route, channel, setting.min_severity))
    return list(found.values())


def resolve(channel_name: str, target_idx: int, settings: Settings) -> Channel | None:
    """The channel that a stored route means now; None while its address is not known here.

    Raises:
        ConfigError: the address is known but malformed.
    """
    if channel_name.startswith(_GIVEN):
        url = _read_given(given_path(channel_name, settings))
    else:
        setting = settings.channels().get(channel_name)
        url = None if setting is None else setting.url
    if url is None:
        return None
    channels = open_channels(url, settings)
    return channels[min(target_idx, len(channels) - 1)]


def mark_of(word: str) -> str:
    """What stands for a channel's name or address where no secret may stand: the name, or the address's fingerprint."""
    return _GIVEN + fingerprint("given", word) if "://" in word else word


def keep_given(channels: Sequence[str], settings: Settings) -> None:
    """Writes the addresses among `channels` where a later sender finds them."""
    for word in channels:
        if "://" in word:
            path = given_path(mark_of(word), settings)
            if not path.exists():
                write_owner_only(path, f"url = {toml_string(word)}\n")


def is_given(channel_name: str) -> bool:
    """Whether a stored channel name stands for an address that was given in a call."""
    return channel_name.startswith(_GIVEN)


def given_path(channel_name: str, settings: Settings) -> Path:
    """The file that holds the address of a channel given in a call."""
    return settings.config_dir / "config.d" / f"{channel_name.removeprefix(_GIVEN)}.toml"


def _read_given(path: Path) -> str | None:
    try:
        url = tomllib.loads(path.read_text(encoding="utf-8")).get("url")
    except FileNotFoundError:
        return None
    return url if isinstance(url, str) else None
