"""The live judge: same verdict at the end, alarms once and in time, few of them on healthy curves, cheap."""

from __future__ import annotations

import numpy as np
import pytest

import goodfit
from goodfit.findings.finding import Finding
from goodfit.findings.live import GROWTH, LiveMetric
from goodfit.testing.curves import KINDS, PlantedPair, make_pairs

EPOCHS = np.arange(100)
FALLING = 2.0 * np.exp(-EPOCHS / 15) + 0.2


def play(live: LiveMetric, train: np.ndarray, validation: np.ndarray, steps: np.ndarray) -> list[tuple[int, Finding]]:
    """The alarms, each with the place of the point that raised it."""
    found = []
    for place, step in enumerate(steps.tolist()):
        alarms = live.push(step, train=float(train[place]), validation=float(validation[place]))
        found += [(place, finding) for finding in alarms]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_is_judged_as_the_whole_curve(kind: str) -> None:
    for pair in make_pairs(14, seed=401, kind=kind):  # type: ignore[arg-type]
        if pair.steps.size > 2000:
            continue
        live = LiveMetric(direction=pair.direction)
        play(live, pair.train, pair.validation, pair.steps)
        whole = goodfit.diagnose(
            train=pair.train, validation=pair.validation, steps=pair.steps, direction=pair.direction
        )
        assert list(live.finish().findings) == list(whole)


def test_nan_alarms_at_once_and_only_once() -> None:
    train = FALLING.copy()
    train[[60, 61, 80]] = np.nan
    alarms = play(LiveMetric(), train, FALLING, EPOCHS)
    assert [(place, finding.rule) for place, finding in alarms] == [(60, "nonfinite")]


def test_overfit_alarms_soon_after_it_can_be_seen() -> None:
    validation = FALLING + 0.02 * np.clip(EPOCHS - 50, 0, None)
    alarms = play(LiveMetric(), FALLING - 0.002 * EPOCHS, validation, EPOCHS)
    assert [finding.rule for _, finding in alarms] == ["overfit"]
    assert 50 < alarms[0][0] <= 65


def test_an_explosion_alarms_within_two_looks() -> None:
    train = np.r_[FALLING[:70], 10.0 ** np.linspace(1, 4, 30)]
    alarms = play(LiveMetric(), train, train * 1.1, EPOCHS)
    assert [finding.rule for _, finding in alarms] == ["diverged"]
    assert alarms[0][0] <= 70 * GROWTH**3


def test_an_alarm_that_was_taken_back_may_come_again() -> None:
    live = LiveMetric()
    epochs = np.arange(400)
    falling = 2.0 * np.exp(-epochs / 15) + 0.2 - 0.0004 * epochs
    hump = falling + 0.5 * np.exp(-(((epochs - 60) / 12.0) ** 2)) + 0.03 * np.clip(epochs - 200, 0, None)
    rules = [(place, finding.rule) for place, finding in play(live, falling, hump, epochs)]
    assert [rule for _, rule in rules] == ["overfit", "overfit"]
    assert rules[0][0] < 75 and rules[1][0] > 200 and live.alarmed == {"overfit"}


def test_fewer_than_one_false_alarm_in_a_thousand_points() -> None:
    n_points = n_alarms = 0
    pairs: list[PlantedPair] = [pair for pair in make_pairs(70, seed=402) if pair.steps.size <= 1000]
    for pair in pairs:
        n_alarms += len(play(LiveMetric(direction=pair.direction), pair.train, pair.validation, pair.steps))
        n_points += pair.steps.size
    assert n_points > 5_000 and n_alarms <= 1 + n_points / 1000


def test_rules_are_asked_seldom_enough() -> None:
    live = LiveMetric()
    looks = 0
    original = live._look

    def count() -> list[Finding]:
        nonlocal looks
        looks += 1
        return original()

    live._look = count  # type: ignore[method-assign]
    for step in range(2000):
        live.push(step, train=1 / (step + 1), validation=1 / (step + 1))
    # 15 -> 2000 by steps of a twentieth: ln(133) / ln(1.05) = 100.
    assert looks <= 105


def test_edges() -> None:
    assert LiveMetric().finish().findings == ()
    live = LiveMetric("lr", direction=None)
    for step in range(40):
        assert live.push(step, train=float(step)) == []
    assert live.push(40, train=float("inf"))[0].rule == "nonfinite"
    empty = LiveMetric()
    assert empty.push(0) == [] and empty.alarmed == frozenset()
