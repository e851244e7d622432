"""The generator: reproducible, true to what it says it planted, and as varied as it claims."""

from __future__ import annotations

import math

import numpy as np
import pytest

from goodfit.errors import BadArgument
from goodfit.testing.curves import FAMILIES, KINDS, STRATA, decay, make_pair, make_pairs, noise, restart


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_curves_and_a_longer_list_starts_alike(kind: str) -> None:
    short = list(make_pairs(7, seed=1, kind=kind))  # type: ignore[arg-type]
    long = list(make_pairs(14, seed=1, kind=kind))  # type: ignore[arg-type]
    for first, second in zip(short, long, strict=False):
        assert first.truth == second.truth
        assert np.array_equal(first.validation, second.validation, equal_nan=True)
        assert first.steps.size == first.train.size == first.validation.size == first.validation_level.size >= 10
        assert (np.diff(first.steps) > 0).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_decays_fall_from_one(family: str) -> None:
    for seed in range(20):
        shape = decay(family, np.linspace(0, 1, 400), np.random.default_rng(seed))  # type: ignore[arg-type]
        assert shape[0] == pytest.approx(1) and shape[-1] < 0.6
        assert (np.diff(shape) <= 1e-12).all()


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95])
def test_noise_has_the_scale_and_autocorrelation_asked_for(rho: float) -> None:
    values = noise(200_000, np.random.default_rng(3), rho=rho)
    assert values.std() == pytest.approx(1, rel=0.03)
    assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(rho, abs=0.01)


def test_heavy_tails_are_heavy() -> None:
    # Student's t with 3 degrees of freedom exceeds 6 in 0.46 % of the cases on each side.
    values = noise(100_000, np.random.default_rng(4), tail_df=3.0)
    assert np.mean(values > 6) == pytest.approx(0.0046, abs=0.001)


def test_overfit_turns_where_the_truth_says() -> None:
    for pair in make_pairs(70, seed=5, kind="overfit"):
        sign = 1 if pair.direction == "min" else -1
        level = sign * pair.validation_level
        assert pair.truth.onset_idx == int(np.argmin(level))
        assert pair.truth.rise == pytest.approx(float(level[-1] - level.min()))
        assert 0.04 <= pair.truth.onset_idx / level.size < 0.9


def test_divergence_and_nan_begin_where_the_truth_says() -> None:
    for pair in make_pairs(35, seed=6, kind="nonfinite"):
        assert int(np.argmin(np.isfinite(pair.train))) == pair.truth.onset_idx
    for pair in make_pairs(35, seed=6, kind="diverged"):
        assert pair.truth.onset_idx is not None
        if pair.direction == "min":
            assert np.median(pair.train[-3:]) > np.median(pair.train[: pair.truth.onset_idx])


def test_every_stratum_and_both_directions_occur() -> None:
    pairs = list(make_pairs(140, seed=7))
    assert {pair.truth.stratum for pair in pairs} == set(STRATA)
    assert {pair.direction for pair in pairs} == {"min", "max"}
    assert any(pair.validation.min() < 0 for pair in pairs if pair.direction == "min")
    lengths = [pair.steps.size for pair in pairs]
    assert min(lengths) < 31 and max(lengths) > 10_000
    assert {pair.truth.tail_df for pair in pairs} >= {2.0, 3.0, math.inf}


def test_ten_million_points() -> None:
    assert make_pair(np.random.default_rng(8), n_points=10_000_000, stratum="plain").train.size == 10_000_000


def test_restart_writes_points_again() -> None:
    pair = make_pair(np.random.default_rng(9), n_points=50)
    again = restart(pair, at_idx=30, back=10)
    assert again.steps.size == 60 and again.truth.restart_idx == 30
    assert again.steps[30] == pair.steps[20] and again.steps[29] == pair.steps[29]


def test_wrong_arguments_are_named() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(BadArgument, match="no kind 'nonsense'"):
        make_pair(rng, kind="nonsense")  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="at least 10 points"):
        make_pair(rng, n_points=3)
    with pytest.raises(BadArgument, match="0 <= rho < 1"):
        noise(10, rng, rho=1.0)
    with pytest.raises(BadArgument, match="0 < back"):
        restart(make_pair(rng, n_points=20), at_idx=5, back=9)
