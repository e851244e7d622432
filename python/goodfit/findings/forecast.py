"""Values so far → where the curve will go, with a band, and when not to trust it: the public `goodfit.forecast`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.curves.forecast import QUANTILES, PathForecast, forecast_path
from goodfit.curves.noise import noise_scale
from goodfit.errors import BadArgument
from goodfit.findings.half import common_unit, newest_branch
from goodfit.findings.show import as_html_table

if TYPE_CHECKING:
    import numpy.typing as npt

    from goodfit.types import Direction, Float64Array, Int64Array

MIN_POINTS = 5
FAR_TIMES = 10.0
"""Beyond ten times the length of the past the bands were checked on few curves."""

_MAX_POINTS = 1024  # longer curves are read as block means, and their points' own noise is added to the band
_N_BLOCKS = 512


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Where a curve will probably go; arrays of length n_horizon. Two are equal only if they are the same object."""

    steps: Int64Array
    """The future steps, at the pace of the newer half of the curve."""
    median: Float64Array
    """The value that is as likely too high as too low. NaN throughout where the forecast is refused."""
    lower: Float64Array
    upper: Float64Array
    """The band in which the value of each step lies with probability `level`: pointwise, not for the whole path."""
    level: float
    direction: Direction
    last_step: int
    """Newest step of the past; -1 without points."""
    last_value: float
    refusal: str
    """Why there is no forecast: `too_short` (fewer than five finite points); empty where there is one."""
    cautions: tuple[str, ...]
    """Why to trust it less: `few_points`, `far_ahead`, `ends_in_nan`, `diverging`; empty for none."""
    quantiles: Float64Array
    """Shape (n_horizon, 11): all levels that were worked out, ascending; see `goodfit.curves.forecast.QUANTILES`."""

    def chance_of(self, target: float) -> Float64Array:
        """Probability, by step, that the value is at least as good as `target`; NaN where refused.

        Args:
            target: In the curve's units; "as good" is lower or equal for direction `min`, higher or equal for `max`.
        """
        chance = np.full(self.steps.size, math.nan)
        for place, row in enumerate(self.quantiles):
            if np.isfinite(row).all():
                below = float(np.interp(target, row, QUANTILES, left=0.0, right=1.0))
                chance[place] = below if self.direction == "min" else 1 - below
        return chance

    def step_of(self, target: float, *, chance: float = 0.5) -> int | None:
        """First future step at which `target` is reached with at least this chance; None within the horizon."""
        reached = np.flatnonzero(self.chance_of(target) >= chance)
        return int(self.steps[reached[0]]) if reached.size else None

    @property
    def expected_gain(self) -> float:
        """By how much the end of the horizon is better than the last value, in the curve's units; NaN where refused."""
        if not self.median.size:
            return math.nan
        change = float(self.median[-1]) - self.last_value
        return -change if self.direction == "min" else change

    def plot(self, ax: Any = None) -> Any:
        """Draws median and band on a matplotlib axes (a new one if None) and returns it. Needs matplotlib."""
        if ax is None:
            import matplotlib.pyplot as plt  # type: ignore[import-not-found, unused-ignore]

            ax = plt.gca()
        (line,) = ax.plot(self.steps, self.median, linestyle="--", label="forecast")
        ax.fill_between(self.steps, self.lower, self.upper, alpha=0.2, color=line.get_color(), linewidth=0)
        return ax

    def _repr_html_(self) -> str:
        if self.refusal or not self.steps.size:
            return as_html_table(str(self), (), ())
        places = sorted({0, self.steps.size // 4, self.steps.size // 2, 3 * self.steps.size // 4, self.steps.size - 1})
        rows = [
            (f"{int(self.steps[i]):,}", f"{self.median[i]:.4g}", f"{self.lower[i]:.4g} to {self.upper[i]:.4g}")
            for i in places
        ]
        return as_html_table(str(self), ("step", "median", f"{self.level:.0%} band"), rows)

    def __str__(self) -> str:
        if self.refusal:
            return "no forecast: too few points" if self.refusal == "too_short" else f"no forecast: {self.refusal}"
        if not self.steps.size:
            return f"step {self.last_step}: {self.last_value:.4g}"
        end = f"step {int(self.steps[-1])}: {float(self.median[-1]):.4g}"
        band = f"{float(self.lower[-1]):.4g} to {float(self.upper[-1]):.4g} at {self.level:.0%}"
        note = f" (caution: {', '.join(self.cautions)})" if self.cautions else ""
        return f"{end}, {band}{note}"


def forecast(
    values: npt.ArrayLike,
    steps: npt.ArrayLike | None = None,
    horizon: int = 200,
    *,
    level: float = 0.8,
    direction: Direction | None = "min",
    only_end: bool = False,
) -> Forecast:
    """Forecasts a learning curve.

    Args:
        values: The curve so far, shape (n,); NaN and infinities are left out.
        steps: Their steps, shape (n,); of a restarted run the newest branch counts. None: positions.
        horizon: How many more points, at the pace of the newer half, at least 0.
        level: Probability that a future value lies in the band, 0.05 to 0.95.
        direction: Whether lower (`min`) or higher (`max`) is better; None: as the curve has gone so far.
        only_end: Work out the last step of the horizon alone, at a third of the cost; the arrays then hold one step.

    Returns:
        Median and band at each future step. Below five finite points it is refused: NaN, and a reason.

    Raises:
        BadArgument: values that are no one-dimensional numbers, steps of another length, a horizon or level out of
            range.

    Example:
        >>> losses = 1 + 2 * np.exp(-np.arange(50) / 10)
        >>> answer = forecast(losses, horizon=50)
        >>> bool(answer.lower[-1] < 1.0 < answer.upper[-1]), int(answer.steps[-1])
        (True, 99)
    """
    all_values, all_steps = _check(values, steps, horizon, level, direction)
    kept = newest_branch(all_steps)
    if kept is not None:
        all_values, all_steps = all_values[kept], all_steps[kept]
    finite = np.isfinite(all_values)
    past, past_steps = all_values[finite], all_steps[finite]
    cautions = ["ends_in_nan"] if all_values.size and not finite[-1] else []
    n = int(past.size)
    last_step = int(all_steps[-1]) if all_steps.size else -1
    pace = _pace(past_steps)
    ahead = np.arange(1, horizon + 1)[-1 if only_end else 0 :]
    future = last_step + np.rint(pace * ahead).astype(np.int64)
    if direction is None:
        n_end = max(1, n // 5)
        half = past / 2  # two values near the largest double have no sum
        direction = "max" if n and np.median(half[-n_end:]) > np.median(half[:n_end]) else "min"
    if n < MIN_POINTS or horizon == 0:
        nothing = np.full(ahead.size, math.nan)
        return Forecast(
            future, nothing, nothing, nothing, level, direction, last_step, float(past[-1]) if n else math.nan,
            "too_short" if n < MIN_POINTS else "", tuple(cautions), np.full((ahead.size, len(QUANTILES)), math.nan),
        )  # fmt: skip
    sign = 1.0 if direction == "min" else -1.0
    unit = common_unit(past)
    with np.errstate(all="ignore"):
        quantiles = _quantiles(past * (sign / unit), ahead)
        if float(past.min()) >= 0:  # a loss that was never negative, a share that never exceeded 1, will not begin to
            low = 0.0 if direction == "min" else -(1.0 if float(past.max()) <= 1 else math.inf)
            quantiles = np.maximum(quantiles, low / unit)
        quantiles = quantiles * unit
    if direction == "max":
        quantiles = -quantiles[:, ::-1]
    quantiles = np.clip(quantiles, -np.finfo(np.float64).max, np.finfo(np.float64).max)
    tail = (1 - level) / 2
    cautions += _cautions(past * sign, horizon)
    return Forecast(
        steps=future,
        median=quantiles[:, len(QUANTILES) // 2].copy(),
        lower=_at_level(quantiles, tail),
        upper=_at_level(quantiles, 1 - tail),
        level=level,
        direction=direction,
        last_step=last_step,
        last_value=float(past[-1]),
        refusal="",
        cautions=tuple(cautions),
        quantiles=quantiles,
    )


def _check(
    values: npt.ArrayLike, steps: npt.ArrayLike | None, horizon: int, level: float, direction: Direction | None
) -> tuple[Float64Array, Int64Array]:
    try:
        array = np.asarray(values, dtype=np.float64)
        at = np.arange(array.size) if steps is None else np.asarray(steps, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadArgument(f"forecast cannot read its arguments as numbers: {error}.") from error
    if array.ndim != 1 or at.shape != array.shape:
        raise BadArgument(f"forecast needs one step for each value, got shapes {array.shape} and {at.shape}.")
    if not (isinstance(horizon, (int, np.integer)) and 0 <= horizon <= 1_000_000):
        raise BadArgument(f"forecast needs a horizon of 0 to 1,000,000 points, got {horizon!r}.")
    if not 0.05 <= level <= 0.95:
        raise BadArgument(f"forecast needs a level of 0.05 to 0.95, got {level!r}.")
    if direction not in ("min", "max", None):
        raise BadArgument(f"forecast takes direction 'min', 'max' or None, got {direction!r}.")
    if not bool(np.isfinite(at).all()):
        raise BadArgument("forecast needs finite steps=.")
    whole = np.rint(np.clip(at, -(2.0**62), 2.0**62))
    if steps is not None and bool((whole != at).any()):
        whole = np.unique(at, return_inverse=True)[1].reshape(-1)  # fractions of an epoch: only their order is kept
    return array, np.asarray(whole, dtype=np.int64)


def _pace(steps: Int64Array) -> float:
    """Steps from one point to the next, over the newer half."""
    if steps.size < 2:
        return 1.0
    newer = np.diff(steps[-max(2, steps.size // 2 + 1) :])
    return max(1.0, float(np.median(newer)))


def _quantiles(losses: Float64Array, ahead: npt.NDArray[np.intp]) -> Float64Array:
    """Quantiles of the values so many points ahead, shape (n_ahead, 11)."""
    n = losses.size
    noise = 0.0
    size = 1
    if n > _MAX_POINTS:
        size = -(-n // _N_BLOCKS)
        noise = noise_scale(losses[-4096:])
        losses = losses[n % size :].reshape(-1, size).mean(axis=1)
    n_past = losses.size
    times = 1 + ahead / (n_past * size)
    answer = forecast_path(losses, times)
    assert isinstance(answer, PathForecast)
    quantiles = answer.quantiles
    if noise > 0:
        middle = quantiles[:, len(QUANTILES) // 2, None]
        own = noise * np.array([NormalDist().inv_cdf(level) for level in QUANTILES])
        away = quantiles - middle
        quantiles = middle + np.sign(own) * np.hypot(away, own)
    return np.asarray(quantiles)


def _at_level(quantiles: Float64Array, level: float) -> Float64Array:
    """The quantile of any level, between those worked out."""
    place = float(np.interp(level, QUANTILES, np.arange(len(QUANTILES))))
    low = min(int(place), len(QUANTILES) - 2)
    share = place - low
    return np.asarray(quantiles[:, low] * (1 - share) + quantiles[:, low + 1] * share)


def _cautions(losses: Float64Array, horizon: int) -> list[str]:
    found = []
    n = losses.size
    if n < 10:
        found.append("few_points")
    if horizon > FAR_TIMES * n:
        found.append("far_ahead")
    if float(losses[-1]) > float(losses[0]) + abs(float(losses[0])):
        found.append("diverging")
    return found
