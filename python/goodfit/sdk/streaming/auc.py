"""Labels and scores → the area under the ROC or the precision-recall curve, from counts in bins of the score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from goodfit.errors import BadArgument
from goodfit.sdk.streaming.confusion import _flat_pairs
from goodfit.sdk.streaming.metric import Metric

if TYPE_CHECKING:
    from goodfit.sdk.streaming.metric import Float64Array


class AUC(Metric):
    """The area under the curve that a moving threshold draws.

    Model: scores fall into `num_thresholds - 1` equal bins, half-open at the left: (t_i, t_i+1]. ROC: the trapezoid
        rule over (false positive rate, recall). PR: between two thresholds true and false positives grow together in
        a straight line, and precision is integrated along it.

    Limits: scores in one bin are tied; the error is at most half the mass of pairs that share a bin. Raise
        `num_thresholds` for scores that crowd near 0 or 1.

    References: J. Davis, M. Goadrich (2006), The relationship between precision-recall and ROC curves, ICML,
        doi:10.1145/1143844.1143874.

    Args:
        num_thresholds: How finely scores are told apart, 200 as in Keras.
        curve: `ROC` or `PR`.

    >>> metric = AUC()
    >>> metric.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> metric.result()
    0.75
    """

    default_name = "auc"
    _bin_names = ("positive", "negative")
    _settings = ("num_thresholds", "curve")

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Literal["ROC", "PR"] = "ROC",
        name: str | None = None,
        dtype: Any = None,
        *,
        keras_compat: bool = False,
    ) -> None:
        if num_thresholds < 2:
            raise BadArgument(f"num_thresholds is {num_thresholds}, wanted at least 2")
        if curve not in ("ROC", "PR"):
            raise BadArgument(f"curve is {curve!r}, wanted 'ROC' or 'PR'")
        self.num_thresholds = num_thresholds
        self.curve = curve
        super().__init__(name, dtype, keras_compat=keras_compat)

    def _count_bins(self) -> int:
        return self.num_thresholds

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes one batch of labels (0, 1 or booleans) and scores in [0, 1].

        Raises:
            BadArgument: Shapes do not fit, or a score lies outside [0, 1].
        """
        import numpy as np

        labels, scores, weight = _flat_pairs(y_true, y_pred, sample_weight, None, "AUC")
        is_number = ~np.isnan(scores)
        if not is_number.all():
            raise BadArgument(
                f"AUC: {int((~is_number).sum())} of {scores.size} scores are NaN, wanted numbers in [0, 1]"
            )
        # Bin i holds the scores in (t_i-1, t_i], so that a score on a threshold is not above it.
        bins = np.ceil(scores * (self.num_thresholds - 1)).astype(np.int64)
        n = self.num_thresholds
        self._bins["positive"] = self._bins["positive"] + np.bincount(bins[labels], weight[labels], n)
        self._bins["negative"] = self._bins["negative"] + np.bincount(bins[~labels], weight[~labels], n)

    def result(self) -> float:
        """The area; NaN unless both kinds of labels were seen (for PR: unless a positive one was)."""
        import numpy as np

        positive, negative = self._bins["positive"], self._bins["negative"]
        # From the highest threshold down: nothing is above it, everything is above the lowest.
        tp = np.concatenate([[0.0], np.cumsum(positive[::-1])])
        fp = np.concatenate([[0.0], np.cumsum(negative[::-1])])
        if tp[-1] == 0 or (fp[-1] == 0 and self.curve == "ROC"):
            return 0.0 if self.keras_compat else math.nan
        if self.curve == "ROC":
            widths, heights = np.diff(fp), (tp[1:] + tp[:-1]) / 2
            return float((widths * heights).sum() / (tp[-1] * fp[-1]))
        return _area_of_precision(tp, fp)


def _area_of_precision(tp: Float64Array, fp: Float64Array) -> float:
    """The integral of precision over recall, exact along straight lines between the given points.

    With n = tp + fp predicted positives, tp(n) = a n + b between two points, so precision = a + b / n and the
    integral over d tp = a dn is a (Δtp + b ln(n_2 / n_1)); from n_1 = 0, b is 0.
    """
    import numpy as np

    n = tp + fp
    d_tp, d_n = np.diff(tp), np.diff(n)
    slope = np.divide(d_tp, d_n, out=np.zeros_like(d_tp), where=d_n > 0)
    offset = tp[:-1] - slope * n[:-1]
    ratio = np.divide(n[1:], n[:-1], out=np.ones_like(d_n), where=(n[:-1] > 0) & (n[1:] > 0))
    return float((slope * (d_tp + offset * np.log(ratio))).sum() / tp[-1])
