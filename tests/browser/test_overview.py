"""The landing view: what needs the reader, the curves of the trainings in focus, and the table of all."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from served import OpenPage, Served, painted, serving

from goodfit.testing.logs import write_keras_training

HOSTILE = "<img src=x onerror=document.title='hacked'> & 한국어 🚀"


def noisy(values: list[float], seed: int, scale: float = 0.01) -> list[float]:
    draw = random.Random(seed)
    return [value + draw.gauss(0, scale) for value in values]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One training that overfits from step 40 on, one that ends in NaN, healthy ones, one with an unkind name."""
    logs = tmp_path_factory.mktemp("logs")
    falling = [0.2 + 2 * math.exp(-step / 15) for step in range(120)]
    rising = [value + max(0, step - 40) * 0.02 for step, value in enumerate(falling)]
    nan = [*falling[:60], math.nan, math.nan]
    for seed, (name, train, validation) in enumerate(
        (
            ("overfit", [value - 0.1 for value in falling], rising),
            ("broken", nan, falling[:62]),
            ("healthy one", falling, [value + 0.05 for value in falling]),
            (HOSTILE.replace("/", "_"), falling, [value + 0.08 for value in falling]),
        )
    ):
        folder = logs / name
        write_keras_training(
            folder,
            {"loss": noisy(train, seed), "accuracy": noisy([1 - value / 3 for value in train], seed)},
            {"loss": noisy(validation, seed + 50), "accuracy": noisy([1 - value / 3 for value in validation], 9)},
        )
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def chart(page: Page, metric: str) -> Locator:
    return page.get_by_role("figure", name=re.compile(rf"^{metric}:"))


def test_says_how_many_need_the_reader_and_why(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"2 of 4 training runs need you"))
    findings = page.get_by_role("region", name="Findings")
    expect(findings.get_by_role("heading", name="overfit is overfitting")).to_be_visible()
    page.get_by_role("button", name="Why? overfit").click()
    evidence = page.get_by_role("region", name="Evidence: overfit")
    expect(evidence).to_contain_text("Usual causes")
    expect(evidence).to_contain_text("What to try first")
    expect(evidence).to_contain_text("Confidence")


def test_charts_are_painted_and_name_both_halves(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    for metric in ("loss", "accuracy"):
        expect(chart(page, metric)).to_have_attribute("data-drawn", "true")
        expect(chart(page, metric)).to_have_accessible_name(f"{metric}: train and validation")
        expect(chart(page, metric)).to_contain_text("train solid, validation dashed")
    # More than axes was drawn: the plot holds the hues of several lines.
    colours = (
        chart(page, "loss")
        .locator("canvas")
        .first.evaluate(
            """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const seen = new Set();
            for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] > 200) seen.add(`${data[i] >> 5},${data[i + 1] >> 5},${data[i + 2] >> 5}`);
            return seen.size;
        }"""
        )
    )
    assert colours > 8


def test_nan_is_told_not_dropped(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    expect(chart(page, "loss")).to_contain_text("NaN or infinite")


def test_the_newest_step_stands_in_full(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    expect(page.get_by_role("row", name=re.compile("healthy one")).first).to_contain_text("119")


def test_names_from_files_are_text(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    expect(page.get_by_role("table").get_by_text(HOSTILE)).to_be_visible()
    assert page.title().endswith("Goodfit")
    assert page.locator("img").count() == 0


def test_dragging_reads_the_range_again_at_full_resolution(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    plot = chart(page, "loss").get_by_role("application")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    with page.expect_request(
        lambda asked: "api/charts" in asked.url and '"lo":null' not in (asked.post_data or "")
    ) as asked:
        page.mouse.move(box["x"] + 150, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 120, steps=4)
        page.mouse.up()
    body = asked.value.post_data_json["curves"][0]
    assert 0 < body["lo"] < body["hi"] < 119
    painted(page)
    assert "x=" in page.url
    # The other chart is on the same range, and the link holds it.
    again = open_page(page.url)
    expect(again.get_by_role("spinbutton").first).to_have_value(re.compile(r"\d+"))
    page.keyboard.press("0")
    painted(page)
    assert "x=" not in page.url


def test_the_crosshair_reads_values_out(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    box = chart(page, "loss").get_by_role("application").bounding_box()
    assert box
    page.mouse.move(box["x"] + 260, box["y"] + 160)
    expect(chart(page, "loss")).to_contain_text(re.compile(r"step \d+"))
    expect(chart(page, "loss").get_by_role("row").nth(1)).to_contain_text(re.compile(r"(train|validation)"))
    # The crosshair's canvas lies on the picture's; the chart that is linked to it has a hair at the same place.
    picture, top = (chart(page, "loss").locator("canvas").nth(i) for i in (0, 1))
    assert picture.bounding_box() == top.bounding_box()
    drawn = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    assert top.evaluate(drawn)
    expect(chart(page, "accuracy").locator("[data-seen=true]")).to_be_visible()
    page.mouse.move(2, 2)
    expect(chart(page, "accuracy").locator("[data-seen=true]")).to_have_count(0)


def test_the_keyboard_reads_values_out(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    chart(page, "loss").get_by_role("application").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[aria-live=polite]")).to_contain_text(re.compile(r"step 1\d\d: .*(train|validation) "))


def test_a_chart_can_be_read_as_a_table(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    chart(page, "loss").hover()
    page.get_by_role("button", name="Show as table: loss").click()
    table = chart(page, "loss").get_by_role("region", name="Table: loss")
    expect(table.get_by_role("row").nth(20)).to_be_attached()
    inside = table.get_by_role("table", name="In view: loss").get_by_role("row", name=re.compile("^overfit train"))
    expect(inside.get_by_role("cell").first).to_have_text("120")


def test_smoothing_is_asked_of_the_server(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    with page.expect_request(lambda asked: '"smoothing":0.9' in (asked.post_data or "")):
        for _ in range(4):
            page.keyboard.press("=")
    painted(page)
    expect(chart(page, "loss")).to_contain_text("smoothed 0.9")


def test_the_axis_becomes_logarithmic_and_back(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    picture = chart(page, "loss").locator("canvas").first
    linear = picture.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="Log", exact=True).click()
    painted(page)
    assert "log=1" in page.url
    logarithmic = picture.evaluate("canvas => canvas.toDataURL()")
    assert logarithmic != linear
    assert chart(page, "loss").locator("canvas").count() == 2
    page.keyboard.press("l")
    painted(page)
    assert picture.evaluate("canvas => canvas.toDataURL()") != logarithmic


def test_steps_stand_on_a_logarithmic_axis(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    with page.expect_request(lambda asked: asked.url.endswith("api/charts")) as asked:
        page.get_by_role("button", name="Log step").click()
    assert asked.value.post_data_json["curves"][0]["x_axis"] == "log_step"
    painted(page)
    expect(chart(page, "loss")).to_contain_text("from step 1 on")
    assert "ax=log" in page.url
    # Zoomed in by the keyboard, the ends of the range read as steps.
    chart(page, "loss").get_by_role("application").press("w")
    painted(page)
    assert 1 < float(page.get_by_role("spinbutton").first.input_value()) < 119
    chart(page, "loss").get_by_role("application").press("End")
    expect(chart(page, "loss")).to_contain_text(re.compile(r"step \d+"))


def test_the_table_filters_and_sorts(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    rows = page.get_by_role("table", name="Training runs").get_by_role("checkbox")
    expect(rows).to_have_count(4)
    page.keyboard.press("/")
    page.keyboard.type("health:overfit")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("region", name="Training runs")).to_contain_text("1 of 4")
    page.get_by_role("searchbox", name="Filter runs").fill("name:/one$/")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox", name="Filter runs").fill("")
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="validation loss").first.click()
    expect(page.get_by_role("columnheader", name="validation loss").first).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_role("rowheader").first).to_contain_text("overfit")


def test_selecting_a_run_puts_it_in_the_link(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    page.get_by_role("checkbox", name="Show broken in the charts").uncheck()
    painted(page)
    assert "r=" in page.url
    expect(page.get_by_role("region", name="Training runs")).to_contain_text("3 selected")
    again = open_page(page.url)
    expect(again.get_by_role("checkbox", name="Show broken in the charts")).not_to_be_checked()
    expect(chart(again, "loss")).to_contain_text("1 other run in grey")


def test_every_view_has_its_own_address(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    views = page.get_by_role("navigation")
    views.get_by_role("link", name="Curves").click()
    painted(page)
    assert "curves" in page.url
    expect(chart(page, "loss")).to_have_attribute("data-drawn", "true")
    expect(chart(page, "loss")).to_contain_text("epoch_loss")
    page.get_by_role("searchbox", name="Search metrics").fill("acc")
    expect(page.get_by_role("figure")).to_have_count(1)
    page.go_back()
    painted(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("need you")


def test_the_language_and_theme_are_the_browsers_until_chosen(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url, locale="ko-KR", theme="dark")
    root = page.locator("html")
    expect(root).to_have_attribute("lang", "ko")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("heading", level=1)).to_contain_text("학습 실행 4개 중 2개를 확인해 주세요")
    expect(page.get_by_role("figure", name="loss: 학습과 검증")).to_be_visible()
    page.get_by_role("button", name="언어: English").click()
    expect(root).to_have_attribute("lang", "en")
    page.keyboard.press("t")
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    painted(page)
    expect(root).to_have_attribute("lang", "en")
    expect(root).to_have_attribute("data-theme", "light")
    other = open_page(f"{served.url}?lang=ko&theme=dark")
    expect(other.locator("html")).to_have_attribute("lang", "ko")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_phone_needs_no_sideways_scrolling(served: Served, open_page: OpenPage, locale: str) -> None:
    page = open_page(served.url, width=390, height=844, locale=locale, is_mobile=True, has_touch=True)
    for view in ("overview", "curves", "distributions", "graph"):
        page.evaluate(f"location.hash = '#/{view}'")
        painted(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view
    assert page.evaluate("[...document.querySelectorAll('nav a')].every(a => a.getBoundingClientRect().height >= 44)")


def test_keys_are_listed(served: Served, open_page: OpenPage) -> None:
    page = open_page(served.url)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_works_under_a_prefix(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage) -> None:
    write_keras_training(tmp_path / "exp1", {"loss": [1.0, 0.5]}, {"loss": [1.1, 0.6]})
    with serving(tmp_path, "--base-path", "/user/kim/proxy", home=tmp_path_factory.mktemp("home")) as running:
        page = open_page(running.url)
        assert "/user/kim/proxy/" in page.url
        expect(chart(page, "loss")).to_have_attribute("data-drawn", "true")
