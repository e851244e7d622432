"""The trainings of a log → which hyperparameter explains their differences: the public `goodfit.importance`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.importance import MIN_TRAININGS, Importance, find_importance
from goodfit.curves.refusal import Refusal
from goodfit.errors import BadArgument
from goodfit.findings.compare import outcome_of_training
from goodfit.findings.show import as_html_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodfit.findings.compare import Outcome
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

    def __str__(self) -> str:
        if self.refusal:
            return (
                f"cannot tell which hyperparameter matters for {self.metric}: {self.n_trainings} trainings have it, "
                f"{MIN_TRAININGS} are needed"
            )
        if not self:
            return f"no hyperparameter was logged with two values among {self.n_trainings} trainings"
        rows = [_COLUMNS, *self._rows()]
        widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([f"{self.metric}, {self.n_trainings} trainings", *lines])

    def _repr_html_(self) -> str:
        if self.refusal or not self:
            return as_html_table(str(self), (), ())
        return as_html_table(f"{self.metric}, {self.n_trainings} trainings", _COLUMNS, self._rows())

    def plot(self, ax: Any = None) -> Any:
        """Draws each share with its interval on a matplotlib axes (a new one if None). Needs matplotlib."""
        if ax is None:
            import matplotlib.pyplot as plt  # type: ignore[import-not-found, unused-ignore]

            ax = plt.gca()
        places = list(range(len(self)))[::-1]
        for place, item in zip(places, self, strict=True):
            ax.plot([item.lower, item.upper], [place, place], linewidth=2)
            ax.plot([item.share], [place], "o")
        ax.set_yticks(places, [item.name for item in self])
        ax.set_xlim(0, 1)
        ax.set_xlabel(f"share of {self.metric} explained")
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
