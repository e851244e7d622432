"""Labels 0 and 1 and scores → counts of right and wrong at thresholds, and what follows from them.

Invariant: for each threshold t, a score above t (strictly) is a positive prediction; tp + fn is the weight of
    positive labels and fp + tn that of negative ones.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.streaming.labels import same_rank
from goodfit.sdk.streaming.mean import align_weight
from goodfit.sdk.streaming.metric import Metric
from goodfit.sdk.values import array_of, number_of, real_array_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.sdk.streaming.metric import Float64Array


class ConfusionMetric(Metric):
    """Weights of true and false positives and negatives at each threshold.

    Args:
        thresholds: One or several, each in [0, 1]; default: 0.5, or none with `top_k`. 0 takes logits too.
        top_k: A prediction is positive only among the `top_k` highest of the last axis, the first of equal ones;
            without `thresholds`, scores may be of any scale.
        class_id: Look at this class of the last axis only.
    """

    _bin_names = ("tp", "fp", "tn", "fn")
    _settings = ("thresholds", "top_k", "class_id")

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        *,
        keras_compat: bool = False,
    ) -> None:
        self.top_k = None if top_k is None else whole_number(top_k, "top_k", least=1)
        self.class_id = None if class_id is None else whole_number(class_id, "class_id", least=0)
        self.thresholds: float | list[float] | None
        if thresholds is None:
            self.thresholds, self._cuts = None, [0.5 if top_k is None else -math.inf]
        else:
            self.thresholds = fractions_of(thresholds, "thresholds")
            self._cuts = self.thresholds if isinstance(self.thresholds, list) else [self.thresholds]
        if not self._cuts:
            raise BadArgument("thresholds are empty, wanted at least one number in [0, 1]")
        super().__init__(name, dtype, keras_compat=keras_compat)

    def _count_bins(self) -> int:
        return len(self._cuts)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes one batch of labels (0, 1 or booleans) and scores in [0, 1].

        Raises:
            BadArgument: Shapes do not fit, or a score lies outside [0, 1]: logits need a sigmoid first.
        """
        metric = type(self).__name__
        takes_any_scale = self._cuts in ([0.0], [-math.inf])
        labels, scores = scored_labels(y_true, y_pred, metric=metric, takes_any_scale=takes_any_scale)
        is_candidate = None if self.top_k is None else _is_among_top(scores, self.top_k, metric)
        if self.class_id is not None:
            if scores.ndim < 2 or scores.shape[-1] <= self.class_id:
                raise BadArgument(
                    f"{metric}: class_id is {self.class_id}, but scores have shape {scores.shape}, wanted one score a "
                    "class on the last of at least two axes"
                )
            labels, scores = labels[..., self.class_id], scores[..., self.class_id]
            is_candidate = None if is_candidate is None else is_candidate[..., self.class_id]
        weight = weight_like(scores, sample_weight)
        positive, negative = weight * labels, weight * ~labels
        for index, cut in enumerate(self._cuts):
            above = scores > cut if is_candidate is None else (scores > cut) & is_candidate
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
        return values if len(self._cuts) > 1 else float(values[0])


class Precision(ConfusionMetric):
    """The share of positive predictions that are right; 0 where none was positive, NaN where nothing was seen.

    Arguments are those of `ConfusionMetric`; labels and scores have one shape, whose last axis is the classes where
    `top_k` or `class_id` is given.

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

    Arguments are those of `ConfusionMetric`; labels and scores have one shape, whose last axis is the classes where
    `top_k` or `class_id` is given.

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

    Arguments are those of `ConfusionMetric`; labels and scores have one shape, whose last axis is the classes where
    `top_k` or `class_id` is given.

    >>> metric = F1()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(metric.result(), 4)
    0.6667
    """

    default_name = "f1"

    def result(self) -> Any:
        twice = 2 * self._bins["tp"]
        return self._quotient(twice, twice + self._bins["fp"] + self._bins["fn"])


def scored_labels(
    y_true: Any, y_pred: Any, *, metric: str, takes_any_scale: bool = False
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.floating[Any]]]:
    """Labels as booleans and scores of the same shape.

    Scores of 32 bits or less stay float32: a 0.1 of theirs is not above a threshold of 0.1.

    Raises:
        BadArgument: Shapes do not fit, or a score lies outside [0, 1] where only those are meant.
    """
    import numpy as np

    labels, scores = same_rank(y_true, y_pred, metric=metric)
    is_narrow = scores.dtype.kind == "f" and scores.dtype.itemsize <= 4
    scores = scores.astype(np.float32) if is_narrow else real_array_of(scores, what="scores")
    if not takes_any_scale and scores.size and not np.isnan(scores).all():
        low, high = np.nanmin(scores), np.nanmax(scores)
        if low < 0 or high > 1:
            raise BadArgument(
                f"{metric}: scores reach from {low:.4g} to {high:.4g}, wanted [0, 1]",
                hint="logits need a sigmoid first, or AUC(from_logits=True)"
                if metric == "AUC"
                else f"logits need a sigmoid or softmax first, or {metric}(thresholds=0)",
            )
    return labels.astype(bool), scores


def weight_like(scores: npt.NDArray[Any], sample_weight: Any) -> Float64Array:
    """One weight a score, in their shape; a weight with fewer axes belongs to the leading ones.

    Raises:
        BadArgument: The shapes do not fit.
    """
    import numpy as np

    if sample_weight is None:
        return np.ones(scores.shape)
    weight = real_array_of(array_of(sample_weight), what="sample_weight")
    if 0 < weight.ndim < scores.ndim:
        weight = weight.reshape(weight.shape + (1,) * (scores.ndim - weight.ndim))
    _, weight = align_weight(scores, weight)
    return weight.reshape(scores.shape)


def fractions_of(values: Any, what: str) -> float | list[float]:
    """A number, or a list for anything that has several.

    Raises:
        BadArgument: One is no number or lies outside [0, 1].
    """
    numbers: float | list[float]
    if getattr(values, "ndim", 1) and hasattr(values, "__iter__") and not isinstance(values, str):
        numbers = [number_of(value, what=f"one of {what}") for value in values]
    else:
        numbers = number_of(values, what=what)
    for number in numbers if isinstance(numbers, list) else [numbers]:
        if not 0.0 <= number <= 1.0:
            raise BadArgument(f"{what} are {values!r:.80}, wanted numbers in [0, 1]")
    return numbers


def whole_number(value: Any, what: str, *, least: int) -> int:
    """`value` as an int.

    Raises:
        BadArgument: It is not a whole number or below `least`.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise BadArgument(f"{what} is {value!r:.60}, wanted a whole number of at least {least}")
    return number


def _is_among_top(scores: npt.NDArray[Any], top_k: int, metric: str) -> npt.NDArray[np.bool_]:
    """Which scores are among the `top_k` highest of the last axis; of equal ones, the first are."""
    import numpy as np

    if scores.ndim == 0 or scores.shape[-1] < top_k:
        raise BadArgument(f"{metric}: top_k is {top_k}, but scores have shape {scores.shape}, wanted as many classes")
    order = np.argsort(-scores, axis=-1, kind="stable")[..., :top_k]
    is_top = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(is_top, order, True, axis=-1)
    return is_top
