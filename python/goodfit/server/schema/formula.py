"""Formulas over metrics: `api/formula` and `api/formula/check`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from goodfit.server.schema.base import Px, Smoothing
from goodfit.server.schema.curves import CurvesHeader


class FormulaRequest(Struct):
    """POST api/formula: a formula over metrics as y, of some trainings, over any axis."""

    y: Annotated[str, Meta(max_length=500)]
    """As `val/loss - train/loss`, `ema(loss, 0.9)`, `log(loss) / accuracy`: numbers, metrics and tags, `+ - * / ^`, and
    log log2 log10 exp sqrt abs min max ema diff cummin cummax cumsum. A tag is called as it is, the halves of a metric
    `train/…` and `val/…`; the metric alone is the half that decides."""
    trainings: Annotated[list[str], Meta(max_length=64)]
    px: Px
    x_axis: Literal["step", "wall_time", "relative", "log_step", "formula"] = "step"
    x: Annotated[str, Meta(max_length=500)] = ""
    """The formula of the axis where `x_axis` is `formula`; points are placed by the steps that y and x both have."""
    lo: float | None = None
    hi: float | None = None
    smoothing: Smoothing | None = 0.0
    """As in CurvesRequest, over the points in the order of their steps."""


class LeftOut(Struct):
    """A training that a formula has no curve of."""

    training: str
    reason: Literal["no_metric", "no_common_step", "no_finite_x"]
    names: list[str]
    """The metrics that it lacks, or that never meet."""


class FormulaHeader(CurvesHeader):
    """The JSON header of the answer to POST api/formula: that of api/curves, `run` the training and `tag` the formula.

    Metrics are taken at the steps that all of them have; nothing is interpolated and a NaN stays one. Over a formula as
    x all points of a pixel column are reduced together, whichever way the curve went.
    """

    names: list[str]
    """The metrics in it."""
    left_out: list[LeftOut]
    n_without_x: int
    """Points whose x is no finite number: they have no place."""


class FormulaCheckQuery(Struct):
    """GET api/formula/check"""

    text: Annotated[str, Meta(max_length=2_000)]


class FormulaCheck(Struct):
    """GET api/formula/check: whether a formula can be read for at least the names that some training has."""

    reason: str
    """Empty when it can; else empty, too_long, too_deep, too_many_parts, too_many_names, unknown_name,
    unknown_function, wrong_count, wrong_weight, unclosed, ends_early, unexpected or no_metric."""
    position: int
    """Of the character that it fails at, from 0."""
    detail: str
    message: str
    """The same in a sentence."""
    names: list[str]
    """The metrics in it."""
