"""A run, or a folder for one → where a callback writes.

A run that is given belongs to the caller, who ends it. For a folder the callback opens a run when the training begins
and ends it when the framework says that the training has ended. Where an exception leaves the training first, no
framework but Lightning says so; the run is then ended with that exception at the end of the process.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from goodfit.sdk.run import Run


class Target:
    """Where to write.

    Args:
        where: a run, or the folder of one to open.
        notify: channels that hear of the end; for a folder only.
        name: what alerts call the training; for a folder only.
    """

    def __init__(
        self, where: Run | str | os.PathLike[str], *, notify: Sequence[str] | None = None, name: str | None = None
    ) -> None:
        self._given = where if isinstance(where, Run) else None
        self._folder = None if isinstance(where, Run) else os.fspath(where)
        self._notify = notify
        self._name = name
        self._own: Run | None = None

    @property
    def run(self) -> Run:
        """The run, opened when it is first needed, and again after its end."""
        if self._given is not None:
            return self._given
        if self._own is None:
            assert self._folder is not None
            self._own = Run(self._folder, notify=self._notify, name=self._name)
        return self._own

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Writes the scalars of one step."""
        if values:
            self.run.log(step, values)

    def flush(self) -> None:
        """Brings what was written to the file."""
        if self._given is not None or self._own is not None:
            self.run.flush()

    def end(self, error: BaseException | None = None) -> None:
        """The training has ended, by an exception if one is given; a run of the caller's goes on."""
        if self._own is not None:
            run, self._own = self._own, None
            run.__exit__(type(error) if error else None, error, None)
