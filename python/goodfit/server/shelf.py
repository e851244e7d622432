"""What people put on a log folder (names, notes, colours, pins, saved views) ↔ one JSON file in their state folder.

Event files are never touched: the file lies outside the log folder and is named by the folder's real path. It is
replaced as a whole, so that a crash leaves the old or the new one, and read again before each change, so that two
servers on one folder do not undo each other.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import msgspec

from goodfit.errors import BadArgument, LogFolderError
from goodfit.server.schema import MAX_GROUP_COLOURS, MAX_LABELS, MAX_VIEWS, RunLabel, Shelf, ShelfChange

MAX_SHELF_BYTES = 4 << 20
"""The whole is read and written at each change."""


def shelf_path(state_folder: Path, logdir: str) -> Path:
    """The file of a log folder (or of an address, by its text)."""
    place = logdir if "://" in logdir else os.path.realpath(logdir)
    return state_folder / "shelves" / f"{hashlib.sha256(os.fsencode(place)).hexdigest()[:32]}.json"


class ShelfBook:
    """The shelf of one log folder.

    Lock: `_lock` is held while the file is read and replaced (a millisecond); nothing else is locked meanwhile.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Args:
        path: the file; None keeps the shelf in memory, for as long as the process lives.
        """
        self._path = path
        self._shelf = Shelf()
        self._lock = threading.Lock()

    def read(self) -> Shelf:
        """The shelf as it is; an unreadable file counts as empty."""
        with self._lock:
            try:
                return self._load()
            except (OSError, msgspec.MsgspecError):
                return Shelf()

    def change(self, change: ShelfChange) -> Shelf:
        """Makes one change and gives the whole. A damaged file is moved aside and kept.

        Raises:
            BadArgument: the shelf would be larger than `MAX_SHELF_BYTES`; nothing was changed.
            LogFolderError: the file cannot be read or written; nothing was changed.
        """
        with self._lock:
            try:
                shelf = apply(self._load_or_set_aside(), change)
                self._save(shelf)
            except OSError as error:
                raise LogFolderError(
                    f"The names and notes of this folder could not be kept: {error.strerror}. Nothing was changed.",
                    hint="make the folder of GOODFIT_HOME writable",
                ) from error
            return shelf

    def _load(self) -> Shelf:
        if self._path is None:
            return self._shelf
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Shelf)
        except FileNotFoundError:
            return Shelf()

    def _load_or_set_aside(self) -> Shelf:
        try:
            return self._load()
        except msgspec.MsgspecError:
            assert self._path is not None, "only a file can be damaged"
            self._path.replace(self._path.with_suffix(".damaged"))
            return Shelf()

    def _save(self, shelf: Shelf) -> None:
        data = msgspec.json.encode(shelf)
        if len(data) > MAX_SHELF_BYTES:
            raise BadArgument(
                f"The names, notes and views of this folder would take {len(data):,} bytes; at most "
                f"{MAX_SHELF_BYTES:,} are kept. Nothing was changed.",
                hint="shorten notes, or forget views",
            )
        if self._path is None:
            self._shelf = shelf
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as undo:
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".shelf-")
            undo.callback(Path(name).unlink, missing_ok=True)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(self._path)


def apply(shelf: Shelf, change: ShelfChange) -> Shelf:
    """The shelf after one change; what is absent from the change stays as it is."""
    runs = dict(shelf.runs)
    if change.training is not None:
        label = runs.pop(change.training, RunLabel())
        label = RunLabel(
            name=label.name if change.name is None else " ".join(change.name.split()),
            note=label.note if change.note is None else change.note.strip(),
            is_hidden=label.is_hidden if change.is_hidden is None else change.is_hidden,
            colour=label.colour if change.colour is None else change.colour,
        )
        # A label that says nothing is none.
        if label != RunLabel():
            runs[change.training] = label
    group_colours = dict(shelf.group_colours)
    if change.group is not None and change.colour is not None:
        group_colours.pop(change.group, None)
        if change.colour:
            group_colours[change.group] = change.colour
    views = [view for view in shelf.views if view.name != change.forget_view]
    if change.view is not None:
        views = [view for view in views if view.name != change.view.name] + [change.view]
    slots = {**shelf.slots, **{name: slot for name, slot in (change.slots or {}).items() if name not in shelf.slots}}
    return Shelf(
        runs=dict(list(runs.items())[-MAX_LABELS:]),
        pinned=shelf.pinned if change.pinned is None else list(dict.fromkeys(change.pinned)),
        views=views[-MAX_VIEWS:],
        group_colours=dict(list(group_colours.items())[-MAX_GROUP_COLOURS:]),
        slots=dict(list(slots.items())[-MAX_LABELS:]),
    )
