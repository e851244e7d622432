"""`/data/plugin/hparams/…`: the experiment, its sessions in groups, filtered and sorted, and the table of both.

A group is the sessions of one group name, which had the same hyperparameters; its metrics are those of its sessions:
their average, or those of the session with the median, least or greatest value of one metric.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import Response

from goodfit.query.board.experiment import (
    Experiment,
    HparamInfo,
    MetricInfo,
    MetricName,
    MetricValue,
    SessionOfGroup,
    read_experiment,
)
from goodfit.server.errors import ApiError
from goodfit.server.tensorboard_api import scalars
from goodfit.server.tensorboard_api.ask import Ask, Handler, answer
from goodfit.server.tensorboard_api.patterns import find_texts
from goodfit.server.wire import number, plain

MAX_PATTERNS = 20
"""Of one question: each may take a process."""


class _Metric(msgspec.Struct, rename="camel"):
    tag: str = ""
    group: str = ""


class _Interval(msgspec.Struct, rename="camel"):
    min_value: float = float("-inf")
    max_value: float = float("inf")


class _Column(msgspec.Struct, rename="camel"):
    metric: _Metric | None = None
    hparam: str | None = None
    order: str = "ORDER_UNSPECIFIED"
    missing_values_first: bool = False
    filter_regexp: str | None = None
    filter_interval: _Interval | None = None
    filter_discrete: list[Any] | None = None
    exclude_missing_values: bool = False
    include_in_result: bool | None = None


class _Question(msgspec.Struct, rename="camel"):
    """What any of the addresses is asked; each looks at its own parts."""

    allowed_statuses: list[str] = []
    col_params: list[_Column] = []
    aggregation_type: str = "AGGREGATION_AVG"
    aggregation_metric: _Metric | None = None
    start_index: int = 0
    slice_size: int = 0
    include_metrics: bool = True
    hparams_limit: int = 0
    session_name: str = ""
    metric_name: _Metric | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """Sessions of one group name, by their names."""

    name: str
    sessions: tuple[SessionOfGroup, ...]
    metrics: tuple[MetricValue, ...]

    @property
    def hparams(self) -> Mapping[str, Any]:
        return self.sessions[0].hparams


_Value = Callable[[_Group], Any]


def _question(ask: Ask) -> _Question:
    body = ask.body or ask.text("request", "{}").encode()
    try:
        return msgspec.json.decode(body, type=_Question)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ApiError("bad_request", f"The question is no JSON of the expected shape: {error}.") from None


def describe_experiment(ask: Ask) -> Response:
    question = _question(ask)
    experiment = read_experiment(ask.board)
    hparams = experiment.hparams[: question.hparams_limit or None]
    return answer(
        {
            "name": experiment.name,
            "description": experiment.description,
            "user": experiment.user,
            "timeCreatedSecs": number(experiment.time_created_s),
            "hparamInfos": [_describe_hparam(info) for info in hparams],
            "metricInfos": [_describe_metric(info) for info in experiment.metrics if question.include_metrics],
        }
    )


def _describe_hparam(info: HparamInfo) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": info.name,
        "type": info.type,
        "displayName": info.display_name,
        "description": info.description,
        "differs": info.differs,
    }
    if info.discrete is not None:
        described["domainDiscrete"] = plain(info.discrete)
    elif info.interval is not None:
        low, high = info.interval
        described["domainInterval"] = {"minValue": number(low), "maxValue": number(high)}
    return described


def _describe_metric(info: MetricInfo) -> dict[str, Any]:
    return {
        "name": _describe_name(info.name),
        "displayName": info.display_name,
        "description": info.description,
        "datasetType": info.dataset_type,
    }


def _describe_name(name: MetricName) -> dict[str, str]:
    return {"tag": name.tag, "group": name.group}


def list_groups(ask: Ask) -> Response:
    question = _question(ask)
    groups = find_groups(read_experiment(ask.board), question)
    start, stop = max(question.start_index, 0), max(question.start_index, 0) + max(question.slice_size, 0)
    shown = [_describe_group(group, question) for group in groups[start:stop]]
    return answer({"sessionGroups": shown, "totalSize": len(groups)})


def find_groups(experiment: Experiment, question: _Question) -> list[_Group]:
    """The groups that pass every filter, sorted by the first column that has an order, then the next, then by name.

    Raises:
        ApiError: a filter, an order or an aggregation that there is not, or one that does not fit its column's values.
    """
    by_name: dict[str, list[SessionOfGroup]] = {}
    for session in experiment.sessions:
        if session.status in question.allowed_statuses:
            by_name.setdefault(session.group_name, []).append(session)
    groups = [
        _Group(name, tuple(sessions), _aggregate(sessions, question)) for name, sessions in sorted(by_name.items())
    ]
    columns = [(column, _value_of(column)) for column in question.col_params]
    if sum(bool(column.filter_regexp) for column, _ in columns) > MAX_PATTERNS:
        raise ApiError("bad_request", f"More than {MAX_PATTERNS} columns have a pattern.")
    for column, value in columns:
        if column.filter_regexp is not None:
            groups = _matching(groups, column, value)
        else:
            groups = [group for group in groups if _passes(column, value(group))]
    for column, value in reversed(columns):
        groups = _sorted(groups, column, value)
    return groups


def _value_of(column: _Column) -> _Value:
    if column.hparam is not None:
        name = column.hparam
        return lambda group: group.hparams.get(name)
    if column.metric is not None:
        metric = MetricName(column.metric.tag, column.metric.group)
        return lambda group: next((one.value for one in group.metrics if one.name == metric), None)
    raise ApiError("bad_request", "A column names neither a metric nor a hyperparameter.")


def _matching(groups: list[_Group], column: _Column, value: _Value) -> list[_Group]:
    """The groups whose text the column's pattern finds; an empty pattern finds every text."""
    texts = [value(group) for group in groups]
    for text in texts:
        if text is not None and not isinstance(text, str):
            raise ApiError("bad_request", f"A pattern is for texts; {column.hparam!r} is {text!r}.")
    expression, known = column.filter_regexp, {text for text in texts if text is not None}
    found = find_texts(expression, sorted(known), is_anywhere=True) if expression else list(known)
    if found is None:
        raise ApiError("bad_request", f"The pattern {str(expression)[:80]!r} cannot be used.")
    wanted = {*found, *([] if column.exclude_missing_values else [None])}
    return [group for group, text in zip(groups, texts, strict=True) if text in wanted]


def _passes(column: _Column, value: Any) -> bool:
    if value is None:
        return not column.exclude_missing_values
    if column.filter_interval is not None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ApiError("bad_request", f"An interval is for numbers; {column.hparam!r} is {value!r}.")
        return column.filter_interval.min_value <= value <= column.filter_interval.max_value
    if column.filter_discrete is not None:
        return value in column.filter_discrete
    return True


def _sorted(groups: list[_Group], column: _Column, value: _Value) -> list[_Group]:
    if column.order == "ORDER_UNSPECIFIED":
        return groups
    if column.order not in ("ORDER_ASC", "ORDER_DESC"):
        raise ApiError("bad_request", f"There is no order {column.order[:40]!r}.")
    there = [group for group in groups if value(group) is not None]
    missing = [group for group in groups if value(group) is None]
    # Of several types: numbers, then texts, then the rest.
    rank = {bool: 0, int: 0, float: 0, str: 1}
    is_descending = column.order == "ORDER_DESC"

    def place(group: _Group) -> tuple[int, Any]:
        found = value(group)
        kind = rank.get(type(found), 2)
        return kind, found if kind < 2 else str(found)

    there.sort(key=place, reverse=is_descending)
    return missing + there if column.missing_values_first else there + missing


def _aggregate(sessions: Sequence[SessionOfGroup], question: _Question) -> tuple[MetricValue, ...]:
    kind = question.aggregation_type
    if kind in ("AGGREGATION_AVG", "AGGREGATION_UNSET"):
        return _average(sessions)
    if kind not in ("AGGREGATION_MEDIAN", "AGGREGATION_MIN", "AGGREGATION_MAX") or question.aggregation_metric is None:
        raise ApiError("bad_request", f"There is no aggregation {kind[:40]!r}, or it names no metric.")
    wanted = MetricName(question.aggregation_metric.tag, question.aggregation_metric.group)
    measured = [(one.value, session) for session in sessions for one in session.metrics if one.name == wanted]
    if not measured:
        return ()
    measured.sort(key=lambda item: item[0])
    at = {"AGGREGATION_MEDIAN": (len(measured) - 1) // 2, "AGGREGATION_MIN": 0, "AGGREGATION_MAX": -1}[kind]
    return measured[at][1].metrics


def _average(sessions: Sequence[SessionOfGroup]) -> tuple[MetricValue, ...]:
    found: dict[MetricName, list[MetricValue]] = {}
    for session in sessions:
        for value in session.metrics:
            found.setdefault(value.name, []).append(value)
    return tuple(
        MetricValue(
            name,
            sum(one.value for one in values) / len(values),
            sum(one.step for one in values) // len(values),
            sum(one.wall_time for one in values) / len(values),
        )
        for name, values in found.items()
    )


def _describe_group(group: _Group, question: _Question) -> dict[str, Any]:
    hparams = dict(group.hparams)
    if any(column.include_in_result is not None for column in question.col_params):
        kept = {column.hparam for column in question.col_params if column.include_in_result and column.hparam}
        hparams = {name: value for name, value in hparams.items() if name in kept}
    with_metrics = question.include_metrics
    return {
        "name": group.name,
        "hparams": plain(hparams),
        "metricValues": [_describe_value(one) for one in group.metrics if with_metrics],
        "sessions": [
            {
                "name": session.name,
                "startTimeSecs": number(session.start_time_s),
                "endTimeSecs": number(session.end_time_s),
                "status": session.status,
                "modelUri": session.model_uri,
                "metricValues": [_describe_value(one) for one in session.metrics if with_metrics],
                "monitorUrl": session.monitor_url,
            }
            for session in group.sessions
        ],
        "monitorUrl": group.sessions[0].monitor_url,
    }


def _describe_value(value: MetricValue) -> dict[str, Any]:
    return {
        "name": _describe_name(value.name),
        "value": number(value.value),
        "trainingStep": value.step,
        "wallTimeSecs": number(value.wall_time),
    }


def list_evaluations(ask: Ask) -> Response:
    """Every point of one metric of one session."""
    question = _question(ask)
    if question.metric_name is None:
        raise ApiError("bad_request", "'metricName' is missing.")
    group, tag = question.metric_name.group, question.metric_name.tag
    run = f"{question.session_name}/{group}" if group else question.session_name
    return answer(scalars.read_rows(ask, ask.board.find("scalars", run, tag)))


def download(ask: Ask) -> Response:
    """Hyperparameters and metrics of each group as `csv`, `json` or `latex`."""
    shape = ask.text("format", "json")
    question = _question(ask)
    experiment = read_experiment(ask.board)
    groups = find_groups(experiment, replace_slice(question))
    header: list[Any] = [info.display_name or info.name for info in experiment.hparams]
    header += [info.display_name or info.name.tag for info in experiment.metrics]
    rows = []
    for group in groups:
        values = {one.name: one.value for one in group.metrics}
        row = [group.hparams.get(info.name, "") for info in experiment.hparams]
        rows.append(row + [values.get(info.name) for info in experiment.metrics])
    visible = _visible(ask, len(header))
    header, rows = _only(header, visible), [_only(row, visible) for row in rows]
    if shape == "json":
        return answer({"header": header, "rows": plain(rows)})
    if shape == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)
        return Response(out.getvalue(), media_type="text/csv")
    if shape == "latex":
        return Response(_as_latex(header, rows), media_type="application/x-latex")
    raise ApiError("bad_request", f"'format' must be json, csv or latex, got {shape[:40]!r}.")


def replace_slice(question: _Question) -> _Question:
    """The question for every group: without a list of statuses, all are meant."""
    if question.allowed_statuses:
        return question
    return msgspec.structs.replace(
        question, allowed_statuses=["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
    )


def _visible(ask: Ask, n_columns: int) -> list[bool]:
    try:
        return msgspec.json.decode(ask.text("columnsVisibility", ""), type=list[bool])
    except msgspec.MsgspecError:
        return [True] * n_columns


def _only(row: Sequence[Any], visible: Sequence[bool]) -> list[Any]:
    return [value for value, is_visible in zip(row, visible, strict=False) if is_visible]


def _as_latex(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    lines = [r"\begin{table}[tbp]", rf"\begin{{tabular}}{{{'l' * len(header)}}}"]
    lines.append(" & ".join(map(_latex, header)) + r" \\ \hline")
    lines += [" & ".join(map(_latex, row)) + r" \\" for row in rows]
    return "\n".join([*lines, r"\hline", r"\end{tabular}", r"\end{table}", ""])


def _latex(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value != value:
            return r"$\mathrm{NaN}$"
        if abs(value) == float("inf"):
            return r"$%s\infty$" % ("+" if value > 0 else "-")
        if isinstance(value, int):
            return f"${value}$"
        digits, _, exponent = f"{value:.3g}".partition("e")
        return rf"${digits}\cdot 10^{{{int(exponent)}}}$" if exponent else f"${digits}$"
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(mark, f"\\{mark}" if mark in "_%&$#{}" else mark) for mark in str(value))


PATHS: dict[str, Handler] = {
    "data/plugin/hparams/experiment": describe_experiment,
    "data/plugin/hparams/session_groups": list_groups,
    "data/plugin/hparams/metric_evals": list_evaluations,
    "data/plugin/hparams/download_data": download,
}
