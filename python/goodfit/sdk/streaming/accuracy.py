"""Labels and predictions → the share that agrees, for each way of writing labels down.

| labels | predictions | class |
| class indices | class indices | Accuracy |
| 0 or 1 | a probability | BinaryAccuracy |
| one-hot | one score a class | CategoricalAccuracy, TopKCategoricalAccuracy |
| class indices | one score a class | SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from goodfit.errors import BadArgument
from goodfit.sdk.streaming.labels import check_are_labels, same_rank, scores_by_class
from goodfit.sdk.streaming.mean import Mean
from goodfit.sdk.values import array_of, real_array_of

if TYPE_CHECKING:
    from goodfit.sdk.streaming.labels import Array
    from goodfit.sdk.streaming.metric import Float64Array


class MeanOfPairs(Mean):
    """The mean of a value made from each label and prediction."""

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        raise NotImplementedError

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Takes one batch of labels and predictions.

        Raises:
            BadArgument: The shapes do not fit, or the class is not meant for such values.
        """
        weight = None if sample_weight is None else real_array_of(sample_weight, what="sample_weight")
        self._add_batch(self._values(y_true, y_pred), weight)


class Accuracy(MeanOfPairs):
    """The share of predictions equal to their label.

    Fractions among the predictions are refused, since they are hardly ever equal to a label: see the table above.

    >>> metric = Accuracy()
    >>> metric.update_state([1, 2, 3, 4], [0, 2, 3, 4])
    >>> metric.result()
    0.75
    """

    default_name = "accuracy"

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        labels, predictions = array_of(y_true), array_of(y_pred)
        if not self.keras_compat and labels.size and predictions.ndim >= labels.ndim:
            check_are_labels(labels, predictions)
        labels, predictions = same_rank(labels, predictions, metric="Accuracy")
        if self.keras_compat:
            labels = labels.astype(predictions.dtype)
        return _equal(labels, predictions)


class BinaryAccuracy(MeanOfPairs):
    """The share of probabilities on their label's side of `threshold`; one equal to it counts as 0.

    >>> metric = BinaryAccuracy()
    >>> metric.update_state([1, 0, 1], [0.9, 0.1, 0.4])
    >>> round(metric.result(), 4)
    0.6667
    """

    default_name = "binary_accuracy"
    _settings = ("threshold",)

    def __init__(
        self, name: str | None = None, dtype: Any = None, threshold: float = 0.5, *, keras_compat: bool = False
    ) -> None:
        self.threshold = threshold
        super().__init__(name, dtype, keras_compat=keras_compat)

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        labels, predictions = same_rank(y_true, y_pred, metric="BinaryAccuracy")
        # Compared in the predictions' own precision: float32 0.1 is above a threshold of 0.1 in float64, not in
        # float32.
        threshold = predictions.dtype.type(self.threshold) if predictions.dtype.kind == "f" else self.threshold
        return _equal(labels, predictions > threshold)


class CategoricalAccuracy(MeanOfPairs):
    """The share of samples whose highest score is at the label's one.

    >>> metric = CategoricalAccuracy()
    >>> metric.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> metric.result()
    0.5
    """

    default_name = "categorical_accuracy"

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        scores = scores_by_class(y_pred, metric=type(self).__name__)
        return _equal(_hot_class(y_true, scores, type(self).__name__), scores.argmax(axis=-1))


class SparseCategoricalAccuracy(MeanOfPairs):
    """The share of samples whose highest score is at the class that the label names.

    >>> metric = SparseCategoricalAccuracy()
    >>> metric.update_state([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]])
    >>> metric.result()
    0.5
    """

    default_name = "sparse_categorical_accuracy"

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        scores = scores_by_class(y_pred, metric=type(self).__name__)
        return _equal(_class_index(y_true, scores, type(self).__name__), scores.argmax(axis=-1))


class TopKCategoricalAccuracy(MeanOfPairs):
    """The share of samples whose one-hot label is among the `k` highest scores; ties count for the label.

    >>> metric = TopKCategoricalAccuracy(k=2)
    >>> metric.update_state([[0, 0, 1]], [[0.1, 0.6, 0.3]])
    >>> metric.result()
    1.0
    """

    default_name = "top_k_categorical_accuracy"
    _settings: ClassVar[tuple[str, ...]] = ("k",)

    def __init__(self, k: int = 5, name: str | None = None, dtype: Any = None, *, keras_compat: bool = False) -> None:
        if k < 1:
            raise BadArgument(f"k is {k}, wanted at least 1")
        self.k = k
        super().__init__(name, dtype, keras_compat=keras_compat)

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        scores = scores_by_class(y_pred, metric=type(self).__name__)
        return _in_top_k(_hot_class(y_true, scores, type(self).__name__), scores, self.k)


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The share of samples whose class index is among the `k` highest scores; ties count for the label.

    With `from_sorted_ids` the predictions are class indices, best first, instead of scores.

    >>> metric = SparseTopKCategoricalAccuracy(k=2)
    >>> metric.update_state([2], [[0.1, 0.6, 0.3]])
    >>> metric.result()
    1.0
    """

    default_name = "sparse_top_k_categorical_accuracy"
    _settings = ("k", "from_sorted_ids")

    def __init__(
        self,
        k: int = 5,
        name: str | None = None,
        dtype: Any = None,
        from_sorted_ids: bool = False,
        *,
        keras_compat: bool = False,
    ) -> None:
        self.from_sorted_ids = from_sorted_ids
        super().__init__(k, name, dtype, keras_compat=keras_compat)

    def _values(self, y_true: Any, y_pred: Any) -> Float64Array:
        scores = scores_by_class(y_pred, metric=type(self).__name__)
        labels = _class_index(y_true, scores, type(self).__name__)
        if self.from_sorted_ids:
            hits: Float64Array = (scores[..., : self.k] == labels[..., None]).any(axis=-1).astype("f8")
            return hits
        return _in_top_k(labels, scores, self.k)


def _equal(left: Array, right: Array) -> Float64Array:
    equal: Float64Array = (left == right).astype("f8")
    return equal


def _hot_class(y_true: Any, scores: Array, metric: str) -> Array:
    labels = array_of(y_true)
    if labels.shape != scores.shape:
        is_sparse = labels.shape == scores.shape[:-1]
        raise BadArgument(
            f"{metric}: labels have shape {labels.shape}, wanted one-hot labels of the scores' shape {scores.shape}",
            hint=f"for class indices use Sparse{metric}" if is_sparse else None,
        )
    hot: Array = labels.argmax(axis=-1)
    return hot


def _class_index(y_true: Any, scores: Array, metric: str) -> Array:
    labels = array_of(y_true)
    if labels.ndim == scores.ndim and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if labels.shape != scores.shape[:-1]:
        is_hot = labels.shape == scores.shape
        raise BadArgument(
            f"{metric}: labels have shape {labels.shape}, wanted class indices of shape {scores.shape[:-1]}",
            hint=f"for one-hot labels use {metric.removeprefix('Sparse')}" if is_hot else None,
        )
    return labels


def _in_top_k(labels: Array, scores: Array, k: int) -> Float64Array:
    """1 where fewer than `k` scores are above the label's own, and that one is finite."""
    import numpy as np

    classes = np.clip(labels.astype(np.int64), 0, scores.shape[-1] - 1)
    own = np.take_along_axis(scores, classes[..., None], axis=-1)
    is_class = (labels >= 0) & (labels < scores.shape[-1]) & np.isfinite(own[..., 0])
    hits: Float64Array = (((scores > own).sum(axis=-1) < k) & is_class).astype("f8")
    return hits
