"""POST api/forecasts: where a metric will probably go, how the end is known, and what is kept."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.conftest import OpenSite, Site
from tests.server.event_files import EventFile

import goodfit
from goodfit.server.app import make_context
from goodfit.server.forecast.book import MAX_POINTS
from goodfit.server.report import gather, key_of
from goodfit.server.schema import MAX_FORECASTS
from goodfit.server.settings import Settings


def log_fall(
    folder: Path, n_points: int, *, stride: int = 1, settings: dict[str, Any] | None = None, floor: float = 1.0
) -> None:
    """A validation loss that falls to `floor`, e-fold each thirty points, a point each two seconds."""
    draw = np.random.default_rng(n_points)
    with goodfit.Run(folder, hparams=settings or {}) as run:
        for number in range(n_points):
            loss = floor + 2 * math.exp(-number / 30) + float(draw.normal(0, 0.01))
            run.log(number * stride, {"val/loss": loss, "epoch": number * stride / 40}, wall_time=1e9 + 2 * number)


@pytest.fixture
def site(open_site: OpenSite, tmp_path: Path) -> Site:
    logs = tmp_path / "logs"
    log_fall(logs / "alone" / "one", 60)
    log_fall(logs / "planned" / "steps", 60, settings={"trainer.max_steps": 100})
    log_fall(logs / "planned" / "epochs", 60, stride=2, settings={"num_epochs": 5})
    log_fall(logs / "planned" / "over", 60, settings={"max_steps": 60})
    for number in range(5):
        log_fall(logs / "task" / f"done{number}", 200 + 5 * number)
    log_fall(logs / "task" / "now", 60)
    log_fall(logs / "short" / "few", 4)
    site = open_site()
    site.turn()
    return site


def ask(site: Site, *trainings: str, **more: Any) -> list[dict[str, Any]]:
    answer = site.client.post("/api/forecasts", json={"trainings": list(trainings), **more})
    assert answer.status_code == 200, answer.text
    forecasts: list[dict[str, Any]] = answer.json()["forecasts"]
    return forecasts


def test_the_path_goes_on_from_the_curve_to_its_end(site: Site) -> None:
    (view,) = ask(site, "alone/one", metric="loss")
    assert (view["half"], view["direction"], view["n_points"], view["last_step"]) == ("validation", "min", 60, 59)
    # Nothing tells the end: half as long again, that is 30 steps of 2 s.
    assert (view["end_from"], view["end_step"], view["steps"][0], view["steps"][-1]) == ("share", 89, 60, 89)
    assert view["seconds_per_step"] == pytest.approx(2.0)
    # What the curve truly does lies within the band at most of the 30 steps.
    truth = [1 + 2 * math.exp(-step / 30) for step in view["steps"]]
    within = [lo <= one <= hi for one, lo, hi in zip(truth, view["lower"], view["upper"], strict=True)]
    assert sum(within) >= 0.8 * len(within)
    assert all(lo <= mid <= hi for lo, mid, hi in zip(view["lower"], view["median"], view["upper"], strict=True))
    assert (view["trust"], view["refusal"], view["cautions"], view["advice"]) == ("yes", "", [], "go_on")
    assert view["improvement_per_hour"] == pytest.approx(view["expected_improvement"] / (30 * 2 / 3600))


def test_what_says_where_it_ends_is_told(site: Site) -> None:
    steps, epochs, over, now = ask(site, "planned/steps", "planned/epochs", "planned/over", "task/now", metric="loss")
    assert (steps["end_from"], steps["end_step"]) == ("hparams", 100)
    # Forty steps are an epoch, so five are two hundred.
    assert (epochs["end_from"], epochs["end_step"]) == ("hparams", 200)
    # Step 59 is the last of sixty; a plan that is as good as over is 1 step ahead.
    assert (over["end_from"], over["end_step"]) == ("hparams", 60)
    assert now["end_from"] == "others"
    assert abs(now["end_step"] - 209) <= 1  # the middle of 199, 204, 209, 214, 219
    assert now["n_alike"] > 0


def test_too_few_points_are_refused_in_so_many_words(site: Site) -> None:
    (view,) = ask(site, "short/few", metric="loss")
    assert (view["refusal"], view["trust"], view["steps"], view["advice"]) == ("too_short", "no", [], "unknown")
    assert view["better_step"] is None


def test_a_target_has_a_step_and_a_chance(site: Site) -> None:
    (near,) = ask(site, "alone/one", metric="loss", target=1.2)
    # The curve is at 1.2 at step 69: within the path, so more likely than not at its end.
    assert near["target_step"] is not None and abs(near["target_step"] - 69) <= 8
    assert near["target_chance"] > 0.5
    (far,) = ask(site, "alone/one", metric="loss", target=-5.0)
    assert (far["target_step"], far["target_chance"]) == (None, 0.0)
    (none,) = ask(site, "alone/one", metric="loss")
    assert (none["target_step"], none["target_chance"]) == (None, None)


def test_a_forecast_is_kept_until_the_curve_has_grown(open_site: OpenSite, tmp_path: Path) -> None:
    file = EventFile(tmp_path / "logs" / "run")
    file.scalars("loss", [1 + 1 / (1 + number) for number in range(50)])
    site = open_site()
    site.turn()
    (first,) = ask(site, "run", metric="loss")
    assert ask(site, "run", metric="loss") == [first]
    file.scalars("loss", [1 + 1 / (1 + number) for number in range(50, 80)], start_step=50)
    site.turn()
    (later,) = ask(site, "run", metric="loss")
    assert (first["last_step"], later["last_step"]) == (49, 79)


def test_long_curves_are_thinned_and_restarts_count_once(open_site: OpenSite, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    file = EventFile(tmp_path / "logs" / "run")
    n_points = 3 * MAX_POINTS
    file.scalars("loss", (1 + draw.normal(0, 0.01, n_points)).tolist())
    file.scalars("loss", [1.0] * 10, start_step=n_points // 2)
    site = open_site()
    site.turn()
    (view,) = ask(site, "run", metric="loss")
    assert view["last_step"] == n_points // 2 + 9
    assert view["n_points"] == n_points // 2 + 10
    assert view["end_step"] == pytest.approx(view["last_step"] * 1.5, rel=0.01)
    assert view["lower"][-1] < 1 < view["upper"][-1]


def test_all_that_is_no_curve_is_left_out_and_bad_questions_are_refused(site: Site) -> None:
    assert ask(site, "alone/one", "gone", metric="nothing") == []
    assert [one["training"] for one in ask(site, "alone/one", "alone/one")] == ["alone/one"]
    for body in (
        {"trainings": ["alone/one"] * (MAX_FORECASTS + 1)},
        {"trainings": "alone/one"},
        {"trainings": ["alone/one"], "target": "much"},
    ):
        assert site.client.post("/api/forecasts", json=body).status_code == 400
    bad = b'{"trainings": [], "target": 1e999}'
    assert site.client.post("/api/forecasts", content=bad).status_code == 400


def test_no_curve_breaks_it(open_site: OpenSite, tmp_path: Path) -> None:
    curves = {
        "constant": [2.0] * 40,
        "nan": [math.nan] * 40,
        "ends in nan": [1.0] * 30 + [math.nan] * 10,
        "inf": [math.inf, -math.inf] * 20,
        "huge": [(-1.0) ** number * 1e38 for number in range(40)],
        "tiny": [1e-38] * 40,
        "one": [1.0],
    }
    for name, values in curves.items():
        EventFile(tmp_path / "logs" / name).scalars("loss", values)
    site = open_site()
    site.turn()
    views = {view["training"]: view for view in ask(site, *curves, metric="loss")}
    assert set(views) == set(curves)
    assert views["ends in nan"]["trust"] == "no"
    assert views["nan"]["refusal"] == views["one"]["refusal"] == "too_short"
    assert views["constant"]["advice"] == "stop"


def test_a_report_holds_the_forecasts_of_what_has_not_finished(open_site: OpenSite, tmp_path: Path) -> None:
    now = time.time()
    for name, wall_time in (("running", now - 50), ("old", now - 1e6)):
        values = [1 + 1 / (1 + number) for number in range(50)]
        EventFile(tmp_path / "logs" / name).scalars("loss", values, wall_time=wall_time)
    site = open_site()
    site.turn()
    held = gather(make_context(site.watch, Settings(logdir="logs"))).json
    views = held[key_of("api/forecasts", {"metric": "loss"})]["forecasts"]
    assert [view["training"] for view in views] == ["running"]
