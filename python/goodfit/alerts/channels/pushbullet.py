"""Messages → Pushbullet pushes.

`pushbullet://TOKEN[/TARGET…]`; a target is a device's iden, an e-mail address or `#channel_tag` (or `?device=`,
`?email=`, `?channel=`); none reaches all devices of the account. The token travels in the `Access-Token` header, to
the API's host only.

A message with a picture is one push of type `file`, since pushes are counted (500 a month on a free account) and the
words go into its `body`. Source: https://docs.pushbullet.com (2020), and what the service answers today.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from goodfit.alerts.channels import Channel, Errand, fingerprint, first, require
from goodfit.alerts.channels.http import Answer, Http, classify
from goodfit.alerts.message import Message
from goodfit.alerts.outcome import Outcome, next_month, shorten_reason
from goodfit.alerts.redaction import redact_secret
from goodfit.config import Settings

_HINT = "pushbullet://TOKEN, with the token from https://www.pushbullet.com/#settings"


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """A channel for each target of the address. Raises ConfigError."""
    # `#tag` is written with its hash in the path; to urlsplit that is a fragment.
    parts = urlsplit(url.replace("#", "%23"))
    token = unquote(parts.netloc)
    require(
        token and token.isascii() and token.isprintable() and " " not in token,
        "a Pushbullet address has no token.",
        _HINT,
    )
    query = parse_qs(parts.query)
    targets = [_parse_target(unquote(word)) for word in parts.path.split("/") if word]
    for name, field in (("device", "device_iden"), ("email", "email"), ("channel", "channel_tag")):
        value = first(query, name)
        if value:
            targets.append((field, value.removeprefix("#")))
    if not targets:
        return [Pushbullet(settings.pushbullet_url, token)]
    return [Pushbullet(settings.pushbullet_url, token, target) for target in targets]


def _parse_target(word: str) -> tuple[str, str]:
    if word.startswith("#"):
        return "channel_tag", word[1:]
    return ("email", word) if "@" in word else ("device_iden", word)


class Pushbullet(Channel):
    """One target of one Pushbullet account."""

    is_idempotent: ClassVar[bool] = True  # by `guid`

    def __init__(self, base_url: str, token: str, target: tuple[str, str] | None = None) -> None:
        self._base_url = base_url
        self._token = token
        self._target = target
        shown = redact_secret(token) if len(token) >= 8 else "…"
        self.label = f"pushbullet://{shown}" + (f"/{target[1]}" if target else "")
        self.credential = fingerprint("pushbullet", base_url, token)
        self.target = fingerprint(self.credential, *(target or ()))

    def __repr__(self) -> str:
        return f"Pushbullet({self.label})"

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Sends one push; its `guid` is the delivery's id, so that the service returns the earlier push on a repeat."""
        push: dict[str, Any] = {"type": "note", "title": message.title, "body": message.body}
        if message.link is not None:
            push = {"type": "link", "title": message.title, "body": message.body, "url": message.link}
        if message.attachment is not None:
            uploaded = self._upload(message, errand, http)
            if isinstance(uploaded, Outcome) and not _is_picture_problem(uploaded, errand):
                return uploaded
            if isinstance(uploaded, Outcome):
                # The words matter more than the picture.
                push["body"] = f"{push['body']}\n(The picture could not be attached.)".lstrip()
            else:
                lines = [message.title, message.body, message.link or "", message.attachment.alt]
                push = {**uploaded, "type": "file", "body": "\n".join(line for line in lines if line)}
        if self._target is not None:
            push[self._target[0]] = self._target[1]
        push["guid"] = errand.delivery_id
        answer = self._post("/v2/pushes", push, http)
        if isinstance(answer, Outcome):
            return answer
        outcome = self._classify(answer, http.clock())
        if outcome.kind != "sent":
            return outcome
        pushed = answer.json()
        iden = pushed.get("iden") if isinstance(pushed, dict) else None
        if not isinstance(iden, str) or not iden:
            # A captive portal or a proxy answers 200 with a page of its own.
            return Outcome(
                "transient",
                shorten_reason(f"HTTP {answer.status_code}, but not Pushbullet's answer: {answer.text}"),
                status_code=answer.status_code,
            )
        return Outcome("sent", status_code=answer.status_code, remote_id=iden)

    def _upload(self, message: Message, errand: Errand, http: Http) -> dict[str, str] | Outcome:
        """Puts the attachment on the service's storage; the fields of a `file` push, or why that failed."""
        attachment = message.attachment
        assert attachment is not None
        if "file_url" not in errand.memo:
            asked = self._post(
                "/v2/upload-request", {"file_name": attachment.file_name, "file_type": attachment.media_type}, http
            )
            if isinstance(asked, Outcome):
                return asked
            outcome = self._classify(asked, http.clock())
            if outcome.kind != "sent":
                return outcome
            place = asked.json()
            if not isinstance(place, dict) or not all(
                isinstance(place.get(key), str) and place[key].startswith(("https://", "http://"))
                for key in ("file_url", "upload_url")
            ):
                return Outcome("transient", f"HTTP {asked.status_code}, but no place to upload to", asked.status_code)
            legacy = place.get("data")
            # Another host, which is to see the file and nothing of the account: no token here.
            put = http.request(
                "POST",
                place["upload_url"],
                data={key: str(value) for key, value in legacy.items()} if isinstance(legacy, dict) else {},
                files={"file": (attachment.file_name, attachment.data, attachment.media_type)},
            )
            if isinstance(put, Outcome):
                return put
            outcome = classify(put, http.clock())
            if outcome.kind != "sent":
                return Outcome(
                    "permanent" if outcome.is_final else "transient", f"upload: {outcome.reason}", put.status_code
                )
            errand.memo["file_url"] = place["file_url"]
            errand.memo["file_name"] = str(place.get("file_name") or attachment.file_name)
            errand.memo["file_type"] = str(place.get("file_type") or attachment.media_type)
        push = {key: errand.memo[key] for key in ("file_name", "file_type", "file_url")}
        if attachment.media_type.startswith("image/"):
            push["image_url"] = errand.memo["file_url"]
        return push

    def _post(self, path: str, body: dict[str, Any], http: Http) -> Answer | Outcome:
        return http.request("POST", self._base_url + path, headers={"Access-Token": self._token}, json=body)

    def _classify(self, answer: Answer, now: float) -> Outcome:
        """The outcome by Pushbullet's own rules, then by the status."""
        outcome = classify(answer, now)
        if outcome.kind == "sent" or answer.status_code in (429, *range(300, 400)) or answer.status_code >= 500:
            return outcome
        body = answer.json()
        error = body.get("error") if isinstance(body, dict) else None
        error = error if isinstance(error, dict) else {}
        code = str(error.get("code") or (body.get("error_code") if isinstance(body, dict) else "") or "")
        reason = shorten_reason(f"HTTP {answer.status_code} {code}: {error.get('message') or answer.text}")
        if code == "pushbullet_pro_required":
            return Outcome("quota", reason, answer.status_code, wait_s=next_month(now) - now)
        if code == "ratelimited":
            return Outcome("rate", reason, answer.status_code, wait_s=outcome.wait_s)
        if answer.status_code == 403 and self._target is not None and self._target[0] == "channel_tag":
            return Outcome("auth", f"{reason} (is the channel yours?)", 403, scope="target")
        if answer.status_code == 400 and error.get("param") in ("device_iden", "channel_tag", "email"):
            return Outcome("config", reason, answer.status_code)
        return Outcome(outcome.kind, reason, answer.status_code, wait_s=outcome.wait_s)


def _is_picture_problem(outcome: Outcome, errand: Errand) -> bool:
    """Whether to send the words alone: the upload is refused, or has failed three times on the way."""
    if outcome.kind in ("permanent", "config"):
        return True
    if outcome.kind in ("transient", "unknown") and errand.memo.setdefault("failed_uploads", "") is not None:
        errand.memo["failed_uploads"] += "x"
        return len(errand.memo["failed_uploads"]) >= 3
    return False
