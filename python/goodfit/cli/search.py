"""A folder → the log folders below it: the folders that one would give to `goodfit LOGDIR`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from goodfit.query.half import Words

MAX_DEPTH = 8
MAX_FOLDERS = 50_000
"""Folders looked at; more than this below one's feet is a home folder, not a project."""
SKIPPED = frozenset({
    "node_modules", "__pycache__", "site-packages", "venv", "env", "target", "build", "dist", "proc", "sys", "dev",
})  # fmt: skip
LOG_FOLDER_NAMES = frozenset({
    "logs", "log", "runs", "lightning_logs", "tb_logs", "tf_logs", "tensorboard", "tensorboard_logs", "events",
})  # fmt: skip
"""Names under which people keep the logs of many trainings."""


@dataclass(slots=True)
class LeftOut:
    """What was not looked at."""

    refused: list[str] = field(default_factory=list)
    """Folders that may not be read."""
    n_folders: int = 0
    """How many folders were looked at, where there were more; else 0."""


def walk_runs(folder: Path, left_out: LeftOut | None = None) -> Iterator[str]:
    """Folders that directly hold event files, as paths below `folder` with forward slashes, `.` for itself; sorted.

    Args:
        folder: where to begin.
        left_out: told of what is not looked at.
    """
    left_out = left_out or LeftOut()
    stack: list[tuple[str, int]] = [(".", 0)]
    n_seen = 0
    while stack and n_seen < MAX_FOLDERS:
        name, depth = stack.pop()
        n_seen += 1
        try:
            with os.scandir(folder / name) as entries:
                listed = list(entries)
        except OSError:
            left_out.refused.append(name)
            continue
        below = []
        for entry in listed:
            is_shown = not entry.name.startswith(".") and entry.name not in SKIPPED
            if is_shown and depth < MAX_DEPTH and entry.is_dir(follow_symlinks=False):
                below.append(entry.name if name == "." else f"{name}/{entry.name}")
        if any("tfevents" in entry.name for entry in listed):
            yield name
        stack += [(child, depth + 1) for child in sorted(below, reverse=True)]
    left_out.n_folders = n_seen if stack else 0


def group_log_folders(runs: list[str]) -> list[str]:
    """The folders one would give to `goodfit LOGDIR`, sorted: below a usual name, else above the trainings.

    Example:
        >>> group_log_folders(["logs/fit/a/train", "logs/fit/a/validation", "old/b"])
        ['logs', 'old']
    """
    words = Words()
    found = set()
    for run in runs:
        parts = [] if run == "." else run.split("/")
        usual = next((place for place, part in enumerate(parts) if part.casefold() in LOG_FOLDER_NAMES), None)
        if usual is not None:
            found.add("/".join(parts[: usual + 1]))
            continue
        if parts and words.half_of(parts[-1], folder=True):
            parts = parts[:-1]
        found.add("/".join(parts[:-1]) or ".")
    # A folder inside another is shown with it.
    return [name for name in sorted(found) if not any(_is_inside(name, other) for other in found if other != name)]


def _is_inside(name: str, other: str) -> bool:
    return other == "." or name.startswith(f"{other}/")
