"""A statement about a training, as it leaves the rules: a code and numbers, with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goodfit.findings.words import render_advice, render_message

if TYPE_CHECKING:
    from goodfit.types import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement about a training with its evidence: a code and numbers; words are made from them per language."""

    rule: str
    severity: Severity
    metric: str
    step: int
    """The last step that the statement rests on."""
    onset_step: int | None = None
    """Since when; None where the rule has no onset."""
    onset_interval: tuple[int, int] | None = None
    """Both ends inclusive, in steps."""
    confidence: float = 1.0
    """Share of such findings that are right on development data, 0 to 1."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Numbers (and short codes) by name; JSON-ready. Names end in their unit: `_step`, `_sigmas`, `_share`."""
    advice_codes: tuple[str, ...] = ()
    """Keys into the catalogue of words, best first."""
    variant: str = ""
    """Chooses among a rule's messages in the catalogue, `` for the default."""
    training: str = ""
    """Name of the training; empty for plain arrays."""

    @property
    def message(self) -> str:
        """The finding as one English sentence."""
        return render_message(self)

    @property
    def advice(self) -> list[str]:
        """What to try first, in English, best first."""
        return render_advice(self)
