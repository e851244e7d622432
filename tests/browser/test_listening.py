"""Charts by ear: one key plays the line, the same key stops it, and what is heard is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from mixed import write_mixed
from playwright.sync_api import Page, expect
from served import OpenPage, Served, serving

COUNT_SOUNDS = """() => {
    window.heard = { voices: [], clicks: 0, closed: 0 };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) {
        if (this.type === "square") window.heard.clicks++;
        else window.heard.voices.push(this.frequency.value);
        return start.call(this, when);
    };
    const close = AudioContext.prototype.close;
    AudioContext.prototype.close = function () {
        window.heard.closed++;
        return close.call(this);
    };
}"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_mixed(logs)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def heard(page: Page) -> dict[str, list[float] | int]:
    found: dict[str, list[float] | int] = page.evaluate("window.heard")
    return found


def test_a_key_plays_the_line_and_stops_it(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/run?id=rich 한국어")
    page.evaluate(COUNT_SOUNDS)
    figure = page.get_by_role("figure", name=re.compile("^loss:"))
    button = figure.get_by_role("button", name="Listen: loss")
    figure.get_by_role("application").focus()
    page.keyboard.press("a")
    expect(button).to_have_attribute("aria-pressed", "true")
    live_region = page.locator("[aria-live=polite]")
    expect(live_region).to_contain_text(
        re.compile(r"Listening to loss · rich 한국어, 2\.\d s, train left, validation right, from 2\.\d+ to 1\.\d+")
    )
    page.keyboard.press("a")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert len(heard(page)["voices"]) == 2  # type: ignore[arg-type]
    assert heard(page)["closed"] == 1


def test_it_ends_by_itself_and_from_anywhere(mixed: Served, open_page: OpenPage) -> None:
    page = open_page(f"{mixed.url}#/curves?m=loss&r=sweep/s0", locale="ko-KR")
    page.evaluate(COUNT_SOUNDS)
    # Not in the chart: the key finds the one that is there.
    page.keyboard.press("a")
    button = page.get_by_role("button", name="듣기: loss")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[aria-live=polite]")).to_contain_text("듣는 중: loss")
    expect(button).to_have_attribute("aria-pressed", "false", timeout=8_000)
    assert heard(page)["closed"] == 1
