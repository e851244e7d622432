"""Goodfit: learning curves that say whether the fit is good.

The public names, imported on first use so that `import goodfit` costs a training process almost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodfit import metrics as metrics
    from goodfit import summary as summary
    from goodfit.alerts.notify import notify as notify
    from goodfit.findings.compare import compare as compare
    from goodfit.findings.diagnose import diagnose as diagnose
    from goodfit.findings.finding import Finding as Finding
    from goodfit.findings.forecast import forecast as forecast
    from goodfit.findings.importance import importance as importance
    from goodfit.query.logs import open as open
    from goodfit.sdk.run import Run as Run

__version__ = "0.1.0"

_HOME = {
    "Run": "goodfit.sdk.run",
    "open": "goodfit.query.logs",
    "diagnose": "goodfit.findings.diagnose",
    "forecast": "goodfit.findings.forecast",
    "compare": "goodfit.findings.compare",
    "importance": "goodfit.findings.importance",
    "notify": "goodfit.alerts.notify",
    "Finding": "goodfit.findings.finding",
}
_SUBMODULES = ("summary", "metrics", "keras", "tensorboard", "testing", "errors")
_HOOKS = {"load_ipython_extension": "goodfit.notebook", "unload_ipython_extension": "goodfit.notebook"}
"""Asked for by name by other programs; no part of what users import."""

__all__ = [*_HOME, *_SUBMODULES, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _HOOKS:
        value = getattr(importlib.import_module(_HOOKS[name]), name)
    elif name in _SUBMODULES:
        value = importlib.import_module(f"goodfit.{name}")
    else:
        raise AttributeError(f"module 'goodfit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
