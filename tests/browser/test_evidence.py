"""Why a finding says what it says: its test drawn on the curve, the letters in words, and the rule's own text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from mixed import write_mixed
from playwright.sync_api import expect
from served import OpenPage, Served, painted, serving

from goodfit.cli.report import command as report


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_mixed(logs)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def test_the_test_is_drawn_and_told_letter_by_letter(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(mixed.url)
    page.get_by_role("button", name="Why? rich 한국어").click()
    painted(page)
    evidence = page.get_by_role("region", name="Evidence: rich 한국어")
    expect(evidence).to_contain_text("Has the model begun to learn the train data by heart?")
    figure = evidence.get_by_role("figure", name="What the rule measured: overfitting, loss")
    expect(figure).to_have_attribute("data-drawn", "true")
    marks = figure.get_by_role("listitem")
    expect(marks.nth(0)).to_contain_text("it begins at step")
    expect(marks.nth(1)).to_contain_text(re.compile(r"the best value, 0\.\d+ at step \d+: the checkpoint to keep"))
    expect(marks.nth(2)).to_contain_text("two standard errors")
    expect(figure).to_contain_text("How to read it")


@pytest.mark.parametrize(
    ("locale", "evidence_name", "opener", "said"),
    [
        ("en-US", "Evidence", "Rule overfit: how it works, in full", ["What is tested", "When it lies"]),
        ("ko-KR", "근거", "규칙 overfit: 자세한 설명", ["검사하는 것", "틀릴 수 있는 경우", "과적합이라면"]),
    ],
)
def test_the_rule_says_in_full_what_it_tests_in_the_readers_language(
    mixed: Served, open_page: OpenPage, locale: str, evidence_name: str, opener: str, said: list[str]
) -> None:
    page = open_page(f"{mixed.url}#/run?id=rich 한국어", locale=locale)
    evidence = page.get_by_role("region", name=f"{evidence_name}: rich 한국어")
    evidence.get_by_text(opener).click()
    text = evidence.get_by_role("region", name="overfit")
    for words in said:
        expect(text).to_contain_text(words)
    expect(text).to_contain_text("rise        = median(y[-m:])")
    expect(text.get_by_role("img")).to_have_count(0)
    # The prose of a Korean page has no English sentences left.
    assert locale == "en-US" or not re.search(r"\b(the|which|that|is)\b", text.inner_text())


def test_a_report_draws_it_too(open_page: OpenPage, tmp_path: Path) -> None:
    write_mixed(tmp_path / "logs")
    out = tmp_path / "report.html"
    result = CliRunner().invoke(report, [str(tmp_path / "logs"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    page = open_page(f"{out.as_uri()}#/run?id=rich 한국어")
    figure = page.get_by_role("figure", name="What the rule measured: overfitting, loss")
    expect(figure).to_have_attribute("data-drawn", "true")
    expect(figure.get_by_role("listitem").first).to_contain_text("it begins at step")
