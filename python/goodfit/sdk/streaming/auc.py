"""Labels and scores → the area under the ROC, precision-recall or precision-recall-gain curve, from counts in bins of
the score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from goodfit.errors import BadArgument
from goodfit.sdk.streaming.confusion import fractions_of, scored_labels, weight_like, whole_number
from goodfit.sdk.streaming.metric import Metric
from goodfit.sdk.values import array_of, real_array_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from goodfit.sdk.streaming.metric import Float64Array

_CURVES: Final = ("ROC", "PR", "PRGAIN")
_METHODS: Final = ("interpolation", "minoring", "majoring")


class AUC(Metric):
    """The area under the curve that a moving threshold draws.

    Model: thresholds t_0 < 0 < t_1 < … < 1 < t_n cut the scores into bins, half-open at the left: (t_i, t_i+1].
        Between two thresholds, `interpolation` is the trapezoid rule, and for PR lets true and false positives grow
        together in a straight line and integrates precision along it; `minoring` takes the lower end of each step,
        `majoring` the higher one, which for ROC bounds the area from both sides.

    Limits: scores in one bin are tied; the error is at most half the mass of pairs that share a bin. Raise
        `num_thresholds` for scores that crowd near 0 or 1, or give `thresholds`.

    References: J. Davis, M. Goadrich (2006), The relationship between precision-recall and ROC curves, ICML,
        doi:10.1145/1143844.1143874. P. Flach, M. Kull (2015), Precision-recall-gain curves: PR analysis done right,
        NeurIPS.

    Args:
        num_thresholds: How finely scores are told apart, 200 as in Keras; equal bins.
        curve: `ROC`, `PR` or `PRGAIN`.
        summation_method: `interpolation`, `minoring` or `majoring`.
        thresholds: Cuts in [0, 1] in place of equal bins; one below 0 and one above 1 are added.
        multi_label: One area for each label of [batch, labels], then their mean; a label that has none (no example is
            positive, or for other curves than PR none negative) does not count in it, and counts as 0 with
            `keras_compat`. False: every pair of label and score is an example of its own.
        num_labels: How many labels there are; default: as many as the first batch has. Only with `multi_label`.
        label_weights: One weight for each label: of its area in the mean, without `multi_label` of its examples.
        from_logits: Scores are logits; a sigmoid makes them probabilities.

    >>> metric = AUC(num_thresholds=3)
    >>> metric.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> metric.result()
    0.75
    """

    default_name = "auc"
    _bin_names = ("positive", "negative")
    _settings = (
        "num_thresholds",
        "curve",
        "summation_method",
        "thresholds",
        "multi_label",
        "num_labels",
        "label_weights",
        "from_logits",
    )

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Literal["ROC", "PR", "PRGAIN"] = "ROC",
        summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
        *,
        keras_compat: bool = False,
    ) -> None:
        self.curve = _one_of(_CURVES, curve, "curve")
        self.summation_method = _one_of(_METHODS, summation_method, "summation_method")
        self.thresholds: list[float] | None = None
        if thresholds is None:
            self.num_thresholds = whole_number(num_thresholds, "num_thresholds", least=2)
            self._cuts = [index / (self.num_thresholds - 1) for index in range(1, self.num_thresholds - 1)]
        else:
            given = fractions_of(thresholds, "thresholds")
            if not isinstance(given, list):
                raise BadArgument(f"thresholds is {thresholds!r:.60}, wanted a list of numbers in [0, 1]")
            self.thresholds = self._cuts = sorted(given)
            self.num_thresholds = len(self._cuts) + 2
        self.multi_label = bool(multi_label)
        self.from_logits = bool(from_logits)
        self.num_labels = None if num_labels is None else whole_number(num_labels, "num_labels", least=1)
        if self.num_labels is not None and not self.multi_label:
            raise BadArgument(f"num_labels is {num_labels}, but multi_label is False", hint="AUC(multi_label=True, …)")
        self.label_weights = None if label_weights is None else _label_weights(label_weights, self.num_labels)
        super().__init__(name, dtype, keras_compat=keras_compat)

    def _count_bins(self) -> tuple[int, ...]:
        n_rows = (self.num_labels or 0) if self.multi_label else 1
        return n_rows, self.num_thresholds - 1

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes one batch of labels (0, 1 or booleans) and scores in [0, 1], or logits with `from_logits`.

        Args:
            y_true: Any shape; [batch, labels] with `multi_label`.
            y_pred: Of the same shape.
            sample_weight: A scalar, or an array of the shape of `y_pred` or of its leading axes.

        Raises:
            BadArgument: Shapes do not fit, a score is NaN or lies outside [0, 1].
        """
        import numpy as np

        scores: npt.NDArray[Any]
        labels, scores = scored_labels(y_true, y_pred, metric="AUC", takes_any_scale=self.from_logits)
        n_nan = int(np.isnan(scores).sum())
        if n_nan:
            raise BadArgument(f"AUC: {n_nan} of {scores.size} scores are NaN, wanted numbers in [0, 1]")
        if self.from_logits:
            scores = _sigmoid(scores)
        n_rows = self._count_rows(scores.shape)
        weight = weight_like(scores, sample_weight)
        if self.label_weights is not None and not self.multi_label:
            weight = weight * np.array(self.label_weights)
        # Compared in the scores' own type, so that a score on a threshold is not above it.
        bins = np.searchsorted(np.array(self._cuts, dtype=scores.dtype), scores, side="left")
        n_bins = self.num_thresholds - 1
        if self.multi_label:
            bins = bins + n_bins * np.arange(n_rows)
        for name, is_meant in (("positive", labels), ("negative", ~labels)):
            counts = np.bincount(bins[is_meant], weight[is_meant], n_rows * n_bins).astype(np.float64)
            own = self._bins[name]
            self._bins[name] = counts.reshape(n_rows, n_bins) + (own if own.size else 0.0)

    def _count_rows(self, shape: tuple[int, ...]) -> int:
        """Rows of weights for a batch of scores of this shape."""
        if self.label_weights is not None and (len(shape) < 2 or shape[-1] != len(self.label_weights)):
            raise BadArgument(
                f"AUC: scores have shape {shape}, but there are {len(self.label_weights)} label_weights, "
                "wanted one a label on the last of at least two axes"
            )
        if not self.multi_label:
            return 1
        known = len(self._bins["positive"]) or (shape[-1] if len(shape) == 2 else 0)
        if len(shape) != 2 or shape[-1] != known or known == 0:
            raise BadArgument(
                f"AUC: scores have shape {shape}, wanted (batch, {known or 'labels'}) with multi_label",
                hint="one column a label, as many in every batch",
            )
        return known

    def result(self) -> float:
        """The area, or the mean of those of the labels; NaN unless both kinds of labels were seen (for PR: unless a
        positive one was).
        """
        import numpy as np

        def from_the_top(name: str) -> Float64Array:
            """What is above each threshold, the highest first: nothing above that, everything above the lowest."""
            counts = self._bins[name]
            return np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts[:, ::-1], axis=1)], axis=1)

        tp, fp = from_the_top("positive"), from_the_top("negative")
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _area_of_precision(tp, fp)
        else:
            x, y = _curve_of(self.curve, tp, fp)
            low, high = y[:, :-1], y[:, 1:]
            if self.summation_method == "interpolation":
                heights = (low + high) / 2
            else:
                heights = np.minimum(low, high) if self.summation_method == "minoring" else np.maximum(low, high)
            areas = (np.diff(x, axis=1) * heights).sum(axis=1)
        weights = np.ones(len(areas))
        if self.multi_label and self.label_weights is not None and len(areas):
            weights = np.array(self.label_weights)
        if not self.keras_compat:
            has_area = tp[:, -1] > 0
            if self.curve != "PR":
                has_area &= fp[:, -1] > 0
            areas, weights = areas[has_area], weights[has_area]
        return self._ratio(float((areas * weights).sum()), float(weights.sum()))


def _curve_of(curve: str, tp: Float64Array, fp: Float64Array) -> tuple[Float64Array, Float64Array]:
    """x and y for each row of weights above the thresholds; a quotient of nothing is 0."""
    import numpy as np

    positive, negative = tp[:, -1:], fp[:, -1:]
    recall = _over(tp, positive)
    if curve == "ROC":
        return _over(fp, negative), recall
    if curve == "PR":
        return recall, _over(tp, tp + fp)
    # Gains are 1 - ratio · (missed or false) / found; where recall is below chance its gain is negative, and is cut.
    ratio = _over(positive, negative)
    recall_gain = np.where(tp == 0, 0.0, 1.0 - ratio * _over(positive - tp, tp))
    precision_gain = np.where(tp == 0, 1.0, 1.0 - ratio * _over(fp, tp))
    return np.maximum(recall_gain, 0.0), precision_gain


def _area_of_precision(tp: Float64Array, fp: Float64Array) -> Float64Array:
    """The integral of precision over recall for each row, exact along straight lines between the given points.

    With n = tp + fp predicted positives, tp(n) = a n + b between two points, so precision = a + b / n and the
    integral over d tp = a dn is a (Δtp + b ln(n_2 / n_1)); from n_1 = 0, b is 0.
    """
    import numpy as np

    n = tp + fp
    d_tp, d_n = np.diff(tp, axis=1), np.diff(n, axis=1)
    slope = np.where(d_n > 0, _over(d_tp, d_n), 0.0)
    offset = tp[:, :-1] - slope * n[:, :-1]
    is_between = (n[:, :-1] > 0) & (n[:, 1:] > 0)
    ratio = np.divide(n[:, 1:], n[:, :-1], out=np.ones_like(d_n), where=is_between)
    return _over((slope * (d_tp + offset * np.log(ratio))).sum(axis=1), tp[:, -1])


def _over(numerator: Float64Array, denominator: Float64Array) -> Float64Array:
    """The quotient; 0 where there is nothing to divide by."""
    import numpy as np

    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    quotient: Float64Array = np.divide(numerator, denominator, out=np.zeros(shape), where=denominator != 0)
    return quotient


def _sigmoid(logits: npt.NDArray[np.floating[Any]]) -> Float64Array:
    """1 / (1 + e^-x), without overflow."""
    import numpy as np

    wide = logits.astype(np.float64)
    small = np.exp(-np.abs(wide))
    scores: Float64Array = np.where(wide >= 0, 1.0, small) / (1.0 + small)
    return scores


def _one_of(wanted: tuple[str, ...], given: Any, what: str) -> str:
    """The word of `wanted` that `given` is, in any case."""
    for word in wanted:
        if isinstance(given, str) and given.lower() == word.lower():
            return word
    raise BadArgument(f"{what} is {given!r}, wanted {', '.join(map(repr, wanted[:-1]))} or {wanted[-1]!r}")


def _label_weights(given: Any, num_labels: int | None) -> list[float]:
    weights = real_array_of(array_of(given), what="label_weights")
    if weights.ndim != 1 or not all(0 <= weight < math.inf for weight in weights):
        raise BadArgument(f"label_weights are {given!r:.80}, wanted a list of numbers from 0 on")
    if num_labels is not None and len(weights) != num_labels:
        raise BadArgument(f"there are {len(weights)} label_weights, wanted one for each of the {num_labels} labels")
    return [float(weight) for weight in weights]
