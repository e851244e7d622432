"""Messages → a Telegram chat, by a bot, pictures included.

`telegram://BOT_TOKEN/CHAT`; the chat is a number or `@channel`. `telegram+http://host:port/BOT_TOKEN/CHAT` speaks to
a Bot API server of one's own. Source: https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from goodfit.alerts.channels import Channel, Errand, fingerprint, require
from goodfit.alerts.channels.http import Http, classify
from goodfit.alerts.message import Message, cut
from goodfit.alerts.outcome import MAX_RATE_WAIT_S, MIN_RATE_WAIT_S, Outcome, shorten_reason
from goodfit.alerts.redaction import redact_secret
from goodfit.config import Settings

_MAX_TEXT, _MAX_CAPTION = 4096, 1024


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """A channel for each chat of the address. Raises ConfigError."""
    scheme, _, rest = url.partition("://")
    transport = scheme.partition("+")[2]
    base = "https://api.telegram.org"
    if transport:
        host, _, rest = rest.partition("/")
        base = f"{transport}://{host}"
    words = [unquote(word) for word in urlsplit(f"//{rest}").netloc.split("/") + urlsplit(f"//{rest}").path.split("/")]
    token, *chats = [word for word in words if word] or [""]
    require(":" in token and chats, "a Telegram address has no bot token and chat.", "telegram://BOT_TOKEN/CHAT")
    return [Telegram(base, token, chat) for chat in chats]


class Telegram(Channel):
    """One chat of one bot."""

    def __init__(self, base: str, token: str, chat: str) -> None:
        self._base, self._token, self._chat = base, token, chat
        self.label = f"telegram://{redact_secret(token)}/{chat}"
        self.credential = fingerprint("telegram", base, token)
        self.target = fingerprint(self.credential, chat)

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Sends the message as plain text, or as the picture's caption."""
        text = "\n".join(line for line in (message.title, message.body, message.link or "") if line)
        file = message.attachment
        content: dict[str, Any]
        if file is not None:
            field = "photo" if file.media_type in ("image/png", "image/jpeg") else "document"
            method = "sendPhoto" if field == "photo" else "sendDocument"
            content = {
                "data": {"chat_id": self._chat, "caption": cut(text, _MAX_CAPTION)},
                "files": {field: (file.file_name, file.data, file.media_type)},
            }
        else:
            method = "sendMessage"
            content = {"json": {"chat_id": self._chat, "text": cut(text, _MAX_TEXT)}}
        answer = http.request("POST", f"{self._base}/bot{self._token}/{method}", **content)
        if isinstance(answer, Outcome):
            return answer
        outcome = classify(answer, http.clock())
        body = answer.json()
        body = body if isinstance(body, dict) else {}
        if outcome.kind == "sent":
            if body.get("ok") is not True:
                reason = shorten_reason(f"HTTP {answer.status_code}, but not Telegram's answer: {answer.text}")
                return Outcome("transient", reason, answer.status_code)
            return Outcome("sent", status_code=answer.status_code, remote_id=str(body["result"].get("message_id", "")))
        reason = shorten_reason(f"HTTP {answer.status_code}: {body.get('description') or answer.text}")
        if outcome.kind == "rate":
            wait = body.get("parameters", {}).get("retry_after")
            wait_s = outcome.wait_s if not isinstance(wait, int | float) else float(wait)
            wait_s = None if wait_s is None else min(max(wait_s, MIN_RATE_WAIT_S), MAX_RATE_WAIT_S)
            return Outcome("rate", reason, answer.status_code, wait_s=wait_s)
        if answer.status_code == 403:  # the bot was blocked or thrown out of this chat
            return Outcome("auth", reason, 403, scope="target")
        if answer.status_code == 404:  # what the service says to a token that it does not know
            return Outcome("auth", reason, 404)
        return Outcome(outcome.kind, reason, answer.status_code, wait_s=outcome.wait_s)
