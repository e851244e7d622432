"""A provider on a free port and a client that speaks to it in bytes, as TensorBoard's stub does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

grpc = pytest.importorskip("grpc", reason="the extra `provider` is not installed")

from goodfit import wire  # noqa: E402
from goodfit.provider.serving import SERVICE, ProviderServer  # noqa: E402


class Client:
    """Calls by name; requests and answers are bytes."""

    def __init__(self, port: int) -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")

    def call(self, name: str, request: bytes = b"") -> bytes:
        answer: bytes = self._channel.unary_unary(f"/{SERVICE}/{name}")(request, timeout=60)
        return answer

    def stream(self, name: str, request: bytes) -> list[bytes]:
        return list(self._channel.unary_stream(f"/{SERVICE}/{name}")(request, timeout=60))

    def close(self) -> None:
        self._channel.close()


def ask(
    plugin: str, *, runs: list[str] | None = None, tags: list[str] | None = None, points: int | None = None
) -> bytes:
    """A List… or Read… request."""
    filters = [
        wire.message(field, wire.messages(1, [name.encode() for name in names]))
        for field, names in ((1, runs), (2, tags))
        if names is not None
    ]
    return (
        wire.message(2, wire.text(1, plugin))
        + wire.message(3, b"".join(filters))
        + (b"" if points is None else wire.message(4, wire.integer(1, points)))
    )


def entries(answer: bytes) -> dict[tuple[str, str], dict[int, list[Any]]]:
    """Runs and tags of an answer → the fields of each entry's metadata or data."""
    found: dict[tuple[str, str], dict[int, list[Any]]] = {}
    for run in wire.read_messages(answer, 1):
        for tag in wire.read_messages(run, 2):
            fields: dict[int, list[Any]] = {}
            for number, _, value in wire.read_fields(wire.read_message(tag, 2) or b""):
                fields.setdefault(number, []).append(value)
            found[wire.read_text(run, 1), wire.read_text(tag, 1)] = fields
    return found


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """Serves a folder; the client is connected when the first reading is done."""
    with ExitStack() as stack:

        def start(logdir: Path, **settings: Any) -> Client:
            server = stack.enter_context(ProviderServer(logdir, **{"wait_s": None, **settings}))
            assert server.wait_until_read(10)
            client = Client(server.port)
            stack.callback(client.close)
            return client

        yield start
