"""The landing view with what trainings share said once: read with its shapes, it is the plain one."""

from __future__ import annotations

from typing import Any

import pytest
from tests.server.conftest import Site
from tests.server.event_files import EventFile

from goodfit.server.packed import Packer
from goodfit.server.schema import PairView, SeriesRef, TrainingView


def unpack(packed: dict[str, Any]) -> dict[str, Any]:
    """The plain overview, as a client makes it."""
    trainings = []
    for one in packed["trainings"]:
        values = one.pop("values")

        def series(shape: dict[str, Any] | None, runs: list[str] = one["runs"]) -> dict[str, Any] | None:
            return None if shape is None else {"run": runs[shape["run"]], "tag": shape["tag"]}

        one["pairs"] = [
            pair | {half: series(pair[half]) for half in ("train", "validation")}
            for pair in packed["pairs"][str(one["pairs"])]
        ]
        one["latest"] = [
            shape | dict(zip(("step", "value", "best", "best_step"), values[4 * i : 4 * i + 4], strict=True))
            for i, shape in enumerate(packed["latest"][str(one["latest"])])
        ]
        trainings.append(one)
    return packed["overview"] | {"trainings": trainings}


def test_packed_is_the_same_as_plain(site: Site) -> None:
    EventFile(site.logdir / "exp2").scalars("loss", [1.0, float("nan")])
    site.turn()
    plain = site.get("/api/overview")
    assert unpack(site.get("/api/overview", form="packed")) == plain
    assert len(plain["trainings"]) == 2


def test_what_trainings_share_is_sent_once(site: Site) -> None:
    for number in range(20):
        file = EventFile(site.logdir / f"run{number}")
        for tag in ("alpha/loss", "beta/loss", "gamma/loss"):
            file.scalars(tag, [1.0, 0.5])
    site.turn()
    packed = site.client.get("/api/overview?form=packed")
    assert packed.text.count("gamma/loss") < 20
    assert len(packed.json()["pairs"]) == 2
    assert len(packed.content) < len(site.client.get("/api/overview").content) * 0.7


def test_a_part_is_packed_as_well(site: Site) -> None:
    EventFile(site.logdir / "exp2").scalars("loss", [1.0])
    site.turn()
    revision = site.get("/api/overview")["revision"]
    assert site.get("/api/overview", form="packed", since=revision)["pairs"] == {}
    EventFile(site.logdir / "exp2", name="events.out.tfevents.1800000000.later").scalars("loss", [0.5], start_step=1)
    site.turn()
    part = unpack(site.get("/api/overview", form="packed", since=revision))
    assert part["is_partial"]
    assert part["names"] == ["exp1", "exp2"]
    assert part == site.get("/api/overview", since=revision)
    assert [training["name"] for training in part["trainings"]] == ["exp2"]


def test_both_forms_are_compressed_for_those_who_take_it(site: Site) -> None:
    for number in range(200):
        EventFile(site.logdir / f"run{number}").scalars("loss", [1.0, 0.5])
    site.turn()
    for _ in range(2):
        for form in ("plain", "packed"):
            answer = site.client.get(f"/api/overview?form={form}", headers={"accept-encoding": "gzip"})
            assert answer.headers["content-encoding"] == "gzip"
            assert ("overview" in answer.json()) == (form == "packed")


def test_a_series_of_another_run_is_refused() -> None:
    pair = PairView("loss", SeriesRef("elsewhere", "loss"), None, "min", "")
    view = TrainingView("a", ["a"], "running", 0, 0, 0, 0.0, {}, [pair], [], [], [])
    with pytest.raises(ValueError, match="elsewhere"):
        Packer().pack(view)
