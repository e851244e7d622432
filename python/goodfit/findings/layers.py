"""The histograms of a training → the history of each layer's weights, gradients or activations, ready to be asked.

Which of the three a tag holds is told by its words, as Keras, PyTorch loops and our own examples write them; of other
tags nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goodfit.curves.histogram import distance_between, measure_histogram, share_beyond
from goodfit.errors import GoodfitError
from goodfit.findings.calibration import confidence_of
from goodfit.findings.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goodfit.query.training import Training
    from goodfit.types import Float64Array, Histogram, Int64Array, Severity

LayerKind = Literal["weights", "gradient", "activation"]

MAX_RECORDS = 64
"""Histograms that are looked at per layer, spread evenly, the newest always among them."""
MAX_SERIES = 400
MIN_RECORDS = 4
"""Below it a layer has no history to compare itself with."""

_WORDS = re.compile(r"[a-z]+")
_KINDS: tuple[tuple[LayerKind, frozenset[str]], ...] = (
    ("gradient", frozenset({"grad", "grads", "gradient", "gradients"})),
    ("activation", frozenset({"activation", "activations", "act", "acts", "relu", "tanh", "sigmoid", "gelu"})),
    ("weights", frozenset({"kernel", "weight", "weights", "embedding", "embeddings"})),
)


@dataclass(frozen=True)
class Layer:
    """One series of histograms, newest last."""

    tag: str
    kind: LayerKind
    steps: Int64Array
    histograms: Sequence[Histogram]

    @cached_property
    def sizes(self) -> Float64Array:
        """Mean |v| of each record; NaN where it is empty."""
        return np.array([measure_histogram(h.edges, h.counts).mean_size for h in self.histograms])

    @cached_property
    def zero_shares(self) -> Float64Array:
        return np.array([measure_histogram(h.edges, h.counts).zero_share for h in self.histograms])

    @cached_property
    def moves(self) -> Float64Array:
        """Distance from each record to the next over the mean size, shape (n - 1,)."""
        found = [
            distance_between((a.edges, a.counts), (b.edges, b.counts))
            for a, b in zip(self.histograms[:-1], self.histograms[1:], strict=True)
        ]
        return np.array(found) / np.maximum(self.sizes[1:], 1e-300)

    def ends(self) -> tuple[float, float]:
        """Lowest and highest value of the newest record."""
        newest = measure_histogram(self.histograms[-1].edges, self.histograms[-1].counts)
        return newest.lowest, newest.highest

    def share_beyond(self, *, low: float, high: float) -> Float64Array:
        """Share of values outside low … high, of each record."""
        return np.array([share_beyond(h.edges, h.counts, low=low, high=high) for h in self.histograms])

    @property
    def n_last(self) -> int:
        """Records of the last fifth, at least three: what holds over them is the layer's state now."""
        return max(3, len(self.histograms) // 5)

    def since(self, holds: Sequence[bool]) -> int:
        """Step from which on `holds` is true up to the newest record; the newest step where it is not."""
        place = len(holds)
        while place > 0 and holds[place - 1]:
            place -= 1
        return int(self.steps[min(place, len(holds) - 1)])

    def finding(
        self,
        rule: str,
        severity: Severity,
        training: str,
        *,
        holds: Sequence[bool],
        evidence: Mapping[str, Any],
        advice: tuple[str, ...],
        variant: str = "",
    ) -> Finding:
        """A finding about this layer, since the first record of the unbroken stretch on which `holds` is true."""
        onset = self.since(holds)
        return Finding(
            rule=rule,
            severity=severity,
            metric=self.tag,
            step=int(self.steps[-1]),
            onset_step=onset,
            onset_interval=(onset, onset),
            confidence=confidence_of(rule, 1.0),
            evidence={name: _as_plain(value) for name, value in evidence.items()},
            advice_codes=advice,
            variant=variant,
            training=training,
        )


def kind_of(tag: str) -> LayerKind | None:
    """What a tag's histograms hold, as far as its words tell.

    Example:
        >>> kind_of("dense/kernel/histogram"), kind_of("conv1.weight.grad"), kind_of("block/relu_3"), kind_of("w")
        ('weights', 'gradient', 'activation', None)
    """
    words = set(_WORDS.findall(tag.casefold()))
    return next((kind for kind, names in _KINDS if words & names), None)


def read_layers(training: Training) -> list[Layer]:
    """The layers of a training, in the order of their tags' names (numbers by size); empty without histograms.

    A file that went away or was changed since it was listed leaves its layers out: the next refresh says so.
    """
    found: list[tuple[list[Any], Layer]] = []
    for run in training.runs:
        for info in training.store.list_series(run):
            kind = kind_of(info.key.tag) if info.kind == "histogram" else None
            if kind is None or info.n_points < MIN_RECORDS or len(found) >= MAX_SERIES:
                continue
            try:
                series = training.store.read_histograms(info.key)
            except GoodfitError:
                continue
            n = len(series.items)
            places = np.unique(np.rint(np.linspace(0, n - 1, min(n, MAX_RECORDS))).astype(np.intp))
            items = [series.items[place] for place in places.tolist()]
            order = [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", info.key.tag)]
            found.append((order, Layer(info.key.tag, kind, series.steps[places], items)))
    found.sort(key=lambda entry: [(isinstance(part, str), part) for part in entry[0]])
    return [layer for _, layer in found if bool((np.diff(layer.steps) > 0).all())]


def _as_plain(value: Any) -> Any:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    number = float(value)
    return number if np.isfinite(number) else None
