"""Pictures of charts against stored ones: a layer that is not drawn any more is seen here.

The plot alone is compared, at a fifth of its area and without the words around it, so that another font or another
way of smoothing edges makes no difference. `GOODFIT_PICTURES=write` stores them anew: look at what has changed first.
"""

from __future__ import annotations

import base64
import json
import math
import os
import random
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from served import OpenPage, Served, painted, serving

import goodfit
from goodfit.tensorboard import SummaryWriter

PICTURES = Path(__file__).parent / "pictures"
# Read here, for the tests themselves run without any setting of the user's.
IS_WRITING = os.environ.get("GOODFIT_PICTURES") == "write"
MOST_MEAN = 2.0
"""Of 255, over all pixels and colours. The same page on another day: 0."""
OFF = 48
"""Of 255: a pixel that differs by more in any colour is another one."""
MOST_OFF_SHARE = 0.012
TOTAL_BYTES = 300_000

MEASURE = """async ([figure, stored, width, height]) => {
    const canvas = figure.querySelector("canvas:not(.chart-top)");
    const over = figure.querySelector(".chart-plot");
    // Charts that are no line charts have their words within; they are compared whole.
    const box = over
        ? [over.offsetLeft, over.offsetTop, over.offsetWidth, over.offsetHeight]
        : [0, 0, canvas.width, canvas.height];
    const small = new OffscreenCanvas(width, height);
    const pen = small.getContext("2d", { willReadFrequently: true });
    pen.imageSmoothingQuality = "high";
    pen.fillStyle = getComputedStyle(figure).backgroundColor;
    pen.fillRect(0, 0, width, height);
    pen.drawImage(canvas, ...box, 0, 0, width, height);
    const seen = pen.getImageData(0, 0, width, height).data;
    const bytes = new Uint8Array(await (await small.convertToBlob()).arrayBuffer());
    const png = btoa(String.fromCharCode(...bytes));
    if (stored === null) return { png, mean: 0, off: 0, worst: 0 };
    const known = await createImageBitmap(new Blob([Uint8Array.from(atob(stored), (sign) => sign.charCodeAt(0))]));
    pen.drawImage(known, 0, 0);
    const wanted = pen.getImageData(0, 0, width, height).data;
    let sum = 0, off = 0;
    const tiles = new Map();
    for (let i = 0; i < seen.length; i += 4) {
        let most = 0;
        for (let k = i; k < i + 3; k++) {
            const away = Math.abs(seen[k] - wanted[k]);
            sum += away;
            most = Math.max(most, away);
        }
        off += most > OFF;
        const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
        // In the top row stand the numbers of peaks that are cut off, in whatever font there is.
        if (y < TILE) continue;
        const tile = `${Math.floor(x / TILE)} ${Math.floor(y / TILE)}`;
        tiles.set(tile, (tiles.get(tile) ?? 0) + most / TILE ** 2);
    }
    return { png, mean: sum / (0.75 * seen.length), off: off / (seen.length / 4), worst: Math.max(...tiles.values()) };
}""".replace("OFF;", f"{OFF};").replace("TILE", "20")

LOSE = """([method, where]) => {
            const ERROR = getComputedStyle(document.documentElement).getPropertyValue("--error").trim();
            const tests = {
                "this.getLineDash().length > 0": (pen) => pen.getLineDash().length > 0,
                "this.globalAlpha < 0.2": (pen) => pen.globalAlpha < 0.2,
                "this.strokeStyle === ERROR": (pen) => pen.strokeStyle === ERROR,
                "true": () => true,
            };
            const draw = CanvasRenderingContext2D.prototype[method];
            CanvasRenderingContext2D.prototype[method] = function (...parts) {
                return tests[where](this) ? undefined : draw.apply(this, parts);
            };
        }"""


@dataclass(frozen=True)
class Shot:
    """A chart: where it is, and how its figure is called."""

    name: str
    view: str
    figure: str
    most_worst: float
    """Of 255: the mean distance of the worst tile. Dense pictures and those with words differ more by their edges."""
    logs: str = "gallery"


SHOTS = (
    Shot("lines", "curves?m=loss&q=pair", "^loss", 5.0),
    Shot("envelope", "curves?m=noisy", "^noisy", 8.0),
    Shot("log-clipped", "curves?m=wild&log=1", "^wild", 2.5),
    Shot("forecast", "run?id=running", "^speed", 2.5),
    Shot("ridges", "distributions?r=pair-0", "weights", 12.0),
    Shot("density", "curves?m=many", "^many", 8.0, "crowd"),
)
# What is kept from being drawn, and the pictures that must then differ.
LOST = {
    "strokes of dashed lines": ("stroke", "this.getLineDash().length > 0", ("lines", "forecast")),
    "faint strokes and areas": ("stroke", "this.globalAlpha < 0.2", ("envelope",)),
    "areas": ("fill", "true", ("forecast", "ridges")),
    "crosses and lines of NaN": ("stroke", "this.strokeStyle === ERROR", ("log-clipped",)),
    "grey pictures": ("drawImage", "true", ("density",)),
}


def write_logs(logs: Path) -> None:
    """One training for each kind of chart, the same at each run but for the hour."""
    draw = random.Random(7)
    for number in range(2):
        with goodfit.Run(logs / f"pair-{number}") as run:
            for step in range(60):
                loss = 0.2 + 0.3 * number + 2 * math.exp(-step / 12) + draw.gauss(0, 0.02)
                run.log(step, {"train/loss": loss, "val/loss": loss + 0.15 + 0.012 * step})
            for step in range(0, 60, 10):
                values = np.random.default_rng(step).normal(step / 30, 1 + step / 60, 2000)
                run.histogram("weights", values, step=step)
    with goodfit.Run(logs / "noisy") as run:
        for step in range(20_000):
            run.log(step, {"noisy": 1 + math.exp(-step / 4000) + draw.gauss(0, 0.15)})
    with goodfit.Run(logs / "wild") as run:
        for step in range(200):
            value = 10 ** (1 - step / 60) * math.exp(draw.gauss(0, 0.1))
            run.log(step, {"wild": math.nan if step in (60, 61, 150) else 1e9 if step == 100 else value})
    now = time.time()
    with SummaryWriter(str(logs / "running")) as writer:
        for step in range(80):
            speed = 0.5 + 1.5 * math.exp(-step / 20) + draw.gauss(0, 0.03)
            writer.add_scalar("speed_loss", speed, step, walltime=now - 60 * (79 - step))


def write_crowd(logs: Path) -> None:
    """A thousand short trainings."""
    draw = random.Random(8)
    for number in range(1000):
        with goodfit.Run(logs / f"c{number:04}") as run:
            slope = draw.gauss(0, 1)
            for step in range(12):
                run.log(step, {"many": slope * step / 12 + math.sin(step / 3) + draw.gauss(0, 0.05)})


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_logs(logs)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    logs = tmp_path_factory.mktemp("logs")
    write_crowd(logs)
    with serving(logs, home=tmp_path_factory.mktemp("home")) as running:
        yield running


@dataclass(frozen=True)
class Distance:
    """Between two pictures."""

    mean: float
    """Of 255, over all pixels and colours."""
    off_share: float
    """Of pixels that are other ones."""
    worst: float
    """Of 255: of the tile that differs most, so that a small thing lost is seen as well."""


def wait_until_judged(served: Served) -> None:
    """Before the first page: findings decide which runs are lines, and a run keeps the colour it first had."""
    pause = threading.Event()
    for _ in range(500):
        with urlopen(f"{served.url}api/overview") as answer:
            if json.load(answer)["progress"]["is_done"]:
                return
        pause.wait(0.05)
    raise AssertionError("the folder was not judged")


def open_before(gallery: Served, open_page: OpenPage, theme: str) -> Page:
    """A page that shows no chart yet, once all findings are there."""
    wait_until_judged(gallery)
    return open_page(f"{gallery.url}#/alerts", width=900, height=800, theme=theme)


def compare(page: Page, shot: Shot, theme: str, *, size: tuple[int, int] = (280, 140)) -> Distance:
    """How far a chart is from the stored picture; stores it where that is asked for."""
    page.evaluate("view => { location.hash = `#/${encodeURI(view)}`; }", shot.view)
    painted(page)
    figure = page.get_by_role("figure", name=re.compile(shot.figure)).first
    expect(figure).to_have_attribute("data-drawn", "true")
    page.mouse.move(0, 0)
    if shot.name == "forecast":
        expect(figure).to_contain_text("forecast: long dashes")
        painted(page)
    path = PICTURES / f"{shot.name}-{theme}.png"
    stored = None if IS_WRITING else base64.b64encode(path.read_bytes()).decode()
    found = figure.evaluate(
        f"(figure, [stored, width, height]) => ({MEASURE})([figure, stored, width, height])", [stored, *size]
    )
    if IS_WRITING:
        path.write_bytes(base64.b64decode(found["png"]))
    return Distance(found["mean"], found["off"], found["worst"])


def is_alike(shot: Shot, found: Distance) -> bool:
    return found.mean <= MOST_MEAN and found.off_share <= MOST_OFF_SHARE and found.worst <= shot.most_worst


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_chart_looks_as_it_did(request: pytest.FixtureRequest, open_page: OpenPage, shot: Shot, theme: str) -> None:
    served: Served = request.getfixturevalue(shot.logs)
    found = compare(open_before(served, open_page, theme), shot, theme)
    assert is_alike(shot, found), found


@pytest.mark.skipif(IS_WRITING, reason="nothing is stored of what is not drawn")
@pytest.mark.parametrize("what", LOST)
def test_a_layer_that_is_not_drawn_is_seen(request: pytest.FixtureRequest, open_page: OpenPage, what: str) -> None:
    method, where, names = LOST[what]
    for shot in SHOTS:
        if shot.name in names:
            page = open_before(request.getfixturevalue(shot.logs), open_page, "light")
            page.evaluate(LOSE, [method, where])
            found = compare(page, shot, "light")
            assert not is_alike(shot, found), f"{shot.name}: {found}"


def test_the_pictures_are_few_and_small() -> None:
    files = list(PICTURES.glob("*.png"))
    assert {file.stem for file in files} == {f"{shot.name}-{theme}" for shot in SHOTS for theme in ("light", "dark")}
    assert sum(file.stat().st_size for file in files) < TOTAL_BYTES
