"""Trainings found again after each refresh equal those found from nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from goodfit.query.grouping import Member
from goodfit.query.half import Words
from goodfit.query.match import find_candidates, pair_series
from goodfit.query.pair import TrainingFinder, find_trainings
from goodfit.query.training import Training
from goodfit.store.store import Store
from goodfit.testing import write_keras_training, write_run

NOW = 1_700_000_100.0


def facts(trainings: list[Training]) -> list[dict[str, object]]:
    names = [field.name for field in dataclasses.fields(Training) if field.name != "store"]
    return [{name: getattr(training, name) for name in names} for training in trainings]


def test_growing_folder_is_followed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    finder = TrainingFinder(store)
    hparams = {"lr": 0.1}
    later = {"loss": [1.0]}
    writes: list[Callable[[], object]] = [
        lambda: None,
        lambda: write_run(tmp_path / "a" / "train", {"epoch_loss": [2.0, 1.0]}, ended=None),
        lambda: write_run(tmp_path / "a" / "validation", {"epoch_loss": [2.0]}, ended=None),
        lambda: write_run(tmp_path / "a" / "train", {"epoch_loss": [(2, 0.5)]}, ended=None),
        lambda: write_run(tmp_path / "a", {}, hparams=hparams, ended="finished"),
        lambda: write_run(tmp_path / "b", {"loss": [1.0], "val_loss": [1.0]}, ended="failed"),
        # A restart takes the goodbye back.
        lambda: write_run(tmp_path / "b", later, ended=None, first_wall_time=NOW + 1e9),
        lambda: write_keras_training(tmp_path / "c", {"loss": [1.0, 0.5]}, {"loss": [1.0, 0.7]}),
        lambda: write_run(tmp_path / "b", {"accuracy": [0.5]}, ended="killed", first_wall_time=NOW + 1e9),
    ]
    seen = []
    for write in writes:
        write()
        store.refresh()
        found = finder.find(now=NOW)
        fresh = Store(tmp_path)
        fresh.refresh()
        assert facts(found) == facts(find_trainings(fresh, now=NOW))
        seen.append([(training.name, training.state) for training in found])
    assert seen[0] == []
    assert seen[1] == [("a", "running")]
    assert [name for name, _ in seen[-1]] == ["a", "b", "c"]


def test_removed_run_is_forgotten(tmp_path: Path) -> None:
    path = write_run(tmp_path / "a", {"loss": [1.0]})
    write_run(tmp_path / "b", {"loss": [1.0]})
    store = Store(tmp_path)
    store.refresh()
    finder = TrainingFinder(store)
    assert [training.name for training in finder.find(now=NOW)] == ["a", "b"]
    path.unlink()
    path.parent.rmdir()
    store.refresh()
    assert [training.name for training in finder.find(now=NOW)] == ["b"]


def test_halves_of_hyperparameter_callback_share_a_training(tmp_path: Path) -> None:
    # Keras's hparams callback writes beside the folders of its TensorBoard callback.
    write_run(tmp_path / "trial", {}, hparams={"units": 16, "dropout": 0.2})
    write_keras_training(tmp_path / "trial", {"loss": [1.0, 0.5]}, {"loss": [1.0, 0.7]})
    store = Store(tmp_path)
    store.refresh()
    (training,) = find_trainings(store, now=NOW)
    assert training.name == "trial"
    assert training.runs == ("trial", "trial/train", "trial/validation")
    assert training.hparams == {"dropout": 0.2, "units": 16.0}


TAGS = (
    "loss", "val_loss", "train/loss", "acc", "accuracy", "val/acc", "lr", "a loss", "a/loss", "Loss", "epoch_loss",
    "batch_loss", "loss/loss", "train/train_loss", "x",
)  # fmt: skip


@settings(max_examples=30)
@given(tag_sets=st.lists(st.sets(st.sampled_from(TAGS), min_size=1, max_size=8), min_size=1, max_size=3))
def test_trainings_with_the_same_tags_are_paired_as_each_would_be_alone(tag_sets: list[set[str]]) -> None:
    names = ["a", "loss", "z/b", "z/c"]
    with TemporaryDirectory() as folder:
        for place, name in enumerate(names * 2):
            write_run(Path(folder, f"{place}", name), dict.fromkeys(tag_sets[place % len(tag_sets)], (1.0, 0.5)))
        store = Store(folder)
        store.refresh()
        for training in find_trainings(store, now=NOW):
            tags = [info.key.tag for info in store.list_series(training.name, kind="scalar")]
            alone = find_candidates([Member(training.name, None, "")], {training.name: tags}, Words())
            assert list(training.pairs) == [each.pair for each in pair_series(alone)]
