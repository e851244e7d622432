"""A colour that people chose: for a run or a group, in every view, kept by the server, warned of, taken back."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from mixed import write_mixed
from playwright.sync_api import Page, expect
from served import OpenPage, Served, painted, serving

import goodfit


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


def write_runs(logs: Path, names: Iterable[str]) -> None:
    for name in names:
        with goodfit.Run(logs / name) as run:
            for step in range(5):
                run.log(step, {"loss": 1.0 / (step + 1)})
                run.histogram("weights", [0.1, 0.2, 0.4], step=step)


def colours_kept(page: Page, n: int) -> None:
    """Waits until the server has the colours of so many runs; the page sends them a second after it gave them."""
    page.evaluate(
        """async n => {
            const count = async () => Object.keys((await (await fetch("api/shelf")).json()).slots).length;
            while ((await count()) < n) await new Promise(wake => setTimeout(wake, 50));
        }""",
        n,
    )


def test_a_run_keeps_its_colour_when_others_come_and_go(tmp_path: Path, open_page: OpenPage) -> None:
    """In every view, in other browsers, after a restart of the server, and in a report."""
    logs, home = tmp_path / "logs", tmp_path / "home"
    first = ("m1", "m2", "m3", "m4")
    write_runs(logs, first)
    with serving(logs, home=home) as running:
        page = open_page(running.url)
        before = {run: swatch(page, run) for run in first}
        assert len(set(before.values())) == len(first)
        colours_kept(page, 4)
    # Eight that come before them by name, and one that goes: a browser that knows nothing would share colours out anew.
    write_runs(logs, [f"a{i}" for i in range(8)])
    shutil.rmtree(logs / "m2")
    with serving(logs, home=home) as running:
        page = open_page(f"{running.url}#/overview?r=a0,a1,a2,a3,a4,m1,m3,m4")
        expected = {run: before[run] for run in ("m1", "m3", "m4")}
        assert {run: swatch(page, run) for run in expected} == expected
        assert len({swatch(page, run) for run in ("a0", "a1", "a2", "a3", "a4", *expected)}) == 8
        page.evaluate("location.hash = '#/table?r=a5,a6,a7,m3'")
        painted(page)
        assert swatch(page, "m3") == before["m3"]
        # Alone, on its own page, it has the same.
        page.evaluate("location.hash = '#/run?id=m4'")
        painted(page)
        sample = page.get_by_role("button", name="Colour", exact=True).locator("span")
        assert sample.evaluate("span => getComputedStyle(span).backgroundColor") == as_rgb(before["m4"])
        colours_kept(page, 4 + 8)
        after = {run: swatch(open_page(f"{running.url}#/overview?r={run}"), run) for run in ("m1", "a5")}
        assert after["m1"] == before["m1"]
    subprocess.run(
        [sys.executable, "-m", "goodfit", "report", str(logs), "--out", str(tmp_path / "r.html")],
        check=True,
        env={**os.environ, "GOODFIT_HOME": str(home)},
        capture_output=True,
    )
    page = open_page(f"{(tmp_path / 'r.html').as_uri()}#/overview?r=a5,m1,m3,m4")
    assert {run: swatch(page, run) for run in expected} == expected


def as_rgb(colour: str | None) -> str:
    assert colour is not None
    return "rgb({}, {}, {})".format(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))


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
