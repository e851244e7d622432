"""A token, by header, address or cookie → whether its bearer is let in.

The token never travels in a cookie: the cookie holds a keyed digest of it, which opens this server and tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from goodfit.server.errors import ApiError
from goodfit.server.settings import Settings

TOKEN_HEADER = "x-goodfit-token"  # noqa: S105 - a name, not a secret
MAX_WRONG, WRONG_WINDOW_S = 10, 60.0
"""Wrong tokens of one address, and in what time: a number of six digits holds for months."""
MAX_VISITORS = 1_000


def visitor_of(scope: Scope) -> str:
    """The address that a request comes from; of all behind one proxy, the proxy's."""
    client = scope.get("client")
    return client[0] if client else ""


class Guesses:
    """Counts wrong tokens by visitor, so that a short one cannot be found by trying.

    The oldest visitors are forgotten beyond `MAX_VISITORS`.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        """When each was wrong, at most the last `MAX_WRONG` times."""

    def require_patience(self, visitor: str) -> None:
        """Raises ApiError for a visitor who was wrong too often lately."""
        times = self._wrong.get(visitor, deque[float]())
        if len(times) == MAX_WRONG and self._clock() - times[0] < WRONG_WINDOW_S:
            raise ApiError(
                "too_many",
                f"{MAX_WRONG} wrong tokens came from your address.",
                hint=f"try again in {WRONG_WINDOW_S:.0f} seconds",
            )

    def note_wrong(self, visitor: str) -> None:
        """Counts a wrong token."""
        self._wrong.setdefault(visitor, deque(maxlen=MAX_WRONG)).append(self._clock())
        self._wrong.move_to_end(visitor)
        if len(self._wrong) > MAX_VISITORS:
            self._wrong.popitem(last=False)


class Door:
    """Compares tokens and hands out cookies."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._guesses = Guesses(clock=clock)
        self._token = (settings.token or "").encode()
        self._cookie_name = f"goodfit_{settings.port}"
        self._pass = hmac.new(self._token, b"goodfit page cookie", hashlib.sha256).hexdigest()

    @property
    def is_locked(self) -> bool:
        return bool(self._token)

    def is_token(self, text: str, *, visitor: str) -> bool:
        """Whether this is the token, in time that does not depend on how much of it is right.

        Raises:
            ApiError: the visitor was wrong too often lately; then nothing is compared.
        """
        self._guesses.require_patience(visitor)
        is_right = hmac.compare_digest(
            hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest(), hashlib.sha256(self._token).digest()
        )
        if not is_right:
            self._guesses.note_wrong(visitor)
        return is_right

    def lets_in(self, headers: Headers, *, visitor: str) -> bool:
        """Whether the headers hold our cookie or the token. Raises ApiError as `is_token`."""
        if self._has_cookie(headers):  # which nobody can guess: it is not counted
            return True
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(credentials.strip(), visitor=visitor):
            return True
        return TOKEN_HEADER in headers and self.is_token(headers[TOKEN_HEADER], visitor=visitor)

    def _has_cookie(self, headers: Headers) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie_name)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._pass.encode())

    def hand_out(self, response: Response) -> None:
        """Puts our cookie on a response."""
        response.set_cookie(self._cookie_name, self._pass, httponly=True, samesite="strict", path="/")
