"""POST api/importance: which hyperparameters explain the differences between trainings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.conftest import OpenSite, Site

import goodfit

ARCHS = ("vit", "resnet")


@pytest.fixture
def sweep(open_site: OpenSite, tmp_path: Path) -> Site:
    """Twelve trainings whose loss and accuracy the architecture alone decides; `patch` was changed along with it."""
    rng = np.random.default_rng(3)
    for number in range(12):
        arch = ARCHS[number % 2]
        settings = {"arch": arch, "patch": 16 if arch == "vit" else 1, "seed": number // 2}
        with goodfit.Run(tmp_path / "logs" / f"r{number}", hparams=settings) as run:
            for step in range(10):
                loss = (0.3 if arch == "vit" else 0.5) + 1 / (1 + step) + 0.01 * rng.normal()
                run.log(step, {"val/loss": loss, "val/accuracy": 1 - loss / 2, "val/zeta": loss})
    site = open_site()
    site.turn()
    return site


def ask(site: Site, *trainings: str, metric: str = "loss", half: str = "validation") -> Any:
    answer = site.client.post("/api/importance", json={"metric": metric, "half": half, "trainings": list(trainings)})
    assert answer.status_code == 200, answer.text
    return answer.json()


ALL = [f"r{number}" for number in range(12)]


def test_what_was_no_number_explains_everything(sweep: Site) -> None:
    view = ask(sweep, *ALL)
    assert (view["direction"], view["n_trainings"], view["n_needed"]) == ("min", 12, 8)
    arch, patch, seed = view["items"]
    assert (arch["name"], arch["tied_with"], arch["levels"]) == ("arch", ["patch"], ["vit", "resnet"])
    assert (patch["name"], patch["tied_with"], patch["levels"]) == ("patch", ["arch"], ["16", "1"])
    # Kruskal-Wallis H of ranks 1 to 6 in one group and 7 to 12 in the other; the share is (H - k + 1) / (n - k).
    statistic = 12 / (12 * 13) * (21**2 + 57**2) / 6 - 3 * 13
    assert arch["share"] == pytest.approx((statistic - 1) / 10)
    assert arch["lower"] <= arch["share"] <= arch["upper"] <= 1
    assert arch["p_value"] < 0.05 < seed["p_value"]
    assert seed["name"] == "seed" and seed["share"] == 0


def test_the_best_level_is_that_of_the_metric_s_direction(sweep: Site) -> None:
    view = ask(sweep, *ALL, metric="accuracy")
    assert (view["direction"], view["items"][0]["levels"]) == ("max", ["vit", "resnet"])
    unknown = ask(sweep, *ALL, metric="zeta")
    assert (unknown["direction"], unknown["items"][0]["levels"]) == (None, ["vit", "resnet"])


def test_only_those_asked_for_count_and_few_are_refused(sweep: Site) -> None:
    assert ask(sweep, *ALL[:8])["items"][0]["name"] == "arch"
    few = ask(sweep, *ALL[:7])
    assert (few["n_trainings"], few["items"]) == (7, [])
    vits = ask(sweep, *ALL[::2], "gone")
    assert vits["n_trainings"] == 6
    assert ask(sweep, *ALL, metric="none")["n_trainings"] == 0
    assert ask(sweep, *ALL, half="train")["n_trainings"] == 0


def test_a_half_that_there_is_not_is_refused(site: Site) -> None:
    answer = site.client.post("/api/importance", json={"metric": "loss", "half": "both", "trainings": []})
    assert answer.status_code == 400
