"""`goodfit demo`: real trainings, judged by the rules as they are."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import goodfit
from goodfit.cli.main import run
from goodfit.demo.trainings import RECIPES, write_trainings
from goodfit.query.logs import LogDir


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> LogDir:
    folder = tmp_path_factory.mktemp("demo")
    write_trainings(folder)
    return goodfit.open(folder)


def test_writes_four_trainings_with_their_hyperparameters(logs: LogDir) -> None:
    assert logs.trainings == ["diverging", "healthy", "overfit", "underfit"]
    for recipe in RECIPES:
        training = logs.training(recipe.name)
        assert training.state == "finished"
        assert training.last_step == recipe.n_epochs - 1
        assert training.hparams["learning_rate"] == recipe.learning_rate
        assert [pair.metric for pair in training.pairs] == ["loss", "accuracy", "learning_rate"]
        assert training.pairs[0].validation is not None


def test_each_shows_what_was_done_to_it(logs: LogDir) -> None:
    def curve(name: str, tag: str) -> list[float]:
        return logs[name].scalars[tag].values.tolist()

    assert curve("healthy", "val_accuracy")[-1] > 0.93
    overfit = curve("overfit", "val_loss")
    assert overfit[-1] > 1.3 * min(overfit) and curve("overfit", "accuracy")[-1] > 0.99
    diverging = curve("diverging", "loss")
    assert min(diverging[:15]) < 0.2 and not diverging[-1] < 2.0
    # ln 10: the loss of one who knows nothing of ten classes.
    assert curve("underfit", "loss")[-1] == pytest.approx(math.log(10), abs=0.02)


def test_logs_layers_pictures_and_graph(logs: LogDir) -> None:
    run = logs["overfit"]
    assert [tag for tag in run.histograms if tag.endswith("weights")] == [
        f"dense_{index}/weights" for index in (1, 2, 3)
    ]
    assert run.images["digits"][0].arrays()[0].shape == (48, 48, 1)
    assert len(run.images["mistakes"]) == 4
    assert b"layer_3/dense" in next(iter(run.graphs.values()))[0]
    assert "learns 150 digits by heart" in run.texts["lesson"][0][0]


def test_rules_name_each_case(logs: LogDir) -> None:
    from goodfit.findings.engine import review_all

    trainings = logs.list_trainings()
    worst = {
        training.name: review.worst and review.worst.rule
        for training, review in zip(trainings, review_all(trainings), strict=True)
    }
    assert worst == {"healthy": None, "overfit": "overfit", "diverging": "diverged", "underfit": "underfit"}


def test_same_seed_writes_the_same_curves(logs: LogDir, tmp_path: Path) -> None:
    write_trainings(tmp_path, recipes=RECIPES[1:2])
    again = goodfit.open(tmp_path)["overfit"].scalars["val_loss"]
    assert again.values.tolist() == logs["overfit"].scalars["val_loss"].values.tolist()


def test_stopping_early_is_said(tmp_path: Path) -> None:
    write_trainings(tmp_path, recipes=RECIPES[:2], goes_on=lambda n_epochs: n_epochs < 3)
    logs = goodfit.open(tmp_path)
    assert [(training.last_step, training.state) for training in logs.list_trainings()] == [(2, "killed")] * 2


def test_once_prints_a_verdict_for_each_and_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--once", "--logdir", str(tmp_path / "demo")]) == 0
    captured = capsys.readouterr()
    words = {line.split()[1]: line.split()[3] for line in captured.out.splitlines()}
    assert words == {
        "diverging:": "diverged", "healthy:": "healthy", "overfit:": "overfitting", "underfit:": "underfitting",
    }  # fmt: skip
    assert str(tmp_path / "demo") in captured.err
