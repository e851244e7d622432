"""What was read of a log folder ↔ a file in the user's cache folder, so that opening it again reads only what is new.

The cache is disposable: it holds nothing that the event files do not, and deleting it, at any time, costs one reading.
It lies outside the log folder, one file per log folder, named by the folder's real path. A run is taken from it only
when each of its files is the one that was read: the same device and inode, and either the same size and times or the
same first and last bytes. Several processes may share it: it is replaced as a whole, and the last one wins.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from goodfit import _core

logger = logging.getLogger(__name__)

SUFFIX = ".gfcache"
MIN_NEW_BYTES = 1_000_000
"""Of event files; reading fewer takes 2 ms."""
MAX_SHARE_NEW = 0.1
"""While points keep coming, the cache is written when this share of the event bytes is not in it."""
MIN_FREE_SHARE = 3
"""The disk must have room for this many such files."""
MAX_UNUSED_S = 30 * 86400.0
"""Caches that nobody opened for so long are removed."""


class ReadCache:
    """The cache of one log folder."""

    def __init__(self, folder: Path, logdir: Path) -> None:
        name = hashlib.sha256(os.fsencode(os.path.realpath(logdir))).hexdigest()[:32]
        self.path = folder / "logs" / f"{name}{SUFFIX}"
        self.trouble = ""
        """Why it could not be written; empty when nothing went wrong. It is not tried again then."""
        self._n_unsaved_bytes = 0
        self._n_bytes = 0

    def load(self, engine: _core.Engine, *, n_threads: int) -> None:
        """Has the engine's first refresh go on from the cache, if there is one that can be read."""
        try:
            if engine.load_cache(str(self.path), n_threads):
                os.utime(self.path)
        except FileNotFoundError:
            pass
        except OSError as error:
            logger.info("the cache %s cannot be read: %s", self.path, error)

    def note_read(self, n_bytes: int) -> None:
        """Counts bytes of event files that were read and are not in the cache."""
        self._n_unsaved_bytes += n_bytes
        self._n_bytes += n_bytes

    def is_due(self, *, is_idle: bool) -> bool:
        """Whether to write it now."""
        least = MIN_NEW_BYTES if is_idle else max(64 * MIN_NEW_BYTES, int(MAX_SHARE_NEW * self._n_bytes))
        return not self.trouble and self._n_unsaved_bytes >= least

    def save(self, engine: _core.Engine) -> None:
        """Writes it; a failure is noted and told once, since nothing is lost."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            wanted = MIN_FREE_SHARE * engine.n_bytes()
            if (free := shutil.disk_usage(self.path.parent).free) < wanted:
                raise OSError(f"the disk has {free} bytes left, wanted {wanted}")
            engine.save_cache(str(self.path))
            self._n_unsaved_bytes = 0
            self._remove_unused()
        except OSError as error:
            self.trouble = str(error)
            logger.warning("the cache %s was not written: %s", self.path, error)

    def _remove_unused(self) -> None:
        now_s = time.time()
        with os.scandir(self.path.parent) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    with suppress(OSError):  # another process was first
                        age_s = now_s - entry.stat().st_mtime
                        is_left_over = entry.name.endswith(".tmp") and age_s > 3600
                        if is_left_over or (entry.name.endswith(SUFFIX) and age_s > MAX_UNUSED_S):
                            os.unlink(entry.path)  # noqa: PTH108 - an entry is no Path
