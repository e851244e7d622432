"""A small S3-speaking server on loopback: ListObjectsV2, GET and HEAD with ranges and If-Match, errors as S3 has them.

It checks the access key's id and that a request is signed at all, not the signature. Source of the protocol: Amazon S3
API Reference (ListObjectsV2, GetObject, Error Responses). `tests/integration/check_remote.py` runs the same tests on
moto.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.remote.serving import Answering, Served

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


class _Handler(Answering):
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
        self.send(status, body, {"ETag": found.etag, "Last-Modified": modified, **extra})

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
        self.send(200, text.encode(), {"Content-Type": "application/xml"})

    def _fail(self, status: int, code: str) -> None:
        text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>no</Message></Error>'
        self.send(status, text.encode(), {"Content-Type": "application/xml"})


def serve_buckets(buckets: Buckets) -> Served:
    return Served(type("Handler", (_Handler,), {"buckets": buckets}))
