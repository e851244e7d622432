from __future__ import annotations

import numpy as np
import pytest

from goodfit.curves.direction import read_direction

EPOCHS = np.arange(1.0, 41.0)
NOISE = np.random.default_rng(7).normal(size=EPOCHS.size)


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        (0.9 - 0.6 / EPOCHS + 0.004 * NOISE, "max"),  # accuracy
        (90 - 60 / EPOCHS + 0.4 * NOISE, "max"),  # in percent
        (-200 + 10 * EPOCHS + NOISE, "max"),  # a return
        (0.3 + 0.6 / EPOCHS + 0.004 * NOISE, "min"),
        (0.5 + 0.004 * NOISE, "min"),  # nothing but noise
        (0.5 + 0.2 * np.abs(EPOCHS - 15) / 40 + 0.02 * NOISE, "min"),  # turned, within its noise
        (np.r_[0.69, 31.6 - 0.3 * EPOCHS + NOISE], "min"),  # jumped at the first step, and comes down
        (2.3 + 0.05 * EPOCHS + 0.1 * NOISE, "min"),  # a loss that diverges: nothing up to 5 is a percentage
        (np.array([0.1, 0.9]), "min"),
        (np.array([]), "min"),
        (np.array([-1.7e308, -1e308, 0.0, 1e308, 1.7e308, 1.7e308]), "max"),
    ],
)
def test_scores_rise_in_their_range(values: np.ndarray, direction: str) -> None:
    assert read_direction(values) == direction


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_a_rising_curve_without_a_name_is_forecast_as_one(scale: float) -> None:
    import goodfit

    accuracy = scale * (0.9 - 0.6 / EPOCHS**0.7 + 0.002 * NOISE)
    unnamed = goodfit.forecast(accuracy[:20], horizon=20)
    assert unnamed.direction == "max"
    assert unnamed.median.tolist() == goodfit.forecast(accuracy[:20], horizon=20, direction="max").median.tolist()
    assert abs(unnamed.median[-1] - accuracy[-1]) < abs(accuracy[19] - accuracy[-1])
