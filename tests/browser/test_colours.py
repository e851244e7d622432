"""A colour that people chose: for a run or a group, in every view, kept by the server, warned of, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from mixed import write_mixed
from playwright.sync_api import Page, expect
from served import OpenPage, Served, painted, serving


@pytest.fixture
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_mixed(logs)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def swatch(page: Page, run: str) -> str | None:
    """The colour beside a run in the table."""
    row = page.get_by_role("row").filter(has=page.get_by_role("checkbox", name=f"Show {run} in the charts"))
    return row.locator("svg line").first.get_attribute("stroke")


def test_a_run_has_the_chosen_colour_everywhere(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/run?id=sweep/s0")
    page.get_by_role("button", name="Colour", exact=True).click()
    dialog = page.get_by_role("dialog", name="Colour of sweep/s0")
    field = dialog.get_by_role("textbox", name="Any other")
    field.fill("#fff200")
    field.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("Hard to see in the light theme")
    field.fill("bright")
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("# and six digits")
    field.fill("00AA77")
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Escape")
    page.evaluate("location.hash = '#/overview'")
    painted(page)
    assert swatch(page, "sweep/s0") == "#00aa77"
    # Another browser has it as well, in the other theme too.
    other = open_page(mixed.url, theme="dark")
    assert swatch(other, "sweep/s0") == "#00aa77"
    # Back to the run's page, then from this colour to the one before it, then to the usual one.
    page.keyboard.press("z")
    button = page.get_by_role("button", name="Colour", exact=True)
    sample = button.locator("span")
    expect(sample).to_have_css("background-color", "rgb(0, 170, 119)")
    page.keyboard.press("z")
    expect(sample).to_have_css("background-color", "rgb(255, 242, 0)")
    page.keyboard.press("z")
    page.get_by_role("link", name="Overview").click()
    painted(page)
    expect(page.locator('svg line[stroke="#fff200"]')).to_have_count(0)
    assert swatch(page, "sweep/s0") not in ("#00aa77", "#fff200")


def test_one_of_the_eight_is_taken_from_whoever_had_it(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(mixed.url)
    before = {run: swatch(page, run) for run in ("sweep/s0", "sweep/s1")}
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to or do")).to_be_focused()
    page.keyboard.type("colour: sweep/s0")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Colour of sweep/s0")
    dialog.get_by_role("button", name="as sweep/s1").click()
    expect(dialog.get_by_role("button", pressed=True)).to_have_count(1)
    page.keyboard.press("Escape")
    assert swatch(page, "sweep/s0") == before["sweep/s1"]
    assert swatch(page, "sweep/s1") != before["sweep/s1"]
    page.keyboard.press("z")
    expect(page.locator(f"svg line[stroke='{before['sweep/s0']}']").first).to_be_attached()


def test_a_group_has_one_too(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/overview?g=optimizer", locale="ko-KR")
    page.get_by_role("button", name=re.compile("optimizer=adam")).click()
    dialog = page.get_by_role("dialog", name="색: optimizer=adam")
    dialog.get_by_role("textbox", name="다른 색").fill("#123")
    dialog.get_by_role("textbox", name="다른 색").press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("어두운 테마에서 잘 보이지 않습니다")
    page.keyboard.press("Escape")
    sample = page.get_by_role("button", name=re.compile("optimizer=adam")).locator("span").first
    assert sample.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(17, 34, 51)"
