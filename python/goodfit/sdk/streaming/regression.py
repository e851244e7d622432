"""Targets and predictions → the mean of their squared or absolute difference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from goodfit.sdk.streaming.accuracy import MeanOfPairs
from goodfit.sdk.streaming.labels import same_rank

if TYPE_CHECKING:
    from goodfit.sdk.streaming.metric import Float64Array


class _MeanError(MeanOfPairs):
    def _difference(self, y_true: Any, y_pred: Any) -> Float64Array:
        targets, predictions = same_rank(y_true, y_pred, metric=type(self).__name__)
        difference: Float64Array = predictions.astype("f8") - targets.astype("f8")
        return difference

    def _by_sample(self, errors: Float64Array) -> Float64Array:
        """The errors; in Keras's way averaged over the last axis, which makes one sample of a flat batch."""
        import numpy as np

        return np.asarray(errors.mean(axis=-1)) if self.keras_compat and errors.ndim else errors


class MeanSquaredError(_MeanError):
    """The mean squared difference.

    >>> metric = MeanSquaredError()
    >>> metric.update_state([0, 1], [1, 3])
    >>> metric.result()
    2.5
    """

    default_name = "mean_squared_error"

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        return self._by_sample(self._difference(y_true, y_pred) ** 2)


class RootMeanSquaredError(_MeanError):
    """The square root of the mean squared difference over all batches (not the mean of the batches' roots).

    >>> metric = RootMeanSquaredError()
    >>> metric.update_state([0, 0], [3, 5])
    >>> round(metric.result(), 4)
    4.1231
    """

    default_name = "root_mean_squared_error"

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        squares: Float64Array = self._difference(y_true, y_pred) ** 2
        return squares

    def result(self) -> float:
        return math.sqrt(super().result())


class MeanAbsoluteError(_MeanError):
    """The mean absolute difference.

    >>> metric = MeanAbsoluteError()
    >>> metric.update_state([0, 1], [1, 3])
    >>> metric.result()
    1.5
    """

    default_name = "mean_absolute_error"

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        return self._by_sample(abs(self._difference(y_true, y_pred)))
