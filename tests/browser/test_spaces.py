"""Groups of runs, charts of formulas, layouts, embeddings and meshes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from served import OpenPage, Served, painted, serving
from spaces import write_spaces
from test_accessible import AXE, find_faults

# What a browser without a graphics card says when its pictures are read back.
NO_CARD = ("GPU stall due to ReadPixels", "WebGL")


@pytest.fixture(scope="module")
def spaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_spaces(logs)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def n_colours(page: Page, name: str) -> int:
    """Colours on the canvas of that name; 1 is an empty one."""
    pixels = page.get_by_role("application", name=re.compile(name)).evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    return int(pixels)


def test_runs_are_grouped_by_a_hyperparameter(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/curves?m=loss")
    page.get_by_label("Group by").select_option("arch")
    painted(page)
    chart = page.get_by_role("figure", name=re.compile("^loss"))
    expect(chart).to_contain_text("2 groups: mean, and band of the middle 80 % of runs")
    expect(chart).to_contain_text("other runs in grey")
    # Levels of 0.3 and 0.5, the validation half 0.1 above, after some fifty steps.
    expect(chart).to_contain_text(re.compile(r"arch=resnet · n=6: mean 0\.6\d* at the end"))
    assert "g=arch" in page.url
    page.keyboard.press("Control+z")
    expect(chart).not_to_contain_text("2 groups")


def test_runs_are_grouped_by_an_expression_over_names(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/curves?m=loss")
    page.get_by_label("Group by").select_option(label="name, by regular expression")
    field = page.get_by_label(re.compile("Regular expression"))
    field.fill("(vit|resnet)-s[0-3]")
    field.press("Enter")
    painted(page)
    chart = page.get_by_role("figure", name=re.compile("^loss"))
    expect(chart).to_contain_text("vit · n=4")
    expect(chart).to_contain_text("4 runs in no group")
    field.fill("(")
    field.press("Enter")
    expect(page.get_by_text("This is no regular expression.")).to_be_visible()


def test_a_formula_becomes_a_chart_and_stays_in_the_link(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/curves")
    page.get_by_role("button", name="Formula").click()
    field = page.get_by_role("textbox", name="y: a formula")
    field.fill("val/loss - nope")
    expect(page.get_by_text("No metric is called so: nope (character 12)")).to_be_visible()
    field.fill("val/loss - train/loss")
    field.press("Enter")
    painted(page)
    chart = page.get_by_role("figure", name="val/loss - train/loss")
    expect(chart).to_have_attribute("data-drawn", "true")
    # The validation half was written 0.1 above the train half.
    expect(chart).to_contain_text(re.compile(r"vit-s0: 0\.1000"))
    assert "f=val" in page.url
    again = open_page(page.url)
    expect(again.get_by_role("figure", name="val/loss - train/loss")).to_have_attribute("data-drawn", "true")


def test_a_metric_is_the_axis(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/curves?f=loss|tokens")
    chart = page.get_by_role("figure", name="loss over tokens")
    expect(chart).to_contain_text(re.compile(r"vit-s0: 0\.4\d+ \(tokens 200"))
    chart.get_by_role("button", name=re.compile("table")).click()
    expect(chart.get_by_role("columnheader", name="tokens")).to_be_visible()
    chart.get_by_role("button", name=re.compile("Remove")).click()
    expect(chart).not_to_be_visible()


def test_a_layout_shows_its_charts(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/layouts?r=vit-s0")
    both = page.get_by_role("figure", name="both halves")
    expect(both).to_have_attribute("data-drawn", "true")
    expect(both).to_contain_text("train/loss")
    expect(both).to_contain_text("val/loss")
    expect(page.get_by_role("figure", name="with bounds")).to_contain_text("band: from lower to upper bound")
    expect(page.get_by_role("link", name="Embeddings")).to_be_visible()


def test_counts_are_also_a_roc_curve(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/pr")
    expect(page.get_by_role("figure", name="Precision and recall: quality")).to_be_visible()
    page.get_by_role("button", name="ROC").click()
    curve = page.get_by_role("figure", name="ROC: quality")
    # Scores of the two kinds overlap in the third from 0.4 to 0.6: the area lies near 0.94.
    expect(curve).to_contain_text(re.compile(r"area 0\.9\d"))


def test_an_embedding_is_searched_and_has_neighbours(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/embeddings")
    figure = page.get_by_role("figure", name=re.compile("Scatter of points"))
    expect(figure).to_have_attribute("data-drawn", "true")
    expect(figure).to_contain_text("299 points of 10 dimensions, by PCA")
    expect(figure).to_contain_text("1 point with NaN or infinite values left out")
    assert n_colours(page, "Scatter of points") >= 4
    page.get_by_role("searchbox", name="Search labels").fill("dog 10")
    page.get_by_role("button", name="dog 10", exact=True).click()
    nearest = page.get_by_role("complementary", name=re.compile("nearest points"))
    expect(nearest).to_contain_text("kind")
    rows = nearest.get_by_role("list").filter(has_text="dog").last.get_by_role("listitem")
    expect(nearest.get_by_role("listitem").filter(has_text=re.compile(r"dog \d+\s*0\."))).to_have_count(20)
    assert rows.count() > 0
    page.get_by_role("button", name="Pictures").click()
    page.get_by_role("button", name="2-D").click()
    painted(page)
    assert "d=2" in page.url
    page.get_by_label("Colour by").select_option("size")
    expect(nearest).to_contain_text("42.71")


def test_the_points_turn_by_keys(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/embeddings")
    canvas = page.get_by_role("application", name=re.compile("Scatter of points"))
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("([canvas, before]) => canvas.toDataURL() !== before", arg=[canvas.element_handle(), before])
    page.keyboard.press("0")
    page.wait_for_function("([canvas, before]) => canvas.toDataURL() === before", arg=[canvas.element_handle(), before])


def test_points_lie_between_the_ends_that_one_names(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/embeddings")
    page.get_by_role("button", name="Custom axes").click()
    page.get_by_label("Left", exact=True).fill('"cat"')
    right = page.get_by_label("Right", exact=True)
    right.fill("dog")
    right.press("Enter")
    figure = page.get_by_role("figure", name=re.compile("Scatter of points"))
    expect(figure).to_contain_text(re.compile(r"by Custom axes · axes hold \d"))
    beside = page.get_by_role("complementary", name=re.compile("nearest points"))
    # A hundred of each kind; the one that is not finite is a dog.
    expect(beside).to_contain_text("100 points")
    expect(beside).to_contain_text("99 points")
    assert "by=axes" in page.url
    # What finds nothing, and two ends in one place, are told; the picture stays.
    right.fill("nowhere")
    right.press("Enter")
    expect(beside).to_contain_text("no point")
    expect(beside).to_contain_text("greatest spread of the rest")
    right.fill('"cat"')
    right.press("Enter")
    expect(beside).to_contain_text("Both ends are the same place.")
    expect(figure).to_contain_text("299 points")
    # A chosen point is an end, too.
    page.get_by_role("searchbox", name="Search labels").fill('"dog 10"')
    page.get_by_role("button", name="dog 10", exact=True).click()
    page.get_by_role("button", name="Right: add the chosen point").click()
    expect(right).to_have_value("#10")
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Embeddings").click()
    page.keyboard.press("Control+z")
    expect(right).to_have_value('"cat"')


def test_a_bookmark_brings_back_how_the_points_were_seen(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/embeddings?by=axes&d=2&v=lf:cat,rt:dog")
    canvas = page.get_by_role("application", name=re.compile("Scatter of points"))
    canvas.focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("cam:0~0~1.25"))
    page.get_by_role("searchbox", name="Search labels").fill('"dog 10"')
    page.get_by_role("button", name="dog 10", exact=True).click()
    painted(page)
    seen = canvas.evaluate("canvas => canvas.toDataURL()")
    kept = page.url
    page.get_by_label("Name for this view").fill("cats and dogs")
    page.get_by_role("button", name="Save").click()
    bookmark = page.get_by_role("link", name="cats and dogs")
    expect(bookmark).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="PCA").click()
    expect(page.get_by_text("by PCA")).to_be_visible()
    assert bookmark.get_attribute("aria-current") is None
    # On the server: another browser has it as well.
    other = open_page(f"{spaces.url}#/embeddings")
    other.get_by_role("link", name="cats and dogs").click()
    expect(other.get_by_label("Right", exact=True)).to_have_value("dog")
    expect(other.get_by_role("heading", name="Point 10")).to_be_visible()
    painted(other)
    other.wait_for_function(
        "([canvas, seen]) => canvas.toDataURL() === seen",
        arg=[other.get_by_role("application", name=re.compile("Scatter of points")).element_handle(), seen],
    )
    assert other.url.split("v=")[1] == kept.split("v=")[1]
    other.get_by_role("button", name="Remove bookmark cats and dogs").click()
    expect(other.get_by_role("link", name="cats and dogs")).not_to_be_visible()


def test_what_is_not_installed_names_the_command(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/embeddings")
    button = page.get_by_role("button", name="t-SNE")
    if "missing" not in (button.get_attribute("class") or ""):
        pytest.skip("scikit-learn is installed")
    button.click()
    expect(page.get_by_text('pip install "goodfit[embeddings]"')).to_be_visible()
    page.get_by_role("button", name="PCA").click()
    expect(page.get_by_text("by PCA")).to_be_visible()


def test_meshes_follow_the_step_of_all_media(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/meshes", allow=NO_CARD)
    sphere = page.get_by_role("figure", name=re.compile("sphere"))
    expect(sphere).to_have_attribute("data-drawn", "true")
    expect(sphere).to_contain_text("864 vertices, 1,656 faces")
    expect(sphere).to_contain_text("Step 20")
    expect(page.get_by_role("figure", name=re.compile("cloud"))).to_contain_text("a cloud of 3,000 points")
    assert n_colours(page, "sphere") > 20
    page.get_by_role("slider", name="Step").press("Home")
    expect(sphere).to_contain_text("Step 0")
    assert "at=0" in page.url


@pytest.mark.parametrize(("width", "theme", "locale"), [(1360, "dark", "en-US"), (390, "light", "ko-KR")])
def test_none_of_these_views_has_a_fault_that_axe_knows(
    spaces: Served, open_page: OpenPage, width: int, theme: str, locale: str
) -> None:
    if not AXE.is_file():
        pytest.skip("needs axe-core (cd web && npm ci)")
    page = open_page(spaces.url, width=width, theme=theme, locale=locale, has_touch=width < 500, allow=NO_CARD)
    page.evaluate(AXE.read_text("utf-8"))
    for view in ("curves?g=arch&f=loss|tokens", "layouts", "embeddings", "embeddings?by=axes&v=rt:x,pt:3", "meshes"):
        page.evaluate("view => { location.hash = `#/${view}`; }", view)
        painted(page)
        assert not find_faults(page), view
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


@pytest.mark.parametrize("view", ["embeddings", "meshes", "layouts"])
def test_a_folder_without_them_says_how_to_log_them(tmp_path: Path, open_page: OpenPage, view: str) -> None:
    import goodfit

    with goodfit.Run(tmp_path / "logs" / "r") as run:
        run.log(0, {"loss": 1.0})
    with serving(tmp_path / "logs", home=tmp_path / "home") as running:
        page = open_page(f"{running.url}#/{view}", width=390, height=844)
        expect(page.get_by_text(re.compile("has been logged"))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_damaged_embedding_is_told(tmp_path: Path, open_page: OpenPage) -> None:
    import goodfit

    with goodfit.Run(tmp_path / "logs" / "r") as run:
        run.log(0, {"loss": 1.0})
        run.embedding("points", [[1.0, 2.0], [3.0, 4.0]])
    (tensors,) = (tmp_path / "logs").rglob("tensors.tsv")
    tensors.write_text("1\t2\nx\t3\n")
    with serving(tmp_path / "logs", home=tmp_path / "home") as running:
        page = open_page(f"{running.url}#/embeddings", allow=("422",))
        expect(page.get_by_role("alert")).to_contain_text("could not be read")


def test_an_architecture_that_explains_everything_is_said_to(spaces: Served, open_page: OpenPage) -> None:
    page = open_page(f"{spaces.url}#/hparams")
    table = page.get_by_role("table", name=re.compile("What goes with"))
    arch = table.get_by_role("row", name=re.compile("^arch"))
    expect(arch).to_contain_text("vit → resnet")
    # ε² of six ranks of each kind that do not overlap: (8.31 - 1) / 10.
    expect(arch).to_contain_text("73 %")
    seed = table.get_by_role("row", name=re.compile("^seed"))
    expect(seed).to_contain_text("0 %")
    page.get_by_role("searchbox", name="Filter runs").fill("vit")
    expect(page.get_by_role("region", name=re.compile("What goes with"))).to_contain_text("6 training runs")
    expect(table).to_have_count(0)
