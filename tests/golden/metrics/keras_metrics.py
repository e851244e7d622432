"""Prints what Keras's metrics answer for the cases below, as JSON; run it where Keras is installed:

    KERAS_BACKEND=numpy python tests/golden/metrics/keras_metrics.py > tests/golden/metrics/keras_metrics.json

Each case is a class, its arguments, and batches of arguments to `update_state`; the answer is `result()` after each
batch.
"""

import json

import keras
import numpy as np

rng = np.random.default_rng(7)
labels = rng.integers(0, 2, 40)
probabilities = np.clip(np.round(labels * 0.35 + rng.random(40) * 0.65, 3), 0, 1)
weights = np.round(rng.random(40), 2)
classes = rng.integers(0, 7, 24)
scores = np.round(rng.random((24, 7)), 3)
hot = np.eye(7)[classes]


def lists(*arrays):
    return [np.asarray(array).tolist() for array in arrays]


few = lists(labels[:24].reshape(8, 3), probabilities[:24].reshape(8, 3))

CASES = [
    ("Mean", {}, [[0.5], [1.5], [7]]),
    ("Mean", {}, [[[1.0, 3.0, 5.0, 7.0]], [[2.0]], [4.0]]),
    ("Mean", {}, [[[[1.0, 2.0], [3.0, 6.0]]], [[[10.0, 20.0]]]]),
    ("Mean", {}, [[[1.0, 3.0, 5.0, 7.0], [1, 1, 0, 0]], [[2.0, 4.0], [0.5, 0.25]]]),
    ("Mean", {}, [[[1.0, 2.0, 3.0], 2.0], [[10.0, 10.0, 10.0]]]),
    ("Mean", {}, [[[[1.0, 2.0], [3.0, 6.0]], [1.0, 3.0]], [[[1.0, 5.0]], [[1.0, 3.0]]]]),
    ("Mean", {}, [[[1.0, 2.0], [0.0, 0.0]]]),
    (
        "Sum",
        {},
        [[[1.0, 3.0, 5.0, 7.0]], [[1.0, 3.0], [0.5, 2.0]], [[[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0]], [2.0, 3.0]],
    ),
    ("Accuracy", {}, [[[1, 2, 3, 4], [0, 2, 3, 4]], [[[1], [2]], [1, 3]], [[1, 1], [1, 0], [1.0, 3.0]]]),
    ("Accuracy", {}, [[[1, 0, 1], [0.9, 0.1, 0.8]]]),
    ("BinaryAccuracy", {}, [lists(labels, probabilities), lists(labels[:7], probabilities[:7, None])]),
    ("BinaryAccuracy", {"threshold": 0.3}, [lists(labels, probabilities, weights), [[1, 0], [0.3, 0.3]]]),
    ("CategoricalAccuracy", {}, [lists(hot, scores), lists(hot[:5], scores[:5], weights[:5])]),
    ("SparseCategoricalAccuracy", {}, [lists(classes, scores), lists(classes[:5, None], scores[:5])]),
    ("SparseCategoricalAccuracy", {}, [lists(classes.reshape(4, 6), scores.reshape(4, 6, 7))]),
    ("TopKCategoricalAccuracy", {"k": 3}, [lists(hot, scores), lists(hot[:9], scores[:9], weights[:9])]),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, [lists(classes, scores), lists(classes[:4], scores[:4])]),
    ("MeanSquaredError", {}, [lists(scores[:3], scores[3:6])]),
    ("MeanSquaredError", {}, [lists(weights[:, None], probabilities[:, None], weights[::-1])]),
    (
        "MeanAbsoluteError",
        {},
        [lists(weights[:, None], probabilities[:, None]), lists(weights[:3, None], probabilities[3:6, None])],
    ),
    ("MeanAbsoluteError", {}, [lists(scores[:3], scores[3:6], weights[:3])]),
    ("MeanAbsoluteError", {}, [lists(weights, probabilities), lists(weights[:3], probabilities[3:6])]),
    ("RootMeanSquaredError", {}, [lists(weights, probabilities), lists(weights[:3], probabilities[3:6])]),
    ("Precision", {}, [lists(labels, probabilities), lists(labels[:9], probabilities[:9], weights[:9])]),
    ("Precision", {"thresholds": [0.0, 0.25, 0.5, 0.9, 1.0]}, [lists(labels, probabilities)]),
    ("Precision", {"class_id": 2}, [lists(hot, scores)]),
    ("Recall", {}, [lists(labels, probabilities), lists(labels[:9], probabilities[:9], weights[:9])]),
    ("Recall", {"thresholds": [0.0, 0.25, 0.5, 0.9]}, [lists(labels, probabilities)]),
    ("Precision", {}, [[[0, 1], [0.1, 0.2]]]),
    ("AUC", {}, [lists(labels, probabilities), lists(labels[:9], probabilities[:9], weights[:9])]),
    ("AUC", {"num_thresholds": 7}, [lists(labels, probabilities)]),
    ("AUC", {"curve": "PR"}, [lists(labels, probabilities), lists(labels[:9], probabilities[:9], weights[:9])]),
    ("AUC", {"curve": "PR", "num_thresholds": 5}, [lists(labels, probabilities)]),
    ("Precision", {"top_k": 3}, [lists(hot[:9], scores[:9]), lists(hot[:5], scores[:5], weights[:5])]),
    ("Recall", {"top_k": 2, "class_id": 1}, [few]),
    ("Recall", {"top_k": 2, "thresholds": [0.3, 0.8]}, [few]),
    ("AUC", {"num_thresholds": 3}, [[[0, 0, 1, 1], [0, 0.5, 0.3, 0.9]], [[0, 1], [0.3, 0.9], [0.5, 2]]]),
    ("AUC", {"from_logits": True}, [lists(labels[:16], 8 * probabilities[:16] - 4)]),
    ("AUC", {"thresholds": [0.7, 0.2, 0.25]}, [lists(labels[:16], probabilities[:16], weights[:16])]),
    *(
        ("AUC", {"curve": curve, "summation_method": method, "num_thresholds": 12}, [few])
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
    ),
    *(
        ("AUC", {"curve": curve, "multi_label": True, "num_labels": 3, **more}, [few])
        for curve in ("ROC", "PR")
        for more in ({}, {"label_weights": [1, 2, 0.5]})
    ),
    ("AUC", {"label_weights": [1, 2, 0.5]}, [few]),
]


def main():
    answers = []
    for name, arguments, batches in CASES:
        metric = getattr(keras.metrics, name)(dtype="float64", **arguments)
        results = []
        for batch in batches:
            metric.update_state(*[np.asarray(part) for part in batch])
            results.append(np.asarray(metric.result(), dtype="float64").tolist())
        empty = getattr(keras.metrics, name)(**arguments)
        answers.append(
            {"metric": name, "arguments": arguments, "batches": batches, "results": results,
             "empty": np.asarray(empty.result(), dtype="float64").tolist()}
        )  # fmt: skip
    print(json.dumps({"keras": keras.__version__, "cases": answers}, indent=1))


if __name__ == "__main__":
    main()
