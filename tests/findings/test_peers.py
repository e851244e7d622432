"""Who is judged beside whom: like trainings of one folder, and nobody else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.findings.engine import review_all

EPOCHS = np.arange(60)
STUCK = 0.69 - 0.02 * (1 - np.exp(-EPOCHS / 4))
GOOD = 0.03 + 0.66 * np.exp(-EPOCHS / 8)


def write(folder: Path, metrics: dict[str, np.ndarray]) -> None:
    with goodfit.Run(folder) as run:
        for step in range(EPOCHS.size):
            run.log(step, {name: float(values[step]) for name, values in metrics.items()})


def judged_beside_others(folder: Path) -> set[str]:
    """Trainings that `underfit` calls far behind another one."""
    with goodfit.open(folder) as logs:
        reviews = review_all(logs.list_trainings())
    return {
        review.training
        for review in reviews
        for finding in review.findings
        if finding.rule == "underfit" and finding.variant == "behind_others"
    }


def both(values: np.ndarray) -> dict[str, np.ndarray]:
    noise = 0.001 * np.random.default_rng(0).normal(size=values.size)
    return {"loss": values + noise, "val_loss": values + 0.01 - noise}


def test_a_training_is_judged_beside_one_of_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "fit" / "a", both(GOOD))
    write(tmp_path / "fit" / "b", both(STUCK))
    assert judged_beside_others(tmp_path) == {"fit/b"}


@pytest.mark.parametrize(
    ("other", "metrics"),
    [
        ("elsewhere/a", both(GOOD)),  # another folder: another experiment
        ("fit/a", {**both(GOOD), "accuracy": 1 - GOOD}),  # other metrics
        ("fit/a", {"loss": GOOD}),  # no validation: another way to measure
        ("fit/a", both(GOOD / 20)),  # begins elsewhere
    ],
    ids=["folder", "metrics", "halves", "start"],
)
def test_unlike_trainings_say_nothing_of_each_other(tmp_path: Path, other: str, metrics: dict[str, np.ndarray]) -> None:
    write(tmp_path / other, metrics)
    write(tmp_path / "fit" / "b", both(STUCK))
    assert judged_beside_others(tmp_path) == set()
