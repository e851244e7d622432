"""The path of the outbox → an open SQLite file with its tables, readable by its owner only.

WAL where the file system allows it; a queued alert survives a power cut.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack
from pathlib import Path

_SCHEMA_VERSION = 1
_NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "lustre", "gpfs", "beegfs", "ceph", "fuse", "9p", "afs")

_SCHEMA = """
CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    identity TEXT UNIQUE,          -- what it is about; an alert of the same identity is told once; NULL: always
    kind TEXT NOT NULL,            -- notify, finished, failed, killed, stalled, or a rule's name
    created REAL NOT NULL,         -- seconds since the epoch, UTC
    title TEXT NOT NULL, body TEXT NOT NULL, severity TEXT NOT NULL, link TEXT,
    file_data BLOB, file_name TEXT, file_type TEXT, file_alt TEXT
);
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,           -- UUID, sent along as the key that makes a repeat safe
    alert_id TEXT NOT NULL REFERENCES alerts(id) ON DELETE CASCADE,
    channel TEXT NOT NULL,         -- name of the channel, or given:FINGERPRINT of an address given in the call
    target_idx INTEGER NOT NULL,   -- which target of the channel's address
    label TEXT NOT NULL,           -- the address without its secrets
    sender_key TEXT NOT NULL,      -- which environment queued it
    state TEXT NOT NULL,
    due REAL NOT NULL,
    expires REAL NOT NULL,
    updated REAL NOT NULL,
    n_attempts INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT, lease_until REAL,
    hold TEXT, hold_key TEXT,      -- why a failed delivery may come back, and the credential it failed with
    memo TEXT NOT NULL DEFAULT '{}',
    remote_id TEXT NOT NULL DEFAULT '',
    is_repeat INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX open_deliveries ON deliveries(due) WHERE state IN ('queued', 'sending');
CREATE TABLE attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries(id) ON DELETE CASCADE,
    number INTEGER NOT NULL, time REAL NOT NULL,
    outcome TEXT NOT NULL,         -- kind of Outcome; `started` until it ends, `lost` when its sender died
    status_code INTEGER, reason TEXT NOT NULL, duration_s REAL,
    PRIMARY KEY (delivery_id, number)
);
CREATE TABLE stops (key TEXT PRIMARY KEY, kind TEXT NOT NULL, until REAL, since REAL NOT NULL, reason TEXT NOT NULL);
CREATE TABLE pauses (channel TEXT PRIMARY KEY, until REAL NOT NULL);
"""


def open_outbox_file(path: Path) -> sqlite3.Connection:
    """Opens the file, making it and its tables where they are missing.

    Raises:
        sqlite3.Error: it is damaged, or a newer version of Goodfit wrote it.
        OSError: it or its folder cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Messages are private; SQLite gives its side files the mode of the main one.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=10.0, isolation_level=None)
    with ExitStack() as undo:
        undo.callback(db.close)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > _SCHEMA_VERSION:
            raise sqlite3.OperationalError(
                f"it was written by a newer version (schema {version}, known {_SCHEMA_VERSION})"
            )
        if version == 0:
            # WAL keeps an index in shared memory, which hosts that share a folder do not have in common.
            db.execute(f"PRAGMA journal_mode = {'DELETE' if _is_on_network(path) else 'WAL'}")
            db.execute("BEGIN IMMEDIATE")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    if statement.strip():
                        db.execute(statement)
                db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            db.execute("COMMIT")
        # FULL: a queued alert survives a power cut, for one fsync.
        db.execute("PRAGMA synchronous = FULL")
        undo.pop_all()
    return db


def _is_on_network(path: Path) -> bool:
    """Whether the folder lies on a network file system, as far as the system tells (Linux)."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    folder = str(path.parent.resolve())
    best, kind = "", ""
    for line in mounts:
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = words[1].replace("\\040", " ")
        if (folder + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
            best, kind = point, words[2]
    return kind.startswith(_NETWORK_FILE_SYSTEMS)
