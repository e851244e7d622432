"""A store → its trainings: runs grouped, their series paired, hyperparameters and state attached.

Names decide which series belong together (`grouping.py` for runs, `match.py` for tags); points are not read, but for
the wall times of one curve of each training that may still be running.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goodfit.errors import GoodfitError
from goodfit.query.grouping import Member, RunFacts, group_runs
from goodfit.query.hparams import END_TAG, START_TAG, SessionEnd, SessionStart, parse_session_end, parse_session_start
from goodfit.query.match import AxisPair, Pairing, find_candidates, pair_series
from goodfit.query.state import (
    MAX_QUIET_S,
    Goodbye,
    goodbye_of_hparams,
    goodbye_of_session,
    quiet_limit_s,
    state_of,
)  # fmt: skip
from goodfit.query.training import Training
from goodfit.store.store import Store
from goodfit.types import SeriesInfo, SeriesKey

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


class TrainingFinder:
    """Finds the trainings of one store again after each refresh; remembers what names decided while they stay the same.

    Not safe to use from several threads at once.
    """

    def __init__(self, store: Store, *, pairing: Pairing | None = None) -> None:
        self._store = store
        self._pairing = pairing or Pairing()
        self._names: tuple[object, ...] | None = None
        self._plans: list[_Plan] = []
        self._sessions: dict[tuple[SeriesKey, int], SessionStart | SessionEnd | None] = {}

    def find(self, *, now: float) -> list[Training]:
        """The trainings as of the store's last refresh, sorted by name."""
        runs = self._store.list_runs()
        infos: dict[str, list[SeriesInfo]] = {run: [] for run in runs}
        for info in self._store.list_series():
            infos.setdefault(info.key.run, []).append(info)
        self._plan(infos)
        return [self._build(plan, infos, now) for plan in self._plans]

    def _plan(self, infos: Mapping[str, Sequence[SeriesInfo]]) -> None:
        facts = {}
        for run, series in infos.items():
            scalars = [info for info in series if info.kind == "scalar"]
            facts[run] = RunFacts(
                scalar_tags=tuple(info.key.tag for info in scalars),
                hparams_id=self._hparams_id(series),
                n_most_points=min(2, max((info.n_points for info in scalars), default=0)),
            )
        names = tuple(sorted(facts.items()))
        if names == self._names:
            return
        words = self._pairing.words()
        tags_of = {run: fact.scalar_tags for run, fact in facts.items()}
        groups = (
            group_runs(facts, words)
            if self._pairing.merged
            else {run: (Member(run, None, ""),) for run in sorted(facts)}
        )
        plans = []
        for name, members in groups.items():
            candidates = find_candidates(members, tags_of, words)
            pairs = tuple(pair_series(candidates, metrics=self._pairing.metrics))
            axis = pairs[0].axis if pairs else "steps"
            keys = frozenset(candidate.key for candidate in candidates if candidate.axis == axis)
            plans.append(_Plan(name, members, pairs, keys))
        self._plans, self._names = plans, names

    def _build(self, plan: _Plan, infos: Mapping[str, Sequence[SeriesInfo]], now: float) -> Training:
        series = [info for member in plan.members for info in infos[member.run]]
        scalars = [info for info in series if info.kind == "scalar"]
        counted = [info for info in scalars if info.key in plan.axis_keys and info.n_points > 0]
        newest = max((info for info in scalars), key=lambda info: _time(info.last_wall_time), default=None)
        last_wall_time = max((_time(info.last_wall_time) for info in series), default=0.0)
        if not series:
            # A writer that was opened and has not written yet: the folder's age tells a start from a leftover.
            last_wall_time = max(self._folder_time(member.run) for member in plan.members)
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
        for member in plan.members:
            if goodbye := goodbye_of_session(self._store.list_sessions(member.run)):
                goodbyes.append(goodbye)
        limit_s = quiet_limit_s(None)
        if newest is not None and now - last_wall_time <= MAX_QUIET_S:
            # Older logs are quiet at any pace, so their points need not be read.
            limit_s = quiet_limit_s(self._store.read_scalars(newest.key).wall_times)
        now_state = state_of(
            now=now,
            last_wall_time=last_wall_time,
            goodbyes=goodbyes,
            started_wall_time=started_wall_time,
            promises_goodbye=promises_goodbye,
            limit_s=limit_s,
        )
        return Training(
            name=plan.name,
            runs=tuple(member.run for member in plan.members),
            pairs=tuple(pair.pair for pair in plan.pairs),
            hparams=hparams,
            state=now_state.state,
            state_from=now_state.state_from,
            first_step=min((info.first_step for info in counted), default=0),
            last_step=max((info.last_step for info in counted), default=0),
            n_points=sum(info.n_points for info in scalars),
            last_wall_time=last_wall_time,
            store=self._store,
        )

    def _folder_time(self, run: str) -> float:
        try:
            return (self._store.logdir / run).stat().st_mtime
        except OSError:
            return 0.0

    def _hparams_id(self, series: Sequence[SeriesInfo]) -> str | None:
        for info in series:
            if isinstance(session := self._read_session(info), SessionStart):
                return repr(sorted(session.hparams.items()))
        return None

    def _read_session(self, info: SeriesInfo) -> SessionStart | SessionEnd | None:
        """The session record of a series, read once per recorded point; None for any other series."""
        if info.key.tag not in (START_TAG, END_TAG) or info.n_points == 0:
            return None
        cached = (info.key, info.n_points)
        if cached not in self._sessions:
            parse = parse_session_start if info.key.tag == START_TAG else parse_session_end
            self._sessions[cached] = None
            try:
                contents = self._store.read_blobs(info.key).read(info.n_points - 1)
            except GoodfitError:
                # The file went away since it was listed; the next refresh says so.
                contents = ()
            for content in contents:
                self._sessions[cached] = parse(content) or self._sessions[cached]
        return self._sessions[cached]


def _time(wall_time: float) -> float:
    return wall_time if math.isfinite(wall_time) else 0.0
