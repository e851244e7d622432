"""A store → its trainings: runs grouped, their series paired, hyperparameters and state attached.

Names decide which series belong together (`grouping.py` for runs, `match.py` for tags); points are not read, but for
the wall times of one curve of each training that may still be running.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from goodfit.errors import GoodfitError, UnknownSeries
from goodfit.query.grouping import Member, RunFacts, group_runs
from goodfit.query.hparams import END_TAG, START_TAG, SessionEnd, SessionStart, parse_session_end, parse_session_start
from goodfit.query.match import AxisPair, Pairing, find_candidates, pair_series
from goodfit.query.state import (
    Goodbye,
    goodbye_of_hparams,
    quiet_limit_s,
    read_sessions,
    state_of,
)  # fmt: skip
from goodfit.query.training import Training
from goodfit.store.store import Store
from goodfit.types import Pair, SeriesInfo, SeriesKey

__all__ = ["Pairing", "TrainingFinder", "find_trainings"]


def find_trainings(store: Store, *, now: float, pairing: Pairing | None = None) -> list[Training]:
    """The trainings of a store, sorted by name; a snapshot.

    Args:
        store: what was read.
        now: the clock, in seconds since the epoch, UTC; tells running from finished.
        pairing: how the user overrules the names.
    """
    return TrainingFinder(store, pairing=pairing).find(now=now)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What names alone decide about one training."""

    name: str
    members: tuple[Member, ...]
    pairs: tuple[AxisPair, ...]
    axis_keys: frozenset[SeriesKey]
    """Series whose steps count the same thing as the objective's."""

    def renamed(self, name: str, member: Member) -> _Plan | None:
        """The same plan for another training of one run with the same tags, as thousands of a sweep are.

        None where a metric had to take the run's name into its own, to differ from another's.
        """
        (own,) = self.members
        if any(pair.pair.metric.startswith((f"{own.run}/", f"{own.run} ")) for pair in self.pairs):
            return None
        keys = {key: SeriesKey(member.run, key.tag) for key in self.axis_keys}

        def moved(key: SeriesKey | None) -> SeriesKey | None:
            return None if key is None else keys.get(key) or SeriesKey(member.run, key.tag)

        pairs = tuple(
            AxisPair(
                Pair(each.pair.metric, moved(each.pair.train), moved(each.pair.validation), each.pair.direction,
                     each.pair.how),
                each.axis,
            )
            for each in self.pairs
        )  # fmt: skip
        return _Plan(name, (member,), pairs, frozenset(keys.values()))


@dataclass(frozen=True, slots=True)
class _Summary:
    """What the series of one training say; stays the same until one of them changes."""

    series: list[SeriesInfo]
    hparams: Mapping[str, Any]
    goodbyes: tuple[Goodbye, ...]
    """Those of the hyperparameters plugin."""
    started_wall_time: float
    promises_goodbye: bool
    newest: SeriesKey | None
    """The scalar series that was written last."""
    first_step: int
    last_step: int
    n_points: int
    last_wall_time: float


class TrainingFinder:
    """Finds the trainings of one store again after each refresh; looks anew only at what changed.

    Not safe to use from several threads at once.
    """

    def __init__(self, store: Store, *, pairing: Pairing | None = None) -> None:
        self._store = store
        self._pairing = pairing or Pairing()
        self._facts: dict[str, RunFacts] = {}
        self._facts_from: dict[str, list[SeriesInfo]] = {}
        self._plans: list[_Plan] = []
        self._summaries: dict[str, _Summary] = {}
        self._sessions: dict[SeriesKey, tuple[int, SessionStart | SessionEnd | None]] = {}

    def find(self, *, now: float) -> list[Training]:
        """The trainings as of the store's last refresh, sorted by name."""
        infos: dict[str, list[SeriesInfo]] = {run: [] for run in self._store.list_runs()}
        for info in self._store.list_series():
            infos.setdefault(info.key.run, []).append(info)
        self._plan(infos)
        self._summaries = {plan.name: self._summarise(plan, infos) for plan in self._plans}
        return [self._build(plan, self._summaries[plan.name], now) for plan in self._plans]

    def _plan(self, infos: dict[str, list[SeriesInfo]]) -> None:
        # The store gives out the same entry until the series changes, so comparing is cheap.
        facts = {
            run: self._facts[run] if self._facts_from.get(run) == series and run in self._facts else self._look(series)
            for run, series in infos.items()
        }
        is_same = facts == self._facts and bool(self._plans)
        self._facts, self._facts_from = facts, infos
        if is_same:
            return
        words = self._pairing.words()
        tags_of = {run: fact.scalar_tags for run, fact in facts.items()}
        if self._pairing.merged:
            groups = group_runs(facts, words)
        else:
            groups = {run: (Member(run, None, ""),) for run in sorted(facts)}
        alike: dict[object, _Plan] = {}
        plans = []
        for name, members in groups.items():
            outline = (tags_of[members[0].run], replace(members[0], run="")) if len(members) == 1 else None
            like = alike.get(outline)
            if like is not None and (plan := like.renamed(name, members[0])) is not None:
                plans.append(plan)
                continue
            candidates = find_candidates(members, tags_of, words)
            pairs = tuple(pair_series(candidates, metrics=self._pairing.metrics))
            axis = pairs[0].axis if pairs else "steps"
            keys = frozenset(candidate.key for candidate in candidates if candidate.axis == axis)
            plans.append(_Plan(name, members, pairs, keys))
            if outline is not None and not self._pairing.metrics:
                alike[outline] = plans[-1]
        self._plans, self._summaries = plans, {}

    def _look(self, series: Sequence[SeriesInfo]) -> RunFacts:
        scalars = [info for info in series if info.kind == "scalar"]
        hparams_id = None
        for info in series:
            if isinstance(session := self._read_session(info), SessionStart):
                hparams_id = repr(sorted(session.hparams.items()))
        return RunFacts(
            scalar_tags=tuple(info.key.tag for info in scalars),
            hparams_id=hparams_id,
            # Only one or more matters; the count itself would make every new point a new plan.
            n_most_points=min(2, max((info.n_points for info in scalars), default=0)),
        )

    def _summarise(self, plan: _Plan, infos: Mapping[str, Sequence[SeriesInfo]]) -> _Summary:
        series = [info for member in plan.members for info in infos[member.run]]
        known = self._summaries.get(plan.name)
        if known is not None and series and known.series == series:
            return known
        scalars = [info for info in series if info.kind == "scalar"]
        counted = [info for info in scalars if info.key in plan.axis_keys and info.n_points > 0]
        newest = max(scalars, key=lambda info: _time(info.last_wall_time), default=None)
        hparams: dict[str, Any] = {}
        goodbyes: list[Goodbye] = []
        started_wall_time = 0.0
        promises_goodbye = False
        for info in series:
            session = self._read_session(info)
            if isinstance(session, SessionStart):
                hparams |= session.hparams
                started_wall_time = max(started_wall_time, _time(info.last_wall_time))
            elif isinstance(session, SessionEnd):
                promises_goodbye |= session.status == "running"
                if goodbye := goodbye_of_hparams(session, _time(info.last_wall_time)):
                    goodbyes.append(goodbye)
        # A writer that was opened and has not written yet: the folder's age tells a start from a leftover.
        wall_times = [_time(info.last_wall_time) for info in series] or [
            self._folder_time(member.run) for member in plan.members
        ]
        return _Summary(
            series=series,
            hparams=hparams,
            goodbyes=tuple(goodbyes),
            started_wall_time=started_wall_time,
            promises_goodbye=promises_goodbye,
            newest=newest.key if newest else None,
            first_step=min((info.first_step for info in counted), default=0),
            last_step=max((info.last_step for info in counted), default=0),
            n_points=sum(info.n_points for info in scalars),
            last_wall_time=max(wall_times),
        )

    def _build(self, plan: _Plan, summary: _Summary, now: float) -> Training:
        said = [read_sessions(self._store.list_sessions(member.run)) for member in plan.members]
        now_state = state_of(
            now=now,
            last_wall_time=summary.last_wall_time,
            goodbyes=[*summary.goodbyes, *(one.goodbye for one in said if one.goodbye)],
            started_wall_time=summary.started_wall_time,
            promises_goodbye=summary.promises_goodbye or any(one.promises_goodbye for one in said),
            limit_s=lambda: self._limit_s(summary.newest),
        )
        return Training(
            name=plan.name,
            runs=tuple(member.run for member in plan.members),
            pairs=tuple(pair.pair for pair in plan.pairs),
            hparams=summary.hparams,
            state=now_state.state,
            state_from=now_state.state_from,
            first_step=summary.first_step,
            last_step=summary.last_step,
            n_points=summary.n_points,
            last_wall_time=summary.last_wall_time,
            store=self._store,
        )

    def _limit_s(self, newest: SeriesKey | None) -> float:
        try:
            return quiet_limit_s(self._store.read_scalars(newest).wall_times if newest else None)
        except UnknownSeries:
            # Its file went away since it was listed; the next refresh says so.
            return quiet_limit_s(None)

    def _folder_time(self, run: str) -> float:
        try:
            return (self._store.logdir / run).stat().st_mtime
        except OSError:
            return 0.0

    def _read_session(self, info: SeriesInfo) -> SessionStart | SessionEnd | None:
        """The newest session record of a series, read once per recorded point; None for any other series."""
        if info.key.tag not in (START_TAG, END_TAG) or info.n_points == 0:
            return None
        n_known, session = self._sessions.get(info.key, (0, None))
        if n_known == info.n_points:
            return session
        parse = parse_session_start if info.key.tag == START_TAG else parse_session_end
        session = None
        try:
            contents = self._store.read_blobs(info.key).read(info.n_points - 1)
        except (GoodfitError, IndexError):
            # The file went away since it was listed; the next refresh says so.
            contents = ()
        for content in contents:
            session = parse(content) or session
        self._sessions[info.key] = (info.n_points, session)
        return session


def _time(wall_time: float) -> float:
    return wall_time if math.isfinite(wall_time) else 0.0
