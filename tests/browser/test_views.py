"""Histograms, model graphs, damage, and what happens with very many runs or metrics."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from served import OpenPage, Served, painted, serving

import goodfit
from goodfit.testing.logs import corrupt_record, write_run

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What TensorFlow 2 wrote: scalars, histograms and graphs of a small Keras model; and histograms of ours."""
    logs = tmp_path_factory.mktemp("logs")
    shutil.copytree(GOLDEN / "tf" / "keras_fit", logs / "keras_fit")
    draw = np.random.default_rng(5)
    with goodfit.Run(logs / "ours") as run:
        for step in range(20):
            run.histogram("dense/kernel", draw.normal(0, 1 + step / 10, 500), step=step)
            run.log(step, {"loss": 1.0})
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


def test_histograms_are_ridges_overlays_and_bands(keras: Served, open_page: OpenPage) -> None:
    page = open_page(f"{keras.url}#/distributions?run=ours")
    figure = page.get_by_role("figure", name=re.compile("dense.kernel"))
    expect(figure).to_have_attribute("data-drawn", "true")
    expect(figure).to_contain_text("Step 19")
    expect(figure).to_contain_text("500 values")
    pictures = set()
    for mode in ("Ridges", "Overlay", "Percentiles"):
        page.get_by_role("button", name=mode).click()
        painted(page)
        pictures.add(figure.locator("canvas").evaluate("canvas => canvas.toDataURL()"))
    assert len(pictures) == 3
    page.get_by_role("slider", name="Step").fill("0")
    expect(figure).to_contain_text("Step 0")


def test_the_histograms_of_keras_are_there(keras: Served, open_page: OpenPage) -> None:
    page = open_page(f"{keras.url}#/distributions?run=keras_fit/train")
    assert page.get_by_role("figure").count() >= 2
    expect(page.get_by_role("figure").first).to_have_attribute("data-drawn", "true")


def test_the_graph_of_keras_shows_layers_with_their_details(keras: Served, open_page: OpenPage) -> None:
    page = open_page(f"{keras.url}#/graph")
    graph = page.get_by_role("application", name=re.compile("Graph"))
    expect(graph).to_have_attribute("data-drawn", "true")
    layer = graph.get_by_role("button", name=re.compile("Conv2D"))
    layer.click()
    detail = page.get_by_role("complementary", name="Attributes")
    expect(detail).to_contain_text("Conv2D")
    expect(detail).to_contain_text("filters")
    detail.get_by_role("button").first.click()
    expect(detail).not_to_contain_text("Conv2D (")
    page.get_by_role("searchbox", name="Search the whole graph").fill("conv")
    expect(page.get_by_role("status").filter(has_text="found")).to_contain_text("1 found")


def test_a_graph_traces_inputs_and_is_coloured_and_saved(keras: Served, open_page: OpenPage) -> None:
    page = open_page(f"{keras.url}#/graph")
    legend = page.get_by_role("list", name="Colour by")
    expect(legend).to_contain_text("Dense")
    page.get_by_role("combobox", name="Colour by").select_option("device")
    expect(legend).to_contain_text("not recorded")
    page.get_by_role("button", name="Trace inputs").click()
    expect(page.get_by_role("button", name="Trace inputs")).to_have_attribute("aria-pressed", "true")
    with page.expect_download() as saved:
        page.get_by_role("button", name="SVG", exact=True).click()
    text = Path(saved.value.path()).read_text("utf-8")
    assert text.startswith("<svg") and "fill:" in text


def test_a_traced_step_colours_nodes_by_what_they_took(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage
) -> None:
    """The step was traced by TensorFlow: `net` took 68 of 113 microseconds, `net/a` 50 of them and 512 bytes."""
    shutil.copytree(GOLDEN.parent / "server" / "graphs" / "session_trace", tmp_path / "run")
    with serving(tmp_path, home=tmp_path_factory.mktemp("home")) as running:
        page = open_page(f"{running.url}#/graph?run=run&tag=__run_graph__")
        expect(page.get_by_role("combobox", name="Traced step")).to_have_value("step002")
        page.get_by_role("combobox", name="Colour by").select_option("time")
        expect(page.get_by_role("list", name="Colour by")).to_contain_text("≥ 30 % 1")
        graph = page.get_by_role("application", name=re.compile("Graph"))
        graph.get_by_role("button", name=re.compile("^net")).dblclick()
        graph.get_by_role("button", name=re.compile("^a ")).click()
        detail = page.get_by_role("complementary", name="Attributes")
        expect(detail).to_contain_text("50 µs")
        expect(detail).to_contain_text("512 B")


def test_damage_is_told_with_file_and_byte(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage
) -> None:
    path = write_run(tmp_path / "exp1", {"loss": [3.0, 2.0, 1.0, 0.5, 0.4, 0.3]})
    offset = corrupt_record(path, 3)
    with serving(tmp_path, home=tmp_path_factory.mktemp("home")) as running:
        page = open_page(running.url)
        page.get_by_text("1 place could not be read").click()
        issues = page.get_by_role("region", name="1 place could not be read")
        expect(issues).to_contain_text(path.name)
        expect(issues).to_contain_text(f"{offset:,}")
        expect(page.get_by_role("figure", name=re.compile("^loss:"))).to_have_attribute("data-drawn", "true")


def test_very_many_runs_stay_readable(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage
) -> None:
    for i in range(150):
        write_run(tmp_path / f"run-{i:03d}", {"loss": [3.0 - i / 100, 2.0, 1.0 + i / 100]})
    with serving(tmp_path, home=tmp_path_factory.mktemp("home")) as running:
        page = open_page(running.url)
        figure = page.get_by_role("figure", name=re.compile("^loss:"))
        expect(figure).to_contain_text(re.compile(r"14\d other runs in grey"))
        # Only the rows in sight are in the document.
        assert page.get_by_role("table", name="Training runs").get_by_role("row").count() < 60
        page.get_by_role("searchbox", name="Filter runs").fill("run-149")
        expect(page.get_by_role("checkbox", name="Show run-149 in the charts")).to_be_visible()
        painted(page)


def test_very_many_metrics_are_made_as_the_reader_scrolls(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, open_page: OpenPage
) -> None:
    long_tag = "layer/" + "very_long_name_" * 30 + "<b>"
    write_run(tmp_path / "exp1", {**{f"group{i % 3}/metric{i}": [1.0, 2.0] for i in range(200)}, long_tag: [1.0, 1.0]})
    with serving(tmp_path, home=tmp_path_factory.mktemp("home")) as running:
        page = open_page(f"{running.url}#/curves")
        expect(page.get_by_text("201 metrics")).to_be_visible()
        assert page.get_by_role("figure").count() < 80
        page.get_by_role("searchbox", name="Search metrics").fill("very_long")
        expect(page.get_by_role("figure")).to_have_count(1)
        painted(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1360
