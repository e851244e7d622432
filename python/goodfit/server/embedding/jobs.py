"""UMAP and t-SNE as jobs: one process at a time, cancelled when nobody waits, results kept.

Lock: `_lock` guards the list of jobs; it is held while a process is started (a second for a million points to be
written), never while one runs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Method = Literal["umap", "tsne"]
MODULES: dict[Method, str] = {"umap": "umap", "tsne": "sklearn"}
MAX_POINTS: dict[Method, int] = {"umap": 100_000, "tsne": 20_000}
"""Of more, so many are chosen by chance: each takes some minutes for these on two cores."""
MAX_KEPT = 16
MAX_ERROR_CHARS = 2_000
FORGOTTEN_S = 30.0
"""A job that nobody asked after for so long is nobody's."""


def is_installed(method: Method) -> bool:
    """Whether the method's package is there, without importing it."""
    return find_spec(MODULES[method]) is not None


@dataclass(frozen=True, slots=True)
class JobKey:
    """What is worked out: the same key gives the same places."""

    table: tuple[str, int, int]
    """Path, size and time of the points' file."""
    method: Method
    n_components: int
    neighbours: int


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is."""

    state: Literal["running", "waiting", "done", "failed"]
    elapsed_s: float = 0.0
    places: npt.NDArray[np.float32] | None = None
    rows: npt.NDArray[np.int64] | None = None
    message: str = ""


@dataclass(slots=True)
class _Job:
    key: JobKey
    process: subprocess.Popen[bytes]
    folder: Path
    rows: npt.NDArray[np.int64]
    started_s: float
    asked_s: float = field(default=0.0)


class JobBook:
    """Jobs by what they work out."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: _Job | None = None
        self._done: OrderedDict[JobKey, JobState] = OrderedDict()

    def ask(self, key: JobKey, take: Callable[[], tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]]) -> JobState:
        """The state of a job, begun if it was not; `take` gives the points to project and their row numbers."""
        now_s = self._clock()
        with self._lock:
            self._collect(now_s)
            if key in self._done:
                self._done.move_to_end(key)
                return self._done[key]
            job = self._running
            if job is None:
                job = self._running = self._start(key, *take(), now_s)
            if job.key != key:
                return JobState("waiting")
            job.asked_s = now_s
            return JobState("running", elapsed_s=now_s - job.started_s)

    def cancel(self) -> bool:
        """Ends the job that runs, if one does."""
        with self._lock:
            return self._end()

    def close(self) -> None:
        self.cancel()

    def _start(self, key: JobKey, points: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], now_s: float) -> _Job:
        import numpy as np

        folder = Path(tempfile.mkdtemp(prefix="goodfit-embedding-"))
        np.save(folder / "points.npy", points)
        options = json.dumps({"n_components": key.n_components, "neighbours": key.neighbours})
        command = [sys.executable, "-m", "goodfit.server.embedding.worker", key.method]
        with (folder / "errors.txt").open("wb") as errors:
            process = subprocess.Popen(
                [*command, str(folder / "points.npy"), str(folder / "places.npy"), options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        return _Job(key, process, folder, rows, now_s, now_s)

    def _collect(self, now_s: float) -> None:
        """Takes in what has ended, and ends what nobody waits for."""
        import numpy as np

        job = self._running
        if job is None:
            return
        if job.process.poll() is None:
            if now_s - job.asked_s > FORGOTTEN_S:
                self._end()
            return
        try:
            places = np.load(job.folder / "places.npy")
            places.flags.writeable = False
            state = JobState("done", now_s - job.started_s, places, job.rows)
        except OSError:
            text = (job.folder / "errors.txt").read_text("utf-8", "replace").strip()
            state = JobState("failed", message=text.splitlines()[-1][:MAX_ERROR_CHARS] if text else "it was ended")
        self._done[job.key] = state
        while len(self._done) > MAX_KEPT:
            self._done.popitem(last=False)
        self._end()

    def _end(self) -> bool:
        job, self._running = self._running, None
        if job is None:
            return False
        if job.process.poll() is None:
            job.process.kill()
        job.process.wait()
        shutil.rmtree(job.folder, ignore_errors=True)
        return True
