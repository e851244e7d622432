"""Streaming metrics against Keras (answers kept in tests/golden/metrics) and against exact fractions."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit import metrics
from goodfit.errors import BadArgument

GOLDEN = Path(__file__).parent.parent / "golden" / "metrics" / "keras_metrics.json"
CASES = json.loads(GOLDEN.read_text())["cases"]
ALL = [getattr(metrics, name) for name in metrics.__all__ if name != "Metric"]

finite = st.floats(-1e9, 1e9)
batches = st.lists(st.lists(finite, min_size=1, max_size=8), min_size=1, max_size=6)


def case_id(case: dict) -> str:
    return f"{case['metric']}-{case['arguments']}"


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_agrees_with_keras_in_compatible_mode(case):
    metric = getattr(metrics, case["metric"])(keras_compat=True, **case["arguments"])
    np.testing.assert_allclose(metric.result(), case["empty"])
    for batch, expected in zip(case["batches"], case["results"], strict=True):
        metric.update_state(*[np.asarray(part) for part in batch])
        np.testing.assert_allclose(metric.result(), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", [case for case in CASES if case["metric"] != "Accuracy"], ids=case_id)
def test_differs_from_keras_only_where_it_says_so(case):
    metric = getattr(metrics, case["metric"])(**case["arguments"])
    if case["metric"] in ("MeanSquaredError", "MeanAbsoluteError") and np.ndim(case["batches"][0][0]) == 1:
        case = {
            **case,
            "batches": case["batches"][:1],
            "results": case["results"][:1],
        }  # Keras: one sample a flat batch
    has_scalar_weight = any(case["metric"] == "Mean" and len(b) == 2 and np.ndim(b[1]) == 0 for b in case["batches"])
    for batch, expected in zip(case["batches"], case["results"], strict=True):
        metric.update_state(*[np.asarray(part) for part in batch])
        is_empty = case["metric"] == "Mean" and metric.count == 0
        if not has_scalar_weight and not is_empty:
            np.testing.assert_allclose(metric.result(), expected, rtol=1e-6, atol=1e-7)


def test_scalar_weight_counts_every_sample():
    # Six samples of weight 2 * 3 and three plain ones: (2 * (1 + 2 + 3) + 30) / (2 * 3 + 3); Keras answers 6.8.
    metric = metrics.Mean()
    metric.update_state([1, 2, 3], sample_weight=2.0)
    metric.update_state([10, 10, 10])
    assert metric.result() == pytest.approx(42 / 9)


@pytest.mark.parametrize("metric_class", [c for c in ALL if c is not metrics.Sum], ids=lambda c: c.__name__)
def test_an_empty_metric_is_not_a_number(metric_class):
    assert math.isnan(metric_class().result())
    assert metric_class(keras_compat=True).result() == 0.0


def test_the_sum_of_nothing_is_zero():
    assert metrics.Sum().result() == 0.0


def test_counts_beyond_float32():
    # Keras's float32 count stops at 2**24: further samples move it by nothing.
    metric = metrics.Mean()
    metric.update_state(np.zeros(2**24))
    for _ in range(1000):
        metric.update_state(1.0)
    assert metric.count == 2**24 + 1000
    assert metric.result() == 1000 / (2**24 + 1000)


def test_keeps_what_float_addition_loses():
    metric = metrics.Sum()
    for value in (1e16, 1.0, -1e16):
        metric.update_state(value)
    assert metric.result() == 1.0


@given(batches)
@settings(max_examples=60, deadline=None)
def test_mean_is_the_exact_mean(parts):
    metric = metrics.Mean()
    for part in parts:
        metric.update_state(part)
    values = [Fraction(value) for part in parts for value in part]
    size = sum(abs(value) for value in values) / len(values)
    assert abs(Fraction(metric.result()) - sum(values) / len(values)) <= size * Fraction(8, 2**52)


@given(batches, st.data())
@settings(max_examples=60, deadline=None)
def test_merging_parts_in_any_order_gives_the_whole(parts, data):
    whole = metrics.Mean()
    halves = []
    for part in parts:
        whole.update_state(part)
        half = metrics.Mean()
        half.update_state(part)
        halves.append(half)
    merged = metrics.Mean()
    for half in data.draw(st.permutations(halves)):
        merged.merge(half)
    size = max(abs(value) for part in parts for value in part)
    assert merged.count == whole.count
    assert merged.result() == pytest.approx(whole.result(), rel=1e-14, abs=size * 1e-15)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100)), min_size=1, max_size=60), st.integers(0, 59))
@settings(max_examples=60, deadline=None)
def test_confusion_counts_and_their_merge_are_exact(pairs, cut):
    y_true, y_pred = [int(a) for a, _ in pairs], [b / 100 for _, b in pairs]
    tp = sum(1 for a, b in zip(y_true, y_pred, strict=True) if a and b > 0.5)
    fp = sum(1 for a, b in zip(y_true, y_pred, strict=True) if not a and b > 0.5)
    fn = sum(1 for a, b in zip(y_true, y_pred, strict=True) if a and not b > 0.5)
    for metric_class, expected in [
        (metrics.Precision, Fraction(tp, tp + fp) if tp + fp else 0),
        (metrics.Recall, Fraction(tp, tp + fn) if tp + fn else 0),
        (metrics.F1, Fraction(2 * tp, 2 * tp + fp + fn) if tp + fp + fn else 0),
    ]:
        left, right = metric_class(), metric_class()
        if y_true[:cut]:
            left.update_state(y_true[:cut], y_pred[:cut])
        if y_true[cut:]:
            right.update_state(y_true[cut:], y_pred[cut:])
        assert left.merge(right).result() == pytest.approx(float(expected), abs=1e-15)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 20)), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_area_is_the_share_of_pairs_in_order(pairs):
    # Mann-Whitney: with scores on a grid that the thresholds resolve, the area is P(positive > negative) + P(equal)
    # / 2.
    positive = [score for label, score in pairs if label]
    negative = [score for label, score in pairs if not label]
    metric = metrics.AUC(num_thresholds=21)
    metric.update_state([label for label, _ in pairs], np.array([score for _, score in pairs]) / 20)
    if not positive or not negative:
        assert math.isnan(metric.result())
        return
    twice = sum(2 * (p > n) + (p == n) for p in positive for n in negative)
    assert metric.result() == pytest.approx(twice / (2 * len(positive) * len(negative)))


@pytest.mark.parametrize("metric_class", ALL, ids=lambda c: c.__name__)
def test_goes_on_from_its_saved_state(metric_class):
    batch = _batch_for(metric_class)
    metric = metric_class(name="mine")
    metric.update_state(*batch)
    restored = metric_class.from_state(json.loads(json.dumps(metric.to_state())))
    assert restored.name == "mine"
    metric.update_state(*batch)
    restored.update_state(*batch)
    assert restored.result() == metric.result()
    metric.reset_state()
    assert repr(metric.result()) == repr(metric_class().result())


@pytest.mark.parametrize("metric_class", ALL, ids=lambda c: c.__name__)
def test_merging_a_metric_with_itself_counts_everything_twice(metric_class):
    metric = metric_class()
    metric.update_state(*_batch_for(metric_class))
    twice = metric_class()
    twice.update_state(*_batch_for(metric_class))
    twice.update_state(*_batch_for(metric_class))
    assert metric.merge(metric).to_state() == twice.to_state()


def _batch_for(metric_class):
    if metric_class in (metrics.Mean, metrics.Sum):
        return ([1.0, 2.5],)
    if "Sparse" in metric_class.__name__:
        return [1, 0], [[0.2, 0.8], [0.3, 0.7]]
    if "Categorical" in metric_class.__name__:
        return [[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]]
    if metric_class is metrics.Accuracy:
        return [1, 0], [1, 1]
    return [1, 0, 1], [0.9, 0.6, 0.2]


def test_metrics_that_differ_are_not_merged():
    with pytest.raises(BadArgument, match="class and settings must agree"):
        metrics.Mean().merge(metrics.Sum())
    with pytest.raises(BadArgument, match="class and settings must agree"):
        metrics.BinaryAccuracy(threshold=0.5).merge(metrics.BinaryAccuracy(threshold=0.6))
    with pytest.raises(BadArgument, match="'Sum'"):
        metrics.Mean.from_state(metrics.Sum().to_state())


@pytest.mark.parametrize(
    ("y_true", "y_pred", "meant"),
    [
        ([1, 0, 1], [0.9, 0.1, 0.8], "BinaryAccuracy"),
        ([[1], [0]], [[0.9], [0.1]], "BinaryAccuracy"),
        ([3, 1], [[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4]], "SparseCategoricalAccuracy"),
        ([3, 1], [[1, 2, 3, 4], [1, 2, 3, 4]], "SparseCategoricalAccuracy"),
        ([[0, 1], [1, 0]], [[0.3, 0.7], [0.6, 0.4]], "CategoricalAccuracy"),
    ],
)
def test_accuracy_of_scores_names_the_class_that_is_meant(y_true, y_pred, meant):
    with pytest.raises(BadArgument, match=meant):
        metrics.Accuracy().update_state(y_true, y_pred)


def test_labels_of_the_other_kind_are_named():
    with pytest.raises(BadArgument, match="SparseCategoricalAccuracy"):
        metrics.CategoricalAccuracy().update_state([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    with pytest.raises(BadArgument, match="use CategoricalAccuracy"):
        metrics.SparseCategoricalAccuracy().update_state([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]])


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(BadArgument, match=r"\(3,\)"):
        metrics.MeanSquaredError().update_state([1, 2, 3], [[1, 2, 3]])
    with pytest.raises(BadArgument, match="sample_weight"):
        metrics.Mean().update_state([1.0, 2.0, 3.0], sample_weight=[1.0, 2.0])


@pytest.mark.parametrize("metric_class", [metrics.AUC, metrics.Precision], ids=lambda c: c.__name__)
def test_logits_are_refused_where_probabilities_are_meant(metric_class):
    with pytest.raises(BadArgument, match="sigmoid"):
        metric_class().update_state([0, 1], [-3.0, 4.0])


def test_logits_are_taken_where_it_is_said():
    # Sigmoids of -800, -1, 1, 800: one of the two positives lies below one of the two negatives, so 3 pairs of 4.
    metric = metrics.AUC(from_logits=True)
    metric.update_state([0, 1, 0, 1], [-800.0, -1.0, 1.0, 800.0])
    assert metric.result() == 0.75
    precision = metrics.Precision(thresholds=0)
    precision.update_state([0, 1, 0, 1], [-800.0, -1.0, 1.0, 800.0])
    assert precision.result() == 0.5


def test_precision_among_the_highest_takes_scores_of_any_scale():
    labels, scores = [[1, 0, 1, 0], [0, 0, 1, 1]], [[5, -3, -2, 9], [7, 7, 7, 0]]
    metric = metrics.Precision(top_k=2)
    metric.update_state(labels, scores)
    assert metric.result() == 1 / 4  # classes 3 and 0; of equal ones the first, 0 and 1
    weighed = metrics.Recall(top_k=2)
    weighed.update_state(labels, scores, sample_weight=[3.0, 1.0])
    assert weighed.result() == 3 / 8


def test_one_class_among_the_highest():
    # Class 2 is among the two highest of rows 0 and 1, and right in row 1 and 2.
    labels, scores = [[1, 0, 0], [0, 0, 1], [0, 0, 1]], [[0.9, 0.1, 0.2], [0.1, 0.2, 0.9], [0.5, 0.4, 0.3]]
    for metric_class in (metrics.Precision, metrics.Recall, metrics.F1):
        metric = metric_class(top_k=2, class_id=2)
        metric.update_state(labels, scores)
        assert metric.result() == 0.5


def test_several_thresholds_give_an_array_and_one_a_number():
    metric = metrics.Recall(thresholds=(0.25, 0.75))
    metric.update_state([1, 1, 0], [0.5, 0.9, 0.6])
    assert metric.result().tolist() == [1.0, 0.5]
    metric = metrics.Recall(thresholds=[0.75])
    metric.update_state([1, 1, 0], [0.5, 0.9, 0.6])
    assert metric.result() == 0.5


def test_a_score_on_a_threshold_is_not_above_it_in_any_precision():
    for dtype in ("f2", "f4", "f8"):
        scores = np.array([0.5, 0.1], dtype)
        metric = metrics.Precision(thresholds=[float(scores[1]), 0.5])
        metric.update_state([1, 1], scores)
        assert metric.result().tolist() == [1.0, 0.0]
    # 0.1 of 32 bits is 0.10000000149.
    metric = metrics.AUC(thresholds=[0.1])
    metric.update_state([0, 1], np.array([0.1, 0.2], "f4"))
    assert metric.result() == 1.0


def test_rectangles_enclose_the_area():
    # Bins (0, .5] and (.5, 1]: points (0, 0), (1/3, 1/2), (1, 1) of the ROC curve.
    batch = [1, 1, 0, 0, 0], [0.9, 0.2, 0.8, 0.3, 0.1]
    expected = {"minoring": 1 / 3, "interpolation": 7 / 12, "majoring": 5 / 6}
    for method, area in expected.items():
        metric = metrics.AUC(num_thresholds=3, summation_method=method)
        metric.update_state(*batch)
        assert metric.result() == pytest.approx(area)


def test_the_area_of_many_labels_is_the_mean_of_theirs():
    # Areas 1, 1/2 and none, as every example of the last label is positive.
    labels, scores = np.array([[0, 0, 1], [1, 1, 1]]), np.array([[0.1, 0.7, 0.2], [0.9, 0.7, 0.4]])
    options = {"multi_label": True}
    assert _area(labels, scores, **options) == 0.75
    assert _area(labels, scores, **options, keras_compat=True) == 0.5
    assert _area(labels, scores, **options, label_weights=[3, 1, 9]) == pytest.approx(7 / 8)
    assert _area(labels, scores, **options, label_weights=[3, 1, 9], keras_compat=True) == pytest.approx(3.5 / 13)
    assert math.isnan(_area(labels[:, 2:], scores[:, 2:], **options))


def test_label_weights_weigh_examples_when_labels_are_not_told_apart():
    labels, scores = np.array([[0, 1], [1, 0]]), np.array([[0.1, 0.2], [0.9, 0.8]])
    alone = metrics.AUC()
    alone.update_state([0, 1, 1, 0], [0.1, 0.2, 0.9, 0.8], sample_weight=[1, 4, 1, 4])
    assert _area(labels, scores, label_weights=[1, 4]) == alone.result() == pytest.approx(9 / 25)


def _area(labels, scores, **options):
    metric = metrics.AUC(**options)
    metric.update_state(labels, scores)
    return metric.result()


@pytest.mark.parametrize("num_labels", [None, 3])
def test_areas_of_labels_merge_reset_and_go_on(num_labels):
    rng = np.random.default_rng(1)
    labels, scores, weights = rng.integers(0, 2, (60, 3)), rng.random((60, 3)), rng.random(60)
    options = {"multi_label": True, "num_labels": num_labels, "thresholds": [0.2, 0.6], "label_weights": [1, 2, 3]}
    whole = metrics.AUC(**options)
    whole.update_state(labels, scores, weights)
    parts = [metrics.AUC(**options) for _ in range(4)]
    for index in (0, 2):
        rows = slice(30 * index // 2, 30 * index // 2 + 30)
        parts[index].update_state(labels[rows], scores[rows], weights[rows])
    restored = [metrics.AUC.from_state(json.loads(json.dumps(part.to_state()))) for part in parts]
    merged = metrics.AUC(**options)
    merged.merge_state(restored)
    assert merged.result() == pytest.approx(whole.result(), rel=1e-14)
    whole.reset_state()
    assert math.isnan(whole.result())
    whole.update_state(labels, scores, weights)
    assert merged.result() == pytest.approx(whole.result(), rel=1e-14)


def test_areas_of_unlike_labels_are_not_merged():
    two, three = metrics.AUC(multi_label=True), metrics.AUC(multi_label=True)
    two.update_state(np.eye(2), np.eye(2))
    three.update_state(np.eye(3), np.eye(3))
    with pytest.raises(BadArgument, match="shape"):
        two.merge(three)
    with pytest.raises(BadArgument, match=r"\(3, 3\), wanted \(batch, 2\)"):
        two.update_state(np.eye(3), np.eye(3))


@pytest.mark.parametrize(
    ("metric_class", "options", "seen"),
    [
        (metrics.Precision, {"top_k": 0}, "top_k is 0"),
        (metrics.Precision, {"top_k": 1.5}, "top_k is 1.5"),
        (metrics.Recall, {"class_id": -1}, "class_id is -1"),
        (metrics.Recall, {"thresholds": [0.5, 2]}, "thresholds"),
        (metrics.Recall, {"thresholds": [None]}, "thresholds"),
        (metrics.Recall, {"thresholds": "0.5"}, "thresholds"),
        (metrics.Recall, {"thresholds": []}, "empty"),
        (metrics.AUC, {"curve": "DET"}, "'PRGAIN'"),
        (metrics.AUC, {"summation_method": "simpson"}, "'majoring'"),
        (metrics.AUC, {"num_thresholds": 1}, "num_thresholds is 1"),
        (metrics.AUC, {"thresholds": 0.5}, "wanted a list"),
        (metrics.AUC, {"thresholds": [-0.1]}, "thresholds"),
        (metrics.AUC, {"num_labels": 3}, "multi_label is False"),
        (metrics.AUC, {"label_weights": [1, -1]}, "label_weights"),
        (metrics.AUC, {"multi_label": True, "num_labels": 3, "label_weights": [1, 2]}, "2 label_weights"),
    ],
)
def test_odd_settings_are_refused(metric_class, options, seen):
    with pytest.raises(BadArgument, match=seen):
        metric_class(**options)


@pytest.mark.parametrize(
    ("metric", "batch", "seen"),
    [
        (metrics.Precision(top_k=3), ([[0, 1]], [[0.2, 0.8]]), "top_k is 3"),
        (metrics.Precision(class_id=2), ([[0, 1]], [[0.2, 0.8]]), "class_id is 2"),
        (metrics.Recall(class_id=0), ([0, 1], [0.2, 0.8]), "two axes"),
        (metrics.AUC(multi_label=True), ([0, 1], [0.2, 0.8]), "multi_label"),
        (metrics.AUC(multi_label=True, num_labels=3), ([[0, 1]], [[0.2, 0.8]]), r"\(batch, 3\)"),
        (metrics.AUC(label_weights=[1, 2, 3]), ([[0, 1]], [[0.2, 0.8]]), "3 label_weights"),
        (metrics.AUC(from_logits=True), ([0, 1], [math.nan, 0.8]), "1 of 2 scores are NaN"),
    ],
)
def test_batches_that_do_not_fit_the_settings_are_refused(metric, batch, seen):
    with pytest.raises(BadArgument, match=seen):
        metric.update_state(*batch)
    assert math.isnan(metric.result())


def test_a_nan_stays_until_reset():
    metric = metrics.Mean()
    metric.update_state([1.0, math.nan])
    metric.update_state(3.0)
    assert math.isnan(metric.result())
    metric.reset_state()
    metric.update_state(3.0)
    assert metric.result() == 3.0


def test_an_infinity_stays_infinite():
    metric = metrics.Mean()
    metric.update_state(math.inf)
    metric.update_state(3.0)
    assert metric.result() == math.inf
