"""A training's metric → the view of its forecast, kept until its curve has grown by a hundredth.

A long curve is thinned before it is forecast, so that path and past together have at most `MAX_POINTS` points: 10 ms.

Lock: `_lock` is held while the kept views are looked up, never while one is worked out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from goodfit.errors import UnknownSeries
from goodfit.server import wire
from goodfit.server.forecast.ending import find_ending, list_ended
from goodfit.server.schema import ForecastView

if TYPE_CHECKING:
    from goodfit.findings.outlook import Forecast
    from goodfit.query.training import Training
    from goodfit.types import Float64Array, Int64Array, SeriesKey

MAX_POINTS = 10_000
PATH_POINTS = 64
"""Of a path as it is sent: a third of a small chart's columns."""
MAX_EARLIER = 16
MAX_KEPT = 2_048
GROWN_SHARE = 1.01
NO_TRUST = frozenset({"few_points", "diverging", "ends_in_nan"})


@dataclass(frozen=True, slots=True)
class _Kept:
    view: ForecastView
    n_points: int
    state: str


class ForecastBook:
    """Forecasts that were asked for lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, float | None], _Kept] = OrderedDict()

    def find(
        self, training: Training, trainings: Sequence[Training], metric: str | None, *, target: float | None = None
    ) -> ForecastView | None:
        """The forecast of one training; None when it does not have the metric.

        Args:
            training: the one asked for.
            trainings: all of the folder, of which those that have ended may have a say.
            metric: None: the one that leads the training.
            target: a value to be reached.
        """
        pair = next((pair for pair in training.pairs if metric is None or pair.metric == metric), None)
        key = None if pair is None else pair.validation or pair.train
        if pair is None or key is None:
            return None
        place = (training.name, pair.metric, target)
        try:
            n_points = len(training.scalars(key).steps)
        except UnknownSeries:
            return None
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None:
                self._kept.move_to_end(place)
        if kept is not None and kept.state == training.state and kept.n_points <= n_points <= _grown(kept.n_points):
            return kept.view
        view = view_forecast(
            training, pair.metric, list_ended(training, trainings, pair.metric, most=MAX_EARLIER), target
        )
        if view is None:
            return None
        with self._lock:
            self._kept[place] = _Kept(view, n_points, training.state)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return view


def _grown(n_points: int) -> int:
    return max(n_points, int(GROWN_SHARE * n_points))


@dataclass(frozen=True, slots=True)
class _Curve:
    """The newest branch of the half that decides; arrays of one length."""

    key: SeriesKey
    half: Literal["train", "validation"]
    steps: Int64Array
    values: Float64Array
    wall_times: Float64Array
    rates: Float64Array | None

    def thinned(self, stride: int) -> _Curve:
        """Every so many points, the newest kept."""
        part = slice((len(self.steps) - 1) % stride, None, stride)
        rates = None if self.rates is None else self.rates[part]
        return _Curve(self.key, self.half, self.steps[part], self.values[part], self.wall_times[part], rates)


def read_curve(training: Training, metric: str) -> _Curve | None:
    """The curve of a metric; None when it is gone."""
    import numpy as np

    from goodfit.findings.half import newest_branch
    from goodfit.findings.objective import curve_of

    pair = next(pair for pair in training.pairs if pair.metric == metric)
    key = pair.validation or pair.train
    assert key is not None
    try:
        # The metric in front counts as the objective, which brings the learning rates along.
        curve = curve_of(replace(training, pairs=(pair, *training.pairs)), None, None, None, None)
    except UnknownSeries:
        return None
    kept = newest_branch(curve.steps)
    part = slice(None) if kept is None else kept
    return _Curve(
        key=key,
        half="train" if pair.validation is None else "validation",
        steps=curve.steps[part],
        values=curve.values[part].astype(np.float64),
        wall_times=curve.wall_times[part],
        rates=None if curve.rates is None else curve.rates[part],
    )


def view_forecast(
    training: Training, metric: str, ended: Sequence[Training], target: float | None
) -> ForecastView | None:
    """Works one forecast out."""
    from goodfit.findings.forecast import forecast

    curve = read_curve(training, metric)
    if curve is None or not len(curve.steps):
        return None
    pair = next(pair for pair in training.pairs if pair.metric == metric)
    ending = find_ending(training, pair, curve.steps, curve.rates, ended)
    span = int(curve.steps[-1] - curve.steps[0])
    n_ahead = (ending.step - int(curve.steps[-1])) * (len(curve.steps) - 1) / max(1, span)
    stride = max(1, -int(-(len(curve.steps) + n_ahead) // MAX_POINTS))
    past = curve.thinned(stride)
    pace = _pace(past.steps)
    horizon = max(1, round((ending.step - int(past.steps[-1])) / pace))
    others = [read_curve(other, metric) for other in ended]
    answer = forecast(
        past.values,
        past.steps,
        horizon,
        direction=pair.direction,
        wall_times=past.wall_times,
        rates=past.rates,
        earlier=[(other.steps, other.values) for other in others if other is not None and len(other.steps)],
    )
    return _view(training.name, metric, curve, answer, ending.step, ending.end_from, target)


def _pace(steps: Int64Array) -> float:
    """Steps from one point to the next over the newer half, as a forecast counts its horizon."""
    import numpy as np

    if len(steps) < 2:
        return 1.0
    return max(1.0, float(np.median(np.diff(steps[-max(2, len(steps) // 2 + 1) :]))))


def _view(
    training: str,
    metric: str,
    curve: _Curve,
    answer: Forecast,
    end_step: int,
    end_from: Literal["hparams", "schedule", "others", "share"],
    target: float | None,
) -> ForecastView:
    import numpy as np

    is_told = not answer.refusal and bool(np.isfinite(answer.median).all())
    n_path = len(answer.steps) if is_told else 0
    places = np.unique(np.rint(np.linspace(0, n_path - 1, min(n_path, PATH_POINTS))).astype(np.int64))
    is_reaching = is_told and target is not None
    gain = answer.expected_improvement
    return ForecastView(
        training=wire.printable(training),
        metric=wire.printable(metric),
        half=curve.half,
        run=curve.key.run,
        tag=curve.key.tag,
        direction=answer.direction,
        n_points=int(np.isfinite(curve.values).sum()),
        last_step=int(curve.steps[-1]),
        last_value=wire.number(answer.last_value),
        first_wall_time=float(np.nan_to_num(curve.wall_times[0])),
        last_wall_time=float(np.nan_to_num(curve.wall_times[-1])),
        end_step=int(answer.steps[-1]) if is_told else end_step,
        end_from=end_from,
        seconds_per_step=_or_none(answer.seconds_per_step),
        level=answer.level,
        steps=answer.steps[places].tolist(),
        median=answer.median[places].tolist(),
        lower=answer.lower[places].tolist(),
        upper=answer.upper[places].tolist(),
        refusal=answer.refusal,
        cautions=list(answer.cautions),
        trust="no" if answer.refusal or NO_TRUST & set(answer.cautions) else "less" if answer.cautions else "yes",
        advice=answer.advice,
        best_value=_or_none(answer.best_value),
        expected_improvement=_or_none(gain),
        improvement_per_hour=_or_none(answer.improvement_per_hour),
        better_step=answer.step_of(answer.best_value) if is_told else None,
        better_chance=_or_none(float(answer.chance_of(answer.best_value)[-1])) if is_told else None,
        target_step=answer.step_of(target) if is_reaching and target is not None else None,
        target_chance=_or_none(float(answer.chance_of(target)[-1])) if is_reaching and target is not None else None,
        n_alike=answer.n_alike,
    )


def _or_none(value: float) -> float | None:
    import math

    return value if math.isfinite(value) else None
