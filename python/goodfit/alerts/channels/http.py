"""One HTTP request → one answer, or the reason why there is none.

Rules for every service: no redirect is followed (a token must not travel to another host), nothing is taken from
`.netrc` or other places of the machine but the proxies and certificates of the settings, loopback needs no proxy, an
answer is read up to a size and within a time, and a certificate that does not hold is never waved through.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodfit.alerts.outcome import Outcome, OutcomeKind, shorten_reason, wait_from_headers
from goodfit.config import Settings

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 15.0
EXCHANGE_DEADLINE_S = 60.0  # a server that sends a byte every ten seconds never trips the read timeout
_MAX_ANSWER_BYTES = 1 << 20
_USER_AGENT = "goodfit (+https://goodfit.readthedocs.io)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status_code: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON, or None when it is not."""
        import json

        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Http:
    """A client for one sender; safe to use from several threads. Close it."""

    def __init__(
        self,
        settings: Settings,
        *,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        deadline_s: float = EXCHANGE_DEADLINE_S,
        trust: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            settings: proxies and the file of certificates.
            connect_timeout_s: for a connection.
            read_timeout_s: between two pieces of an answer.
            deadline_s: for a whole exchange.
            trust: who may vouch for a service; None: the file of certificates of the settings, else those of certifi.
            clock: seconds since the epoch.
        """
        import ssl

        import httpx  # here, since a process that only queues never pays its 0.1 s

        self.clock = clock
        self._deadline_s = deadline_s
        timeout = httpx.Timeout(read_timeout_s, connect=connect_timeout_s, pool=connect_timeout_s)
        verify: ssl.SSLContext | bool = trust or True
        if trust is None and settings.certificate_file is not None:
            verify = ssl.create_default_context(cafile=settings.certificate_file)
        direct = httpx.HTTPTransport(verify=verify)
        mounts: dict[str, httpx.BaseTransport] = {
            f"{scheme}://": httpx.HTTPTransport(verify=verify, proxy=address)
            for scheme, address in settings.proxies.items()
        }
        for host in ("localhost", "127.0.0.1", "[::1]", *settings.no_proxy):
            mounts["all://" if host == "*" else f"all://*{host}" if host.startswith(".") else f"all://{host}"] = direct
        self._client = httpx.Client(
            timeout=timeout,
            transport=direct,
            mounts=mounts if settings.proxies else None,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": _USER_AGENT},
        )

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> Answer | Outcome:
        """Sends one request; the answer whatever its status, or an Outcome when none came.

        Args:
            method: GET, POST or PUT.
            url: the whole address.
            headers: beside the client's own.
            content: `json=`, `content=`, `data=`, `files=` as in httpx.
        """
        import httpx

        is_sent = False
        try:
            request = self._client.build_request(method, url, headers=headers, **content)
            deadline = time.monotonic() + self._deadline_s
            # Any failure from here on may have come after the server had the whole request.
            is_sent = True
            response = self._client.send(request, stream=True)
            try:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) >= _MAX_ANSWER_BYTES:
                        break
                    if time.monotonic() > deadline:
                        return Outcome("unknown", "the answer did not end in time", status_code=response.status_code)
            finally:
                response.close()
            answer_headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, answer_headers, bytes(body[:_MAX_ANSWER_BYTES]))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            if _is_certificate_error(error):
                return Outcome("config", f"the server's certificate does not hold: {_say(error)}")
            return Outcome("transient", f"no connection: {_say(error)}")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError) as error:
            return Outcome("config", f"the request cannot be made: {_say(error)}")
        except (httpx.HTTPError, OSError) as error:
            return Outcome("unknown" if is_sent else "transient", f"no answer: {_say(error)}")


def classify(answer: Answer, now: float) -> Outcome:
    """The outcome that an HTTP status stands for, where a service has no rules of its own.

    A 2xx counts as sent; channels that know what a true answer looks like check the body themselves.
    """
    code = answer.status_code
    detail = shorten_reason(f"HTTP {code}: {answer.text}" if answer.body.strip() else f"HTTP {code}")
    if 200 <= code < 300:
        return Outcome("sent", status_code=code)
    if 300 <= code < 400:
        where = answer.headers.get("location", "nowhere")
        return Outcome("config", shorten_reason(f"HTTP {code}: redirected to {where}, not followed"), status_code=code)
    if code in (401, 403):
        return Outcome("auth", detail, status_code=code)
    if code in (408, 425, 429):
        kind: OutcomeKind = "rate" if code == 429 else "transient"
        return Outcome(kind, detail, status_code=code, wait_s=wait_from_headers(answer.headers, now))
    if code >= 500 or code < 200:
        return Outcome("transient", detail, status_code=code, wait_s=wait_from_headers(answer.headers, now))
    return Outcome("permanent", detail, status_code=code)


def _is_certificate_error(error: BaseException | None) -> bool:
    import ssl

    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _say(error: BaseException) -> str:
    return shorten_reason(str(error)) or type(error).__name__
