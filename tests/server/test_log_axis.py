"""Curves over the logarithm of their steps: columns of one width there, smoothed over all points, zero left out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.server.conftest import OpenSite
from tests.server.event_files import EventFile

from goodfit.curves.smooth import smooth_ema
from goodfit.server.log_axis import smooth_all


@pytest.mark.parametrize("weight", [0.01, 0.6, 0.9, 0.999])
def test_smoothing_by_doubling_is_the_one_by_one_average(weight: float) -> None:
    values = np.random.default_rng(1).normal(3, 1, 5_000)
    values[[0, 77, 4_000]] = np.nan, np.inf, -np.inf
    np.testing.assert_allclose(smooth_all(values, weight=weight), smooth_ema(values, weight=weight), rtol=1e-11)


@pytest.mark.parametrize("values", [[], [2.0], [math.nan], [5.0] * 100])
def test_smoothing_at_the_edges(values: list[float]) -> None:
    given = np.array(values)
    np.testing.assert_allclose(smooth_all(given, weight=0.9), smooth_ema(given, weight=0.9), rtol=1e-12)


def test_each_decade_is_as_wide_as_the_next(open_site: OpenSite) -> None:
    site = open_site()
    # Value = log10(step), so that every column must hold its own place on the axis.
    steps = [0, *range(1, 1_001)]
    EventFile(site.logdir / "r").scalars("v", [math.log10(max(step, 0.5)) for step in steps], steps=steps)
    site.turn()
    header, columns = site.curves(("r", "v"), px=30, x_axis="log_step")
    assert (header["lo"], header["hi"]) == (0.0, pytest.approx(3.0))
    (series,) = header["series"]
    assert (series["n_points"], series["n_recorded"]) == (1_000, 1_001)
    mean = columns["r v mean"]
    edges = np.linspace(0, 3, 31)
    for at in np.flatnonzero(np.isfinite(mean)):
        assert edges[at] - 1e-6 <= columns["r v minimum"][at] <= mean[at] <= columns["r v maximum"][at]
        assert columns["r v maximum"][at] <= edges[at + 1] + 1e-6
    # The first decade has a third of the columns: 1, 2, 3, 4 and 5, 6, 7, 8 and 9 fall into seven of them.
    assert np.flatnonzero(np.isfinite(mean[:10])).tolist() == [0, 3, 4, 6, 7, 8, 9]
    assert np.isfinite(mean[20:]).all()


def test_zooming_does_not_change_the_smoothing(open_site: OpenSite) -> None:
    site = open_site()
    EventFile(site.logdir / "r").scalars("v", np.random.default_rng(2).normal(0, 1, 400).tolist(), start_step=1)
    site.turn()
    whole = site.curves(("r", "v"), px=4_000, x_axis="log_step", smoothing=0.9)[1]["r v smooth"]
    lo, hi = math.log10(400) * 0.75, math.log10(400)
    part = site.curves(("r", "v"), px=1_000, x_axis="log_step", smoothing=0.9, lo=lo, hi=hi)[1]["r v smooth"]
    np.testing.assert_allclose(part[np.isfinite(part)][-50:], whole[np.isfinite(whole)][-50:], rtol=1e-6)


def test_what_a_restart_wrote_over_is_a_ghost_there_too(open_site: OpenSite) -> None:
    site = open_site()
    file = EventFile(site.logdir / "r")
    file.scalars("v", [1.0] * 50, start_step=1)
    file.scalars("v", [2.0] * 60, start_step=20)
    site.turn()
    columns = site.curves(("r", "v"), px=10, x_axis="log_step")[1]
    assert np.nanmax(columns["r v abandoned"]) == 1.0
    assert columns["r v mean"][-1] == 2.0


def test_many_runs_are_a_picture_there_too(open_site: OpenSite) -> None:
    site = open_site()
    for number in range(3):
        EventFile(site.logdir / f"r{number}").scalars("v", [1.0, 2.0, 3.0, 4.0])
    site.turn()
    series = [{"run": f"r{number}", "tag": "v"} for number in range(3)]
    ask = {"series": series, "width": 20, "height": 10, "x_axis": "log_step"}
    answer = site.client.post("/api/density", json=ask)
    assert answer.status_code == 200
