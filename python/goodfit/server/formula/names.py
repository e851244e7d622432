"""A training → what a formula may call its curves.

A tag that one run of the training has is called as it is. A metric of two halves is called `train/loss` and `val/loss`
(`validation/loss` as well), and `loss` alone is the half that decides: validation where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable

from goodfit.query.training import Training
from goodfit.types import Pair, SeriesKey


def _pair_names(pair: Pair) -> Iterable[tuple[str, SeriesKey]]:
    leading = pair.validation or pair.train
    if leading is not None:
        yield pair.metric, leading
    if pair.train is not None:
        yield f"train/{pair.metric}", pair.train
    if pair.validation is not None:
        yield f"val/{pair.metric}", pair.validation
        yield f"validation/{pair.metric}", pair.validation


def list_names(training: Training) -> dict[str, SeriesKey]:
    """Each name with the series that it stands for."""
    names: dict[str, SeriesKey] = {}
    for pair in training.pairs:
        for name, key in _pair_names(pair):
            names.setdefault(name, key)
    # What the files call it comes first, where it is one thing only.
    owners: dict[str, set[SeriesKey]] = {}
    for pair in training.pairs:
        for half in (pair.train, pair.validation):
            if half is not None:
                owners.setdefault(half.tag, set()).add(half)
    for tag, keys in owners.items():
        if len(keys) == 1:
            names[tag] = next(iter(keys))
        elif tag not in names:
            leading = (pair.validation or pair.train for pair in training.pairs if tag in _tags(pair))
            names[tag] = next((key for key in leading if key is not None), min(keys))
    return names


def _tags(pair: Pair) -> set[str]:
    return {half.tag for half in (pair.train, pair.validation) if half is not None}
