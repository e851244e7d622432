"""What a user typed as a log folder → the address of a remote folder, or None for a folder of this machine.

    s3://BUCKET/PREFIX    gs://BUCKET/PREFIX    az://CONTAINER/PREFIX    https://HOST/LISTING/

The text of an address (`str`) never holds a password, a token or a query; those parts are no part of its `repr` either,
nor of the name of its folder in the cache.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from goodfit.errors import BadArgument

BUCKET_SCHEMES = ("s3", "gs", "az")
WEB_SCHEMES = ("https", "http")
_KNOWN = {**{scheme: scheme for scheme in (*BUCKET_SCHEMES, *WEB_SCHEMES)}, "s3a": "s3", "gcs": "gs", "azure": "az"}
# Two letters at least: `C:/logs` is a folder of Windows. One slash is what pathlib leaves of two.
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//?)(.*)", re.DOTALL)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a remote log folder is."""

    scheme: str
    place: str
    """The bucket, the container, or `host:port`."""
    path: str
    """Below it, without slashes at its ends; percent-encoded where the scheme is a web scheme."""
    user_info: str = field(default="", repr=False)
    """`user:password` of a web address, percent-encoded."""
    query: str = field(default="", repr=False)
    """Of a web address, without the question mark."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}/{self.path}".rstrip("/")

    @property
    def is_bucket(self) -> bool:
        """Whether an object store answers; else a web server."""
        return self.scheme in BUCKET_SCHEMES

    @property
    def name(self) -> str:
        """The last part of the path, or the place."""
        return self.path.rpartition("/")[2] or self.place

    @property
    def cache_name(self) -> str:
        """The name of its folder in the cache."""
        return hashlib.sha256(str(self).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def parse_address(text: str | os.PathLike[str] | Address) -> Address | None:
    """The address that a text stands for; None for a path of this machine.

    Raises:
        BadArgument: an address of an unknown kind, without a bucket, or one that may not be used.

    Example:
        >>> str(parse_address("s3://bucket/logs/fit/"))
        's3://bucket/logs/fit'
        >>> parse_address("logs/fit")
    """
    if isinstance(text, Address):
        return text
    found = _ADDRESS.fullmatch(os.fspath(text))
    if found is None:
        return None
    word, slashes, rest = found.groups()
    scheme = _KNOWN.get(word.lower())
    if scheme is None:
        if len(slashes) < 2:
            return None  # a folder whose name ends in a colon
        raise BadArgument(
            f"{word}:// is no kind of log folder that can be read; wanted s3://, gs://, az:// or https://.",
            hint="mount or copy the files, then open that folder",
        )
    return _parse_bucket(scheme, rest) if scheme in BUCKET_SCHEMES else _parse_web(scheme, rest)


def _parse_bucket(scheme: str, rest: str) -> Address:
    place, _, path = rest.partition("/")
    if "@" in place:
        raise BadArgument(
            f"the address of a bucket holds no user and no key: wanted {scheme}://BUCKET/PREFIX.",
            hint="credentials come from the environment; see docs/guide/remote-folders.md",
        )
    if not place:
        raise BadArgument(f"the address {scheme}:// names no bucket.", hint=f"{scheme}://BUCKET/PREFIX")
    return Address(scheme, place, "/".join(part for part in path.split("/") if part not in ("", ".")))


def _parse_web(scheme: str, rest: str) -> Address:
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host:
        raise BadArgument(f"the address {scheme}:// names no host.", hint=f"{scheme}://HOST/LISTING/")
    if scheme == "http" and host not in LOOPBACK:
        raise BadArgument(
            f"http://{host} is not read: what comes that way can be seen and changed on its way.",
            hint=f"https://{host}/…; http:// is for this machine, as through an ssh tunnel",
        )
    place = f"[{host}]" if ":" in host else host
    if port is not None:
        place += f":{port}"
    user_info = parts.netloc.rpartition("@")[0]
    return Address(scheme, place, parts.path.strip("/"), user_info, parts.query)
