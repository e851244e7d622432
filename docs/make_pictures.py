"""Draws docs/rules/<rule>.svg: for each rule curves on which it fires, with the onset where it has one.

`python docs/make_pictures.py` rewrites all of them; the curves are fixed, so an unchanged judge gives unchanged files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from goodfit.findings.engine import Points, make_case, review_cases, review_layers
from goodfit.findings.finding import Finding
from goodfit.findings.layers import Layer, LayerKind
from goodfit.findings.rules.outlier_run import Member, find_group
from goodfit.findings.rules.stalled import find_state
from goodfit.types import Direction, Histogram

Array = npt.NDArray[np.float64]
FOLDER = Path(__file__).parent / "rules"
WIDTH, HEIGHT, MARGIN = 640, 240, 34
X = np.arange(160)


@dataclass(frozen=True)
class Example:
    """One metric of a training that shows a rule."""

    train: Array | None
    validation: Array | None
    metric: str = "loss"
    direction: Direction = "min"
    steps: Array | None = None
    train_steps: Array | None = None
    peer_best: float | None = None
    others: tuple[Example, ...] = ()
    """Further metrics of the same training; not drawn."""


def noisy(values: Array, sigma: float = 0.012, seed: int = 0) -> Array:
    return values + sigma * np.random.default_rng(seed).normal(size=values.size)


def fall(rate: float = 25.0, floor: float = 0.25) -> Array:
    return np.asarray(2 * np.exp(-X / rate) + floor)


def rise_after(step: int, slope: float) -> Array:
    return np.asarray(slope * np.clip(X - step, 0, None))


def _with(values: Array, where: slice, added: Array | float) -> Array:
    changed = values.copy()
    changed[where] += added
    return changed


def _resumed() -> Example:
    curve = fall(30)
    train = noisy(np.r_[curve[:90], curve[80:] + 0.9 * np.exp(-np.arange(80) / 12)])
    return Example(train, None, train_steps=np.r_[0:90, 80:160])


def _sawtooth() -> Example:
    steps = np.arange(1600)
    base = 1.5 * np.exp(-steps / 400) + 0.5
    epochs = np.arange(1, 21) * 80
    teeth = noisy(base + 0.12 * (1 - (steps % 80) / 40), 0.01)
    return Example(teeth, np.interp(epochs, steps, base) + 0.1, steps=epochs, train_steps=steps)


def _second_descent() -> Example:
    x = X / 160
    hump = 0.6 * np.exp(-(((x - 0.42) / 0.12) ** 2))
    return Example(
        noisy(2 * np.exp(-10 * x) + 0.1 - 0.1 * x), noisy(0.6 + 1.4 * np.exp(-15 * x) + hump - 0.3 * x, 0.01, 1)
    )


def _accuracy_holds() -> Example:
    accuracy = 0.9 - 0.5 * np.exp(-X / 20)
    partner = Example(accuracy + 0.05, accuracy, "accuracy", "max")
    return Example(noisy(fall(25, 0.1)), noisy(fall(25, 0.4) + rise_after(60, 0.006), 0.012, 1), others=(partner,))


def _staircase() -> Example:
    steps = np.arange(800)
    epochs = np.arange(1, 6) * 160
    train = noisy(1.4 - 0.24 * (steps // 160) - 0.0001 * steps, 0.03)
    return Example(train, np.array([1.45, 1.36, 1.33, 1.32, 1.325]), steps=epochs, train_steps=steps)


def _rate_cut() -> Example:
    rate = Example(np.where(X < 80, 0.1, 0.01), None, "learning_rate")
    level = np.where(X < 80, 0.9 + 1.4 * np.exp(-X / 8), 0.55 + 0.35 * np.exp(-np.clip(X - 80, 0, None) / 3))
    return Example(noisy(level - 0.05, 0.004), noisy(level, 0.006, 1), others=(rate,))


EXAMPLES: dict[str, Callable[[], Example]] = {
    "overfit": lambda: Example(noisy(fall(30, 0.1)), noisy(fall(25, 0.4) + rise_after(60, 0.006), 0.015, 1)),
    "overconfident": _accuracy_holds,
    "underfit": lambda: Example(noisy(np.full(160, 2.303), 0.01), noisy(np.full(160, 2.303), 0.01, 1)),
    "still_improving": lambda: Example(noisy(2.2 - X / 100), noisy(2.4 - X / 105, 0.02, 1)),
    "plateau": lambda: Example(noisy(fall(10, 0.3), 0.004), noisy(fall(10, 0.45), 0.006, 1)),
    "diverged": lambda: Example(noisy(np.r_[fall()[:100], 0.3 + 0.12 * np.arange(60)]), None),
    "nonfinite": lambda: Example(np.r_[noisy(fall()[:110]), np.full(50, np.nan)], None),
    "spike": lambda: Example(_with(noisy(fall()), slice(90, 94), np.array([1.9, 1.1, 0.5, 0.2])), noisy(fall(25, 0.4))),
    "best_is_not_last": lambda: Example(
        noisy(fall(20, 0.2)), noisy(fall(20, 0.4) + np.where(X > 110, 0.035, 0), 0.006, 1)
    ),
    "noisy_validation": lambda: Example(noisy(fall(25, 0.3)), noisy(0.5 * fall(25, 1.0), 0.16, 1)),
    "late_recovery": _second_descent,
    "oscillation": lambda: Example(
        noisy(fall() + 0.12 * np.sin(X * 2 * np.pi / 11), 0.02), noisy(fall(25, 0.3), 0.02, 1)
    ),
    "sawtooth": _sawtooth,
    "slow": lambda: Example(noisy(2.4 - 0.004 * X), noisy(2.5 - 0.004 * X, 0.02, 1)),
    "gap_constant": lambda: Example(noisy(fall(25, 0.2)), noisy(fall(25, 1.5), 0.012, 1)),
    "validation_better": lambda: Example(noisy(fall(25, 0.6)), noisy(fall(25, 0.25), 0.012, 1)),
    "resume_jump": _resumed,
    "staircase": _staircase,
    "schedule_conflict": _rate_cut,
    "metric_conflict": lambda: Example(
        None, np.where(X < 4, 0.02, 0.0), "recall", "max", others=(Example(noisy(fall()), noisy(fall(25, 0.3))),)
    ),
}


def _layer(tag: str, kind: LayerKind, values: Callable[[int], Array]) -> Layer:
    """A layer of forty records, one every four steps, each the histogram of what `values` gives for it."""
    records = []
    for record in range(40):
        drawn = values(record)
        counts, edges = np.histogram(drawn, bins=30)
        if float(np.ptp(drawn)) == 0:
            counts, edges = np.array([drawn.size]), drawn[:2]
        records.append(Histogram(edges, counts.astype(np.float64)))
    return Layer(tag, kind, X[::4].astype(np.int64), records)


NORMAL = np.random.default_rng(0).normal(size=2000)

# For each rule of layers: the layers, what of the first is drawn, and its name.
LAYER_EXAMPLES: dict[str, Callable[[], tuple[list[Layer], Callable[[Layer], Array], str]]] = {
    "vanishing_gradient": lambda: (
        [
            _layer("dense_1/gradient", "gradient", lambda i: 1e-4 * 0.8**i * NORMAL),
            _layer("dense_2/gradient", "gradient", lambda i: 1e-2 * NORMAL),
        ],
        lambda layer: np.log10(layer.sizes),
        "log10 of the mean gradient of dense_1",
    ),
    "exploding_gradient": lambda: (
        [_layer("dense_1/gradient", "gradient", lambda i: 0.01 * 1.7 ** max(0, i - 20) * NORMAL)],
        lambda layer: np.log10(layer.sizes),
        "log10 of the mean gradient of dense_1",
    ),
    "dead_units": lambda: (
        [_layer("dense_1/relu", "activation", lambda i: np.maximum(NORMAL, 0) * (i < 22))],
        lambda layer: layer.zero_shares,
        "share of zeros in dense_1/relu that the buckets show",
    ),
    "saturated": lambda: (
        [_layer("dense_1/tanh", "activation", lambda i: np.tanh(NORMAL * (0.5 + 0.12 * i)))],
        lambda layer: layer.share_beyond(low=-0.95, high=0.95),
        "share of activations beyond 0.95 in dense_1/tanh",
    ),
    "unchanged_weights": lambda: (
        [
            _layer("dense_1/weights", "weights", lambda i: NORMAL * (1 + 0.02 * min(i, 18))),
            _layer("dense_2/weights", "weights", lambda i: NORMAL * (1 + 0.02 * i)),
        ],
        lambda layer: layer.sizes,
        "mean weight of dense_1",
    ),
    "update_ratio": lambda: (
        [_layer("dense_1/weights", "weights", lambda i: NORMAL + (1.2 * (i % 2) if i > 20 else 0.0))],
        lambda layer: np.append(0.0, layer.moves),
        "movement of dense_1/weights over their size",
    ),
}


def _outlier() -> tuple[Example, Finding]:
    curves = [noisy(fall(25, 0.3), 0.012, seed) for seed in range(6)]
    curves[0] = curves[0] + 0.004 * np.clip(X - 70, 0, None)
    members = [Member(f"seed{seed}", "loss", "min", X, values) for seed, values in enumerate(curves)]
    (finding,) = find_group(members)
    return Example(curves[0], curves[1]), finding


def _stalled() -> tuple[Example, Finding]:
    (finding,) = find_state("stalled", training="a", metric="loss", last_step=95)
    values = noisy(fall()[:96])
    return Example(np.r_[values, np.full(64, np.nan)], None), finding


SPECIAL: dict[str, Callable[[], tuple[Example, Finding]]] = {"outlier_run": _outlier, "stalled": _stalled}


def find(rule: str) -> tuple[Example, Finding]:
    """The example of a rule and the finding of that rule in it. Raises LookupError when it does not fire."""
    if rule in SPECIAL:
        return SPECIAL[rule]()
    if rule in LAYER_EXAMPLES:
        layers, measure, name = LAYER_EXAMPLES[rule]()
        found = next((finding for finding in review_layers(layers) if finding.rule == rule), None)
        if found is None or found.metric != layers[0].tag:
            raise LookupError(f"the example of {rule!r} does not show it")
        return Example(measure(layers[0]), None, name, train_steps=layers[0].steps), found
    example = EXAMPLES[rule]()
    cases = [_case(item) for item in (example, *example.others)]
    for finding in review_cases([case for case in cases if case is not None]).findings:
        if finding.rule == rule and finding.metric == example.metric:
            return example, finding
    raise LookupError(f"the example of {rule!r} does not show it")


def _case(example: Example):  # type: ignore[no-untyped-def]
    def points(values: Array | None, steps: Array | None) -> Points | None:
        if values is None:
            return None
        at = np.arange(values.size) if steps is None else steps
        return Points(np.asarray(at, dtype=np.int64), values)

    return make_case(
        example.metric,
        direction=example.direction,
        train=points(example.train, example.train_steps),
        validation=points(example.validation, example.steps),
        peer_best=example.peer_best,
    )


def draw(rule: str) -> str:
    """The picture of a rule as SVG: train solid, validation dashed, the onset as a line with its interval."""
    example, finding = find(rule)
    curves = []
    for values, steps, style in (
        (example.train, example.train_steps, 'stroke-width="1.4"'),
        (example.validation, example.steps, 'stroke-width="1.8" stroke-dasharray="5 3"'),
    ):
        if values is not None:
            curves.append((np.arange(values.size) if steps is None else steps, values, style))
    left = min(float(steps.min()) for steps, _, _ in curves)
    right = max(float(steps.max()) for steps, _, _ in curves)
    finite = np.concatenate([values[np.isfinite(values)] for _, values, _ in curves])
    low, high = float(finite.min()), float(finite.max())
    # A curve that hardly moves shall look like one.
    missing = max(0.0, 0.4 * max(abs(low), abs(high)) - (high - low))
    low, high = low - missing / 2, high + missing / 2
    low, high = low - 0.06 * (high - low) - 1e-9, high + 0.06 * (high - low) + 1e-9

    def place(step: float, value: float) -> tuple[float, float]:
        x = MARGIN + (step - left) / (right - left) * (WIDTH - MARGIN - 10)
        y = 12 + (high - value) / (high - low) * (HEIGHT - MARGIN - 12)
        return round(x, 1), round(y, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{rule}: train solid, validation dashed" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<path d="M{MARGIN} 8V{HEIGHT - MARGIN + 4}H{WIDTH - 8}" fill="none" stroke="#8a8f98"/>',
        f'<text x="{MARGIN + 4}" y="16" fill="#5b616a">{example.metric}</text>',
        f'<text x="{WIDTH - 10}" y="{HEIGHT - 12}" fill="#5b616a" text-anchor="end">step</text>',
    ]
    if finding.onset_step is not None:
        x = place(finding.onset_step, low)[0]
        if finding.onset_interval is not None:
            start, stop = (place(step, low)[0] for step in finding.onset_interval)
            parts.append(
                f'<rect x="{start}" y="12" width="{max(1.0, round(stop - start, 1))}" height="{HEIGHT - MARGIN - 12}" '
                'fill="#b3261e" fill-opacity="0.12"/>'
            )
        parts.append(f'<path d="M{x} 12V{HEIGHT - MARGIN}" stroke="#b3261e" stroke-dasharray="2 3"/>')
        parts.append(f'<text x="{x + 4}" y="22" fill="#b3261e">{finding.onset_step:,}</text>')
    for steps, values, style in curves:
        stride = max(1, values.size // 800)
        parts.append(
            f'<path d="{_path(steps[::stride], values[::stride], place)}" fill="none" stroke="#1f5fbf" {style}/>'
        )
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _path(steps: Array, values: Array, place: Callable[[float, float], tuple[float, float]]) -> str:
    """A path with gaps where values are not finite."""
    text, pen = [], "M"
    for step, value in zip(steps.tolist(), values.tolist(), strict=True):
        if not np.isfinite(value):
            pen = "M"
            continue
        x, y = place(step, value)
        text.append(f"{pen}{x:g} {y:g}")
        pen = "L"
    return "".join(text)


def main() -> None:
    for rule in (*EXAMPLES, *LAYER_EXAMPLES, *SPECIAL):
        (FOLDER / f"{rule}.svg").write_text(draw(rule), encoding="utf-8")


if __name__ == "__main__":
    main()
