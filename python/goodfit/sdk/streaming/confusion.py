"""Labels 0 and 1 and scores → counts of right and wrong at thresholds, and what follows from them.

Invariant: for each threshold t, a score above t (strictly) is a positive prediction; tp + fn is the weight of
    positive labels and fp + tn that of negative ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.streaming.labels import same_rank
from goodfit.sdk.streaming.mean import align_weight
from goodfit.sdk.streaming.metric import Metric
from goodfit.sdk.values import array_of, real_array_of

if TYPE_CHECKING:
    from goodfit.sdk.streaming.metric import Float64Array


class ConfusionMetric(Metric):
    """Weights of true and false positives and negatives at each threshold.

    Args:
        thresholds: One or several, each in [0, 1]; default: 0.5.
        class_id: Look at this class of the last axis only.
    """

    _bin_names = ("tp", "fp", "tn", "fn")
    _settings = ("thresholds", "class_id")

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        *,
        keras_compat: bool = False,
    ) -> None:
        self.thresholds: float | list[float] | None
        if thresholds is None or isinstance(thresholds, (int, float)):
            self.thresholds, self._cuts = thresholds, [0.5 if thresholds is None else float(thresholds)]
        else:
            self.thresholds = self._cuts = [float(cut) for cut in thresholds]
        self.class_id = class_id
        wrong = [cut for cut in self._cuts if not 0.0 <= cut <= 1.0]
        if wrong or not self._cuts:
            raise BadArgument(f"thresholds are {thresholds!r}, wanted numbers in [0, 1]")
        super().__init__(name, dtype, keras_compat=keras_compat)

    def _count_bins(self) -> int:
        return len(self._cuts)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes one batch of labels (0, 1 or booleans) and scores in [0, 1].

        Raises:
            BadArgument: Shapes do not fit, or a score lies outside [0, 1]: logits need a sigmoid first.
        """
        labels, scores, weight = _flat_pairs(y_true, y_pred, sample_weight, self.class_id, type(self).__name__)
        positive, negative = weight * labels, weight * ~labels
        for index, cut in enumerate(self._cuts):
            above = scores > cut
            self._bins["tp"][index] += positive[above].sum()
            self._bins["fp"][index] += negative[above].sum()
            self._bins["fn"][index] += positive[~above].sum()
            self._bins["tn"][index] += negative[~above].sum()

    def _quotient(self, numerator: Float64Array, denominator: Float64Array) -> Any:
        """A float, or an array where several thresholds were given. 0 where only the denominator is; NaN without
        data.
        """
        import numpy as np

        n_seen = sum(bins[0] for bins in self._bins.values())
        if n_seen == 0 and not self.keras_compat:
            values = np.full(len(numerator), math.nan)
        else:
            values = np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator != 0)
        return values if isinstance(self.thresholds, list) else float(values[0])


class Precision(ConfusionMetric):
    """The share of positive predictions that are right; 0 where none was positive, NaN where nothing was seen.

    >>> metric = Precision()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(metric.result(), 4)
    0.6667
    """

    default_name = "precision"

    def result(self) -> Any:
        return self._quotient(self._bins["tp"], self._bins["tp"] + self._bins["fp"])


class Recall(ConfusionMetric):
    """The share of positive labels that were found; 0 where no label is positive, NaN where nothing was seen.

    >>> metric = Recall()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(metric.result(), 4)
    0.6667
    """

    default_name = "recall"

    def result(self) -> Any:
        return self._quotient(self._bins["tp"], self._bins["tp"] + self._bins["fn"])


class F1(ConfusionMetric):
    """The harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn).

    >>> metric = F1()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(metric.result(), 4)
    0.6667
    """

    default_name = "f1"

    def result(self) -> Any:
        twice = 2 * self._bins["tp"]
        return self._quotient(twice, twice + self._bins["fp"] + self._bins["fn"])


def _flat_pairs(
    y_true: Any, y_pred: Any, sample_weight: Any, class_id: int | None, metric: str
) -> tuple[Any, Float64Array, Float64Array]:
    """Labels as booleans, scores and weights, all one-dimensional and of one length."""
    import numpy as np

    labels, scores = same_rank(y_true, y_pred, metric=metric)
    if class_id is not None:
        labels, scores = labels[..., class_id], scores[..., class_id]
    scores = scores.astype(np.float64)
    if scores.size and (np.nanmin(scores) < 0 or np.nanmax(scores) > 1):
        raise BadArgument(
            f"{metric}: scores reach from {np.nanmin(scores):.4g} to {np.nanmax(scores):.4g}, wanted [0, 1]",
            hint="logits need a sigmoid or softmax first",
        )
    if sample_weight is None:
        weight = np.ones(scores.shape)
    else:
        weight = real_array_of(array_of(sample_weight), what="sample_weight")
        if 0 < weight.ndim < scores.ndim:
            weight = weight.reshape(weight.shape + (1,) * (scores.ndim - weight.ndim))
        _, weight = align_weight(scores, weight)
    return labels.astype(bool).ravel(), scores.ravel(), weight.ravel()
