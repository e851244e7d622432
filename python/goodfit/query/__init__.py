"""Takes: columns of the store.
Gives: answers: trainings, pairs, aligned and resampled curves, tables.
May import: store and below; never curves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodfit.query.logs import LogDir as LogDir
    from goodfit.query.logs import open as open

__all__ = ["LogDir", "open"]


def __getattr__(name: str) -> Any:
    # Late, so that what needs only names (pairing) does not wait for the store and numpy.
    if name in __all__:
        from goodfit.query import logs

        return getattr(logs, name)
    raise AttributeError(f"module 'goodfit.query' has no attribute {name!r}")
