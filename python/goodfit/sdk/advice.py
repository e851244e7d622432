"""A run's folder → advice on whether to stop, asked of the judging side by name.

The writing side imports nothing of the judging side: who logs without asking pays for none of it, neither at import nor
in memory. What the judge reads are the event files, as anybody would.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodfit.findings.stopping import StopAdvice


def ask_advice(logdir: str) -> StopAdvice:
    """What the judge says of the training that writes to a folder. The first call loads numpy and the rules."""
    judge: Any = importlib.import_module("goodfit.findings.stopping")
    advice: StopAdvice = judge.advise(logdir)
    return advice
