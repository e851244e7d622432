"""The core's list of changed series → keys, made when somebody looks at them.

The first refresh of ten thousand runs changes fifty thousand series, and most callers only ask whether there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from goodfit import _core
from goodfit.types import SeriesKey


class ChangedKeys(Sequence[SeriesKey]):
    """Keys of series, sorted by run and tag."""

    __slots__ = ("_changed", "_keys", "_run_names", "_tag_names")

    def __init__(self, changed: _core.ChangedSeries, run_names: Mapping[int, str], tag_names: Sequence[str]) -> None:
        self._changed = changed
        self._run_names = run_names
        self._tag_names = tag_names
        self._keys: tuple[SeriesKey, ...] | None = None

    def _all(self) -> tuple[SeriesKey, ...]:
        keys = self._keys
        if keys is None:
            runs, tags = self._changed.rows()
            names, tag_names = self._run_names, self._tag_names
            rows = sorted((names[run], tag_names[tag]) for run, tag in zip(runs, tags, strict=True))
            keys = self._keys = tuple(SeriesKey(run, tag) for run, tag in rows)
        return keys

    def __len__(self) -> int:
        return len(self._changed)

    @overload
    def __getitem__(self, index: int) -> SeriesKey: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[SeriesKey, ...]: ...
    def __getitem__(self, index: int | slice) -> SeriesKey | tuple[SeriesKey, ...]:
        return self._all()[index]

    def __iter__(self) -> Iterator[SeriesKey]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ChangedKeys):
            return self._all() == other._all()
        return self._all() == other

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())
