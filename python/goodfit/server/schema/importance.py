"""What hyperparameters explain: `api/importance`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from goodfit.server.schema.base import MAX_DENSITY


class ImportanceRequest(Struct):
    """POST api/importance: which hyperparameters explain the differences of a metric between some trainings."""

    metric: str
    half: Literal["train", "validation"]
    trainings: Annotated[list[str], Meta(max_length=MAX_DENSITY)]


class ImportanceItem(Struct):
    """What one hyperparameter explains, looked at alone."""

    name: str
    share: float
    """Of the variance of the outcomes' ranks, 0 to 1, corrected for the number of groups."""
    lower: float
    upper: float
    """95 % bootstrap interval of the share."""
    p_value: float
    """Of a permutation test of "explains nothing", corrected for the number of hyperparameters (Holm)."""
    levels: list[str]
    """The groups that were compared, the best first; of numbers of many values ranges as `low to high`."""
    n_levels: int
    """Groups there are, also those left out of `levels`."""
    n_trainings: int
    """Trainings that it was logged for."""
    tied_with: list[str]
    """Hyperparameters that changed along with it: which of them did it cannot be told."""


class ImportanceView(Struct):
    """POST api/importance; outcomes are the best values, or the last ones where no direction is known."""

    revision: int
    direction: Literal["min", "max"] | None
    """None: neither is known to be better, and levels go from the lowest outcome up."""
    n_trainings: int
    """Trainings that have the metric."""
    n_needed: int
    """With fewer there are no items, for a share would mean nothing."""
    items: list[ImportanceItem]
    """The most important first."""
