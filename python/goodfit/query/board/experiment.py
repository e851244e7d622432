"""Hyperparameter records of a store → TensorBoard's experiment: its hyperparameters, metrics and sessions.

    Experiment { 1 description, 2 user, 3 time_created_secs, 4 HParamInfo*, 5 MetricInfo*, 6 name }
    HParamInfo { 1 name, 2 display_name, 3 description, 4 type, 5 domain_discrete: ListValue,
                 6 domain_interval {1 min_value, 2 max_value} }
    MetricInfo { 1 name {1 group, 2 tag}, 3 display_name, 4 description, 5 dataset_type }

A session is a run with a start record; a metric is a scalar of a session or of a run below it, its group. Where no run
recorded an experiment, it is worked out from the sessions. Source: tensorboard/plugins/hparams/{api,plugin_data}.proto
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from goodfit.query.board.book import BoardSeries
from goodfit.query.hparams import END_TAG, START_TAG, parse_session_end, parse_session_start, parse_value
from goodfit.types import SeriesKey
from goodfit.wire import Undecodable, read_fields, read_integer, read_message, read_messages, read_text

if TYPE_CHECKING:
    from goodfit.query.board.book import Board

EXPERIMENT_TAG = "_hparams_/experiment"
HparamType = Literal["DATA_TYPE_UNSET", "DATA_TYPE_STRING", "DATA_TYPE_BOOL", "DATA_TYPE_FLOAT64"]
_TYPES: tuple[HparamType, ...] = ("DATA_TYPE_UNSET", "DATA_TYPE_STRING", "DATA_TYPE_BOOL", "DATA_TYPE_FLOAT64")
_DATASETS = ("DATASET_UNKNOWN", "DATASET_TRAINING", "DATASET_VALIDATION")
_STATUSES = {
    "unknown": "STATUS_UNKNOWN",
    "success": "STATUS_SUCCESS",
    "failure": "STATUS_FAILURE",
    "running": "STATUS_RUNNING",
}


@dataclass(frozen=True, slots=True)
class HparamInfo:
    """One hyperparameter of the experiment."""

    name: str
    type: HparamType
    display_name: str = ""
    description: str = ""
    discrete: tuple[Any, ...] | None = None
    """Values it may take; None where it has none or an interval."""
    interval: tuple[float, float] | None = None
    differs: bool = False


@dataclass(frozen=True, slots=True, order=True)
class MetricName:
    """A metric: a scalar's tag, and the run below the session that has it; empty for the session's own."""

    tag: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """One metric of the experiment."""

    name: MetricName
    display_name: str = ""
    description: str = ""
    dataset_type: str = _DATASETS[0]


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric's newest value."""

    name: MetricName
    value: float
    step: int
    wall_time: float


@dataclass(frozen=True, slots=True)
class SessionOfGroup:
    """One run with a start record."""

    name: str
    group_name: str
    """The session's own name, where it names no group."""
    hparams: Mapping[str, Any]
    status: str = "STATUS_UNKNOWN"
    start_time_s: float = 0.0
    end_time_s: float = 0.0
    model_uri: str = ""
    monitor_url: str = ""
    metrics: tuple[MetricValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """What TensorBoard's table of hyperparameters is made of."""

    name: str = ""
    description: str = ""
    user: str = ""
    time_created_s: float = 0.0
    hparams: tuple[HparamInfo, ...] = ()
    """Those that differ first, then by name."""
    metrics: tuple[MetricInfo, ...] = ()
    sessions: tuple[SessionOfGroup, ...] = field(default=(), repr=False)
    """Sorted by name."""


def read_experiment(board: Board) -> Experiment:
    """The experiment of a log folder; empty where no run recorded hyperparameters."""
    contents: dict[str, dict[str, bytes]] = {}
    for series in board.list_series("hparams"):
        contents.setdefault(series.run, {})[series.tag] = series.content
    starts = {run: start for run, tags in contents.items() if (start := _parse_start(run, tags)) is not None}
    recorded = _first_recorded(contents)
    described: Experiment = recorded or Experiment(hparams=_infer_hparams(starts.values()))
    scalars = board.list_series("scalars")
    if recorded is None and described.hparams:
        described = _with(described, metrics=_infer_metrics(scalars, starts))
    newest = _read_newest(board, scalars, starts, described.metrics)
    sessions = [_with(session, metrics=newest.get(run, ())) for run, session in sorted(starts.items())]
    hparams = sorted(described.hparams, key=lambda info: (not info.differs, info.name))
    described = _with(described, hparams=tuple(hparams), sessions=tuple(sessions))
    return described


def _with(value: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(value, **changes)


def _double(data: bytes, number: int) -> float:
    found = [value for at, _, value in read_fields(data) if at == number and isinstance(value, bytes)]
    return float(struct.unpack("<d", found[-1])[0]) if found and len(found[-1]) == 8 else 0.0


def _parse_start(run: str, tags: Mapping[str, bytes]) -> SessionOfGroup | None:
    content = tags.get(START_TAG)
    start = parse_session_start(content) if content is not None else None
    if content is None or start is None:
        return None
    end = parse_session_end(tags[END_TAG]) if END_TAG in tags else None
    try:
        info = read_message(content, 3) or b""
        model_uri, monitor_url = read_text(info, 2), read_text(info, 3)
    except Undecodable:
        model_uri = monitor_url = ""
    return SessionOfGroup(
        name=run,
        group_name=start.group_name or run,
        hparams=start.hparams,
        status=_STATUSES[end.status] if end is not None else "STATUS_UNKNOWN",
        start_time_s=start.start_time_s or 0.0,
        end_time_s=(end.end_time_s or 0.0) if end is not None else 0.0,
        model_uri=model_uri,
        monitor_url=monitor_url,
    )


def _first_recorded(contents: Mapping[str, Mapping[str, bytes]]) -> Experiment | None:
    for tags in contents.values():
        if EXPERIMENT_TAG not in tags:
            continue
        try:
            message = read_message(tags[EXPERIMENT_TAG], 2)
            if message is not None:
                return _parse_experiment(message)
        except (Undecodable, IndexError):
            continue  # damaged: the next run's
    return None


def _parse_experiment(data: bytes) -> Experiment:
    return Experiment(
        name=read_text(data, 6),
        description=read_text(data, 1),
        user=read_text(data, 2),
        time_created_s=_double(data, 3),
        hparams=tuple(_parse_hparam(item) for item in read_messages(data, 4)),
        metrics=tuple(_parse_metric(item) for item in read_messages(data, 5)),
    )


def _parse_hparam(data: bytes) -> HparamInfo:
    discrete, interval = read_message(data, 5), read_message(data, 6)
    kind = read_integer(data, 4)
    return HparamInfo(
        name=read_text(data, 1),
        type=_TYPES[kind] if 0 <= kind < len(_TYPES) else _TYPES[0],
        display_name=read_text(data, 2),
        description=read_text(data, 3),
        discrete=None if discrete is None else tuple(parse_value(item) for item in read_messages(discrete, 1)),
        interval=None if interval is None else (_double(interval, 1), _double(interval, 2)),
    )


def _parse_metric(data: bytes) -> MetricInfo:
    name, kind = read_message(data, 1) or b"", read_integer(data, 5)
    return MetricInfo(
        MetricName(read_text(name, 2), read_text(name, 1)),
        display_name=read_text(data, 3),
        description=read_text(data, 4),
        dataset_type=_DATASETS[kind] if 0 <= kind < len(_DATASETS) else _DATASETS[0],
    )


def _infer_hparams(sessions: Iterable[SessionOfGroup]) -> tuple[HparamInfo, ...]:
    """Types and ranges by the values that the sessions gave; of mixed types, text."""
    values: dict[str, list[Any]] = {}
    for session in sessions:
        for name, value in session.hparams.items():
            values.setdefault(name, []).append(value)
    infos = (_infer_hparam(name, found) for name, found in values.items())
    return tuple(info for info in infos if info is not None)


def _type_of(value: Any) -> HparamType | None:
    if isinstance(value, bool):
        return "DATA_TYPE_BOOL"
    if isinstance(value, int | float):
        return "DATA_TYPE_FLOAT64"
    return "DATA_TYPE_STRING" if isinstance(value, str) else None


def _infer_hparam(name: str, values: list[Any]) -> HparamInfo | None:
    typed = [(kind, value) for value in values if (kind := _type_of(value)) is not None]
    kinds = {kind for kind, _ in typed}
    if not kinds:
        return None
    if kinds == {"DATA_TYPE_FLOAT64"}:
        numbers = [float(value) for _, value in typed if not math.isnan(value)] or [math.nan]
        interval = (min(numbers), max(numbers))
        return HparamInfo(name, "DATA_TYPE_FLOAT64", interval=interval, differs=len(set(numbers)) > 1)
    if kinds == {"DATA_TYPE_BOOL"}:
        flags = tuple(sorted({value for _, value in typed}))
        return HparamInfo(name, "DATA_TYPE_BOOL", discrete=flags, differs=len(flags) > 1)
    texts = tuple(sorted({_as_text(value) for _, value in typed}))
    return HparamInfo(name, "DATA_TYPE_STRING", discrete=texts, differs=len(texts) > 1)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(float(value))


def _session_of(run: str, sessions: Mapping[str, Any]) -> tuple[str, str] | None:
    """The session that a run belongs to, itself or the nearest above it, and the run's name below it."""
    above = run
    while above not in sessions:
        above, slash, _ = above.rpartition("/")
        if not slash:
            return None
    return above, run[len(above) + 1 :]


def _infer_metrics(scalars: Iterable[BoardSeries], sessions: Mapping[str, Any]) -> tuple[MetricInfo, ...]:
    names = set()
    for series in scalars:
        found = _session_of(series.run, sessions)
        if found is not None:
            names.add(MetricName(series.tag, found[1]))
    return tuple(MetricInfo(name) for name in sorted(names))


def _read_newest(
    board: Board, scalars: Iterable[BoardSeries], sessions: Iterable[str], metrics: Iterable[MetricInfo]
) -> dict[str, tuple[MetricValue, ...]]:
    """By session, the newest value of each metric it has, in the order of the metrics."""
    known = {(series.run, series.tag): series.info.key for series in scalars}
    places: list[tuple[str, MetricName, SeriesKey]] = []
    for session in sessions:
        for info in metrics:
            run = f"{session}/{info.name.group}" if info.name.group else session
            key = known.get((run, info.name.tag))
            if key is not None:
                places.append((session, info.name, key))
    latest = board.store.latest(list({key for _, _, key in places}))
    columns = (latest.values.tolist(), latest.steps.tolist(), latest.wall_times.tolist())
    values = dict(zip(latest.keys, zip(*columns, strict=True), strict=True))
    found: dict[str, list[MetricValue]] = {}
    for session, name, key in places:
        if key in values:
            found.setdefault(session, []).append(MetricValue(name, *values[key]))
    return {session: tuple(newest) for session, newest in found.items()}
