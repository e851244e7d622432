"""axe-core on every view, in both themes and languages, on a desktop and a phone.

It sees the page's document and colours, not what is drawn on a canvas: charts are tested by their summaries elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mixed import write_mixed
from playwright.sync_api import Page
from served import OpenPage, Served, painted, serving
from spaces import write_spaces

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = (
    "overview",
    "curves",
    "curves?m=loss",
    "table",
    "table?g=optimizer",
    "hparams",
    "compare?r=sweep/s0,sweep/s1",
    "distributions",
    "media",
    "pr",
    "graph",
    "alerts",
    "run?id=rich 한국어",
    "overview?g=optimizer",
    "layouts",
    "embeddings",
    "meshes",
    "pr?r=spaces/vit-s0",
    "hparams?q=spaces",
)
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_mixed(logs)
    write_spaces(logs / "spaces")
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def find_faults(page: Page, *, sees_colours: bool = True) -> list[str]:
    """What axe finds, one line for each element. Contrast takes most of its time.

    Scrolled to the top: what happens to be half under the bar that stays is no small target, and how far the clicks
    before have scrolled depends on the machine's fonts.
    """
    result: Any = page.evaluate(
        """([tags, enabled]) => {
            scrollTo(0, 0);
            return axe.run(document, {
                runOnly: { type: "tag", values: tags },
                rules: { "color-contrast": { enabled } },
                resultTypes: ["violations"],
            });
        }""",
        [STANDARDS, sees_colours],
    )
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['any'][0]['message'] if node['any'] else rule['help']})"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1360, 900), (390, 844)])
def test_no_view_has_a_fault_that_axe_knows(
    mixed: Served, open_page: OpenPage, width: int, height: int, theme: str, locale: str
) -> None:
    if not AXE.is_file():
        pytest.skip("needs axe-core (cd web && npm ci)")
    # Without a GPU the browser itself says that meshes are slow to read back.
    page = open_page(
        mixed.url, width=width, height=height, theme=theme, locale=locale, has_touch=width < 500, allow=("GL Driver",)
    )
    # Through the protocol, for the page's own policy lets no script in.
    page.evaluate(AXE.read_text("utf-8"))
    faults = []
    for view in VIEWS:
        page.evaluate("view => { location.hash = `#/${encodeURI(view)}`; }", view)
        painted(page)
        # Colours are the theme's, the same in both languages.
        faults += [f"{view}: {fault}" for fault in find_faults(page, sees_colours=locale == "en-US")]
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{view} scrolls sideways: {wide} px"
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1360, 900), (390, 844)])
def test_what_opens_has_no_fault_either(
    mixed: Served, open_page: OpenPage, width: int, height: int, theme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("needs axe-core (cd web && npm ci)")
    page = open_page(mixed.url, width=width, height=height, theme=theme, has_touch=width < 500)
    page.evaluate(AXE.read_text("utf-8"))
    for keys, name in (("?", "Keyboard shortcuts"), ("Control+k", "Go to or do")):
        page.keyboard.press(keys)
        page.get_by_role("dialog", name=name).wait_for()
        assert not find_faults(page), name
        page.keyboard.press("Escape")
    # The evidence of a finding, its rule's text, a chart's table, and the colours.
    page.get_by_role("button", name="Why? rich 한국어").click()
    evidence = page.get_by_role("region", name="Evidence: rich 한국어")
    evidence.get_by_text("how it works, in full").first.click()
    evidence.get_by_text("What is tested").first.wait_for()
    page.get_by_role("button", name="Show as table: loss").dispatch_event("click")
    page.get_by_role("table", name=re.compile("loss")).first.wait_for()
    painted(page)
    assert not find_faults(page), "evidence"
    page.evaluate("location.hash = '#/run?id=rich 한국어'")
    painted(page)
    page.get_by_role("button", name="Colour", exact=True).click()
    colours = page.get_by_role("dialog", name="Colour of rich 한국어")
    colours.get_by_role("textbox", name="Any other").fill("#ffee00")
    colours.get_by_role("textbox", name="Any other").press("Enter")
    colours.get_by_role("status").wait_for()
    assert not find_faults(page), "colours"
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"scrolls sideways: {wide} px"
