"""A small S3-speaking server on loopback: ListObjectsV2, GET and HEAD with ranges and If-Match, errors as S3 has them.

It checks the access key's id and that a request is signed at all, not the signature. Source of the protocol: Amazon S3
API Reference (ListObjectsV2, GetObject, Error Responses). `tests/integration/check_remote.py` runs the same tests on
moto.
"""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

ACCESS_KEY = "AKIATESTTESTTEST"
SECRET_KEY = "the-secret-key-of-the-tests"
PAGE_SIZE = 1000


@dataclass
class Object:
    body: bytes
    modified_s: float

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body).hexdigest()}"'


@dataclass
class Buckets:
    """What the server holds, changed by tests."""

    objects: dict[str, dict[str, Object]] = field(default_factory=dict)
    needs_key: bool = True
    refused: set[str] = field(default_factory=set)
    """Keys that nobody may read."""

    def put(self, bucket: str, key: str, body: bytes, *, modified_s: float | None = None) -> None:
        self.objects.setdefault(bucket, {})[key] = Object(body, time.time() if modified_s is None else modified_s)

    def delete(self, bucket: str, key: str) -> None:
        del self.objects[bucket][key]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    buckets: Buckets

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path.lstrip("/")).partition("/")
        words = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        signature = self.headers.get("authorization", "")
        if self.buckets.needs_key:
            if not signature:
                return self._fail(403, "AccessDenied")
            if f"Credential={ACCESS_KEY}/" not in signature:
                return self._fail(403, "InvalidAccessKeyId")
        if bucket not in self.buckets.objects:
            return self._fail(404, "NoSuchBucket")
        objects = self.buckets.objects[bucket]
        if not key:
            return self._list(bucket, objects, words)
        if key in self.buckets.refused:
            return self._fail(403, "AccessDenied")
        if key not in objects:
            return self._fail(404, "NoSuchKey")
        return self._get(objects[key])

    do_HEAD = do_GET

    def _get(self, found: Object) -> None:
        if self.headers.get("if-match", found.etag) != found.etag:
            return self._fail(412, "PreconditionFailed")
        body, status, extra = found.body, 200, {}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        if wanted:
            start, stop = int(wanted[1]), min(len(body), int(wanted[2]) + 1 if wanted[2] else len(body))
            if start >= len(body):
                return self._fail(416, "InvalidRange")
            extra["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
            body, status = body[start:stop], 206
        modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(found.modified_s))
        self._send(status, body, {"ETag": found.etag, "Last-Modified": modified, **extra})

    def _list(self, bucket: str, objects: dict[str, Object], words: dict[str, str]) -> None:
        prefix, delimiter = words.get("prefix", ""), words.get("delimiter", "")
        after = words.get("continuation-token") or words.get("start-after", "")
        items: list[str] = []
        seen: set[str] = set()
        next_token = last = ""
        for key in sorted(key for key in objects if key.startswith(prefix) and key > after):
            if len(items) == PAGE_SIZE:
                next_token = last
                break
            last = key
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                shared = prefix + rest.split(delimiter)[0] + delimiter
                if shared not in seen:
                    seen.add(shared)
                    items.append(f"<CommonPrefixes><Prefix>{escape(shared)}</Prefix></CommonPrefixes>")
                continue
            found = objects[key]
            modified = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(found.modified_s))
            items.append(
                f"<Contents><Key>{escape(key)}</Key><LastModified>{modified}</LastModified><ETag>{escape(found.etag)}"
                f"</ETag><Size>{len(found.body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            )
        token = f"<NextContinuationToken>{escape(next_token)}</NextContinuationToken>" if next_token else ""
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>{bucket}</Name><Prefix>{escape(prefix)}'
            f"</Prefix><KeyCount>{len(items)}</KeyCount><MaxKeys>{PAGE_SIZE}</MaxKeys>"
            f"<IsTruncated>{'true' if next_token else 'false'}</IsTruncated>{token}{''.join(items)}</ListBucketResult>"
        )
        self._send(200, text.encode(), {"Content-Type": "application/xml"})

    def _fail(self, status: int, code: str) -> None:
        text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>no</Message></Error>'
        self._send(status, text.encode(), {"Content-Type": "application/xml"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    """Knows its connections, so that those which clients keep open end with it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what some tests are about."""

    def close_connections(self) -> None:
        for request in list(self._open):
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)


class Served:
    """An HTTP server on a loopback port for the length of a `with` block."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = _Server(handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()


def serve_buckets(buckets: Buckets) -> Served:
    return Served(type("Handler", (_Handler,), {"buckets": buckets}))
