"""Labels and scores → precision and recall at equally spaced thresholds.

A float32 tensor of shape [6, num_thresholds], rows: true positives, false positives, true negatives, false
negatives, precision, recall; a score at or above a threshold is positive. Source:
tensorboard/plugins/pr_curve/summary.py; PrCurvePluginData{2 num_thresholds}
"""

from __future__ import annotations

from typing import Any

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_TENSOR, DT_FLOAT, Payload
from goodfit.sdk.values import array_of, real_array_of
from goodfit.wire import integer


def pr_curve(labels: Any, predictions: Any, *, num_thresholds: int = 127, weights: Any = None) -> Payload:
    """The payload for boolean labels and scores in [0, 1] of the same shape.

    Raises:
        BadArgument: Shapes differ, a score lies outside [0, 1], or there are fewer than two thresholds.
    """
    import numpy as np

    y_true, y_pred = array_of(labels).astype(bool).ravel(), real_array_of(predictions, what="predictions").ravel()
    if y_true.shape != y_pred.shape or num_thresholds < 2:
        raise BadArgument(
            f"{y_true.size} labels, {y_pred.size} predictions and {num_thresholds} thresholds, "
            "wanted as many labels as predictions and at least 2 thresholds"
        )
    if y_pred.size and not (y_pred.min() >= 0 and y_pred.max() <= 1):
        raise BadArgument(f"predictions reach from {y_pred.min():.4g} to {y_pred.max():.4g}, wanted [0, 1]")
    weight = np.ones(y_pred.shape) if weights is None else np.broadcast_to(real_array_of(weights).ravel(), y_pred.shape)
    bins = np.floor(y_pred * (num_thresholds - 1)).astype(np.int64)
    # What lies at or above each threshold: the sum from its bin up.
    tp = np.cumsum(np.bincount(bins[y_true], weight[y_true], num_thresholds)[::-1])[::-1]
    fp = np.cumsum(np.bincount(bins[~y_true], weight[~y_true], num_thresholds)[::-1])[::-1]
    return from_counts(tp, fp, fp[0] - fp, tp[0] - tp)


def from_counts(tp: Any, fp: Any, tn: Any, fn: Any, precision: Any = None, recall: Any = None) -> Payload:
    """The payload for counts at each threshold; precision and recall are worked out where they are not given."""
    import numpy as np

    rows = [real_array_of(row).ravel() for row in (tp, fp, tn, fn)]
    for given, denominator in ((precision, rows[0] + rows[1]), (recall, rows[0] + rows[3])):
        # TensorBoard's own floor under the denominator, so that 0 / 0 is 0.
        rows.append(rows[0] / np.maximum(denominator, 1e-7) if given is None else real_array_of(given).ravel())
    table = np.stack(rows).astype("<f4")
    return Payload(
        DT_FLOAT, table.shape, table.tobytes(), "pr_curves", integer(2, table.shape[1]), CLASS_TENSOR
    )  # fmt: skip
