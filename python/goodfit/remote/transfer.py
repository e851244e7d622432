"""One remote file whose mirror is behind → the missing bytes at the mirror's end.

When the remote file is another version than the one that was held, the last `CHECKED_BYTES` that are held are read once
more: are they the same, the file has grown, and only what follows is read. An event file's records hold wall times and
checksums, so two files do not share such a stretch at the same place by chance.

A part that breaks off or comes too short is asked for again from where it ended, `MAX_TRIES` times without progress.
Memory: `MAX_PARTS` parts of `PART_BYTES` at most, for all files together.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing

from goodfit.errors import RemoteError
from goodfit.remote.ledger import Entry
from goodfit.remote.mirror_files import MirrorFiles
from goodfit.remote.source import RemoteFile, Source

CHECKED_BYTES = 1024
PART_BYTES = 4 << 20
MAX_PARTS = 12
"""At the same time, of all files."""
MAX_TRIES = 6
LEAST_PROGRESS_BYTES = 4096
"""Fewer do not count, so that a server which sends byte by byte comes to an end."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0


class Replaced(Exception):
    """What is held is no beginning of the remote file."""


class Transfer:
    """Reads files of one source into one mirror; used within one event loop."""

    def __init__(
        self, source: Source, files: MirrorFiles, *, rng: random.Random, note: Callable[[Entry, int], None]
    ) -> None:
        """`note` is called after each write with the entry and the number of new bytes."""
        self._source = source
        self._files = files
        self._rng = rng
        self._note = note
        self._slots = asyncio.Semaphore(MAX_PARTS)

    async def complete(self, file: RemoteFile, entry: Entry, *, is_same_version: bool) -> None:
        """Appends what is missing; the entry then says what is held, also when this raises.

        Raises:
            Replaced: nothing was changed.
            Changed, Gone: it is no longer the file that was listed.
            LogFolderError, RemoteError: as the source.
            OSError: of the mirror's own files.
        """
        n_checked = 0 if is_same_version else min(CHECKED_BYTES, entry.held_bytes)
        start = entry.held_bytes - n_checked
        with ExitStack() as stack:
            # A file that gives no byte leaves no empty one behind.
            opened = -1 if entry.held_bytes == 0 and file.size_bytes else self._open(entry, stack)
            held = _read_at(opened, start, n_checked) if n_checked else b""
            async with aclosing(self._pieces(file, start, file.size_bytes)) as pieces:
                async for piece in pieces:
                    n_common = min(len(held), len(piece))
                    if held[:n_common] != piece[:n_common]:
                        raise Replaced
                    held = held[n_common:]
                    if not held:
                        # From here on the held bytes belong to this version.
                        entry.version, entry.size_bytes = file.version, file.size_bytes
                        entry.modified_s = file.modified_s
                        opened = self._open(entry, stack) if opened < 0 else opened
                        self._write(opened, entry, piece[n_common:])

    def _open(self, entry: Entry, stack: ExitStack) -> int:
        path = self._files.path_of_entry(entry)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        opened = os.open(path, flags, 0o600)
        stack.callback(os.close, opened)
        return opened

    def _write(self, opened: int, entry: Entry, data: bytes) -> None:
        view = memoryview(data)
        while view:
            os.lseek(opened, entry.held_bytes, os.SEEK_SET)
            n_written = os.write(opened, view)
            view = view[n_written:]
            entry.held_bytes += n_written
            self._note(entry, n_written)

    async def _pieces(self, file: RemoteFile, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes `[start, stop)` in order."""
        if stop - start <= PART_BYTES or self._source.is_serial:
            async with self._slots, aclosing(self._insist(file, start, stop)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        starts = deque(range(start, stop, PART_BYTES))
        pending: deque[asyncio.Task[bytes]] = deque()
        try:
            while starts or pending:
                # A part that waits to be written keeps its slot, so ours is written before another is waited for.
                if starts and not (pending and self._slots.locked()):
                    await self._slots.acquire()
                    part = starts.popleft()
                    pending.append(asyncio.ensure_future(self._read_part(file, part, min(part + PART_BYTES, stop))))
                    continue
                data = await pending[0]
                yield data
                pending.popleft()
                self._slots.release()
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            for _ in pending:
                self._slots.release()

    async def _read_part(self, file: RemoteFile, start: int, stop: int) -> bytes:
        data = bytearray()
        async with aclosing(self._insist(file, start, stop)) as pieces:
            async for piece in pieces:
                data += piece
        return bytes(data)

    async def _insist(self, file: RemoteFile, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes `[start, stop)`, all of them, however often the answer breaks off."""
        n_tries = 0
        while start < stop:
            trouble: RemoteError | None = None
            n_new = 0
            try:
                async with aclosing(self._source.read(file, start, stop)) as pieces:
                    async for piece in pieces:
                        start += len(piece)
                        n_new += len(piece)
                        yield piece
            except RemoteError as error:
                trouble = error
            if start >= stop:
                return
            n_tries = n_tries + 1 if n_new < LEAST_PROGRESS_BYTES else 1
            if n_tries >= MAX_TRIES:
                if trouble is not None:
                    raise trouble
                raise RemoteError(
                    f"{file.key!r} breaks off at byte {start:,} of {file.size_bytes:,}, every time. "
                    "What was read before is kept.",
                    hint="try again later",
                )
            await asyncio.sleep(self._rng.uniform(0.5, 1.0) * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**n_tries))


def _read_at(opened: int, start: int, n_bytes: int) -> bytes:
    os.lseek(opened, start, os.SEEK_SET)
    data = b""
    while len(data) < n_bytes and (more := os.read(opened, n_bytes - len(data))):
        data += more
    return data
