"""Docs → run: every Python example of the guide works as written, page by page, from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# ```python runs. ```python keras and ```python torch run in tests/integration; no-run is a line out of its place.
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PICTURE = re.compile(r'(?:src|srcset)="(?!https?://)([^"]+)"')
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "README.ko.md", *sorted(DOCS.rglob("*.md"))]


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


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    broken = [link for link in [*LINK.findall(text), *PICTURE.findall(text)] if not (page.parent / link).exists()]
    assert broken == []


def test_every_page_is_linked_from_another() -> None:
    # Design notes are found by their folder and number.
    linked = {
        (page.parent / link).resolve() for page in [*pages(), *ROOT.glob("*.md")]
        for link in LINK.findall(page.read_text("utf-8"))
    }  # fmt: skip
    others = [page for page in pages() if page != ROOT / "README.md" and page.parent.name != "design"]
    assert [str(page.relative_to(ROOT)) for page in others if page.resolve() not in linked] == []


@pytest.mark.parametrize("page", [page for page in pages() if page.name.endswith(".ko.md")], ids=lambda page: page.name)
def test_translations_have_the_same_examples(page: Path) -> None:
    english = EXAMPLE.findall(page.with_name(page.name.replace(".ko", "")).read_text("utf-8"))
    korean = EXAMPLE.findall(page.read_text("utf-8"))
    assert [example for example in korean if example not in english] == []


def test_glossary_is_sorted_and_complete() -> None:
    rows = re.findall(r"^\| ([a-z][\w ]*) \|", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE)
    words = [row for row in rows if row != "word"]
    assert words == sorted(words)
    promised = {"run", "tag", "step", "wall_time", "series", "point", "curve", "finding", "rule", "alert", "channel"}
    assert promised <= set(words)
