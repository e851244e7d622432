"""goodfit.metrics against Keras's on random batches: kinds of labels, weights, masks, thresholds and ragged ends."""

import sys
from pathlib import Path

import keras
import numpy as np

from goodfit import metrics

Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(0)
SIZES = [16, 16, 7]  # the last batch is shorter
n_compared = 0


def compare(name, batch, *, weight=None, **options):
    """Both metrics see the same batches; in `keras_compat` also Keras's own answers to odd questions are the same."""
    global n_compared
    theirs = getattr(keras.metrics, name)(**options)
    ours = getattr(metrics, name)(**options, keras_compat=True)
    for size in SIZES:
        values = batch(size)
        weights = None if weight is None else weight(size)
        theirs.update_state(*values, sample_weight=weights)
        ours.update_state(*values, sample_weight=weights)
    expected, got = np.asarray(theirs.result()), np.asarray(ours.result())
    # Keras counts in float32.
    assert expected.shape == got.shape and np.allclose(got, expected, rtol=2e-5, atol=1e-6), (
        name,
        options,
        got,
        expected,
    )
    n_compared += 1


def floats(*shape):
    return lambda n: (rng.normal(size=(n, *shape)).astype("f4"),)


def pairs(*shape):
    return lambda n: (rng.normal(size=(n, *shape)).astype("f4"), rng.normal(size=(n, *shape)).astype("f4"))


def binary(*shape):
    return lambda n: (rng.integers(0, 2, (n, *shape)), rng.random((n, *shape)).astype("f4"))


def classes(*shape, n_classes=4, dtype="i8"):
    return lambda n: (
        rng.integers(0, n_classes, (n, *shape)).astype(dtype),
        rng.random((n, *shape, n_classes)).astype("f4"),
    )


def one_hot(*shape, n_classes=4, dtype="f4"):
    return lambda n: (
        np.eye(n_classes, dtype=dtype)[rng.integers(0, n_classes, (n, *shape))],
        rng.random((n, *shape, n_classes)).astype("f4"),
    )


def logits(*shape):
    return lambda n: (rng.integers(0, 2, (n, *shape)), rng.normal(size=(n, *shape)).astype("f4") * 5)


def many_labels(*shape):
    return binary(*shape, 4)


def one_label_missing():
    return lambda n: (rng.integers(0, 2, (n, 4)) * [1, 1, 0, 1], rng.random((n, 4)).astype("f4"))


def ties():
    """Scores on thresholds, at both ends too."""
    return lambda n: (rng.integers(0, 2, (n, 4)), rng.integers(0, 9, (n, 4)).astype("f4") / 8)


def weights(*shape):
    return lambda n: rng.random((n, *shape)).astype("f4")


def mask(*shape):
    return lambda n: (rng.random((n, *shape)) > 0.4).astype("f4")


def nothing(*shape):
    return lambda n: np.zeros((n, *shape), "f4")


for name in ("Mean", "Sum"):
    compare(name, floats())
    compare(name, floats(3))
    compare(name, lambda n: (float(n),))
    compare(name, lambda n: (rng.integers(0, 9, n),))
    compare(name, floats(), weight=weights())
    compare(name, floats(3), weight=weights())
    compare(name, floats(3), weight=weights(3))
    compare(name, floats(3), weight=weights(1))
    compare(name, floats(), weight=nothing())
for shape in ((), (1,), (4,)):
    labels = lambda n, shape=shape: (rng.integers(0, 3, (n, *shape)), rng.integers(0, 3, (n, *shape)))  # noqa: E731
    compare("Accuracy", labels)
    compare("Accuracy", labels, weight=weights())
    for threshold in (0.0, 0.3, 0.5, 0.9):
        compare("BinaryAccuracy", binary(*shape), threshold=threshold)
    compare("BinaryAccuracy", binary(*shape), weight=weights())
compare("BinaryAccuracy", lambda n: (rng.integers(0, 2, n), rng.integers(0, 11, n).astype("f4") / 10), threshold=0.5)
compare("BinaryAccuracy", lambda n: (rng.random(n) > 0.5, rng.random((n, 1)).astype("f4")))
for shape in ((), (5,)):
    compare("CategoricalAccuracy", one_hot(*shape))
    compare("CategoricalAccuracy", one_hot(*shape, dtype="i4"), weight=mask(*shape))
    compare("SparseCategoricalAccuracy", classes(*shape))
    compare("SparseCategoricalAccuracy", classes(*shape, dtype="f4"))
    compare("SparseCategoricalAccuracy", classes(*shape), weight=mask(*shape))
compare("SparseCategoricalAccuracy", lambda n: (rng.integers(0, 4, (n, 1)), rng.random((n, 4)).astype("f4")))
for k in (1, 2, 4):
    compare("TopKCategoricalAccuracy", one_hot(), k=k)
    compare("SparseTopKCategoricalAccuracy", classes(), k=k, weight=weights())
for name in ("MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError"):
    compare(name, pairs(3))
    compare(name, pairs(3), weight=weights())
    compare(name, pairs(5, 2), weight=weights(5))
for name in ("Precision", "Recall"):
    compare(name, binary())
    compare(name, binary(), thresholds=[0.2, 0.5, 0.8], weight=weights())
    compare(name, one_hot(), class_id=1)
    compare(name, binary(), thresholds=[0.3])
    compare(name, binary(), thresholds=[0.0, 0.5, 1.0], weight=weights())
    compare(name, logits(), thresholds=0, weight=weights())
    for k in (1, 2, 4):
        compare(name, one_hot(), top_k=k)
        compare(name, many_labels(), top_k=k, weight=weights())
        compare(name, many_labels(), top_k=k, weight=weights(4))
        compare(name, many_labels(), top_k=k, class_id=2, weight=mask())
        compare(name, many_labels(), top_k=k, thresholds=[0.3, 0.9], class_id=0)
        compare(name, logits(4), top_k=k)
        compare(name, many_labels(3), top_k=k, class_id=1, weight=weights(3))
    compare(name, ties(), top_k=2, weight=weights())
    compare(name, many_labels(), class_id=3, thresholds=[0.2, 0.7], weight=weights())
    compare(name, many_labels(3), class_id=1, weight=weights(3))
for curve in ("ROC", "PR", "PRGAIN"):
    for method in ("interpolation", "minoring", "majoring"):
        own = {"curve": curve, "summation_method": method}
        compare("AUC", binary(), **own)
        compare("AUC", binary(), **own, num_thresholds=50, weight=weights())
        compare("AUC", binary(), **own, num_thresholds=2)
        compare("AUC", binary(1), **own, thresholds=[0.8, 0.1, 0.4], weight=weights())
        compare("AUC", binary(), **own, thresholds=[0.25, 0.5, 0.75])
        compare("AUC", ties(), **own, num_thresholds=9, weight=weights())
        compare("AUC", logits(), **own, from_logits=True, weight=weights())
        for labels_known in ({}, {"num_labels": 4}):
            compare("AUC", many_labels(), **own, **labels_known, multi_label=True)
            compare("AUC", many_labels(), **own, **labels_known, multi_label=True, weight=weights())
            compare("AUC", many_labels(), **own, **labels_known, multi_label=True, weight=weights(4))
            compare("AUC", logits(4), **own, **labels_known, multi_label=True, from_logits=True)
        compare("AUC", many_labels(), **own, multi_label=True, label_weights=[1, 0, 2.5, 4], weight=weights())
        compare("AUC", many_labels(), **own, multi_label=True, thresholds=[0.5, 0.3], label_weights=[1, 0, 2.5, 4])
        compare("AUC", many_labels(), **own, label_weights=[1, 0, 2.5, 4])
        compare("AUC", many_labels(), **own, label_weights=[1, 0, 2.5, 4], weight=weights(4))
        compare("AUC", one_label_missing(), **own, multi_label=True, label_weights=[1, 0, 2.5, 4])
        compare("AUC", lambda n: (np.ones(n), rng.random(n).astype("f4")), **own)

# Where Keras stops counting, ours goes on: its count is a float32, which ends at 2**24.
ours = metrics.Mean()
for value, n in ((1.0, 1 << 24), (3.0, 1000)):
    ours.update_state(np.full(n, value, "f4"))
assert ours.result() == ((1 << 24) + 3000) / ((1 << 24) + 1000)
print(f"{n_compared} metrics equal Keras's on {keras.backend.backend()}")
