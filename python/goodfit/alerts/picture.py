"""A metric's curves → a picture for a message: 800 × 400, under 100 kB.

Train is solid, validation dashed, the best point marked, the onset of a finding a vertical line, values that are no
numbers crosses at the foot. Every pixel column shows the lowest and highest of its points, so that no spike is lost;
when most of the curve would be flattened by a few huge values the axis is logarithmic, or, where that cannot be, cut,
and says so.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.alerts.message import Attachment
from goodfit.findings.words import format_value

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

    from goodfit.findings.finding import Finding
    from goodfit.query.training import Training
    from goodfit.types import Direction, Float64Array, Int64Array, SeriesKey

WIDTH, HEIGHT = 800, 400
_SCALE = 2  # drawn at twice the size and shrunk: smooth lines without a library for them
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 20, 58, 40
_DASH, _GAP = 9, 6
_INK, _PALE, _PAPER = (31, 35, 40), (208, 212, 218), (255, 255, 255)
_LINE, _WARN, _BAD = (9, 105, 218), (188, 76, 0), (207, 34, 46)
_LOG_FROM = 1000.0  # a range of three decades and more flattens what a linear axis shows of the rest
# Fonts that hold Korean, where systems keep them; the one that comes with Pillow is Latin only.
_FONTS = (
    "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/AppleSDGothicNeo.ttc",
    "C:/Windows/Fonts/malgun.ttf",
)


@dataclass(frozen=True, slots=True)
class Curve:
    """One half of a metric."""

    steps: Int64Array
    values: Float64Array
    """As logged; NaN and infinities included. Same length as steps."""
    label: str
    is_dashed: bool = False


def picture_of(training: Training, finding: Finding, *, title: str) -> Attachment | None:
    """The picture of the metric that a finding speaks of; None when the training has no such curve.

    Args:
        training: the training.
        finding: its metric is drawn, its onset marked.
        title: stands above the curves.
    """
    pair = next((pair for pair in training.pairs if pair.metric == finding.metric), None)
    if pair is None:
        return None
    curves = [
        _read(training, key, label, is_dashed=is_dashed)
        for key, label, is_dashed in ((pair.train, "train", False), (pair.validation, "validation", True))
        if key is not None
    ]
    return draw_curves(
        [curve for curve in curves if len(curve.steps)],
        title=title,
        metric=finding.metric,
        direction=pair.direction,
        onset_step=finding.onset_step,
    )


def _read(training: Training, key: SeriesKey, label: str, *, is_dashed: bool) -> Curve:
    points = training.scalars(key)
    return Curve(points.steps, points.values, label, is_dashed)


def draw_curves(
    curves: Sequence[Curve],
    *,
    title: str,
    metric: str,
    direction: Direction | None = None,
    onset_step: int | None = None,
) -> Attachment | None:
    """The picture as a PNG with words for those who do not see it; None when there is nothing to draw.

    Args:
        curves: at least one with a finite value.
        title: above the curves.
        metric: what the values are.
        direction: which way is better; None marks no best point.
        onset_step: where to draw a vertical line.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    curves = [curve for curve in curves if np.isfinite(curve.values).any()]
    if not curves:
        return None
    axes = _fit_axes(curves, onset_step)
    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _PAPER)
    pen = _Pen(ImageDraw.Draw(image))
    _draw_frame(pen, axes, title, metric)
    if onset_step is not None:
        x = axes.x(onset_step)
        pen.line([(x, _TOP), (x, HEIGHT - _BOTTOM)], _WARN, 1.5)
        pen.text((min(x + 4, WIDTH - 140), _TOP + 2), f"since {format_value('step', onset_step)}", _WARN, 12)
    notes = [f"{metric} by step {axes.first_step:,} to {axes.last_step:,}"]
    for curve in curves:
        _draw_curve(pen, axes, curve)
    best = _best_of(curves, direction)
    if best is not None:
        step, value, label = best
        x, y = axes.x(step), axes.y(value)
        pen.circle((x, y), 5, _LINE)
        notes.append(f"best {label} {format_value('value', value)} at step {step:,}")
        below = direction == "min" and y < HEIGHT - _BOTTOM - 24
        words = format_value("value", value)
        pen.text((min(x + 8, WIDTH - 110), y + 8 if below else max(y - 22, _TOP)), words, _INK, 12, is_on_paper=True)
    _draw_legend(pen, curves)
    if onset_step is not None:
        notes.append(f"marked since step {onset_step:,}")
    for curve in curves:
        notes.append(f"last {curve.label} {format_value('value', float(curve.values[-1]))}")
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).quantize(64, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, format="PNG", optimize=True)
    return Attachment(buffer.getvalue(), "curve.png", "image/png", "; ".join(notes))


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where steps and values lie on the picture."""

    first_step: int
    last_step: int
    low: float
    high: float
    is_log: bool
    is_cut: bool
    """Whether values lie above the frame's upper edge."""

    def x(self, step: float) -> float:
        share = (step - self.first_step) / max(1, self.last_step - self.first_step)
        return _LEFT + min(max(share, 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.low, self.high
        if self.is_log:
            value, low, high = math.log10(max(value, low)), math.log10(low), math.log10(high)
        share = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5  # halves: huge spans overflow
        return HEIGHT - _BOTTOM - min(max(share, 0.0), 1.0) * (HEIGHT - _TOP - _BOTTOM)


def _fit_axes(curves: Sequence[Curve], onset_step: int | None) -> _Axes:
    import numpy as np

    steps = np.concatenate([curve.steps for curve in curves])
    values = np.concatenate([curve.values for curve in curves])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    is_log = low > 0 and high / low >= _LOG_FROM
    is_cut = False
    if not is_log:
        body = float(np.quantile(values, 0.95))
        # A last twentieth that is ten times as far away as all the rest would leave a flat line to look at.
        if body > low and (high / 2 - low / 2) > 10 * (body / 2 - low / 2):
            high, is_cut = body + (body - low) * 0.3, True
    if high <= low:
        high = low + max(abs(low), 1.0) * 1e-3
    last = max(int(steps.max()), onset_step if onset_step is not None else int(steps.max()))
    return _Axes(int(steps.min()), last, low, high, is_log, is_cut)


def _draw_frame(pen: _Pen, axes: _Axes, title: str, metric: str) -> None:
    pen.text((_LEFT - 56, 10), title, _INK, 17, limit_px=WIDTH - _LEFT - 100)
    kind = " (log)" if axes.is_log else " (cut above)" if axes.is_cut else ""
    pen.text((_LEFT - 56, 34), f"{metric}{kind}", (87, 96, 106), 13, limit_px=WIDTH // 2)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        if axes.is_log:
            low, high = math.log10(axes.low), math.log10(axes.high)
            value = 10 ** (low + share * (high - low))
        else:
            value = axes.low * (1 - share) + axes.high * share
        y = axes.y(value)
        pen.line([(_LEFT, y), (WIDTH - _RIGHT, y)], _PALE, 0.5)
        pen.text((_LEFT - 8, y - 7), f"{value:.3g}", _INK, 12, is_right=True)
    for share in (0.0, 0.5, 1.0):
        step = axes.first_step + round((axes.last_step - axes.first_step) * share)
        x = axes.x(step)
        pen.text((x, HEIGHT - _BOTTOM + 8), f"{step:,}", _INK, 12, is_right=share == 1.0, is_centred=share == 0.5)


def _draw_curve(pen: _Pen, axes: _Axes, curve: Curve) -> None:
    """One polyline through the lowest and highest point of every pixel column, in the order in which they came."""
    import numpy as np

    columns = np.array([int(axes.x(float(step))) for step in _thin(curve.steps)])
    values = _thin(curve.values)
    finite = np.isfinite(values)
    points: list[tuple[float, float]] = []
    for column in np.unique(columns):
        inside = columns == column
        column_values = values[inside & finite]
        if len(column_values):
            low, high = int(np.argmin(column_values)), int(np.argmax(column_values))
            for idx in sorted({low, high}):
                points.append((float(column), axes.y(float(column_values[idx]))))
        if not finite[inside].all():
            pen.cross((float(column), HEIGHT - _BOTTOM - 6), 4, _BAD)
            if not len(column_values):
                pen.curve(points, _LINE, is_dashed=curve.is_dashed)
                points = []
    pen.curve(points, _LINE, is_dashed=curve.is_dashed)


def _thin(array: Any, limit: int = 200_000) -> Any:
    """All of the array; of a giant one, every n-th element, since a message's picture must not take seconds."""
    return array[:: max(1, -(-len(array) // limit))]


def _best_of(curves: Sequence[Curve], direction: Direction | None) -> tuple[int, float, str] | None:
    import numpy as np

    if direction is None:
        return None
    curve = curves[-1]  # validation where there is one
    finite = np.isfinite(curve.values)
    values = np.where(finite, curve.values, np.inf if direction == "min" else -np.inf)
    idx = int(np.argmin(values) if direction == "min" else np.argmax(values))
    return int(curve.steps[idx]), float(curve.values[idx]), curve.label


def _draw_legend(pen: _Pen, curves: Sequence[Curve]) -> None:
    x = WIDTH - _RIGHT - 110.0 * len(curves)
    for curve in curves:
        pen.curve([(x, 42), (x + 28, 42)], _LINE, is_dashed=curve.is_dashed)
        pen.text((x + 34, 34), curve.label, _INK, 13)
        x += 110


class _Pen:
    """Draws in the coordinates of the finished picture."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def line(self, points: Sequence[tuple[float, float]], colour: tuple[int, int, int], width: float) -> None:
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=max(1, round(width * _SCALE)), joint="curve")

    def curve(self, points: Sequence[tuple[float, float]], colour: tuple[int, int, int], *, is_dashed: bool) -> None:
        """A line through the points, or its dashes, even along its length; one point is a dot."""
        if len(points) == 1:
            self.circle(points[0], 2, colour, is_filled=True)
        elif not is_dashed and len(points) > 1:
            self.line(points, colour, 2)
        else:
            for dash in _dashes(points):
                self.line(dash, colour, 2)

    def circle(
        self, centre: tuple[float, float], radius: float, colour: tuple[int, int, int], *, is_filled: bool = False
    ) -> None:
        (x, y), r = (centre[0] * _SCALE, centre[1] * _SCALE), radius * _SCALE
        self._draw.ellipse((x - r, y - r, x + r, y + r), outline=colour, fill=colour if is_filled else _PAPER, width=4)

    def cross(self, centre: tuple[float, float], radius: float, colour: tuple[int, int, int]) -> None:
        x, y = centre
        self.line([(x - radius, y - radius), (x + radius, y + radius)], colour, 1.5)
        self.line([(x - radius, y + radius), (x + radius, y - radius)], colour, 1.5)

    def text(
        self,
        place: tuple[float, float],
        words: str,
        colour: tuple[int, int, int],
        size: int,
        *,
        is_right: bool = False,
        is_centred: bool = False,
        is_on_paper: bool = False,
        limit_px: float = WIDTH,
    ) -> None:
        font, words = _font_for(words, size * _SCALE)
        while len(words) > 1 and self._draw.textlength(words, font=font) > limit_px * _SCALE:
            words = words[:-2].rstrip() + "…" if words.endswith("…") else words[:-1].rstrip() + "…"
        x = place[0] * _SCALE
        width = self._draw.textlength(words, font=font)
        x -= width if is_right else width / 2 if is_centred else 0
        if is_on_paper:
            self._draw.rectangle(self._draw.textbbox((x, place[1] * _SCALE), words, font=font), fill=_PAPER)
        self._draw.text((x, place[1] * _SCALE), words, fill=colour, font=font)


def _dashes(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """The points' polyline cut into dashes of even length."""
    dashes: list[list[tuple[float, float]]] = []
    current: list[tuple[float, float]] = [points[0]] if points else []
    is_on, left = True, float(_DASH)
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        done = 0.0
        while length - done >= left:
            done += left
            place = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length)
            if is_on:
                dashes.append([*current, place])
            current, is_on = [place], not is_on
            left = float(_DASH if is_on else _GAP)
        left -= length - done
        if is_on:
            current.append((x1, y1))
    if is_on and len(current) > 1:
        dashes.append(current)
    return dashes


def _font_for(words: str, size: int) -> tuple[Any, str]:
    """A font that holds the words; characters that none of ours holds become question marks."""
    from PIL import ImageFont

    latin = all(ord(character) < 0x2100 or character in "→…" for character in words)
    if not latin:
        for path in _FONTS:
            if Path(path).exists():
                return ImageFont.truetype(path, size), words
        words = "".join(character if ord(character) < 0x2100 else "?" for character in words)
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont = ImageFont.load_default(size)
    return font, words
