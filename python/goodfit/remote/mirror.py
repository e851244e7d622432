"""A remote log folder → a folder of this machine that holds its event files, brought up to date turn by turn.

A turn lists the remote folder, reads what the mirror lacks, and removes what is gone. It runs on a thread of its own
that ends with it. Turns of several processes on one mirror follow each other; one that waited takes what the other has
just brought.

What was read is kept whatever happens: a turn that fails or is killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from goodfit.errors import GoodfitError, LogFolderError, RemoteError
from goodfit.remote.address import Address
from goodfit.remote.ledger import Entry, Ledger
from goodfit.remote.mirror_files import MirrorFiles
from goodfit.remote.pace import RemotePace
from goodfit.remote.source import Changed, Gone, Listed, RemoteFile, Source
from goodfit.remote.transfer import Replaced, Transfer
from goodfit.remote.turn import Turn
from goodfit.remote.turn_lock import take_turn
from goodfit.types import ReadIssue

logger = logging.getLogger(__name__)

N_WORKERS = 32
"""Files that are read at the same time; small ones cost a round trip each."""
MAX_LISTINGS = 3
"""Of one turn, when files change between listing and reading."""
LEAST_WAIT_S = 0.1
LOCK_PAUSE_S = 0.05
LOCK_PATIENCE_S = 120.0
"""Without a new byte by the process that has the turn."""
LEFT_FREE_BYTES = 64 << 20
"""On the disk of the cache."""


class Mirror:
    """The mirror of one address.

    `_lock` guards what a turn tells (`_n_missing_bytes`, `_issues`, …) and is held for microseconds. `_progress` is set
    at every piece of news.
    """

    def __init__(
        self,
        address: Address,
        source: Source,
        folder: Path,
        *,
        rng: random.Random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            address: for messages; requests are the source's matter.
            source: the bucket or web server.
            folder: this mirror's own; made by the first turn.
            rng: for pauses.
            clock: wall time, common to the processes of this machine.
        """
        self.address = address
        self._source = source
        self._files = MirrorFiles(folder)
        self._rng = rng
        self._clock = clock
        self._pace = RemotePace(rng)
        self._entries: dict[str, Entry] = {}
        self._revision = -1.0
        self._lock = threading.Lock()
        self._progress = threading.Event()
        self._turn: Turn | None = None
        self._due_s = 0.0
        self._n_missing_bytes = 0
        self._n_new_bytes = 0
        self._skipped: dict[str, str] = {}
        self._trouble: GoodfitError | None = None
        self._has_listed = False
        self._is_closed = False
        self._n_seen = 0

    @property
    def folder(self) -> Path:
        """What a store reads."""
        return self._files.root

    @property
    def n_missing_bytes(self) -> int:
        """Of the remote files, as far as known, in live following; at least 1 until the folder was listed once."""
        with self._lock:
            if not self._has_listed and self._trouble is None:
                return max(1, self._n_missing_bytes)
            return self._n_missing_bytes if self._turn is not None else 0

    @property
    def trouble(self) -> str:
        """Why the last turn failed; empty when it went well."""
        trouble = self._trouble
        return "" if trouble is None else trouble.message

    @property
    def is_empty(self) -> bool:
        """Whether the remote folder held no file of any kind when it was last listed by this mirror."""
        return self._has_listed and self._n_seen == 0

    def list_issues(self) -> list[ReadIssue]:
        """What could not be had, by path; the folder itself, `.`, while it cannot be listed."""
        with self._lock:
            issues = [ReadIssue(key, 0, "unreadable", 0, why) for key, why in sorted(self._skipped.items())]
            if self._trouble is not None:
                issues.insert(0, ReadIssue(".", 0, "unreadable", 0, self._trouble.message))
        return issues

    def probe(self) -> None:
        """Asks whether the folder can be listed. Raises LogFolderError, RemoteError, MissingExtra."""

        async def ask() -> None:
            try:
                await self._source.probe()
            finally:
                await self._source.close()

        Turn(ask()).wait()

    def sync(self) -> None:
        """Brings the mirror up to date with what the remote folder holds now.

        Raises:
            LogFolderError: it cannot be read, or the cache cannot be written.
            RemoteError: it does not answer, or not as it should.
        """
        if self._turn is not None:
            self._turn.cancel()
        turn = self._turn = Turn(self._bring_up_to_date())
        try:
            turn.wait()
        except asyncio.CancelledError:
            raise RemoteError(f"reading {self.address} was ended. What was read is kept.") from None
        except GoodfitError as error:
            self._note_end(error, cost_s=turn.cost_s)
            raise
        finally:
            self._turn = None
        self._note_end(None, cost_s=turn.cost_s)

    def follow(self, budget_s: float) -> None:
        """Sees to it that turns are taken when they are due, and waits at most `budget_s` for news of one.

        Raises nothing of the remote folder: see `list_issues`.
        """
        turn = self._turn
        if turn is None:
            if self._is_closed or time.monotonic() < self._due_s:
                return
            self._progress.clear()
            turn = self._turn = Turn(self._bring_up_to_date(), ended=self._progress)
        start_s = time.monotonic()
        if self._progress.wait(budget_s):
            self._progress.clear()
            # Whoever asks reads what came; not after every piece.
            turn.join(max(0.0, min(budget_s, LEAST_WAIT_S) - (time.monotonic() - start_s)))
        if turn.is_alive():
            return
        self._turn = None
        try:
            turn.wait()
        except asyncio.CancelledError:
            return
        except GoodfitError as error:
            if self._trouble is None:
                logger.warning("%s", error.message)
            self._note_end(error, cost_s=turn.cost_s)
        else:
            self._note_end(None, cost_s=turn.cost_s)

    def due_in_s(self) -> float:
        """Until `follow` is worth to be called again; 0 while a turn goes on."""
        return 0.0 if self._turn is not None else max(0.0, self._due_s - time.monotonic())

    def close(self) -> None:
        """Ends the turn under way, from any thread, and following for good; what was read is kept."""
        self._is_closed = True
        turn = self._turn
        if turn is not None:
            turn.cancel()

    def _note_end(self, error: GoodfitError | None, *, cost_s: float) -> None:
        with self._lock:
            has_news, self._n_new_bytes = self._n_new_bytes > 0, 0
            self._trouble = error
            if error is None:
                self._n_missing_bytes = 0
        pause_s = (
            self._pace.after_look(cost_s=cost_s, has_news=has_news) if error is None else self._pace.after_trouble()
        )
        self._due_s = time.monotonic() + pause_s

    async def _bring_up_to_date(self) -> None:
        asked_s = self._clock()
        try:
            try:
                if not self._files.root.exists():
                    self._revision = -1.0  # somebody emptied the cache
                self._files.make_folders()
                lock = await self._take_turn()
                try:
                    await self._with_ledger(asked_s)
                finally:
                    os.close(lock)
            except GoodfitError:
                raise
            except OSError as error:
                raise self._cache_trouble(error) from error
        finally:
            await self._source.close()

    def _cache_trouble(self, error: OSError) -> LogFolderError:
        why = error.strerror or str(error)
        return LogFolderError(
            f"what {self.address} holds cannot be kept on this machine: {why}. What was read before is kept.",
            hint=f"free space, or set GOODFIT_HOME to a larger disk; the cache is {str(self._files.folder)!r}",
        )

    async def _take_turn(self) -> int:
        path = self._files.folder / "turn"
        ledger = self._files.folder / "ledger.sqlite3"
        waited_since_s, seen = time.monotonic(), -1.0
        while True:
            lock = take_turn(path)
            if lock is not None:
                os.utime(path)  # remove_unused (cache_folder) looks at it
                return lock
            await asyncio.sleep(LOCK_PAUSE_S)
            with suppress(OSError):
                changed_s = ledger.stat().st_mtime
                if changed_s != seen:
                    waited_since_s, seen = time.monotonic(), changed_s
            if time.monotonic() - waited_since_s > LOCK_PATIENCE_S:
                raise RemoteError(
                    f"another process reads {self.address} and gets nowhere.",
                    hint=f"end it; its lock is {str(path)!r}",
                )

    async def _with_ledger(self, asked_s: float) -> None:
        ledger = Ledger(self._files.folder / "ledger.sqlite3")
        try:
            self._read_ledger(ledger)
            if ledger.note("listed_s") > asked_s:
                # Whoever had the turn meanwhile has brought all this.
                self._note_listed(int(ledger.note("n_seen")), ledger.read_skipped())
                return
            try:
                await self._catch_up(ledger)
            finally:
                ledger.commit()
        finally:
            with suppress(OSError):
                self._revision = ledger.note("revision")
            ledger.close()

    def _read_ledger(self, ledger: Ledger) -> None:
        revision = ledger.note("revision")
        if revision == self._revision:
            return
        self._entries = ledger.read_entries()
        for entry in self._entries.values():
            n_on_disk = self._files.held_on_disk(entry)
            if n_on_disk < entry.held_bytes:
                # Somebody emptied the cache, or the machine lost its power.
                entry.held_bytes = 0
                entry.is_part |= n_on_disk > 0

    def _note_listed(self, n_seen: int, skipped: dict[str, str]) -> None:
        with self._lock:
            self._has_listed = True
            self._n_seen = n_seen
            self._skipped = skipped

    async def _catch_up(self, ledger: Ledger) -> None:
        listed, changed = Listed(), list[str]()
        for n_listings in range(1, MAX_LISTINGS + 1):
            listed_s = self._clock()
            listed = await self._source.list_files()
            behind = self._compare(listed, ledger)
            with self._lock:
                self._n_missing_bytes = sum(max(0, file.size_bytes - entry.held_bytes) for file, entry in behind)
            self._note_listed(listed.n_seen, dict(listed.skipped))
            self._require_room()
            changed = await self._read_all(behind, ledger, listed.skipped)
            self._note_listed(listed.n_seen, dict(listed.skipped))
            if not changed:
                ledger.commit(listed_s=listed_s, n_seen=listed.n_seen, skipped=listed.skipped)
                return
            logger.debug("%d files changed while they were read, listing %d", len(changed), n_listings)
        # What was had of them is a whole beginning.
        skipped = {**listed.skipped, **dict.fromkeys(changed, "it changes faster than it can be read")}
        self._note_listed(listed.n_seen, skipped)
        ledger.commit(skipped=skipped)

    def _compare(self, listed: Listed, ledger: Ledger) -> list[tuple[RemoteFile, Entry]]:
        """The files that the mirror lacks or has in part, the smallest lack first; removes what is gone."""
        keys = {file.key for file in listed.files}
        unseen = tuple(listed.skipped)  # and perhaps still there
        for key in [key for key in self._entries if key not in keys and not (unseen and key.startswith(unseen))]:
            self._files.remove(self._entries.pop(key))
            ledger.drop(key)
        behind = []
        for file in listed.files:
            entry = self._entries.get(file.key)
            if entry is None:
                # What lies there without an entry is of unknown origin.
                is_there = self._files.path_of(file.key).exists()
                entry = Entry(file.key, file.version, file.size_bytes, 0, file.modified_s, is_part=is_there)
                self._entries[file.key] = entry
            is_same = entry.version == file.version and entry.size_bytes == file.size_bytes
            if is_same and entry.is_complete and (entry.size_bytes or self._files.path_of(file.key).exists()):
                continue
            # Beyond what is held may lie bytes of the version before, where a process was killed.
            if not is_same and (
                file.size_bytes <= entry.held_bytes or self._files.held_on_disk(entry) != entry.held_bytes
            ):
                self._start_anew(file, entry)
            behind.append((file, entry))
        behind.sort(key=lambda pair: (pair[0].size_bytes - pair[1].held_bytes, pair[0].key))
        return behind

    def _start_anew(self, file: RemoteFile, entry: Entry) -> None:
        """What is held is of no use; it stays for the store until the new file is complete."""
        entry.is_part = entry.is_part or self._files.path_of(file.key).exists()
        entry.version, entry.size_bytes, entry.modified_s = file.version, file.size_bytes, file.modified_s
        entry.held_bytes = 0
        if entry.is_part:
            with suppress(FileNotFoundError):
                self._files.path_of_entry(entry).unlink()

    def _require_room(self) -> None:
        free = shutil.disk_usage(self._files.folder).free
        if self._n_missing_bytes + LEFT_FREE_BYTES > free:
            raise LogFolderError(
                f"{self.address} holds {self._n_missing_bytes:,} bytes that are not on this machine, whose disk has "
                f"{free:,} left. What was read before is kept.",
                hint="free space, set GOODFIT_HOME to a larger disk, or name a folder below the address",
            )

    async def _read_all(
        self, behind: list[tuple[RemoteFile, Entry]], ledger: Ledger, skipped: dict[str, str]
    ) -> list[str]:
        """Reads what is behind; returns the files that changed meanwhile."""

        def note(entry: Entry, n_bytes: int) -> None:
            ledger.put(entry)
            with self._lock:
                self._n_missing_bytes = max(0, self._n_missing_bytes - n_bytes)
                self._n_new_bytes += n_bytes
            self._progress.set()

        transfer = Transfer(self._source, self._files, rng=self._rng, note=note)
        waiting = iter(behind)
        changed: list[str] = []

        async def work() -> None:
            for file, entry in waiting:
                try:
                    await self._read_one(transfer, file, entry)
                except (Changed, Gone):
                    changed.append(file.key)
                except LogFolderError as error:
                    skipped[file.key] = error.message
                except (FileExistsError, NotADirectoryError, IsADirectoryError):
                    skipped[file.key] = "its name is both a file and a folder"
                ledger.put(entry)

        workers = [asyncio.ensure_future(work()) for _ in range(min(N_WORKERS, len(behind)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        return changed

    async def _read_one(self, transfer: Transfer, file: RemoteFile, entry: Entry) -> None:
        is_same = entry.version == file.version and entry.size_bytes == file.size_bytes
        try:
            await transfer.complete(file, entry, is_same_version=is_same)
        except Replaced:
            self._start_anew(file, entry)
            await transfer.complete(file, entry, is_same_version=True)
        if entry.held_bytes == entry.size_bytes:
            self._files.finish(entry)
