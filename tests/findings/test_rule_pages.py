"""The pages of the rules: every section in both languages, the words of the catalogue, a picture that is up to date."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from goodfit.findings.rules import RULE_NAMES
from goodfit.findings.words import LANGUAGES, Language, label_of, read_catalogue

DOCS = Path(__file__).parents[2] / "docs"
SECTIONS: dict[Language, list[str]] = {
    "en": [
        "What is tested", "Usual causes, most likely first", "What to try first", "What would change the verdict",
        "When it lies",
    ],
    "ko": [
        "검사하는 것", "흔한 원인(가능성이 큰 순서)", "먼저 해 볼 일", "판단이 바뀔 조건", "틀릴 수 있는 경우",
    ],
}  # fmt: skip
# What a page calls the numbers and names that a finding has.
NAMES: dict[Language, dict[str, str]] = {
    "en": {"best_step": "*best*", "onset_step": "*onset*", "accuracy_metric": "*accuracy*"},
    "ko": {"best_step": "*최적*", "onset_step": "*시작*", "accuracy_metric": "*정확도*"},
}
NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e-?\d+)?")
# English writes small numbers as words, which are digits in Korean: a tenth is 10분의 1.
FRACTION = re.compile(r"\d+분의 \d+")


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


def read_page(rule: str, language: Language) -> str:
    return (DOCS / "rules" / (f"{rule}.md" if language == "en" else f"{rule}.{language}.md")).read_text("utf-8")


def sections_of(page: str) -> dict[str, str]:
    """Heading → what stands below it."""
    _, *parts = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def items_of(section: str) -> list[str]:
    return re.findall(r"^\d+\. (.+)$", section, re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULE_NAMES)
def test_page_has_every_section_and_the_words_of_the_catalogue(rule: str, language: Language) -> None:
    page, catalogue = read_page(rule, language), read_catalogue(language)
    words, sections = catalogue["rules"][rule], sections_of(page)
    assert page.startswith(f"# {rule}\n")
    assert list(sections) == SECTIONS[language]
    assert f"**{words['question']}**" in page and f"({rule}.svg)" in page
    assert f"*{label_of(rule, language=language)}*" in page.split("## ")[0]
    _, causes, advice, verdict, _ = sections.values()
    assert items_of(causes) == words["causes"]
    assert verdict.strip() == words["changes_mind"]
    module = importlib.import_module(f"goodfit.findings.rules.{rule}")
    texts = [catalogue["advice"][code] for code in module._ADVICE]
    named = [re.sub(r"\{(\w+)\}", lambda match: NAMES[language][match[1]], text) for text in texts]
    assert items_of(advice) == named


@pytest.mark.parametrize("rule", [*RULE_NAMES, "README"])
def test_korean_page_states_the_same_formulas_and_numbers(rule: str) -> None:
    english, korean = read_page(rule, "en"), read_page(rule, "ko")

    def names(page: str) -> list[str]:
        """What each line of a formula is about: the name before its sign."""
        return re.findall(r"^ {4}(\S+?):? +(?:= )?", page, re.MULTILINE)

    def numbers(page: str) -> Counter[str]:
        return Counter(NUMBER.findall(re.sub(r"^\d+\. .*$", "", page, flags=re.MULTILINE)))

    assert names(korean) == names(english)
    assert len(re.findall("^- ", korean, re.MULTILINE)) == len(re.findall("^- ", english, re.MULTILINE))
    missing = numbers(english) - numbers(korean)
    added = numbers(FRACTION.sub("", korean)) - numbers(english)
    assert (missing, {number for number in added if len(number) > 1}) == (Counter(), set())


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_picture_shows_the_rule_as_it_is_now(rule: str, pictures: ModuleType) -> None:
    drawn = (DOCS / "rules" / f"{rule}.svg").read_text(encoding="utf-8")
    assert drawn == pictures.draw(rule), "run `make docs`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_number_of_a_finding_has_a_name_on_the_page(language: Language, pictures: ModuleType) -> None:
    words = (DOCS.parent / "web" / "src" / "i18n" / f"{language}.ts").read_text("utf-8")
    block = re.search(r"^  evidence: \{\n(.*?)^  \},", words, re.MULTILINE | re.DOTALL)
    assert block is not None
    names = set(re.findall(r"^    (\w+):", block[1], re.MULTILINE))
    numbers = {number for rule in RULE_NAMES for number in pictures.find(rule)[1].evidence}
    assert numbers - names == set()
