"""Alerts → rows on disk, written before anything is sent, so that no network error and no crash can lose one.

One SQLite file in the state folder, readable by its owner only. It holds no secret: a delivery names its channel, and
the address is looked up when it is sent. Several processes may share it.

    queued ──claim──▶ sending ──▶ sent
      ▲                 │  └────▶ failed     (`hold` says what would revive it: another credential, the next month)
      ├──retry, lost────┘
      └──▶ expired                           (older than it is worth telling)

Invariants: an alert and its deliveries appear in one transaction; a delivery is claimed by one sender at a time; its
id, which is the key that makes a repeat safe, never changes; an attempt is recorded before its request is made.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from goodfit.alerts.delivery import Attempt, Delivery, DeliveryState, Route, Stop, StopKind
from goodfit.alerts.message import Attachment, Message
from goodfit.alerts.outbox_file import open_outbox_file
from goodfit.alerts.outcome import Outcome
from goodfit.errors import DeliveryError

TTL_END_S = 24 * 3600.0  # endings and words of the user's own: worth telling a day later
TTL_WARNING_S = 2 * 3600.0
TTL_INFO_S = 15 * 60.0
_KEEP_S = 30 * 86400.0  # how long the log of what was delivered is kept


class Outbox:
    """The file of alerts and deliveries. One object per thread; close it."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Opens the file, making it where it is missing. A damaged file is moved aside and kept.

        Raises:
            DeliveryError: the file or its folder cannot be made, or a newer version of Goodfit wrote it.
        """
        self.path = path
        self.clock = clock
        try:
            try:
                self._db = open_outbox_file(path)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                path.replace(path.with_name(f"{path.name}.damaged-{int(clock())}"))
                for suffix in ("-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                self._db = open_outbox_file(path)
        except (sqlite3.Error, OSError) as error:
            raise DeliveryError(f"the outbox cannot be opened: {error}.", hint=f"check {path}") from error

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._db:  # commits, or rolls back
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
        except sqlite3.Error as error:
            raise DeliveryError(f"the outbox cannot be written: {error}.", hint=f"check {self.path}") from error

    def queue(
        self,
        message: Message,
        routes: Sequence[Route],
        *,
        sender_key: str,
        kind: str = "notify",
        identity: str | None = None,
        ttl_s: float = TTL_END_S,
        delay_s: float = 0.0,
    ) -> list[str]:
        """Writes the alert and a delivery for each route, in one transaction; the deliveries' ids, in order.

        Args:
            message: already redacted.
            routes: where it goes.
            sender_key: which environment's sender is to take it first.
            kind: what sort of alert it is.
            identity: what it is about; when that was told before, nothing is written and the list is empty.
            ttl_s: after how long it is not worth telling any more.
            delay_s: how long to hold it back.

        Raises:
            DeliveryError: the file cannot be written.
        """
        now = self.clock()
        alert_id = uuid.uuid4() if identity is None else uuid.uuid5(uuid.NAMESPACE_URL, f"goodfit:{identity}")
        file = message.attachment
        with self._transaction() as db:
            if identity is not None and db.execute("SELECT 1 FROM alerts WHERE identity = ?", (identity,)).fetchone():
                return []
            db.execute(
                "INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    str(alert_id), identity, kind, now, message.title, message.body, message.severity, message.link,
                    *((file.data, file.file_name, file.media_type, file.alt) if file else (None, None, None, None)),
                ),
            )  # fmt: skip
            ids = []
            for route in routes:
                delivery_id = str(uuid.uuid5(alert_id, f"{route.channel}|{route.target_idx}"))
                paused = db.execute("SELECT until FROM pauses WHERE channel = ?", (route.channel,)).fetchone()
                start = max(now + delay_s, paused["until"] if paused else 0.0)
                db.execute(
                    "INSERT INTO deliveries (id, alert_id, channel, target_idx, label, sender_key, state, due, expires,"
                    " updated) VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)",
                    (delivery_id, str(alert_id), route.channel, route.target_idx, route.label, sender_key,
                     start, start + ttl_s, now),
                )  # fmt: skip
                ids.append(delivery_id)
        return ids

    def list_open(self) -> list[Delivery]:
        """Deliveries that are queued, oldest first; but one that has failed four times more often than another comes
        after it, so that a delivery which cannot succeed does not keep the rest waiting."""
        return self._list("d.state = 'queued' ORDER BY d.n_attempts / 4, a.created, d.rowid", ())

    def list_sending(self) -> list[tuple[str, str, float]]:
        """Id, lease owner and lease end of the deliveries that a sender holds."""
        rows = self._db.execute(
            "SELECT id, lease_owner, lease_until FROM deliveries WHERE state = 'sending' ORDER BY id"
        )
        return [(row["id"], row["lease_owner"], row["lease_until"]) for row in rows]

    def list_held(self) -> list[Delivery]:
        """Failed deliveries that another credential or another month would revive, and that are still worth telling."""
        return self._list(
            "d.state = 'failed' AND d.hold IS NOT NULL AND d.expires > ? ORDER BY a.created", (self.clock(),)
        )

    def read_message(self, delivery_id: str) -> Message:
        """The message of a delivery."""
        row = self._db.execute(
            "SELECT a.* FROM alerts a JOIN deliveries d ON d.alert_id = a.id WHERE d.id = ?", (delivery_id,)
        ).fetchone()
        attachment = None
        if row["file_data"] is not None:
            attachment = Attachment(row["file_data"], row["file_name"], row["file_type"], row["file_alt"] or "")
        return Message(row["title"], row["body"], row["severity"], row["link"], attachment)

    def claim(self, delivery_id: str, *, owner: str, lease_s: float) -> dict[str, str] | None:
        """Takes a queued delivery for one attempt, which is recorded as started; its memo, or None when another has
        it."""
        now = self.clock()
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE deliveries SET state = 'sending', lease_owner = ?, lease_until = ?, updated = ?,"
                " n_attempts = n_attempts + 1, hold = NULL, hold_key = NULL WHERE id = ? AND state = 'queued'",
                (owner, now + lease_s, now, delivery_id),
            ).rowcount
            if changed == 0:
                return None
            row = db.execute("SELECT memo, n_attempts FROM deliveries WHERE id = ?", (delivery_id,)).fetchone()
            db.execute(
                "INSERT INTO attempts VALUES (?, ?, ?, 'started', NULL, '', NULL)",
                (delivery_id, row["n_attempts"], now),
            )
        memo: dict[str, str] = json.loads(row["memo"])
        return memo

    def finish(
        self,
        delivery_id: str,
        outcome: Outcome,
        *,
        state: DeliveryState,
        due: float,
        memo: dict[str, str],
        hold: str | None = None,
        hold_key: str | None = None,
        is_repeat: bool = False,
    ) -> None:
        """Records how the attempt under way ended, and what becomes of the delivery.

        Args:
            delivery_id: a claimed delivery.
            outcome: its reason is already redacted.
            state: `queued` for another try at `due`, else a final state.
            due: when to try again, seconds since the epoch.
            memo: what the channel wants to remember for the next attempt.
            hold: for a failed one, what would revive it: `auth` or `quota`.
            hold_key: the credential or target it failed with.
            is_repeat: whether the message may have arrived without an answer.
        """
        now = self.clock()
        with self._transaction() as db:
            db.execute(
                "UPDATE deliveries SET state = ?, due = ?, updated = ?, lease_owner = NULL, lease_until = NULL,"
                " memo = ?, hold = ?, hold_key = ?, remote_id = ?, is_repeat = MAX(is_repeat, ?) WHERE id = ?",
                (state, due, now, json.dumps(memo), hold, hold_key, outcome.remote_id, is_repeat, delivery_id),
            )
            db.execute(
                "UPDATE attempts SET outcome = ?, status_code = ?, reason = ?, duration_s = ? - time"
                " WHERE delivery_id = ? AND number = (SELECT n_attempts FROM deliveries WHERE id = ?)",
                (outcome.kind, outcome.status_code, outcome.reason, now, delivery_id, delivery_id),
            )

    def fail_unsent(self, delivery_id: str, *, hold: str, hold_key: str) -> None:
        """Marks a queued delivery failed without an attempt, because its channel is stopped."""
        with self._transaction() as db:
            db.execute(
                "UPDATE deliveries SET state = 'failed', hold = ?, hold_key = ?, updated = ?"
                " WHERE id = ? AND state = 'queued'",
                (hold, hold_key, self.clock(), delivery_id),
            )

    def revive(self, delivery_id: str, *, sender_key: str) -> None:
        """Queues a held delivery again."""
        now = self.clock()
        with self._transaction() as db:
            db.execute(
                "UPDATE deliveries SET state = 'queued', due = ?, updated = ?, hold = NULL, hold_key = NULL,"
                " sender_key = ? WHERE id = ? AND state = 'failed' AND hold IS NOT NULL",
                (now, now, sender_key, delivery_id),
            )

    def requeue_lost(self, delivery_id: str, *, due: float) -> None:
        """Queues a delivery whose sender died in the middle; its message may have arrived."""
        now = self.clock()
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE deliveries SET state = 'queued', due = ?, updated = ?, lease_owner = NULL, lease_until = NULL,"
                " is_repeat = 1 WHERE id = ? AND state = 'sending'",
                (due, now, delivery_id),
            ).rowcount
            if changed:
                db.execute(
                    "UPDATE attempts SET outcome = 'lost', reason = 'the sender ended before the answer came'"
                    " WHERE delivery_id = ? AND outcome = 'started'",
                    (delivery_id,),
                )

    def expire(self) -> None:
        """Gives up queued deliveries that are past their time, and forgets what ended a month ago."""
        now = self.clock()
        # Asked first: taking the lock at every look would hold up those who queue.
        is_due = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = 'queued' AND expires <= ?)"
            " OR EXISTS (SELECT 1 FROM alerts WHERE created < ?)",
            (now, now - _KEEP_S),
        ).fetchone()[0]
        if not is_due:
            return
        with self._transaction() as db:
            db.execute(
                "UPDATE deliveries SET state = 'expired', updated = ? WHERE state = 'queued' AND expires <= ?",
                (now, now),
            )
            db.execute(
                "DELETE FROM alerts WHERE created < ? AND NOT EXISTS"
                " (SELECT 1 FROM deliveries d WHERE d.alert_id = alerts.id AND d.state IN ('queued', 'sending'))",
                (now - _KEEP_S,),
            )

    def has_open(self, channel: str | None = None) -> bool:
        """Whether any delivery, of one channel or of all, is still to be sent or may be revived."""
        row = self._db.execute(
            "SELECT 1 FROM deliveries WHERE channel = COALESCE(?, channel) AND (state IN ('queued', 'sending') OR"
            " (state = 'failed' AND hold IS NOT NULL AND expires > ?)) LIMIT 1",
            (channel, self.clock()),
        ).fetchone()
        return row is not None

    def stop(self, key: str, kind: StopKind, *, until: float | None, reason: str) -> None:
        """Stops what is sent with a credential (or to a target) until a time, or until the credential changes."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO stops VALUES (?, ?, ?, ?, ?)", (key, kind, until, self.clock(), reason))

    def find_stop(self, *keys: str) -> Stop | None:
        """The stop in force for any of these credentials and targets, the longest one."""
        marks = ",".join("?" * len(keys))
        rows = self._db.execute(
            f"SELECT * FROM stops WHERE key IN ({marks}) AND (until IS NULL OR until > ?)"  # noqa: S608 - only marks
            " ORDER BY until IS NULL DESC, until DESC",
            (*keys, self.clock()),
        )
        row = rows.fetchone()
        return None if row is None else Stop(row["key"], row["kind"], row["until"], row["reason"])

    def clear_stops(self, *keys: str) -> None:
        """Lets the credentials or targets be used again."""
        with self._transaction() as db:
            db.executemany("DELETE FROM stops WHERE key = ?", [(key,) for key in keys])

    def pause(self, channel: str, *, until: float) -> None:
        """Holds back all deliveries of a channel until a time; what waits keeps its whole time to live after it."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?)", (channel, until))
            db.execute(
                "UPDATE deliveries SET expires = expires + MAX(0, ? - due), due = MAX(due, ?)"
                " WHERE channel = ? AND state = 'queued'",
                (until, until, channel),
            )

    def resume(self, channel: str) -> None:
        """Ends a pause; what was held back is due now."""
        now = self.clock()
        with self._transaction() as db:
            row = db.execute("DELETE FROM pauses WHERE channel = ? RETURNING until", (channel,)).fetchone()
            if row is not None:
                db.execute(
                    "UPDATE deliveries SET due = ? WHERE channel = ? AND state = 'queued' AND due >= ?",
                    (now, channel, row["until"]),
                )

    def list_pauses(self) -> dict[str, float]:
        """Channel → end of its pause, for those that are paused now."""
        rows = self._db.execute("SELECT channel, until FROM pauses WHERE until > ? ORDER BY channel", (self.clock(),))
        return {row["channel"]: row["until"] for row in rows}

    def list_deliveries(self, *, limit: int | None = None, ids: Sequence[str] | None = None) -> list[Delivery]:
        """Deliveries with their attempts, newest first.

        Args:
            limit: at most so many; None for all.
            ids: only these; None for all.
        """
        where = "1" if ids is None else f"d.id IN ({','.join('?' * len(ids))})"
        found = self._list(
            f"{where} ORDER BY a.created DESC, d.rowid DESC LIMIT ?", (*(ids or ()), -1 if limit is None else limit)
        )
        attempts: dict[str, list[Attempt]] = {}
        for row in self._db.execute("SELECT * FROM attempts ORDER BY delivery_id, number"):
            attempts.setdefault(row["delivery_id"], []).append(
                Attempt(row["time"], row["outcome"], row["status_code"], row["reason"], row["duration_s"])
            )
        return [replace(delivery, attempts=tuple(attempts.get(delivery.id, ()))) for delivery in found]

    @property
    def data_version(self) -> int:
        """A number that changes when another process has written."""
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _list(self, where: str, values: tuple[Any, ...]) -> list[Delivery]:
        rows = self._db.execute(
            "SELECT d.*, a.kind, a.title, a.severity, a.created"  # noqa: S608 - only our own words
            f" FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE {where}",
            values,
        )
        return [
            Delivery(
                id=row["id"], alert_id=row["alert_id"], kind=row["kind"], title=row["title"], severity=row["severity"],
                channel=row["channel"], target_idx=row["target_idx"], label=row["label"], sender_key=row["sender_key"],
                state=row["state"], created=row["created"], updated=row["updated"], due=row["due"],
                expires=row["expires"], n_attempts=row["n_attempts"], hold=row["hold"], hold_key=row["hold_key"],
                remote_id=row["remote_id"], is_repeat=bool(row["is_repeat"]),
            )
            for row in rows
        ]  # fmt: skip
