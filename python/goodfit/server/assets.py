"""The built page's files → responses: hashed names for ever, the index never kept.

Only files that the folder held when the server started are served, looked up by their exact path, so that no address
can lead out of it. All addresses in the page are relative; it works under any prefix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from goodfit.server.errors import ApiError

_HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_ICONS = {".svg", ".ico", ".png"}
IMMUTABLE = "public, max-age=31536000, immutable"
NEVER_KEPT = "no-cache"
FOR_A_DAY = "public, max-age=86400"
"""Of the icon, which browsers ask for again at every change of the address, a zoom included."""
LANGUAGES = ("en", "ko")
"""Of the page; the first is for everybody else."""
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Goodfit: the page was not built</title>
<h1>The page was not built</h1>
<p>The server runs, and its data is at <a href="api/overview">api/overview</a>; this installation holds no page.</p>
<p>In a checkout, run <code>python build_backend.py</code> (it needs Node 20 or newer). Otherwise install again.</p>
"""


def find_language(request: Request) -> str:
    """The language that the page will probably choose: the address's, else the browser's first that there is.

    A reader's earlier choice is known to the browser alone; the page then fetches that one itself.
    """
    accepted = request.headers.get("accept-language", "")
    asked = [request.query_params.get("lang", ""), *(part.split(";")[0] for part in accepted.split(","))]
    known = (tag.strip().split("-")[0].lower() for tag in asked)
    return next((tag for tag in known if tag in LANGUAGES), LANGUAGES[0])


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the built page."""

    path: Path
    media_type: str
    is_hashed: bool


class Assets:
    """The files of one built page. Those with hashed names are read once: a name never has other bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._assets = self._list()
        self._bodies: dict[str, bytes] = {}

    def _list(self) -> dict[str, Asset]:
        found = {}
        for path in sorted(self._folder.rglob("*")) if self._folder.is_dir() else []:
            name = path.relative_to(self._folder).as_posix()
            if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
                media_type = _TYPES.get(path.suffix, "application/octet-stream")
                found[name] = Asset(path, media_type, is_hashed=bool(_HASHED.search(name)) and path.suffix != ".html")
        return found

    @property
    def is_built(self) -> bool:
        return "index.html" in self._assets

    async def serve(self, request: Request) -> Response:
        """The file at the address; the index for the root."""
        name = request.path_params.get("path", "") or "index.html"
        asset = self._find(name)
        if asset is None:
            if name == "index.html":
                return Response(NOT_BUILT, status_code=503, media_type="text/html; charset=utf-8")
            raise ApiError("not_found", "There is nothing at this address.", hint="see api/openapi.json")
        cache = IMMUTABLE if asset.is_hashed else FOR_A_DAY if asset.path.suffix in _ICONS else NEVER_KEPT
        if name == "index.html":
            page = self._name_words(asset.path.read_text("utf-8"), find_language(request))
            return Response(
                page, media_type=asset.media_type, headers={"cache-control": cache, "vary": "accept-language"}
            )
        if asset.is_hashed:
            # At once: a file answered piece by piece from threads waits for a processor at every piece.
            return Response(self._read(name, asset), media_type=asset.media_type, headers={"cache-control": cache})
        return FileResponse(asset.path, media_type=asset.media_type, headers={"cache-control": cache})

    def _read(self, name: str, asset: Asset) -> bytes:
        body = self._bodies.get(name)
        if body is None:
            body = self._bodies[name] = asset.path.read_bytes()
        return body

    def _name_words(self, page: str, language: str) -> str:
        """The index with the files of a language named, which are then fetched beside the script that asks for them."""
        words = [name for name in self._assets if re.fullmatch(rf"assets/{language}-[\w-]+\.js", name)]
        links = "".join(f'<link rel="modulepreload" crossorigin href="./{name}">' for name in words)
        return page.replace("</head>", f"{links}</head>", 1)

    def _find(self, name: str) -> Asset | None:
        """The asset, looking at the folder again when it is not there: the page may have been built anew meanwhile."""
        asset = self._assets.get(name)
        if asset is None or not asset.path.is_file():
            self._assets = self._list()
            asset = self._assets.get(name)
        return asset
