"""Docs → run: every Python example of the guide works as written, page by page, from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
# ```python runs; ```python no-run needs a framework that is not installed here.
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")


def pages() -> list[Path]:
    return sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize(
    "page", [page for page in pages() if EXAMPLE.search(page.read_text("utf-8"))], ids=lambda page: page.name
)
def test_examples_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "example"}
    for example in EXAMPLE.findall(page.read_text("utf-8")):
        exec(compile(example, str(page), "exec"), names)
    # A training's mistakes are told on stderr, never raised.
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert broken == []


def test_translations_have_the_same_examples() -> None:
    english, korean = (
        EXAMPLE.findall((DOCS / "guide" / name).read_text("utf-8"))
        for name in ("getting-started.md", "getting-started.ko.md")
    )
    assert [example for example in korean if example not in english] == []


def test_glossary_is_sorted_and_complete() -> None:
    rows = re.findall(r"^\| ([a-z][\w ]*) \|", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE)
    words = [row for row in rows if row != "word"]
    assert words == sorted(words)
    promised = {"run", "tag", "step", "wall_time", "series", "point", "curve", "finding", "rule", "alert", "channel"}
    assert promised <= set(words)
