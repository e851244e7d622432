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


def test_the_rule_says_in_full_what_it_tests(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/run?id=rich 한국어", locale="ko-KR")
    evidence = page.get_by_role("region", name="근거: rich 한국어")
    expect(evidence).to_contain_text("읽는 법")
    rule = evidence.get_by_text("규칙 overfit: 자세한 설명")
    rule.click()
    text = evidence.get_by_role("region", name="overfit")
    expect(text).to_contain_text("What is tested")
    expect(text).to_contain_text("rise        = median(y[-m:])")
    expect(text.get_by_role("img")).to_have_count(0)


def test_a_report_draws_it_too(open_page: OpenPage, tmp_path: Path) -> None:
    write_mixed(tmp_path / "logs")
    out = tmp_path / "report.html"
    result = CliRunner().invoke(report, [str(tmp_path / "logs"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    page = open_page(f"{out.as_uri()}#/run?id=rich 한국어")
    figure = page.get_by_role("figure", name="What the rule measured: overfitting, loss")
    expect(figure).to_have_attribute("data-drawn", "true")
    expect(figure.get_by_role("listitem").first).to_contain_text("it begins at step")
