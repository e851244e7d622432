"""An HTTP proxy on loopback that counts what it passes on and breaks it on demand.

It stands before any server: 503 at every n-th request, bodies cut short, connections reset, answers that wait.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field

from tests.remote.serving import Answering, Served


@dataclass
class Faults:
    """What to break, and what went by; changed and read by tests."""

    fail_every: int = 0
    """Every so many requests one is answered with `status`; 1 is each, 0 none."""
    fail_from: int | None = None
    """Requests for a file's bytes from here on are answered with `status`."""
    status: int = 503
    cut_every: int = 0
    """Every so many GETs of a file one breaks off half-way."""
    short_every: int = 0
    """Every so many GETs of a file one ends half-way, and says that this was all."""
    reset_every: int = 0
    """Every so many requests one gets a reset connection instead of an answer."""
    ranges: str = "kept"
    """Of requests for files: `kept`, `ignored` (the whole file comes), or `refused` (416)."""
    hold: threading.Event | None = None
    """Answers of files wait for this."""
    n_requests: Counter[str] = field(default_factory=Counter)
    """By `list`, `get`, `head`; those that were broken, too."""
    body_bytes: int = 0
    """Of files, passed on."""
    seen: list[str] = field(default_factory=list)
    """Request lines and headers, as one text each."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset_counts(self) -> None:
        with self.lock:
            self.n_requests.clear()
            self.body_bytes = 0


class _Handler(Answering):
    faults: Faults
    port: int

    def do_GET(self) -> None:
        faults = self.faults
        is_list = "list-type" in self.path or self.path.split("?")[0].endswith("/")
        kind = "head" if self.command == "HEAD" else "list" if is_list else "get"
        with faults.lock:
            faults.n_requests[kind] += 1
            n_all, n_kind = faults.n_requests.total(), faults.n_requests[kind]
            faults.seen.append(f"{self.requestline}\n{self.headers}")
        if faults.reset_every and n_all % faults.reset_every == 0:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        is_failing = faults.fail_every and n_all % faults.fail_every == 0
        if is_failing or (faults.fail_from is not None and kind == "get" and self._first_byte() >= faults.fail_from):
            self._send(faults.status, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        if kind == "get" and faults.ranges == "refused" and "range" in self.headers:
            self._send(416, {}, b"<Error><Code>InvalidRange</Code></Error>")
            return
        if kind == "get" and faults.ranges == "ignored":
            del self.headers["range"]
        if faults.hold is not None and kind == "get":
            faults.hold.wait(20)
        status, headers, body = self._ask()
        if kind == "get" and status < 300:
            if faults.short_every and n_kind % faults.short_every == 0:
                body = body[: len(body) // 2]
                headers["Content-Length"] = str(len(body))
            with faults.lock:
                faults.body_bytes += len(body)
            if faults.cut_every and n_kind % faults.cut_every == 0:
                self._send(status, headers, body, n_sent=len(body) // 2)
                self.close_connection = True
                return
        self._send(status, headers, body)

    do_HEAD = do_GET

    def _first_byte(self) -> int:
        """Of the range asked for."""
        asked = self.headers.get("range", "").removeprefix("bytes=").partition("-")[0]
        return int(asked) if asked.isdigit() else 0

    def _ask(self) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            upstream.request(self.command, self.path, headers=dict(self.headers))
            answer = upstream.getresponse()
            dropped = ("connection", "transfer-encoding", "server", "date")
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in dropped}
            body = answer.read()
            if self.command != "HEAD":
                headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
            return answer.status, headers, body
        finally:
            upstream.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes, *, n_sent: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if n_sent is None else body[:n_sent])


def serve_faults(port: int, faults: Faults) -> Served:
    """A proxy before the server on a port of this machine."""
    return Served(type("Handler", (_Handler,), {"faults": faults, "port": port}))
