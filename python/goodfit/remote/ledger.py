"""What a mirror holds of each remote file ↔ an SQLite file beside the mirror.

    file   key, version, size_bytes, held_bytes, modified_s, is_part
    note   listed_s: when the remote folder was last listed and everything in it was had
           n_seen: how many files of any kind were there
           revision: when an entry was last changed
           skipped: JSON object, key → why it is not in the mirror

Written by whoever has the turn; a file that is no ledger is thrown away, and everything is read again. What it says is
held was written before; a file may be longer, where a process ended in between.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1
COMMIT_S = 1.0
"""So much of the reading is done again after a process was killed."""


@dataclass(slots=True)
class Entry:
    """One remote file and what the mirror holds of it."""

    key: str
    version: str
    size_bytes: int
    held_bytes: int
    modified_s: float
    is_part: bool = False
    """Whether it replaces another and lies apart until it is complete."""

    @property
    def is_complete(self) -> bool:
        return self.held_bytes == self.size_bytes and not self.is_part


class Ledger:
    """Open during one turn."""

    def __init__(self, path: Path) -> None:
        """Opens or makes it. Raises OSError when that cannot be done."""
        self._path = path
        self._changed: dict[str, Entry | None] = {}
        self._committed_s = time.monotonic()
        try:
            self._base = self._open()
        except sqlite3.DatabaseError:
            for ending in ("", "-journal"):
                with suppress(FileNotFoundError):
                    path.with_name(path.name + ending).unlink()
            try:
                self._base = self._open()
            except sqlite3.Error as error:
                raise OSError(f"the cache cannot be written: {error}") from error

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self._path, isolation_level=None, timeout=10.0)
        with ExitStack() as undo:
            undo.callback(base.close)
            # Disposable: a machine that loses its power costs one reading.
            base.execute("PRAGMA synchronous=OFF")
            base.execute("PRAGMA journal_mode=MEMORY")
            (version,) = base.execute("PRAGMA user_version").fetchone()
            if version not in (0, FORMAT):
                raise sqlite3.DatabaseError("another format")
            base.execute(
                "CREATE TABLE IF NOT EXISTS file (key TEXT PRIMARY KEY, version TEXT NOT NULL, size_bytes INT NOT NULL,"
                " held_bytes INT NOT NULL, modified_s REAL NOT NULL, is_part INT NOT NULL) WITHOUT ROWID"
            )
            base.execute("CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID")
            base.execute(f"PRAGMA user_version={FORMAT}")
            undo.pop_all()
        return base

    def note(self, name: str, default: float = 0.0) -> float:
        """A number that was noted."""
        row = self._base.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return float(row[0]) if row else default

    def read_entries(self) -> dict[str, Entry]:
        """All entries, by key."""
        rows = self._base.execute("SELECT key, version, size_bytes, held_bytes, modified_s, is_part FROM file")
        return {row[0]: Entry(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows}

    def read_skipped(self) -> dict[str, str]:
        """Why files are not in the mirror, by key."""
        row = self._base.execute("SELECT value FROM note WHERE name = 'skipped'").fetchone()
        return dict(json.loads(row[0])) if row else {}

    def put(self, entry: Entry) -> None:
        """Notes an entry's new state, to be written soon."""
        self._changed[entry.key] = entry
        if time.monotonic() - self._committed_s >= COMMIT_S:
            self.commit()

    def drop(self, key: str) -> None:
        """Forgets a file."""
        self._changed[key] = None

    def commit(self, *, listed_s: float | None = None, n_seen: int = 0, skipped: dict[str, str] | None = None) -> None:
        """Writes what was noted. Raises OSError when that cannot be done."""
        base = self._base
        try:
            base.execute("BEGIN IMMEDIATE")
            for key, entry in self._changed.items():
                if entry is None:
                    base.execute("DELETE FROM file WHERE key = ?", (key,))
                else:
                    row = (key, entry.version, entry.size_bytes, entry.held_bytes, entry.modified_s, entry.is_part)
                    base.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)", row)
            if self._changed:
                base.execute("INSERT OR REPLACE INTO note VALUES ('revision', ?)", (time.time(),))
            if listed_s is not None:
                base.execute("INSERT OR REPLACE INTO note VALUES ('listed_s', ?)", (listed_s,))
                base.execute("INSERT OR REPLACE INTO note VALUES ('n_seen', ?)", (n_seen,))
            if skipped is not None:
                base.execute("INSERT OR REPLACE INTO note VALUES ('skipped', ?)", (json.dumps(skipped),))
            base.execute("COMMIT")
        except sqlite3.Error as error:
            raise OSError(f"the cache cannot be written: {error}") from error
        self._changed.clear()
        self._committed_s = time.monotonic()

    def close(self) -> None:
        self._base.close()
