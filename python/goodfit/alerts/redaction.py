"""Text → the same text without secrets.

Two passes: the values that are known to be secret here (environment, configured addresses), then the shapes of
well-known tokens. Applied to everything that is queued, sent, stored as a reason or printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from goodfit.config import Settings

_SECRET_NAME = re.compile(r"TOKEN|KEY|SECRET|PASS|AUTH|CREDENTIAL|WEBHOOK", re.IGNORECASE)
# Shorter values of variables (`1`, `true`, `us`) are words of the language as well; replacing them would garble the
# text.
_MIN_SECRET_LENGTH = 8
# A channel's own secret is one for certain, however short.
_MIN_CHANNEL_SECRET_LENGTH = 4
# Variables whose names only look secret: sockets, files and settings of the desktop.
_NOT_SECRET = frozenset({"SSH_AUTH_SOCK", "XAUTHORITY", "KEYBOARD", "GPG_KEY", "SSH_ASKPASS", "GIT_ASKPASS"})

_PATTERNS = (
    re.compile(r"\bo\.[A-Za-z0-9]{20,}"),  # Pushbullet
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}"),  # GitHub
    re.compile(r"\bgithub_pat_[A-Za-z0-9_]{20,}"),
    re.compile(r"\bhf_[A-Za-z0-9]{20,}"),  # Hugging Face
    re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),  # OpenAI, Anthropic
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),  # AWS
    re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),  # Google
    re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),  # Slack
    re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}"),  # GitLab
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"),  # JSON web token
    re.compile(r"\b\d{8,10}:[A-Za-z0-9_-]{35}"),  # Telegram
    re.compile(r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]+"),
    re.compile(r"(?<=/api/webhooks/)\d+/[A-Za-z0-9_-]+"),  # Discord
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user:password@ of an address
    re.compile(r"(?<=Bearer )[A-Za-z0-9._~+/-]{8,}=*"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
)


class Redactor:
    """Takes secrets out of text; made once from the settings."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Longest first: a secret may hold another one as its part.
        known = sorted(
            {value for value in secrets if len(value) >= _MIN_CHANNEL_SECRET_LENGTH}, key=lambda v: (-len(v), v)
        )
        self._replacements = [(value, redact_secret(value)) for value in known]

    def __call__(self, text: str) -> str:
        """The text with every secret shortened to its first characters.

        >>> Redactor(["o.hunter2hunter2"])("token o.hunter2hunter2 refused")
        'token o.hun… refused'
        """
        for value, shown in self._replacements:
            if value in text:
                text = text.replace(value, shown)
        for pattern in _PATTERNS:
            text = pattern.sub(lambda match: redact_secret(match.group()), text)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._replacements)} secrets)"


def redact_secret(secret: str) -> str:
    """A secret's first characters, enough for its owner to tell which one it is.

    >>> redact_secret("o.abcdefghijklmnop"), redact_secret("short"), redact_secret("…")
    ('o.abc…', '…', '…')
    """
    shown = 5 if len(secret) >= 2 * _MIN_SECRET_LENGTH else 3 if len(secret) >= _MIN_SECRET_LENGTH else 0
    return secret[:shown] + "…"


def find_secrets(settings: Settings, urls: Iterable[str] = ()) -> list[str]:
    """The secret values that this process knows: of its environment, its proxies, its channels and `urls`, sorted."""
    found: set[str] = set()
    for name, value in settings.environ.items():
        if _SECRET_NAME.search(name) and name not in _NOT_SECRET:
            found.add(value.strip())
            if "://" in value:
                found.update(_secrets_of_url(value))
    for proxy in settings.proxies.values():
        found.update(_secrets_of_url(proxy))
    found = {value for value in found if len(value) >= _MIN_SECRET_LENGTH}
    for url in (*(channel.url for channel in settings.channels().values()), *urls):
        found.update(_secrets_of_url(url))
    return sorted(value for value in found if len(value) >= _MIN_CHANNEL_SECRET_LENGTH)


def _secrets_of_url(url: str) -> set[str]:
    """The parts of an address that let somebody in: its user and password, a token in place of the host, its path
    words that look random, and the values of its query."""
    parts = urlsplit(url)
    found: set[str] = set()
    if parts.password:
        found.add(parts.password)
        found.add(f"{parts.username or ''}:{parts.password}")
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme in ("pushbullet", "pbul", "telegram"):
        found.add(host)
    found.update(word for word in parts.path.split("/") if _looks_random(word))
    for pair in parts.query.split("&"):
        key, _, value = pair.partition("=")
        if _SECRET_NAME.search(key) or _looks_random(value):
            found.add(value)
    return found | {unquote(value) for value in found}


def _looks_random(word: str) -> bool:
    """Whether a path word could be a token: long, with a digit and a letter."""
    return len(word) >= 16 and any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
