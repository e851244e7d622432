"""The server's settings: where it listens, who may ask, what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a user may choose about serving."""

    logdir: str = "."
    """As the user typed it; shown on the page."""
    host: str = "127.0.0.1"
    port: int = 6006
    token: str | None = None
    """Asked of every request for data when given."""
    base_path: str = ""
    """Prefix of every address, beginning with `/` and without one at the end; empty for none."""
    window_title: str = ""
    allowed_hosts: tuple[str, ...] = ()
    """Names beyond the loopback ones and `host` by which the server may be addressed (a proxy's name)."""
    frame_ancestors: tuple[str, ...] = ("'self'",)
    """Sources that may show the page in a frame, as in CSP."""
    static: Path = STATIC
    """Folder of the built page."""
    shelf_path: Path | None = None
    """Where names, notes and saved views are kept; None keeps them in memory."""


def clean_base_path(text: str) -> str:
    """`jupyter/proxy/` → `/jupyter/proxy`; empty and `/` → empty.

    >>> clean_base_path("lab/tb/")
    '/lab/tb'
    """
    stripped = "/".join(part for part in text.split("/") if part)
    return f"/{stripped}" if stripped else ""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    import ipaddress

    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
