"""What logs and machines do to a page: huge values, broken pictures, graphs in circles, twenty tabs, a new server."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from served import OpenPage, Served, painted, serving
from tests.server.event_files import field, strings

import goodfit
from goodfit._core import masked_crc
from goodfit.testing.logs import write_run

PNG_START = b"\x89PNG\r\n\x1a\n"
PICTURE_BYTES = 100_000_000
SCRIPTS = """<svg onload="document.title='hacked'"><script>document.title='hacked'</script></svg>
<img src=x onerror="document.title='hacked'"> <iframe src="javascript:document.title='hacked'"></iframe>

<a href="javascript:document.title='hacked'">press</a>
"""


def node(name: str, op: str, *inputs: str) -> bytes:
    """A NodeDef in its field of a GraphDef."""
    return field(1, field(1, name) + field(2, op) + b"".join(field(3, one) for one in inputs))


def append_record(folder: Path, event: bytes) -> None:
    """One event in a file of its own, its checksum made by the core: Python's takes a minute for 100 MB."""
    folder.mkdir(parents=True, exist_ok=True)
    length = struct.pack("<Q", len(event))
    with (folder / "events.out.tfevents.1700000000.large").open("wb") as file:
        for part in (length, struct.pack("<I", masked_crc(length)), event, struct.pack("<I", masked_crc(event))):
            file.write(part)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    nan = float("nan")
    write_run(
        logs / "a" / "exp",
        {
            "loss": [3.0 - i / 50 for i in range(100)],
            "huge": [10.0 ** (300 - 6 * i) for i in range(100)],
            "only_nan": [nan] * 30,
            "infinite": [float("inf"), 1.0, float("-inf"), 2.0],
            "one_point": [0.5],
            "constant": [0.25] * 50,
            "t" * 500: [1.0, 2.0, 3.0],
        },
    )
    write_run(logs / "b" / "exp", {"loss": [2.0 - i / 80 for i in range(100)]})
    with goodfit.Run(logs / "clock") as run:
        for step in range(40):
            # A clock that was set back an hour in the middle.
            run.log(step, {"loss": 1 / (1 + step)}, wall_time=1.7e9 + 60 * step - (3600 if step >= 20 else 0))
        run.text("notes", SCRIPTS, step=1)
        run.graph(node("model/a", "Add", "model/c", "model/a") + node("model/b", "Mul", "model/a")
                  + node("model/c", "Sub", "model/b") + node("out", "Id", "model/c"))  # fmt: skip
    picture = PNG_START + bytes(PICTURE_BYTES)
    value = strings("enormous", [b"8", b"8", picture], plugin="images")
    append_record(logs / "pictures", struct.pack("<Bd", 9, 1.7e9) + field(2, 1) + value)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def test_charts_of_any_values_are_painted_and_say_what_is_missing(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(f"{hostile.url}#/curves?r=a/exp", height=2400)
    for metric in ("huge", "only_nan", "infinite", "one_point", "constant"):
        figure = page.get_by_role("figure", name=re.compile(f"^{metric}"))
        expect(figure).to_have_attribute("data-drawn", "true")
    expect(page.get_by_role("figure", name=re.compile("^only_nan"))).to_contain_text("30 values NaN or infinite (✕)")
    expect(page.get_by_role("figure", name=re.compile("^infinite"))).to_contain_text("2 values NaN or infinite (✕)")
    page.keyboard.press("l")
    painted(page)
    expect(page.get_by_role("button", name="Log", exact=True)).to_have_attribute("aria-pressed", "true")


def test_huge_beside_tiny_is_read_out_in_full(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(f"{hostile.url}#/curves?m=huge&r=a/exp&log=1&out=1")
    page.get_by_role("figure", name=re.compile("^huge")).get_by_role("button", name="Show as table: huge").click()
    table = page.get_by_role("region", name="Table: huge")
    # As wide as a float32, which curves travel as, can be; the newest value in the list of runs is exact.
    expect(table).to_contain_text(re.compile(r"e\+?\d\d"))
    expect(table.get_by_role("row")).not_to_have_count(1)


def test_a_tag_of_500_letters_stays_within_its_card(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(f"{hostile.url}#/curves")
    card = page.get_by_role("figure", name=re.compile("^t{500}"))
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    assert box and box["width"] < 700 and box["height"] < 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 1360


def test_one_name_in_two_folders_is_two_runs(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(hostile.url)
    for name in ("a/exp", "b/exp"):
        expect(page.get_by_role("checkbox", name=f"Show {name} in the charts")).to_be_visible()
    page.get_by_role("searchbox", name="Filter runs").fill("name:/^b.exp$/")
    expect(page.get_by_role("checkbox", name="Show a/exp in the charts")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Show b/exp in the charts")).to_be_visible()


def test_a_clock_that_went_back_loses_nothing(hostile: Served, open_page: OpenPage) -> None:
    for axis in ("wall", "rel"):
        page = open_page(f"{hostile.url}#/curves?m=loss&r=clock&ax={axis}")
        figure = page.get_by_role("figure", name=re.compile("^loss"))
        expect(figure).to_have_attribute("data-drawn", "true")
        expect(figure).not_to_contain_text("No points yet")


def test_scripts_in_texts_are_inert(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(f"{hostile.url}#/media?r=clock", allow=("Content Security Policy", "ERR_FAILED", "404"))
    card = page.get_by_role("figure", name=re.compile("^notes"))
    expect(card).to_be_visible()
    painted(page)
    assert card.locator("iframe, script, svg, img, a[href^=javascript]").count() == 0
    assert "hacked" not in page.title()


def test_a_picture_of_100_megabytes_holds_nothing_up(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(f"{hostile.url}#/media")
    card = page.get_by_role("figure", name=re.compile("^enormous"))
    expect(card).to_contain_text("no picture or sound that can be shown safely")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("figure", name=re.compile("^loss"))).to_have_attribute("data-drawn", "true")


def test_a_graph_in_circles_is_drawn(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(f"{hostile.url}#/graph")
    page.get_by_role("button", name=re.compile("^model ")).dblclick()
    painted(page)
    for name in ("a Add", "b Mul", "c Sub"):
        expect(page.get_by_role("button", name=name)).to_be_visible()


def test_no_motion_and_own_colours_for_those_who_want_them(hostile: Served, open_page: OpenPage) -> None:
    page = open_page(hostile.url, reduced_motion="reduce", forced_colors="active")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.getAnimations().filter(one => one.effect.getTiming().duration > 1).length") == 0
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    # Lines keep to be seen on the reader's own background.
    assert page.locator("[data-drawn=true]").count() > 0


def test_a_server_that_starts_anew_is_followed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage
) -> None:
    home = tmp_path_factory.mktemp("home")
    write_run(tmp_path / "exp1", {"loss": [3.0, 2.0, 1.0]})
    with serving(tmp_path, home=home) as running:
        port = running.url.split(":")[2].strip("/")
        page = open_page(f"{running.url}#/overview?x=0~2")
        running.stop()
        expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")
    write_run(tmp_path / "exp2", {"loss": [3.0, 2.5, 2.0]})
    with serving(tmp_path, "--port", port, home=home):
        expect(page.get_by_role("checkbox", name="Show exp2 in the charts")).to_be_visible(timeout=15_000)
        expect(page.get_by_role("alert")).to_have_count(0)
        assert "x=0~2" in page.url


def test_twenty_tabs_are_all_live(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> None:
    run = goodfit.Run(tmp_path / "exp1")
    run.log(1, {"loss": 1.0})
    run.flush()
    with serving(tmp_path, home=tmp_path_factory.mktemp("home")) as running:
        context = browser.new_context(viewport={"width": 700, "height": 500})
        pages = [context.new_page() for _ in range(20)]
        for page in pages:
            page.goto(running.url, wait_until="commit")
        for page in pages:
            expect(page.get_by_role("row", name=re.compile("exp1"))).to_be_visible(timeout=20_000)
        run.log(41_207, {"loss": 0.5})
        run.flush()
        for page in pages:
            expect(page.get_by_role("row", name=re.compile("exp1"))).to_contain_text("41,207", timeout=20_000)
        context.close()
    run.finish()
