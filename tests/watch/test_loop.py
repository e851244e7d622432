"""The loop: one turn at a time with a clock of our own, and on its thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from goodfit.findings.case import Undecided
from goodfit.findings.engine import Review
from goodfit.findings.finding import Finding
from goodfit.query.training import Training
from goodfit.store.store import Store
from goodfit.types import Changes, FileInfo, ReadIssue, SeriesKey, State
from goodfit.watch.loop import Watch
from goodfit.watch.pace import Pace
from goodfit.watch.peers import Levels, PeerBests
from goodfit.watch.snapshot import Update


class ScriptedStore(Store):
    """A store whose refreshes are what the test says, failures among them."""

    def __init__(self) -> None:
        self.script: list[Changes | Exception] = []
        self.n_refreshes = 0
        self._is_stopped = threading.Event()
        self.on_refresh: Callable[[], None] = lambda: None

    def refresh(self, *, budget_s: float | None = None) -> Changes:
        assert budget_s is not None, "a large folder must not hold up the first picture"
        self.n_refreshes += 1
        self.on_refresh()
        change = self.script.pop(0) if self.script else Changes(self.n_refreshes)
        if isinstance(change, Exception):
            raise change
        return change

    @property
    def revision(self) -> int:
        return self.n_refreshes

    @property
    def trouble(self) -> str:
        return ""

    def wait_for_changes(self, timeout_s: float, *, settle_s: float = 0.05) -> bool:
        return self._is_stopped.wait(timeout_s)

    def stop_waiting(self) -> None:
        self._is_stopped.set()

    def close(self) -> None:
        self.stop_waiting()

    def list_files(self) -> list[FileInfo]:
        return [FileInfo("a/events", "a", size_bytes=100, read_bytes=90, n_records=3)]

    def list_issues(self) -> list[ReadIssue]:
        return [ReadIssue("a/events", 90, "torn_tail", 0)]


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A loop over scripted parts, and what it published."""

    def __init__(self, names: Sequence[str] = ("a", "b")) -> None:
        self.store = ScriptedStore()
        self.clock = Clock()
        self.trainings = {name: make_training(name, self.store) for name in names}
        self.judged: list[str] = []
        self.levels: dict[str, float] = {}
        self.peer_bests: dict[str, dict[str, float]] = {}
        self.judge_hook: Callable[[Training], None] = lambda _: None
        self.watch = Watch(
            self.store,
            find_trainings=lambda _: [self.trainings[name] for name in sorted(self.trainings)],
            judge=self.judge,
            measure=self.measure,
            clock=self.clock,
            monotonic=self.clock,
        )
        self.updates: list[Update] = []
        self.watch.subscribe(self.updates.append)

    def measure(self, training: Training) -> Levels:
        return {"loss": ("min", self.levels.get(training.name, 1.0))}

    def judge(self, training: Training, peer_bests: Mapping[str, float]) -> Review:
        self.judged.append(training.name)
        self.peer_bests[training.name] = dict(peer_bests)
        self.judge_hook(training)
        return Review(
            training.name,
            findings=(Finding("plateau", "info", "loss", training.last_step, training=training.name),),
            undecided=(Undecided("overfit", "loss", "no_validation"),),
        )

    def grow(self, name: str, *, n_points: int = 1, state: State = "running") -> None:
        """New points of a training, which the next refresh finds."""
        old = self.trainings[name]
        self.trainings[name] = replace(
            old, n_points=old.n_points + n_points, last_step=old.last_step + n_points, state=state
        )
        self.store.script.append(Changes(self.store.revision + 1, (SeriesKey(name, "loss"),), n_points=n_points))


def make_training(name: str, store: Store) -> Training:
    return Training(
        name=name, runs=(name,), pairs=(), hparams={}, state="running", state_from="recent", first_step=0,
        last_step=9, n_points=10, last_wall_time=0.0, store=store,
    )  # fmt: skip


def test_the_picture_is_published_before_it_is_judged() -> None:
    bench = Bench()
    bench.watch.step()
    first, last = bench.updates[0].snapshot, bench.updates[-1].snapshot
    assert [judged.training.name for judged in first.trainings] == ["a", "b"]
    assert (first.is_read, first.n_judged, first.n_waiting) == (True, 0, 2)
    assert (last.n_judged, last.n_waiting) == (2, 0)
    assert [judged.findings[0].training for judged in last.trainings] == ["a", "b"]
    assert [judged.undecided[0].why for judged in last.trainings] == ["no_validation"] * 2
    assert (last.n_files, last.read_bytes, last.total_bytes) == (1, 90, 100)
    assert last.issues[0].kind == "torn_tail"


def test_an_empty_folder_is_published_once_and_then_quiet() -> None:
    bench = Bench(names=())
    bench.watch.step()
    assert bench.watch.snapshot.is_read
    n_updates = len(bench.updates)
    bench.watch.step()
    assert len(bench.updates) == n_updates


def test_only_trainings_with_new_points_are_judged_again() -> None:
    bench = Bench()
    bench.watch.step()
    bench.judged.clear()
    bench.clock.now += 2
    bench.grow("b")
    bench.watch.step()
    assert bench.judged == ["b"]
    versions = [judged.version for judged in bench.watch.snapshot.trainings]
    before = [judged.version for judged in bench.updates[1].snapshot.trainings]
    assert versions[0] == before[0]
    assert versions[1] > before[1]


def test_an_update_names_what_changed() -> None:
    bench = Bench()
    bench.watch.step()
    bench.updates.clear()
    bench.grow("b")
    bench.watch.step()
    assert (bench.updates[0].trainings, bench.updates[0].tags) == (("b",), ("loss",))
    assert not bench.updates[0].is_structural


def test_a_large_folder_is_judged_over_several_turns() -> None:
    bench = Bench(names=[f"r{index}" for index in range(10)])

    def take_time(_: Training) -> None:
        bench.clock.now += 0.15

    bench.judge_hook = take_time
    waits = []
    while not bench.updates or bench.updates[-1].snapshot.n_judged < 10:
        waits.append(bench.watch.step())
    # Two of 0.15 s go beyond the budget of 0.2 s.
    assert [update.snapshot.n_judged for update in bench.updates] == [0, 2, 4, 6, 8, 10]
    assert waits[:-1] == [0.0] * 4
    assert bench.store.n_refreshes == 5


def test_a_costly_training_is_judged_seldom() -> None:
    bench = Bench(names=["a"])

    def take_time(_: Training) -> None:
        bench.clock.now += 0.5

    bench.judge_hook = take_time
    bench.watch.step()
    for _ in range(20):
        bench.clock.now += 0.4
        bench.grow("a")
        bench.watch.step()
    # 8 s went by; one judgement of 0.5 s is due after 10 s.
    assert len(bench.judged) == 1
    assert bench.watch.snapshot.n_waiting == 1
    bench.clock.now += 3
    bench.watch.step()
    assert len(bench.judged) == 2
    assert bench.watch.snapshot.n_waiting == 0


def test_a_training_that_cannot_be_judged_is_counted_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()

    def fail(training: Training) -> None:
        if training.name == "a":
            raise ZeroDivisionError("inside a rule")

    bench.judge_hook = fail
    with caplog.at_level(logging.CRITICAL):
        bench.watch.step()
    bad, good = bench.watch.snapshot.trainings
    assert (bad.failure, bad.is_judged, bad.findings) == ("ZeroDivisionError", True, ())
    assert (good.failure, len(good.findings)) == ("", 1)
    assert bench.watch.snapshot.n_failures == 1


def test_a_refresh_that_fails_keeps_what_was_read(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.watch.step()
    bench.store.script.append(PermissionError("no"))
    with caplog.at_level(logging.CRITICAL):
        bench.watch.step()
    assert len(bench.watch.snapshot.trainings) == 2
    assert bench.watch.snapshot.trouble == "PermissionError"
    bench.grow("a")
    bench.watch.step()
    assert bench.watch.snapshot.trouble == ""
    assert bench.watch.snapshot.trainings[0].training.n_points == 11


def test_a_removed_training_goes_and_is_named() -> None:
    bench = Bench()
    bench.watch.step()
    del bench.trainings["a"]
    bench.store.script.append(Changes(2, removed_runs=("a",)))
    bench.updates.clear()
    bench.watch.step()
    assert [judged.training.name for judged in bench.watch.snapshot.trainings] == ["b"]
    assert bench.updates[0].trainings == ("a",)
    assert bench.updates[0].is_structural


def test_a_state_that_changes_with_the_clock_alone_is_seen() -> None:
    bench = Bench()
    bench.watch.step()
    bench.updates.clear()
    bench.trainings["a"] = replace(bench.trainings["a"], state="stalled")
    bench.clock.now += 6
    bench.watch.step()
    assert bench.watch.snapshot.trainings[0].training.state == "stalled"
    assert bench.updates[0].is_structural


def test_revisions_grow_by_one() -> None:
    bench = Bench()
    for _ in range(3):
        bench.grow("a")
        bench.clock.now += 2
        bench.watch.step()
    revisions = [update.snapshot.revision for update in bench.updates]
    assert revisions == list(range(1, len(revisions) + 1))


def test_a_listener_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    seen: list[Update] = []

    def fail(_: Update) -> None:
        raise RuntimeError("a listener's own trouble")

    bench.watch.subscribe(fail)
    unsubscribe = bench.watch.subscribe(seen.append)
    with caplog.at_level(logging.CRITICAL):
        bench.watch.step()
        assert seen
        unsubscribe()
        n_seen = len(seen)
        bench.grow("a")
        bench.watch.step()
    assert len(seen) == n_seen


def test_the_thread_follows_and_ends(no_leaks: None) -> None:
    bench = Bench()
    grown = threading.Event()

    def listen(update: Update) -> None:
        if any(judged.training.n_points > 10 for judged in update.snapshot.trainings):
            grown.set()

    bench.watch.subscribe(listen)
    watch = Watch(
        bench.store,
        find_trainings=lambda _: list(bench.trainings.values()),
        judge=bench.judge,
        measure=bench.measure,
        pace=Pace(shortest_s=0.01, longest_s=0.01),
    )
    watch.subscribe(listen)
    with watch:
        watch.start()
        bench.grow("a")
        assert grown.wait(60)
    watch.close()


def test_a_large_folder_is_shown_while_it_is_read_and_judged_when_it_was() -> None:
    bench = Bench()
    bench.store.script = [Changes(1, n_unread_bytes=900), Changes(2, n_unread_bytes=400), Changes(3)]
    seen = []
    for _ in range(3):
        wait_s = bench.watch.step()
        snapshot = bench.watch.snapshot
        seen.append((len(snapshot.trainings), snapshot.is_read, snapshot.total_bytes, snapshot.n_judged))
        assert snapshot.is_read or wait_s == 0.0
    # The files say 100 bytes; what the store has not looked at yet is more.
    assert seen == [(2, False, 990, 0), (2, False, 490, 0), (2, True, 100, 2)]


def test_later_growth_that_takes_long_is_read_in_parts_without_a_pause() -> None:
    bench = Bench()
    bench.watch.step()
    bench.store.script = [Changes(2, (SeriesKey("a", "loss"),), n_unread_bytes=900)]
    assert bench.watch.step() == 0.0
    assert bench.watch.snapshot.is_read
    bench.watch.step()
    assert bench.store.n_refreshes == 3


def test_the_wait_is_short_while_files_grow_and_longer_when_quiet() -> None:
    pace = Pace(shortest_s=0.3, longest_s=1.0, lively_s=30)
    assert pace.wait_s(has_changed=True, is_behind=False, now_s=0) == 0.3
    assert pace.wait_s(has_changed=False, is_behind=False, now_s=29) == 0.3
    quiet = [pace.wait_s(has_changed=False, is_behind=False, now_s=30 + index) for index in range(4)]
    assert quiet == [0.6, 1.0, 1.0, 1.0]
    assert pace.wait_s(has_changed=False, is_behind=True, now_s=40) == 0.0
    assert pace.wait_s(has_changed=True, is_behind=False, now_s=41) == 0.3


def test_a_folder_that_takes_long_to_look_at_is_looked_at_less_often() -> None:
    pace = Pace(shortest_s=0.3, longest_s=1.0, lively_s=30)
    assert pace.wait_s(has_changed=True, is_behind=False, now_s=0, look_cost_s=0.4) == 0.8
    assert pace.wait_s(has_changed=False, is_behind=False, now_s=100, look_cost_s=0.4) == 1.6
    assert pace.wait_s(has_changed=False, is_behind=False, now_s=100, look_cost_s=60.0) == 2.0
    assert pace.wait_s(has_changed=False, is_behind=True, now_s=100, look_cost_s=60.0) == 0.0


def test_while_judgements_wait_a_costly_folder_is_looked_at_seldom() -> None:
    bench = Bench(names=[f"r{index}" for index in range(40)])
    bench.store.on_refresh = lambda: setattr(bench.clock, "now", bench.clock.now + 0.5)

    def take_time(_: Training) -> None:
        bench.clock.now += 0.1

    bench.judge_hook = take_time
    n_turns = 0
    while bench.watch.snapshot.n_judged < 40:
        bench.watch.step()
        n_turns += 1
    # Each turn judges three for 0.3 s; a look costs 0.5 s, so files are looked at once a second at most.
    assert n_turns > 10
    assert bench.store.n_refreshes < n_turns / 2


def test_each_training_is_judged_beside_the_best_of_the_others() -> None:
    bench = Bench(names=["a", "b", "c"])
    bench.levels = {"a": 0.5, "b": 0.2, "c": 0.9}
    bench.watch.step()
    assert bench.peer_bests == {"a": {"loss": 0.2}, "b": {"loss": 0.5}, "c": {"loss": 0.2}}


def test_a_peer_that_got_much_better_has_the_others_judged_again_after_a_while() -> None:
    bench = Bench(names=["a", "b"])
    bench.levels = {"a": 0.5, "b": 0.6}
    bench.watch.step()
    bench.judged.clear()
    bench.levels["a"] = 0.1
    bench.clock.now += 10
    bench.grow("a")
    bench.watch.step()
    assert bench.judged == ["a"]
    bench.clock.now += 60
    bench.watch.step()
    assert bench.judged == ["a", "b"]
    assert bench.peer_bests["b"] == {"loss": 0.1}
    bench.clock.now += 60
    bench.watch.step()
    assert bench.judged == ["a", "b"]


def test_higher_is_better_among_peers_where_it_is() -> None:
    peers = PeerBests()
    peers.put("a", {"accuracy": ("max", 0.9)})
    peers.put("b", {"accuracy": ("max", 0.7), "loss": ("min", 0.3)})
    assert peers.others("a") == {"accuracy": 0.7}  # it has no loss to be compared
    assert peers.others("b") == {"accuracy": 0.9}
    peers.remove("a")
    assert peers.others("b") == {}


def test_the_thread_outlives_a_turn_that_fails(caplog: pytest.LogCaptureFixture, no_leaks: None) -> None:
    bench = Bench()
    failed, went_on = threading.Event(), threading.Event()

    def weigh() -> int:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("out of order")
        went_on.set()
        return 0

    watch = Watch(
        bench.store,
        find_trainings=lambda _: [],
        judge=bench.judge,
        measure=bench.measure,
        weigh=weigh,
        failed_turn_s=0.01,
    )
    with caplog.at_level(logging.CRITICAL), watch:
        watch.start()
        assert went_on.wait(60)
