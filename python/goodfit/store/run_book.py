"""One run's entries in the store: its number in the core, and what is known of its series, looked up when asked."""

from __future__ import annotations

from typing import cast

from goodfit import _core
from goodfit.types import Kind, SeriesInfo, SeriesKey


class RunBook:
    """What the store knows of one run.

    Ten thousand runs are read before anybody asks for one, so the entries of series are made when they are asked for,
    and afterwards only those that changed. Any number of threads may ask: what they get is never changed in place.
    """

    __slots__ = ("_made", "_wanted", "name", "number")

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        """In the core."""
        self._wanted = 0
        self._made: tuple[int, dict[str, SeriesInfo]] = (0, {})
        """The core's revision up to which entries were made, and the entries."""

    def note_change(self, revision: int) -> None:
        """Series of this run changed up to this revision of the core."""
        self._wanted = revision

    def read_infos(self, engine: _core.Engine, tag_names: list[str]) -> dict[str, SeriesInfo]:
        """Entries by tag, sorted by tag."""
        made, infos = self._made
        wanted = self._wanted
        if made < wanted:
            infos = self._updated(infos, engine.catalog(self.number, made + 1), tag_names)
            self._made = (wanted, infos)
        return infos

    def _updated(
        self, infos: dict[str, SeriesInfo], catalog: _core.RunCatalog, tag_names: list[str]
    ) -> dict[str, SeriesInfo]:
        name, words = self.name, catalog.words
        changed: dict[str, SeriesInfo] = {}
        rows = zip(
            catalog.tags,
            catalog.kinds,
            catalog.n_points,
            catalog.first_steps,
            catalog.last_steps,
            catalog.last_wall_times,
            catalog.word_numbers,
            strict=True,
        )
        for tag_number, kind, n_points, first_step, last_step, last_wall_time, word_number in rows:
            tag = tag_names[tag_number]
            old = infos.get(tag)
            key = SeriesKey(name, tag) if old is None else old.key
            kind = cast(Kind, kind)
            if word_number < 0:
                changed[tag] = SeriesInfo(key, kind, n_points, first_step, last_step, last_wall_time)
            else:
                changed[tag] = SeriesInfo(
                    key, kind, n_points, first_step, last_step, last_wall_time, *words[word_number]
                )
        both = infos | changed
        return dict(sorted(both.items())) if len(both) > len(infos) else both
