"""Folders as they are found in the wild: the page answers, says what is wrong, and loses nothing that was readable."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from tests.server.conftest import OpenSite
from tests.server.event_files import EventFile, masked_crc

NAME = "events.out.tfevents.1700000000.host"


def test_a_folder_of_other_things_has_no_trainings(open_site: OpenSite, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "checkpoints").mkdir(parents=True)
    (logs / "checkpoints" / "model.pt").write_bytes(os.urandom(1000))
    (logs / "notes.txt").write_text("tfevents are elsewhere")
    site = open_site(logs)
    site.turn()
    overview = site.get("/api/overview")
    assert (overview["trainings"], overview["file_issues"]) == ([], [])


def test_an_empty_and_a_torn_file_wait(open_site: OpenSite, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "empty").mkdir(parents=True)
    (logs / "empty" / NAME).write_bytes(b"")
    torn = EventFile(logs / "torn")
    torn.scalars("loss", [1.0, 0.5])
    whole = torn.path.read_bytes()
    torn.path.write_bytes(whole[:-7])
    site = open_site(logs)
    site.turn()
    trainings = {training["name"]: training for training in site.get("/api/overview")["trainings"]}
    assert trainings["torn"]["n_points"] == 1
    torn.path.write_bytes(whole)
    site.turn()
    trainings = {training["name"]: training for training in site.get("/api/overview")["trainings"]}
    assert trainings["torn"]["n_points"] == 2


def test_a_record_of_2_to_the_60_bytes_is_an_issue_and_not_a_request_for_memory(
    open_site: OpenSite, tmp_path: Path
) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("loss", [1.0])
    offset = file.path.stat().st_size
    length = struct.pack("<Q", 2**60)
    file.append(length + masked_crc(length) + b"x" * 100)
    site = open_site()
    site.turn()
    overview = site.get("/api/overview")
    assert overview["trainings"][0]["n_points"] == 1
    assert [(issue["kind"], issue["offset"]) for issue in overview["file_issues"]] == [("giant_length", offset)]


def test_four_hundred_files_in_one_run_are_one_run(open_site: OpenSite, tmp_path: Path) -> None:
    for number in range(400):
        file = EventFile(tmp_path / "logs" / "run", name=f"{NAME}.{number:03}")
        file.scalars("loss", [1.0], start_step=number)
    site = open_site()
    site.turn()
    overview = site.get("/api/overview")
    assert overview["progress"]["n_files"] == 400
    (training,) = overview["trainings"]
    assert (training["n_points"], training["last_step"]) == (400, 399)
    header, _ = site.curves(("run", "loss"), px=400)
    assert header["series"][0]["n_points"] == 400


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission_is_named(open_site: OpenSite, tmp_path: Path) -> None:
    EventFile(tmp_path / "logs" / "run").scalars("loss", [1.0])
    secret = EventFile(tmp_path / "logs" / "secret")
    secret.path.chmod(0)
    site = open_site()
    site.turn()
    overview = site.get("/api/overview")
    assert [issue["kind"] for issue in overview["file_issues"]] == ["unreadable"]
    assert [training["name"] for training in overview["trainings"] if training["n_points"]] == ["run"]


def test_all_values_not_finite_and_values_far_apart_are_drawn(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("nan", [float("nan")] * 5)
    file.scalars("far", [3e38, 1e-38, -3e38])
    site = open_site()
    site.turn()
    header, _ = site.curves(("run", "nan"), ("run", "far"))
    assert {one["tag"]: one["n_nonfinite"] for one in header["series"]} == {"nan": 5, "far": 0}
    series = [{"run": "run", "tag": "nan"}, {"run": "run", "tag": "far"}]
    for is_log in (False, True):
        ask = {"series": series, "width": 9, "height": 9, "is_log": is_log}
        assert site.client.post("/api/density", json=ask).status_code == 200
    assert site.get("/api/overview")["trainings"][0]["failure"] == ""


def test_steps_and_clocks_that_jump_are_shown(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("loss", [1.0, 0.9], start_step=-5, wall_time=2e9)
    file.scalars("loss", [0.8, 0.7], start_step=2**62, wall_time=1.0)
    file.scalars("loss", [0.6], start_step=0, wall_time=float("nan"))
    site = open_site()
    site.turn()
    assert site.get("/api/overview")["trainings"]
    for axis in ("step", "wall_time", "relative"):
        site.curves(("run", "loss"), x_axis=axis)


def test_a_folder_that_vanishes_and_returns(open_site: OpenSite, tmp_path: Path) -> None:
    logs, away = tmp_path / "logs", tmp_path / "away"
    EventFile(logs / "run").scalars("loss", [1.0])
    site = open_site(logs)
    site.turn()
    logs.rename(away)
    site.turn()
    assert site.get("/api/overview")["trainings"] == []
    away.rename(logs)
    site.turn()
    assert len(site.get("/api/overview")["trainings"]) == 1
