"""A pair of curves → whether it overfits, and since when, by our rule and by each rival.

Every detector takes losses that are oriented so that lower is better, with train on the validation's steps, and gives
the index of the onset, or None for "does not overfit". All but ours ignore what they cannot compute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import goodfit

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """One training: losses at common steps, all finite or NaN."""

    train: Array | None
    validation: Array
    steps: npt.NDArray[np.int64]
    train_steps: npt.NDArray[np.int64] | None
    direction: str

    def oriented(self) -> tuple[Array | None, Array]:
        """Train (interpolated to the validation's steps) and validation, lower is better."""
        sign = 1.0 if self.direction == "min" else -1.0
        train = self.train
        if train is not None and self.train_steps is not None:
            finite = np.isfinite(train)
            train = np.interp(self.steps, self.train_steps[finite], train[finite]) if finite.any() else None
        return (None if train is None else sign * train), sign * self.validation


Detector = Callable[[Curves], int | None]


def goodfit_rule(curves: Curves) -> int | None:
    """Our rule `overfit`."""
    findings = goodfit.diagnose(
        train=curves.train,
        validation=curves.validation,
        steps=curves.steps,
        train_steps=curves.train_steps,
        direction=curves.direction,  # type: ignore[arg-type]
    )
    for finding in findings:
        if finding.rule == "overfit" and finding.onset_step is not None:
            return int(np.searchsorted(curves.steps, finding.onset_step))
    return None


def always(curves: Curves) -> int | None:
    """Says yes to everything."""
    return int(np.nanargmin(curves.oriented()[1])) if np.isfinite(curves.validation).any() else 0


def gl_at_end(curves: Curves, *, threshold: float) -> int | None:
    """Prechelt's generalisation loss above a threshold, in percent, at the last epoch."""
    _, validation = curves.oriented()
    loss = _generalisation_loss(validation)
    return int(np.nanargmin(validation)) if loss.size and loss[-1] > threshold else None


def gl5_at_end(curves: Curves) -> int | None:
    """Prechelt's generalisation loss above 5 % at the last epoch."""
    return gl_at_end(curves, threshold=5.0)


def gl5_first(curves: Curves) -> int | None:
    """Prechelt's GL5: the first epoch with a generalisation loss above 5 %."""
    crossing = np.flatnonzero(_generalisation_loss(curves.oriented()[1]) > 5)
    return int(crossing[0]) if crossing.size else None


def pq_first(curves: Curves, *, alpha: float = 0.75, strip: int = 5) -> int | None:
    """Prechelt's PQ: generalisation loss over train progress of the last five epochs."""
    train, validation = curves.oriented()
    if train is None or train.size < strip:
        return None
    loss = _generalisation_loss(validation)
    for end in range(strip, train.size + 1):
        part = train[end - strip : end]
        lowest = float(part.min())
        progress = 1000 * (float(part.mean()) / lowest - 1) if lowest > 0 else np.inf
        if progress > 0 and loss[end - 1] / progress > alpha:
            return end - 1
    return None


def up_first(curves: Curves, *, strips: int = 8, strip: int = 5) -> int | None:
    """Prechelt's UP8: validation rose in eight successive strips of five epochs."""
    _, validation = curves.oriented()
    ends = validation[strip - 1 :: strip]
    run = 0
    for index in range(1, ends.size):
        run = run + 1 if ends[index] > ends[index - 1] else 0
        if run >= strips:
            return (index + 1) * strip - 1
    return None


def early_stopping(curves: Curves, *, patience: int = 10) -> int | None:
    """Keras EarlyStopping(patience=10): stops when the best is ten epochs old; its onset is that best."""
    best, best_at = np.inf, 0
    for index, value in enumerate(curves.oriented()[1].tolist()):
        if value < best:
            best, best_at = value, index
        elif index - best_at >= patience:
            return best_at
    return None


def spearman(curves: Curves) -> int | None:
    """Rank correlation of train with validation below -0.5 over the newer half."""
    train, validation = curves.oriented()
    if train is None:
        return None
    half = validation.size // 2
    a, b = train[half:], validation[half:]
    good = np.isfinite(a) & np.isfinite(b)
    if good.sum() < 4:
        return None
    correlation = np.corrcoef(_ranks(a[good]), _ranks(b[good]))[0, 1]
    return int(np.nanargmin(validation)) if correlation < -0.5 else None


def sagemaker_overfit(curves: Curves) -> int | None:
    """Amazon SageMaker Debugger's Overfit: (validation - train) / train above 0.1, patience 1."""
    train, validation = curves.oriented()
    if train is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (validation - train) / np.abs(train)
    above = np.flatnonzero(ratio > 0.1)
    return int(above[0]) if above.size else None


def formula(curves: Curves) -> int | None:
    """The starting point of our rule: rise of the last tenth over 4 standard errors and 3 % of the minimum."""
    train, validation = curves.oriented()
    n = validation.size
    if train is None or n < 5 or not np.isfinite(validation).all():
        return None
    width = max(3, n // 40)
    kernel = np.ones(width)
    mass = np.convolve(np.ones(n), kernel, mode="same")
    smooth = np.convolve(validation, kernel, mode="same") / mass
    smooth_train = np.convolve(train, kernel, mode="same") / mass
    best, tail = int(np.argmin(smooth)), max(1, n // 10)
    steps = np.diff(validation)
    sigma = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
    residual = validation - smooth
    power = float(residual @ residual)
    rho = min(0.99, max(0.0, float(residual[1:] @ residual[:-1]) / power)) if power > 0 else 0.0
    sigma *= np.sqrt((1 + rho) / (1 - rho))
    rise = float(np.median(validation[-tail:])) - smooth[best]
    train_rise = float(np.median(train[-tail:])) - smooth_train[best]
    fires = (
        best < 0.95 * n
        and rise > 4 * sigma * np.sqrt(1 / width + 1 / tail)
        and rise > 0.03 * abs(smooth[best])
        and rise > train_rise
        and train_rise <= 0.5 * rise
    )
    return best if fires else None


DETECTORS: dict[str, Detector] = {
    "goodfit": goodfit_rule,
    "argmin formula": formula,
    "GL5 at the end": gl5_at_end,
    "GL5 first crossing": gl5_first,
    "PQ 0.75": pq_first,
    "UP 8": up_first,
    "Keras EarlyStopping(10)": early_stopping,
    "Spearman < -0.5": spearman,
    "SageMaker Overfit": sagemaker_overfit,
    "always yes": always,
}


def _generalisation_loss(validation: Array) -> Array:
    """100 (v / min so far - 1), in percent; of losses that are not positive, by the range so far instead."""
    lowest = np.fmin.accumulate(validation)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if np.nanmin(validation) > 0:
            return np.asarray(100 * (validation / lowest - 1))
        return np.asarray(100 * (validation - lowest) / np.abs(lowest))


def _ranks(values: Array) -> Array:
    order = np.argsort(values, kind="stable")
    ranks = np.empty(values.size)
    ranks[order] = np.arange(values.size)
    return ranks
