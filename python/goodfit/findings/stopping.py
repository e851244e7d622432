"""What a training has logged so far → whether it should stop now, and why. Advice: nothing is stopped from here.

A training should stop when its objective ended in NaN, diverged or overfits by what the rules say of a growing curve,
or when nothing is expected from going on for half as long again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from goodfit.findings.engine import Points, make_case, review_cases
from goodfit.findings.forecast import forecast

if TYPE_CHECKING:
    import os

    from goodfit.findings.finding import Finding
    from goodfit.findings.outlook import Forecast
    from goodfit.query.training import Training
    from goodfit.types import SeriesKey

MIN_POINTS = 20
"""Below it no training is told that nothing is to be gained."""

HORIZON_SHARE = 0.5
_RULES = frozenset({"nonfinite", "diverged", "overfit"})

Why = Literal["", "nonfinite", "diverged", "overfit", "no_gain"]


@dataclass(frozen=True, slots=True)
class StopAdvice:
    """Whether to stop; true in an `if` when so."""

    why: Why
    """The rule that says so, or `no_gain`; empty to go on."""
    metric: str
    """What was judged; empty before anything was logged."""
    finding: Finding | None
    """With evidence and the best step, where a rule says so."""
    outlook: Forecast | None
    """What going on for half as long again would bring; None where that cannot be told."""

    def __bool__(self) -> bool:
        return bool(self.why)

    @property
    def best_step(self) -> int | None:
        """Step of the checkpoint to keep, where overfitting tells of one."""
        return None if self.finding is None else self.finding.evidence.get("best_step")

    @property
    def message(self) -> str:
        """One or two sentences."""
        if self.finding is not None:
            return self.finding.message
        if self.outlook is None:
            return "go on: it is too early to tell"
        gain = f"{max(0.0, self.outlook.expected_improvement):.3g}"
        if self.why == "no_gain":
            return f"{self.metric}: going on for half as long again is expected to improve it by {gain}, which is noise"
        return f"go on: half as long again is expected to improve {self.metric} by {gain}"

    def __str__(self) -> str:
        return self.message


def advise(logdir: str | os.PathLike[str]) -> StopAdvice:
    """Advice on the training whose event files lie in a folder.

    Args:
        logdir: A run's folder, or the folder of a training's `train` and `validation` runs. Of several trainings below
            it, the newest counts.
    """
    from goodfit.query.logs import open as open_logs

    with open_logs(logdir) as logs:
        trainings = logs.list_trainings()
        if not trainings:
            return StopAdvice("", "", None, None)
        return advise_training(max(trainings, key=lambda training: training.last_wall_time))


def advise_training(training: Training) -> StopAdvice:
    """Advice on one training, by its objective."""
    pair = next((pair for pair in training.pairs if pair.direction is not None), None)
    if pair is None:
        return StopAdvice("", "", None, None)
    case = make_case(
        pair.metric,
        direction=pair.direction,
        train=_points(training, pair.train),
        validation=_points(training, pair.validation),
        training=training.name,
        has_ended=False,
        is_live=True,
    )
    if case is None:
        return StopAdvice("", pair.metric, None, None)
    for finding in review_cases([case], rules=_RULES).findings:
        if finding.severity == "error" or finding.rule == "overfit":
            return StopAdvice(finding.rule, pair.metric, finding, None)  # type: ignore[arg-type]
    n_points = case.main.n_points
    outlook = forecast(training, horizon=max(1, round(HORIZON_SHARE * n_points)), only_end=True)
    if outlook.refusal:
        return StopAdvice("", pair.metric, None, None)
    has_ended = n_points >= MIN_POINTS and outlook.advice == "stop"
    return StopAdvice("no_gain" if has_ended else "", pair.metric, None, outlook)


def _points(training: Any, key: SeriesKey | None) -> Points | None:
    if key is None:
        return None
    scalars = training.scalars(key)
    return Points(scalars.steps, scalars.values, scalars.wall_times)
