"""The catalogues: complete, alike in both languages, true to the rules, and rendered as the page renders them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from goodfit.errors import BadArgument
from goodfit.findings.finding import Finding
from goodfit.findings.rules import RULE_NAMES
from goodfit.findings.words import (
    LANGUAGES,
    format_value,
    label_of,
    read_catalogue,
    render_advice,
    render_message,
    render_title,
)

RULES_FOLDER = Path(__file__).parents[2] / "python" / "goodfit" / "findings" / "rules"
DOCS = Path(__file__).parents[2] / "docs" / "rules"
CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "words.json").read_text(encoding="utf-8")
)
# Particles whose form depends on the sound before them; 에서, 부터, 까지, 보다, 만큼, 입니다 do not. A share ends in
# 퍼센트, whatever its number.
GLUED_PARTICLE = re.compile(r"(?<!_share)\}(은|는|이|가|을|를|와|과|으로|로|이다|이고|이며)(?![가-힣])")


def _keys(part: Any, name: str = "") -> set[str]:
    if not isinstance(part, dict):
        return {name}
    return {name}.union(*(_keys(value, f"{name}/{key}") for key, value in part.items()))


def _texts(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    values = part.values() if isinstance(part, dict) else part
    return [text for value in values for text in _texts(value)]


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    english, korean = read_catalogue("en"), read_catalogue("ko")
    assert _keys(english) == _keys(korean)
    for rule in english["rules"]:
        for variant, text in english["rules"][rule]["messages"].items():
            other = korean["rules"][rule]["messages"][variant]
            # Korean leads with the metric, whose name English may leave to the reader.
            assert set(re.findall(r"\{(\w+)\}", text)) | {"metric"} == set(re.findall(r"\{(\w+)\}", other)) | {"metric"}
        assert len(english["rules"][rule]["causes"]) == len(korean["rules"][rule]["causes"]) >= 2


def test_rules_words_and_docs_name_the_same_rules() -> None:
    files = {path.stem for path in RULES_FOLDER.glob("*.py")} - {"__init__"}
    assert files == set(RULE_NAMES) == set(read_catalogue()["rules"])
    pages = {path.stem for path in DOCS.glob("*.md")}
    assert pages == {page for rule in files | {"README"} for page in (rule, f"{rule}.ko")}


def test_every_advice_that_a_rule_gives_has_words_and_none_is_left_over() -> None:
    given = set()
    for path in RULES_FOLDER.glob("*.py"):
        block = re.search(r"_ADVICE = \(([^)]*)\)", path.read_text(encoding="utf-8"))
        given |= set(re.findall(r'"(\w+)"', block[1])) if block else set()
    assert given == set(read_catalogue()["advice"])


def test_korean_glues_no_particle_to_a_variable() -> None:
    for text in _texts(read_catalogue("ko")):
        assert not GLUED_PARTICLE.search(text), text


def test_korean_is_korean_and_english_is_not() -> None:
    for language, wanted in (("ko", True), ("en", False)):
        for rule in read_catalogue(language)["rules"].values():  # type: ignore[arg-type]
            for text in _texts(rule["messages"]) + _texts(rule["causes"]):
                assert bool(re.search("[가-힣]", text)) is wanted, text


@pytest.mark.parametrize("case", CASES["values"], ids=lambda case: f"{case['name']}={case['value']}")
def test_values_are_formatted_by_their_names(case: dict[str, Any]) -> None:
    assert format_value(case["name"], case["value"]) == case["text"]


@pytest.mark.parametrize("case", CASES["findings"], ids=lambda case: f"{case['finding']['rule']}-{case['language']}")
def test_findings_read_as_on_the_page(case: dict[str, Any]) -> None:
    view = dict(case["finding"])
    view["advice_codes"] = tuple(view["advice_codes"])
    finding = Finding(**view)
    assert render_title(finding, language=case["language"]) == case["title"]
    assert render_message(finding, language=case["language"]) == case["message"]
    assert render_advice(finding, language=case["language"]) == case["advice"]


def test_labels() -> None:
    assert [label_of(name) for name in ("overfit", "healthy")] == ["overfitting", "healthy"]
    assert [label_of(name, language="ko") for name in ("overfit", "healthy")] == ["과적합", "양호"]
    assert all(label_of(name, language=language) for name in RULE_NAMES for language in LANGUAGES)
    with pytest.raises(BadArgument, match="no words for the rule"):
        label_of("no_such_rule")
    with pytest.raises(BadArgument, match="no words in"):
        read_catalogue("fr")  # type: ignore[arg-type]
