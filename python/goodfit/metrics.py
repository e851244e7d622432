"""Streaming metrics: labels, predictions and losses of any framework → numbers worth logging.

Names and arguments are Keras's. Sums are float64 (Keras counts in float32 and stops at 2**24 samples), metrics of
parts can be merged, saved and restored, an empty metric is NaN rather than a perfect-looking 0.0, and values that a
class is not meant for are refused with the name of the class that is. `keras_compat=True` reproduces Keras to the
letter.

    loss = goodfit.metrics.Mean(name="loss")
    for epoch in range(10):
        loss.reset_state()
        for batch in data:
            loss.update_state(train_step(batch))
        run.log(epoch, {"loss": loss.result()})
"""

from __future__ import annotations

from goodfit.sdk.streaming.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from goodfit.sdk.streaming.auc import AUC
from goodfit.sdk.streaming.confusion import F1, Precision, Recall
from goodfit.sdk.streaming.mean import Mean, Sum
from goodfit.sdk.streaming.metric import Metric
from goodfit.sdk.streaming.regression import MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError

__all__ = [
    "AUC",
    "F1",
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "Mean",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "Sum",
    "TopKCategoricalAccuracy",
]
