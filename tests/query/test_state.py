"""Clock, goodbyes and pace → state."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from goodfit.query.hparams import SessionEnd
from goodfit.query.state import (
    MAX_QUIET_S,
    MIN_QUIET_S,
    Goodbye,
    SessionsSaid,
    goodbye_of_hparams,
    quiet_limit_s,
    read_sessions,
    state_of,
    tell_session,
)  # fmt: skip
from goodfit.store.series import Session
from goodfit.types import State


def state(
    now: float = 1000.0,
    last: float = 990.0,
    goodbyes: tuple[Goodbye, ...] = (),
    started: float = 0.0,
    promises: bool = False,
) -> tuple[State, str]:
    found = state_of(
        now=now,
        last_wall_time=last,
        goodbyes=goodbyes,
        started_wall_time=started,
        promises_goodbye=promises,
        limit_s=lambda: 180.0,
    )
    return found.state, found.state_from


def test_recent_training_runs() -> None:
    assert state(now=1000, last=900) == ("running", "recent")


def test_quiet_training_has_finished_as_far_as_one_can_tell() -> None:
    assert state(now=10_000, last=900) == ("finished", "quiet")


def test_quiet_training_that_promised_a_goodbye_has_stalled() -> None:
    assert state(now=10_000, last=900, promises=True) == ("stalled", "quiet")


@pytest.mark.parametrize("said", ["finished", "failed", "killed"])
def test_goodbye_counts_at_once(said: State) -> None:
    assert state(goodbyes=(Goodbye(said, 991.0),)) == (said, "goodbye")


def test_points_after_a_goodbye_take_it_back() -> None:
    assert state(last=995, goodbyes=(Goodbye("finished", 900.0),)) == ("running", "recent")


def test_new_start_takes_a_goodbye_back() -> None:
    assert state(last=990, goodbyes=(Goodbye("failed", 990.0),), started=999.0) == ("running", "recent")


def test_worst_of_the_last_goodbyes_counts() -> None:
    goodbyes = (Goodbye("finished", 991.0), Goodbye("killed", 990.5), Goodbye("failed", 991.0))
    assert state(goodbyes=goodbyes) == ("killed", "goodbye")


def test_older_failure_is_forgotten() -> None:
    assert state(goodbyes=(Goodbye("failed", 500.0), Goodbye("finished", 991.0))) == ("finished", "goodbye")


def test_session_records_say_how_it_ended() -> None:
    message = json.dumps({"status": "failed", "reason": "ValueError: shapes (3,) and (4,)"})
    found = read_sessions([Session("stop", 0, 5.0, message)]).goodbye
    assert found == Goodbye("failed", 5.0, "ValueError: shapes (3,) and (4,)")


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], None),
        ([Session("start", 0, 1.0, "")], None),
        ([Session("stop", 0, 1.0, ""), Session("start", 9, 2.0, "")], None),
        ([Session("start", 0, 1.0, ""), Session("stop", 9, 2.0, "")], Goodbye("finished", 2.0)),
        ([Session("stop", 9, 2.0, "not { json")], Goodbye("finished", 2.0)),
        ([Session("stop", 9, 2.0, "[1]")], Goodbye("finished", 2.0)),
        ([Session("stop", 9, 2.0, '{"status": "odd"}')], Goodbye("finished", 2.0)),
    ],
)
def test_session_records_of_other_writers(sessions: list[Session], expected: Goodbye | None) -> None:
    assert read_sessions(sessions) == SessionsSaid(expected, False)


def test_writer_may_promise_a_goodbye() -> None:
    running = Session("unspecified", 0, 1.0, '{"status": "running"}')
    assert read_sessions([running]) == SessionsSaid(None, True)
    assert read_sessions([Session("stop", 0, 2.0, ""), running]) == SessionsSaid(None, True)
    assert read_sessions([running, Session("stop", 0, 2.0, "")]) == SessionsSaid(Goodbye("finished", 2.0), False)


def test_hparams_status_is_a_goodbye_unless_running() -> None:
    assert goodbye_of_hparams(SessionEnd("success"), 3.0) == Goodbye("finished", 3.0)
    assert goodbye_of_hparams(SessionEnd("failure"), 3.0) == Goodbye("failed", 3.0)
    assert goodbye_of_hparams(SessionEnd("running"), 3.0) is None


def test_limit_follows_the_pace() -> None:
    # A step a minute: ten times that.
    assert quiet_limit_s(np.arange(50) * 60.0) == 600.0
    # A step a second: no less than the writers' flush interval.
    assert quiet_limit_s(np.arange(50) * 1.0) == MIN_QUIET_S
    # A step in three hours: no more than a day.
    assert quiet_limit_s(np.arange(50) * 10_800.0) == MAX_QUIET_S


@pytest.mark.parametrize("wall_times", [None, [], [1.0], [1.0, 1.0, 1.0], [np.nan, np.nan, np.nan], [3.0, 2.0, 1.0]])
def test_limit_without_a_pace(wall_times: list[float] | None) -> None:
    given = None if wall_times is None else np.array(wall_times)
    assert quiet_limit_s(given) == 4 * MIN_QUIET_S


@pytest.mark.parametrize(
    ("status", "message", "told"),
    [
        ("unspecified", '{"status": "running"}', ("running", "")),
        ("stop", '{"status": "failed", "reason": "MemoryError: 3 GB"}', ("failed", "MemoryError: 3 GB")),
        ("start", "", ("start", "")),
        ("unspecified", "a note", ("unspecified", "a note")),
        ("stop", '{"status": 7}', ("stop", '{"status": 7}')),
        ("stop", "[1, 2]", ("stop", "[1, 2]")),
    ],
)
def test_one_session_record_is_told_in_words(status: Any, message: str, told: tuple[str, str]) -> None:
    assert tell_session(Session(status, 0, 5.0, message)) == told
