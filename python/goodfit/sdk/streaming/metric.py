"""The protocol of every streaming metric: update, ask, reset, merge, save, restore.

Invariants: state is float64 sums only, so that merging the metrics of two parts gives the metric of the whole,
    whatever the parts and their order; asking changes nothing; a metric that has seen nothing is NaN (0.0 with
    `keras_compat`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from goodfit.errors import BadArgument
from goodfit.sdk.streaming.compensated_sum import CompensatedSum

if TYPE_CHECKING:
    from typing import Self

    import numpy as np
    import numpy.typing as npt

    Float64Array = npt.NDArray[np.float64]


class Metric:
    """A metric over all batches since the last reset.

    Args:
        name: Shown in `repr`; default: the class's name in snake case, as Keras has it.
        dtype: Accepted for Keras's sake; the state is always float64.
        keras_compat: Reproduce Keras where it differs: 0.0 when empty, and a scalar `sample_weight` makes one sample
            of a batch.
    """

    default_name: ClassVar[str] = "metric"
    _sum_names: ClassVar[tuple[str, ...]] = ()
    _bin_names: ClassVar[tuple[str, ...]] = ()
    _settings: ClassVar[tuple[str, ...]] = ()
    """Attributes that must agree between metrics that are merged, and that `to_state` keeps."""

    def __init__(self, name: str | None = None, dtype: Any = None, *, keras_compat: bool = False) -> None:
        self.name = name or self.default_name
        self.keras_compat = keras_compat
        self.reset_state()

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes one batch."""
        raise NotImplementedError

    def result(self) -> Any:
        """The metric over all batches so far; a Python float unless the class says otherwise."""
        raise NotImplementedError

    def _count_bins(self) -> int | tuple[int, ...]:
        """Length or shape of each array of weights."""
        return 0

    def reset_state(self) -> None:
        """Forgets all batches."""
        self._sums = {name: CompensatedSum() for name in self._sum_names}
        self._bins: dict[str, Float64Array] = {}
        if self._bin_names:
            import numpy as np

            self._bins = {name: np.zeros(self._count_bins()) for name in self._bin_names}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Takes one batch and answers the metric over all so far, as in Keras."""
        self.update_state(*args, **kwargs)
        return self.result()

    def merge(self, other: Metric) -> Self:
        """Adds what `other` has seen to this metric and answers this metric; `other` stays as it is.

        Raises:
            BadArgument: `other` is of another class or has other settings.
        """
        if type(other) is not type(self) or self._saved_settings() != other._saved_settings():
            raise BadArgument(f"cannot merge {other!r} into {self!r}: class and settings must agree")
        bins = {name: _joined(own, other._bins[name]) for name, own in self._bins.items()}
        # Taken first, so that a metric can be merged with itself.
        terms = {name: (theirs.high, theirs.low) for name, theirs in other._sums.items()}
        for name, own in self._sums.items():
            for term in terms[name]:
                own.add(term)
        self._bins = bins
        return self

    def merge_state(self, metrics: Iterable[Metric]) -> None:
        """`merge` for several, as Keras names it."""
        for metric in metrics:
            self.merge(metric)

    def to_state(self) -> dict[str, Any]:
        """All that is needed to go on later, ready for JSON."""
        sums = {name: [own.high, own.low] for name, own in self._sums.items()}
        bins = {name: own.tolist() for name, own in self._bins.items()}
        return {
            "metric": type(self).__name__,
            "name": self.name,
            "settings": self._saved_settings(),
            "sums": sums,
            "bins": bins,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The metric that `to_state` described.

        Raises:
            BadArgument: It described a metric of another class.
        """
        if state.get("metric") != cls.__name__:
            raise BadArgument(f"this is the state of {state.get('metric')!r}, wanted {cls.__name__!r}")
        metric = cls(name=state["name"], **state["settings"])
        for name, (high, low) in state["sums"].items():
            metric._sums[name] = CompensatedSum(float(high), float(low))
        for name, values in state["bins"].items():
            metric._bins[name] = _restored(values, metric._bins[name])
        return metric

    def _saved_settings(self) -> dict[str, Any]:
        return {"keras_compat": self.keras_compat, **{name: getattr(self, name) for name in self._settings}}

    def _ratio(self, numerator: float, denominator: float) -> float:
        """The quotient; where there is nothing to divide by, NaN or Keras's 0.0."""
        if denominator == 0.0:
            return 0.0 if self.keras_compat else math.nan
        return numerator / denominator

    def __repr__(self) -> str:
        return f"<goodfit.metrics.{type(self).__name__} {self.name!r} = {self.result()}>"


def _joined(own: Float64Array, theirs: Float64Array) -> Float64Array:
    """The sum; an empty array stands for one whose shape no batch has told yet."""
    if own.size and theirs.size and own.shape != theirs.shape:
        raise BadArgument(f"cannot merge: one metric has weights of shape {own.shape}, the other {theirs.shape}")
    if own.size and theirs.size:
        return own + theirs
    return (own if own.size else theirs).copy()


def _restored(values: Any, like: Float64Array) -> Float64Array:
    """Saved weights as an array of the shape of `like`, whose first axis may still be empty."""
    import numpy as np

    array = np.array(values, dtype=np.float64)
    if like.size == 0:
        return array.reshape(-1, *like.shape[1:])
    if array.shape != like.shape:
        raise BadArgument(f"the state has weights of shape {array.shape}, wanted {like.shape}")
    return array
