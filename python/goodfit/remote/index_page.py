"""The page on which a web server lists a folder → its entries: names, whether they are folders, the rest of the row.

Read are the links to direct children of the folder, in whatever markup; so the listings of Python's http.server, nginx,
Apache, lighttpd and Caddy are. The rest of a row (date and size, where the server shows them) is kept as it is: while
it stays the same the file is taken to be the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

MAX_ENTRIES = 1_000_000
"""Of one page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One child of a listed folder."""

    name: str
    """Decoded."""
    quoted: str
    """As it stands in addresses."""
    is_folder: bool
    rest: str
    """Of the row, blanks folded; empty where the server shows nothing but names."""


class _Links(HTMLParser):
    """Links of a page with the text between each and the next."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, list[str]]] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            href = next((value for name, value in attrs if name == "href" and value), None)
            if href is not None and len(self.found) < MAX_ENTRIES:
                self.found.append((href, []))
                self._is_inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self.found and not self._is_inside:
            self.found[-1][1].append(data)


def parse_index(page: str, folder_url: str) -> list[Entry] | None:
    """The children of a folder, in the order of the page, each once; None when the page holds no link at all.

    Args:
        page: HTML.
        folder_url: where it lies, with a slash at its end; links elsewhere are left out.

    Example:
        >>> [entry.name for entry in parse_index('<a href="../">..</a> <a href="a%20b/">a b</a> -', "https://h/logs/")]
        ['a b']
    """
    links = _Links()
    links.feed(page)
    links.close()
    base = urlsplit(folder_url)
    found: dict[str, Entry] = {}
    for href, texts in links.found:
        try:
            target = urlsplit(urljoin(folder_url, href))
        except ValueError:
            continue
        if (target.scheme, target.netloc) != (base.scheme, base.netloc) or target.query:
            continue
        if not target.path.startswith(base.path):
            continue
        quoted = target.path[len(base.path) :]
        is_folder = quoted.endswith("/")
        quoted = quoted.removesuffix("/")
        if quoted and "/" not in quoted:
            # A later link to the same child, as behind an icon, brings the text of the row.
            found[quoted] = Entry(unquote(quoted), quoted, is_folder, " ".join("".join(texts).split()))
    return list(found.values()) if links.found or _is_empty_listing(page) else None


def _is_empty_listing(page: str) -> bool:
    head = page[:2000].lower()
    return "directory listing" in head or "index of" in head
