"""Epochs as the horizontal axis, where runs log them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from served import OpenPage, painted, serving

import goodfit


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    for name, per_epoch in (("large", 10), ("small", 40)):
        with goodfit.Run(tmp_path / "logs" / name) as run:
            for step in range(per_epoch * 5):
                run.log(step, {"loss": 1 / (1 + step / per_epoch), "epoch": float(step // per_epoch)})
    with goodfit.Run(tmp_path / "logs" / "bare") as run:
        for step in range(100):
            run.log(step, {"loss": 2 / (1 + step)})
    return tmp_path / "logs"


def test_runs_of_different_batch_sizes_meet_on_it(
    logs: Path, open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        page = open_page(f"{running.url}#/curves?m=loss")
        page.get_by_role("group", name="Horizontal axis").get_by_role("button", name="Epoch").click()
        painted(page)
        assert "ax=ep" in page.url
        figure = page.get_by_role("figure", name=re.compile("^loss"))
        expect(figure).to_contain_text("1 line without epochs left out")
        surface = figure.get_by_role("application")
        surface.focus()
        page.keyboard.press("End")
        # Both end after five epochs, at steps 49 and 199.
        told = page.locator("[aria-live=polite]")
        expect(told).to_contain_text(re.compile(r"epoch (4\.9\d?|5).*large.*small|epoch (4\.9\d?|5).*small.*large"))
        page.goto(f"{running.url}#/curves?m=loss&q=bare")
        painted(page)
        axes = page.get_by_role("group", name="Horizontal axis")
        expect(axes.get_by_role("button", name="Step", exact=True)).to_be_visible()
        expect(axes.get_by_role("button", name="Epoch")).to_have_count(0)
