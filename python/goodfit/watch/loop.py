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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.query.training import Training
from goodfit.store.store import Store
from goodfit.types import Changes, ReadIssue
from goodfit.watch.docket import Differences, Docket, Verdict
from goodfit.watch.pace import Pace
from goodfit.watch.peers import Levels
from goodfit.watch.snapshot import Snapshot, Update

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
        self._docket = Docket(judge=self._try_judging, measure=self._try_measuring, monotonic=monotonic)
        self._clock = clock
        self._monotonic = monotonic
        self._pace = pace or Pace()
        self._read_budget_s = read_budget_s
        self._judge_budget_s = judge_budget_s
        self._failed_turn_s = failed_turn_s
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
        differences = Differences()
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

    def _look(self, differences: Differences) -> bool:
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

    def _pair(self, differences: Differences) -> None:
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
        self._docket.take(found, differences)

    def _judge_some(self) -> bool:
        """Judges waiting trainings until the budget is spent; whether some that are due are left."""
        start_s = self._monotonic()
        session = self._docket.judge_some(lambda: self._is_spent(start_s))
        if session.trainings:
            self._publish(Differences(session.trainings, is_structural=True))
        return session.has_more

    def _is_spent(self, start_s: float) -> bool:
        """Whether this turn's share of judging is over."""
        # A publication of ten thousand trainings takes long itself; a fifth of the time is enough for it.
        budget_s = max(self._judge_budget_s, min(MAX_JUDGE_BUDGET_S, 4 * self._publish_cost_s))
        return self._is_closing or self._monotonic() - start_s > budget_s

    def _try_measuring(self, training: Training) -> Levels | None:
        try:
            return self._measure(training)
        except Exception:
            # The judgement meets the same trouble and reports it.
            logger.exception("measuring %r failed", training.name)
            return None

    def _try_judging(self, training: Training, peer_bests: Mapping[str, float]) -> Verdict:
        try:
            return Verdict(self._judge(training, peer_bests))
        except Exception as error:
            logger.exception("judging %r failed", training.name)
            return Verdict(None, type(error).__name__)

    def _publish(self, differences: Differences) -> None:
        start_s = self._monotonic()
        if differences.has_read or self._files is None:
            self._files = _weigh(self.store)
        files = self._files
        judged = self._docket.list_judged()
        snapshot = Snapshot(
            revision=self._snapshot.revision + 1,
            wall_time=self._clock(),
            trainings=judged,
            issues=files.issues,
            is_read=self._snapshot.is_read or self._n_unread_bytes == 0,
            n_judged=sum(one.is_judged for one in judged),
            n_failures=sum(bool(one.failure) for one in judged),
            n_waiting=self._docket.n_waiting,
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
