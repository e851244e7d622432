"""Batches of values → their weighted mean or sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.streaming.metric import Metric
from goodfit.sdk.values import real_array_of

if TYPE_CHECKING:
    from goodfit.sdk.streaming.metric import Float64Array


class Sum(Metric):
    """The weighted sum of all values; 0.0 when there were none.

    >>> metric = Sum()
    >>> metric.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    >>> metric.result()
    4.0
    """

    default_name = "sum"
    _sum_names = ("total",)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds `values`, of any shape, each times its weight.

        Args:
            values: Numbers of any framework.
            sample_weight: A scalar, or an array of the shape of `values` or of its leading axes.
        """
        array = real_array_of(values)
        if sample_weight is not None:
            weight = real_array_of(sample_weight, what="sample_weight")
            if 0 < weight.ndim < array.ndim:
                weight = weight.reshape(weight.shape + (1,) * (array.ndim - weight.ndim))
            array, weight = align_weight(array, weight)
            array = array * weight
        self._sums["total"].add(float(array.sum()))

    def result(self) -> float:
        return self._sums["total"].value


class Mean(Metric):
    """The weighted mean of all values: total / count, both float64.

    A scalar counts as one sample, a batch as one sample a row: inner axes are averaged first, as in Keras. NaN
    sticks until `reset_state`.

    >>> metric = Mean(name="loss")
    >>> metric.update_state([1, 3, 5, 7])
    >>> metric.result()
    4.0
    """

    default_name = "mean"
    _sum_names = ("total", "count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Takes one batch.

        Args:
            values: Numbers of any framework: a scalar or an array whose first axis is the batch.
            sample_weight: A scalar for the whole batch, or an array of the shape of `values` or of its leading axes.
        """
        if sample_weight is None and type(values) in (float, int):
            self._add(float(values), 1.0)
            return
        array = real_array_of(values)
        weight = None if sample_weight is None else real_array_of(sample_weight, what="sample_weight")
        self._add_batch(array, weight)

    def _add_batch(self, array: Float64Array, weight: Float64Array | None) -> None:
        if weight is not None and weight.ndim == 0:
            if self.keras_compat:
                # Keras averages the whole batch to one sample first.
                mean = float(array.mean()) if array.size else 0.0
                self._add(mean * float(weight), float(weight))
                return
            rows = _mean_of_rows(array)
            self._add(float(rows.sum() * weight), float(rows.size * weight))
            return
        if weight is None:
            rows = _mean_of_rows(array)
            self._add(float(rows.sum()), float(rows.size))
            return
        array, weight = align_weight(array, weight)
        self._add(float(_mean_of_rows(array * weight).sum()), float(_mean_of_rows(weight).sum()))

    def _add(self, total: float, count: float) -> None:
        self._sums["total"].add(total)
        self._sums["count"].add(count)

    @property
    def total(self) -> float:
        """The weighted sum so far."""
        return self._sums["total"].value

    @property
    def count(self) -> float:
        """The sum of weights so far; the number of samples where none were given."""
        return self._sums["count"].value

    def result(self) -> float:
        return self._ratio(self.total, self.count)


def _mean_of_rows(array: Float64Array) -> Float64Array:
    """One value a row: the mean over all axes but the first. An array with a zero-sized inner axis has no rows."""
    if array.ndim <= 1:
        return array
    if array.size == 0:
        return array.reshape(-1)
    means: Float64Array = array.reshape(array.shape[0], -1).mean(axis=1)
    return means


def align_weight(array: Float64Array, weight: Float64Array) -> tuple[Float64Array, Float64Array]:
    """`array` and `weight` brought to one shape.

    A weight with fewer axes belongs to the leading axes: the others are averaged. Axes of length one at the end are
    dropped or added where the numbers of axes differ by one, as in Keras.

    Raises:
        BadArgument: The shapes do not fit.
    """
    import numpy as np

    if weight.ndim == array.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    elif array.ndim == weight.ndim + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    if 0 < weight.ndim < array.ndim:
        array = array.mean(axis=tuple(range(weight.ndim, array.ndim)))
    try:
        return array, np.broadcast_to(weight, array.shape)
    except ValueError:
        raise BadArgument(
            f"sample_weight has shape {weight.shape}, wanted one that fits values of shape {array.shape}"
        ) from None
