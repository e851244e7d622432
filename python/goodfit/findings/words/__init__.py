"""A finding's code and numbers → words in the reader's language, from one catalogue per language.

The format is described in README.md beside the catalogues, and rendered in the same way by the page.
"""

from __future__ import annotations

import json
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from goodfit.errors import BadArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goodfit.findings.case import Undecided
    from goodfit.findings.finding import Finding

Language = Literal["en", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "ko")

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_MISSING = "—"
_INTEGERS = re.compile(r"^(step|.*_step|onset_start|onset_stop|n_.*|.*_n_.*)$")


@cache
def read_catalogue(language: Language = "en") -> Mapping[str, Any]:
    """All words of one language. Raises BadArgument for a language there is none of."""
    if language not in LANGUAGES:
        raise BadArgument(f"there are no words in {language!r}.", hint=f"one of {', '.join(LANGUAGES)}")
    text = (Path(__file__).parent / f"{language}.json").read_text(encoding="utf-8")
    catalogue: dict[str, Any] = json.loads(text)
    return catalogue


def render_message(finding: Finding, *, language: Language = "en") -> str:
    """The finding in one or two sentences.

    Example:
        >>> from goodfit.findings.finding import Finding
        >>> finding = Finding("metric_conflict", "warning", "recall", 99, evidence={"zero_since_step": 1000,
        ...     "loss_metric": "loss", "loss_first_value": 0.7, "loss_last_value": 0.031})
        >>> render_message(finding)
        'recall has been 0 since step 1,000, although loss fell from 0.7 to 0.031.'
    """
    rule = _rule(finding.rule, language)
    messages = rule["messages"]
    return _render(messages.get(finding.variant, messages.get("", "")), _values_of(finding), language)


def render_title(finding: Finding, *, language: Language = "en") -> str:
    """The finding in a few words."""
    return _render(_rule(finding.rule, language)["title"], _values_of(finding), language)


def render_advice(finding: Finding, *, language: Language = "en") -> list[str]:
    """What to try, best first."""
    advice = read_catalogue(language)["advice"]
    values = _values_of(finding)
    return [_render(advice[code], values, language) for code in finding.advice_codes if code in advice]


def render_undecided(undecided: Undecided, *, language: Language = "en") -> str:
    """Why a rule could not be decided."""
    values = {
        "metric": undecided.metric,
        "rule": undecided.rule,
        "n_points": undecided.n_points,
        "n_needed": undecided.n_needed,
    }
    return _render(read_catalogue(language)["undecided"][undecided.why], values, language)


def label_of(rule: str, *, language: Language = "en") -> str:
    """The health word of a rule; of `healthy`, `cannot_tell` and `pending` too."""
    catalogue = read_catalogue(language)
    if rule in catalogue["labels"]:
        return str(catalogue["labels"][rule])
    return str(_rule(rule, language)["label"])


def format_value(name: str, value: Any, *, language: Language = "en") -> str:
    """One value as it stands in a sentence, by its name.

    Example:
        >>> format_value("best_step", 41207), format_value("noise_share", 0.0731), format_value("rise", 0.00001504)
        ('41,207', '7.3%', '1.504e-5')
    """
    if value is None:
        return _MISSING
    if isinstance(value, str):
        return str(read_catalogue(language)["codes"].get(name, {}).get(value, value))
    number = float(value)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")
    if _INTEGERS.match(name):
        return f"{int(value):,}" if abs(number) >= 2**53 else f"{_round(Decimal(number), 0):,}"
    if name.endswith("_share") or name == "confidence":
        return _two_digits(Decimal(number) * 100, limit=10) + "%"
    if name.endswith("_sigmas"):
        return _two_digits(Decimal(number), limit=100)
    return _four_digits(Decimal(number))


def _rule(name: str, language: Language) -> Mapping[str, Any]:
    rules: Mapping[str, Mapping[str, Any]] = read_catalogue(language)["rules"]
    if name not in rules:
        raise BadArgument(f"there are no words for the rule {name!r}.", hint=f"one of {', '.join(sorted(rules))}")
    return rules[name]


def _values_of(finding: Finding) -> dict[str, Any]:
    values = dict(finding.evidence)
    values |= {
        "rule": finding.rule,
        "severity": finding.severity,
        "metric": finding.metric,
        "step": finding.step,
        "onset_step": finding.onset_step,
        "training": finding.training,
        "confidence": finding.confidence,
    }
    if finding.onset_interval is not None:
        values["onset_start"], values["onset_stop"] = finding.onset_interval
    return values


def _render(template: str, values: Mapping[str, Any], language: Language) -> str:
    return _PLACEHOLDER.sub(lambda match: _named(match[1], values, language), template)


def _named(name: str, values: Mapping[str, Any], language: Language) -> str:
    """The value of that name; of `about_x`, where there is none, that of `x` to two digits."""
    value = values.get(name)
    if value is None and name.startswith("about_"):
        name = name.removeprefix("about_")
        value = values.get(name)
        if isinstance(value, (int, float)) and math.isfinite(value):
            return _significant(Decimal(value), n_digits=2)
    return format_value(name, value, language=language)


def _round(number: Decimal, decimals: int) -> Decimal:
    """Half away from zero, as JavaScript's toFixed does on exact ties."""
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) if number.is_finite() else number


def _two_digits(number: Decimal, *, limit: int) -> str:
    if number == 0:
        return "0"
    if abs(number) >= 10_000_000:
        return _four_digits(number)
    if abs(number) >= limit or _round(abs(number), 1) >= limit:
        return f"{_round(number, 0):,}"
    decimals = 1 - number.adjusted()
    rounded = _round(number, decimals)
    return _strip(f"{rounded:f}")


def _four_digits(number: Decimal) -> str:
    return _significant(number, n_digits=4)


def _significant(number: Decimal, *, n_digits: int) -> str:
    if number == 0:
        return "0"
    exponent = number.adjusted()
    rounded = _round(number.scaleb(-exponent), n_digits - 1)
    if abs(rounded) >= 10:
        rounded, exponent = rounded / 10, exponent + 1
    if -4 <= exponent < 7:
        return _strip(f"{rounded.scaleb(exponent):f}")
    return f"{_strip(f'{rounded:f}')}e{exponent}"


def _strip(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
