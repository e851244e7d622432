"""A log folder and a clock → published snapshots: refresh, judge, publish, over and over.

The one place that puts the store, the pairing and the judgement together. One turn reads what was appended, for at most
`READ_BUDGET_S`, and publishes the picture: of a large folder one with what is known so far, many times while the rest
is read. When all was read once, it judges the trainings whose points changed for at most `judge_budget_s`, publishing
again; what is left waits for the next turn, so that a large folder is on screen before it is judged and a live point
never waits for a judgement.

One training that cannot be judged, or one refresh that fails, is counted and reported in the snapshot; the rest goes
on.

Lock: `_lock` guards the list of listeners and nothing else; it is held for microseconds and never while a listener
runs. `step` is called by one thread at a time (the runner's); `snapshot` may be read by any.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.query.training import Training
from goodfit.store.store import Store
from goodfit.types import Changes, ReadIssue
from goodfit.watch.pace import Pace
from goodfit.watch.peers import Levels, PeerBests
from goodfit.watch.snapshot import Judged, Snapshot, Update

if TYPE_CHECKING:
    from goodfit.findings.engine import Review
    from goodfit.remote.address import Address

Clock = Callable[[], float]
Listener = Callable[[Update], None]
FindTrainings = Callable[[float], Sequence[Training]]
"""Takes the clock's time."""
Judge = Callable[[Training, Mapping[str, float]], "Review"]
"""Takes a training and the best level that the others reached, by metric."""
Measure = Callable[[Training], Levels]
Weigh = Callable[[], int]
"""Gives the bytes of all event files as they lie on disk."""

READ_BUDGET_S = 0.3
"""Of one turn: a large folder is on screen after this, and grows there. It is also the longest that a live point of one
run waits behind a gigabyte of another."""
JUDGE_BUDGET_S = 0.2
"""A point must be on screen two seconds after it was written; the poll takes 0.3 s and the page's own coalescing 0.5
s."""
MAX_JUDGE_BUDGET_S = 0.8
REJUDGE_S = 1.0
"""A judgement of a live training is at most this often renewed: no reader follows faster."""
REJUDGE_COSTS = 20
"""... nor more often than every so many times its own cost, so that judging one training takes at most 5 % of a
core."""
REJUDGE_PEERS_S = 60.0
"""A training without new points is at most this often judged again because others got better."""
REPAIR_COSTS = 50
"""... nor more often than every so many times its own cost: 2 % of a core for ten thousand trainings."""
MAX_BLIND_S = 1.0
"""Files are looked at this often even while judgements wait."""
LOOK_COSTS = 5
"""While judgements wait, looking at the files takes at most a sixth of the time."""
FAILED_TURN_S = 2.0
"""Between turns that fail as a whole: seldom enough not to fill a log."""
REPAIR_S = 5.0
"""Between two looks at the clock-dependent states (running, stalled) when no file changes."""

logger = logging.getLogger("goodfit.watch")


@dataclass(slots=True)
class _Entry:
    """What the loop remembers of one training between turns."""

    judged: Judged
    fingerprint: object
    """Of the training; equal as long as a judgement of it would see the same."""
    measured: object = None
    """Fingerprint of the training whose best levels are noted; None before the first time."""
    seen: object = None
    """Fingerprint of the training that the last judgement saw; None before the first."""
    seen_peers: object = None
    """What the others had reached then."""
    peers_version: int = -1
    """Version of the peers that was last compared with `seen_peers` and found the same."""
    due_s: float = 0.0
    """Monotonic time before which it is not judged again."""
    peers_due_s: float = 0.0
    """Monotonic time before which it is not judged again for the others' sake."""


@dataclass(slots=True)
class _Differences:
    """What changed since the last publication."""

    trainings: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    is_structural: bool = False
    has_read: bool = False
    """Whether files were looked at since."""


@dataclass(frozen=True, slots=True)
class _Files:
    """The health of all files together."""

    issues: tuple[ReadIssue, ...]
    n_files: int
    n_files_read: int
    read_bytes: int
    total_bytes: int


def _weigh(store: Store) -> _Files:
    files = store.list_files()
    return _Files(
        issues=tuple(store.list_issues()),
        n_files=len(files),
        n_files_read=sum(file.read_bytes >= file.size_bytes for file in files),
        read_bytes=sum(file.read_bytes for file in files),
        total_bytes=sum(file.size_bytes for file in files),
    )


def _fingerprint(training: Training) -> object:
    """Equal as long as a judgement of the training would see the same."""
    return training.n_points, training.last_wall_time, training.runs, training.pairs, training.state


class Watch:
    """Keeps a snapshot of one log folder up to date; `start` does so on a thread, `step` one turn by hand."""

    def __init__(
        self,
        store: Store,
        *,
        find_trainings: FindTrainings,
        judge: Judge,
        measure: Measure,
        weigh: Weigh | None = None,
        clock: Clock = time.time,
        monotonic: Clock = time.monotonic,
        pace: Pace | None = None,
        read_budget_s: float = READ_BUDGET_S,
        judge_budget_s: float = JUDGE_BUDGET_S,
        failed_turn_s: float = FAILED_TURN_S,
    ) -> None:
        self.store = store
        self._find_trainings = find_trainings
        self._judge = judge
        self._measure = measure
        self._weigh = weigh
        self._peers = PeerBests()
        self._clock = clock
        self._monotonic = monotonic
        self._pace = pace or Pace()
        self._read_budget_s = read_budget_s
        self._judge_budget_s = judge_budget_s
        self._failed_turn_s = failed_turn_s
        self._entries: dict[str, _Entry] = {}
        self._version = 0
        self._paired_s = float("-inf")
        self._pair_cost_s = 0.0
        self._looked_s = float("-inf")
        self._look_cost_s = 0.0
        self._is_behind = False
        self._n_unread_bytes = 0
        self._trouble = ""
        self._files: _Files | None = None
        self._publish_cost_s = 0.0
        self._snapshot = Snapshot(revision=0, wall_time=clock())
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._wake = threading.Event()
        self._is_closing = False
        self._thread: threading.Thread | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The newest published snapshot."""
        return self._snapshot

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with every update, on the loop's thread; returns the call that ends it."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def step(self) -> float:
        """Does one turn; returns the seconds to wait before the next."""
        if not self._snapshot.is_read and self._weigh is not None:
            # So that whoever looks during the first reading knows how much there is.
            self._snapshot = replace(self._snapshot, total_bytes=self._weigh())
        differences = _Differences()
        has_changed = self._look(differences) if self._is_time_to_look() else False
        now_s = self._monotonic()
        is_first = not self._snapshot.is_read
        if is_first or has_changed or now_s - self._paired_s >= max(REPAIR_S, REPAIR_COSTS * self._pair_cost_s):
            self._pair(differences)
        if is_first or differences.trainings or differences.tags or differences.is_structural:
            self._publish(differences)
        if not self._snapshot.is_read:
            # Half a curve is not judged: it may have come from any part of its training.
            return 0.0
        self._is_behind = self._judge_some() or self._n_unread_bytes > 0
        return self._pace.wait_s(
            has_changed=has_changed, is_behind=self._is_behind, now_s=now_s, look_cost_s=self._look_cost_s
        )

    def _is_time_to_look(self) -> bool:
        """Whether to look at the files: always, unless judgements wait and looking takes long."""
        since_s = self._monotonic() - self._looked_s
        return not self._is_behind or since_s >= min(MAX_BLIND_S, LOOK_COSTS * self._look_cost_s)

    def _look(self, differences: _Differences) -> bool:
        """Reads what is new; whether there was anything."""
        start_s = self._monotonic()
        old_trouble = self._trouble
        changes = self._refresh()
        self._looked_s = self._monotonic()
        self._n_unread_bytes = changes.n_unread_bytes
        # The first looks read everything there is, which says nothing of the looks to come.
        self._look_cost_s = self._looked_s - start_s if self._snapshot.is_read else 0.0
        differences.has_read = True
        differences.tags.update(key.tag for key in changes.series)
        differences.is_structural = self._trouble != old_trouble
        return not changes.is_empty

    def _refresh(self) -> Changes:
        try:
            # Pairing and publishing what was read so far may take long; they get a fifth of the time.
            changes = self.store.refresh(
                budget_s=max(self._read_budget_s, 4 * (self._pair_cost_s + self._publish_cost_s))
            )
        except Exception as error:
            logger.exception("refresh failed")
            self._trouble = type(error).__name__
            return Changes(revision=self.store.revision)
        self._trouble = self.store.trouble
        return changes

    def _pair(self, differences: _Differences) -> None:
        """Finds the trainings anew and notes which of them differ."""
        self._paired_s = self._monotonic()
        try:
            found = self._find_trainings(self._clock())
            self._pair_cost_s = self._monotonic() - self._paired_s
        except Exception as error:
            logger.exception("pairing failed")
            self._trouble = type(error).__name__
            differences.is_structural = True
            return
        names = {training.name for training in found}
        for name in self._entries.keys() - names:
            del self._entries[name]
            self._peers.remove(name)
            differences.trainings.add(name)
            differences.is_structural = True
        for training in found:
            entry = self._entries.get(training.name)
            if entry is None:
                judged = Judged(training, version=self._next_version())
                self._entries[training.name] = _Entry(judged, _fingerprint(training))
                differences.is_structural = True
            elif training is not entry.judged.training and entry.fingerprint != _fingerprint(training):
                old = entry.judged
                entry.fingerprint = _fingerprint(training)
                differences.is_structural |= (
                    old.training.state != training.state or old.training.pairs != training.pairs
                )
                entry.judged = replace(old, training=training, version=self._next_version())
            else:
                continue
            differences.trainings.add(training.name)

    def _judge_some(self) -> bool:
        """Judges waiting trainings until the budget is spent; whether some that are due are left."""
        start_s = self._monotonic()
        if not self._measure_some(start_s):
            return True
        waiting = self._waiting(start_s)
        differences = _Differences(is_structural=True)
        n_done = 0
        for entry in waiting:
            if n_done and self._is_spent(start_s):
                break
            self._judge_one(entry)
            differences.trainings.add(entry.judged.training.name)
            n_done += 1
        if n_done:
            self._publish(differences)
        return n_done < len(waiting)

    def _is_spent(self, start_s: float) -> bool:
        """Whether this turn's share of judging is over."""
        # A publication of ten thousand trainings takes long itself; a fifth of the time is enough for it.
        budget_s = max(self._judge_budget_s, min(MAX_JUDGE_BUDGET_S, 4 * self._publish_cost_s))
        return self._is_closing or self._monotonic() - start_s > budget_s

    def _measure_some(self, start_s: float) -> bool:
        """Notes best levels, which each training is judged beside, until the budget is spent; whether all are noted."""
        for name, entry in self._entries.items():
            if entry.measured == entry.fingerprint or (entry.measured is not None and entry.due_s > start_s):
                continue
            if self._is_spent(start_s):
                return False
            entry.measured = entry.fingerprint
            try:
                self._peers.put(name, self._measure(entry.judged.training))
            except Exception:
                # The judgement meets the same trouble and reports it.
                logger.exception("measuring %r failed", name)
                self._peers.remove(name)
        return True

    def _waiting(self, now_s: float) -> list[_Entry]:
        """Trainings that are due and that no judgement has seen as they are: never judged first, then the newest."""
        found = [
            entry
            for entry in self._entries.values()
            if (entry.seen != entry.fingerprint and entry.due_s <= now_s)
            or (entry.peers_due_s <= now_s and self._have_peers_moved(entry))
        ]
        found.sort(key=lambda entry: (entry.judged.is_judged, -entry.judged.training.last_wall_time))
        return found

    def _have_peers_moved(self, entry: _Entry) -> bool:
        """Whether the others reached something else than when the training was judged; cheap while nothing changed."""
        if entry.peers_version == self._peers.version:
            return False
        if entry.seen_peers != self._peers.mark(entry.judged.training.name):
            return True
        entry.peers_version = self._peers.version
        return False

    def _judge_one(self, entry: _Entry) -> None:
        training = entry.judged.training
        start_s = self._monotonic()
        review: Review | None = None
        failure = ""
        try:
            review = self._judge(training, self._peers.others(training.name))
        except Exception as error:
            logger.exception("judging %r failed", training.name)
            failure = type(error).__name__
        stop_s = self._monotonic()
        entry.seen = entry.fingerprint
        entry.seen_peers = self._peers.mark(training.name)
        entry.peers_version = self._peers.version
        entry.due_s = stop_s + max(REJUDGE_S, REJUDGE_COSTS * (stop_s - start_s))
        entry.peers_due_s = stop_s + REJUDGE_PEERS_S
        entry.judged = Judged(
            training,
            self._next_version(),
            () if review is None else review.findings,
            is_judged=True,
            failure=failure,
            undecided=() if review is None else review.undecided,
        )

    def _next_version(self) -> int:
        self._version += 1
        return self._version

    def _publish(self, differences: _Differences) -> None:
        start_s = self._monotonic()
        if differences.has_read or self._files is None:
            self._files = _weigh(self.store)
        files = self._files
        entries = self._entries.values()
        snapshot = Snapshot(
            revision=self._snapshot.revision + 1,
            wall_time=self._clock(),
            trainings=tuple(self._entries[name].judged for name in sorted(self._entries)),
            issues=files.issues,
            is_read=self._snapshot.is_read or self._n_unread_bytes == 0,
            n_judged=sum(entry.judged.is_judged for entry in entries),
            n_failures=sum(bool(entry.judged.failure) for entry in entries),
            n_waiting=sum(entry.seen != entry.fingerprint for entry in entries),
            n_files=files.n_files,
            n_files_read=files.n_files_read,
            read_bytes=files.read_bytes,
            total_bytes=max(files.total_bytes, files.read_bytes + self._n_unread_bytes),
            trouble=self._trouble,
        )
        self._snapshot = snapshot
        update = Update(
            snapshot,
            trainings=tuple(sorted(differences.trainings)),
            tags=tuple(sorted(differences.tags)),
            is_structural=differences.is_structural,
        )
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener(update)
            except Exception:
                logger.exception("a listener failed")
        self._publish_cost_s = self._monotonic() - start_s

    def start(self) -> None:
        """Runs the loop on a thread of its own until `close`."""
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="goodfit-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._is_closing:
            try:
                wait_s = self.step()
            except Exception as error:
                # Whatever it was, the files may read well the next time; the page shows what was published before.
                logger.exception("a turn failed")
                self._trouble = type(error).__name__
                wait_s = self._failed_turn_s
            self._rest(wait_s)

    def _rest(self, wait_s: float) -> None:
        """Waits; beyond the least gap between two turns, only until the system tells of a change."""
        gap_s = min(wait_s, self._pace.shortest_s)
        if not self._wake.wait(gap_s) and not self._is_closing and wait_s > gap_s:
            self.store.wait_for_changes(wait_s - gap_s)
        self._wake.clear()

    def close(self) -> None:
        """Ends the loop, waits for the turn under way and closes the store; safe to call twice."""
        self._is_closing = True
        self._wake.set()
        self.store.stop_waiting()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.store.close()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def watch_folder(
    logdir: str | Path | Address,
    *,
    clock: Clock = time.time,
    pace: Pace | None = None,
    cache_folder: Path | None = None,
) -> Watch:
    """A loop over a real log folder, which may still be missing, with our own pairing and judgement.

    Args:
        logdir: the log folder.
        clock: seconds since the epoch.
        pace: how often to look at the files.
        cache_folder: where to keep what was read for the next time; None keeps nothing.
    """
    from goodfit.events.logdir import list_event_files
    from goodfit.findings.engine import best_levels, review
    from goodfit.query.pair import TrainingFinder

    store = Store(logdir, cache_folder=cache_folder)
    finder = TrainingFinder(store)

    def weigh() -> int:
        return sum(file.size_bytes for files in list_event_files(store.logdir).runs.values() for file in files)

    return Watch(
        store,
        find_trainings=lambda now: finder.find(now=now),
        judge=lambda training, peer_bests: review(training, peer_bests=peer_bests),
        measure=best_levels,
        weigh=weigh,
        clock=clock,
        pace=pace,
    )
