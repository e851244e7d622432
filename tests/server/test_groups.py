"""POST api/groups: mean and band of groups of curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.conftest import OpenSite, Site, split_frame
from tests.server.event_files import EventFile

LEVELS = (0.0, 1.0, 2.0, 3.0, 10.0)


@pytest.fixture
def levels(open_site: OpenSite, tmp_path: Path) -> Site:
    """Five runs, each constant at its level for ten steps; the last is twice as long."""
    for number, level in enumerate(LEVELS):
        n_points = 20 if level == 10.0 else 10
        EventFile(tmp_path / "logs" / f"r{number}").scalars("loss", [level] * n_points)
    site = open_site()
    site.turn()
    return site


def ask_groups(site: Site, *groups: tuple[str, list[str]], **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and columns by `group column`."""
    ask = {
        "groups": [{"name": name, "series": [{"run": run, "tag": "loss"} for run in runs]} for name, runs in groups],
        "px": 10,
        **options,
    }
    answer = site.client.post("/api/groups", json=ask)
    assert answer.status_code == 200, answer.text
    header, body = split_frame(answer.content)
    columns = np.frombuffer(body, "<f4").reshape(-1, header["px"])
    names = [f"{group['name']} {column}" for group in header["groups"] for column in header["columns"]]
    assert len(names) == len(columns)
    return header, dict(zip(names, columns, strict=True))


def test_a_group_is_its_mean_and_band(levels: Site) -> None:
    header, columns = ask_groups(levels, ("low", ["r0", "r1", "r2", "r3"]), hi=9.0)
    assert header["groups"] == [{"name": "low", "n_series": 4, "n_asked": 4}]
    # Of 0, 1, 2, 3: mean 1.5; the tenth and ninetieth hundredth lie 0.3 and 2.7 of three gaps up.
    assert np.allclose(columns["low mean"], 1.5)
    assert np.allclose(columns["low low"], 0.3, atol=1e-6)
    assert np.allclose(columns["low high"], 2.7, atol=1e-6)
    assert np.allclose(columns["low deviation"], np.std([0, 1, 2, 3], ddof=1))
    assert columns["low count"].tolist() == [4.0] * 10


def test_all_groups_share_the_range_of_the_longest(levels: Site) -> None:
    header, columns = ask_groups(levels, ("short", ["r0", "r1"]), ("long", ["r4"]))
    assert (header["lo"], header["hi"]) == (0.0, 19.0)
    assert np.isnan(columns["short mean"][6:]).all()
    assert np.allclose(columns["long mean"], 10.0)
    assert columns["short count"][-1] == 0.0


def test_the_band_is_as_wide_as_asked(levels: Site) -> None:
    _, columns = ask_groups(levels, ("low", ["r0", "r1", "r2", "r3"]), interval=1.0, hi=9.0)
    assert np.allclose(columns["low low"], columns["low minimum"])
    assert np.allclose(columns["low high"], 3.0)


def test_a_run_that_is_gone_is_counted_as_asked_only(levels: Site) -> None:
    header, _ = ask_groups(levels, ("some", ["r0", "gone"]), ("none", []))
    assert [group["n_series"] for group in header["groups"]] == [1, 0]
    assert [group["n_asked"] for group in header["groups"]] == [2, 0]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"groups": [], "px": 0}, "bad_request"),
        ({"groups": [], "px": 10, "interval": 0.0}, "bad_request"),
        ({"groups": [], "px": 10, "lo": 2.0, "hi": 1.0}, "bad_request"),
        (
            {"groups": [{"name": "g", "series": [{"run": f"r{i}", "tag": "t"} for i in range(2000)]}], "px": 8192},
            "too_large",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused(levels: Site, ask: dict[str, Any], code: str) -> None:
    answer = levels.client.post("/api/groups", json=ask)
    assert answer.json()["error"] == code


def test_no_groups_are_no_columns(levels: Site) -> None:
    header, columns = ask_groups(levels)
    assert (header["groups"], columns) == ([], {})


def test_groups_also_lie_on_the_logarithm_of_the_step(levels: Site) -> None:
    header, columns = ask_groups(levels, ("low", ["r0", "r1", "r2", "r3"]), x_axis="log_step")
    # Step 0 has no place: from step 1 to 9.
    assert (header["lo"], header["hi"]) == (0.0, pytest.approx(np.log10(9)))
    assert np.allclose(columns["low mean"], 1.5)
