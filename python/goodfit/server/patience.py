"""A connection → the same connection, closed when its client takes for ever: to ask, or to take the answer.

The server serves so many connections and no more. Without a limit of time, as many clients that send half a request, or
never read what they asked for, would keep everybody else out.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with two limits of time; it has one for the pause between requests itself."""

    request_s: ClassVar[float] = 30.0
    """For a whole request, from the connection or its first byte on: 4 MiB at 140 KB/s."""
    stall_s: ClassVar[float] = 120.0
    """Without a byte of the answer being taken; systems take what they can buffer, and then nothing for a while."""
    _asking: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None
    _n_unsent = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._expect_request()
        else:
            self._stop_expecting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_taking()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching()

    def _expect_request(self) -> None:
        if self._asking is None:
            self._asking = self.loop.call_later(self.request_s, self._give_up)

    def _give_up(self) -> None:
        # With a reset: else the system would go on offering what it has buffered.
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()

    def _stop_expecting(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _watch_taking(self) -> None:
        self._n_unsent = self.transport.get_write_buffer_size()
        self._taking = self.loop.call_later(self.stall_s, self._look_at_taking)

    def _look_at_taking(self) -> None:
        if self.transport.get_write_buffer_size() >= self._n_unsent:
            self._give_up()
        else:
            self._watch_taking()

    def _stop_watching(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
