"""A page of the docs → its fenced blocks, each with the language and the mark that say what the tests do with it.

```python                  runs, page by page, from top to bottom
```python keras            runs in tests/integration, where that framework is; also torch
```python no-run: WHY      is parsed only
```sh                      runs, in a folder with logs
```sh no-run: WHY          its goodfit commands are parsed only
```console                 the lines behind `$ ` run, and print what stands below them; … is for what is left out
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# A block within a list is indented as its item is.
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s+)#(?![!\w]).*$", re.MULTILINE)
_KOREAN = re.compile(r"[가-힣]")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences."""

    language: str
    mark: str
    """What follows the language: empty, a framework, or `no-run: WHY`."""
    body: str

    @property
    def runs(self) -> bool:
        return self.mark == ""

    @property
    def code(self) -> str:
        """The body without comments and without the words of a language: the same in each translation."""
        code = _COMMENT.sub("", self.body)
        kept = [_KOREAN.sub("", line) if _KOREAN.search(line) else line.rstrip() for line in code.splitlines()]
        return "\n".join(line for line in kept if line.strip())


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, from top to bottom."""
    found = []
    for match in _FENCE.finditer(page.read_text("utf-8")):
        language, _, mark = match["info"].partition(" ")
        indent = len(match["indent"])
        body = "".join(line[indent:] if line.strip() else line for line in match["body"].splitlines(keepends=True))
        found.append(Block(language, mark.strip(), body))
    return found


def text_of(page: Path) -> str:
    """A page without its blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def pages() -> list[Path]:
    """Every page that users read."""
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


def translations() -> Iterator[tuple[Path, Path]]:
    """Each page that has one, with its Korean page."""
    for page in pages():
        korean = page.with_suffix(".ko.md")
        if korean.exists():
            yield page, korean
