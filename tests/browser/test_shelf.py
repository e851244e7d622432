"""What people put on runs: names, notes, hidden runs, pins, saved views; all still there after a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from served import OpenPage, Served, painted, serving

from goodfit.testing.logs import write_run


@pytest.fixture
def served(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    for name in ("exp1", "exp2", "exp3"):
        write_run(tmp_path / name, {"loss": [3.0, 2.0, 1.0], "accuracy": [0.1, 0.2, 0.3]})
    with serving(tmp_path, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def test_a_run_gets_a_name_and_a_note(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}#/run?id=exp1")
    labels = page.get_by_role("region", name="Name and note")
    with page.expect_response(re.compile("api/shelf/change")):
        labels.get_by_label("Name shown").fill("<b>the good one</b>")
        labels.get_by_label("Name shown").press("Tab")
    with page.expect_response(re.compile("api/shelf/change")):
        labels.get_by_label("Note").fill("seed was fixed")
        labels.get_by_label("Note").press("Tab")
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>the good one</b>")
    again = open_page(served.url)
    expect(again.get_by_role("row", name=re.compile("the good one"))).to_be_visible()
    again.get_by_role("searchbox", name="Filter runs").fill("good")
    expect(again.get_by_role("checkbox", name=re.compile("Show exp2"))).to_have_count(0)
    # A page that came with the old name in its link still finds the run.
    noted = open_page(f"{served.url}#/run?id=exp1")
    expect(noted.get_by_label("Note", exact=True)).to_have_value("seed was fixed")


def test_a_hidden_run_is_gone_until_asked_for(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}#/run?id=exp2")
    with page.expect_response(re.compile("api/shelf/change")):
        page.get_by_role("checkbox", name="Hide from lists and charts").check()
    page.get_by_role("link", name="Overview").click()
    painted(page)
    expect(page.get_by_role("checkbox", name="Show exp1 in the charts")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Show exp2 in the charts")).to_have_count(0)
    page.get_by_role("button", name="1 hidden · show").click()
    expect(page.get_by_role("checkbox", name="Show exp2 in the charts")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Show exp1 in the charts")).to_have_count(0)


def test_a_pinned_metric_comes_first_in_every_browser(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}#/curves")
    with page.expect_response(re.compile("api/shelf/change")):
        page.get_by_role("button", name="Pin: loss").click()
    other = open_page(f"{served.url}#/curves")
    pinned = other.get_by_role("region", name="Pinned")
    expect(pinned.get_by_role("figure", name=re.compile("^loss"))).to_be_visible()
    with other.expect_response(re.compile("api/shelf/change")):
        other.get_by_role("button", name="Unpin: loss").click()
    expect(pinned).to_have_count(0)


def test_a_view_is_saved_under_a_name_and_opened_by_it(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}#/curves?m=accuracy&log=1")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to or do").fill("for the paper")
    with page.expect_response(re.compile("api/shelf/change")):
        page.get_by_role("option", name="Save this view as “for the paper”").click()
    other = open_page(served.url)
    other.keyboard.press("Control+k")
    other.get_by_role("combobox", name="Go to or do").fill("for the")
    other.keyboard.press("Enter")
    painted(other)
    assert "m=accuracy" in other.url and "log=1" in other.url
