"""Files by TensorFlow, Keras, PyTorch and tensorboardX: every point as two other readers have it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.oracle_reader import read_event_file

from goodfit.errors import UnknownSeries
from goodfit.store.store import Store
from goodfit.types import SeriesKey

GOLDEN = Path(__file__).parent.parent / "golden"
FILES = sorted(GOLDEN.glob("**/*tfevents*"))


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store(GOLDEN)
    store.refresh()
    return store


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_agrees_with_the_independent_reader(store: Store, path: Path) -> None:
    run = path.parent.relative_to(GOLDEN).as_posix()
    reading = read_event_file(path.read_bytes())
    assert reading.issues == []
    held = {info.key.tag: info for info in store.list_series(run) if info.kind not in ("graph", "run_metadata")}
    expected = {tag: series for tag, series in reading.series.items() if series[0] != "run_metadata"}
    assert {tag: (info.kind, info.n_points) for tag, info in held.items()} == {
        tag: (kind, len(points)) for tag, (kind, points) in expected.items()
    }
    for tag, (kind, points) in expected.items():
        if kind == "scalar":
            scalars = store.read_scalars(SeriesKey(run, tag))
            got = list(zip(scalars.steps.tolist(), scalars.wall_times.tolist(), scalars.values.tolist(), strict=True))
            assert got == points
    assert sum(file.n_records for file in store.list_files() if file.run == run) == reading.n_records


def test_scalars_agree_with_tensorboards_own_reader(store: Store) -> None:
    expected = json.loads((GOLDEN / "tensorboard_values.json").read_text())
    compared = 0
    for run, tags in expected["scalars"].items():
        for tag, rows in tags.items():
            scalars = store.read_scalars(SeriesKey(run, tag))
            assert [list(row) for row in zip(scalars.wall_times.tolist(), scalars.steps.tolist(), strict=True)] == [
                row[:2] for row in rows
            ]
            # TensorBoard gives float32, also of what was logged as float64.
            np.testing.assert_array_equal(scalars.values.astype(np.float32), np.float32([row[2] for row in rows]))
            compared += 1
    assert compared == expected["n_scalar_series"] > 20


def test_histograms_agree_with_tensorboards_own_reader(store: Store) -> None:
    expected = json.loads((GOLDEN / "tensorboard_values.json").read_text())
    compared = 0
    for run, tags in expected["histograms"].items():
        for tag, rows in tags.items():
            histograms = store.read_histograms(SeriesKey(run, tag))
            for row in rows:
                got = histograms.items[row["index"]]
                assert histograms.steps[row["index"]] == row["step"]
                left, right, counts = np.array(row["buckets"]).reshape(-1, 3).T
                np.testing.assert_allclose(got.counts, counts, rtol=1e-6)
                np.testing.assert_allclose(got.edges[:-1], left, rtol=1e-6, atol=1e-30)
                np.testing.assert_allclose(got.edges[1:], right, rtol=1e-6, atol=1e-30)
                compared += 1
    assert compared >= 20


@pytest.mark.parametrize(
    ("run", "tag", "kind", "starts"),
    [
        ("torch/basic", "img", "image", [b"\x89PNG"]),
        ("tf/custom/train", "examples", "image", [b"\x89PNG"] * 2),
        ("tensorboardX", "img", "image", [b"\x89PNG"]),
        ("torch/basic", "snd", "audio", [b"RIFF"]),
        ("tf/custom/train", "tone", "audio", [b"RIFF"]),
        ("tf/keras_fit/train", "keras", "keras_graph", [b'{"module": "keras"']),
        ("torch/basic", "custom_scalars__config__", "custom_scalars", [b""]),
    ],
)
def test_blobs_are_read_from_disk(store: Store, run: str, tag: str, kind: str, starts: list[bytes]) -> None:
    blobs = store.read_blobs(SeriesKey(run, tag))
    strings = blobs.read(0)
    assert blobs.kind == kind
    assert len(strings) >= len(starts) and all(
        string.startswith(start) for string, start in zip(strings, starts, strict=False)
    )
    assert blobs.read(-1) == blobs.read(len(blobs.steps) - 1)
    with pytest.raises(IndexError):
        blobs.read(len(blobs.steps))


def test_texts_graphs_hparams_and_tensors(store: Store) -> None:
    assert store.read_blobs(SeriesKey("torch/basic", "note/text_summary")).read(0)[0].decode()
    assert b"input" in store.read_blobs(SeriesKey("torch/basic", "__run_graph__")).read(0)[0]
    assert store.read_blobs(SeriesKey("tf/custom/train", "my_func_trace")).read(0)[0]
    assert b"lr" in store.read_blobs(SeriesKey("tf/hparams/run0", "_hparams_/session_start_info")).read(0)[0]
    tensor = store.read_blobs(SeriesKey("tf/custom/test", "raw_tensor")).read_numbers(0)
    assert tensor.ndim > 0 and tensor.dtype == np.float64
    curve = store.read_blobs(SeriesKey("torch/basic", "pr"))
    assert curve.read_numbers(0).shape[0] == 6 and curve.content
    vertices = store.read_blobs(SeriesKey("torch/basic", "mesh_VERTEX")).read_numbers(0)
    assert vertices.shape[-1] == 3


def test_descriptions_come_from_the_first_value(store: Store) -> None:
    described = [info for info in store.list_series("tf/custom/train") if info.description]
    assert described and all(info.plugin for info in described)


def test_a_wrong_kind_or_name_is_said(store: Store) -> None:
    with pytest.raises(UnknownSeries, match="holds image"):
        store.read_scalars(SeriesKey("torch/basic", "img"))
    with pytest.raises(UnknownSeries, match="no tag 'nothing'"):
        store.read_scalars(SeriesKey("torch/basic", "nothing"))
    with pytest.raises(UnknownSeries, match="no run 'nowhere'"):
        store.read_blobs(SeriesKey("nowhere", "img"))
    assert store.list_issues() == []
