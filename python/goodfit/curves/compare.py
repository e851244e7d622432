"""The outcomes of two groups of trainings → which is better, how surely, and how many more would tell.

Outcomes are single numbers, lower is better. Few seeds are the rule, so every number comes with what its uncertainty is
worth: below five a group is shown with its t interval and the answer is that there is not enough.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from goodfit.types import Float64Array

MIN_FOR_INTERVAL = 2
MIN_FOR_DECISION = 5
"""Below it neither bootstrap nor permutations can reach one in twenty."""

N_RESAMPLES = 2_000
ALPHA = 0.05
POWER = 0.8

# Two-sided 95 % points of Student's t by degrees of freedom; 1.96 + 2.4 / df beyond.
_T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228}


@dataclass(frozen=True, slots=True)
class Group:
    """One group's outcomes."""

    n: int
    centre: float
    """Interquartile mean (of fewer than five: the mean)."""
    lower: float
    upper: float
    """Its 95 % interval, by bootstrap (of fewer than five: by Student's t; NaN for one)."""
    spread: float
    """Standard deviation; NaN for one."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """How the second group stands to the first; lower is better."""

    first: Group
    second: Group
    is_paired: bool
    difference: float
    """Centre of the second minus that of the first; of pairs: the mean difference."""
    lower: float
    upper: float
    """Its 95 % interval."""
    chance_second_better: float
    """Probability that a training of the second group beats one of the first, ties half."""
    cliffs_delta: float
    """2 × that chance - 1: -1 to 1, positive when the second is better."""
    p_value: float
    """Two-sided, by permutations (of pairs: of signs)."""
    n_more: int | None
    """Further trainings per group that would decide a difference of the size seen, at 5 % and power 0.8; 0 when it is
    decided, None when the difference is zero or more than 10,000 would be needed."""


def compare_outcomes(
    first: Float64Array, second: Float64Array, *, is_paired: bool = False, rng: np.random.Generator,
    n_comparisons: int = 1,
) -> Contrast | Refusal:  # fmt: skip
    """Compares two groups of outcomes.

    Args:
        first: Finite outcomes, lower is better, shape (n,), n >= 1.
        second: The same, shape (m,); for pairs of the same length and order.
        is_paired: Whether first[i] and second[i] share seed and split.
        rng: Of bootstrap and permutations.
        n_comparisons: How many such comparisons are made at once: so many times smaller must p be to decide, of which
            `n_more` tells. The p-value itself is not corrected; see `holm`.

    Returns:
        The contrast, or a refusal where a group is empty.

    Model:
        Interquartile means; percentile bootstrap, stratified by group and widened by sqrt(n / (n - 1)); P(second <
        first) + P(tie) / 2; permutations of
        labels (all of them up to 5,000, else 2,000 at random); n for a two-sided z test at 5 % and power 0.8.
    Assumes:
        Trainings of a group differ by chance alone.
    Limits:
        With fewer than five per group no p-value is below 0.05 whatever the difference (four against four: 0.029 at
        best); more groups need Holm's correction, which is the caller's.
    References:
        T. C. Hesterberg, What teachers should know about the bootstrap, Am. Stat. 69, 2015,
        doi:10.1080/00031305.2015.1089789 (the widening); R. Agarwal et al., Deep reinforcement learning at
        the edge of the statistical precipice, NeurIPS 2021, arXiv:2108.13264; N. Cliff, Dominance statistics,
        Psychol. Bull. 114, 1993, doi:10.1037/0033-2909.114.3.494.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> contrast = compare_outcomes(np.array([1.0, 1.1, 1.2]), np.array([0.5, 0.6, 0.4]), rng=rng)
        >>> contrast.chance_second_better
        1.0
    """
    if not first.size or not second.size:
        return Refusal("too_short", int(min(first.size, second.size)), 1)
    alpha = ALPHA / n_comparisons
    better = second[None, :] < first[:, None]
    ties = second[None, :] == first[:, None]
    chance = float(better.mean() + 0.5 * ties.mean())
    if is_paired:
        change = second - first
        difference, (lower, upper) = float(change.mean()), _interval(change, rng, np.mean)
        p_value = _sign_p(change, rng)
        spread = float(change.std(ddof=1)) if change.size > 1 else math.nan
        n_needed = _n_needed(difference, spread, n_samples=1, alpha=alpha)
    else:
        difference = _centre(second) - _centre(first)
        lower, upper = _difference_interval(first, second, rng)
        p_value = _label_p(first, second, rng)
        spreads = [float(part.std(ddof=1)) for part in (first, second) if part.size > 1]
        spread = math.sqrt(sum(s * s for s in spreads) / len(spreads)) if spreads else math.nan
        n_needed = _n_needed(difference, spread, n_samples=2, alpha=alpha)
    n_now = min(first.size, second.size)
    n_more = (
        0 if p_value < alpha else (None if n_needed is None else max(1, n_needed - n_now, MIN_FOR_DECISION - n_now))
    )
    return Contrast(
        first=_describe(first, rng),
        second=_describe(second, rng),
        is_paired=is_paired,
        difference=difference,
        lower=lower,
        upper=upper,
        chance_second_better=chance,
        cliffs_delta=2 * chance - 1,
        p_value=p_value,
        n_more=n_more,
    )


def holm(p_values: Float64Array) -> Float64Array:
    """P-values of several comparisons, each made so large that 1 in 20 families holds a false one below 0.05.

    Args:
        p_values: Shape (n,), each 0 to 1.

    References:
        S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * np.arange(p_values.size, 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return corrected


def _centre(values: Float64Array) -> float:
    """Mean of the middle half; of fewer than five, of all."""
    n = values.size
    if n < MIN_FOR_DECISION:
        return float(values.mean())
    cut = n // 4
    return float(np.sort(values)[cut : n - cut].mean())


def _describe(values: Float64Array, rng: np.random.Generator) -> Group:
    lower, upper = _interval(values, rng, _centre)
    spread = float(values.std(ddof=1)) if values.size > 1 else math.nan
    return Group(int(values.size), _centre(values), lower, upper, spread)


def _interval(values: Float64Array, rng: np.random.Generator, centre: object) -> tuple[float, float]:
    n = values.size
    if n < MIN_FOR_INTERVAL:
        return math.nan, math.nan
    if n < MIN_FOR_DECISION:
        reach = _t95(n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
        return float(values.mean()) - reach, float(values.mean()) + reach
    drawn = _drawn_centres(values, rng, is_mean=centre is np.mean)
    low, high = np.quantile(drawn, [ALPHA / 2, 1 - ALPHA / 2])
    return float(low), float(high)


def _drawn_centres(values: Float64Array, rng: np.random.Generator, *, is_mean: bool) -> Float64Array:
    """Centres of draws from the values, spread as much wider as draws from a few values are too narrow."""
    n = values.size
    centres = _centres(values[rng.integers(0, n, (N_RESAMPLES, n))], is_mean=is_mean)
    middle = float(centres.mean())
    return np.asarray(middle + (centres - middle) * math.sqrt(n / (n - 1)))


def _centres(rows: Float64Array, *, is_mean: bool) -> Float64Array:
    cut = 0 if is_mean or rows.shape[1] < MIN_FOR_DECISION else rows.shape[1] // 4
    ordered = np.sort(rows, axis=1) if cut else rows
    return np.asarray(ordered[:, cut : rows.shape[1] - cut].mean(axis=1))


def _difference_interval(first: Float64Array, second: Float64Array, rng: np.random.Generator) -> tuple[float, float]:
    if min(first.size, second.size) < MIN_FOR_INTERVAL:
        return math.nan, math.nan
    if min(first.size, second.size) < MIN_FOR_DECISION:
        # Welch's interval.
        a, b = float(first.var(ddof=1)) / first.size, float(second.var(ddof=1)) / second.size
        freedom = (a + b) ** 2 / max(a * a / (first.size - 1) + b * b / (second.size - 1), 1e-300) if a + b else 1e9
        reach = _t95(freedom) * math.sqrt(a + b)
        middle = float(second.mean() - first.mean())
        return middle - reach, middle + reach
    drawn = [_drawn_centres(part, rng, is_mean=False) for part in (first, second)]
    low, high = np.quantile(drawn[1] - drawn[0], [ALPHA / 2, 1 - ALPHA / 2])
    return float(low), float(high)


def _label_p(first: Float64Array, second: Float64Array, rng: np.random.Generator) -> float:
    """Share of all divisions into groups of these sizes whose means lie at least as far apart."""
    both, n = np.concatenate((first, second)), first.size
    total, seen = float(both.sum()), abs(float(second.mean() - first.mean()))
    m = both.size - n
    if math.comb(both.size, n) <= 5_000:
        places = np.array(list(itertools.combinations(range(both.size), n)))
        sums, extra = both[places].sum(axis=1), 0
    else:
        sums, extra = np.array([rng.permutation(both)[:n].sum() for _ in range(N_RESAMPLES)]), 1
    apart = np.abs((total - sums) / m - sums / n)
    return float((np.count_nonzero(apart >= seen * (1 - 1e-12)) + extra) / (sums.size + extra))


def _sign_p(change: Float64Array, rng: np.random.Generator) -> float:
    n = change.size
    if n <= 12:
        signs, extra = np.array(list(itertools.product((-1.0, 1.0), repeat=n))), 0
    else:
        signs, extra = rng.choice([-1.0, 1.0], (N_RESAMPLES, n)), 1
    means = np.abs(signs @ change) / n
    seen = abs(float(change.mean()))
    return float((np.count_nonzero(means >= seen * (1 - 1e-12)) + extra) / (means.size + extra))


def _n_needed(difference: float, spread: float, *, n_samples: int, alpha: float) -> int | None:
    if difference == 0 or not math.isfinite(spread):
        return None
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(POWER)
    needed = n_samples * min(z * spread / abs(difference), 1e3) ** 2
    return math.ceil(needed) + 1 if needed < 10_000 else None


def _t95(freedom: float) -> float:
    freedom = max(1.0, freedom)
    known = _T95.get(int(freedom))
    return known if known is not None else 1.96 + 2.4 / freedom
