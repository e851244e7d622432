"""What the plots of all answers have in common: an axes to draw on, colours, and room for words. Needs matplotlib.

Colours are those of M. Okabe & K. Ito, which the colour-blind can tell apart: https://jfly.uni-koeln.de/color/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.errors import MissingExtra

if TYPE_CHECKING:
    from goodfit.types import Float64Array

BLUE, ORANGE, GREEN, RED, GREY = "#0072b2", "#d55e00", "#009e73", "#b2182b", "#7a7a7a"

_LOG_FROM = 100.0
"""A loss whose tenths lie so many times apart is drawn on a log axis: else its newer half is a flat line."""


def new_axes(ax: Any, asked_by: str, *, width: float = 7.0, height: float = 4.0) -> Any:
    """The axes given; None: one of a new figure, without a frame at top and right.

    Args:
        ax: A matplotlib axes, or None.
        asked_by: What is drawn, for the error.
        width: Of the new figure, in inches.
        height: Of the new figure, in inches.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise MissingExtra.named("matplotlib", "plot", asked_by) from error
    _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.grid(axis="y", color="#e4e4e4", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def say(ax: Any, title: str) -> None:
    """Puts a sentence above the axes, in two lines where one is too short for it."""
    if len(title) > 78:
        middle = title.rfind(" ", 0, len(title) // 2 + 12)
        title = f"{title[:middle]}\n{title[middle + 1 :]}" if middle > 0 else title
    ax.set_title(title, loc="left", fontsize="medium")


def use_log_if_wide(ax: Any, *curves: Float64Array) -> None:
    """A log axis where all that is drawn is positive and falls or rises over more than two powers of ten."""
    values = np.concatenate([np.asarray(curve)[np.isfinite(curve)] for curve in curves])
    if values.size and float(values.min()) > 0:
        low, high = np.quantile(values, [0.1, 0.9])
        if high > _LOG_FROM * low:
            ax.set_yscale("log")


class Marks:
    """Upright lines with a word each at their top, one below the other where they stand close."""

    def __init__(self, ax: Any, *, start: float, stop: float) -> None:
        """Marks on an axes that shows steps from `start` to `stop`."""
        self._ax, self._near = ax, 0.16 * max(stop - start, 1e-300)
        self._middle = (start + stop) / 2
        self._placed: list[tuple[float, int]] = []

    def add(self, step: float, word: str, colour: str, interval: tuple[float, float] | None = None) -> None:
        """A line at a step, and a shade over the interval it may lie in."""
        taken = {row for place, row in self._placed if abs(place - step) < self._near}
        row = next(row for row in range(len(taken) + 1) if row not in taken)
        self._placed.append((step, row))
        if interval is not None and interval[1] > interval[0]:
            self._ax.axvspan(*interval, color=colour, alpha=0.12, linewidth=0)
        self._ax.axvline(step, color=colour, linestyle=(0, (4, 2)), linewidth=1.2)
        goes_left = step > self._middle
        self._ax.annotate(
            word, (step, 1.0), xycoords=("data", "axes fraction"), xytext=(-4 if goes_left else 4, -3 - 13 * row),
            textcoords="offset points", ha="right" if goes_left else "left", va="top", color=colour, fontsize="small",
        )  # fmt: skip
