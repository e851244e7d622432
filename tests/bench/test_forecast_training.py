"""How forecasting networks are trained: what is drawn, what it weighs; the same command gives the same again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench.judgement import train_forecast  # noqa: E402
from bench.judgement.composed_curves import bend, compose  # noqa: E402
from bench.judgement.forecast_cases import SOURCE_WEIGHTS, Cases, balance, make_cases  # noqa: E402
from bench.judgement.forecasts import WholeCurve, make_composed, make_other_kinds, read_whole_curves  # noqa: E402

import goodfit.curves.forecast as forecast_module  # noqa: E402
from goodfit.curves.past import N_FEATURES  # noqa: E402


@pytest.fixture(scope="module")
def cases() -> Cases:
    real = list(read_whole_curves(ROOT / "bench" / "judgement" / "sample"))[:20]
    assert real
    generated = [*make_composed(20, seed=1), *make_other_kinds(2, seed=1)]
    return make_cases([*real, *generated], np.random.default_rng(0))


def test_composed_and_bent_curves_are_curves() -> None:
    for seed in range(60):
        values = compose(np.random.default_rng(seed))
        assert values.size >= 20 and np.isfinite(values).all() and np.ptp(values) > 0
        bent = bend(values, np.random.default_rng(seed))
        assert 5 <= bent.size <= 1_000 and np.isfinite(bent).all()


def test_sources_are_drawn_by_their_weights_and_costs_average_one(cases: Cases) -> None:
    weighed = balance(cases)
    assert weighed.chance.sum() == pytest.approx(1) and (weighed.cost >= 0).all()
    assert weighed.chance @ weighed.cost == pytest.approx(1)
    share = {str(name): float(weighed.chance[cases.source == name].sum()) for name in np.unique(cases.source)}
    assert share["composed"] / share["kinds"] == pytest.approx(SOURCE_WEIGHTS["composed"] / SOURCE_WEIGHTS["kinds"])


def test_errors_of_what_is_nearly_seen_cost_more() -> None:
    # Two curves alike but for their size at the end: what is asked from 10 % on is missed by more than from 90 % on.
    curve = WholeCurve("real", "real/a", 1 + 100 / np.arange(1.0, 101))
    cases = make_cases([curve] * 40, np.random.default_rng(1))
    cost = balance(cases).cost / np.maximum(cases.weight, 1e-12)
    assert np.median(cost[cases.log_time < 0.1]) > 3 * np.median(cost[cases.log_time > 2])


def test_the_same_cases_give_the_same_networks(cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_forecast, "N_STEPS", 5)
    first, again, other = (train_forecast.fit(cases, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert len(first) == train_forecast.N_NETWORKS
    for one, two in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.weights, two.weights, strict=True))
    assert not np.array_equal(first[0].weights[0], other[0].weights[0])


def test_what_ships_says_what_it_was_made_from() -> None:
    table = json.loads((Path(forecast_module.__file__).parent / "forecast.json").read_text(encoding="utf-8"))
    assert (table["seed"], len(table["networks"])) == (train_forecast.SEED, train_forecast.N_NETWORKS)
    assert np.shape(table["networks"][0]["weights"][0]) == (N_FEATURES, train_forecast.HIDDEN)
    assert table["n_cases"] > 100_000 and {len(sum_) for sum_ in table["data_sha256"].values()} == {64}
