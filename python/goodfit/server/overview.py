"""A snapshot → the landing view's answer, encoded once and kept until the next snapshot.

The view of a training is kept until the training's version changes, and the best value of a series until it grows; only
its new points are then looked at. So a live point in one of 500 trainings costs one view, not 500.
"""

from __future__ import annotations

import gzip
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

import goodfit
from goodfit.errors import UnknownSeries
from goodfit.findings.finding import Finding
from goodfit.query.training import Training
from goodfit.server import wire
from goodfit.server.best import BestValues
from goodfit.server.packed import Packed, Packer
from goodfit.server.schema import (
    FileIssueView,
    FindingView,
    LatestValue,
    Overview,
    PackedOverview,
    PairView,
    Progress,
    SeriesRef,
    TrainingView,
    UndecidedView,
)
from goodfit.server.spark import MAX_VALUES, draw_spark
from goodfit.types import Pair, SeriesKey
from goodfit.watch.snapshot import Judged, Snapshot

if TYPE_CHECKING:
    from goodfit.findings.case import Undecided
    from goodfit.store.store import Store

logger = logging.getLogger("goodfit.server")

MAX_SHOWN_METRICS = 6
MAX_FILE_ISSUES = 200
"""More would bury the page; `goodfit inspect` lists them all."""
SEVERITY_RANK = {"error": 0, "warning": 1}
SCHEMA = 1
Form = Literal["plain", "packed"]
"""Of the whole answer: as the interface documents it, or with what trainings have in common said once."""


def view_series(key: SeriesKey | None) -> SeriesRef | None:
    return None if key is None else SeriesRef(run=key.run, tag=key.tag)


def view_pair(pair: Pair) -> PairView:
    return PairView(
        metric=pair.metric,
        train=view_series(pair.train),
        validation=view_series(pair.validation),
        direction=pair.direction,
        how=pair.how,
    )


def find_half(finding: Finding, training: Training) -> tuple[Literal["train", "validation"], SeriesKey | None]:
    """The half that a finding speaks of, and its series: as its evidence says, else the half that decides."""
    pair = next((pair for pair in training.pairs if pair.metric == finding.metric), None)
    said = finding.evidence.get("half")
    if pair is None:
        return "validation", None
    if (said == "train" and pair.train is not None) or pair.validation is None:
        return "train", pair.train
    return "validation", pair.validation


def view_undecided(undecided: Iterable[Undecided], metric: str | None) -> list[UndecidedView]:
    """Each reason for silence on a metric once, with the most points that it asks for."""
    by_why: dict[str, UndecidedView] = {}
    for one in undecided:
        known = by_why.get(one.why)
        if one.metric == metric and (known is None or known.n_needed < one.n_needed):
            by_why[one.why] = UndecidedView(one.metric, one.why, one.n_points, one.n_needed)
    return [by_why[why] for why in sorted(by_why)]


def view_finding(
    finding: Finding,
    training: str,
    *,
    half: Literal["train", "validation"] = "validation",
    spark: list[float | None] | None = None,
) -> FindingView:
    return FindingView(
        training=training,
        rule=finding.rule,
        variant=finding.variant,
        severity=finding.severity,
        metric=finding.metric,
        step=finding.step,
        onset_step=finding.onset_step,
        onset_interval=finding.onset_interval,
        confidence=finding.confidence,
        evidence=wire.plain(finding.evidence),
        advice_codes=list(finding.advice_codes),
        half=half,
        spark=spark or [],
    )


def view_without_values(training: Training, *, failure: str) -> TrainingView:
    """A training of which nothing but its name and state can be shown."""
    return TrainingView(
        name=wire.printable(training.name),
        runs=[wire.printable(run) for run in training.runs],
        state=training.state,
        first_step=0,
        last_step=0,
        n_points=training.n_points,
        last_wall_time=0.0,
        hparams={},
        pairs=[],
        findings=[],
        latest=[],
        spark=[],
        failure=failure,
    )


def worst_severity(findings: Iterable[Finding]) -> int:
    """Rank of the worst finding: 0 error, 1 warning, 2 neither."""
    return min((SEVERITY_RANK.get(finding.severity, 2) for finding in findings), default=2)


def list_needing(trainings: Iterable[Judged]) -> list[str]:
    """Trainings with an error or a warning, worst first, then the surest, then the newest."""
    ranked = []
    for judged in trainings:
        rank = worst_severity(judged.findings)
        if rank < 2:
            confidence = max(f.confidence for f in judged.findings if SEVERITY_RANK.get(f.severity, 2) == rank)
            ranked.append((rank, -confidence, -judged.training.last_wall_time, judged.training.name))
    return [name for *_, name in sorted(ranked)]


def choose_objective(trainings: Iterable[Training]) -> str | None:
    """The metric that leads most trainings, one with both halves counting for three; ties go to the first by name.

    Two trainings with train and validation loss say more of a folder than three sweeps with a single accuracy each.
    """
    leading: Counter[str] = Counter()
    for training in trainings:
        for pair in training.pairs[:1]:
            leading[pair.metric] += 1 if pair.train is None or pair.validation is None else 3
    return min(leading, key=lambda metric: (-leading[metric], metric), default=None)


def choose_shown(trainings: Iterable[Judged], objective: str | None) -> list[str]:
    """Metrics of the landing charts: the objective, its accuracy partner, metrics with findings, then other pairs."""
    partners: Counter[str] = Counter()
    paired: Counter[str] = Counter()
    found: Counter[str] = Counter()
    known: set[str] = set()
    for judged in trainings:
        for pair in judged.training.pairs:
            known.add(pair.metric)
            is_whole = pair.train is not None and pair.validation is not None
            if is_whole:
                paired[pair.metric] += 1
            if pair.direction == "max":
                # An accuracy with both halves is the better partner, an accuracy by name the next best.
                partners[pair.metric] += 100 * is_whole + 10 * ("acc" in pair.metric.lower()) + 1
        for finding in judged.findings:
            found[finding.metric] += 3 - worst_severity([finding])

    def most(counter: Counter[str]) -> list[str]:
        return sorted((m for m in counter if m in known), key=lambda m: (-counter[m], m))

    chosen = [objective] if objective is not None else []
    chosen += most(partners)[:1] + most(found) + most(paired)
    return list(dict.fromkeys(chosen))[:MAX_SHOWN_METRICS]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The encoded view of one training."""

    version: int
    revision: int
    """Of the snapshot that brought this view."""
    raw: msgspec.Raw
    packed: Packed


class OverviewBook:
    """Answers of api/overview: views of trainings made when a snapshot comes, the whole when somebody asks.

    Lock: `_lock` is held while views or an answer are made (milliseconds; a second for the first of a huge folder), so
    that two requests do not make them twice. Nothing else is locked meanwhile.
    """

    def __init__(self, *, logdir: str, window_title: str, clock: Callable[[], float]) -> None:
        self._logdir = logdir
        self._window_title = window_title
        self._clock = clock
        self._instance = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._snapshot: Snapshot | None = None
        """The newest that views were made for."""
        self._best = BestValues()
        self._packer = Packer()
        self._answer: tuple[Overview, dict[Form, bytes]] | None = None
        """The newest without its trainings, and with all of them in the forms that were asked for."""
        self._compressed: dict[Form, tuple[bytes, bytes]] = {}
        """Of each form the whole answer last taken compressed, and that."""

    def prepare(self, snapshot: Snapshot, store: Store) -> None:
        """Makes the views of trainings that changed, so that whoever asks next need not wait for them."""
        with self._lock:
            self._prepare(snapshot, store)

    def _prepare(self, snapshot: Snapshot, store: Store) -> Snapshot:
        """Makes views unless there are newer ones; gives the snapshot that they are of."""
        if self._snapshot is not None and self._snapshot.revision >= snapshot.revision:
            return self._snapshot
        # In the order of the snapshot, which is by name.
        self._kept = {judged.training.name: self._keep(judged, snapshot, store) for judged in snapshot.trainings}
        self._snapshot = snapshot
        return snapshot

    def encode(
        self, snapshot: Snapshot, store: Store, *, since: int = -1, instance: str = "", form: Form = "plain"
    ) -> bytes:
        """The answer for a snapshot; while the first reading goes on, made anew each time.

        Args:
            snapshot: the newest.
            store: asked for values and, during the first reading, for progress.
            since: a revision that the asker holds; trainings that did not change after it are left out.
            instance: of the answer that the revision came with.
            form: plain, or with what trainings have in common said once.
        """
        with self._lock:
            # A request may arrive here late, with a snapshot older than the views.
            snapshot = self._prepare(snapshot, store)
            if self._answer is None or self._answer[0].revision < snapshot.revision or not snapshot.is_read:
                self._answer = (self._make(snapshot, store), {})
            overview, wholes = self._answer
            # A revision of a server that ran before this one says nothing of what its asker holds.
            if instance in ("", self._instance) and 0 <= since <= overview.revision:
                changed = [kept for kept in self._kept.values() if kept.revision > since]
                part = msgspec.structs.replace(overview, is_partial=True, names=list(self._kept))
                return self._encode(part, changed, form)
            if form not in wholes:
                wholes[form] = self._encode(overview, list(self._kept.values()), form)
            return wholes[form]

    def _encode(self, overview: Overview, trainings: list[_Kept], form: Form) -> bytes:
        """An overview with the trainings given."""
        if form == "plain":
            raws = [kept.raw for kept in trainings]
            return wire.encode(msgspec.structs.replace(overview, trainings=raws))
        packed = [kept.packed for kept in trainings]
        whole = PackedOverview(
            overview=overview,
            trainings=[one.raw for one in packed],  # type: ignore[misc]
            pairs=self._packer.pairs.pick(one.pairs for one in packed),  # type: ignore[arg-type]
            latest=self._packer.values.pick(one.values for one in packed),  # type: ignore[arg-type]
        )
        return wire.encode(whole)

    def compress(self, answer: bytes) -> bytes:
        """An answer of `encode`, compressed; the whole one once for all who ask.

        At the lowest level: 3 MB take 20 ms and become a tenth, higher ones take thrice as long for a fifth less.
        """
        wholes = self._answer[1] if self._answer is not None else {}
        form = next((form for form, whole in wholes.items() if whole is answer), None)
        if form is None:
            return gzip.compress(answer, 1, mtime=0)
        kept = self._compressed.get(form)
        if kept is None or kept[0] is not answer:
            kept = self._compressed[form] = (answer, gzip.compress(answer, 1, mtime=0))
        return kept[1]

    def _make(self, snapshot: Snapshot, store: Store) -> Overview:
        trainings = [judged.training for judged in snapshot.trainings]
        objective = choose_objective(trainings)
        return Overview(
            schema=SCHEMA,
            version=goodfit.__version__,
            logdir=self._logdir,
            window_title=self._window_title,
            revision=snapshot.revision,
            now=self._clock(),
            counts=dict(sorted(Counter(training.state for training in trainings).items())),
            needs_you=list_needing(snapshot.trainings),
            objective=objective,
            shown_metrics=choose_shown(snapshot.trainings, objective),
            trainings=[],
            file_issues=[
                FileIssueView(
                    path=issue.path,
                    offset=issue.offset,
                    kind=issue.kind,
                    skipped_bytes=issue.skipped_bytes,
                    detail=issue.detail,
                )
                for issue in snapshot.issues[:MAX_FILE_ISSUES]
            ],
            progress=view_progress(snapshot, store),
            instance=self._instance,
        )

    def _keep(self, judged: Judged, snapshot: Snapshot, store: Store) -> _Kept:
        """The encoded view of a training, the one kept unless it changed."""
        kept = self._kept.get(judged.training.name)
        if kept is not None and kept.version == judged.version:
            return kept
        try:
            view = self._view_training(judged, store)
            raw, packed = wire.encode(view), self._packer.pack(view)
        except (ValueError, TypeError, LookupError, ArithmeticError, OSError) as error:
            # One training that cannot be shown must not take the others along.
            logger.exception("no view of training %r", judged.training.name)
            view = view_without_values(judged.training, failure=type(error).__name__)
            raw, packed = wire.encode(view), self._packer.pack(view)
        return _Kept(judged.version, snapshot.revision, msgspec.Raw(raw), packed)

    def _view_training(self, judged: Judged, store: Store) -> TrainingView:
        training = judged.training
        return TrainingView(
            name=training.name,
            runs=list(training.runs),
            state=training.state,
            first_step=training.first_step,
            last_step=training.last_step,
            n_points=training.n_points,
            last_wall_time=training.last_wall_time,
            hparams=wire.plain(training.hparams),
            pairs=[view_pair(pair) for pair in training.pairs],
            findings=self._list_findings(judged, store),
            latest=self._list_latest(training, store),
            spark=self._spark(leading_key(training), store),
            state_from=training.state_from,
            judged=judged.is_judged,
            failure=judged.failure,
            undecided=view_undecided(judged.undecided, training.pairs[0].metric if training.pairs else None),
        )

    def _list_findings(self, judged: Judged, store: Store) -> list[FindingView]:
        training = judged.training
        views = []
        for finding in judged.findings:
            half, key = find_half(finding, training)
            # Notes have no card, hence no picture of their own; most findings are on the curve that leads.
            has_own = finding.severity in SEVERITY_RANK and key != leading_key(training)
            spark = self._spark(key, store) if has_own else None
            views.append(view_finding(finding, training.name, half=half, spark=spark))
        return views

    def _list_latest(self, training: Training, store: Store) -> list[LatestValue]:
        halves = [
            (pair, half, key)
            for pair in training.pairs
            for half, key in (("train", pair.train), ("validation", pair.validation))
            if key is not None
        ]
        latest = store.latest([key for _, _, key in halves])
        at = {key: index for index, key in enumerate(latest.keys)}
        steps, values = latest.steps.tolist(), latest.values.tolist()
        found = []
        for pair, half, key in halves:
            if key not in at:
                continue
            best = self._best.find(store, key, direction=pair.direction)
            found.append(
                LatestValue(
                    metric=pair.metric,
                    half=half,  # type: ignore[arg-type]
                    step=steps[at[key]],
                    value=wire.number(values[at[key]]),
                    best=None if best is None else wire.number(best.value),
                    best_step=None if best is None else best.step,
                )
            )
        return found

    def _spark(self, key: SeriesKey | None, store: Store) -> list[float | None]:
        if key is None:
            return []
        try:
            return draw_spark(store.read_scalars(key).values, max_values=MAX_VALUES)
        except UnknownSeries:
            return []


def leading_key(training: Training) -> SeriesKey | None:
    """The series that stands for a training: its first metric, the validation half if there is one."""
    return next((pair.validation or pair.train for pair in training.pairs[:1]), None)


def view_progress(snapshot: Snapshot, store: Store) -> Progress:
    """How far reading and judging are; asks the store itself while the first reading goes on."""
    read_bytes, total_bytes, n_files = snapshot.read_bytes, snapshot.total_bytes, snapshot.n_files
    n_files_read = snapshot.n_files_read
    if not snapshot.is_read:
        files = store.list_files()
        n_files = len(files)
        n_files_read = sum(file.read_bytes >= file.size_bytes for file in files)
        read_bytes = sum(file.read_bytes for file in files)
        total_bytes = max(total_bytes, read_bytes)
    return Progress(
        read_bytes=read_bytes,
        total_bytes=total_bytes,
        n_files=n_files,
        n_files_read=n_files_read,
        judged=snapshot.n_judged,
        trainings=len(snapshot.trainings),
        is_done=snapshot.is_read and snapshot.n_judged == len(snapshot.trainings),
        is_read=snapshot.is_read,
        failures=snapshot.n_failures,
        trouble=snapshot.trouble,
    )
