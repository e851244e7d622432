"""Messages → any service that Apprise knows: `apprise+ADDRESS`, with the extra `goodfit[notify]`.

Apprise tells success from failure in words only, so an HTTP status is read out of what it logs. It is asked for one
address and one attempt at a time: repeating is the sender's.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import logging
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.alerts.channels import Channel, Errand, fingerprint, require
from goodfit.alerts.message import Message
from goodfit.alerts.outcome import Outcome, shorten_reason
from goodfit.config import Settings
from goodfit.errors import MissingExtra

if TYPE_CHECKING:
    from goodfit.alerts.channels.http import Http

_CODE = re.compile(r"error=(\d{3})")


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The channel of the address. Raises MissingExtra without Apprise, ConfigError without an address."""
    address = url.partition("+")[2]
    require(
        "://" in address, "an Apprise address is not one.", "apprise+scheme://…, see https://github.com/caronc/apprise"
    )
    if importlib.util.find_spec("apprise") is None:
        raise MissingExtra.named("apprise", "notify", f"the channel {address.partition('://')[0]!r}")
    return [Apprise(address)]


class Apprise(Channel):
    """One address of a service that Apprise knows."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.label = f"apprise+{address.partition('://')[0]}://…"
        self.credential = self.target = fingerprint("apprise", address)

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Hands the message to Apprise."""
        # By name: it has no types, and is not there for most.
        service = importlib.import_module("apprise").Apprise()
        if not service.add(self._address):
            return Outcome("config", "Apprise does not take this address")
        text = "\n".join(line for line in (message.body, message.link or "") if line) or message.title
        log = io.StringIO()
        handler = logging.StreamHandler(log)
        logger = logging.getLogger("apprise")
        logger.addHandler(handler)
        try:
            with tempfile.TemporaryDirectory() as folder:
                keywords: dict[str, Any] = {"title": message.title, "body": text}
                if message.attachment is not None:
                    path = Path(folder) / Path(message.attachment.file_name).name
                    path.write_bytes(message.attachment.data)
                    keywords["attach"] = str(path)
                is_sent = bool(service.notify(**keywords))
        finally:
            logger.removeHandler(handler)
        if is_sent:
            return Outcome("sent")
        words = shorten_reason(log.getvalue()) or "Apprise could not send it"
        found = _CODE.search(words)
        code = int(found[1]) if found else None
        if code in (401, 403):
            return Outcome("auth", words, code)
        is_permanent = code is not None and 400 <= code < 500 and code not in (408, 425, 429)
        return Outcome("permanent" if is_permanent else "transient", words, code)
