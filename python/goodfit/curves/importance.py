"""One outcome per training and the settings it had → how much of the outcomes' ranks each setting explains.

Ranks, because one diverged training would otherwise be all there is to explain. Every share comes with an interval and
a p-value, and says when another setting changed along with it.

Invariants: shares lie between 0 and 1; order of trainings changes nothing but the draws; a monotone change of the
outcomes changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from goodfit.types import Float64Array

MIN_TRAININGS = 8
"""Below it a permutation can hardly reach p < 0.05 for more than one setting."""

MAX_LEVELS = 5
"""Numbers of more different values are cut into at most so many groups of equal size."""

TIED = 0.8
"""Settings whose groups determine each other this well (Cramér's V) cannot be told apart."""

_MIN_PER_LEVEL = 4
_N_PERMUTATIONS = 999
_N_BOOTSTRAP = 200


@dataclass(frozen=True, slots=True)
class Importance:
    """What one setting explains."""

    name: str
    share: float
    """ε² of the ranks: 0 nothing, 1 all of their variance; corrected for the number of groups, never below 0."""
    lower: float
    upper: float
    """95 % bootstrap interval of the share."""
    p_value: float
    """Of a permutation test of "explains nothing", corrected for the number of settings (Holm)."""
    levels: tuple[str, ...]
    """The groups that were compared, best median outcome first; ranges of numbers as `low to high`."""
    n_trainings: int
    """Trainings for which the setting was logged."""
    tied_with: tuple[str, ...]
    """Settings that changed along with this one: which of them did it cannot be told."""


def find_importance(
    settings: Mapping[str, Sequence[Any]], outcomes: Float64Array, *, rng: np.random.Generator
) -> list[Importance] | Refusal:
    """Ranks settings by how much of the outcomes they explain.

    Args:
        settings: By name one value per training; None where it was not logged. Settings without two values are left
            out.
        outcomes: Lower is better, shape (n,); NaN and infinity count as worst.
        rng: Source of the permutations and the bootstrap.

    Returns:
        The most important first; a refusal below eight trainings.

    Model:
        Numbers of more than five values are cut into 2 to 5 groups of equal size; H is the Kruskal–Wallis statistic
        of the outcomes' ranks over k groups; ε² = (H - k + 1) / (n - k), at least 0. p: share of 999 permutations of
        the outcomes with as large an H, then Holm's correction. Interval: percentiles of ε² over 200 resampled sets
        of trainings.
    Assumes:
        Trainings are independent given their settings.
    Limits:
        One setting at a time: what two do only together is missed. In a search that chose its next settings by the
        outcomes so far, settings are tied to each other, which `tied_with` tells in part.
    References:
        W. H. Kruskal & W. A. Wallis, Use of ranks in one-criterion variance analysis, JASA 47, 1952,
        doi:10.1080/01621459.1952.10483441; M. Tomczak & E. Tomczak, The need to report effect size estimates
        revisited, Trends Sport Sci. 1, 2014 (ε²); S. Holm, Scand. J. Statist. 6, 1979.

    Example:
        >>> rates = [0.1, 0.01] * 10
        >>> seeds = list(range(20))
        >>> answer = find_importance({"rate": rates, "seed": seeds}, np.array(rates) + 0.001 * (np.arange(20) % 7),
        ...                          rng=np.random.default_rng(0))
        >>> [item.name for item in answer if item.p_value < 0.05]
        ['rate']
    """
    n = outcomes.size
    if n < MIN_TRAININGS:
        return Refusal("too_short", n, MIN_TRAININGS)
    # Only ranks count, and those of what is not finite are the last.
    losses = midranks(np.where(np.isfinite(outcomes), outcomes, np.inf))
    groups: dict[str, npt.NDArray[np.intp]] = {}
    labels: dict[str, list[str]] = {}
    for name in sorted(settings):
        found = _group(settings[name])
        if found is not None:
            groups[name], labels[name] = found
    drawn: dict[bytes, _Draws] = {}
    answers = []
    for name in groups:
        known = groups[name] >= 0
        if known.tobytes() not in drawn:
            # One at a time: those of a thousand trainings are 10 MB, and most settings are logged for all of them.
            drawn = {known.tobytes(): _draw(losses[known], rng)}
        answers.append(_importance(name, groups, labels[name], losses, drawn[known.tobytes()]))
    found_items = [answer for answer in answers if answer is not None]
    return _holm(sorted(found_items, key=lambda item: (-item.share, item.name)))


@dataclass(frozen=True, slots=True)
class _Draws:
    """What chance makes of some trainings: the same for every setting that they have."""

    shuffled: Float64Array
    """Permutations of the ranks, shape (999, n)."""
    resampled: npt.NDArray[np.intp]
    """Places of trainings drawn with replacement, shape (200, n)."""
    resampled_ranks: Float64Array
    """Their ranks among those drawn with them, shape (200, n)."""


def _draw(seen: Float64Array, rng: np.random.Generator) -> _Draws:
    n = seen.size
    shuffled = rng.permuted(np.tile(midranks(seen), (_N_PERMUTATIONS, 1)), axis=1)
    resampled = rng.integers(0, n, (_N_BOOTSTRAP, n), dtype=np.intp)
    distinct, value_idx = np.unique(seen, return_inverse=True)
    # Midranks from how often each value was drawn: sorting every set anew would take five times as long.
    cells = value_idx[resampled] + np.arange(_N_BOOTSTRAP)[:, None] * distinct.size
    counts = np.bincount(cells.ravel(), minlength=_N_BOOTSTRAP * distinct.size).reshape(_N_BOOTSTRAP, distinct.size)
    value_ranks = np.cumsum(counts, axis=1) - (counts - 1) / 2
    return _Draws(shuffled, resampled, value_ranks.ravel()[cells])


def _importance(
    name: str, groups: Mapping[str, npt.NDArray[np.intp]], labels: list[str], losses: Float64Array, draws: _Draws
) -> Importance | None:
    known = groups[name] >= 0
    group, seen = groups[name][known], losses[known]
    n = seen.size
    if n < MIN_TRAININGS or np.unique(group).size < 2:
        return None
    table = _one_hot(group)
    ranks = midranks(seen)
    statistic = _kruskal(table, ranks[None, :])[0]
    p_value = (1 + int(np.count_nonzero(_kruskal(table, draws.shuffled) >= statistic - 1e-9))) / (_N_PERMUTATIONS + 1)
    shares = _resampled_shares(group, draws)
    share = _epsilon(float(statistic), n, table.shape[1])
    # Resampled sets hold trainings twice, which looks like more agreement than there is: the excess is taken back.
    excess = float(np.median(shares)) - share
    low, high = (float(np.quantile(shares, level)) - max(0.0, excess) for level in (0.025, 0.975))
    ties = [other for other in groups if other != name and _association(groups[name], groups[other]) > TIED]
    order = sorted(range(len(labels)), key=lambda level: float(np.median(seen[group == level])))
    return Importance(
        name=name, share=share, lower=min(share, max(0.0, low)), upper=max(share, min(1.0, high)), p_value=p_value,
        levels=tuple(labels[level] for level in order), n_trainings=n,
        tied_with=tuple(ties),
    )  # fmt: skip


def _resampled_shares(group: npt.NDArray[np.intp], draws: _Draws) -> Float64Array:
    """ε² of each resampled set of trainings that has two groups at all; shape (at most 200,)."""
    ranks = draws.resampled_ranks
    n_sets, n = ranks.shape
    n_groups = int(group.max()) + 1
    cells = (group[draws.resampled] + np.arange(n_sets)[:, None] * n_groups).ravel()
    sizes = np.bincount(cells, minlength=n_sets * n_groups).reshape(n_sets, n_groups)
    sums = np.bincount(cells, weights=ranks.ravel(), minlength=n_sets * n_groups).reshape(n_sets, n_groups)
    between = (sums**2 / np.maximum(sizes, 1)).sum(axis=1) - n * ((n + 1) / 2) ** 2
    total = ((ranks - (n + 1) / 2) ** 2).sum(axis=1)
    statistics = np.divide((n - 1) * between, total, out=np.zeros(n_sets), where=total > 0)
    n_present = (sizes > 0).sum(axis=1)
    return np.array(
        [_epsilon(float(statistics[at]), n, int(n_present[at])) for at in np.flatnonzero(n_present > 1)],
        dtype=np.float64,
    )


def _group(values: Sequence[Any]) -> tuple[npt.NDArray[np.intp], list[str]] | None:
    """The group of each training, -1 where not logged, and the groups' names; None with fewer than two groups."""
    known = [value for value in values if value is not None]
    numbers = [_number(value) for value in known]
    if numbers and all(number is not None for number in numbers):
        return _group_numbers(values, np.array(numbers, dtype=np.float64))
    names = sorted({str(value) for value in known})
    if not 2 <= len(names) <= max(2, len(known) // 2):
        return None
    places = {name: place for place, name in enumerate(names)}
    return np.array([-1 if value is None else places[str(value)] for value in values], dtype=np.intp), names


def _group_numbers(values: Sequence[Any], known: Float64Array) -> tuple[npt.NDArray[np.intp], list[str]] | None:
    distinct = np.unique(known)
    if distinct.size < 2:
        return None
    if distinct.size <= MAX_LEVELS:
        edges, names = distinct, [f"{value:.6g}" for value in distinct]
    else:
        n_levels = max(2, min(MAX_LEVELS, known.size // (2 * _MIN_PER_LEVEL)))
        places = np.linspace(0, distinct.size, n_levels + 1).astype(np.intp)[:-1]
        edges = distinct[places]
        ends = np.append(distinct[places[1:] - 1], distinct[-1])
        names = [f"{low:.4g} to {high:.4g}" for low, high in zip(edges, ends, strict=True)]
    group = np.full(len(values), -1, dtype=np.intp)
    present = np.array([value is not None for value in values])
    group[present] = np.searchsorted(edges, known, side="right") - 1
    return group, names


def _number(value: Any) -> float | None:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _one_hot(group: npt.NDArray[np.intp]) -> Float64Array:
    present = np.unique(group)
    return np.asarray(group[:, None] == present[None, :], dtype=np.float64)


def midranks(values: Float64Array) -> Float64Array:
    """Ranks from 1, equal values sharing the mean of theirs.

    Example:
        >>> midranks(np.array([3.0, 1.0, 3.0]))
        array([2.5, 1. , 2.5])
    """
    order = np.sort(values)
    low, high = np.searchsorted(order, values, side="left"), np.searchsorted(order, values, side="right")
    return np.asarray((low + high + 1) / 2)


def _kruskal(table: Float64Array, ranks: Float64Array) -> Float64Array:
    """Kruskal–Wallis H, corrected for ties, of each row of ranks; shape (n_rows,)."""
    n = ranks.shape[1]
    sizes = table.sum(axis=0)
    between = (((ranks @ table) ** 2) / sizes).sum(axis=1) - n * ((n + 1) / 2) ** 2
    total = float(((ranks[0] - (n + 1) / 2) ** 2).sum())
    return np.asarray((n - 1) * between / total if total > 0 else np.zeros(ranks.shape[0]))


def _epsilon(statistic: float, n: int, n_levels: int) -> float:
    return min(1.0, max(0.0, (statistic - n_levels + 1) / max(1, n - n_levels)))


def _association(first: npt.NDArray[np.intp], second: npt.NDArray[np.intp]) -> float:
    """Cramér's V of two groupings, 0 to 1."""
    both = (first >= 0) & (second >= 0)
    if not both.any():
        return 0.0
    a, b = _one_hot(first[both]), _one_hot(second[both])
    if min(a.shape[1], b.shape[1]) < 2:
        return 0.0
    counts = a.T @ b
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    return math.sqrt(chi2 / counts.sum() / (min(counts.shape) - 1))


def _holm(items: list[Importance]) -> list[Importance]:
    """The same items with p-values that hold for all of them together."""
    from dataclasses import replace

    order = sorted(range(len(items)), key=lambda place: items[place].p_value)
    corrected, highest = list(items), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, items[place].p_value * (len(items) - rank)))
        corrected[place] = replace(items[place], p_value=highest)
    return corrected
