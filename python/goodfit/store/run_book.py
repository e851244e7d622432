"""One run's entries in the store: its number in the core, its files, and what is known of its series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from goodfit import _core
from goodfit.events.logdir import FoundFile
from goodfit.types import Kind, SeriesInfo, SeriesKey


@dataclass(slots=True)
class BookedFile:
    """An event file that is being followed."""

    number: int
    """In the core."""
    found: FoundFile
    """As it was when last read."""


@dataclass(slots=True)
class RunBook:
    """What the store knows of one run.

    `infos` is replaced as a whole when it changes, never changed in place: readers hold on to the one they got.
    """

    name: str
    number: int
    """In the core."""
    files: dict[str, BookedFile] = field(default_factory=dict)
    """By path on disk."""
    infos: dict[str, SeriesInfo] = field(default_factory=dict)
    """By tag, sorted by tag."""

    def is_rewritten(self, found: list[FoundFile]) -> bool:
        """Whether a file read before is gone, shrunk, or another one: then the run must be read anew."""
        by_path = {file.path: file for file in found}
        for path, booked in self.files.items():
            file = by_path.get(path)
            if file is None or file.identity != booked.found.identity or file.size_bytes < booked.found.size_bytes:
                return True
        return False

    def update_infos(self, catalog: _core.RunCatalog, tag_names: list[str]) -> list[SeriesKey]:
        """Takes over what the core says of changed series; returns their keys, sorted by tag."""
        changed: dict[str, SeriesInfo] = {}
        rows = zip(
            catalog.tags,
            catalog.kinds,
            catalog.n_points,
            catalog.first_steps,
            catalog.last_steps,
            catalog.last_wall_times,
            catalog.words,
            strict=True,
        )
        for tag_number, kind, n_points, first_step, last_step, last_wall_time, words in rows:
            tag = tag_names[tag_number]
            old = self.infos.get(tag)
            key = old.key if old is not None else SeriesKey(self.name, tag)
            plugin, display_name, description = words or ("", "", "")
            changed[tag] = SeriesInfo(
                key,
                cast(Kind, kind),
                n_points,
                first_step,
                last_step,
                last_wall_time,
                plugin,
                display_name,
                description,
            )
        infos = self.infos | changed
        if len(infos) > len(self.infos):
            infos = dict(sorted(infos.items()))
        self.infos = infos
        return [changed[tag].key for tag in sorted(changed)]
