"""The bench of the judge: baselines do what they say, and the table prints on the sample that ships."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench.judgement.calibration_table import diagnose, gather  # noqa: E402
from bench.judgement.detectors import DETECTORS, Curves, early_stopping, gl5_at_end, up_first  # noqa: E402
from bench.judgement.event_truth import EVENTS, make_event_pairs  # noqa: E402
from bench.judgement.forecast_table import LEVELS, crps, mmf4, pow3, pow4  # noqa: E402
from bench.judgement.interventions import INTERVENTIONS, train  # noqa: E402
from bench.judgement.other_truth import STRATA, make_other_pairs  # noqa: E402
from bench.judgement.plain_truth import STRATA as PLAIN_STRATA  # noqa: E402
from bench.judgement.plain_truth import make_plain_pairs  # noqa: E402
from bench.judgement.real import read_folder  # noqa: E402
from bench.judgement.trained_truth import STRATA as TRAINED_STRATA  # noqa: E402
from bench.judgement.trained_truth import make_trained_pairs  # noqa: E402
from bench.judgement.wilson import Share  # noqa: E402

from goodfit.demo.data import load_digits  # noqa: E402


def curves(validation: np.ndarray, train: np.ndarray | None = None) -> Curves:
    return Curves(train, validation, np.arange(validation.size), None, "min")


def test_wilson_interval_of_the_textbook() -> None:
    # 8 of 10: 0.490 to 0.943 (Brown, Cai & DasGupta 2001, table of intervals).
    low, high = Share(8, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


def test_gl5_at_the_end_is_five_percent_above_the_minimum() -> None:
    assert gl5_at_end(curves(np.array([2.0, 1.0, 1.04]))) is None
    assert gl5_at_end(curves(np.array([2.0, 1.0, 1.06]))) == 1


def test_early_stopping_waits_ten_epochs() -> None:
    assert early_stopping(curves(np.r_[2.0, 1.0, np.full(9, 1.5)])) is None
    assert early_stopping(curves(np.r_[2.0, 1.0, np.full(10, 1.5)])) == 1


def test_up8_needs_eight_rising_strips() -> None:
    assert up_first(curves(np.arange(44.0))) is None
    assert up_first(curves(np.arange(45.0))) == 44


def test_every_detector_answers_on_every_row_of_the_sample() -> None:
    rows = list(read_folder(ROOT / "bench" / "judgement" / "sample"))
    labelled = [row for row in rows if row.overfit is not None]
    assert sum(row.overfit is True for row in labelled) >= 15
    with np.errstate(all="ignore"):
        for row in labelled[:40]:
            for detect in DETECTORS.values():
                onset = detect(row.curves)
                assert onset is None or 0 <= onset <= row.curves.validation.size


def test_our_rule_is_right_on_the_sample() -> None:
    detect = DETECTORS["goodfit"]
    wrong = [
        row.task
        for row in read_folder(ROOT / "bench" / "judgement" / "sample")
        if row.overfit is not None and (detect(row.curves) is not None) is not row.overfit
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("predict", "law"),
    [
        (pow3, lambda i: 1 + 2 * i**-0.5),
        (pow4, lambda i: 1 + 2 * (i + 5.0) ** -0.5),
        (mmf4, lambda i: 1 + 2 / (1 + 0.3 * i)),
    ],
)
def test_each_law_forecasts_itself(predict: Any, law: Any) -> None:
    past = law(np.arange(1, 51, dtype=np.float64))
    # The grids hold the exponents only nearly.
    assert predict(past, 200) == pytest.approx(law(200.0), rel=0.03)


def test_crps_of_a_gaussian_is_the_closed_form() -> None:
    # Gneiting & Raftery 2007: of a standard normal at its mean it is 2 phi(0) - 1 / sqrt(pi) = 0.2337; eleven quantiles
    # leave the tails out.
    quantiles = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    assert crps(quantiles, 0.0) == pytest.approx(0.2337, rel=0.06)


def test_the_other_generator_is_true_to_its_word() -> None:
    for pair in make_other_pairs(2 * len(STRATA), seed=3, kind="overfit"):
        assert pair.onset_idx == int(np.argmin(pair.level))
        n_tail = max(1, pair.level.size // 10)
        rise = float(np.median(pair.level[-n_tail:]) - pair.level.min())
        assert rise > 0.02 * pair.level.min() or pair.stratum == "share"
    for pair in make_other_pairs(2 * len(STRATA), seed=3, kind="healthy"):
        rise = float(pair.level[-1] - pair.level.min())
        assert pair.onset_idx is None and (rise < 0.01 * pair.level.min() or pair.stratum == "drift")


def test_our_rule_is_right_on_the_other_generator() -> None:
    detect = DETECTORS["goodfit"]
    alarms = [detect(pair.curves) is not None for pair in make_other_pairs(170, seed=4, kind="healthy")]
    pairs = list(make_other_pairs(170, seed=4, kind="overfit"))
    onsets = [detect(pair.curves) for pair in pairs]
    errors = [
        abs(onset - (pair.onset_idx or 0)) / pair.level.size
        for onset, pair in zip(onsets, pairs, strict=True)
        if onset is not None
    ]
    # Rates of 2 % and 96 % would be missed once in a thousand.
    assert sum(alarms) <= 9 and len(errors) >= 0.91 * len(pairs)
    assert float(np.median(errors)) <= 0.025


def test_the_plain_generator_is_true_to_its_word() -> None:
    for pair in make_plain_pairs(2 * len(PLAIN_STRATA), seed=3, kind="overfit"):
        assert pair.onset_idx is not None
        if pair.stratum != "drift":
            lowest = float(pair.level.min())
            assert pair.onset_idx == int(np.argmin(pair.level))
            # Of an accuracy the level is a share of its range; 4 % of the loss are less of that.
            assert float(pair.level[-1]) > lowest * (1.02 if pair.stratum == "accuracy" else 1.04)
    for pair in make_plain_pairs(2 * len(PLAIN_STRATA), seed=3, kind="healthy"):
        assert pair.onset_idx is None
        if pair.stratum not in ("drift", "restarts"):
            assert float(pair.level[-1]) < 1.01 * float(pair.level.min())


def test_trained_models_are_true_to_their_word() -> None:
    for kind in ("healthy", "overfit"):
        for pair in make_trained_pairs(len(TRAINED_STRATA), seed=3, kind=kind):  # type: ignore[arg-type]
            n = pair.level.size
            assert np.isfinite(pair.curves.validation).all() and pair.curves.validation.size == n
            tail, lowest = float(pair.level[-max(1, n // 10) :].mean()), float(pair.level.min())
            # The lowest single value lies below the smoothed one that the truth is read from.
            assert (tail > 1.04 * lowest) if kind == "overfit" else (tail < 1.06 * lowest)
            assert (pair.onset_idx is not None) == (kind == "overfit")


def test_our_rule_is_right_on_the_plain_generator() -> None:
    detect = DETECTORS["goodfit"]
    alarms = [detect(pair.curves) is not None for pair in make_plain_pairs(180, seed=4, kind="healthy")]
    onsets = [detect(pair.curves) is not None for pair in make_plain_pairs(180, seed=4, kind="overfit")]
    # Rates of 2 % and 96 % would be missed once in a thousand.
    assert sum(alarms) <= 10 and sum(onsets) >= 0.9 * len(onsets)


def test_planted_events_are_found_and_others_are_not() -> None:
    right: dict[bool, list[bool]] = {True: [], False: []}
    for pair in make_event_pairs(40, seed=6):
        found = {finding.rule for finding in diagnose(pair.curves)} & set(EVENTS)
        right[pair.event is not None].append(pair.event in found if pair.event else not found)
    # Planted events are of every size, from invisible on.
    assert np.mean(right[True]) > 0.4 and np.mean(right[False]) > 0.97


def test_findings_are_as_often_right_as_they_say() -> None:
    outcomes = [outcome for outcome in gather(70, seed=12) if outcome.confidence >= 0.85]
    claimed = float(np.mean([outcome.confidence for outcome in outcomes]))
    assert np.mean([outcome.is_right for outcome in outcomes]) > claimed - 0.03


@pytest.mark.parametrize("name", ["sound", "wrong labels", "dead weights"])
def test_interventions_have_the_curves_they_promise(name: str) -> None:
    intervention = next(one for one in INTERVENTIONS if one.name == name)
    curves = train(intervention, load_digits(), np.random.default_rng(0))
    if name == "sound":
        assert curves.validation[-1] < 0.2
    elif name == "wrong labels":
        assert curves.validation[-1] > 1.1 * curves.validation.min() and curves.train[-1] < 0.3
    else:
        assert np.abs(curves.train - np.log(10)).max() < 0.05


@pytest.mark.timeout(60)
def test_the_table_prints() -> None:
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.judgement", "--count", "18", "--seeds", "0", "--skip-speed"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for word in (
        "OVERFIT",
        "GL5 at the end",
        "Keras EarlyStopping(10)",
        "Spearman",
        "DIVERGED",
        "heavy_tails",
        "FORECAST",
        "WARNINGS",
        "CONFIDENCE",
        "LIVE",
    ):
        assert word in answer.stdout
