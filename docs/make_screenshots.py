"""Takes docs/pictures/*.png: the page on the demo's four trainings, as README.md shows it.

`python docs/make_screenshots.py` trains them, serves them, and asks Chromium (`CHROMIUM=path` for another than
/usr/bin/chromium). Take them anew when the page has changed, and look at them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
WIDTH, HEIGHT = 1280, 860
N_COLOURS = 256
"""A palette makes the files half their size; charts and text show no difference."""


@dataclass(frozen=True)
class Shot:
    """One picture: its file, and how the page is asked for."""

    name: str
    theme: str = "light"
    locale: str = "en-US"
    view: str = ""


SHOTS = [
    Shot("landing.png"),
    Shot("landing-dark.png", theme="dark"),
    Shot("landing-ko.png", locale="ko-KR"),
    Shot("landing-ko-dark.png", theme="dark", locale="ko-KR"),
]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of the page on the demo's trainings."""
    env = {**os.environ, "GOODFIT_HOME": str(folder / "home"), "PYTHONUNBUFFERED": "1"}
    goodfit = [sys.executable, "-m", "goodfit"]
    train = [*goodfit, "demo", "--once", "--logdir", "logs/fit"]
    subprocess.run(train, env=env, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    command = [*goodfit, "logs/fit", "--port", "0", "--no-open"]
    with subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = (re.search(r"http://[^\s/]+:\d+", line) for line in server.stdout)
            yield next(address.group() for address in found if address)
        finally:
            server.terminate()


def take(browser: Browser, address: str, shot: Shot) -> None:
    """Takes one picture, once every chart is painted."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        locale=shot.locale,
        color_scheme=shot.theme,
        device_scale_factor=1.5,
    )
    page = context.new_page()
    page.goto(f"{address}/{shot.view}")
    page.wait_for_selector("[data-drawn=true]")
    page.wait_for_timeout(2000)  # until the page has heard from the server and says that it is live
    page.evaluate("window.goodfit.ready")
    path = FOLDER / shot.name
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(N_COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{shot.name}: {path.stat().st_size >> 10} KB")
    context.close()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for shot in SHOTS:
            take(browser, address, shot)
        browser.close()


if __name__ == "__main__":
    main()
