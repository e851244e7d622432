"""Messages → a Slack channel, by an incoming webhook.

`slack+https://hooks.slack.com/services/T…/B…/…`, or `slack://T…/B…/…`. A webhook cannot take files, so a picture is
named in words. Source: https://api.slack.com/messaging/webhooks
"""

from __future__ import annotations

from urllib.parse import urlsplit

from goodfit.alerts.channels import Channel, Errand, fingerprint, require
from goodfit.alerts.channels.http import Http, classify
from goodfit.alerts.message import Message, cut
from goodfit.alerts.outcome import Outcome, shorten_reason
from goodfit.config import Settings

_MAX_TEXT = 30_000  # Slack cuts at 40,000 characters
_MARK = {"info": "", "warning": "⚠️ ", "error": "🔴 "}


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The channel of the address. Raises ConfigError."""
    address = url.partition("+")[2] if url.startswith("slack+") else f"https://hooks.slack.com/services/{url[8:]}"
    words = [word for word in urlsplit(address).path.split("/") if word]
    require(
        address.startswith(("https://", "http://")) and len(words) >= 3,
        "a Slack address is not a webhook's.",
        "slack+https://hooks.slack.com/services/T…/B…/…",
    )
    return [Slack(address)]


class Slack(Channel):
    """One webhook of one Slack channel."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.label = f"slack ({urlsplit(address).netloc})"
        self.credential = self.target = fingerprint("slack", address)

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Posts the message as text; `&`, `<` and `>` are the only characters with a meaning of their own."""
        lines = [f"{_MARK[message.severity]}*{message.title}*", message.body, message.link or ""]
        if message.attachment is not None and message.attachment.alt:
            lines.append(f"(picture: {message.attachment.alt})")
        text = cut("\n".join(line for line in lines if line), _MAX_TEXT)
        for character, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(character, name)
        answer = http.request("POST", self._address, json={"text": text})
        if isinstance(answer, Outcome):
            return answer
        outcome = classify(answer, http.clock())
        if outcome.kind == "sent" and answer.text.strip() != "ok":
            reason = shorten_reason(f"HTTP {answer.status_code}, but not Slack's answer: {answer.text}")
            return Outcome("transient", reason, answer.status_code)
        return outcome
