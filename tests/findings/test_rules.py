"""Each rule fires on what it is for, says the right step, and is silent where another rule explains it."""

from __future__ import annotations

import numpy as np
import pytest

import goodfit
from goodfit.findings.diagnose import Diagnosis
from goodfit.findings.engine import Points, make_case, review_cases
from goodfit.findings.finding import Finding
from goodfit.testing.curves import KINDS, STRATA, make_pairs, restart

EPOCHS = np.arange(100)
FALLING = 2.0 * np.exp(-EPOCHS / 15) + 0.2


def noisy(values: np.ndarray, sigma: float = 0.005, seed: int = 0) -> np.ndarray:
    return values + sigma * np.random.default_rng(seed).normal(size=values.size)


def get(findings: list[Finding], rule: str) -> Finding:
    found = [finding for finding in findings if finding.rule == rule]
    assert found, f"{rule} is not among {[finding.rule for finding in findings]}"
    return found[0]


def rules_of(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def test_overfit_names_onset_and_checkpoint() -> None:
    validation = noisy(FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None))
    finding = get(goodfit.diagnose(train=noisy(FALLING - 0.002 * EPOCHS), validation=validation), "overfit")
    assert finding.severity == "warning" and finding.step == 99
    # d/dx of 2 exp(-x / 15) at 50 is -.0048, below the slope of .02 that begins there.
    assert finding.onset_step is not None and abs(finding.onset_step - 50) <= 3
    assert finding.onset_interval is not None and finding.onset_interval[0] <= 50 <= finding.onset_interval[1]
    assert abs(finding.evidence["best_step"] - 50) <= 4
    assert finding.evidence["best_value"] == validation[finding.evidence["best_step"]]
    # The median of epochs 90..99 is that of 94.5: .02 * 44.5 above the decay's 2 exp(-6.3) + .2.
    assert finding.evidence["rise"] == pytest.approx(
        0.02 * 44.5 - 2 * (np.exp(-50 / 15) - np.exp(-94.5 / 15)), abs=0.02
    )
    assert finding.confidence > 0.9
    assert str(finding.evidence["best_step"]) in finding.message


def test_overfit_is_mirrored_for_accuracies() -> None:
    validation = FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None)
    as_loss = get(goodfit.diagnose(train=FALLING, validation=validation), "overfit")
    as_accuracy = get(goodfit.diagnose(train=1 - FALLING, validation=1 - validation, direction="max"), "overfit")
    assert as_loss.onset_step == as_accuracy.onset_step
    assert as_accuracy.variant == "max" and "fallen" in as_accuracy.message


def test_overfit_of_negative_losses() -> None:
    validation = noisy(FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None)) - 10
    assert "overfit" in rules_of(goodfit.diagnose(train=FALLING - 10, validation=validation))


def test_train_rising_too_is_not_overfit() -> None:
    both = noisy(FALLING + 0.01 * np.clip(EPOCHS - 50, 0, None))
    assert "overfit" not in rules_of(goodfit.diagnose(train=both - 0.1, validation=both))


def test_train_per_batch_and_validation_per_epoch() -> None:
    steps = np.arange(20_000)
    train = noisy(2 * np.exp(-steps / 3000) + 0.1, 0.1)
    epochs = np.arange(1, 41) * 500
    validation = noisy(2 * np.exp(-epochs / 3000) + 0.3 + np.clip(epochs - 10_000, 0, None) / 10_000, 0.01)
    finding = get(goodfit.diagnose(train=train, validation=validation, steps=epochs, train_steps=steps), "overfit")
    assert finding.onset_step is not None and abs(finding.onset_step - 10_000) <= 1_000
    without_steps = get(goodfit.diagnose(train=train, validation=validation), "overfit")
    assert without_steps.onset_step is not None and abs(without_steps.onset_step - 10_000) <= 1_000


def test_axes_that_do_not_meet_are_not_guessed_about() -> None:
    validation = FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None)
    diagnosis = goodfit.diagnose(
        train=np.linspace(2, 1, 5000), validation=validation, steps=EPOCHS, train_steps=np.arange(5000) * 7
    )
    assert "overfit" not in rules_of(diagnosis)
    assert ("overfit", "axes_differ") in {(item.rule, item.why) for item in diagnosis.undecided}


def test_wall_times_align_axes_that_do_not_meet() -> None:
    validation = FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None)
    case = make_case(
        "loss",
        direction="min",
        train=Points(np.arange(5000), np.linspace(2, 1, 5000), np.arange(5000) / 50.0),
        validation=Points(EPOCHS, validation, EPOCHS.astype(float)),
    )
    assert case is not None
    assert "overfit" in {finding.rule for finding in review_cases([case]).findings}


def test_a_missing_half_is_said_not_guessed() -> None:
    validation = FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None)
    alone = goodfit.diagnose(validation=validation)
    assert "overfit" not in rules_of(alone) and "best_is_not_last" in rules_of(alone)
    assert ("overfit", "no_train") in {(item.rule, item.why) for item in alone.undecided}
    train_only = goodfit.diagnose(train=FALLING)
    assert ("overfit", "no_validation") in {(item.rule, item.why) for item in train_only.undecided}


def test_unknown_direction_leaves_facts_only() -> None:
    validation = np.r_[FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None), np.nan]
    diagnosis = goodfit.diagnose(train=np.r_[FALLING, 0.2], validation=validation, direction=None)
    assert rules_of(diagnosis) == {"nonfinite"}
    assert "direction_unknown" in {item.why for item in diagnosis.undecided}


def test_five_points_are_not_judged() -> None:
    diagnosis = goodfit.diagnose(train=[5, 4, 3, 2, 1], validation=[5, 4, 4.5, 5, 5.5])
    assert rules_of(diagnosis) == set()
    assert {item.rule for item in diagnosis.undecided if item.why == "too_short"} >= {"overfit", "plateau"}
    assert "cannot tell" in str(diagnosis)


def test_nan_explains_everything_after_it() -> None:
    train = np.r_[FALLING[:60], np.full(40, np.nan)]
    findings = goodfit.diagnose(train=train, validation=train + 0.1)
    assert rules_of(findings) == {"nonfinite"}
    assert findings[0].severity == "error"
    assert (findings[0].onset_step, findings[0].evidence["last_good_step"]) == (60, 59)


def test_a_single_nan_is_a_warning() -> None:
    train = FALLING.copy()
    train[40] = np.inf
    finding = get(goodfit.diagnose(train=train, validation=FALLING), "nonfinite")
    assert (finding.severity, finding.variant, finding.onset_step) == ("warning", "recovered", 40)


def test_divergence_is_not_overfit() -> None:
    train = np.r_[FALLING[:70], 10.0 ** np.linspace(1, 4, 30)]
    findings = goodfit.diagnose(train=train, validation=train * 1.1)
    assert rules_of(findings) == {"diverged"}
    assert findings[0].severity == "error" and abs((findings[0].onset_step or 0) - 69) <= 1


def test_collapse_of_an_accuracy() -> None:
    accuracy = np.r_[0.1, 0.9 - 0.8 * np.exp(-np.arange(60) / 10), np.full(40, 0.1)]
    finding = get(goodfit.diagnose(train=accuracy, validation=accuracy - 0.02, direction="max"), "diverged")
    assert finding.variant == "collapsed" and finding.onset_step is not None and abs(finding.onset_step - 60) <= 1


def test_a_spike_that_recovers_is_a_note_and_one_that_lingers_a_warning() -> None:
    train = noisy(FALLING)
    train[60] += 3
    assert get(goodfit.diagnose(train=train, validation=FALLING), "spike").severity == "info"
    train[60:70] += np.linspace(3, 1.5, 10)
    finding = get(goodfit.diagnose(train=train, validation=FALLING), "spike")
    assert (finding.severity, finding.onset_step) == ("warning", 60)


def test_a_ratio_to_no_noise_at_all_is_not_shown() -> None:
    values = np.full(60, 1.0)
    values[30] = 4.0
    finding = get(goodfit.diagnose(train=values), "spike")
    assert finding.evidence["height_sigmas"] is None
    assert finding.evidence["level_value"] == 1.0
    assert "4, where its level was 1" in finding.message


def test_underfit_knows_the_level_of_guessing() -> None:
    flat = noisy(np.full(60, np.log(10)), 0.003)
    finding = get(goodfit.diagnose(train=flat, validation=flat), "underfit")
    assert finding.variant == "guessing" and finding.evidence["n_classes"] == 10


def test_what_validation_learnt_is_learnt_however_noisy_the_batches() -> None:
    batches = np.arange(1, 2_001)
    train = 0.5 + np.exp(-batches / 300) + np.random.default_rng(2).normal(0, 2.0, batches.size)
    ends = batches[99::100]
    validation = 0.5 + np.exp(-ends / 300)
    findings = goodfit.diagnose(train=train, validation=validation, steps=ends, train_steps=batches)
    assert "underfit" not in rules_of(findings)
    flat = goodfit.diagnose(train=train * 0 + 1.1, validation=validation * 0 + 1.1, steps=ends, train_steps=batches)
    assert "underfit" in rules_of(flat)


def test_an_accuracy_that_gains_no_point_has_learnt_nothing() -> None:
    flat = noisy(0.1 + 0.003 * (1 - np.exp(-EPOCHS / 15)), 0.002)
    assert "underfit" in rules_of(goodfit.diagnose(train=flat, validation=flat, direction="max", metric="accuracy"))
    learns = noisy(0.1 + 0.1 * (1 - np.exp(-EPOCHS / 15)), 0.002)
    findings = goodfit.diagnose(train=learns, validation=learns, direction="max", metric="accuracy")
    assert "underfit" not in rules_of(findings)


def test_a_curve_that_never_improved_is_not_overfit() -> None:
    rising = noisy(1 + 0.02 * EPOCHS)
    falling_train = noisy(FALLING)
    assert "overfit" not in rules_of(goodfit.diagnose(train=falling_train, validation=rising))
    warm_up = np.r_[1.0, 0.995, 1.3, 1.25, 1.2 + 0.01 * np.arange(96)]
    assert "overfit" not in rules_of(goodfit.diagnose(train=falling_train, validation=noisy(warm_up)))


def test_few_rows_are_known_by_heart_within_two_epochs() -> None:
    after = np.clip(EPOCHS - 3, 0, None)
    validation = noisy(0.7 - 0.004 * np.minimum(EPOCHS, 3) + 0.02 * after, 0.004)
    assert "overfit" in rules_of(goodfit.diagnose(train=noisy(FALLING), validation=validation))
    assert "overfit" not in rules_of(goodfit.diagnose(train=noisy(np.ones(EPOCHS.size)), validation=validation))


def test_one_low_value_of_a_short_noisy_run_is_no_overfit() -> None:
    rng = np.random.default_rng(4)
    epochs = np.arange(24)
    train = 1 + np.exp(-epochs / 5)
    flagged = 0
    for _ in range(300):
        validation = 1.2 + np.exp(-epochs / 5) + 0.2 * rng.standard_t(3, epochs.size) / np.sqrt(3)
        flagged += "overfit" in rules_of(goodfit.diagnose(train=train, validation=validation))
    assert flagged <= 9  # 3 %; 17 without the ranks


def test_a_name_is_not_believed_against_the_values() -> None:
    like_a_loss = noisy(2.15 * FALLING - 0.2)
    findings = goodfit.diagnose(train=like_a_loss, validation=like_a_loss + 0.05, direction="max", metric="accuracy")
    assert [finding.rule for finding in findings] == []
    assert {item.why for item in findings.undecided} == {"direction_unknown"}
    huge = noisy(500 + EPOCHS)
    assert not goodfit.diagnose(train=huge, direction="max", metric="val_acc")
    # A true accuracy that falls is not excused, and a reward may have any value.
    lost = np.r_[0.1, 0.9 - 0.8 * np.exp(-np.arange(60) / 10), np.full(39, 0.1)]
    assert "diverged" in rules_of(goodfit.diagnose(train=lost, direction="max", metric="accuracy"))
    reward = noisy(500 + 5 * EPOCHS)
    assert "still_improving" in rules_of(goodfit.diagnose(train=reward, direction="max", metric="reward"))


@pytest.mark.parametrize("metric", ["learning_rate", "sys/loss", "optim/accuracy", "grad_norm", "gpu/utilization"])
def test_what_is_not_the_model_is_only_watched_for_nan(metric: str) -> None:
    rising = np.r_[FALLING, 10.0 ** np.linspace(1, 6, 40)]
    for direction in ("min", "max"):
        assert not goodfit.diagnose(
            train=rising, validation=np.r_[rising[:-1], 3.0], direction=direction, metric=metric
        )
    assert rules_of(goodfit.diagnose(train=np.r_[rising, np.nan], metric=metric)) == {"nonfinite"}


def test_underfit_beside_better_trainings() -> None:
    values = noisy(2.3 - 0.3 * (1 - np.exp(-EPOCHS / 5)), 0.003)
    points = Points(EPOCHS, values)
    alone = make_case("loss", direction="min", train=points, validation=points)
    beside = make_case("loss", direction="min", train=points, validation=points, peer_best=0.2)
    assert alone is not None and beside is not None
    assert "underfit" not in {finding.rule for finding in review_cases([alone]).findings}
    found = [finding for finding in review_cases([beside]).findings if finding.rule == "underfit"]
    assert found and found[0].variant == "behind_others"


def test_the_end_of_a_run_is_improving_or_flat() -> None:
    improving = noisy(3 - 2 * EPOCHS / 100)
    assert "still_improving" in rules_of(goodfit.diagnose(train=improving - 0.1, validation=improving))
    converged = noisy(np.exp(-EPOCHS / 5), 0.001)
    finding = get(goodfit.diagnose(train=converged - 0.05, validation=converged), "plateau")
    # exp(-x / 5) is within 2 % of its end from x = 5 ln 50 = 20 on.
    assert finding.onset_step is not None and 10 <= finding.onset_step <= 40


def test_a_running_training_is_not_told_to_train_longer() -> None:
    improving = Points(EPOCHS, noisy(3 - 2 * EPOCHS / 100))
    case = make_case("loss", direction="min", train=None, validation=improving, has_ended=False)
    assert case is not None
    assert "still_improving" not in {finding.rule for finding in review_cases([case]).findings}


def test_best_is_not_last_names_the_checkpoint() -> None:
    validation = noisy(FALLING + np.where(EPOCHS > 70, 0.05, 0.0), 0.002)
    finding = get(goodfit.diagnose(train=FALLING + 0.05 * (EPOCHS > 70), validation=validation), "best_is_not_last")
    assert finding.severity == "info" and finding.evidence["best_step"] <= 70


def test_noisy_validation_says_how_few_rows_would_do_that() -> None:
    # Accuracy .8 of 100 rows has the standard error sqrt(.8 * .2 / 100) = .04.
    rng = np.random.default_rng(1)
    validation = rng.binomial(100, 0.8 - 0.2 * np.exp(-EPOCHS / 10)) / 100
    train = 0.85 - FALLING / 10
    findings = goodfit.diagnose(train=train, validation=validation, direction="max", metric="accuracy")
    finding = get(findings, "noisy_validation")
    assert 50 <= finding.evidence["about_n_rows"] <= 220


def test_a_second_descent_is_no_overfit() -> None:
    x = np.linspace(0, 1, 300)
    validation = noisy(0.5 + np.exp(-15 * x) + 0.6 * np.exp(-(((x - 0.45) / 0.12) ** 2)) - 0.3 * x)
    findings = goodfit.diagnose(train=noisy(np.exp(-10 * x) - 0.1 * x), validation=validation)
    assert "overfit" not in rules_of(findings)
    recovery = get(findings, "late_recovery")
    assert recovery.onset_step is not None and 150 < recovery.onset_step < 250


def test_sawtooth_and_oscillation_are_told_apart_by_the_epoch() -> None:
    steps = np.arange(4000)
    base = 1.5 * np.exp(-steps / 800) + 0.5
    epochs = np.arange(1, 41) * 100
    validation = np.interp(epochs, steps, base)
    teeth = noisy(base + 0.1 * (1 - (steps % 100) / 50), 0.01)
    found = goodfit.diagnose(train=teeth, validation=validation, steps=epochs, train_steps=steps)
    assert "sawtooth" in rules_of(found) and "oscillation" not in rules_of(found)
    waves = noisy(base + 0.1 * np.sin(2 * np.pi * steps / 37), 0.01)
    finding = get(goodfit.diagnose(train=waves, validation=validation, steps=epochs, train_steps=steps), "oscillation")
    assert abs(finding.evidence["period_step"] - 37) <= 1


def test_rows_in_one_order_repeat_a_pattern_of_any_shape() -> None:
    steps = np.arange(4000)
    epochs = np.arange(1, 41) * 100
    base = 1.5 * np.exp(-steps / 800) + 0.5
    validation = np.interp(epochs, steps, base)
    rows = np.random.default_rng(11).normal(0, 0.1, 100)
    one_order = noisy(base + np.tile(rows, 40), 0.02)
    finding = get(goodfit.diagnose(train=one_order, validation=validation, steps=epochs, train_steps=steps), "sawtooth")
    assert finding.evidence["period_step"] == 100
    assert finding.evidence["power_share"] > 0.9
    shuffled = base + np.random.default_rng(12).normal(0, 0.1, 4000)
    found = goodfit.diagnose(train=shuffled, validation=validation, steps=epochs, train_steps=steps)
    assert "sawtooth" not in rules_of(found)


def test_slow_is_a_straight_line_down() -> None:
    assert "slow" in rules_of(goodfit.diagnose(train=noisy(3 - 0.002 * EPOCHS, 0.002)))
    assert "slow" not in rules_of(goodfit.diagnose(train=noisy(FALLING)))


def test_gap_constant_and_validation_better() -> None:
    wide = goodfit.diagnose(train=noisy(FALLING), validation=noisy(FALLING + 1.5, seed=1))
    assert "gap_constant" in rules_of(wide)
    better = goodfit.diagnose(train=noisy(FALLING + 0.3), validation=noisy(FALLING, seed=1))
    assert "validation_better" in rules_of(better)


def test_resume_jump_is_found_at_the_restart() -> None:
    train = noisy(np.r_[FALLING[:60], FALLING[55:] + 1.0 * np.exp(-np.arange(45) / 10)])
    steps = np.r_[0:60, 55:100]
    finding = get(goodfit.diagnose(train=train, steps=steps), "resume_jump")
    assert finding.onset_step == 55 and finding.severity == "warning"


def test_restarts_keep_the_newest_branch_only() -> None:
    for pair in make_pairs(21, seed=107, kind="overfit"):
        at = pair.steps.size // 2
        again = restart(pair, at_idx=at, back=min(3, at))
        first = rules_of(
            goodfit.diagnose(train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction)
        )
        second = rules_of(
            goodfit.diagnose(
                train=again.train, validation=again.validation, steps=again.steps, direction=pair.direction
            )
        )
        assert first == second - {"resume_jump"}


def test_overconfident_and_metric_conflict_look_across_metrics() -> None:
    loss_rises = FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None)
    accuracy = 0.9 - 0.5 * np.exp(-EPOCHS / 15)
    cases = [
        make_case("loss", direction="min", train=Points(EPOCHS, FALLING), validation=Points(EPOCHS, loss_rises)),
        make_case(
            "accuracy", direction="max", train=Points(EPOCHS, accuracy + 0.05), validation=Points(EPOCHS, accuracy)
        ),
        make_case("recall", direction="max", train=None, validation=Points(EPOCHS, np.zeros(100))),
    ]
    findings = review_cases([case for case in cases if case is not None]).findings
    by_rule = {finding.rule: finding for finding in findings}
    assert by_rule["overconfident"].metric == "loss"
    assert by_rule["overconfident"].evidence["accuracy_metric"] == "accuracy"
    assert by_rule["metric_conflict"].metric == "recall" and by_rule["metric_conflict"].severity == "warning"


@pytest.mark.parametrize("kind", ["diverged", "nonfinite", "overfit"])
def test_planted_events_are_found(kind: str) -> None:
    expected = kind
    pairs = list(make_pairs(105, seed=108, kind=kind))  # type: ignore[arg-type]
    found = sum(
        expected
        in rules_of(
            goodfit.diagnose(train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction)
        )
        for pair in pairs
    )
    assert found >= 0.95 * len(pairs)


def test_at_most_five_percent_of_healthy_runs_are_warned_of() -> None:
    pairs = list(make_pairs(350, seed=109))
    warned = [
        pair.truth.stratum
        for pair in pairs
        if any(
            finding.severity != "info"
            for finding in goodfit.diagnose(
                train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction
            )
        )
    ]
    assert len(warned) <= 0.05 * len(pairs)
    # At most 8 of 50 in the worst stratum: a rate of 5 % would exceed that once in a thousand.
    assert max((warned.count(stratum) for stratum in STRATA), default=0) <= 8


def test_scale_and_units_do_not_matter() -> None:
    for index, kind in enumerate(KINDS):
        for pair in make_pairs(7, seed=110 + index, kind=kind):
            first = goodfit.diagnose(
                train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction
            )
            second = goodfit.diagnose(
                train=pair.train * 2.0**30, validation=pair.validation * 2.0**30, steps=pair.steps,
                direction=pair.direction,
            )  # fmt: skip
            # An accuracy of 2^30 is none: what rests on shares may differ, and what that keeps silent.
            differ = rules_of(first) ^ rules_of(second)
            rests_on_shares = bool(differ & {"underfit", "diverged"}) or differ <= {"noisy_validation"}
            assert not differ or (pair.direction == "max" and rests_on_shares)


def test_same_points_same_findings() -> None:
    pair = next(make_pairs(1, seed=111, kind="overfit"))

    def judge() -> Diagnosis:
        return goodfit.diagnose(
            train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction
        )

    assert judge() == judge()
