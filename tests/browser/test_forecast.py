"""Forecasts of what still runs: on cards, on charts, on a run's page, in words, in both languages and in a report."""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect
from served import OpenPage, Served, painted, serving

import goodfit
from goodfit.cli.report import command as report
from goodfit.tensorboard import SummaryWriter

PACE_S = 60


def write_running(logs: Path, name: str, n_points: int, *, seed: int) -> None:
    """A curve whose last point is of now, by a writer that says no goodbye: it counts as running."""
    draw = random.Random(seed)
    now = time.time()
    with SummaryWriter(str(logs / name)) as writer:
        for step in range(n_points):
            loss = 0.3 + 2 * math.exp(-step / 25) + draw.gauss(0, 0.01)
            wall_time = now - (n_points - 1 - step) * PACE_S
            writer.add_scalar("train/loss", loss, step, walltime=wall_time)
            writer.add_scalar("val/loss", loss + 0.1, step, walltime=wall_time)


def write_logs(logs: Path) -> None:
    write_running(logs, "going", 100, seed=1)
    write_running(logs, "begun", 7, seed=2)
    draw = random.Random(3)
    with goodfit.Run(logs / "done") as run:
        for step in range(200):
            loss = 0.5 + 2 * math.exp(-step / 25) + draw.gauss(0, 0.01)
            run.log(step, {"train/loss": loss, "val/loss": loss + 0.1}, wall_time=1e9 + step)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_logs(logs)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def test_a_running_leader_says_where_it_ends(live: Served, open_page: OpenPage) -> None:
    page = open_page(live.url)
    findings = page.get_by_role("region", name="Findings")
    # A hundred steps of a minute are left of the two hundred that its sibling took.
    expect(findings).to_contain_text(re.compile(r"validation loss ends at 0\.\d+ to 0\.\d+ in about 1 h 4\d min"))
    korean = open_page(live.url, locale="ko-KR")
    expect(korean.get_by_role("region", name="진단")).to_contain_text(
        re.compile(r"예측: 약 1시간 4\d분 뒤 검증 loss: 0\.\d+~0\.\d+에서 끝날")
    )


def test_the_line_goes_on_and_says_so(live: Served, open_page: OpenPage) -> None:
    page = open_page(live.url)
    figure = page.get_by_role("figure", name=re.compile("^loss:"))
    expect(figure).to_contain_text("forecast: long dashes, 80 % band")
    expect(figure).to_contain_text("no forecast of begun: too few points")
    # For those who listen: the end is in the summary, and under the data cursor.
    expect(figure).to_contain_text(re.compile(r"going: validation loss ends at"))
    figure.get_by_role("application").focus()
    page.keyboard.press("End")
    live_region = page.locator("[aria-live=polite]")
    figure.get_by_role("application").press("ArrowLeft")
    expect(live_region).to_contain_text(re.compile(r"step \d+"))
    # The run's own page shows the forecast alone beyond its last step.
    page.goto(f"{live.url}#/run?id=going")
    painted(page)
    surface = page.get_by_role("figure", name=re.compile("^loss:")).get_by_role("application")
    surface.focus()
    page.keyboard.press("End")
    expect(live_region).to_contain_text(re.compile(r"forecast of going 0\.\d+, 80 % band 0\.\d+ to 0\.\d+"))
    box = surface.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    expect(page.get_by_text("forecast, 80 % band", exact=True)).to_be_visible()


def test_the_toggle_is_in_the_link_and_comes_back(live: Served, open_page: OpenPage) -> None:
    page = open_page(live.url)
    figure = page.get_by_role("figure", name=re.compile("^loss:"))
    expect(figure).to_contain_text("forecast: long dashes")
    page.get_by_role("button", name="Forecast", exact=True).click()
    expect(figure).not_to_contain_text("forecast: long dashes")
    assert "fc=0" in page.url
    page.reload()
    painted(page)
    expect(page.get_by_role("button", name="Forecast", exact=True)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("z")
    page.get_by_role("button", name="Forecast", exact=True).click()
    assert "fc=0" not in page.url


def test_the_page_of_a_run_has_it_in_full(live: Served, open_page: OpenPage) -> None:
    page = open_page(f"{live.url}#/run?id=going")
    panel = page.get_by_role("region", name="Forecast")
    expect(panel).to_contain_text("the lengths of its siblings that have ended")
    expect(panel).to_contain_text("Nothing speaks against it")
    expect(panel).to_contain_text(re.compile(r"step\s+199 · in about 1 h 4\d min"))
    panel.get_by_role("spinbutton", name="When is this value reached?").fill("0.42")
    panel.get_by_role("spinbutton").press("Enter")
    expect(panel.get_by_role("status")).to_contain_text(re.compile(r"chance"))
    page.goto(f"{live.url}#/run?id=begun")
    painted(page)
    expect(page.get_by_role("region", name="Forecast")).to_contain_text("Do not trust the forecast: too few points")
    page.goto(f"{live.url}#/run?id=done")
    painted(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("done")
    expect(page.get_by_role("region", name="Forecast")).to_have_count(0)


def test_a_report_has_it_as_well(open_page: OpenPage, tmp_path: Path) -> None:
    write_logs(tmp_path / "logs")
    out = tmp_path / "report.html"
    result = CliRunner().invoke(report, [str(tmp_path / "logs"), "--out", str(out)])
    assert result.exit_code == 0, result.output
    page = open_page(out.as_uri())
    expect(page.get_by_role("figure", name=re.compile("^loss:"))).to_contain_text("forecast: long dashes")
    page.evaluate("location.hash = '#/run?id=going'")
    painted(page)
    expect(page.get_by_role("region", name="Forecast")).to_contain_text("Nothing speaks against it")
