"""Table, hyperparameters, compare, media, precision, alerts, one run; the palette, undo and saved pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from mixed import LONG_TAG, SCRIPT_TAG, write_mixed
from playwright.sync_api import expect
from served import OpenPage, Served, painted, serving

import goodfit
from goodfit.alerts.message import Message
from goodfit.alerts.outbox import Outbox, Route
from goodfit.cli.report import command as report
from goodfit.config import load


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs, home = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("home")
    write_mixed(logs)
    with Outbox(load(environ={"GOODFIT_HOME": str(home)}).outbox_path) as outbox:
        # Held back for a day, so that the server's start sends nothing.
        outbox.queue(
            Message(title="Training complete"), [Route("desktop", 0, "desktop://")], sender_key="x", delay_s=86_400
        )
    with serving(logs, home=home) as running:
        yield running


def test_the_table_groups_by_a_hyperparameter_and_says_how_many(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/table")
    page.get_by_label("Group by").select_option("optimizer")
    table = page.get_by_role("table", name="Training runs")
    sgd = table.get_by_role("row", name=re.compile("sgd"))
    expect(sgd).to_contain_text("3")
    expect(sgd).to_contain_text("±")
    assert "g=optimizer" in page.url
    sgd.get_by_role("button").click()
    expect(table.get_by_role("rowheader", name=re.compile("s0"))).to_be_visible()


def test_the_table_is_copied_as_it_stands(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/table?q=sweep&o=h:lr", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_text("Columns (").click()
    page.get_by_role("checkbox", name="Points").check()
    page.get_by_role("button", name="CSV").click()
    lines = page.evaluate("navigator.clipboard.readText()").split("\r\n")
    assert lines[0].startswith("Run,Health,State")
    assert lines[0].endswith("Points")
    assert [line.split(",")[0] for line in lines[1:6]] == [f"sweep/s{number}" for number in range(5)]
    page.get_by_role("button", name="LaTeX").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "\\toprule" in page.evaluate("navigator.clipboard.readText()")


def test_a_range_on_an_axis_narrows_and_becomes_a_filter(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/hparams?q=sweep")
    expect(page.get_by_role("figure", name=re.compile("Parallel coordinates"))).to_have_attribute("data-drawn", "true")
    expect(page.get_by_text("5 of 5")).to_be_visible()
    page.get_by_text("Ranges as numbers").click()
    page.get_by_role("spinbutton", name="lr From").fill("0.002")
    page.get_by_role("spinbutton", name="lr From").press("Enter")
    expect(page.get_by_text("3 of 5")).to_be_visible()
    page.get_by_role("button", name="Use as filter").click()
    expect(page.get_by_role("searchbox", name="Filter runs")).to_have_value(re.compile("lr>=0.002"))
    few = page.get_by_role("region", name=re.compile("What goes with"))
    expect(few).to_contain_text("3 training runs have this metric; with fewer than 8")


def test_two_runs_are_compared(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/compare?r=sweep/s0,sweep/s2")
    differences = page.get_by_role("table", name="What differs")
    expect(differences.get_by_role("row", name=re.compile("^lr"))).to_be_visible()
    expect(
        page.get_by_text("hyperparameters are the same").or_(page.get_by_text("hyperparameter is the same"))
    ).to_be_visible()
    figure = page.get_by_role("figure", name="loss: difference to sweep/s0")
    expect(figure).to_have_attribute("data-drawn", "true")
    # Their levels differ by 0.28 from the first step on, far beyond the noise of 0.01.
    expect(figure).to_contain_text("sweep/s2 parts for good at step 0")


def test_media_are_shown_at_one_step_and_do_nothing_else(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/media?r=rich 한국어")
    picture = page.get_by_role("figure", name=re.compile("^samples")).get_by_role("img").first
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 8
    expect(page.get_by_role("figure", name="samples of rich 한국어 at step 59")).to_be_visible()
    page.get_by_role("slider", name="Step").fill("0")
    expect(page.get_by_role("figure", name="samples of rich 한국어 at step 0")).to_be_visible()
    assert "at=0" in page.url
    page.get_by_role("slider", name="Brightness").fill("2")
    assert "brightness(2)" in (picture.get_attribute("style") or "")
    note = page.get_by_role("figure", name=re.compile("^notes"))
    expect(note.get_by_role("table")).to_contain_text("1")
    expect(note).to_contain_text("<img src=x")
    assert note.get_by_role("link").evaluate_all("links => links.map(link => link.href)") == ["https://example.com/"]
    assert "hacked" not in page.title()


def test_precision_is_read_at_a_threshold(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/pr?r=rich 한국어")
    figure = page.get_by_role("figure", name="Precision and recall: pr")
    expect(figure).to_have_attribute("data-drawn", "true")
    before = figure.inner_text()
    page.get_by_role("slider", name="threshold").fill("0.9")
    expect(figure).to_contain_text("area")
    assert figure.inner_text() != before


def test_alerts_are_listed_with_their_state(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/alerts")
    row = page.get_by_role("table", name="Alerts").get_by_role("row", name=re.compile("Training complete"))
    expect(row).to_contain_text("queued")


def test_the_page_of_a_run_has_its_findings_settings_and_files(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(mixed.url)
    page.get_by_role("link", name="Show rich 한국어").click()
    painted(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("rich 한국어")
    expect(page.get_by_role("region", name="Evidence: rich 한국어")).to_contain_text("rise in noise widths")
    expect(page.get_by_role("region", name="Hyperparameters")).to_contain_text("<b>x</b>")
    expect(page.get_by_role("table", name="Files")).to_contain_text("no damage")
    expect(page.get_by_role("region", name="Restarts")).to_contain_text("in one go")
    # The choice of runs elsewhere is as it was.
    page.go_back()
    painted(page)
    expect(page.get_by_role("checkbox", name="Show sweep/s0 in the charts")).to_be_checked()


def test_the_palette_goes_anywhere_and_undo_comes_back(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(mixed.url)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Go to or do")).to_be_focused()
    page.keyboard.type("s3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("sweep/s3")
    page.keyboard.press("z")
    expect(page.get_by_role("heading", level=1)).to_contain_text("training runs")
    page.keyboard.press("l")
    assert "log=1" in page.url
    page.keyboard.press("Control+z")
    assert "log=1" not in page.url


def test_a_chart_is_saved_as_svg_and_png(mixed: Served, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(mixed.url)
    figure = page.get_by_role("figure", name=re.compile("^loss:"))
    figure.hover()
    with page.expect_download() as svg:
        figure.get_by_role("button", name="Save as SVG: loss").click()
    text = Path(svg.value.path()).read_text("utf-8")
    assert text.startswith("<svg ")
    assert text.count("<path") > 5
    with page.expect_download() as png:
        figure.get_by_role("button", name="Save as PNG: loss").click()
    assert Path(png.value.path()).read_bytes().startswith(b"\x89PNG")


def test_unkind_tags_stay_text_within_their_cards(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/curves")
    expect(page.get_by_role("heading", name=LONG_TAG)).to_be_visible()
    assert page.get_by_role("heading", name=LONG_TAG).evaluate("one => one.getBoundingClientRect().width") < 500
    expect(page.get_by_role("heading", name=SCRIPT_TAG, exact=True)).to_be_visible()
    assert "hacked" not in page.title()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1360


def test_links_of_many_long_names_stay_short(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(mixed.url)
    for number in (0, 1):
        page.get_by_role("checkbox", name=f"Show sweep/s{number} in the charts").uncheck()
    page.get_by_role("button", name="Log", exact=True).click()
    assert len(page.url.split("#")[1]) < 300


def test_a_report_is_the_page_in_one_file(
    mixed: Served, open_page: OpenPage, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    logs, out = tmp_path_factory.mktemp("reported"), tmp_path / "report.html"
    write_mixed(logs)
    result = CliRunner().invoke(report, [str(logs), "--out", str(out)])
    assert result.exit_code == 0, result.output
    page = open_page(out.as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("training runs")
    expect(page.get_by_text(re.compile("Report of"))).to_be_visible()
    for view in ("overview?x=10~40", "curves", "distributions", "media?r=rich 한국어", "graph", "run?id=rich 한국어"):
        page.evaluate("view => { location.hash = `#/${encodeURI(view)}`; }", view)
        painted(page)
        expect(page.get_by_role("alert")).to_have_count(0)
    page.evaluate("location.hash = '#/media'")
    picture = page.get_by_role("figure", name=re.compile("^samples")).get_by_role("img").first
    expect(picture).to_have_js_property("naturalWidth", 8)


def test_what_a_restart_wrote_over_is_told(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage
) -> None:
    for start, stop, offset in ((0, 60, 0.1), (30, 90, 0.0)):
        with goodfit.Run(tmp_path / "run") as run:
            for step in range(start, stop):
                run.log(step, {"loss": offset + 1 / (1 + step)})
    with serving(tmp_path, home=tmp_path_factory.mktemp("home")) as running:
        page = open_page(running.url)
        expect(page.get_by_role("figure", name=re.compile("^loss"))).to_contain_text("written over after a restart")
        page.get_by_role("link", name="Show run").click()
        expect(page.get_by_role("region", name="Restarts")).to_contain_text("went back to step 30")
