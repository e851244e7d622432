"""Embeddings beside the event files: those of other writers, ours, and configurations that mean harm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.event_bytes import scalar, write

from goodfit.errors import LogFolderError
from goodfit.sdk.embedding import write_embedding
from goodfit.store.embeddings import list_embeddings
from goodfit.store.store import Store
from goodfit.types import SeriesKey

CONFIG = "projector_config.pbtxt"


def test_one_that_torch_wrote(golden: Path) -> None:
    store = Store(golden / "torch" / "basic")
    store.refresh()
    (embedding,) = store.list_embeddings(".")
    assert embedding.key == SeriesKey(".", "default:00000")
    lines = (golden / "torch/basic/00000/default/tensors.tsv").read_text().splitlines()
    assert embedding.read_points().tolist() == [[np.float32(cell) for cell in line.split("\t")] for line in lines]
    labels = (golden / "torch/basic/00000/default/metadata.tsv").read_text().splitlines()
    assert embedding.read_labels() == [tuple(line.split("\t")) for line in labels]
    assert embedding.sprite_path is None


def test_one_of_ours_with_columns_of_labels_and_pictures(tmp_path: Path) -> None:
    write(tmp_path / "run", scalar("loss", 1))
    labels = [("a", "ä"), ("b", "한국")]
    pictures = [[[[0.0] * 4] * 3]] * 2  # 2 points, 1 channel, 3 high, 4 wide
    write_embedding(
        tmp_path / "run", [[1.0, 2.0], [3.0, 4.5]], metadata=labels, metadata_header=["x", "y"], label_img=pictures,
        step=7, tag='od"d',
    )  # fmt: skip
    store = Store(tmp_path)
    store.refresh()
    (embedding,) = store.list_embeddings("run")
    assert embedding.key.tag == 'od"d:00007'
    assert embedding.read_points().tolist() == [[1.0, 2.0], [3.0, 4.5]]
    assert not embedding.read_points().flags.writeable
    assert embedding.read_labels() == [("x", "y"), *labels]
    assert embedding.sprite_size == (4, 3) and embedding.sprite_path is not None


@pytest.mark.parametrize("path", ["../secret.tsv", "/etc/passwd", "link.tsv", "", "gone.tsv", "a\\000b", "."])
def test_files_outside_of_the_run_are_not_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.tsv").write_text("1\t2\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "link.tsv").symlink_to(tmp_path / "secret.tsv")
    (tmp_path / "run" / CONFIG).write_text(f'embeddings {{ tensor_name: "x" tensor_path: "{path}" }}')
    assert list_embeddings(tmp_path / "run", "run") == []


def test_comments_lists_unknown_fields_and_other_brackets_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("1\n2\n")
    (tmp_path / CONFIG).write_text(
        "# mine\nmodel_checkpoint_path: 'm'; embeddings < tensor_name: \"\\x61\\142\\n\", tensor_shape: [2, 1]\n"
        'tensor_path: "t.tsv" later { deep { er: 1 } } >'
    )
    (embedding,) = list_embeddings(tmp_path, "run")
    assert embedding.key.tag == "ab\n" and embedding.read_points().tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("points", ["1\t2\n3\n", "x\n", "\udcff"])
def test_broken_points_are_told(tmp_path: Path, points: str) -> None:
    (tmp_path / "t.tsv").write_bytes(points.encode(errors="surrogateescape"))
    (tmp_path / CONFIG).write_text('embeddings { tensor_path: "t.tsv" }')
    (embedding,) = list_embeddings(tmp_path, "run")
    with pytest.raises(LogFolderError, match="points of embedding"):
        embedding.read_points()


@given(text=st.text(alphabet='embddings{}<>[]:;,"\\ atensor_path0x#\n', max_size=60))
def test_any_configuration_is_read_or_passed_over(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("config")
    for content in (text, f"embeddings {{ {text} }}", "a {" * 5000):
        (folder / CONFIG).write_text(content)
        assert list_embeddings(folder, "run") == []
