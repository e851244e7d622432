"""Labels and predictions as they come → arrays that can be compared, or an error that says what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.values import array_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def same_rank(labels: Any, predictions: Any, *, metric: str) -> tuple[Array, Array]:
    """Both as arrays of one shape; where one has a trailing axis of length one more, the other gets it too.

    Raises:
        BadArgument: The shapes differ otherwise: comparing them would broadcast, and count pairs that do not belong.
    """
    y_true, y_pred = array_of(labels), array_of(predictions)
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        y_pred = y_pred[..., None] if y_pred.ndim == 1 else y_pred
        y_true = y_true if y_pred.ndim == y_true.ndim else y_true[..., 0]
    elif y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., None] if y_true.ndim == 1 else y_true
        y_pred = y_pred if y_pred.ndim == y_true.ndim else y_pred[..., 0]
    if y_true.shape != y_pred.shape:
        raise BadArgument(
            f"{metric}: labels have shape {y_true.shape} and predictions {y_pred.shape}, wanted the same",
            hint=_hint_for_shapes(y_true, y_pred),
        )
    return y_true, y_pred


def _hint_for_shapes(y_true: Array, y_pred: Array) -> str | None:
    if y_pred.ndim == y_true.ndim + 1 and y_pred.shape[:-1] == y_true.shape:
        return "for class indices against one score a class, use SparseCategoricalAccuracy"
    return None


def check_are_labels(y_true: Array, y_pred: Array) -> None:
    """Refuses probabilities where labels are compared for equality: the answer would be 0 without a word.

    Raises:
        BadArgument: `y_pred` holds fractions.
    """
    import numpy as np

    if y_pred.dtype.kind != "f" or y_pred.size == 0:
        return
    finite = y_pred[np.isfinite(y_pred)]
    fractions = finite[finite != np.round(finite)]
    if not fractions.size:
        return
    if y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] > 1:
        meant = "SparseCategoricalAccuracy (class indices against one score a class)"
    elif y_true.ndim >= 2 and y_true.shape[-1] > 1:
        meant = "CategoricalAccuracy (one-hot labels against one score a class)"
    elif np.isin(y_true, (0, 1)).all():
        meant = "BinaryAccuracy (labels 0 and 1 against a probability)"
    else:
        meant = "SparseCategoricalAccuracy (class indices against one score a class)"
    raise BadArgument(
        f"Accuracy compares labels for equality, but the predictions hold fractions such as {fractions[0]:.4g}; "
        "it would always be near 0",
        hint=f"use {meant}; Accuracy(keras_compat=True) compares anyway, as Keras does",
    )


def scores_by_class(predictions: Any, *, metric: str) -> Array:
    """Predictions with classes on the last axis.

    Raises:
        BadArgument: There is no such axis, or it holds one class only.
    """
    y_pred = array_of(predictions)
    if y_pred.ndim < 1 or (y_pred.ndim == 1 and y_pred.size < 2):
        raise BadArgument(f"{metric}: predictions have shape {y_pred.shape}, wanted one score a class on the last axis")
    return y_pred
