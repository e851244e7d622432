"""Where curves will probably go: `api/forecasts`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_FORECASTS = 64


class ForecastsRequest(Struct):
    """POST api/forecasts: where a metric of some trainings will probably go, as `goodfit.forecast`."""

    trainings: Annotated[list[str], Meta(max_length=MAX_FORECASTS)]
    metric: Annotated[str, Meta(max_length=4_000)] | None = None
    """None: of each training the metric that leads it."""
    target: float | None = None
    """A value to be reached, in the metric's units."""


class ForecastView(Struct):
    """The future of one curve: the half that decides (validation where there is one) of a metric of a training."""

    training: str
    metric: str
    half: Literal["train", "validation"]
    run: str
    tag: str
    direction: Literal["min", "max"]
    n_points: int
    """Finite points that it rests on."""
    last_step: int
    last_value: float | str
    first_wall_time: float
    last_wall_time: float
    end_step: int
    """The last step of the path."""
    end_from: Literal["hparams", "schedule", "others", "share"]
    """What says so: the steps or epochs in the hyperparameters, the end of the logged learning-rate schedule, the
    lengths of other trainings that have ended, or nothing: then it is half as long again."""
    seconds_per_step: float | None
    """None where the times tell no pace."""
    level: float
    """Probability that a value lies in the band, for each step by itself."""
    steps: list[int]
    """Of the path, ascending, the end last; empty where the forecast is refused."""
    median: list[float]
    lower: list[float]
    upper: list[float]
    refusal: str
    """Why there is no forecast: `too_short`; empty where there is one."""
    cautions: list[str]
    """Why to trust it less, as `Forecast.cautions` names them."""
    trust: Literal["yes", "less", "no"]
    advice: Literal["go_on", "stop", "unknown"]
    """Whether going on to the end is worth its time to whoever keeps the best checkpoint."""
    best_value: float | None
    expected_improvement: float | None
    """By how much the end is expected to be better than the best so far, where worse counts as 0."""
    improvement_per_hour: float | None
    better_step: int | None
    """The first step at which a new best is as likely as not; None where that is beyond the end."""
    better_chance: float | None
    """That the value at the end is better than the best so far."""
    target_step: int | None
    """The first step at which the target is as likely reached as not; None beyond the end, or without a target."""
    target_chance: float | None
    """That the value at the end is at least as good as the target; None without one."""
    n_alike: int
    """Earlier trainings that went the same way and had a say."""


class ForecastsView(Struct):
    """POST api/forecasts"""

    revision: int
    forecasts: list[ForecastView]
    """In the order asked for; trainings that do not have the metric are left out."""
