"""What a mirror asks of an object store or a web server: which event files there are, and bytes of them.

A file is known by its key, its path below the address, and its version: a text that changes whenever the content does
(an ETag, or what stands for it).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from goodfit.events.logdir import EVENT_FILE_PART, PROFILE_MARKER

PROJECTOR_CONFIG = "projector_config.pbtxt"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as its store lists it."""

    key: str
    """Its path below the address, parts joined by `/`."""
    size_bytes: int
    version: str
    modified_s: float
    """Wall time, seconds since the epoch."""


@dataclass(slots=True)
class Listed:
    """What a remote folder holds at one moment."""

    files: list[RemoteFile] = field(default_factory=list)
    """Those that are worth having."""
    n_seen: int = 0
    """Files of all kinds."""
    skipped: dict[str, str] = field(default_factory=dict)
    """By key or part of one: what could not be listed, and why."""


class Changed(Exception):
    """The file is no longer the version that was listed."""


class Gone(Exception):
    """The file is no longer there."""


class Source(Protocol):
    """An object store or a web server.

    Its methods raise LogFolderError for what will not pass by itself (rights, names), RemoteError for what may. Neither
    holds an address with a password, a token or a query.
    """

    is_serial: bool
    """Whether a file is better read from its start to its end than in parts at the same time."""

    async def probe(self) -> None:
        """Asks for the first part of the listing and throws it away: raises what a listing would."""

    async def list_files(self) -> Listed:
        """Every file that `is_wanted`."""

    def read(self, file: RemoteFile, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes `[start, stop)` of a file, in pieces; it may end too soon. Raises Changed and Gone, too."""

    async def close(self) -> None:
        """Lets go of connections."""


def is_wanted(key: str) -> bool:
    """Whether a file has a place in the mirror: event files, and what says where the points of a projector lie."""
    name = key.rpartition("/")[2]
    return (EVENT_FILE_PART in name and PROFILE_MARKER not in name) or name == PROJECTOR_CONFIG
