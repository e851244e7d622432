"""A folder that a web server lists → listings and byte ranges of its event files.

Which files there are comes from the pages; size and version of each from a HEAD request. A file is not asked for again
while its row on the page stays the same and it was last written well before it was last asked for: rows show minutes
and rounded sizes.

Requests go to the address's own scheme, host and port only, redirections included, so that a password goes nowhere
else. A request that fails for a passing reason is sent again, `MAX_TRIES` times in all, with growing, random pauses.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from goodfit.errors import LogFolderError, RemoteError
from goodfit.remote import trouble
from goodfit.remote.address import Address
from goodfit.remote.index_page import Entry, parse_index
from goodfit.remote.source import Changed, Gone, Listed, RemoteFile, is_wanted

if TYPE_CHECKING:
    import httpx

MAX_TRIES = 6
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
LONGEST_RETRY_AFTER_S = 30.0
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 20.0
MAX_REQUESTS = 16
"""At the same time."""
MAX_DEPTH = 32
MAX_FOLDERS = 100_000
MAX_PAGE_BYTES = 64 << 20
MAX_REDIRECTIONS = 5
SETTLED_S = 180.0
"""Between the last change of a file and the time it was asked for: beyond the minute that listings round to."""
PIECE_BYTES = 1 << 16
_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found out about a file."""

    path: str
    """Percent-encoded, as the page has it."""
    rest: str
    file: RemoteFile
    is_settled: bool


class _Discretion(logging.Filter):
    """Takes a query out of what is logged."""

    def __init__(self, query: str) -> None:
        super().__init__()
        self._query = query

    def filter(self, record: logging.LogRecord) -> bool:
        if self._query and self._query in record.getMessage():
            record.msg, record.args = record.getMessage().replace(self._query, "…"), ()
        return True


class Web:
    """One folder of a web server. Its methods are called from one event loop between two calls of `close`."""

    is_serial = True

    def __init__(self, address: Address, *, rng: random.Random) -> None:
        self._address = address
        self._rng = rng
        self._origin = f"{address.scheme}://{address.place}"
        self._path = f"/{address.path}/" if address.path else "/"
        self._query = f"?{address.query}" if address.query else ""
        self._discretion = _Discretion(address.query)
        self._known: dict[str, _Known] = {}
        self._client: httpx.AsyncClient | None = None
        self._slots: asyncio.Semaphore | None = None

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            # httpx logs every address with its query.
            logging.getLogger("httpx").addFilter(self._discretion)
            user, _, password = self._address.user_info.partition(":")
            self._client = httpx.AsyncClient(
                auth=(unquote(user), unquote(password)) if self._address.user_info else None,
                timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=None),
                limits=httpx.Limits(max_connections=MAX_REQUESTS, max_keepalive_connections=MAX_REQUESTS),
                headers={"accept-encoding": "identity", "user-agent": "goodfit"},
            )
            self._slots = asyncio.Semaphore(MAX_REQUESTS)
        return self._client

    async def close(self) -> None:
        client, self._client, self._slots = self._client, None, None
        logging.getLogger("httpx").removeFilter(self._discretion)
        if client is not None:
            await client.aclose()

    async def probe(self) -> None:
        is_single = is_wanted(unquote(self._address.path))
        method, path = ("HEAD", f"/{self._address.path}") if is_single else ("GET", self._path)
        async with self._answer(method, path) as answer:
            self._check_status(answer.status_code)

    async def list_files(self) -> Listed:
        listed = Listed()
        if is_wanted(unquote(self._address.path)):
            found = await self._ask(f"/{self._address.path}", unquote(self._address.name), "")
            if found is not None:
                listed.n_seen, listed.files = 1, [found]
            return listed
        wanted: list[tuple[str, Entry]] = []
        level = [("", ())]
        n_folders = 0
        while level:
            n_folders += len(level)
            if n_folders > MAX_FOLDERS:
                listed.skipped[unquote(level[0][0])] = f"more than {MAX_FOLDERS:,} folders"
                break
            pages = await asyncio.gather(*(self._list_folder(folder, listed) for folder, _ in level))
            below: list[tuple[str, tuple[Any, ...]]] = []
            for (folder, above), entries in zip(level, pages, strict=True):
                mark = tuple((entry.name, entry.rest) for entry in entries)
                # A link to a folder above shows that folder's page, over and over.
                if above.count(mark) >= 2 or len(above) >= MAX_DEPTH:
                    listed.skipped[unquote(folder)] = "folders without end"
                    continue
                for entry in entries:
                    if entry.is_folder:
                        below.append((f"{folder}{entry.quoted}/", (*above, mark)))
                    else:
                        listed.n_seen += 1
                        if is_wanted(entry.name):
                            wanted.append((folder, entry))
            level = below
        files = await asyncio.gather(*(self._find_out(folder, entry) for folder, entry in wanted))
        listed.files = [file for file in files if file is not None]
        keys = {file.key for file in listed.files}
        self._known = {key: known for key, known in self._known.items() if key in keys}
        return listed

    async def _list_folder(self, folder: str, listed: Listed) -> list[Entry]:
        path = self._path + folder
        try:
            async with self._answer("GET", path) as answer:
                if answer.status_code in (404, 410) and folder:
                    return []  # it went away since the folder above was listed
                self._check_status(answer.status_code)
                parts, n_bytes = [], 0
                async for part in answer.aiter_bytes(PIECE_BYTES):
                    n_bytes += len(part)
                    if n_bytes > MAX_PAGE_BYTES:
                        raise LogFolderError(f"the listing of {self._address}/{unquote(folder)} has no end.")
                    parts.append(part)
                text = b"".join(parts).decode(answer.charset_encoding or "utf-8", "replace")
                entries = parse_index(text, str(answer.url.copy_with(query=None, fragment=None)))
        except (LogFolderError, LookupError) as error:
            if not folder:
                raise
            listed.skipped[unquote(folder)] = str(error).splitlines()[0]
            return []
        if entries is None:
            if folder:
                listed.skipped[unquote(folder)] = "its page lists no files"
                return []
            raise LogFolderError(
                f"{self._address} is no listing of a folder: its page holds no links.",
                hint="wanted the page that a web server makes of a folder, as by: python -m http.server",
            )
        return entries

    async def _find_out(self, folder: str, entry: Entry) -> RemoteFile | None:
        key = unquote(folder) + entry.name
        known = self._known.get(key)
        if known is not None and known.is_settled and known.rest == entry.rest:
            return known.file
        return await self._ask(self._path + folder + entry.quoted, key, entry.rest)

    async def _ask(self, path: str, key: str, rest: str) -> RemoteFile | None:
        """Size and version of a file; None when it is gone."""
        async with self._answer("HEAD", path) as answer:
            status, headers = answer.status_code, answer.headers
        if status in (405, 501) or (status < 300 and "content-length" not in headers):
            async with self._answer("GET", path, {"range": "bytes=0-0"}) as answer:
                status, headers = answer.status_code, answer.headers
        if status in (404, 410):
            return None
        if status == 416:
            size_bytes = 0
        else:
            self._check_status(status)
            total = _TOTAL.fullmatch(headers.get("content-range", ""))
            size_bytes = int(total[1] if total else headers.get("content-length", "0"))
        modified_s, now_s = _parse_date(headers.get("last-modified")), _parse_date(headers.get("date"))
        version = headers.get("etag") or f"{headers.get('last-modified', '')} {size_bytes}"
        file = RemoteFile(key, size_bytes, version, modified_s or time.time())
        is_settled = bool(rest and modified_s and now_s and now_s - modified_s > SETTLED_S)
        self._known[key] = _Known(path, rest, file, is_settled)
        return file

    async def read(self, file: RemoteFile, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        path = self._known[file.key].path
        headers = {"range": f"bytes={start}-{stop - 1}"}
        if file.version.startswith('"'):
            headers["if-match"] = file.version
        async with self._answer("GET", path, headers) as answer:
            status = answer.status_code
            if status in (404, 410):
                raise Gone
            if status in (412, 416):
                raise Changed
            self._check_status(status)
            seen = answer.headers
            if seen.get("etag") and file.version.startswith('"') and seen["etag"] != file.version:
                raise Changed
            modified_s = _parse_date(seen.get("last-modified"))
            if modified_s is not None and modified_s != file.modified_s:
                raise Changed
            if status == 206 and not seen.get("content-range", "").startswith(f"bytes {start}-"):
                raise RemoteError(f"{self._address} sends other bytes than it is asked for.")
            skip = 0 if status == 206 else start  # a server without ranges sends the file from its beginning
            left = stop - start
            try:
                async for piece in answer.aiter_bytes(PIECE_BYTES):
                    part = piece[skip : skip + left]
                    skip = max(0, skip - len(piece))
                    left -= len(part)
                    if part:
                        yield part
                    if not left:
                        return
            except self._passing() as error:
                raise self._unreachable(error) from None

    @asynccontextmanager
    async def _answer(self, method: str, path: str, headers: dict[str, str] | None = None) -> AsyncIterator[Any]:
        """An answer whose status says something, its body yet to be read."""
        client = self._open()
        assert self._slots is not None
        async with self._slots:
            answer = await self._send(client, method, self._origin + path + self._query, headers or {})
            try:
                yield answer
            except self._passing() as error:
                raise self._unreachable(error) from None
            finally:
                await answer.aclose()

    async def _send(self, client: httpx.AsyncClient, method: str, url: str, headers: dict[str, str]) -> httpx.Response:
        n_redirections = 0
        for n_tries in range(1, MAX_TRIES + 1):
            pause_s = self._rng.uniform(0.5, 1.0) * min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**n_tries)
            try:
                answer = await client.send(client.build_request(method, url, headers=headers), stream=True)
            except self._passing() as error:
                if n_tries == MAX_TRIES:
                    raise self._unreachable(error) from None
                await asyncio.sleep(pause_s)
                continue
            if answer.status_code != 429 and answer.status_code < 500:
                if not answer.is_redirect:
                    return answer
                await answer.aclose()
                n_redirections += 1
                url = self._redirect(url, answer.headers.get("location", ""), n_redirections)
                continue
            if answer.status_code == 501 or n_tries == MAX_TRIES:
                return answer
            await answer.aclose()
            await asyncio.sleep(max(pause_s, _parse_pause(answer.headers.get("retry-after"))))
        raise RemoteError(f"{self._address} redirects without end.")

    def _redirect(self, url: str, location: str, n_redirections: int) -> str:
        target = urljoin(url, location)
        parts = urlsplit(target)
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            raise LogFolderError(
                f"{self._address} sends readers on to {parts.scheme}://{parts.hostname or ''}, which is not followed.",
                hint="give the address that it leads to, or a password (https://USER:PASSWORD@…) if it asks for one",
            )
        if n_redirections > MAX_REDIRECTIONS:
            raise RemoteError(f"{self._address} redirects without end.")
        return target

    def _check_status(self, status: int) -> None:
        if status >= 300:
            error = trouble.from_status(self._address, status, has_credentials=bool(self._address.user_info))
            assert error is not None
            raise error

    def _passing(self) -> type[Exception]:
        import httpx

        return httpx.TransportError

    def _unreachable(self, error: Exception) -> RemoteError:
        return trouble.from_phrase(self._address, f"{type(error).__name__} {error}")


def _parse_date(text: str | None) -> float | None:
    """Seconds since the epoch of an HTTP date; None where there is none."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (TypeError, ValueError):
        return None


def _parse_pause(text: str | None) -> float:
    """Seconds that `Retry-After` asks for, bounded; 0 where it gives none or a date."""
    try:
        return min(LONGEST_RETRY_AFTER_S, max(0.0, float(text or 0)))
    except ValueError:
        return 0.0
