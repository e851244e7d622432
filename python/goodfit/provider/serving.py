"""A log folder → a gRPC server on a loopback port that answers TensorBoard's data calls.

The protocol knows no password, so that nothing but loopback is ever listened on. TensorBoard's `local` credentials
speak plain HTTP/2 there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

from goodfit.errors import BadArgument, LogFolderError, MissingExtra, UnknownSeries
from goodfit.provider.follower import Follower
from goodfit.provider.service import Service
from goodfit.query.board.book import Board
from goodfit.query.compat import Reading
from goodfit.remote.address import Address
from goodfit.store.store import Store
from goodfit.wire import Undecodable

SERVICE = "tensorboard.data.TensorBoardDataProvider"
N_THREADS = 8
MAX_MESSAGE_BYTES = 256 << 20
"""What TensorBoard's client takes."""
FIRST_READING_S = 3.0
"""How long a call waits for the first reading, before it answers with what there is: nothing."""


def import_grpc() -> Any:
    """The grpc package. Raises MissingExtra."""
    try:
        import grpc  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise MissingExtra.named("grpcio", "provider", "Serving TensorBoard's page") from None
    return grpc


class ProviderServer:
    """Serves one log folder; a context manager, which stops what it started."""

    def __init__(
        self,
        logdir: str | Path | Address,
        *,
        port: int = 0,
        reading: Reading = "newest",
        wait_s: float | None = 1.0,
        cache_folder: Path | None = None,
    ) -> None:
        """Listens on 127.0.0.1 and begins to read.

        Args:
            logdir: Need not exist yet.
            port: 0 takes any free one.
            reading: Which points of a training that went back to an earlier step are shown.
            wait_s: Between two looks at the files; None looks once.
            cache_folder: Where to keep what was read for the next time; None keeps nothing.

        Raises:
            MissingExtra: grpcio is not installed.
            BadArgument: the port is taken.
        """
        grpc = import_grpc()
        store = Store(logdir, cache_folder=cache_folder)
        self._follower = Follower(store, wait_s=wait_s)
        service = Service(Board(store, reading=reading), data_location=str(store.place))
        # Without SO_REUSEPORT: two servers that share a port would answer by turns.
        self._threads = ThreadPoolExecutor(N_THREADS, thread_name_prefix="goodfit-provider")
        self._server = grpc.server(
            self._threads,
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ],
        )
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, self._handlers(grpc, service)),)
        )
        try:
            self.port: int = self._server.add_insecure_port(f"127.0.0.1:{port}")
        except RuntimeError as error:
            raise BadArgument(f"port {port} is taken.", hint="--port 0 takes any free one") from error
        self.store = store
        self._server.start()
        self._follower.start()

    def _handlers(self, grpc: Any, service: Service) -> dict[str, Any]:
        unary: dict[str, Callable[[bytes], bytes]] = {
            "ListPlugins": service.list_plugins,
            "ListRuns": service.list_runs,
            "ListScalars": service.list_scalars,
            "ReadScalars": service.read_scalars,
            "ListTensors": service.list_tensors,
            "ReadTensors": service.read_tensors,
            "ListBlobSequences": service.list_blob_sequences,
            "ReadBlobSequences": service.read_blob_sequences,
        }
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(self._answering(grpc, method, waits=True))
            for name, method in unary.items()
        }
        experiment = self._answering(grpc, service.get_experiment, waits=False)
        handlers["GetExperiment"] = grpc.unary_unary_rpc_method_handler(experiment)
        handlers["ReadBlob"] = grpc.unary_stream_rpc_method_handler(self._streaming(grpc, service.read_blob))
        return handlers

    def _answering(self, grpc: Any, method: Callable[[bytes], bytes], *, waits: bool) -> Callable[[bytes, Any], bytes]:
        def answer(request: bytes, context: Any) -> bytes:
            if waits:
                self._follower.wait_until_read(FIRST_READING_S)
            try:
                return method(request)
            except (Undecodable, UnknownSeries, LogFolderError) as error:
                context.abort(*_status(grpc, error))
                raise  # not reached: abort raises

        return answer

    def _streaming(
        self, grpc: Any, method: Callable[[bytes], Iterator[bytes]]
    ) -> Callable[[bytes, Any], Iterator[bytes]]:
        def answer(request: bytes, context: Any) -> Iterator[bytes]:
            self._follower.wait_until_read(FIRST_READING_S)
            try:
                yield from method(request)
            except (Undecodable, UnknownSeries, LogFolderError) as error:
                context.abort(*_status(grpc, error))
                raise  # not reached: abort raises

        return answer

    def wait_until_read(self, timeout_s: float) -> bool:
        """Waits for the first reading; whether it is done."""
        return self._follower.wait_until_read(timeout_s)

    def wait_until_stopped(self) -> None:
        """Returns when the server was stopped."""
        self._server.wait_for_termination()

    def stop(self) -> None:
        """Ends server and reading; from any thread."""
        self._server.stop(grace=0.5).wait()
        self._follower.stop()
        self.store.close()
        self._threads.shutdown()

    def __enter__(self) -> ProviderServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _status(grpc: Any, error: Exception) -> tuple[Any, str]:
    if isinstance(error, Undecodable):
        return grpc.StatusCode.INVALID_ARGUMENT, f"not a question of this protocol: {error}"
    return grpc.StatusCode.NOT_FOUND, str(error)
