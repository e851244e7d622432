"""A log folder → its runs: the folders that directly hold event files, with the files of each.

A run is named by its folder's path below the log folder, with forward slashes (`.` for the log folder itself), as in
TensorBoard. Links are followed; loops end. A log folder that does not exist (yet) has no runs.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from goodfit import _core
from goodfit.types import ReadIssue

EVENT_FILE_PART = "tfevents"
"""A file is an event file when its name contains this: TensorBoard's rule."""
PROFILE_MARKER = ".profile-empty"
"""An empty file under such a name marks a profile; it says nothing of a run."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One event file as the folder listing showed it."""

    path: str
    size_bytes: int
    identity: tuple[int, int]
    """Device and inode; (0, 0) where the system has none."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a log folder held at one moment."""

    runs: dict[str, list[FoundFile]]
    """Files by run: runs sorted by name, files in the order of their writing (time in the name, then numbers)."""
    unreadable: dict[str, ReadIssue]
    """By path on disk: folders and files that could not be looked at."""


def printable(name: str) -> str:
    """`name` as text that can be encoded: bytes that are no UTF-8 become `\\xff` escapes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name


def relative_path(path: str, root: str) -> str:
    """`path` below `root`, with forward slashes and printable; the bare name when `path` is the root itself."""
    below = path[len(root) :].lstrip(os.sep) if path.startswith(root) else path
    return printable(below.replace(os.sep, "/") or Path(path).name)


def list_event_files(root: Path) -> Listing:
    """Finds the event files below `root`, or the one file that `root` names.

    Raises nothing: what cannot be looked at is told in `Listing.unreadable`.
    """
    base = str(root)
    try:
        if root.is_file():
            status = root.stat()
            file = FoundFile(base, status.st_size, (status.st_dev, status.st_ino))
            return Listing({".": [file]}, {})
        found, failed = _core.find_files(base, EVENT_FILE_PART, PROFILE_MARKER)
    except (FileNotFoundError, NotADirectoryError):
        return Listing({}, {})
    except OSError as error:
        return Listing({}, {base: _unreadable(".", error.strerror or str(error))})
    runs = {
        run: [FoundFile(path, size_bytes, (device, inode)) for path, size_bytes, device, inode in files]
        for run, files in found
    }
    unreadable = {
        path: _unreadable(relative_path(path, base), message)
        for path, number, message in failed
        if number not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
    }
    return Listing(runs, unreadable)


def _unreadable(path: str, why: str) -> ReadIssue:
    return ReadIssue(path=path, offset=0, kind="unreadable", skipped_bytes=0, detail=why)
