"""Any failure of a request → one answer shape, `ErrorBody`, without internal text.

What we raise on purpose says what is wrong in words meant for the reader. Anything else is logged with its traceback
and answered with `internal` and a reference that stands in the log, so that the two can be brought together.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goodfit.errors import GoodfitError, LogFolderError, UnknownSeries
from goodfit.server import wire
from goodfit.server.schema import ErrorBody

logger = logging.getLogger("goodfit.server")

STATUS = {
    "bad_request": 400,
    "unauthorised": 401,
    "forbidden": 403,
    "not_found": 404,
    "wrong_method": 405,
    "too_large": 413,
    "damaged": 422,
    "too_many": 503,
    "internal": 500,
}
_CODE = {status: code for code, status in STATUS.items()} | {429: "too_many"}


class ApiError(Exception):
    """A request that cannot be answered, for a reason that its sender may read."""

    def __init__(
        self, code: str, message: str, *, hint: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.headers = headers


def answer(error: ApiError) -> Response:
    """The error as a response."""
    body = ErrorBody(error=error.code, message=error.message, hint=error.hint)
    return Response(
        wire.encode(body), status_code=STATUS[error.code], media_type="application/json", headers=error.headers
    )


def as_api_error(error: BaseException) -> ApiError | None:
    """What the sender may read of an error; None for one that is not of ours."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, msgspec.MsgspecError | UnicodeDecodeError):
        return ApiError("bad_request", f"The request does not fit the schema: {error}.", hint="see api/openapi.json")
    if isinstance(error, UnknownSeries | LogFolderError):
        return ApiError("not_found", error.message, hint=error.hint)
    if isinstance(error, GoodfitError):
        return ApiError("bad_request", error.message, hint=error.hint)
    if isinstance(error, HTTPException):
        code = _CODE.get(error.status_code, "bad_request")
        words = {"not_found": "There is nothing at this address.", "wrong_method": "This address takes another method."}
        return ApiError(
            code,
            words.get(code, "The request cannot be answered."),
            hint="see api/openapi.json",
            headers=error.headers,
        )
    return None


async def handle_known(_: Request, error: Exception) -> Response:
    """Starlette's handler for errors of ours and of the router."""
    known = as_api_error(error)
    assert known is not None
    return answer(known)


HANDLERS = dict.fromkeys(
    (ApiError, GoodfitError, msgspec.MsgspecError, UnicodeDecodeError, HTTPException), handle_known
)


class LastResort:
    """Around all that may fail: turns whatever was not foreseen into `internal`, keeping its text on this side."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watched_send(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except ClientDisconnect:
            return  # in the middle of its own request: nobody is there to answer
        except Exception as error:
            known = as_api_error(error)
            if known is None:
                reference = secrets.token_hex(4)
                logger.exception("request failed, reference %s: %s %r", reference, scope["method"], scope["path"])
                known = ApiError(
                    "internal",
                    f"The server failed at this request (reference {reference}).",
                    hint="its log says more; what is on screen stays valid",
                )
            if not has_started:
                await answer(known)(scope, receive, send)
