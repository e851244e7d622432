"""Epochs as the axis: Lightning's counter, fractions, tags by epoch, and runs that tell none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.server.conftest import OpenSite, Site
from tests.server.event_files import EventFile

from goodfit.server.epoch_axis import knots_of


@pytest.fixture
def site(open_site: OpenSite, tmp_path: Path) -> Site:
    logs = tmp_path / "logs"
    counter = EventFile(logs / "lightning")
    counter.scalars("val_loss", [1 / (1 + step) for step in range(40)])
    counter.scalars("epoch", [float(step // 10) for step in range(40)])
    fractions = EventFile(logs / "fractions")
    fractions.scalars("eval/loss", [1 / (1 + step) for step in range(40)], steps=[5 * step for step in range(40)])
    fractions.scalars("train/epoch", [step / 8 for step in range(40)], steps=[5 * step for step in range(40)])
    EventFile(logs / "keras" / "validation").scalars("epoch_loss", [1 / (1 + step) for step in range(5)])
    EventFile(logs / "none").scalars("val_loss", [1.0] * 40)
    site = open_site()
    site.turn()
    return site


def test_a_counter_is_spread_over_the_steps_of_its_epoch(site: Site) -> None:
    header, columns = site.curves(("lightning", "val_loss"), x_axis="epoch", px=40, lo=0.0, hi=4.0, smoothing=0)
    # Epoch e begins at step 10 e - 0.5, so that step s is epoch (s + 0.5) / 10: one step a column.
    assert header["series"][0]["n_points"] == 40
    assert columns["lightning val_loss mean"].tolist() == pytest.approx([1 / (1 + step) for step in range(40)])
    # The other axis is the step.
    other = columns["lightning val_loss other"] + header["series"][0]["origin"]
    assert other.tolist() == pytest.approx(list(range(40)), abs=1e-4)


def test_runs_of_different_batch_sizes_meet_on_it(site: Site) -> None:
    header, columns = site.curves(
        ("lightning", "val_loss"), ("fractions", "eval/loss"), ("keras/validation", "epoch_loss"), x_axis="epoch", px=10
    )
    assert [one["run"] for one in header["series"]] == ["lightning", "fractions", "keras/validation"]
    assert (header["lo"], header["hi"]) == (0.0, pytest.approx(39 / 8))
    assert np.isfinite(columns["keras/validation epoch_loss mean"]).sum() == 5


def test_what_tells_no_epochs_is_left_out(site: Site) -> None:
    header, _ = site.curves(("lightning", "val_loss"), ("none", "val_loss"), x_axis="epoch")
    assert [one["run"] for one in header["series"]] == ["lightning"]
    alone, _ = site.curves(("none", "val_loss"), x_axis="epoch")
    assert alone["series"] == []


def test_groups_and_density_know_it(site: Site) -> None:
    series = [{"run": "lightning", "tag": "val_loss"}, {"run": "fractions", "tag": "eval/loss"}]
    for path, ask in (
        ("groups", {"groups": [{"name": "g", "series": series}], "px": 20}),
        ("density", {"series": series, "width": 40, "height": 20}),
    ):
        answer = site.client.post(f"/api/{path}", json={**ask, "x_axis": "epoch"})
        assert answer.status_code == 200, answer.text
        assert b'"x_axis":"epoch"' in answer.content


@pytest.mark.parametrize(
    "epochs", [[], [1.0], [2.0] * 9, [0.0, 1.0], [3.0, 2.0, 1.0], [0.0, 0.0, 5.0, 5.0, 5.0], [0.1, 0.1, 0.2]]
)
def test_the_way_there_is_the_way_back(epochs: list[float]) -> None:
    steps = np.arange(len(epochs), dtype=np.float64)
    found = knots_of(steps, np.array(epochs))
    if found is None:
        assert len(set(np.maximum.accumulate(epochs).tolist())) < 2 if epochs else True
        return
    placed = found.at_steps(steps)
    assert (np.diff(placed) >= 0).all()
    assert (placed >= 0).all()
    inside = placed > 0
    assert found.steps_at(placed[inside]) == pytest.approx(steps[inside], abs=1e-6)
