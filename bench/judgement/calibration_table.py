"""Generated curves whose truth is known → how often findings of each confidence are right.

A finding is right when what it says is true of the noise-free curve. The table that gives a finding its confidence is
made from the same kinds of curves, of another seed: see `calibrate`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from bench.judgement.detectors import Curves
from bench.judgement.event_truth import EVENTS, make_event_pairs
from bench.judgement.other_truth import make_other_pairs
from bench.judgement.plain_truth import make_plain_pairs
from bench.judgement.wilson import Share

import goodfit
from goodfit.findings.diagnose import Diagnosis
from goodfit.findings.finding import Finding
from goodfit.testing.curves import PlantedPair, make_pairs

BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 0.99, 1.01)
_KINDS = ("healthy", "overfit", "diverged", "nonfinite", "spike", "plateau", "underfit", "double_descent")


@dataclass(frozen=True)
class Outcome:
    """One finding: its rule, its confidence, and whether it was right."""

    rule: str
    confidence: float
    is_right: bool


def gather(count: int, *, seed: int) -> Iterator[Outcome]:
    """Findings on `count` healthy and as many overfit curves of each of three generators, and on planted events."""
    for kind in _KINDS:
        for pair in make_pairs(count if kind in ("healthy", "overfit") else count // 3, seed=seed, kind=kind):  # type: ignore[arg-type]
            curves = Curves(pair.train, pair.validation, pair.steps, None, pair.direction)
            for finding in diagnose(curves):
                is_right = _is_right(finding, pair)
                if is_right is not None:
                    yield Outcome(finding.rule, finding.confidence, is_right)
    for truth in ("healthy", "overfit"):
        for make in (make_other_pairs, make_plain_pairs):
            for other in make(count, seed=seed, kind=truth):  # type: ignore[arg-type]
                for finding in diagnose(other.curves):
                    if finding.rule == "overfit":
                        yield Outcome("overfit", finding.confidence, truth == "overfit")
    for planted in make_event_pairs(count // 2, seed=seed):
        for finding in diagnose(planted.curves):
            if finding.rule in EVENTS:
                # Teeth at each epoch are an oscillation, too.
                is_same = planted.event == "sawtooth" and finding.rule == "oscillation"
                yield Outcome(finding.rule, finding.confidence, finding.rule == planted.event or is_same)


def print_table(count: int, seed: int) -> None:
    """Share of findings that were right, by what they claimed: all rules weighed alike within a bin, then by rule."""
    outcomes = list(gather(count, seed=seed))
    print(f"CONFIDENCE of {len(outcomes)} findings on generated curves: claimed, and right")
    for low, high in pairwise(BINS):
        chosen = [outcome for outcome in outcomes if low <= outcome.confidence < high]
        if chosen:
            claimed = float(np.mean([outcome.confidence for outcome in chosen]))
            right = Share(sum(outcome.is_right for outcome in chosen), len(chosen))
            print(f"  {low:.2f} to {min(high, 1):.2f}   claimed {claimed:.3f}   right {right}   n {len(chosen)}")
    by_rule: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_rule[outcome.rule].append(outcome)
    for rule, chosen in sorted(by_rule.items()):
        claimed = float(np.mean([outcome.confidence for outcome in chosen]))
        right = Share(sum(outcome.is_right for outcome in chosen), len(chosen))
        print(f"  {rule:18} claimed {claimed:.3f}   right {right}   n {len(chosen)}")
    print()


def draw(outcomes: list[Outcome]) -> str:
    """The same as SVG: claimed against right, with intervals; a dot's area is the number of its findings."""
    size, margin = 300, 42
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + margin} {size + margin}" role="img" '
        'aria-label="share of findings that were right, by the confidence they claimed" font-family="sans-serif" '
        'font-size="11">',
        f'<rect width="{size + margin}" height="{size + margin}" fill="#ffffff"/>',
        f'<path d="M{margin} 8V{size}H{size + margin - 8}" fill="none" stroke="#8a8f98"/>',
    ]

    def place(claimed: float, right: float) -> tuple[float, float]:
        scale = (size - 16) / 0.75  # from 0.25 to 1
        return round(margin + 4 + (claimed - 0.25) * scale, 1), round(size - 4 - (max(right, 0.25) - 0.25) * scale, 1)

    (x0, y0), (x1, y1) = place(0.25, 0.25), place(1, 1)
    parts.append(f'<path d="M{x0} {y0}L{x1} {y1}" stroke="#8a8f98" stroke-dasharray="4 4"/>')
    for mark in (0.5, 0.75, 1.0):
        x, y = place(mark, mark)
        parts.append(f'<text x="{x}" y="{size + 14}" fill="#5b616a" text-anchor="middle">{mark:.0%}</text>')
        parts.append(f'<text x="{margin - 6}" y="{y + 4}" fill="#5b616a" text-anchor="end">{mark:.0%}</text>')
    for low, high in pairwise(BINS):
        chosen = [outcome for outcome in outcomes if low <= outcome.confidence < high]
        if not chosen:
            continue
        share = Share(sum(outcome.is_right for outcome in chosen), len(chosen))
        claimed = float(np.mean([outcome.confidence for outcome in chosen]))
        x, y = place(claimed, share.value)
        bottom, top = (place(claimed, end)[1] for end in share.interval)
        parts.append(f'<path d="M{x} {bottom}V{top}" stroke="#1f5fbf" stroke-width="1.6"/>')
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{2 + len(chosen) ** 0.5 / 12:.1f}" fill="#1f5fbf" fill-opacity="0.6"/>'
        )
    parts.append(f'<text x="{size + margin - 8}" y="{size + 32}" fill="#5b616a" text-anchor="end">claimed</text>')
    parts.append(f'<text x="{margin + 8}" y="18" fill="#5b616a">right</text></svg>')
    return "\n".join(parts) + "\n"


def _is_right(finding: Finding, pair: PlantedPair) -> bool | None:
    """Whether the noise-free truth bears the finding out; None where the generator does not know."""
    truth, level = pair.truth, pair.validation_level * (1 if pair.direction == "min" else -1)
    n = level.size
    expected = {
        "overfit": ("overfit", "double_descent"), "diverged": ("diverged",), "nonfinite": ("nonfinite",),
        "spike": ("spike",), "underfit": ("underfit",), "late_recovery": ("double_descent",),
    }.get(finding.rule)  # fmt: skip
    if expected is not None:
        return truth.kind in expected
    if truth.kind in ("diverged", "nonfinite"):
        return None
    end = max(10, round(0.2 * n))
    change = float(level[-1] - level[-min(end, n)])
    if finding.rule == "still_improving":
        return -change > 0.5 * float(finding.evidence["change"])
    if finding.rule == "plateau":
        return abs(change) < 2 * float(finding.evidence["tolerance"])
    if finding.rule == "best_is_not_last":
        return float(np.median(level[-max(1, n // 10) :]) - level.min()) > 0.25 * float(finding.evidence["rise"])
    return None


def diagnose(curves: Curves) -> Diagnosis:
    """All rules on one pair."""
    return goodfit.diagnose(
        train=curves.train, validation=curves.validation, steps=curves.steps, train_steps=curves.train_steps,
        direction=curves.direction,  # type: ignore[arg-type]
    )  # fmt: skip
