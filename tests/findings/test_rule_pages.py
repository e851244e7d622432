"""The pages of the rules: every section, the causes of the catalogue, and a picture that is up to date."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from goodfit.findings.rules import RULE_NAMES
from goodfit.findings.words import read_catalogue

DOCS = Path(__file__).parents[2] / "docs"
SECTIONS = [
    "What is tested", "Usual causes, most likely first", "What to try first", "What would change the verdict",
    "When it lies",
]  # fmt: skip


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", DOCS / "make_pictures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    import sys

    sys.modules["make_pictures"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_page_has_every_section_and_the_words_of_the_catalogue(rule: str) -> None:
    page = (DOCS / "rules" / f"{rule}.md").read_text(encoding="utf-8")
    words = read_catalogue()["rules"][rule]
    assert page.startswith(f"# {rule}\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == SECTIONS
    assert words["question"] in page and words["changes_mind"] in page and f"({rule}.svg)" in page
    causes = page.split("## Usual causes, most likely first")[1].split("##")[0]
    assert re.findall(r"^\d+\. (.+)$", causes, re.MULTILINE) == words["causes"]


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_picture_shows_the_rule_as_it_is_now(rule: str, pictures: ModuleType) -> None:
    drawn = (DOCS / "rules" / f"{rule}.svg").read_text(encoding="utf-8")
    assert drawn == pictures.draw(rule), "run `make docs`"
