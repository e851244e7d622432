"""Several charts in one request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.server.conftest import OpenSite, Site, split_frame
from tests.server.event_files import EventFile


@pytest.fixture
def site(tmp_path: Path, open_site: OpenSite) -> Site:
    """Three runs of ten steps."""
    for number in range(3):
        EventFile(tmp_path / "logs" / f"r{number}").scalars("loss", [1.0 / (step + 1 + number) for step in range(10)])
    return open_site(tmp_path / "logs")


CURVES: dict[str, Any] = {"series": [{"run": "r0", "tag": "loss"}], "px": 40}
DENSITY: dict[str, Any] = {
    "series": [{"run": f"r{number}", "tag": "loss"} for number in range(3)],
    "width": 41,
    "height": 41,
}


def test_each_chart_gets_what_its_own_address_answers(site: Site) -> None:
    whole = site.client.post("/api/charts", json={"curves": [CURVES, CURVES | {"px": 60}], "density": [DENSITY]})
    assert whole.status_code == 200
    header, body = split_frame(whole.content)
    own = [
        site.client.post("/api/curves", json=CURVES).content,
        site.client.post("/api/curves", json=CURVES | {"px": 60}).content,
        site.client.post("/api/density", json=DENSITY).content,
    ]
    parts = [*header["curves"], *header["density"]]
    assert [part["size_bytes"] for part in parts] == [len(one) for one in own]
    at = 0
    for part, one in zip(parts, own, strict=True):
        assert body[at : at + part["size_bytes"]] == one
        at += -(-part["size_bytes"] // 4) * 4
    assert at == len(body)


def test_one_charts_error_is_not_the_others(site: Site) -> None:
    header, body = split_frame(
        site.client.post("/api/charts", json={"curves": [CURVES | {"lo": 5, "hi": 2}, CURVES]}).content
    )
    bad, good = header["curves"]
    assert bad["size_bytes"] == 0
    assert bad["error"]["error"] == "bad_request"
    assert good["error"] is None
    assert body == site.client.post("/api/curves", json=CURVES).content


def test_too_much_at_once_is_refused(site: Site) -> None:
    many = CURVES | {"series": [{"run": f"r{number}", "tag": "loss"} for number in range(400)], "px": 2000}
    answer = site.client.post("/api/charts", json={"curves": [many] * 3})
    assert answer.status_code == 413
    assert answer.json()["error"] == "too_large"
    assert site.client.post("/api/charts", json={"curves": [CURVES] * 65}).status_code == 400


def test_nothing_asked_is_nothing_answered(site: Site) -> None:
    header, body = split_frame(site.client.post("/api/charts", json={}).content)
    assert (header, body) == ({"curves": [], "density": []}, b"")
