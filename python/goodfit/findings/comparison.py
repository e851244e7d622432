"""How groups of trainings stand to each other → words, a table, a picture: what `goodfit.compare` gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goodfit.findings.show import as_html_table, as_text_table

if TYPE_CHECKING:
    from goodfit.curves.compare import Contrast, Group
    from goodfit.types import Direction, Float64Array

Verdict = Literal["first_better", "second_better", "no_difference_shown", "not_enough"]
Outcome = Literal["best", "last"]


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
    n_comparisons: int = 1
    """Pairs of groups that were compared at once; the p-value is corrected for them."""

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
        if self.contrast.is_paired:
            ax.plot([0, 1], np.stack((self.outcomes_a, self.outcomes_b)), color=GREY, alpha=0.4, linewidth=0.9)
        for place, (values, group, colour) in enumerate(
            ((self.outcomes_a, self.contrast.first, BLUE), (self.outcomes_b, self.contrast.second, ORANGE))
        ):
            _draw_group(
                ax, place, values, self._ends_of(group), colour, goes_left=place == 0, is_level=self.contrast.is_paired
            )
        ax.set_xlim(-0.7, 1.7)
        sizes = (self.outcomes_a.size, self.outcomes_b.size)
        ax.set_xticks([0, 1], [f"{name} (n = {n})" for name, n in zip(self.names, sizes, strict=True)])
        ax.set_ylabel(f"{self.metric} ({_better(self.direction)} is better)")
        say(ax, str(self).partition("\n")[0])
        return ax

    def _ends_of(self, group: Group) -> tuple[float, float, float]:
        """Lower end, centre and upper end of a group's interval, in the metric's units."""
        if self.direction == "min":
            return group.lower, group.centre, group.upper
        return -group.upper, -group.centre, -group.lower

    def __repr__(self) -> str:
        return f"<Comparison {self}>"

    def _repr_html_(self) -> str:
        head, *rest = str(self).split("\n")
        rows = []
        for name, group, values in (
            (self.names[0], self.contrast.first, self.outcomes_a),
            (self.names[1], self.contrast.second, self.outcomes_b),
        ):
            lower, centre, upper = self._ends_of(group)
            shown = ", ".join(f"{value:.4g}" for value in values[:12]) + (", …" if values.size > 12 else "")
            rows.append((name, str(group.n), f"{centre:.4g}", f"{lower:.4g} to {upper:.4g}", shown))
        return as_html_table(head, ("", "n", "centre", "95 % interval", "outcomes"), rows, notes=rest[1:])

    def __str__(self) -> str:
        contrast = self.contrast
        low, high = self.interval
        a, b = self.names
        head = {
            "first_better": f"{a} is better",
            "second_better": f"{b} is better",
            "no_difference_shown": "no difference shown",
            "not_enough": "not enough trainings to tell",
        }[self.verdict]
        pairs = f", {contrast.first.n} pairs" if contrast.is_paired else ""
        of_many = f", corrected for {self.n_comparisons} comparisons" if self.n_comparisons > 1 else ""
        lines = [
            f"{self.metric}: {head}. {b} - {a} = {self.difference:.4g} [{low:.4g}, {high:.4g}], "
            f"p = {contrast.p_value:.3g}{pairs}{of_many}",
            f"{a}: {self._ends_of(contrast.first)[1]:.4g} (n = {contrast.first.n}), "
            f"{b}: {self._ends_of(contrast.second)[1]:.4g} (n = {contrast.second.n})",
            f"a training of {b} beats one of {a} in {contrast.chance_second_better:.0%} of pairs "
            f"(Cliff's delta {contrast.cliffs_delta:.2f})",
        ]
        if contrast.n_more:
            lines.append(f"about {contrast.n_more} more of each would decide a difference of this size")
        if self.parting_step is not None:
            lines.append(f"they part at step {self.parting_step}")
        return "\n".join(lines)


class Comparisons(list[Comparison]):
    """All pairs of more than two groups, each p-value corrected for their number by Holm's method."""

    def __init__(self, items: Iterable[Comparison]) -> None:
        super().__init__(items)

    @property
    def names(self) -> tuple[str, ...]:
        """The groups, the best centre first."""
        centres: dict[str, float] = {}
        for item in self:
            centres[item.names[0]], centres[item.names[1]] = item.contrast.first.centre, item.contrast.second.centre
        return tuple(sorted(centres, key=lambda name: centres[name]))

    def between(self, first: str, second: str) -> Comparison:
        """The comparison of two groups, in whichever order it was made.

        Raises:
            KeyError: there are no groups of these names.
        """
        for item in self:
            if {first, second} == set(item.names) and first != second:
                return item
        raise KeyError(f"no comparison of {first!r} and {second!r}; the groups are {', '.join(self.names)}")

    def _group(self, name: str) -> tuple[Float64Array, tuple[float, float, float]]:
        """A group's outcomes, and its interval around its centre."""
        item = next(item for item in self if name in item.names)
        if item.names[0] == name:
            return item.outcomes_a, item._ends_of(item.contrast.first)
        return item.outcomes_b, item._ends_of(item.contrast.second)

    def _rows(self) -> list[tuple[str, ...]]:
        best, *others = self.names
        rows: list[tuple[str, ...]] = []
        for name in (best, *others):
            values, (lower, centre, upper) = self._group(name)
            row = (name, str(values.size), f"{centre:.4g}", f"{lower:.4g} to {upper:.4g}")
            if name == best:
                rows.append((*row, "", ""))
                continue
            item = self.between(best, name)
            sign = 1.0 if item.names[0] == best else -1.0
            rows.append((*row, f"{sign * item.difference:+.4g}", f"{item.contrast.p_value:.3g}"))
        return rows

    def __str__(self) -> str:
        best, *others = self.names
        decided = [name for name in others if self.between(best, name).verdict in ("first_better", "second_better")]
        said = f"{best} is better than {', '.join(decided)}" if decided else "no group is shown to be the best"
        open_ones = [name for name in others if name not in decided]
        said += f"; not shown for {', '.join(open_ones)}" if decided and open_ones else ""
        return "\n".join([f"{self[0].metric}: {said}", as_text_table(_COLUMNS, self._rows()), self._note()])

    def _note(self) -> str:
        return f"p-values corrected for {len(self)} comparisons (Holm)"

    def __repr__(self) -> str:
        return f"<Comparisons {self}>"

    def _repr_html_(self) -> str:
        return as_html_table(str(self).partition("\n")[0], _COLUMNS, self._rows(), notes=[self._note()])

    def plot(self, ax: Any = None) -> Any:
        """Draws every training's outcome by group, the best group first, and each centre with its interval.

        Args:
            ax: A matplotlib axes; None: one of a new figure.

        Returns:
            The axes.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from goodfit.findings.drawing import BLUE, GREY, new_axes, say

        names = self.names
        ax = new_axes(ax, "Comparisons.plot()", width=max(6.0, 1.6 * len(names)))
        for place, name in enumerate(names):
            values, ends = self._group(name)
            _draw_group(ax, place, values, ends, BLUE if place == 0 else GREY, goes_left=False)
        ax.set_xlim(-0.5, len(names) - 0.2)
        ax.set_xticks(range(len(names)), [f"{name}\n(n = {self._group(name)[0].size})" for name in names])
        ax.set_ylabel(f"{self[0].metric} ({_better(self[0].direction)} is better)")
        say(ax, str(self).partition("\n")[0])
        return ax


_COLUMNS = ("", "n", "centre", "95 % interval", "to the best", "p")


def _better(direction: Direction) -> str:
    return "lower" if direction == "min" else "higher"


def _draw_group(
    ax: Any, place: int, values: Float64Array, ends: tuple[float, float, float], colour: str, *, goes_left: bool,
    is_level: bool = False,
) -> None:  # fmt: skip
    """A group's outcomes at a place of the axes, neighbours in rank apart unless `is_level`, and its interval aside."""
    beside = np.zeros(values.size)
    if not is_level:
        beside[np.argsort(values)] = 0.05 * (np.arange(values.size) % 3 - 1)
    ax.plot(place + beside, values, "o", color=colour, alpha=0.55, markersize=6, markeredgewidth=0)
    lower, centre, upper = ends
    aside = place + (-0.2 if goes_left else 0.2)
    if np.isfinite((lower, upper)).all():
        ax.plot([aside, aside], [lower, upper], color="black", linewidth=1.4)
    ax.plot([aside], [centre], "D", color="black", markersize=6)
    ax.annotate(
        f"{centre:.4g}", (aside, centre), xytext=(-9 if goes_left else 9, 0), textcoords="offset points",
        ha="right" if goes_left else "left", va="center",
    )  # fmt: skip
