"""A command's output → the same bytes on our own streams, and its last part kept.

The command sees a terminal where we have one, of the same size, so that progress bars and colours stay. Where a stream
is a file, it goes there directly; its growth is what shows that something is being written.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from pathlib import Path

_CHUNK_BYTES = 1 << 16
_KEPT_BYTES = 1 << 16
_DRAIN_S = 1.0  # a background process of the command may hold the stream open; after this its words are not waited for


class Stream:
    """One of stdout and stderr of a command: make it, start the command on `child_end`, `start`, then `finish`."""

    def __init__(self, out_fd: int, *, keeps_tail: bool) -> None:
        """
        Args:
            out_fd: our own stream, where the bytes go.
            keeps_tail: whether the last bytes are kept; else a file may be written directly.
        """
        self._out_fd = out_fd
        self._keeps_tail = keeps_tail
        self._tail = bytearray()
        self._thread: threading.Thread | None = None
        self._reader: int | None = None
        self.child_end: int | None = None
        """What the command gets as its stream; None: it inherits ours."""
        self.last_activity = time.monotonic()
        self._size = self._file_size()
        if self._size is not None and not keeps_tail:
            return
        if os.isatty(out_fd) and hasattr(os, "openpty"):
            self._reader, self.child_end = os.openpty()
            _make_raw(self.child_end)
            self.resize()
        else:
            self._reader, self.child_end = os.pipe()

    def start(self) -> None:
        """Begins to pass bytes on; the command has its end by now."""
        if self.child_end is not None:
            os.close(self.child_end)
            self.child_end = None
            self._thread = threading.Thread(target=self._pump, name=f"goodfit-stream-{self._out_fd}", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Passes on what is left after the command ended."""
        if self._thread is not None:
            self._thread.join(_DRAIN_S)

    def resize(self) -> None:
        """Gives the command's terminal the size of ours."""
        if self._reader is not None and os.isatty(self._reader):
            import fcntl
            import termios

            with contextlib.suppress(OSError):
                fcntl.ioctl(self._reader, termios.TIOCSWINSZ, fcntl.ioctl(self._out_fd, termios.TIOCGWINSZ, bytes(8)))

    @property
    def tail(self) -> bytes:
        """The last bytes."""
        return bytes(self._tail)

    def seconds_silent(self) -> float:
        """How long ago anything was written."""
        if self._reader is None:
            size = self._file_size()
            if size != self._size:
                self._size = size
                self.last_activity = time.monotonic()
        return time.monotonic() - self.last_activity

    def _file_size(self) -> int | None:
        status = os.fstat(self._out_fd)
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def _pump(self) -> None:
        assert self._reader is not None
        while True:
            try:
                data = os.read(self._reader, _CHUNK_BYTES)
            except OSError:
                break  # a terminal whose other side is closed says EIO instead of the end
            if not data:
                break
            self.last_activity = time.monotonic()
            if self._keeps_tail:
                self._tail += data
                del self._tail[:-_KEPT_BYTES]
            if not _write_all(self._out_fd, data):
                break  # who read our stream has gone: the command is to notice it, as without us
        os.close(self._reader)


def _write_all(fd: int, data: bytes) -> bool:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except OSError:
            return False
    return True


def _make_raw(fd: int) -> None:
    """Bytes pass through this terminal as they are: our own terminal does the rest."""
    import termios

    settings = termios.tcgetattr(fd)
    settings[1] &= ~termios.OPOST
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(fd, termios.TCSANOW, settings)


def newest_change(folder: Path) -> float:
    """When an event file below the folder last changed, seconds since the epoch; 0 when there is none."""
    newest = 0.0
    for root, _, names in os.walk(folder):
        for name in names:
            if "tfevents" in name:
                with contextlib.suppress(OSError):
                    newest = max(newest, os.stat(os.path.join(root, name)).st_mtime)  # noqa: PTH116, PTH118 - many files
    return newest
