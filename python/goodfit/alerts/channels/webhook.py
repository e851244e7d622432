"""Messages → signed JSON, posted to an address of one's own.

`https://host/path` (or `webhook+https://…`), with `?secret=…` to sign; the secret is taken out of the address. The
headers:

    Idempotency-Key: UUID of the delivery, the same at every repeat
    X-Goodfit-Timestamp: unix seconds
    X-Goodfit-Signature: sha256=HEX, the HMAC-SHA256 of `timestamp.body` under the secret
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from goodfit.alerts.channels import Channel, Errand, fingerprint, require
from goodfit.alerts.channels.http import Http, classify
from goodfit.alerts.message import Message
from goodfit.alerts.outcome import Outcome
from goodfit.config import Settings


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The channel of the address. Raises ConfigError."""
    address = url.removeprefix("webhook+")
    parts = urlsplit(address)
    require(
        parts.scheme in ("http", "https") and parts.hostname, "a webhook's address is not one.", "https://host/path"
    )
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    secret = next((value for name, value in pairs if name == "secret"), "")
    query = urlencode([(name, value) for name, value in pairs if name != "secret"])
    return [Webhook(urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")), secret)]


class Webhook(Channel):
    """One address."""

    is_idempotent: ClassVar[bool] = True  # by its header; a receiver that ignores it has been told

    def __init__(self, address: str, secret: str) -> None:
        self._address, self._secret = address, secret
        self.label = f"webhook ({urlsplit(address).netloc.rpartition('@')[2]})"
        self.credential = self.target = fingerprint("webhook", address, secret)

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Posts the message; any 2xx counts as taken."""
        file = message.attachment
        body = json.dumps(
            {
                "schema": 1,
                "id": errand.delivery_id,
                "title": message.title,
                "body": message.body,
                "severity": message.severity,
                "link": message.link,
                "created": errand.created,
                "attachment": None
                if file is None
                else {
                    "file_name": file.file_name,
                    "media_type": file.media_type,
                    "alt": file.alt,
                    "data_base64": b64encode(file.data).decode(),
                },
            },
            ensure_ascii=False,
        ).encode()
        timestamp = str(int(http.clock()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": errand.delivery_id,
            "X-Goodfit-Timestamp": timestamp,
        }
        if self._secret:
            headers["X-Goodfit-Signature"] = sign(self._secret, timestamp, body)
        answer = http.request("POST", self._address, headers=headers, content=body)
        return answer if isinstance(answer, Outcome) else classify(answer, http.clock())


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body: `sha256=` and the HMAC-SHA256 of `timestamp.body`, in hexadecimal.

    >>> sign("key", "0", b"{}")[:15]
    'sha256=7314351d'
    """
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
