"""GET api/training: files, restarts and sessions of one training, which the landing view has no room for."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from goodfit.errors import UnknownSeries
from goodfit.query.state import tell_session
from goodfit.query.training import Training
from goodfit.server import wire
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.errors import ApiError
from goodfit.server.overview import leading_key
from goodfit.server.schema import FileIssueView, FileView, RestartView, SessionView, TrainingDetail, TrainingQuery
from goodfit.store.store import Store

MAX_FILES = 500
MAX_ISSUES = 50
"""Of one file; `goodfit inspect` lists them all."""
MAX_RESTARTS = 200


def list_files(store: Store, runs: frozenset[str]) -> list[FileView]:
    """The files of some runs with what is damaged in them."""
    issues: dict[str, list[FileIssueView]] = {}
    for issue in store.list_issues():
        found = issues.setdefault(issue.path, [])
        if len(found) < MAX_ISSUES:
            found.append(FileIssueView(issue.path, issue.offset, issue.kind, issue.skipped_bytes, issue.detail))
    files = [file for file in store.list_files() if file.run in runs]
    return [
        FileView(
            path=wire.printable(file.path),
            run=wire.printable(file.run),
            size_bytes=file.size_bytes,
            read_bytes=file.read_bytes,
            n_records=file.n_records,
            issues=issues.get(file.path, []),
        )
        for file in files[:MAX_FILES]
    ]


def list_restarts(store: Store, training: Training) -> list[RestartView]:
    """Where the training's leading series went back to a step that it had passed."""
    key = leading_key(training)
    if key is None:
        return []
    try:
        scalars = store.read_scalars(key)
    except UnknownSeries:
        return []
    return [
        RestartView(
            run=key.run, tag=key.tag, step=int(scalars.steps[start]), wall_time=float(scalars.wall_times[start])
        )
        for start in scalars.segments[1 : 1 + MAX_RESTARTS]
    ]


def list_sessions(store: Store, training: Training) -> list[SessionView]:
    sessions = []
    for run in training.runs:
        with suppress(UnknownSeries):
            for one in store.list_sessions(run):
                status, message = tell_session(one)
                sessions.append(
                    SessionView(run, wire.printable(status), one.step, one.wall_time, wire.printable(message))
                )
    return sorted(sessions, key=lambda session: session.wall_time)


def find_start(store: Store, training: Training) -> float | None:
    """When the first of its runs began."""
    starts = []
    for run in training.runs:
        with suppress(UnknownSeries):
            starts.append(store.read_start(run))
    return min((start for start in starts if start is not None), default=None)


def read_training(context: Context, ask: TrainingQuery, _: Request) -> Response:
    training = next((one.training for one in context.watch.snapshot.trainings if one.training.name == ask.name), None)
    if training is None:
        raise ApiError("not_found", f"There is no training {ask.name!r}.", hint="see api/overview")
    n_tags = 0
    for run in training.runs:
        with suppress(UnknownSeries):
            n_tags += len(context.store.list_series(run))
    return json_answer(
        TrainingDetail(
            name=training.name,
            began=find_start(context.store, training),
            n_tags=n_tags,
            files=list_files(context.store, frozenset(training.runs)),
            restarts=list_restarts(context.store, training),
            sessions=list_sessions(context.store, training),
        )
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "api/training",
        "Files, restarts and sessions of one training.",
        read_training,
        "heavy",
        ask=TrainingQuery,
        answer=TrainingDetail,
    ),
)
