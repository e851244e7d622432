"""Messages → a Discord channel, by a webhook, pictures included.

`discord+https://discord.com/api/webhooks/ID/TOKEN`, or `discord://ID/TOKEN`.
Source: https://discord.com/developers/docs/resources/webhook#execute-webhook
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from goodfit.alerts.channels import Channel, Errand, fingerprint, require
from goodfit.alerts.channels.http import Http, classify
from goodfit.alerts.message import Message, cut
from goodfit.alerts.outcome import MAX_RATE_WAIT_S, MIN_RATE_WAIT_S, Outcome, shorten_reason
from goodfit.config import Settings

_MAX_CONTENT = 2000


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The channel of the address. Raises ConfigError."""
    address = url.partition("+")[2] if url.startswith("discord+") else f"https://discord.com/api/webhooks/{url[10:]}"
    words = [word for word in urlsplit(address).path.split("/") if word]
    require(
        address.startswith(("https://", "http://")) and len(words) >= 4,
        "a Discord address is not a webhook's.",
        "discord+https://discord.com/api/webhooks/ID/TOKEN",
    )
    return [Discord(address.partition("?")[0])]


class Discord(Channel):
    """One webhook of one Discord channel."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.label = f"discord ({urlsplit(address).netloc})"
        self.credential = self.target = fingerprint("discord", address)

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Posts the message and waits for its id; nobody is mentioned by what stands in it."""
        text = "\n".join(line for line in (f"**{message.title}**", message.body, message.link or "") if line)
        payload: dict[str, Any] = {"content": cut(text, _MAX_CONTENT), "allowed_mentions": {"parse": []}}
        content: dict[str, Any] = {"json": payload}
        file = message.attachment
        if file is not None:
            payload["attachments"] = [{"id": 0, "filename": file.file_name, "description": file.alt[:1024]}]
            content = {
                "data": {"payload_json": json.dumps(payload)},
                "files": {"files[0]": (file.file_name, file.data, file.media_type)},
            }
        answer = http.request("POST", f"{self._address}?wait=true", **content)
        if isinstance(answer, Outcome):
            return answer
        outcome = classify(answer, http.clock())
        body = answer.json()
        body = body if isinstance(body, dict) else {}
        if outcome.kind == "rate" and outcome.wait_s is None and isinstance(body.get("retry_after"), int | float):
            wait_s = min(max(float(body["retry_after"]), MIN_RATE_WAIT_S), MAX_RATE_WAIT_S)
            return Outcome("rate", outcome.reason, answer.status_code, wait_s=wait_s)
        if outcome.kind == "sent":
            if not body.get("id"):
                reason = shorten_reason(f"HTTP {answer.status_code}, but not Discord's answer: {answer.text}")
                return Outcome("transient", reason, answer.status_code)
            return Outcome("sent", status_code=answer.status_code, remote_id=str(body["id"]))
        if answer.status_code == 404:
            return Outcome("auth", outcome.reason, 404)  # the webhook was deleted: nothing will arrive until it changes
        return outcome
