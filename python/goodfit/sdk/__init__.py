"""Takes: values from a training loop.
Gives: event files, without TensorFlow; never blocks, never raises into training.
May import: _core, config, types, errors.
"""

from __future__ import annotations

from goodfit.sdk.run import Run

__all__ = ["Run"]
