"""A training → the few lines that stand in a message: where it is, its newest and best values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.alerts.words import say
from goodfit.config import Language
from goodfit.findings.words import format_value

if TYPE_CHECKING:
    from goodfit.query.training import Training
    from goodfit.types import Direction, Pair, SeriesKey

_MAX_METRICS = 3


def describe_training(training: Training, language: Language = "en") -> tuple[str, ...]:
    """Lines such as `validation loss: 0.31 at step 41,200, best 0.29 at step 38,000`, objective first, at most three
    metrics: those that say how good it is, where there are any."""
    telling = [pair for pair in training.pairs if pair.direction is not None and not _is_repetition(pair)]
    lines = []
    for pair in (telling or training.pairs)[:_MAX_METRICS]:
        for half, key in (("validation", pair.validation), ("train", pair.train)):
            if key is not None:
                line = _describe_series(training, key, pair.direction, language)
                if line:
                    lines.append(say(f"half_{half}", language, metric=pair.metric, line=line))
    return tuple(lines)


def _is_repetition(pair: Pair) -> bool:
    """Whether Keras wrote it a second time, over iterations instead of epochs."""
    return pair.metric.endswith("_vs_iterations")


def _describe_series(training: Training, key: SeriesKey, direction: Direction | None, language: Language) -> str:
    import numpy as np

    points = training.scalars(key)
    if len(points.steps) == 0:
        return ""
    step = format_value("step", int(points.steps[-1]))
    text = say("value", language, value=format_value("value", float(points.values[-1])), step=step)
    finite = np.isfinite(points.values)
    if direction is not None and finite.any():
        values = np.where(finite, points.values, np.inf if direction == "min" else -np.inf)
        best = int(np.argmin(values) if direction == "min" else np.argmax(values))
        if points.steps[best] != points.steps[-1]:
            best_step = format_value("step", int(points.steps[best]))
            best_value = format_value("value", float(points.values[best]))
            text += say("best", language, value=best_value, step=best_step)
    return text
