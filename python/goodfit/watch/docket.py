"""Trainings as they were paired → those to judge now, and what was said of each.

A training is judged when a judgement would see something new: points of its own, or what the others reached. It waits
longer the more its judgement costs, so that judging never takes more than its share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from goodfit.query.training import Training
from goodfit.watch.peers import Levels, PeerBests
from goodfit.watch.snapshot import Judged

if TYPE_CHECKING:
    from goodfit.findings.engine import Review

REJUDGE_S = 1.0
"""A judgement of a live training is at most this often renewed: no reader follows faster."""
REJUDGE_COSTS = 20
"""... nor more often than every so many times its own cost, so that judging one training takes at most 5 % of a
core."""
REJUDGE_PEERS_S = 60.0
"""A training without new points is at most this often judged again because others got better."""


@dataclass(slots=True)
class Differences:
    """What changed since the last publication."""

    trainings: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    is_structural: bool = False
    has_read: bool = False
    """Whether files were looked at since."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a judgement ended."""

    review: Review | None
    """None when it failed."""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What was judged at once."""

    trainings: set[str]
    has_more: bool
    """Whether some that are due are left."""


@dataclass(slots=True)
class _Entry:
    """What is remembered of one training between turns."""

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


def _fingerprint(training: Training) -> object:
    """Equal as long as a judgement of the training would see the same."""
    return training.n_points, training.last_wall_time, training.runs, training.pairs, training.state


class Docket:
    """All trainings of a log folder, by name."""

    def __init__(
        self,
        *,
        judge: Callable[[Training, Mapping[str, float]], Verdict],
        measure: Callable[[Training], Levels | None],
        monotonic: Callable[[], float],
    ) -> None:
        """
        Args:
            judge: takes a training and the best level that the others reached, by metric; raises nothing.
            measure: the best levels of a training; None when they cannot be had.
            monotonic: the clock by which trainings are due.
        """
        self._judge = judge
        self._measure = measure
        self._monotonic = monotonic
        self._peers = PeerBests()
        self._entries: dict[str, _Entry] = {}
        self._version = 0

    def list_judged(self) -> tuple[Judged, ...]:
        """Every training and what was said of it, by name."""
        return tuple(self._entries[name].judged for name in sorted(self._entries))

    @property
    def n_waiting(self) -> int:
        """Trainings that no judgement has seen as they are."""
        return sum(entry.seen != entry.fingerprint for entry in self._entries.values())

    def take(self, found: Sequence[Training], differences: Differences) -> None:
        """Takes the trainings as they are now, and notes which of them differ from before."""
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

    def judge_some(self, is_spent: Callable[[], bool]) -> Session:
        """Judges trainings that are due until the time is spent, at least one."""
        start_s = self._monotonic()
        if not self._measure_some(start_s, is_spent):
            return Session(set(), has_more=True)
        waiting = self._waiting(start_s)
        names: set[str] = set()
        for entry in waiting:
            if names and is_spent():
                break
            self._judge_one(entry)
            names.add(entry.judged.training.name)
        return Session(names, has_more=len(names) < len(waiting))

    def _measure_some(self, start_s: float, is_spent: Callable[[], bool]) -> bool:
        """Notes best levels, which each training is judged beside, until the time is spent; whether all are noted."""
        for name, entry in self._entries.items():
            if entry.measured == entry.fingerprint or (entry.measured is not None and entry.due_s > start_s):
                continue
            if is_spent():
                return False
            entry.measured = entry.fingerprint
            levels = self._measure(entry.judged.training)
            if levels is None:
                self._peers.remove(name)
            else:
                self._peers.put(name, levels)
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
        verdict = self._judge(training, self._peers.others(training.name))
        stop_s = self._monotonic()
        entry.seen = entry.fingerprint
        entry.seen_peers = self._peers.mark(training.name)
        entry.peers_version = self._peers.version
        entry.due_s = stop_s + max(REJUDGE_S, REJUDGE_COSTS * (stop_s - start_s))
        entry.peers_due_s = stop_s + REJUDGE_PEERS_S
        review = verdict.review
        entry.judged = Judged(
            training,
            self._next_version(),
            () if review is None else review.findings,
            is_judged=True,
            failure=verdict.failure,
            undecided=() if review is None else review.undecided,
        )

    def _next_version(self) -> int:
        self._version += 1
        return self._version
