"""The cache folder → the mirrors in it: opened by address, removed when nobody opened them for long."""

from __future__ import annotations

import os
import random
import shutil
import time
from contextlib import suppress
from pathlib import Path

from goodfit import config
from goodfit.remote.address import Address
from goodfit.remote.mirror import Mirror
from goodfit.remote.source import Source
from goodfit.remote.turn_lock import take_turn

MAX_UNUSED_S = 30 * 86400.0
"""Mirrors that nobody opened for so long are removed."""


def open_mirror(address: Address, *, folder: Path | None = None) -> Mirror:
    """The mirror of an address in the user's cache folder; nothing is read yet.

    Args:
        address: of the log folder.
        folder: where mirrors lie; None for `remote` in the user's cache folder.

    Raises:
        MissingExtra: of a bucket, and obstore is not installed.
    """
    settings = config.load()
    rng = random.Random()  # noqa: S311 - jitter
    source: Source
    if address.is_bucket:
        from goodfit.remote.bucket import Bucket

        source = Bucket(address, settings.environ)
    else:
        from goodfit.remote.web import Web

        source = Web(address, rng=rng)
    mirrors = settings.cache_dir / "remote" if folder is None else folder
    remove_unused(mirrors, keep=address.cache_name)
    return Mirror(address, source, mirrors / address.cache_name, rng=rng)


def remove_unused(mirrors: Path, *, keep: str) -> None:
    """Removes mirrors that nobody opened for `MAX_UNUSED_S`."""
    with suppress(OSError), os.scandir(mirrors) as entries:
        for entry in entries:
            turn = Path(entry.path) / "turn"
            if entry.name == keep or not turn.exists():
                continue
            if time.time() - turn.stat().st_mtime > MAX_UNUSED_S and (lock := take_turn(turn)) is not None:
                try:
                    shutil.rmtree(entry.path, ignore_errors=True)
                finally:
                    os.close(lock)
