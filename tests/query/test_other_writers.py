"""Log folders that TensorFlow, PyTorch and tensorboardX wrote, opened as a user would (see golden/README.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.types import SeriesKey


def halves(folder: Path, training: str) -> dict[str, tuple[str | None, str | None]]:
    def text(key: SeriesKey | None) -> str | None:
        return key and f"{key.run}:{key.tag}"

    pairs = goodfit.open(folder).training(training).pairs
    return {pair.metric: (text(pair.train), text(pair.validation)) for pair in pairs}


def test_keras_fit(golden: Path) -> None:
    assert goodfit.open(golden / "tf").trainings == [
        "custom",
        "hparams/run0",
        "hparams/run1",
        "hparams/run2",
        "keras_fit",
    ]
    assert halves(golden / "tf", "keras_fit") == {
        "loss": ("keras_fit/train:epoch_loss", "keras_fit/validation:epoch_loss"),
        "accuracy": ("keras_fit/train:epoch_accuracy", "keras_fit/validation:epoch_accuracy"),
        "batch_loss": ("keras_fit/train:batch_loss", None),
        "learning_rate": ("keras_fit/train:epoch_learning_rate", None),
        "batch_accuracy": ("keras_fit/train:batch_accuracy", None),
    }


def test_steps_of_keras_training_are_epochs(golden: Path) -> None:
    training = goodfit.open(golden / "tf").training("keras_fit")
    # Two of five epochs were written; batches went on to 124.
    assert (training.first_step, training.last_step) == (1, 3)


def test_keras_training_opened_from_inside(golden: Path) -> None:
    logs = goodfit.open(golden / "tf" / "keras_fit")
    assert logs.trainings == ["."]
    assert logs.training(".").pairs[0].validation == SeriesKey("validation", "epoch_loss")


def test_hand_written_tensorflow_loop(golden: Path) -> None:
    found = halves(golden / "tf", "custom")
    assert found["loss"] == ("custom/train:loss", "custom/test:loss")
    assert found["accuracy"] == ("custom/train:accuracy", "custom/test:accuracy")


def test_hyperparameters_of_tensorflow(golden: Path) -> None:
    logs = goodfit.open(golden / "tf" / "hparams")
    assert [logs.training(name).hparams for name in logs.trainings] == [
        {"lr": 0.1, "opt": "adam"},
        {"lr": 0.01, "opt": "adam"},
        {"lr": 0.001, "opt": "adam"},
    ]


@pytest.mark.parametrize(
    ("folder", "training", "runs", "hparams"),
    [
        (
            "torch",
            "basic",
            {"basic", "basic/grp_a", "basic/grp_b", "basic/1795421089.1895516"},
            {"lr": 0.1, "opt": "adam"},
        ),
        ("tensorboardX", ".", {".", "grp/a", "grp/b", "1795421092.970503"}, {"lr": 0.1}),
    ],
)
def test_sub_runs_of_summary_writers_belong_to_it(
    golden: Path, folder: str, training: str, runs: set[str], hparams: dict[str, object]
) -> None:
    found = goodfit.open(golden / folder).training(training)
    assert set(found.runs) == runs
    assert found.hparams == hparams
    assert {"loss", "grp/a", "grp/b"} <= {pair.metric for pair in found.pairs}


def test_images_texts_and_sounds(golden: Path) -> None:
    run = goodfit.open(golden / "tf")["custom/train"]
    assert len(run.images["examples"]) == 5
    first = run.images["examples"][0].arrays()
    assert first[0].shape[:2] == (28, 28) and first[0].dtype == np.uint8
    assert run.texts["note"][0][0].startswith("# epoch 0")
    assert run.texts["note"].values[-1][0].startswith("# epoch 4")
    assert run.audio["tone"][0][0].startswith(b"RIFF")
    assert run.graphs["my_func_trace"][0]
    with pytest.raises(IndexError):
        run.texts["note"].values[5]


def test_numbers_of_tensors_curves_and_meshes(golden: Path) -> None:
    tensor = goodfit.open(golden / "tf")["custom/test"].tensors["raw_tensor"][0]
    assert isinstance(tensor, np.ndarray)
    run = goodfit.open(golden / "torch")["basic"]
    curve = run.pr_curves["pr"][0]
    assert len(curve.precision) == len(curve.recall) == len(curve.true_positives)
    positives = curve.true_positives + curve.false_negatives
    # By definition; the thresholds share one set of labels.
    assert np.all(positives == positives[0])
    np.testing.assert_allclose(curve.recall, curve.true_positives / positives, atol=1e-6)
    assert run.meshes["mesh_VERTEX"][0].shape[-1] == 3


def test_histograms_in_both_encodings(golden: Path) -> None:
    for folder, run, tag in (("tf", "custom/train", "dense/kernel"), ("torch", "basic", "w")):
        series = goodfit.open(golden / folder)[run].histograms[tag]
        histogram = series[0]
        assert len(histogram.edges) == len(histogram.counts) + 1
        assert np.all(np.diff(histogram.edges) >= 0)


def test_graphs_of_keras_are_json(golden: Path) -> None:
    graphs = goodfit.open(golden / "tf")["keras_fit/train"].graphs
    assert graphs["keras"][0].startswith("{")
