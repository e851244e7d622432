"""Two groups of trainings → which is better on a metric, how surely, where they part: the public `goodfit.compare`."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from goodfit.curves.compare import MIN_FOR_DECISION, Contrast, Group, compare_outcomes, holm
from goodfit.errors import BadArgument
from goodfit.findings.comparison import Comparison, Comparisons
from goodfit.findings.half import common_unit, newest_branch
from goodfit.findings.seed_groups import SEED_NAMES, name_seed_groups

if TYPE_CHECKING:
    from goodfit.findings.comparison import Outcome, Verdict
    from goodfit.types import Direction, Float64Array, Int64Array

_N_PLACES = 64  # along the common steps, at which groups are looked at for where they part
_HELD = 0.9  # share of the rest over which the groups must stay apart


@dataclass(frozen=True, slots=True)
class Curve:
    """One training's curve of the metric."""

    name: str
    steps: Int64Array
    values: Float64Array
    seed: str | None
    """From the hyperparameters; None where not logged."""


@overload
def compare(
    runs_a: Any, runs_b: object, metric: str = "loss", *, direction: Direction | None = None, outcome: Outcome = "best"
) -> Comparison: ...


@overload
def compare(
    runs_a: Any, runs_b: None = None, metric: str = "loss", *, direction: Direction | None = None,
    outcome: Outcome = "best",
) -> Any: ...  # fmt: skip


def compare(
    runs_a: Any,
    runs_b: Any = None,
    metric: str = "loss",
    *,
    direction: Direction | None = None,
    outcome: Outcome = "best",
) -> Comparison | Comparisons:
    """Compares groups of trainings on one metric.

    Args:
        runs_a: Trainings, runs of a log folder, arrays of values (one curve each), or plain numbers (one outcome
            each); one alone or an iterable of them.
        runs_b: The same. None: `runs_a` holds the trainings of all groups, which are told by their hyperparameters
            (all but the seed), or by their names (`resnet/seed3`); or it is a dict of groups by name.
        metric: A metric as trainings name it, or a tag; `val_loss` also means the validation half of `loss`.
        direction: Whether lower or higher is better; None: by the metric's name, `min` where that says nothing.
        outcome: What counts of a curve: the `best` level that two neighbouring points reached, or the `last` (median
            of the last three).

    Returns:
        The comparison; of more than two groups those of all pairs, with p-values corrected for their number (Holm).
        Trainings are paired by seed where every one of both groups has a seed of its own in its
        hyperparameters and the seeds are the same.

    Raises:
        BadArgument: fewer than two seed groups where they are to be recognised; a group in which no training has the
            metric; something that is neither training, run nor array.

    Example:
        >>> answer = compare([0.50, 0.52, 0.49, 0.51, 0.53], [0.41, 0.43, 0.40, 0.44, 0.42])
        >>> answer.verdict, answer.chance_b_better
        ('second_better', 1.0)
    """
    if outcome not in ("best", "last"):
        raise BadArgument(f"compare takes outcome 'best' or 'last', got {outcome!r}.")
    if direction not in ("min", "max", None):
        raise BadArgument(f"compare takes direction 'min', 'max' or None, got {direction!r}.")
    if direction is None:
        from goodfit.query.metric import direction_of

        direction = direction_of(metric) or "min"
    subjects = {"runs_a": runs_a, "runs_b": runs_b} if runs_b is not None else _named_groups(runs_a, metric)
    groups = [_read_group(name, subject, metric, direction, outcome) for name, subject in subjects.items()]
    if runs_b is not None:
        groups = [replace(group, name=name) for group, name in zip(groups, ("A", "B"), strict=True)]
    pairs = list(combinations(groups, 2))
    found = [_compare_two(first, second, metric, direction, outcome, n_pairs=len(pairs)) for first, second in pairs]
    if len(found) == 1:
        return found[0]
    corrected = holm(np.array([item.contrast.p_value for item in found]))
    return Comparisons(
        _with_p_value(item, float(p_value), len(found)) for item, p_value in zip(found, corrected, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _SeedGroup:
    """Trainings with a finite outcome, and the names of those without."""

    name: str
    curves: list[Curve]
    outcomes: list[float]
    """As losses: lower is better."""
    skipped: tuple[str, ...]


def _read_group(name: str, subject: Any, metric: str, direction: Direction, outcome: Outcome) -> _SeedGroup:
    sign = 1.0 if direction == "min" else -1.0
    curves = [_curve_of(item, metric, place) for place, item in enumerate(_as_items(subject, name))]
    kept = [curve for curve in curves if math.isfinite(_outcome(curve, sign, outcome))]
    if not kept:
        raise BadArgument(
            f"compare found no finite value of {metric!r} in {name} ({len(curves)} given).",
            hint="metric= takes a name as in `goodfit check --json`, or a tag",
        )
    kept.sort(key=lambda curve: str(curve.seed))
    skipped = tuple(curve.name for curve in curves if not math.isfinite(_outcome(curve, sign, outcome)))
    return _SeedGroup(name, kept, [_outcome(curve, sign, outcome) for curve in kept], skipped)


def _compare_two(
    a: _SeedGroup, b: _SeedGroup, metric: str, direction: Direction, outcome: Outcome, *, n_pairs: int
) -> Comparison:
    sign = 1.0 if direction == "min" else -1.0
    first, second = np.array(a.outcomes), np.array(b.outcomes)
    # In units of the largest outcome: squares of 1e300 have no double.
    unit = common_unit(first, second)
    contrast = compare_outcomes(
        first / unit, second / unit, is_paired=_are_pairs(a.curves, b.curves), rng=np.random.default_rng(0),
        n_comparisons=n_pairs,
    )  # fmt: skip
    assert isinstance(contrast, Contrast)
    contrast = _in_units(contrast, unit)
    return Comparison(
        metric=metric,
        direction=direction,
        outcome=outcome,
        verdict=_verdict(contrast),
        outcomes_a=sign * first,
        outcomes_b=sign * second,
        contrast=contrast,
        parting_step=_parting_step(a.curves, b.curves),
        skipped=a.skipped + b.skipped,
        names=(a.name, b.name),
        n_comparisons=n_pairs,
    )


def _with_p_value(item: Comparison, p_value: float, n_comparisons: int) -> Comparison:
    contrast = replace(item.contrast, p_value=p_value)
    return replace(item, contrast=contrast, verdict=_verdict(contrast), n_comparisons=n_comparisons)


def outcome_of_training(training: Any, metric: str, *, direction: Direction, outcome: Outcome) -> float | None:
    """A training's outcome as a loss: lower is better, NaN without a finite value, None where it lacks the metric."""
    curve = _curve_of_training(training, metric)
    return _outcome(curve, 1.0 if direction == "min" else -1.0, outcome) if curve.values.size else None


def _in_units(contrast: Contrast, unit: float) -> Contrast:
    """The contrast of outcomes that had been divided by a unit, in their own units; ratios stay."""

    def scaled(value: float) -> float:
        return min(max(value * unit, -sys.float_info.max), sys.float_info.max) if math.isfinite(value) else value

    def group(part: Group) -> Group:
        return Group(part.n, scaled(part.centre), scaled(part.lower), scaled(part.upper), scaled(part.spread))

    return replace(
        contrast,
        first=group(contrast.first),
        second=group(contrast.second),
        difference=scaled(contrast.difference),
        lower=scaled(contrast.lower),
        upper=scaled(contrast.upper),
    )


def _named_groups(subject: Any, metric: str) -> Mapping[str, Any]:
    """Groups by name: those of a dict, or the trainings that differ in more than their seed."""
    if isinstance(subject, Mapping) and not hasattr(subject, "trainings"):  # a log folder is a mapping of its runs
        found: Mapping[str, Any] = {str(name): group for name, group in subject.items()}
    else:
        items = _as_items(subject, "runs_a")
        if any(not hasattr(item, "hparams") for item in items):
            raise BadArgument(
                "compare recognises seed groups among trainings of a log folder only.",
                hint="goodfit.compare(a, b), or goodfit.compare({name: runs, …})",
            )
        found = name_seed_groups(items, metric)
    if len(found) < 2:
        listed = ", ".join(f"{name} ({len(_as_items(group, name))})" for name, group in found.items()) or "none"
        raise BadArgument(
            f"compare needs two seed groups, found {len(found)}: {listed}.", hint="goodfit.compare(a, b) takes any two"
        )
    return found


def _verdict(contrast: Contrast) -> Verdict:
    # Of five pairs even the clearest has p = 1/16: two of 32 ways to draw signs.
    if min(contrast.first.n, contrast.second.n) < MIN_FOR_DECISION + contrast.is_paired:
        return "not_enough"
    if contrast.p_value >= 0.05:
        return "no_difference_shown"
    return "second_better" if contrast.difference < 0 else "first_better"


def _as_items(subject: Any, name: str) -> list[Any]:
    """The trainings of a group: those of a log folder, those of an iterable, or the one given."""
    if hasattr(subject, "trainings") and hasattr(subject, "training"):
        return [subject.training(each) for each in subject.trainings]
    if hasattr(subject, "scalars") or isinstance(subject, (int, float, np.generic)):
        return [subject]
    if isinstance(subject, np.ndarray):
        return [subject] if subject.ndim == 1 and subject.dtype != object and subject.size == 0 else list(subject)
    if isinstance(subject, Iterable) and not isinstance(subject, (str, bytes, Mapping)):
        return list(subject)
    raise BadArgument(f"compare takes trainings, runs or arrays for {name}, got {type(subject).__name__}.")


def _curve_of(item: Any, metric: str, place: int) -> Curve:
    if hasattr(item, "pairs") and hasattr(item, "scalars"):
        return _curve_of_training(item, metric)
    if hasattr(item, "scalars") and hasattr(item, "name"):
        series = item.scalars.get(metric)
        return _clean(item.name, None if series is None else series.steps, None if series is None else series.values)
    try:
        values = np.atleast_1d(np.asarray(item, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise BadArgument(f"compare cannot read {type(item).__name__} as a training, run or array.") from error
    if values.ndim != 1:
        raise BadArgument(f"compare needs one-dimensional curves, got shape {values.shape}.")
    return _clean(f"#{place}", np.arange(values.size), values)


def _curve_of_training(training: Any, metric: str) -> Curve:
    seed = next((str(training.hparams[name]) for name in SEED_NAMES if name in training.hparams), None)
    wanted, half = metric, None
    for prefix, name in (("val_", "validation"), ("val/", "validation"), ("train_", "train"), ("train/", "train")):
        if metric.startswith(prefix):
            wanted, half = metric[len(prefix) :], name
    for pair in training.pairs:
        keys = {"validation": pair.validation, "train": pair.train}
        key = None
        if pair.metric == metric:
            key = pair.validation or pair.train
        elif half is not None and pair.metric == wanted:
            key = keys[half]
        else:
            key = next((each for each in keys.values() if each is not None and each.tag == metric), None)
        if key is not None:
            scalars = training.scalars(key)
            return _clean(training.name, scalars.steps, scalars.values, seed)
    return _clean(training.name, None, None, seed)


def _clean(name: str, steps: Any, values: Any, seed: str | None = None) -> Curve:
    """The newest branch of a series."""
    if values is None or not len(values):
        return Curve(name, np.zeros(0, dtype=np.int64), np.zeros(0), seed)
    steps, values = np.asarray(steps, dtype=np.int64), np.asarray(values, dtype=np.float64)
    kept = newest_branch(steps)
    return Curve(name, steps if kept is None else steps[kept], values if kept is None else values[kept], seed)


def _outcome(curve: Curve, sign: float, outcome: Outcome) -> float:
    """The curve's outcome as a loss; NaN where it has none."""
    finite = sign * curve.values[np.isfinite(curve.values)]
    if not finite.size or (outcome == "last" and not math.isfinite(float(curve.values[-1]))):
        return math.nan
    if outcome == "last":
        return float(np.median(finite[-3:]))
    return float(np.maximum(finite[1:], finite[:-1]).min()) if finite.size > 1 else float(finite[0])


def _are_pairs(first: Sequence[Curve], second: Sequence[Curve]) -> bool:
    """Whether seeds tell the trainings of each group apart and are the same in both; groups are sorted by them."""
    seeds = [[curve.seed for curve in group] for group in (first, second)]
    if any(seed is None for group in seeds for seed in group):
        return False
    return all(len(set(group)) == len(group) for group in seeds) and set(seeds[0]) == set(seeds[1])


def _parting_step(first: Sequence[Curve], second: Sequence[Curve]) -> int | None:
    """The first of 64 common steps from which on the ranges of both groups are apart nearly always, to the end."""
    curves = [*first, *second]
    if min(curve.steps.size for curve in curves) < 3:
        return None
    low = max(int(curve.steps[0]) for curve in curves)
    high = min(int(curve.steps[-1]) for curve in curves)
    if high <= low:
        return None
    places = np.unique(np.rint(np.linspace(low, high, _N_PLACES)).astype(np.int64))

    def table(group: Sequence[Curve]) -> Float64Array:
        rows = []
        for curve in group:
            good = np.isfinite(curve.values)
            rows.append(np.interp(places, curve.steps[good], curve.values[good]))
        return np.array(rows)

    a, b = table(first), table(second)
    apart = (a.max(axis=0) < b.min(axis=0)) | (b.max(axis=0) < a.min(axis=0))
    share = np.cumsum(apart[::-1])[::-1] / np.arange(apart.size, 0, -1)
    good = np.flatnonzero(apart & (share >= _HELD))
    return int(places[good[0]]) if good.size and bool(apart[-1]) else None
