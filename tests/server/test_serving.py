"""A real server on a real socket: live, leaving nothing behind, not to be held up by anyone."""

from __future__ import annotations

import http.client
import json
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.server.event_files import EventFile

from goodfit.errors import BadArgument
from goodfit.server.app import create_app
from goodfit.server.listening import bind
from goodfit.server.live import Hub
from goodfit.server.patience import PatientProtocol
from goodfit.server.serving import PageServer
from goodfit.server.settings import Settings
from goodfit.watch.loop import watch_folder
from goodfit.watch.pace import Pace


@contextmanager
def running(logdir: Path) -> Iterator[int]:
    """Serves a folder as the command does; gives the port."""
    with ExitStack() as stack:
        listener = stack.enter_context(bind("127.0.0.1", 0))
        port = listener.getsockname()[1]
        hub = Hub()
        watch = stack.enter_context(watch_folder(logdir, pace=Pace(shortest_s=0.3)))
        server = PageServer(create_app(watch, Settings(logdir=str(logdir), port=port), hub=hub), hub)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        watch.start()
        try:
            yield port
        finally:
            server.stop()
            thread.join(10)
            assert not thread.is_alive(), "the server did not stop"


def ask(port: int, path: str, *, method: str = "GET", body: object = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"content-type": "application/json"} if body is not None else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return json.loads(answer.read())
    finally:
        connection.close()


class Stream:
    """One browser's event stream."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self._file = self._socket.makefile("rb")

    def ticks(self) -> Iterator[dict[str, Any]]:
        for line in self._file:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def until_done(port: int) -> Any:
    stream = Stream(port)
    try:
        for _ in stream.ticks():
            overview = ask(port, "/api/overview")
            if overview["progress"]["is_done"]:
                return overview
    finally:
        stream.close()
    raise AssertionError("the stream ended first")


def test_a_written_point_is_announced_within_two_seconds(tmp_path: Path, no_leaks: None) -> None:
    file = EventFile(tmp_path / "run")
    file.scalars("loss", [1.0, 0.9])
    with running(tmp_path) as port:
        until_done(port)
        stream = Stream(port)
        ticks = stream.ticks()
        held = next(ticks)["revision"]
        for step in range(2, 5):
            file.scalars("loss", [1 / step], start_step=step)
            written = time.monotonic()
            for tick in ticks:
                if "loss" in tick["tags"]:
                    break
            (training,) = ask(port, f"/api/overview?since={held}")["trainings"]
            assert training["last_step"] == step
            assert time.monotonic() - written < 2.0
        stream.close()


def test_a_new_run_and_a_folder_that_comes_later_appear(tmp_path: Path, no_leaks: None) -> None:
    with running(tmp_path / "later") as port:
        assert until_done(port)["trainings"] == []
        stream = Stream(port)
        ticks = stream.ticks()
        next(ticks)
        EventFile(tmp_path / "later" / "한국어 run").scalars("loss", [1.0])
        tick = next(tick for tick in ticks if tick["trainings"])
        assert tick["trainings"] == ["한국어 run"]
        assert tick["overview"]
        stream.close()


def test_open_streams_and_idle_connections_do_not_keep_the_server_from_stopping(tmp_path: Path, no_leaks: None) -> None:
    EventFile(tmp_path / "run").scalars("loss", [1.0])
    streams = []
    idle = []
    with running(tmp_path) as port:
        for _ in range(5):
            stream = Stream(port)
            next(stream.ticks())
            streams.append(stream)
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        idle[0].sendall(b"GET / HTT")
        started = time.monotonic()
    assert time.monotonic() - started < 5
    for stream in streams:
        assert list(stream.ticks()) == []
        stream.close()
    for connection in idle:
        connection.close()


def test_a_client_that_reads_nothing_holds_up_nobody(tmp_path: Path, no_leaks: None) -> None:
    for index in range(20):
        EventFile(tmp_path / f"run{index:02}").scalars("loss", [1.0, 0.5])
    series = [{"run": f"run{index:02}", "tag": "loss"} for index in range(20)]
    with running(tmp_path) as port:
        until_done(port)
        stuck = []
        for _ in range(8):
            # Eight answers of 3 MB each that nobody takes.
            connection = socket.create_connection(("127.0.0.1", port))
            body = json.dumps({"series": series, "px": 8_000}).encode()
            head = "POST /api/curves HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            stuck.append(connection)
        for _ in range(5):
            started = time.monotonic()
            assert len(ask(port, "/api/overview")["trainings"]) == 20
            assert time.monotonic() - started < 2.0
        for connection in stuck:
            connection.close()


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
        b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
    ],
)
def test_half_a_request_is_not_waited_for(
    part: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, no_leaks: None
) -> None:
    monkeypatch.setattr(PatientProtocol, "request_s", 0.3)
    with running(tmp_path) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(part)
        with suppress(ConnectionResetError):
            while connection.recv(1000):
                pass
        assert ask(port, "/api/health")["version"]
    assert not caplog.records, caplog.text


def test_whole_requests_are_answered_however_long_the_connection_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_leaks: None
) -> None:
    monkeypatch.setattr(PatientProtocol, "request_s", 0.3)
    with running(tmp_path) as port:
        stream = Stream(port)
        next(stream.ticks())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        until_s = time.monotonic() + 1.0
        while time.monotonic() < until_s:
            connection.request("GET", "/api/health")
            assert json.loads(connection.getresponse().read())["version"]
        connection.close()
        EventFile(tmp_path / "run").scalars("loss", [1.0])
        assert next(tick for tick in stream.ticks() if tick["trainings"])
        stream.close()


def test_an_answer_that_nobody_takes_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_leaks: None
) -> None:
    monkeypatch.setattr(PatientProtocol, "stall_s", 0.3)
    for index in range(40):
        EventFile(tmp_path / f"run{index:02}").scalars("loss", [1.0, 0.5])
    series = [{"run": f"run{index:02}", "tag": "loss"} for index in range(40)]
    with running(tmp_path) as port:
        until_done(port)
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(20)
            connection.connect(("127.0.0.1", port))
            # 8 MB, more than the system buffers between the two.
            body = json.dumps({"series": series, "px": 8_000}).encode()
            head = "POST /api/curves HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            # The connection's end is the one thing that is told without reading.
            watched = select.poll()
            watched.register(connection, select.POLLRDHUP)
            assert watched.poll(20_000), "the connection was kept"


def test_clients_that_leave_at_once_leave_nothing(tmp_path: Path, no_leaks: None) -> None:
    EventFile(tmp_path / "run").scalars("loss", [1.0])
    with running(tmp_path) as port:
        until_done(port)
        for _ in range(30):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"GET /api/overview HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ask(port, "/api/health")["needs_token"] is False


def test_nonsense_on_the_wire_is_refused(tmp_path: Path, no_leaks: None) -> None:
    with running(tmp_path) as port:
        for nonsense in (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"G" * 200_000):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(nonsense)
                connection.shutdown(socket.SHUT_WR)
                try:
                    assert b" 200 " not in connection.recv(100)
                except ConnectionError:
                    continue  # cut off, which is an answer too
        assert ask(port, "/api/health")["version"]


def test_a_taken_port_gives_the_next_free_one() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with bind("127.0.0.1", port) as second:
            assert port < second.getsockname()[1] <= port + 100
        with pytest.raises(BadArgument, match="taken"):
            bind("127.0.0.1", port, tries=1)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "999.1.1.1"])
def test_a_host_that_is_none_says_so(host: str) -> None:
    with pytest.raises(BadArgument, match="--host"):
        bind(host, 0)


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(BadArgument, match=r"192\.0\.2\.1"):
        bind("192.0.2.1", 0)


def test_answers_do_not_wait_for_an_acknowledgement(tmp_path: Path, no_leaks: None) -> None:
    # asyncio sets TCP_NODELAY only on sockets made for TCP by name; an accepted one has the listener's protocol.
    with bind("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
