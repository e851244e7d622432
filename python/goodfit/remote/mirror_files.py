"""Keys of remote files → files of this machine, below one folder.

    FOLDER/files/RUN/events.out.tfevents.…   what a store reads; grows at its end, or is replaced as a whole
    FOLDER/parts/…                           what is to replace a file, until it is complete
    FOLDER/ledger.sqlite3, FOLDER/turn       see ledger and turn_lock

A file in `files` is never cut or rewritten in place: whoever reads it sees a beginning of one version of it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from goodfit.remote.ledger import Entry

MAX_PART_BYTES = 240
"""Of one part of a path; the usual file systems take 255."""


class MirrorFiles:
    """The files of one mirror."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "files"
        """What a store reads."""
        self._parts = folder / "parts"

    def make_folders(self) -> None:
        """Makes what is missing, for this user alone. Raises OSError."""
        for path in (self.folder, self.root, self._parts):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path_of(self, key: str) -> Path:
        """Where a file lies for the store."""
        return self.root.joinpath(*(_file_name(part) for part in key.split("/")))

    def path_of_entry(self, entry: Entry) -> Path:
        """Where the held bytes of a file lie."""
        if not entry.is_part:
            return self.path_of(entry.key)
        return self._parts / hashlib.sha256(entry.key.encode()).hexdigest()[:32]

    def held_on_disk(self, entry: Entry) -> int:
        """The bytes that are there; 0 when the file is not."""
        try:
            return self.path_of_entry(entry).stat().st_size
        except OSError:
            return 0

    def finish(self, entry: Entry) -> None:
        """Puts a complete file in its place and gives it the time at which the remote file was written."""
        path = self.path_of(entry.key)
        if entry.is_part:
            self.path_of_entry(entry).replace(path)
            entry.is_part = False
        os.utime(path, (entry.modified_s, entry.modified_s))
        # A run without a recorded time is as old as its folder.
        with suppress(OSError):
            os.utime(path.parent, (entry.modified_s, entry.modified_s))

    def remove(self, entry: Entry) -> None:
        """Removes a file and the folders that it leaves empty."""
        with suppress(FileNotFoundError):
            self.path_of_entry(entry).unlink()
        path = self.path_of(entry.key)
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        with suppress(OSError):  # not empty
            while (path := path.parent) != self.root:
                path.rmdir()


def _file_name(part: str) -> str:
    """A part of a key as a file's name: itself, unless no file can have it or it leads elsewhere.

    >>> _file_name("run 1"), _file_name(".."), _file_name("")
    ('run 1', '%2E%2E', '%')
    """
    if part in ("", ".", ".."):
        return part.replace(".", "%2E") or "%"
    for mark in ("\0", "\\", ":") if os.name == "nt" else ("\0",):
        part = part.replace(mark, f"%{ord(mark):02X}")
    name = os.fsencode(part)
    if len(name) <= MAX_PART_BYTES:
        return part
    mark = hashlib.sha256(name).hexdigest()[:16]
    ending = ".tfevents" if "tfevents" in part else ""
    return name[: MAX_PART_BYTES - 32].decode("utf-8", "ignore") + f"~{mark}{ending}"
