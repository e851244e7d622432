"""A metric's name and values → whether it measures the model at all, and whether its name's direction can be believed.

Rules of learning speak of losses and metrics. A learning rate may fall, and a throughput may collapse, without anybody
having diverged; an accuracy of 4.5 that falls to 0.2 like its loss is no accuracy.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from goodfit.curves.blocks import condense
from goodfit.query.metric import is_pairable

if TYPE_CHECKING:
    from goodfit.types import Direction, Float64Array

# First folders of tags that hold what the machine, the optimiser or the weights do.
_NOT_THE_MODEL = frozenset({
    "optim", "optimizer", "optimiser", "sys", "system", "perf", "performance", "hardware", "gpu", "cpu", "timing",
    "timings", "time", "speed", "profile", "profiler", "debug", "grad", "grads", "gradient", "gradients", "weights",
    "params", "parameters", "norms", "schedule", "scheduler", "throughput", "memory", "mem", "io", "dataloader",
})  # fmt: skip
_SHARE_WORDS = frozenset({
    "acc", "accuracy", "accuracies", "auc", "auroc", "auprc", "precision", "recall", "f1", "iou", "miou", "dice",
    "sensitivity", "specificity", "top1", "top5", "map", "map50",
})  # fmt: skip
_WORDS = re.compile(r"[a-z]+\d*")

# A share lies in 0 … 1 or 0 … 100, correlations down to -1; 5 % more for smoothing and rounding.
_LOWEST, _HIGHEST = -1.05, 105.0
_MIN_POINTS = 8
_N_BLOCKS = 16


@lru_cache(maxsize=4096)
def is_judged(metric: str) -> bool:
    """Whether rules of learning apply to a metric, as far as its name tells.

    Example:
        >>> [is_judged(name) for name in ("loss", "val/accuracy", "lr", "sys/gpu_load", "grad_norm")]
        [True, True, False, False, False]
    """
    folder = metric.casefold().split("/")[0] if "/" in metric else ""
    return folder not in _NOT_THE_MODEL and is_pairable(metric)


@lru_cache(maxsize=4096)
def _is_share(metric: str) -> bool:
    words = set(_WORDS.findall(metric.casefold()))
    return bool(words & _SHARE_WORDS) and "loss" not in words


def believed_direction(
    metric: str, direction: Direction | None, halves: tuple[Float64Array | None, Float64Array | None]
) -> Direction | None:
    """The direction that the name gave, or None where the values contradict it.

    Args:
        metric: Its name.
        direction: What the name says.
        halves: Values of train and validation, shape (n,) each; None where there is none.

    Example:
        >>> falling = np.linspace(4.5, 0.2, 50)
        >>> believed_direction("accuracy", "max", (falling, None)), believed_direction("loss", "min", (falling, None))
        (None, 'min')
    """
    if direction != "max" or not _is_share(metric):
        return direction
    seen = []
    for values in halves:
        if values is not None and values.size:
            finite = values if bool(np.isfinite(values).all()) else values[np.isfinite(values)]
            if finite.size:
                seen.append(finite)
    if not seen:
        return direction
    low, high = min(float(part.min()) for part in seen), max(float(part.max()) for part in seen)
    if low < _LOWEST or high > _HIGHEST:
        return None
    # Neither a share (it exceeds 1) nor a percentage (it ends below 1 without ever having been above 20).
    is_between = 1.05 < high < 20.0
    return None if is_between and all(_falls_steadily(part) for part in seen) else direction


def _falls_steadily(values: Float64Array) -> bool:
    """Whether a curve is highest where it begins, ends lower by a third, and hardly ever rises between."""
    if values.size < _MIN_POINTS:
        return False
    levels = condense(values, max_blocks=_N_BLOCKS).levels
    fall = float(levels[0] - levels[-1])
    rise = float((levels - np.minimum.accumulate(levels)).max())
    return fall > 0.3 * float(levels[0]) and rise < 0.2 * fall
