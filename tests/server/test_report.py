"""A log folder as one HTML file."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.server.conftest import OpenSite, split_frame
from tests.server.event_files import EventFile, histogram, strings

from goodfit.cli.report import command
from goodfit.errors import BadArgument, LogFolderError
from goodfit.server.app import make_context
from goodfit.server.report import gather, key_of, render
from goodfit.server.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    file = EventFile(tmp_path / "logs" / HOSTILE.replace("/", "_"))
    file.scalars("loss", [1 / (1 + step) for step in range(40)])
    file.scalars(HOSTILE, [1.0, 2.0])
    file.add(0, histogram("w", [0.0, 1.0, 2.0], [1, 2.0]))
    file.add(0, strings("pic", [b"2", b"3", PNG], plugin="images"))
    file.add(0, strings("svg", [b"2", b"3", b"<svg onload='alert(1)'/>"], plugin="images"))
    return tmp_path / "logs"


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "static" / "report").mkdir(parents=True)
    (tmp_path / "static" / "report" / "report.js").write_text('const end = "</script>"; // <!-- -->')
    (tmp_path / "static" / "report" / "report.css").write_text("body { margin: 0 }")
    return tmp_path / "static"


def contents(page: str) -> Any:
    found = re.search(r'id="goodfit-report">([^<]*)<', page)
    assert found
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def test_the_file_holds_what_the_page_asks_for(open_site: OpenSite, logs: Path, static: Path) -> None:
    site = open_site(logs)
    site.turn()
    page = render(gather(make_context(site.watch, Settings(logdir="logs"))), title=HOSTILE, now=7.0, static=static)
    held = contents(page)
    assert held["made"] == 7.0
    run = HOSTILE.replace("/", "_")
    overview = held["json"][key_of("api/overview", {})]
    assert [training["name"] for training in overview["trainings"]] == [run]
    importance = held["json"][key_of("api/importance", {"metric": overview["objective"], "half": "train"})]
    assert (importance["n_trainings"], importance["items"]) == (1, [])
    assert held["json"][key_of("api/histograms", {"run": run, "tag": "w", "max_steps": "40"})]["n_recorded"] == 1
    assert held["json"][key_of("api/training", {"name": run})]["files"]
    axes = [one["axis"] for one in held["curves"]]
    assert axes == ["step", "relative", "wall_time"] * 2
    header, _ = split_frame(base64.b64decode(held["curves"][0]["frame"]))
    assert (header["px"], header["series"][0]["tag"]) == (400, "loss")
    # Pictures travel; what a browser might run does not.
    assert list(held["blobs"].values()) == ["data:image/png;base64," + base64.b64encode(PNG).decode()]


def test_no_text_of_a_log_ends_an_element(open_site: OpenSite, logs: Path, static: Path) -> None:
    site = open_site(logs)
    site.turn()
    page = render(gather(make_context(site.watch, Settings(logdir=HOSTILE))), title=HOSTILE, static=static)
    assert page.count("</script>") == 2
    assert "alert(1)</script>" not in page
    assert "<!--" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"https?://", re.sub(r">[A-Za-z0-9+/=]{50,}<", "><", page))


def test_the_users_own_delivery_log_does_not_travel(open_site: OpenSite, logs: Path) -> None:
    site = open_site(logs)
    site.turn()
    assert gather(make_context(site.watch, Settings())).json[key_of("api/alerts", {})] == {"deliveries": []}


def test_without_a_built_page_it_says_so(open_site: OpenSite, logs: Path, tmp_path: Path) -> None:
    site = open_site(logs)
    site.turn()
    with pytest.raises(LogFolderError, match="was not built"):
        render(gather(make_context(site.watch, Settings())), title="x", static=tmp_path)


def test_wrong_use_writes_nothing(tmp_path: Path) -> None:
    for arguments in ([str(tmp_path / "gone"), "--out", str(tmp_path / "a.html")],
                      [str(tmp_path), "--out", str(tmp_path / "gone" / "a.html")]):  # fmt: skip
        result = CliRunner().invoke(command, arguments)
        assert isinstance(result.exception, BadArgument | LogFolderError)
    assert list(tmp_path.iterdir()) == []
