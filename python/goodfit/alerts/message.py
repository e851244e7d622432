"""Words, and perhaps a picture → a message that fits every channel.

Invariants of a fitted message: a title is one line of at most 60 characters; nothing of what was given is lost: a title
that had to be shortened stands in full at the head of the body. Secrets are taken out before fitting: of one that was
cut in two, the rest would not be known again.
"""

from __future__ import annotations

import io
import mimetypes
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from goodfit.errors import BadArgument
from goodfit.types import Severity
from goodfit.wire import printable

MAX_TITLE = 60  # what a phone shows on its lock screen, and W&B's limit of 64 in the round
MAX_BODY = 20_000  # more is a log file, not a message; channels cut further to their own limits
MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024  # Pushbullet's max_upload_size, the smallest of the large ones


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    data: bytes = field(repr=False)
    file_name: str
    media_type: str
    alt: str = ""
    """What the picture shows, for those who do not see it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is to be told."""

    title: str
    body: str = ""
    severity: Severity = "info"
    link: str | None = None
    """An address to open, http or https."""
    attachment: Attachment | None = field(default=None, repr=False)


class HasSavefig(Protocol):
    """A matplotlib figure, or what looks like one."""

    def savefig(self, file: Any, *, format: str) -> Any: ...


def make_message(
    title: str,
    body: str = "",
    *,
    severity: Severity = "info",
    link: str | None = None,
    attachment: Attachment | None = None,
) -> Message:
    """A message with its title on one line, at whatever length; `fit` makes it fit.

    Raises:
        BadArgument: the title is empty or an argument is not text.

    >>> make_message("two\\nlines").title
    'two lines'
    """
    for name, value in (("title", title), ("body", body)):
        if not isinstance(value, str):
            raise BadArgument(f"{name} is {type(value).__name__}, wanted text.")
    line = printable(" ".join(title.split()))
    if not line:
        raise BadArgument("the title is empty, wanted a line of text.")
    if link is not None and not link.startswith(("http://", "https://")):
        raise BadArgument(f"link is {link!r}, wanted an http or https address.")
    return Message(
        title=line,
        body=printable(body),
        severity=severity,
        link=None if link is None else printable(link),
        attachment=attachment,
    )


def fit(message: Message) -> Message:
    """The message within the limits.

    >>> fitted = fit(make_message("a" * 80))
    >>> fitted.title[-3:], len(fitted.title), len(fitted.body)
    ('aa…', 60, 80)
    """
    title, body = message.title, message.body
    if len(title) > MAX_TITLE:
        body = f"{title}\n{body}" if body else title
        title = title[: MAX_TITLE - 1].rstrip() + "…"
    return replace(message, title=title, body=cut(body, MAX_BODY))


def cut(text: str, limit: int) -> str:
    """The text, or its head and tail with a line between that says how much is missing.

    >>> cut("abcdef" * 100, 90)[30:62]
    '…\\n(539 characters left out)\\n…fab'
    """
    if len(text) <= limit:
        return text
    note = "…\n({} characters left out)\n…"
    room = max(limit - len(note.format(len(text))), 0)
    head = room // 2
    tail = room - head
    return text[:head] + note.format(len(text) - head - tail) + (text[-tail:] if tail else "")


def with_prefix(message: Message, prefix: str) -> Message:
    """The fitted message with words put before its title."""
    return fit(replace(message, title=f"{prefix}{message.title}"))


def make_attachment(source: bytes | str | Path | HasSavefig | Attachment, *, alt: str = "") -> Attachment:
    """The attachment made from PNG or JPEG bytes, a path, or a figure.

    Raises:
        BadArgument: the source is none of these, empty, or larger than 25 MB.
    """
    if isinstance(source, Attachment):
        return source
    alt = printable(alt)
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        extension, media_type = _sniff(data)
        attachment = Attachment(data, f"goodfit{extension}", media_type, alt)
    elif isinstance(source, str | Path):
        path = Path(source)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadArgument(f"attachment {str(source)!r} cannot be read: {error.strerror}.") from error
        media_type = mimetypes.guess_type(path.name)[0] or _sniff(data)[1]
        attachment = Attachment(data, printable(path.name), media_type, alt)
    elif callable(getattr(source, "savefig", None)):
        buffer = io.BytesIO()
        source.savefig(buffer, format="png")
        attachment = Attachment(buffer.getvalue(), "figure.png", "image/png", alt)
    else:
        raise BadArgument(f"attach is {type(source).__name__}, wanted bytes, a path or a figure.")
    if not attachment.data:
        raise BadArgument("the attachment is empty.")
    if len(attachment.data) > MAX_ATTACHMENT_BYTES:
        raise BadArgument(f"the attachment has {len(attachment.data)} bytes, wanted at most {MAX_ATTACHMENT_BYTES}.")
    return attachment


def _sniff(data: bytes) -> tuple[str, str]:
    for head, extension, media_type in (
        (b"\x89PNG\r\n\x1a\n", ".png", "image/png"),
        (b"\xff\xd8\xff", ".jpg", "image/jpeg"),
        (b"GIF8", ".gif", "image/gif"),
        (b"%PDF-", ".pdf", "application/pdf"),
    ):
        if data.startswith(head):
            return extension, media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp", "image/webp"
    return ".bin", "application/octet-stream"
