"""Plain arrays, a training, a run or a whole log folder → its findings: the public `goodfit.diagnose`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.errors import BadArgument
from goodfit.findings.engine import Points, make_case, review, review_all, review_cases
from goodfit.findings.finding import Finding
from goodfit.findings.show import as_html_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from goodfit.findings.case import Undecided
    from goodfit.types import Direction, Float64Array, Int64Array


class Diagnosis(list[Finding]):
    """Findings, worst first; `undecided` holds the rules that could not be decided, each with its reason."""

    def __init__(
        self,
        findings: Iterable[Finding] = (),
        undecided: Iterable[Undecided] = (),
        curves: Mapping[str, Points] | None = None,
        *,
        metric: str = "",
    ) -> None:
        super().__init__(findings)
        self.undecided: tuple[Undecided, ...] = tuple(undecided)
        self.curves: Mapping[str, Points] = curves or {}
        """What was judged, by name, where it was arrays or one training (of which it is the objective); for `plot`."""
        self.metric = metric
        """What `curves` show."""

    def __str__(self) -> str:
        from goodfit.findings.words import render_undecided

        lines = [f"[{finding.severity}] {finding.rule}: {finding.message}" for finding in self]
        lines += [f"[cannot tell] {item.rule}: {render_undecided(item)}" for item in self.undecided]
        return "\n".join(lines) if lines else "nothing to report"

    def __repr__(self) -> str:
        return f"<Diagnosis {self}>"

    def _repr_html_(self) -> str:
        from goodfit.findings.words import render_advice, render_undecided

        rows = [
            (
                finding.severity,
                finding.rule,
                finding.message,
                "over 99%" if finding.confidence > 0.994 else f"{finding.confidence:.0%}",
                " ".join(render_advice(finding)),
            )
            for finding in self
        ]
        notes = [f"cannot tell {item.rule}: {render_undecided(item)}" for item in self.undecided]
        title = f"{len(self)} finding{'' if len(self) == 1 else 's'}" if self else "nothing to report"
        return as_html_table(title, ("", "rule", "what", "sure", "try"), rows, notes=notes)

    def plot(self, ax: Any = None) -> Any:
        """Draws the curves that were judged, where each finding began and the checkpoint to keep.

        Of several trainings, which share no axis, only the onsets are drawn.

        Args:
            ax: A matplotlib axes; None: one of a new figure.

        Returns:
            The axes.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from goodfit.findings.drawing import BLUE, GREY, ORANGE, RED, Marks, new_axes, say, use_log_if_wide

        ax = new_axes(ax, "Diagnosis.plot()")
        for name, points in self.curves.items():
            colour = BLUE if name == "train" else ORANGE
            style = {"marker": "o", "markersize": 3} if points.values.size <= 60 else {}
            ax.plot(points.steps, points.values, label=name, linewidth=1.2, color=colour, **style)
        found = [f for f in self if f.onset_step is not None and (not self.curves or f.metric == self.metric)]
        steps = [points.steps for points in self.curves.values() if points.steps.size]
        steps = steps or [np.array([f.onset_step for f in found] or [0])]
        marks = Marks(ax, start=min(float(at.min()) for at in steps), stop=max(float(at.max()) for at in steps))
        for finding in found:
            assert finding.onset_step is not None
            colour = {"error": RED, "warning": ORANGE, "info": GREY}[finding.severity]
            marks.add(finding.onset_step, finding.rule.replace("_", " "), colour, finding.onset_interval)
        kept = next((f.evidence for f in found if {"best_step", "best_value"} <= set(f.evidence)), None)
        if kept is not None and self.curves:
            ax.plot(
                [kept["best_step"]], [kept["best_value"]], "*", color="black", markersize=10, label="checkpoint to keep"
            )
        if not self.curves and not found:
            ax.set_axis_off()
        if not self.curves:
            ax.set_yticks([])
        if self.curves:
            use_log_if_wide(ax, *(points.values for points in self.curves.values()))
            ax.legend(frameon=False)
            ax.set_ylabel(self.metric or "value")
        ax.set_xlabel("step")
        first = next(iter(found), None)
        say(ax, first.message if first else (self[0].message if self else "nothing to report"))
        return ax


def diagnose(
    subject: Any = None,
    *,
    train: npt.ArrayLike | None = None,
    validation: npt.ArrayLike | None = None,
    steps: npt.ArrayLike | None = None,
    train_steps: npt.ArrayLike | None = None,
    direction: Direction | None = "min",
    metric: str = "loss",
) -> Diagnosis:
    """Judges learning curves.

    Args:
        subject: A LogDir, a training, or a run of a LogDir; None for plain arrays.
        train: Train values, shape (n,); NaN and infinities are kept and judged.
        validation: Validation values, shape (m,).
        steps: Steps of the validation values, and of the train values too unless `train_steps` is given or the
            lengths differ. None: positions; of two curves of different length, the shorter one is taken to cover
            the same training, evenly.
        train_steps: Steps of the train values.
        direction: Whether lower (`min`) or higher (`max`) is better; None when not known: then only rules that
            need no direction answer.
        metric: Name used in the findings.

    Returns:
        Findings, worst first; its `undecided` says which rules could not be decided and why. Never raises on values.

    Raises:
        BadArgument: no subject and no values, values that are not one-dimensional numbers, or steps of another length.

    Example:
        >>> import goodfit
        >>> epochs = np.arange(60)
        >>> train = 2.0 * 0.93**epochs
        >>> validation = 0.3 + 2.0 * 0.93**epochs + 0.02 * np.maximum(0, epochs - 30)
        >>> [finding.rule for finding in goodfit.diagnose(train=train, validation=validation)][0]
        'overfit'
    """
    if subject is not None:
        if train is not None or validation is not None:
            raise BadArgument(
                "diagnose takes either a subject or arrays, got both.", hint="leave out the first argument"
            )
        return _diagnose_subject(subject)
    if train is None and validation is None:
        raise BadArgument(
            "diagnose needs something to judge: got neither a subject nor train= or validation=.",
            hint="goodfit.diagnose(train=losses, validation=val_losses)",
        )
    if direction not in ("min", "max", None):
        raise BadArgument(f"diagnose takes direction 'min', 'max' or None, got {direction!r}.")
    train_values, validation_values = _as_values(train, "train"), _as_values(validation, "validation")
    train_at, validation_at = _place(train_values, validation_values, steps, train_steps)
    halves = {
        "train": None if train_values is None else Points(train_at, train_values),
        "validation": None if validation_values is None else Points(validation_at, validation_values),
    }
    curves = {name: points for name, points in halves.items() if points is not None}
    case = make_case(metric, direction=direction, train=halves["train"], validation=halves["validation"])
    if case is None:
        return Diagnosis(curves=curves, metric=metric)
    answer = review_cases([case])
    return Diagnosis(answer.findings, answer.undecided, curves, metric=metric)


def _diagnose_subject(subject: Any) -> Diagnosis:
    curves: dict[str, Points] = {}
    metric = ""
    if hasattr(subject, "pairs") and hasattr(subject, "scalars"):
        reviews = [review(subject)]
        curves, metric = _objective_of(subject)
    elif hasattr(subject, "trainings"):
        reviews = review_all([subject.training(name) for name in subject.trainings])
    elif hasattr(subject, "scalars") and hasattr(subject, "name"):
        return _diagnose_run(subject)
    else:
        raise BadArgument(
            f"diagnose takes a LogDir, a training or a run, got {type(subject).__name__}.",
            hint="goodfit.diagnose(train=…, validation=…) takes arrays",
        )
    return Diagnosis(
        (finding for answer in reviews for finding in answer.findings),
        (item for answer in reviews for item in answer.undecided),
        curves,
        metric=metric,
    )


def _objective_of(training: Any) -> tuple[dict[str, Points], str]:
    """The curves of a training's first pair, by half, and the metric's name."""
    if not training.pairs:
        return {}, ""
    pair = training.pairs[0]
    halves = {"train": pair.train, "validation": pair.validation}
    read = {name: training.scalars(key) for name, key in halves.items() if key is not None}
    return {name: Points(each.steps, each.values, each.wall_times) for name, each in read.items()}, pair.metric


def _diagnose_run(run: Any) -> Diagnosis:
    """A run by itself: its tags paired as those of a training that has only this run."""
    from goodfit.query.metric import direction_of

    cases = []
    for tag in run.scalars:
        series = run.scalars[tag]
        points = Points(series.steps, series.values, series.wall_times)
        case = make_case(tag, direction=direction_of(tag), train=points, validation=None, training=run.name)
        if case is not None:
            cases.append(case)
    answer = review_cases(cases, training=run.name)
    return Diagnosis(answer.findings, answer.undecided)


def _as_values(values: npt.ArrayLike | None, name: str) -> Float64Array | None:
    if values is None:
        return None
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"diagnose cannot read {name}= as numbers: {error}.") from error
    if array.ndim != 1:
        raise BadArgument(f"diagnose needs a one-dimensional {name}=, got shape {array.shape}.")
    return array


def _as_steps(steps: npt.ArrayLike, n_points: int, name: str) -> Int64Array:
    array = np.asarray(steps)
    if array.shape != (n_points,):
        raise BadArgument(f"diagnose got {name}= of shape {array.shape} for {n_points} values.")
    try:
        as_float = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"diagnose cannot read {name}= as numbers: {error}.") from error
    if not bool(np.isfinite(as_float).all()):
        raise BadArgument(f"diagnose needs finite {name}=.")
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if bool((as_float == np.rint(as_float)).all()) and bool((np.abs(as_float) < 2**62).all()):
        return as_float.astype(np.int64)
    # Fractions of an epoch: only their order can be kept in whole steps.
    return np.asarray(np.unique(as_float, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def _place(
    train: Float64Array | None, validation: Float64Array | None, steps: npt.ArrayLike | None,
    train_steps: npt.ArrayLike | None,
) -> tuple[Int64Array, Int64Array]:  # fmt: skip
    """Steps of train and of validation."""
    n_train = 0 if train is None else train.size
    n_validation = 0 if validation is None else validation.size
    if steps is None:
        longer = max(n_train, n_validation)
        validation_at = _spread(n_validation, longer)
        train_at = _spread(n_train, longer)
    elif validation is None:
        validation_at = np.zeros(0, dtype=np.int64)
        train_at = _as_steps(steps if train_steps is None else train_steps, n_train, "steps")
        return train_at, validation_at
    else:
        validation_at = _as_steps(steps, n_validation, "steps")
        if train_steps is None and n_train == n_validation:
            train_at = validation_at
        elif n_train and validation_at.size:
            ends = np.linspace(float(validation_at.min()), float(validation_at.max()), n_train)
            train_at = (
                np.rint(ends).astype(np.int64) if n_train <= np.ptp(validation_at) + 1 else _spread(n_train, n_train)
            )
            if n_train > np.ptp(validation_at) + 1 and train_steps is None:
                # More train points than whole steps: count in train points, and move validation there.
                span = max(float(np.ptp(validation_at)), 1.0)
                place = (validation_at - validation_at.min()) / span * (n_train - 1)
                validation_at = np.rint(place).astype(np.int64)
        else:
            train_at = _spread(n_train, n_train)
    if train_steps is not None and train is not None:
        train_at = _as_steps(train_steps, n_train, "train_steps")
    return train_at, validation_at


def _spread(n_points: int, longer: int) -> Int64Array:
    """Positions of `n_points` values over a training of `longer` points; a shorter curve ends each even stretch."""
    if n_points == 0 or n_points == longer:
        return np.arange(n_points, dtype=np.int64)
    return (np.arange(1, n_points + 1, dtype=np.int64) * longer) // n_points - 1
