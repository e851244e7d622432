"""Embeddings: their files, projections, neighbours, labels, and the jobs of UMAP and t-SNE."""

from __future__ import annotations

import json
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.server.conftest import OpenSite, Site, split_frame

from goodfit.server.embedding import jobs, worker
from goodfit.server.embedding.axes import Ends, find_places
from goodfit.server.embedding.jobs import JobBook, JobKey, JobState
from goodfit.server.embedding.neighbours import find_neighbours
from goodfit.server.embedding.pca import find_components
from goodfit.server.embedding.table import Table, split_labels
from goodfit.tensorboard import SummaryWriter

RUN = "r"
TAG = "digits:00003"


@pytest.fixture
def points() -> np.ndarray:
    """Forty points of six dimensions in two clusters; the sixth row is NaN."""
    draw = np.random.default_rng(7)
    table = draw.normal(0, 1, (40, 6))
    table[20:, 0] += 12
    table[5, 2] = np.nan
    return table


@pytest.fixture
def site(open_site: OpenSite, tmp_path: Path, points: np.ndarray) -> Site:
    labels = [[f"word {i}", "a" if i < 20 else "b", f"{i / 10}"] for i in range(40)]
    pictures = np.random.default_rng(1).random((40, 3, 4, 5))
    with SummaryWriter(str(tmp_path / "logs" / RUN)) as writer:
        writer.add_scalar("loss", 1.0, 0)
        writer.add_embedding(points, labels, pictures, 3, "digits", ["name", "kind", "score"])
        writer.add_embedding(points[:3], None, None, 0, "bare")
    site = open_site()
    site.turn()
    return site


def read_points(site: Site, **options: Any) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Header, places of shape (n, components) and rows."""
    answer = site.client.get("/api/embedding/points", params={"run": RUN, "tag": TAG, **options})
    assert answer.status_code == 200, answer.text
    header, body = split_frame(answer.content)
    n, n_components = header["n_shown"], header["n_components"]
    places = np.frombuffer(body[: 4 * n * n_components], "<f4").reshape(n_components, n).T
    return header, places, np.frombuffer(body[4 * n * n_components :], "<u4")


def test_what_there_is_is_listed(site: Site) -> None:
    listed = site.get("/api/embeddings")["embeddings"]
    assert [(one["tag"], one["has_labels"], one["has_sprite"]) for one in listed] == [
        (TAG, True, True),
        ("bare:00000", False, False),
    ]
    assert "embedding" in site.get("/api/kinds")["kinds"]
    view = site.get("/api/embedding", run=RUN, tag=TAG)
    assert (view["n_points"], view["n_dimensions"], view["n_nonfinite"]) == (40, 6, 1)
    assert view["columns"] == ["name", "kind", "score"]
    assert view["sprite_size"] == [5, 4]
    assert "pca" in view["methods"]


def test_components_are_those_of_a_singular_value_decomposition(site: Site, points: np.ndarray) -> None:
    header, places, rows = read_points(site)
    kept = np.delete(points, 5, axis=0).astype(np.float32).astype(np.float64)
    assert rows.tolist() == [i for i in range(40) if i != 5]
    assert header["n_nonfinite"] == 1
    centred = kept - kept.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    wanted = left[:, :3] * sizes[:3]
    assert np.allclose(np.abs(places), np.abs(wanted), atol=1e-4)
    assert np.allclose(header["explained"], sizes[:3] ** 2 / (sizes**2).sum(), atol=1e-6)


@pytest.mark.parametrize("shape", [(50, 1500), (2000, 1100), (3000, 20)])
def test_every_way_to_the_components_finds_the_planted_ones(shape: tuple[int, int]) -> None:
    draw = np.random.default_rng(3)
    directions = np.linalg.qr(draw.normal(size=(shape[1], 3)))[0]
    strength = np.array([30.0, 20.0, 10.0])
    planted = draw.normal(size=(shape[0], 3)) * strength
    found = find_components((planted @ directions.T + 1000 + draw.normal(0, 0.05, shape)).astype(np.float32))
    planted -= planted.mean(axis=0)
    # Planted coordinates are uncorrelated only on average, so what spans them is compared.
    back = np.linalg.lstsq(found.places, planted, rcond=None)[0]
    assert np.abs(found.places @ back - planted).max() < 1.0
    assert sum(found.explained) > 0.9
    assert list(found.explained) == sorted(found.explained, reverse=True)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 1), (4, 2)])
def test_few_points_or_dimensions_are_filled_with_zeros(shape: tuple[int, int]) -> None:
    found = find_components(np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape))
    assert found.places.shape == (shape[0], 3)
    assert np.isfinite(found.places).all()
    constant = find_components(np.ones((4, 3), dtype=np.float32))
    assert constant.explained == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_neighbours_are_near_in_all_dimensions(site: Site, points: np.ndarray, distance: str) -> None:
    answer = site.get("/api/embedding/neighbours", run=RUN, tag=TAG, row=0, n=5, distance=distance)
    given = points.astype(np.float32).astype(np.float64)
    if distance == "euclidean":
        far = np.linalg.norm(given - given[0], axis=1)
    else:
        far = 1 - given @ given[0] / np.linalg.norm(given, axis=1) / np.linalg.norm(given[0])
    far[[0, 5]] = np.inf
    wanted = np.argsort(far)[:5]
    assert [one["row"] for one in answer["neighbours"]] == wanted.tolist()
    assert [one["distance"] for one in answer["neighbours"]] == pytest.approx(far[wanted].tolist(), abs=1e-6)
    assert answer["neighbours"][0]["label"] == f"word {wanted[0]}"


def test_labels_are_searched_and_told(site: Site) -> None:
    found = site.get("/api/embedding/search", run=RUN, tag=TAG, text="WORD 1")
    assert (found["n_found"], found["rows"]) == (11, [1, *range(10, 20)])
    assert site.get("/api/embedding/search", run=RUN, tag=TAG, text="b", column="kind", limit=3)["rows"] == [20, 21, 22]
    rows = site.get("/api/embedding/rows", run=RUN, tag=TAG, rows="39,0")
    assert rows["labels"] == [["word 39", "b", "3.9"], ["word 0", "a", "0.0"]]
    assert site.client.get("/api/embedding/rows", params={"run": RUN, "tag": TAG, "rows": "40"}).status_code == 404


@pytest.mark.parametrize(
    ("text", "rows"),
    [("WORD 3", [3, *range(30, 40)]), ('"word 3"', [3]), ("#7,3", [3, 7]), ("#99", []), ('"word"', []), ("#x", [])],
)
def test_a_search_names_a_part_a_whole_or_a_row(site: Site, text: str, rows: list[int]) -> None:
    found = site.get("/api/embedding/search", run=RUN, tag=TAG, text=text)
    assert (found["n_found"], found["rows"]) == (len(rows), rows)


def test_an_axis_runs_from_the_middle_of_one_group_to_that_of_another(site: Site, points: np.ndarray) -> None:
    ends = {"left": '"a"', "right": '"b"', "up": "#30,31", "down": "word 0"}
    header, places, rows = read_points(site, method="axes", n_components=2, **ends)
    kept = points.astype(np.float32).astype(np.float64)
    finite = np.isfinite(kept).all(axis=1)
    first = np.array([i for i in range(20) if i != 5])
    across = kept[20:].mean(axis=0) - kept[first].mean(axis=0)
    upright = kept[[30, 31]].mean(axis=0) - kept[0]
    centred = kept[finite] - kept[finite].mean(axis=0)
    wanted = np.stack([centred @ across / np.linalg.norm(across), centred @ upright / np.linalg.norm(upright)], 1)
    assert np.allclose(places, wanted, atol=1e-4)
    assert rows.tolist() == np.flatnonzero(finite).tolist()
    # The row that is not finite has the label "a" as well.
    assert header["n_at_ends"] == [19, 20, 2, 1]
    assert header["is_own"] == [True, True]
    assert np.allclose(header["explained"], np.square(wanted).sum(axis=0) / np.square(centred).sum(), atol=1e-6)


def test_an_end_without_a_name_is_the_middle_of_all(site: Site, points: np.ndarray) -> None:
    header, places, _rows = read_points(site, method="axes", n_components=2, right='"b"')
    _header, both, _rows = read_points(site, method="axes", n_components=2, left='"a"', right='"b"')
    # The middle of all lies between the two groups: the way is the same.
    assert np.allclose(places[:, 0], both[:, 0], atol=1e-3)
    assert header["n_at_ends"] == [39, 20, 39, 39]
    # Nothing is said of the second axis: the greatest spread of what the first leaves.
    assert header["is_own"] == [True, False]
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.3


@pytest.mark.parametrize(
    ("ends", "counts"),
    [
        ({}, [39, 39, 39, 39]),
        ({"left": "nowhere", "right": '"b"'}, [0, 20, 39, 39]),
        ({"left": "word 1", "right": "WORD 1"}, [11, 11, 39, 39]),
        ({"left": "#5"}, [0, 39, 39, 39]),
    ],
)
def test_ends_that_are_not_apart_leave_the_greatest_spread(site: Site, ends: dict[str, str], counts: list[int]) -> None:
    header, places, _rows = read_points(site, method="axes", n_components=3, **ends)
    pca, components, _rows = read_points(site, method="pca", n_components=3)
    assert header["is_own"] == [False, False, False]
    assert header["n_at_ends"] == counts
    assert np.allclose(places, components, atol=1e-3)
    assert np.allclose(header["explained"], pca["explained"], atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 4), (2, 1), (30, 1), (5, 0), (0, 3)])
def test_axes_of_few_points_or_dimensions_stay_finite(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    table = Table(values, np.arange(len(values)), (), 0)
    along = find_places(table, Ends(left="#0", right="#1"), n_components=3)
    assert along.places.shape == (len(values), 3)
    assert np.isfinite(along.places).all()
    # One dimension holds one direction; a second would show the first again.
    if shape[1] == 1:
        assert not along.places[:, 1:].any()


def test_a_column_colours_by_number_or_by_category(site: Site) -> None:
    def column(name: str) -> tuple[dict[str, Any], list[float]]:
        answer = site.client.get("/api/embedding/column", params={"run": RUN, "tag": TAG, "column": name})
        header, body = split_frame(answer.content)
        return header, np.frombuffer(body, "<f4").tolist()

    header, values = column("kind")
    assert (header["categories"], header["counts"]) == (["a", "b"], [20, 20])
    assert values == [0.0] * 20 + [1.0] * 20
    header, values = column("score")
    assert (header["is_number"], header["lo"], header["hi"]) == (True, 0.0, pytest.approx(3.9))
    header, values = column("name")
    assert (header["n_categories"], len(header["categories"]), max(values)) == (40, 30, 30.0)


def test_the_pictures_come_as_they_are(site: Site) -> None:
    answer = site.client.get("/api/embedding/sprite", params={"run": RUN, "tag": TAG})
    assert answer.headers["content-type"] == "image/png"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert site.client.get("/api/embedding/sprite", params={"run": RUN, "tag": "bare:00000"}).status_code == 404


@pytest.mark.parametrize(
    ("rows", "n_points", "columns", "n_rows"),
    [
        ([], 3, [], 0),
        ([("x",), ("y",)], 2, [("", ["x", "y"])], 2),
        ([("n", "k"), ("x", "1"), ("y",)], 2, [("n", ["x", "y"]), ("k", ["1", ""])], 2),
        ([("x",)], 3, [("", ["x", "", ""])], 1),
        ([("n",), ("x", "1")], 1, [("n", ["x"]), ("column 2", ["1"])], 1),
        ([("x",), ("y",), ("z",)], 2, [("", ["x", "y"])], 3),
    ],
)
def test_labels_of_any_shape_become_columns(
    rows: list[tuple[str, ...]], n_points: int, columns: list[tuple[str, list[str]]], n_rows: int
) -> None:
    found, n_found = split_labels(rows, n_points)
    assert [(column.name, list(column.values)) for column in found] == columns
    assert n_found == n_rows


def test_damaged_points_say_so(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "logs" / RUN / "00003" / "digits" / "tensors.tsv"
    path.write_text("1\t2\nx\t3\n")
    answer = site.client.get("/api/embedding", params={"run": RUN, "tag": TAG})
    assert (answer.status_code, answer.json()["error"]) == (422, "damaged")
    assert str(tmp_path) not in answer.text
    path.write_text("")
    view = site.get("/api/embedding", run=RUN, tag=TAG)
    assert (view["n_points"], view["n_nonfinite"]) == (0, 0)


def test_a_method_that_is_not_installed_names_the_command(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.MODULES, "umap", "no_such_package")
    answer = site.client.get("/api/embedding/points", params={"run": RUN, "tag": TAG, "method": "umap"})
    assert answer.status_code == 404
    assert 'pip install "goodfit[embeddings]"' in answer.json()["hint"]


KEY = JobKey(("p", 1, 1), "tsne", 2, 5)
SMALL = np.zeros((4, 2), dtype=np.float32), np.arange(4)


def wait_for(ask: Callable[[], JobState]) -> JobState:
    """Asks until the job has ended; the process is a real one."""
    until = time.monotonic() + 20
    state = ask()
    while state.state in ("running", "waiting") and time.monotonic() < until:
        state = ask()
    return state


def test_a_job_that_fails_says_why_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    book = JobBook()
    key = JobKey(("p", 1, 1), "no_such_method", 2, 5)  # type: ignore[arg-type]
    if jobs.is_installed("tsne"):
        pytest.skip("the method would be taken for t-SNE")
    state = wait_for(lambda: book.ask(key, lambda: SMALL))
    assert state.state == "failed"
    assert "sklearn" in state.message
    assert not book.cancel()


def test_one_job_runs_at_a_time_and_can_be_stopped() -> None:
    now_s = 0.0
    book = JobBook(clock=lambda: now_s)
    first, second = KEY, JobKey(("p", 1, 1), "tsne", 3, 5)
    assert book.ask(first, lambda: SMALL).state == "running"
    assert book.ask(second, lambda: SMALL).state in ("waiting", "running")
    assert book.cancel()
    assert not book.cancel()
    assert book.ask(second, lambda: SMALL).state == "running"
    # Nobody asked for long: its place is free.
    now_s = 100.0
    assert book.ask(first, lambda: SMALL).state in ("running", "failed")
    book.close()


def test_the_worker_hands_the_points_to_the_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    class Tsne:
        def __init__(self, **options: Any) -> None:
            seen.update(options)

        def fit_transform(self, table: np.ndarray) -> np.ndarray:
            seen["shape"] = table.shape
            return table[:, :2].astype(np.float64)

    # The package is an extra that tests do without: what it would be given is what is tested here.
    manifold = types.ModuleType("sklearn.manifold")
    manifold.TSNE = Tsne  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sklearn", types.ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.manifold", manifold)
    np.save(tmp_path / "in.npy", np.random.default_rng(0).normal(size=(30, 80)).astype(np.float32))
    arguments = ["tsne", str(tmp_path / "in.npy"), str(tmp_path / "out.npy")]
    assert worker.main([*arguments, json.dumps({"n_components": 2, "neighbours": 100})]) == 0
    assert np.load(tmp_path / "out.npy").shape == (30, 2)
    assert seen["shape"] == (30, 50)
    assert seen["perplexity"] == pytest.approx(29 / 3)


def test_neighbours_of_a_point_without_length_are_all_as_far() -> None:
    points = np.array([[0, 0], [1, 0], [0, 2]], dtype=np.float32)
    from goodfit.server.embedding.table import Table

    rows, far = find_neighbours(Table(points, np.arange(3), (), 0), 0, n=5, distance="cosine")
    assert (rows.tolist(), far.tolist()) == ([1, 2], [1.0, 1.0])


@pytest.mark.parametrize(("name", "bound"), [("points", "MAX_POINTS_BYTES"), ("labels", "MAX_LABELS_BYTES")])
def test_files_beyond_the_bounds_are_not_read(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str, bound: str
) -> None:
    monkeypatch.setattr(f"goodfit.server.embedding.table.{bound}", 3)
    (embedding,) = site.get("/api/embeddings")["embeddings"][:1]
    answer = site.client.get("/api/embedding", params={"run": embedding["run"], "tag": embedding["tag"]})
    assert answer.status_code == 413 and name in answer.json()["message"]
