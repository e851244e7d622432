"""The trainings of a log → which hyperparameter explains their differences: the public `goodfit.importance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.importance import MIN_TRAININGS, Importance, find_importance
from goodfit.curves.refusal import Refusal
from goodfit.errors import BadArgument
from goodfit.findings.compare import outcome_of_training
from goodfit.findings.show import as_html_table, as_text_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodfit.findings.comparison import Outcome
    from goodfit.types import Direction

_COLUMNS = ("hyperparameter", "explains", "95 % interval", "p", "best to worst")


class Importances(list[Importance]):
    """Hyperparameters, the most important first; `refusal` says why there is none."""

    def __init__(self, items: Iterable[Importance] = (), *, metric: str, n_trainings: int, refusal: str = "") -> None:
        super().__init__(items)
        self.metric, self.n_trainings = metric, n_trainings
        self.refusal = refusal
        """`too_short` below eight trainings with the metric; empty else."""

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                item.name + (f" (together with {', '.join(item.tied_with)})" if item.tied_with else ""),
                f"{item.share:.0%}", f"{item.lower:.0%} to {item.upper:.0%}", f"{item.p_value:.3f}",
                ", ".join(item.levels),
            )
            for item in self
        ]  # fmt: skip

    @property
    def _title(self) -> str:
        return f"{self.metric}, {self.n_trainings} trainings"

    def __str__(self) -> str:
        if self.refusal:
            return (
                f"cannot tell which hyperparameter matters for {self.metric}: {self.n_trainings} trainings have it, "
                f"{MIN_TRAININGS} are needed"
            )
        if not self:
            return f"no hyperparameter was logged with two values among {self.n_trainings} trainings"
        return f"{self._title}\n{as_text_table(_COLUMNS, self._rows())}"

    def __repr__(self) -> str:
        return f"<Importances {self}>"

    def _repr_html_(self) -> str:
        if self.refusal or not self:
            return as_html_table(str(self), (), ())
        return as_html_table(self._title, _COLUMNS, self._rows())

    def plot(self, ax: Any = None) -> Any:
        """Draws each share with its interval; those that chance explains as well are grey.

        Args:
            ax: A matplotlib axes; None: one of a new figure.

        Returns:
            The axes.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from goodfit.findings.drawing import BLUE, GREY, new_axes, say

        ax = new_axes(ax, "Importances.plot()", height=1.4 + 0.42 * max(2, len(self)))
        places = list(range(len(self)))[::-1]
        for place, item in zip(places, self, strict=True):
            colour = BLUE if item.p_value < 0.05 else GREY
            ax.barh([place], [item.share], height=0.55, color=colour, alpha=0.35, linewidth=0)
            ax.plot([item.lower, item.upper], [place, place], color=colour, linewidth=1.6)
            ax.plot([item.share], [place], "o", color=colour, markersize=6)
            ax.annotate(
                f"p = {item.p_value:.2g}", (max(item.upper, item.share), place), xytext=(7, 0),
                textcoords="offset points", va="center", color=GREY, fontsize="small",
            )  # fmt: skip
        ax.set_yticks(places, [item.name for item in self])
        ax.set_ylim(-0.6, max(len(self), 1) - 0.4)
        ax.set_xlim(0, 1.12)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
        ax.grid(visible=False)
        ax.set_xlabel(f"share of the differences in {self.metric} explained, with 95 % interval")
        say(ax, f"{self.metric}, {self.n_trainings} trainings" if self else str(self))
        return ax


def importance(
    trainings: Any, metric: str = "loss", *, direction: Direction | None = None, outcome: Outcome = "best"
) -> Importances:
    """Ranks hyperparameters by how much of a metric's differences each explains.

    Args:
        trainings: A LogDir, or an iterable of trainings.
        metric: A metric as trainings name it, or a tag; `val_loss` also means the validation half of `loss`.
        direction: Whether lower or higher is better; None: by the metric's name, `min` where that says nothing.
        outcome: What counts of a curve: the `best` level, or the `last`.

    Returns:
        The most important hyperparameter first, each with an interval, a p-value and those it changed along with.
        A training that has the metric but no finite value of it counts as worst.

    Raises:
        BadArgument: something that holds no trainings, or an unknown direction or outcome.

    Example:
        >>> str(importance([]))
        'cannot tell which hyperparameter matters for loss: 0 trainings have it, 8 are needed'
    """
    if outcome not in ("best", "last") or direction not in ("min", "max", None):
        raise BadArgument(
            f"importance takes outcome 'best' or 'last' and direction 'min', 'max' or None, "
            f"got {outcome!r} and {direction!r}."
        )
    if hasattr(trainings, "trainings") and hasattr(trainings, "training"):
        trainings = [trainings.training(name) for name in trainings.trainings]
    if not hasattr(trainings, "__iter__") or isinstance(trainings, (str, bytes)):
        raise BadArgument(f"importance takes a LogDir or trainings, got {type(trainings).__name__}.")
    chosen = list(trainings)
    if any(not (hasattr(training, "pairs") and hasattr(training, "hparams")) for training in chosen):
        raise BadArgument("importance takes trainings of a LogDir; of other things it knows no hyperparameters.")
    if direction is None:
        from goodfit.query.metric import direction_of

        direction = direction_of(metric) or "min"
    losses, kept = [], []
    for training in chosen:
        loss = outcome_of_training(training, metric, direction=direction, outcome=outcome)
        if loss is not None:
            losses.append(loss)
            kept.append(training)
    names = sorted({name for training in kept for name in training.hparams})
    settings = {name: [training.hparams.get(name) for training in kept] for name in names}
    answer = find_importance(settings, np.array(losses, dtype=np.float64), rng=np.random.default_rng(0))
    if isinstance(answer, Refusal):
        return Importances(metric=metric, n_trainings=len(kept), refusal=answer.reason)
    return Importances(answer, metric=metric, n_trainings=len(kept))
