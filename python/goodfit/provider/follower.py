"""A store and a thread → a store that keeps up with its files."""

from __future__ import annotations

import logging
import threading

from goodfit.store.store import Store

logger = logging.getLogger("goodfit.provider")


class Follower:
    """Refreshes a store until it is stopped; the first reading begins with `start`."""

    def __init__(self, store: Store, *, wait_s: float | None) -> None:
        """`wait_s` lies between two readings; None reads once."""
        self._store = store
        self._wait_s = wait_s
        self._stopping = threading.Event()
        self._has_read = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="goodfit-provider-follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; a reading that is going on is waited for."""
        self._stopping.set()
        self._store.stop_waiting()
        self._thread.join()

    def wait_until_read(self, timeout_s: float) -> bool:
        """Waits for the first reading; whether it is done."""
        return self._has_read.wait(timeout_s)

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                self._store.refresh()
            except OSError as error:  # of the folder as a whole; the next look may find it in order
                logger.warning("the log folder could not be read: %s", error)
            self._has_read.set()
            if self._wait_s is None:
                return
            self._stopping.wait(self._wait_s)
