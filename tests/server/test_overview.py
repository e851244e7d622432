"""The landing view's answer."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from tests.server.conftest import OpenSite, Site
from tests.server.event_files import WALL_TIME, EventFile

from goodfit.findings.finding import Finding
from goodfit.query.training import Training
from goodfit.server.overview import choose_objective, choose_shown, list_needing
from goodfit.store.store import Store
from goodfit.types import Direction, Pair, Scalars, SeriesKey, Severity
from goodfit.watch.snapshot import Judged


def test_a_training_with_its_pairs_and_values(site: Site) -> None:
    overview = site.get("/api/overview")
    (training,) = overview["trainings"]
    assert training["name"] == "exp1"
    assert training["runs"] == ["exp1/train", "exp1/validation"]
    assert (training["state"], training["last_step"], training["n_points"]) == ("finished", 19, 80)
    assert training["judged"]
    pair = training["pairs"][0]
    assert (pair["metric"], pair["direction"]) == ("loss", "min")
    assert pair["train"] == {"run": "exp1/train", "tag": "epoch_loss"}
    assert pair["validation"] == {"run": "exp1/validation", "tag": "epoch_loss"}
    assert overview["objective"] == "loss"
    assert overview["shown_metrics"] == ["loss", "accuracy"]
    assert overview["counts"] == {"finished": 1}
    assert overview["progress"]["is_done"]
    values = {(value["metric"], value["half"]): value for value in training["latest"]}
    assert values["loss", "train"]["value"] == pytest.approx(1 / 20)
    assert values["accuracy", "validation"]["best"] == pytest.approx(19 / 25)
    assert values["accuracy", "validation"]["best_step"] == 19
    assert training["spark"] == pytest.approx([0.2 + 1 / (1 + step) for step in range(20)], rel=1e-5)


def test_a_missing_folder_is_watched_until_it_comes(open_site: OpenSite, tmp_path: Path) -> None:
    site = open_site(tmp_path / "later")
    site.turn()
    empty = site.get("/api/overview")
    assert (empty["trainings"], empty["objective"], empty["shown_metrics"]) == ([], None, [])
    assert empty["progress"]["is_done"]
    EventFile(tmp_path / "later" / "run").scalars("loss", [1.0, 0.5])
    site.turn()
    (training,) = site.get("/api/overview")["trainings"]
    assert training["name"] == "run"


def test_a_removed_run_goes_and_the_rest_stays(site: Site) -> None:
    EventFile(site.logdir / "exp2").scalars("loss", [1.0])
    site.turn()
    assert len(site.get("/api/overview")["trainings"]) == 2
    for path in (site.logdir / "exp2").iterdir():
        path.unlink()
    (site.logdir / "exp2").rmdir()
    site.turn()
    assert [training["name"] for training in site.get("/api/overview")["trainings"]] == ["exp1"]


def test_before_the_first_reading_it_says_so(open_site: OpenSite, pair_logs: Path) -> None:
    site = open_site(pair_logs)
    progress = site.get("/api/overview")["progress"]
    assert (progress["is_read"], progress["is_done"]) == (False, False)


def test_a_new_point_changes_the_newest_value_and_the_best(site: Site) -> None:
    file = EventFile(site.logdir / "exp1" / "train", name="events.out.tfevents.1800000000.later")
    file.scalars("epoch_loss", [0.01, 0.02], start_step=20)
    site.turn()
    (training,) = site.get("/api/overview")["trainings"]
    value = next(v for v in training["latest"] if (v["metric"], v["half"]) == ("loss", "train"))
    assert (value["step"], value["best_step"]) == (21, 20)
    assert value["value"] == pytest.approx(0.02)
    assert value["best"] == pytest.approx(0.01)


def test_a_best_value_that_a_restart_wrote_over_is_not_the_best(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("loss", [1.0, 0.8, 0.1])
    site = open_site()
    site.turn()
    file.scalars("loss", [0.7, 0.6], start_step=1)
    site.turn()
    (value,) = site.get("/api/overview")["trainings"][0]["latest"]
    assert (value["best"], value["best_step"]) == (pytest.approx(0.6), 2)


def test_values_that_are_not_finite_travel_as_text(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("loss", [1.0, float("inf"), float("nan")])
    site = open_site()
    site.turn()
    (training,) = site.get("/api/overview")["trainings"]
    assert training["latest"][0]["value"] == "NaN"
    assert training["latest"][0]["best"] == 1.0
    assert training["spark"] == [1.0, None, None]


def test_since_a_revision_only_changed_trainings_are_sent(site: Site) -> None:
    EventFile(site.logdir / "exp2").scalars("loss", [1.0])
    site.turn()
    whole = site.get("/api/overview")
    assert not whole["is_partial"]
    nothing = site.get("/api/overview", since=whole["revision"])
    assert nothing["is_partial"]
    assert (nothing["trainings"], nothing["names"]) == ([], ["exp1", "exp2"])
    EventFile(site.logdir / "exp2", name="events.out.tfevents.1800000000.b").scalars("loss", [0.5], start_step=1)
    site.turn()
    part = site.get("/api/overview", since=whole["revision"])
    assert [training["name"] for training in part["trainings"]] == ["exp2"]
    # A revision that this server never had is one of a server that ran before.
    assert not site.get("/api/overview", since=10**6)["is_partial"]


def test_a_revision_of_a_server_that_ran_before_counts_as_none(site: Site, open_site: OpenSite) -> None:
    before = site.get("/api/overview")
    again = open_site(site.logdir)
    again.turn()
    whole = again.get("/api/overview", since=before["revision"], instance=before["instance"])
    assert [one["name"] for one in whole["trainings"]] == ["exp1"]
    held = again.get("/api/overview", since=whole["revision"], instance=whole["instance"])
    assert held["is_partial"] and held["trainings"] == []


def test_a_large_answer_comes_compressed_to_those_who_take_it(site: Site) -> None:
    for number in range(60):
        EventFile(site.logdir / f"more{number}").scalars("loss", [1.0 / (1 + step) for step in range(60)])
    site.turn()
    plain = site.client.get("/api/overview", headers={"accept-encoding": "identity"})
    packed = site.client.get("/api/overview", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 4
    assert packed.json()["trainings"] == plain.json()["trainings"]


def test_damaged_files_are_named(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("loss", [1.0, 0.5, 0.4])
    data = bytearray(file.path.read_bytes())
    data[-20] ^= 0xFF
    file.path.write_bytes(bytes(data))
    site = open_site()
    site.turn()
    overview = site.get("/api/overview")
    (issue,) = overview["file_issues"]
    assert issue["path"] == f"run/{file.path.name}"
    assert issue["kind"] == "bad_data_crc"
    assert overview["trainings"][0]["n_points"] == 2


def test_hyperparameters_and_title_are_there(open_site: OpenSite, pair_logs: Path) -> None:
    site = open_site(pair_logs, window_title="My <runs>")
    site.turn()
    overview = site.get("/api/overview")
    assert overview["window_title"] == "My <runs>"
    assert overview["logdir"] == str(pair_logs)
    assert overview["now"] > WALL_TIME


def test_a_training_that_cannot_be_shown_does_not_take_the_others_along(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = type(site.watch.store).read_scalars

    def fail(store: Store, key: SeriesKey) -> Scalars:
        if key.run.startswith("exp1"):
            raise ValueError("damaged beyond reading")
        return read(store, key)

    monkeypatch.setattr(type(site.watch.store), "read_scalars", fail)
    EventFile(site.logdir / "exp2").scalars("loss", [1.0, 0.5])
    EventFile(site.logdir / "exp1" / "train", name="events.out.tfevents.1800000000.b").scalars("epoch_loss", [0.1])
    with caplog.at_level(logging.CRITICAL):
        site.turn()
        bad, good = site.get("/api/overview")["trainings"]
    assert (bad["name"], bad["failure"]) == ("exp1", "ValueError")
    assert (good["name"], good["latest"][0]["value"]) == ("exp2", 0.5)


KEY = SeriesKey("r", "t")


def pair(metric: str, *, is_whole: bool = True, direction: Direction | None = "min") -> Pair:
    return Pair(metric, KEY, KEY if is_whole else None, direction, "single")


def finding(severity: Severity, *, metric: str = "loss", confidence: float = 0.9) -> Finding:
    return Finding("rule", severity, metric, 1, confidence=confidence)


def judged(name: str, *findings: Finding, pairs: tuple[Pair, ...] = (), last_wall_time: float = 0.0) -> Judged:
    training = Training(
        name=name, runs=(name,), pairs=pairs, hparams={}, state="running", state_from="recent", first_step=0,
        last_step=1, n_points=2, last_wall_time=last_wall_time, store=Store("nowhere"),
    )  # fmt: skip
    return Judged(training, 1, findings, is_judged=True)


def test_those_that_need_you_come_worst_first() -> None:
    trainings = [
        judged("fine", finding("info")),
        judged("unsure", finding("warning", confidence=0.6)),
        judged("sure", finding("warning", confidence=0.9), finding("info", confidence=1.0)),
        judged("new", finding("error"), last_wall_time=2.0),
        judged("old", finding("error"), last_wall_time=1.0),
    ]
    assert list_needing(trainings) == ["new", "old", "sure", "unsure"]


def test_the_objective_is_what_leads_most_and_whole_pairs_count_more() -> None:
    whole = [judged(f"w{i}", pairs=(pair("loss"),)).training for i in range(2)]
    sweep = [judged(f"s{i}", pairs=(pair("accuracy", is_whole=False),)).training for i in range(3)]
    assert choose_objective([*whole, *sweep]) == "loss"
    assert choose_objective(sweep) == "accuracy"
    assert choose_objective([]) is None


def test_shown_metrics_are_objective_accuracy_then_those_with_findings() -> None:
    pairs = (
        pair("loss"), pair("aux"), pair("grad_norm", is_whole=False), pair("lr", is_whole=False, direction=None),
        pair("top5_acc", direction="max"), pair("iou", direction="max"),
    )  # fmt: skip
    found = judged("a", finding("warning", metric="grad_norm"), finding("info", metric="unknown"), pairs=pairs)
    assert choose_shown([found], "loss") == ["loss", "top5_acc", "grad_norm", "aux", "iou"]
    many = replace(found.training, pairs=tuple(pair(f"m{index}") for index in range(20)))
    assert len(choose_shown([replace(found, training=many)], "m0")) == 6


def test_a_finding_names_its_half_and_shows_its_own_curve(open_site: OpenSite, tmp_path: Path) -> None:
    # The loss is fine; the accuracy, which does not lead, ends in NaN on the train half.
    run = EventFile(tmp_path / "logs" / "exp1" / "train")
    run.scalars("epoch_loss", [1 / (1 + step) for step in range(30)])
    run.scalars("epoch_accuracy", [step / 30 for step in range(28)] + [float("nan")] * 2)
    other = EventFile(tmp_path / "logs" / "exp1" / "validation")
    other.scalars("epoch_loss", [1.1 / (1 + step) for step in range(30)])
    other.scalars("epoch_accuracy", [step / 31 for step in range(30)])
    site = open_site()
    site.turn()
    (training,) = site.get("/api/overview")["trainings"]
    (found,) = [one for one in training["findings"] if one["rule"] == "nonfinite"]
    assert (found["metric"], found["half"]) == ("accuracy", "train")
    assert found["spark"][:28] == pytest.approx([step / 30 for step in range(28)], rel=1e-5)
    assert found["spark"][28:] == [None, None]
    assert training["spark"] != found["spark"]


def test_a_training_too_short_to_judge_says_so(open_site: OpenSite, tmp_path: Path) -> None:
    EventFile(tmp_path / "logs" / "young").scalars("loss", [1.0, 0.5, 0.4])
    EventFile(tmp_path / "logs" / "grown").scalars("loss", [1 / (1 + step) for step in range(40)])
    site = open_site()
    site.turn()
    grown, young = site.get("/api/overview")["trainings"]
    (why,) = [one for one in young["undecided"] if one["why"] == "too_short"]
    assert (why["metric"], why["n_points"]) == ("loss", 3)
    assert why["n_needed"] > 3
    assert "too_short" not in {one["why"] for one in grown["undecided"]}
