"""Points that are written while the page is open, a server that goes and returns, and a folder that is still empty."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from served import OpenPage, painted, serving

import goodfit
from goodfit.testing.logs import write_run


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_a_point_is_on_screen_within_two_seconds(tmp_path: Path, home: Path, open_page: OpenPage) -> None:
    run = goodfit.Run(tmp_path / "exp1")
    for step in range(41_200, 41_207):
        run.log(step, {"loss": 1.0, "val_loss": 1.2})
    run.flush()
    with serving(tmp_path, home=home) as running:
        page = open_page(running.url)
        figure = page.get_by_role("figure", name=re.compile("^loss:"))
        expect(figure).to_have_attribute("data-drawn", "true")
        expect(page.get_by_role("row", name=re.compile("exp1"))).to_contain_text("41,206")
        page.evaluate("window.keptAcrossTheUpdate = true")
        page.get_by_role("searchbox", name="Filter runs").fill("exp")
        with page.expect_response(lambda answer: "api/curves" in answer.url, timeout=2000):
            run.log(41_207, {"loss": 0.5, "val_loss": 0.7})
            run.flush()
        expect(page.get_by_role("row", name=re.compile("exp1"))).to_contain_text("41,207", timeout=2000)
        expect(page.get_by_role("row", name=re.compile("exp1"))).to_contain_text("0.7000")
        # Without a reload, and with what the reader had typed.
        assert page.evaluate("window.keptAcrossTheUpdate") is True
        expect(page.get_by_role("searchbox", name="Filter runs")).to_have_value("exp")
        painted(page)
    run.finish()


def test_the_zoom_survives_new_points(tmp_path: Path, home: Path, open_page: OpenPage) -> None:
    run = goodfit.Run(tmp_path / "exp1")
    for step in range(100):
        run.log(step, {"loss": 1 / (1 + step)})
    run.flush()
    with serving(tmp_path, home=home) as running:
        page = open_page(f"{running.url}#/overview?x=20~40")
        with page.expect_request(lambda asked: "api/curves" in asked.url) as asked:
            run.log(100, {"loss": 0.001})
            run.flush()
        body = asked.value.post_data_json
        assert (body["lo"], body["hi"]) == (20, 40)
        assert "x=20~40" in page.url
    run.finish()


def test_a_new_run_appears_by_itself(tmp_path: Path, home: Path, open_page: OpenPage) -> None:
    with serving(tmp_path, home=home) as running:
        page = open_page(running.url)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Watching.")
        for way in ("Keras", "PyTorch", "Plain Python"):
            expect(page.get_by_role("region", name=way)).to_contain_text("import")
        write_run(tmp_path / "exp1", {"loss": [3.0, 2.0, 1.0]})
        expect(page.get_by_role("figure", name=re.compile("^loss:"))).to_have_attribute("data-drawn", "true")
        expect(page.get_by_role("row", name=re.compile("exp1"))).to_be_visible()


def test_a_lost_server_is_a_banner_not_a_blank_page(tmp_path: Path, home: Path, open_page: OpenPage) -> None:
    write_run(tmp_path / "exp1", {"loss": [3.0, 2.0, 1.0]})
    with serving(tmp_path, home=home) as running:
        page = open_page(running.url)
        running.stop()
        expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")
        expect(page.get_by_role("row", name=re.compile("exp1"))).to_be_visible()
        page.keyboard.press("l")
        expect(page.get_by_role("button", name="Log", exact=True)).to_have_attribute("aria-pressed", "true")
        painted(page)


def test_the_token_is_asked_for(tmp_path: Path, home: Path, open_page: OpenPage) -> None:
    write_run(tmp_path / "exp1", {"loss": [3.0, 2.0, 1.0]})
    with serving(tmp_path, "--token", "correct horse battery", home=home) as running:
        address = running.url.split("?")[0]
        page = open_page(address, allow=("401",))
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("alert")).to_contain_text("not the token")
        page.get_by_label("Token").fill("correct horse battery")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("row", name=re.compile("exp1"))).to_be_visible()
        assert "horse" not in page.url
