"""Messages → a ntfy topic, pictures included.

`ntfy://TOPIC` on ntfy.sh; `ntfy://host/TOPIC` on another server, by https; `ntfy+http://host:port/TOPIC` without TLS.
`user:password@host` or `:tk_token@host` signs in. Source: https://docs.ntfy.sh/publish/
"""

from __future__ import annotations

from base64 import b64encode
from email.header import Header
from urllib.parse import unquote, urlsplit

from goodfit.alerts.channels import Channel, Errand, fingerprint, require
from goodfit.alerts.channels.http import Http, classify
from goodfit.alerts.message import Message, cut
from goodfit.alerts.outcome import Outcome, shorten_reason
from goodfit.config import Settings

_MAX_MESSAGE = 4000  # bytes beyond 4096 turn the message into a file
_PRIORITY = {"info": 3, "warning": 4, "error": 5}
_HINT = "ntfy://TOPIC, or ntfy://host/TOPIC"


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """A channel for each topic of the address. Raises ConfigError."""
    parts = urlsplit(url)
    transport = parts.scheme.partition("+")[2] or "https"
    topics = [unquote(word) for word in parts.path.split("/") if word]
    host = parts.netloc.rpartition("@")[2]
    if not topics:
        host, topics = "ntfy.sh", [unquote(host)]
    require(all(topics) and transport in ("http", "https"), "a ntfy address has no topic.", _HINT)
    authorization = ""
    if parts.password:
        if parts.username:
            authorization = (
                "Basic " + b64encode(f"{unquote(parts.username)}:{unquote(parts.password)}".encode()).decode()
            )
        else:
            authorization = f"Bearer {unquote(parts.password)}"
    return [Ntfy(f"{transport}://{host}", authorization, topic) for topic in topics]


class Ntfy(Channel):
    """One topic of one server."""

    def __init__(self, base: str, authorization: str, topic: str) -> None:
        self._base, self._authorization, self._topic = base, authorization, topic
        # On a server without sign-in whoever knows the topic reads it.
        self.label = f"ntfy ({urlsplit(base).netloc}/{topic[:3]}…)"
        self.credential = fingerprint("ntfy", base, authorization)
        self.target = fingerprint(self.credential, topic)

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Publishes the message; with a picture, the picture's bytes and the words in headers."""
        headers = {"Authorization": self._authorization} if self._authorization else {}
        words = cut(message.body or message.title, _MAX_MESSAGE)
        while len(words.encode()) > _MAX_MESSAGE:
            words = cut(words, len(words) * 3 // 4)
        file = message.attachment
        if file is not None:
            headers |= {
                "Title": _header(message.title), "Message": _header(words.replace("\n", "\\n")),
                "Filename": _header(file.file_name), "Priority": str(_PRIORITY[message.severity]),
            }  # fmt: skip
            answer = http.request("PUT", f"{self._base}/{self._topic}", headers=headers, content=file.data)
        else:
            body = {
                "topic": self._topic, "title": message.title, "message": words,
                "priority": _PRIORITY[message.severity],
            }  # fmt: skip
            if message.link is not None:
                body["click"] = message.link
            answer = http.request("POST", self._base, headers=headers, json=body)
        if isinstance(answer, Outcome):
            return answer
        outcome = classify(answer, http.clock())
        if outcome.kind == "sent":
            published = answer.json()
            iden = published.get("id") if isinstance(published, dict) else None
            if not iden:
                reason = shorten_reason(f"HTTP {answer.status_code}, but not ntfy's answer: {answer.text}")
                return Outcome("transient", reason, answer.status_code)
            return Outcome("sent", status_code=answer.status_code, remote_id=str(iden))
        return outcome


def _header(text: str) -> str:
    """The text as an RFC 2047 word on one line, since header values are ASCII."""
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=10**6).encode()
