"""Two groups of trainings → which is better on a metric, how surely, where they part: the public `goodfit.compare`."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goodfit.curves.compare import MIN_FOR_DECISION, Contrast, Group, compare_outcomes
from goodfit.errors import BadArgument
from goodfit.findings.half import common_unit, newest_branch
from goodfit.findings.seed_groups import SEED_NAMES, name_seed_groups
from goodfit.findings.show import as_html_table

if TYPE_CHECKING:
    from goodfit.types import Direction, Float64Array, Int64Array

Verdict = Literal["first_better", "second_better", "no_difference_shown", "not_enough"]
Outcome = Literal["best", "last"]

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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """How group B stands to group A on one metric. Two are equal only if they are the same object."""

    metric: str
    direction: Direction
    outcome: Outcome
    verdict: Verdict
    """`second_better` is decided only at p < 0.05 and five trainings in each group, or six pairs."""
    outcomes_a: Float64Array
    """One per training, in the metric's units; of pairs in the order of seeds."""
    outcomes_b: Float64Array
    contrast: Contrast
    """The statistics, of outcomes oriented so that lower is better."""
    parting_step: int | None
    """First step from which on the groups' ranges stay apart; None where they overlap or were not logged."""
    skipped: tuple[str, ...]
    """Trainings without a finite value of the metric."""
    names: tuple[str, str] = ("A", "B")
    """What the groups are called: by what their trainings have in common, where they were recognised by it."""

    @property
    def difference(self) -> float:
        """B minus A, in the metric's units."""
        return self.contrast.difference if self.direction == "min" else -self.contrast.difference

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the difference."""
        low, high = self.contrast.lower, self.contrast.upper
        return (low, high) if self.direction == "min" else (-high, -low)

    @property
    def chance_b_better(self) -> float:
        """Probability that a training of B beats one of A."""
        return self.contrast.chance_second_better

    def plot(self, ax: Any = None) -> Any:
        """Draws every training's outcome, joined where they are pairs, and each group's centre with its interval.

        Args:
            ax: A matplotlib axes; None: one of a new figure.

        Returns:
            The axes.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from goodfit.findings.drawing import BLUE, GREY, ORANGE, new_axes, say

        ax = new_axes(ax, "Comparison.plot()", width=6.0)
        sign = 1.0 if self.direction == "min" else -1.0
        sides = ((self.outcomes_a, self.contrast.first, BLUE), (self.outcomes_b, self.contrast.second, ORANGE))
        if self.contrast.is_paired:
            ax.plot([0, 1], np.stack((self.outcomes_a, self.outcomes_b)), color=GREY, alpha=0.4, linewidth=0.9)
        for place, (values, group, colour) in enumerate(sides):
            beside = np.zeros(values.size)
            if not self.contrast.is_paired:  # neighbours in rank apart from each other
                beside[np.argsort(values)] = 0.05 * (np.arange(values.size) % 3 - 1)
            ax.plot(place + beside, values, "o", color=colour, alpha=0.55, markersize=6, markeredgewidth=0)
            centre, ends = sign * group.centre, sorted((sign * group.lower, sign * group.upper))
            aside = place + (-0.2 if place == 0 else 0.2)
            if np.isfinite(ends).all():
                ax.plot([aside, aside], ends, color="black", linewidth=1.4)
            ax.plot([aside], [centre], "D", color="black", markersize=6)
            ax.annotate(
                f"{centre:.4g}", (aside, centre), xytext=(-9 if place == 0 else 9, 0), textcoords="offset points",
                ha="right" if place == 0 else "left", va="center",
            )  # fmt: skip
        ax.set_xlim(-0.7, 1.7)
        ax.set_xticks(
            [0, 1], [f"{name} (n = {group.n})" for name, (_, group, _) in zip(self.names, sides, strict=True)]
        )
        ax.set_ylabel(f"{self.metric} ({'lower' if self.direction == 'min' else 'higher'} is better)")
        say(ax, str(self).partition("\n")[0])
        return ax

    def __repr__(self) -> str:
        return f"<Comparison {self}>"

    def _repr_html_(self) -> str:
        head, *rest = str(self).split("\n")
        sign = 1.0 if self.direction == "min" else -1.0
        rows = []
        for name, group, values in (
            (self.names[0], self.contrast.first, self.outcomes_a),
            (self.names[1], self.contrast.second, self.outcomes_b),
        ):  # fmt: skip
            ends = sorted((sign * group.lower, sign * group.upper))
            shown = ", ".join(f"{value:.4g}" for value in values[:12]) + (", …" if values.size > 12 else "")
            rows.append((name, str(group.n), f"{sign * group.centre:.4g}", f"{ends[0]:.4g} to {ends[1]:.4g}", shown))
        return as_html_table(head, ("", "n", "centre", "95 % interval", "outcomes"), rows, notes=rest[1:])

    def __str__(self) -> str:
        contrast = self.contrast
        sign = 1.0 if self.direction == "min" else -1.0
        low, high = self.interval
        a, b = self.names
        head = {
            "first_better": f"{a} is better",
            "second_better": f"{b} is better",
            "no_difference_shown": "no difference shown",
            "not_enough": "not enough trainings to tell",
        }[self.verdict]
        lines = [
            f"{self.metric}: {head}. {b} - {a} = {self.difference:.4g} [{low:.4g}, {high:.4g}], "
            f"p = {contrast.p_value:.3g}",
            f"{a}: {sign * contrast.first.centre:.4g} (n = {contrast.first.n}), "
            f"{b}: {sign * contrast.second.centre:.4g} (n = {contrast.second.n}); "
            f"a training of {b} beats one of {a} in {contrast.chance_second_better:.0%} of pairs",
        ]
        if contrast.n_more:
            lines.append(f"about {contrast.n_more} more of each would decide a difference of this size")
        if self.parting_step is not None:
            lines.append(f"they part at step {self.parting_step}")
        return "\n".join(lines)


def compare(
    runs_a: Any,
    runs_b: Any = None,
    metric: str = "loss",
    *,
    direction: Direction | None = None,
    outcome: Outcome = "best",
) -> Comparison:
    """Compares two groups of trainings on one metric.

    Args:
        runs_a: Trainings, runs of a log folder, arrays of values (one curve each), or plain numbers (one outcome
            each); one alone or an iterable of them.
        runs_b: The same. None: `runs_a` holds the trainings of both groups, which are told by their hyperparameters
            (all but the seed), or by their names (`resnet/seed3`), and must be two.
        metric: A metric as trainings name it, or a tag; `val_loss` also means the validation half of `loss`.
        direction: Whether lower or higher is better; None: by the metric's name, `min` where that says nothing.
        outcome: What counts of a curve: the `best` level that two neighbouring points reached, or the `last` (median
            of the last three).

    Returns:
        The comparison. Trainings are paired by seed where every one of both groups has a seed of its own in its
        hyperparameters and the seeds are the same.

    Raises:
        BadArgument: not two seed groups where they are to be recognised; a group in which no training has the metric;
            something that is neither training, run nor array.

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
    sign = 1.0 if direction == "min" else -1.0
    names = ("A", "B")
    if runs_b is None:
        names, (runs_a, runs_b) = _two_seed_groups(_as_items(runs_a, "runs_a"), metric)
    groups, skipped = [], []
    for name, subject in (("runs_a", runs_a), ("runs_b", runs_b)):
        curves = [_curve_of(item, metric, place) for place, item in enumerate(_as_items(subject, name))]
        kept = [curve for curve in curves if math.isfinite(_outcome(curve, sign, outcome))]
        skipped += [curve.name for curve in curves if curve not in kept]
        if not kept:
            raise BadArgument(
                f"compare found no finite value of {metric!r} in {name} ({len(curves)} given).",
                hint="metric= takes a name as in `goodfit check --json`, or a tag",
            )
        groups.append(kept)
    is_paired = _pair_by_seed(groups)
    first, second = ([_outcome(curve, sign, outcome) for curve in group] for group in groups)
    # In units of the largest outcome: squares of 1e300 have no double.
    unit = common_unit(np.array(first), np.array(second))
    contrast = compare_outcomes(
        np.array(first) / unit, np.array(second) / unit, is_paired=is_paired, rng=np.random.default_rng(0)
    )
    assert isinstance(contrast, Contrast)
    contrast = _in_units(contrast, unit)
    return Comparison(
        metric=metric,
        direction=direction,
        outcome=outcome,
        verdict=_verdict(contrast),
        outcomes_a=sign * np.array(first),
        outcomes_b=sign * np.array(second),
        contrast=contrast,
        parting_step=_parting_step(groups[0], groups[1]),
        skipped=tuple(skipped),
        names=names,
    )


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


def _two_seed_groups(items: list[Any], metric: str) -> tuple[tuple[str, str], tuple[list[Any], list[Any]]]:
    """Names and trainings of the two groups that differ in more than their seed."""
    if any(not hasattr(item, "hparams") for item in items):
        raise BadArgument(
            "compare recognises seed groups among trainings of a log folder only.", hint="goodfit.compare(a, b)"
        )
    found = name_seed_groups(items, metric)
    if len(found) != 2:
        listed = ", ".join(f"{name} ({len(group)})" for name, group in found.items()) or "none"
        raise BadArgument(
            f"compare needs two seed groups, found {len(found)}: {listed}.", hint="goodfit.compare(a, b) takes any two"
        )
    (first, a), (second, b) = found.items()
    return (first, second), (a, b)


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


def _pair_by_seed(groups: list[list[Curve]]) -> bool:
    """Sorts both groups by seed where the seeds tell one from the other and are the same; whether they do."""
    seeds = [[curve.seed for curve in group] for group in groups]
    if any(seed is None for group in seeds for seed in group):
        return False
    if any(len(set(group)) != len(group) for group in seeds) or set(seeds[0]) != set(seeds[1]):
        return False
    for group in groups:
        group.sort(key=lambda curve: str(curve.seed))
    return True


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
