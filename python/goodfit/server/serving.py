"""An application → a running server: the signals obeyed, the streams ended before it stops."""

from __future__ import annotations

import signal
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from goodfit.server.interrupt import leave_at_once
from goodfit.server.live import Hub
from goodfit.server.patience import PatientProtocol

MAX_CONNECTIONS = 512
"""At once; a page uses at most six. Beyond, the answer is 503 at once."""
STOP_TIMEOUT_S = 2


class PageServer(uvicorn.Server):
    """uvicorn, but its signals end the event streams first, and then it returns instead of raising them again."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        config = uvicorn.Config(
            app,
            http=PatientProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
        )
        super().__init__(config)
        self._hub = hub

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit and sig == signal.SIGINT:
            leave_at_once()
        self.stop()

    def stop(self) -> None:
        """Ends the server; from any thread."""
        self._hub.close()
        self.should_exit = True
