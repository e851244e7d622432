"""Quantiles of a curve's future → what one wants to know of it: bands, chances, times, and whether to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goodfit.curves.forecast import QUANTILES
from goodfit.findings.show import as_html_table

if TYPE_CHECKING:
    from goodfit.curves.schedule import Schedule
    from goodfit.types import Direction, Float64Array, Int64Array


def _no_steps() -> Int64Array:
    return np.zeros(0, dtype=np.int64)


def _no_values() -> Float64Array:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
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
    """Why to trust it less: `few_points`, `far_ahead`, `ends_in_nan`, `diverging`, `rate_just_cut` (what the cut does
    is not seen yet), `rate_cut_ahead` (counted as half of what the last one did, with doubt), `schedule_ends` (the
    horizon lies beyond the end of the learning-rate schedule); empty for none."""
    quantiles: Float64Array
    """Shape (n_horizon, 11): all levels that were worked out, ascending; see `goodfit.curves.forecast.QUANTILES`."""
    best_value: float = math.nan
    """Best value so far, in the curve's units; NaN without a finite one."""
    noise: float = math.nan
    """Scale of the values from point to point over the newer half; NaN where refused."""
    seconds_per_step: float = math.nan
    """Pace of the newer half; NaN where no times are known."""
    schedule: Schedule | None = None
    """What the logged learning rates tell; None where there are none."""
    n_alike: int = 0
    """Earlier curves that went the same way and had a say."""
    past_steps: Int64Array = field(default_factory=_no_steps)
    """Steps of the finite values that the forecast rests on, or would have rested."""
    past_values: Float64Array = field(default_factory=_no_values)
    metric: str = ""
    """Name of what is forecast; empty for plain arrays."""

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

    def seconds_until(self, target: float, *, chance: float = 0.5) -> float:
        """Seconds until `target` is reached with at least this chance; infinite if not within the horizon.

        NaN where no times are known.
        """
        step = self.step_of(target, chance=chance)
        if math.isnan(self.seconds_per_step):
            return math.nan
        return math.inf if step is None else (step - self.last_step) * self.seconds_per_step

    @property
    def expected_improvement(self) -> float:
        """By how much the end of the horizon is expected to be better than the best so far, where worse counts as 0.

        What going on brings to whoever keeps the best checkpoint, in the curve's units, at least 0; NaN where refused.
        """
        if not self.quantiles.size or not np.isfinite(self.quantiles[-1]).all():
            return math.nan
        sign = 1.0 if self.direction == "min" else -1.0
        levels = np.array([0.0, *QUANTILES, 1.0])
        with np.errstate(over="ignore"):  # values near the largest double
            gains = np.maximum(0.0, sign * (self.best_value - self.quantiles[-1]))
            gains = np.minimum(gains, np.finfo(np.float64).max / 1e6)  # room for slopes between them
            return float(np.diff(levels) @ np.interp((levels[1:] + levels[:-1]) / 2, QUANTILES, gains))

    @property
    def improvement_per_hour(self) -> float:
        """`expected_improvement` over the hours that the horizon takes.

        NaN without times, and where the horizon takes less than a minute: nobody waits for that by the hour.
        """
        steps = float(self.steps[-1] - self.last_step) if self.steps.size else math.nan
        hours = steps * self.seconds_per_step / 3600
        return self.expected_improvement / hours if hours >= 1 / 60 else math.nan

    @property
    def advice(self) -> Literal["go_on", "stop", "unknown"]:
        """Whether the horizon is worth its time to whoever keeps the best checkpoint.

        `stop` where the expected improvement is below a quarter of the noise and below 0.1 % of the level: nobody would
        see it. `unknown` where the forecast is refused, or a learning-rate cut ahead or just done may change all.
        """
        gain = self.expected_improvement
        if math.isnan(gain) or {"rate_cut_ahead", "rate_just_cut", "few_points"} & set(self.cautions):
            return "unknown"
        return "stop" if gain <= max(0.25 * self.noise, 0.001 * abs(self.best_value)) else "go_on"

    def plot(self, ax: Any = None) -> Any:
        """Draws the past, the median ahead and two bands: that of `level`, and one that holds six in ten values.

        Args:
            ax: A matplotlib axes; None: one of a new figure.

        Returns:
            The axes.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from goodfit.findings.drawing import BLUE, GREY, new_axes, say, use_log_if_wide

        ax = new_axes(ax, "Forecast.plot()")
        if self.past_values.size:
            ax.plot(self.past_steps, self.past_values, color="black", linewidth=1.1, label="so far")
            ax.axhline(
                self.best_value, color=GREY, linestyle=":", linewidth=1, label=f"best so far {self.best_value:.4g}"
            )
        if not self.refusal and self.steps.size:
            # From the newest point on, where all that is known is that value.
            at = np.concatenate(([self.last_step], self.steps))
            low, high, median = (
                np.concatenate(([self.last_value], part)) for part in (self.lower, self.upper, self.median)
            )
            inner = [np.concatenate(([self.last_value], self.quantiles[:, place])) for place in (3, 7)]
            ax.fill_between(at, low, high, color=BLUE, alpha=0.16, linewidth=0, label=f"{self.level:.0%} band")
            if self.level > QUANTILES[7] - QUANTILES[3]:
                ax.fill_between(at, *inner, color=BLUE, alpha=0.2, linewidth=0, label="60% band")
            ax.plot(at, median, color=BLUE, linewidth=1.6, label="forecast")
            use_log_if_wide(ax, self.past_values, low, high)
        ax.set_xlabel("step")
        ax.set_ylabel(self.metric or "value")
        say(ax, str(self).partition(";")[0])
        if ax.get_legend_handles_labels()[0]:
            ax.legend(frameon=False)
        return ax

    def __repr__(self) -> str:
        return f"<Forecast {self}>"

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
        gain = f"; expected improvement on the best so far {self.expected_improvement:.3g}"
        hourly = self.improvement_per_hour
        gain += "" if math.isnan(hourly) else f", {hourly:.3g} an hour"
        return f"{end}, {band}{gain}{note}"
