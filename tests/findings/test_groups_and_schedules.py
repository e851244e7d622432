"""Rules that look beyond one curve: epochs, the learning rate, siblings that differ in their seed, the state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.findings.engine import Points, Review, make_case, review_all, review_cases
from goodfit.findings.finding import Finding
from goodfit.findings.rules.outlier_run import Member, find_group, group_of
from goodfit.findings.rules.stalled import find_state
from goodfit.testing.curves import make_pairs

EPOCHS = np.arange(120)
FALLING = 2.0 * np.exp(-EPOCHS / 15) + 0.3


def noisy(values: np.ndarray, sigma: float = 0.005, seed: int = 0) -> np.ndarray:
    return values + sigma * np.random.default_rng(seed).normal(size=values.size)


def get(review: Review, rule: str) -> Finding | None:
    return next((finding for finding in review.findings if finding.rule == rule), None)


def fine_tuning(drop: float, slope: float) -> Review:
    steps = np.arange(500)
    train = noisy(1.5 - drop * (steps // 100) - slope * steps, 0.03)
    ends = np.arange(1, 6) * 100
    case = make_case(
        "loss",
        direction="min",
        train=Points(steps, train),
        validation=Points(ends, 1.5 - 0.01 * np.arange(5.0)),
    )
    assert case is not None
    return review_cases([case])


def test_staircase_counts_the_drops_at_epoch_ends() -> None:
    finding = get(fine_tuning(0.25, 0.0001), "staircase")
    assert finding is not None and finding.onset_step in (100, 101)
    assert (finding.evidence["n_drops"], finding.evidence["epoch_step"]) == (4, 100)
    assert finding.evidence["drop"] == pytest.approx(0.25, abs=0.03)
    assert get(fine_tuning(0.0, 0.002), "staircase") is None


def test_smooth_curves_are_no_staircase() -> None:
    for pair in make_pairs(40, seed=501):
        steps = np.arange(pair.train.size)
        ends = np.arange(1, 9) * (pair.train.size // 8)
        case = make_case(
            "loss",
            direction=pair.direction,
            train=Points(steps, pair.train),
            validation=Points(ends, pair.validation[ends - 1]),
        )
        assert case is not None
        assert get(review_cases([case]), "staircase") is None


def scheduled(cut_helps: bool, *, ends_flat: bool = True) -> Review:
    rate = np.where(EPOCHS < 60, 0.1, 0.01)
    level = 0.9 + 1.4 * np.exp(-EPOCHS / 8)
    if cut_helps:
        level = np.where(EPOCHS < 60, level, 0.6 + 0.3 * np.exp(-np.clip(EPOCHS - 60, 0, None) / 3))
    if not ends_flat:
        level = level - 0.003 * np.clip(EPOCHS - 62, 0, None)
    cases = [
        make_case("loss", direction="min", train=Points(EPOCHS, noisy(level)), validation=Points(EPOCHS, noisy(level))),
        make_case("learning_rate", direction=None, train=Points(EPOCHS, rate), validation=None),
    ]
    return review_cases([case for case in cases if case is not None])


def test_schedule_conflict_needs_a_flat_end_and_cuts_that_helped() -> None:
    finding = get(scheduled(True), "schedule_conflict")
    assert finding is not None and finding.metric == "loss"
    assert (finding.evidence["n_cuts"], finding.evidence["last_cut_step"]) == (1, 60)
    assert finding.evidence["drop"] == pytest.approx(0.3, abs=0.07)
    assert get(scheduled(False), "schedule_conflict") is None
    assert get(scheduled(True, ends_flat=False), "schedule_conflict") is None


def members(count: int, *, away: float = 0.0, from_step: int = 50) -> list[Member]:
    found = []
    for seed in range(count):
        values = noisy(FALLING, 0.004, seed) + 0.004 * np.random.default_rng(seed).normal()
        if seed == 0:
            values = values + away * np.clip((EPOCHS - from_step) / 20, 0, 1)
        found.append(Member(f"seed{seed}", "loss", "min", EPOCHS, values))
    return found


def test_outlier_is_named_and_where_it_parts() -> None:
    (finding,) = find_group(members(6, away=0.3))
    assert (finding.training, finding.severity) == ("seed0", "warning")
    assert finding.onset_step is not None and 48 <= finding.onset_step <= 60
    assert finding.evidence["others_value"] == pytest.approx(0.3, abs=0.02)
    (better,) = find_group(members(6, away=-0.2))
    assert better.severity == "info"


def test_an_outlier_from_the_first_step_on_is_not_sent_to_look_at_an_onset() -> None:
    apart = Member("seed9", "loss", "min", EPOCHS, noisy(FALLING + 2.0, 0.004, 9))
    (finding,) = find_group([*members(6), apart])
    assert finding.onset_step is None
    assert "check_batches_at_onset" not in finding.advice_codes
    assert "—" not in " ".join(finding.advice)


def test_groups_without_an_outlier_and_small_ones_are_left_alone() -> None:
    assert find_group(members(8)) == []
    assert find_group(members(3, away=0.3)) == []
    two_parts = members(3) + [
        Member(f"b{seed}", "loss", "min", EPOCHS, noisy(FALLING + 0.4, 0.004, seed)) for seed in range(3)
    ]
    assert find_group(two_parts) == []


def test_equal_siblings_are_seldom_outliers() -> None:
    rng = np.random.default_rng(0)
    fired = 0
    for _ in range(200):
        group = [Member(str(i), "loss", "min", EPOCHS, FALLING * (1 + 0.05 * rng.normal())) for i in range(5)]
        fired += bool(find_group(group))
    assert fired <= 0.09 * 200


def test_groups_are_told_by_hyperparameters_or_by_the_word_seed() -> None:
    same = {"lr": 0.1, "seed": 1}, {"seed": 2, "lr": 0.1}
    assert group_of("a", same[0], "loss") == group_of("b", same[1], "loss") != group_of("b", {"seed": 2}, "loss")
    assert group_of("net/seed_1", {}, "loss") == group_of("net/seed_22", {}, "loss")
    assert group_of("run001", {}, "loss") is None and group_of("exp-3", {}, "loss") is None


def test_outliers_are_found_across_a_log_folder(tmp_path: Path) -> None:
    for seed, member in enumerate(members(5, away=0.3)):
        with goodfit.Run(tmp_path / f"seed{seed}", hparams={"lr": 0.1, "seed": seed}) as run:
            for step in EPOCHS[::3].tolist():
                run.log(step, {"loss": float(member.values[step])})
    with goodfit.open(tmp_path) as logs:
        reviews = review_all([logs.training(name) for name in logs.trainings])
    assert [review.training for review in reviews if get(review, "outlier_run")] == ["seed0"]


def test_a_stalled_training_says_so() -> None:
    (finding,) = find_state("stalled", training="a", metric="loss", last_step=41207)
    assert "41,207" in finding.message and finding.severity == "info"
    assert find_state("running", training="a", metric="loss", last_step=3) == []
