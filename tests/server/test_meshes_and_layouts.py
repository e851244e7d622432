"""Meshes as arrays, and layouts of custom scalars as charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.conftest import OpenSite, Site, split_frame

from goodfit.server.api.layouts import parse_layout
from goodfit.server.api.meshes import clean
from goodfit.tensorboard import SummaryWriter
from goodfit.wire import Undecodable

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
SIDES = np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]])


@pytest.fixture
def site(open_site: OpenSite, tmp_path: Path) -> Site:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]])
    with SummaryWriter(str(tmp_path / "logs" / "r")) as writer:
        writer.add_scalar("loss", 1.0, 0)
        for step in (0, 10):
            writer.add_mesh("body", CORNERS[None] * (1 + step), colors=colours, faces=SIDES[None], global_step=step)
        broken = CORNERS.copy()
        broken[3] = np.nan
        writer.add_mesh("broken", broken[None], faces=np.array([[[0, 1, 2], [1, 2, 3], [0, 1, 9]]]), global_step=0)
        writer.add_mesh("cloud", np.zeros((2, 5, 3)), global_step=7)
        writer.add_custom_scalars(
            {"main": {"both": ["Multiline", ["loss/.*", "acc"]], "range": ["Margin", ["v", "lo", "hi"]]}}
        )
    site = open_site()
    site.turn()
    return site


def read_mesh(site: Site, name: str, **options: Any) -> tuple[dict[str, Any], np.ndarray, np.ndarray, bytes]:
    answer = site.client.get("/api/mesh", params={"run": "r", "name": name, **options})
    assert answer.status_code == 200, answer.text
    header, body = split_frame(answer.content)
    n_vertices, n_faces = 12 * header["n_vertices"], 12 * header["n_faces"]
    vertices = np.frombuffer(body[:n_vertices], "<f4").reshape(-1, 3)
    faces = np.frombuffer(body[n_vertices : n_vertices + n_faces], "<u4").reshape(-1, 3)
    return header, vertices, faces, body[n_vertices + n_faces :]


def test_meshes_are_listed_with_their_steps(site: Site) -> None:
    listed = {one["name"]: one for one in site.get("/api/meshes")["meshes"]}
    assert sorted(listed) == ["body", "broken", "cloud"]
    assert listed["body"]["steps"] == [0, 10]
    assert (listed["body"]["has_faces"], listed["body"]["has_colours"]) == (True, True)
    assert (listed["cloud"]["has_faces"], listed["cloud"]["has_colours"]) == (False, False)


def test_a_mesh_is_what_was_written(site: Site) -> None:
    header, vertices, faces, colours = read_mesh(site, "body", index=1)
    assert header["step"] == 10
    assert vertices.tolist() == (CORNERS * 11).tolist()
    assert faces.tolist() == SIDES.tolist()
    assert np.frombuffer(colours, np.uint8).reshape(-1, 4)[1].tolist() == [0, 255, 0, 255]


def test_a_cloud_has_no_faces_and_many_samples(site: Site) -> None:
    header, vertices, faces, colours = read_mesh(site, "cloud", sample=1)
    assert (header["n_samples"], len(vertices), len(faces), colours) == (2, 5, 0, b"")


def test_what_is_not_finite_is_left_out_and_counted(site: Site) -> None:
    header, vertices, faces, _ = read_mesh(site, "broken")
    assert (len(vertices), faces.tolist()) == (3, [[0, 1, 2]])
    assert (header["n_nonfinite"], header["n_dropped_faces"]) == (1, 2)


@pytest.mark.parametrize("options", [{"name": "none"}, {"index": 2}, {"sample": 1}])
def test_a_mesh_that_is_not_there_is_not_found(site: Site, options: dict[str, Any]) -> None:
    answer = site.client.get("/api/mesh", params={"run": "r", "name": "body", **options})
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@given(st.lists(st.tuples(*[st.integers(-3, 12)] * 3), max_size=20), st.sets(st.integers(0, 7)))
def test_faces_only_name_vertices_that_are_there(faces: list[tuple[int, int, int]], lost: set[int]) -> None:
    vertices = np.arange(24, dtype=np.float64).reshape(8, 3)
    vertices[list(lost)] = np.inf
    kept, renamed = clean(vertices, np.array(faces, dtype=np.int64).reshape(-1, 3))
    assert kept.tolist() == [row for row in range(8) if row not in lost]
    wanted = [face for face in faces if all(0 <= row < 8 and row not in lost for row in face)]
    assert [tuple(kept[row] for row in face) for face in renamed.tolist()] == wanted


def test_a_layout_is_its_charts(site: Site) -> None:
    (layout,) = site.get("/api/layouts")["layouts"]
    assert layout["runs"] == ["r"]
    (category,) = layout["categories"]
    assert (category["title"], category["is_closed"]) == ("main", False)
    assert category["charts"] == [
        {"title": "both", "patterns": ["loss/.*", "acc"], "margins": []},
        {"title": "range", "patterns": [], "margins": [{"value": "v", "lower": "lo", "upper": "hi"}]},
    ]
    assert {"mesh", "custom_scalars", "scalar"} <= set(site.get("/api/kinds")["kinds"])


@given(st.binary(max_size=60))
def test_any_bytes_are_a_layout_or_undecodable(data: bytes) -> None:
    try:
        parse_layout(data)
    except Undecodable:
        return


def test_a_closed_category_says_so() -> None:
    # Category{1: "c", 3: true} within Layout field 2.
    assert parse_layout(b"\x12\x05\x0a\x01c\x18\x01")[0].is_closed
