"""`goodfit.open` on folders that were really written."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.errors import BadArgument, LogFolderError, NotAnEventFile, UnknownSeries
from goodfit.query.pair import Pairing
from goodfit.testing.logs import write_keras_training, write_many_files, write_run
from goodfit.types import SeriesKey


@pytest.fixture
def keras(tmp_path: Path) -> Path:
    write_keras_training(
        tmp_path / "exp1",
        {"loss": [3.0, 2.0, 1.0], "accuracy": [0.1, 0.2, 0.3]},
        {"loss": [3.5, 2.5, 2.6], "accuracy": [0.1, 0.15, 0.2]},
    )
    return tmp_path


def test_lists_runs_tags_and_trainings(keras: Path) -> None:
    logs = goodfit.open(keras)
    assert logs.runs == ["exp1/train", "exp1/validation"]
    assert list(logs) == logs.runs
    assert logs.trainings == ["exp1"]
    assert list(logs["exp1/train"].scalars) == ["epoch_accuracy", "epoch_loss"]
    assert list(logs["exp1/train"].histograms) == []


def test_gives_every_point_of_a_series(keras: Path) -> None:
    series = goodfit.open(keras)["exp1/validation"].scalars["epoch_loss"]
    assert series.steps.tolist() == [0, 1, 2]
    assert series.steps.dtype == np.int64
    assert series.values.tolist() == [3.5, 2.5, 2.6]
    assert series.wall_times.tolist() == [1_700_000_000.0, 1_700_000_001.0, 1_700_000_002.0]
    assert series.segments == (0,)
    assert not series.values.flags.writeable
    assert "3 points" in repr(series)


def test_training_pairs_the_halves(keras: Path) -> None:
    training = goodfit.open(keras).training("exp1")
    assert training.runs == ("exp1/train", "exp1/validation")
    loss = training.pairs[0]
    assert (loss.metric, loss.direction, loss.how) == ("loss", "min", "run folders")
    assert loss.train == SeriesKey("exp1/train", "epoch_loss")
    assert loss.validation == SeriesKey("exp1/validation", "epoch_loss")
    assert (training.first_step, training.last_step, training.n_points) == (0, 2, 12)
    assert training.scalars(loss.train).values.tolist() == [3.0, 2.0, 1.0]


def test_training_is_found_by_one_of_its_runs(keras: Path) -> None:
    assert goodfit.open(keras).training("exp1/validation").name == "exp1"


def test_old_log_without_goodbye_has_finished_quietly(keras: Path) -> None:
    training = goodfit.open(keras, clock=lambda: 1_800_000_000.0).training("exp1")
    assert (training.state, training.state_from) == ("finished", "quiet")


def test_fresh_log_without_goodbye_is_running(keras: Path) -> None:
    training = goodfit.open(keras, clock=lambda: 1_700_000_060.0).training("exp1")
    assert (training.state, training.state_from) == ("running", "recent")


@pytest.mark.parametrize("ended", ["finished", "failed", "killed"])
def test_goodbye_of_our_writer_is_the_state(tmp_path: Path, ended: str) -> None:
    write_run(tmp_path / "a", {"loss": [1.0]}, ended=ended)  # type: ignore[arg-type]
    training = goodfit.open(tmp_path).training("a")
    assert (training.state, training.state_from) == (ended, "goodbye")


def test_refresh_brings_what_was_written_since(keras: Path) -> None:
    logs = goodfit.open(keras)
    assert logs.refresh().is_empty
    write_run(keras / "exp2", {"loss": [1.0, 0.5]})
    changes = logs.refresh()
    assert changes.new_runs == ("exp2",)
    assert logs.trainings == ["exp1", "exp2"]


def test_restart_keeps_both_segments(tmp_path: Path) -> None:
    write_run(tmp_path, {"loss": [(0, 9.0), (1, 8.0), (2, 7.0), (1, 5.0), (2, 4.0)]})
    series = goodfit.open(tmp_path)["."].scalars["loss"]
    assert series.values.tolist() == [9.0, 8.0, 7.0, 5.0, 4.0]
    assert series.segments == (0, 3)


def test_nan_and_infinities_are_kept(tmp_path: Path) -> None:
    write_run(tmp_path, {"loss": [1.0, math.nan, math.inf, -math.inf]})
    values = goodfit.open(tmp_path)["."].scalars["loss"].values
    np.testing.assert_array_equal(values, [1.0, math.nan, math.inf, -math.inf])


def test_missing_folder_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "fit").mkdir()
    with pytest.raises(LogFolderError, match="no log folder") as caught:
        goodfit.open(tmp_path / "fti")
    assert isinstance(caught.value, FileNotFoundError)
    assert "'fit'" in str(caught.value.hint)


def test_single_event_file_is_a_run(keras: Path) -> None:
    file = next((keras / "exp1" / "train").iterdir())
    logs = goodfit.open(file)
    assert logs.runs == ["."]
    assert logs.training(".").pairs[0].metric == "loss"


def test_other_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("loss went down")
    with pytest.raises(NotAnEventFile, match=r"'notes.txt' holds no event records"):
        goodfit.open(tmp_path / "notes.txt")


def test_address_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadArgument, match="hdfs://"):
        goodfit.open("hdfs://name/logs")


def test_empty_folder_has_nothing_yet(tmp_path: Path) -> None:
    logs = goodfit.open(tmp_path)
    assert (logs.runs, logs.trainings, len(logs)) == ([], [], 0)
    assert "0 trainings" in repr(logs)


def test_unknown_names_come_with_close_ones(keras: Path) -> None:
    logs = goodfit.open(keras)
    with pytest.raises(UnknownSeries) as caught:
        logs["exp1/vaildation"]
    assert isinstance(caught.value, KeyError)
    assert "'exp1/validation'" in str(caught.value.hint)
    with pytest.raises(UnknownSeries) as caught:
        logs["exp1/train"].scalars["loss"]
    assert "'epoch_loss'" in str(caught.value.hint)
    with pytest.raises(UnknownSeries) as caught:
        logs.training("exp")
    assert "'exp1'" in str(caught.value.hint)
    assert "loss" not in logs["exp1/train"].scalars
    assert logs.get("nothing") is None


def test_long_table_holds_every_point(keras: Path) -> None:
    frame = goodfit.open(keras).to_pandas()
    assert list(frame.columns) == ["run", "tag", "step", "wall_time", "value"]
    assert len(frame) == 12
    chosen = frame[(frame.run == "exp1/train") & (frame.tag == "epoch_loss")]
    assert chosen.value.tolist() == [3.0, 2.0, 1.0]


def test_tables_agree_and_keep_nan(tmp_path: Path) -> None:
    write_run(tmp_path / "a", {"loss": [1.0, math.nan], "lr": [0.1]})
    logs = goodfit.open(tmp_path)
    pandas, polars, arrow = logs.to_pandas(), logs.to_polars(), logs.to_arrow()
    assert arrow.column("tag").to_pylist() == ["loss", "loss", "lr"] == polars["tag"].to_list() == pandas.tag.tolist()
    assert arrow.column("value").null_count == 0
    assert math.isnan(arrow.column("value")[1].as_py())
    assert math.isnan(polars["value"][1]) and polars["value"].null_count() == 0
    assert polars["step"].to_list() == [0, 1, 0]


def test_tables_of_nothing_have_their_columns(tmp_path: Path) -> None:
    logs = goodfit.open(tmp_path)
    assert list(logs.to_pandas().columns) == logs.to_polars().columns == logs.to_arrow().column_names


def test_tables_take_expressions(keras: Path) -> None:
    frame = goodfit.open(keras).to_polars(runs="train$", tags="loss")
    assert frame["run"].unique().to_list() == ["exp1/train"]
    with pytest.raises(BadArgument, match="no regular expression"):
        goodfit.open(keras).to_polars(tags="metrics/mAP50(B")


def test_many_files_of_one_run_are_one_series(tmp_path: Path) -> None:
    write_many_files(tmp_path / "r", n_files=40)
    series = goodfit.open(tmp_path)["r"].scalars["loss"]
    assert sorted(series.steps.tolist()) == list(range(40))


def test_names_with_spaces_korean_and_emoji(tmp_path: Path) -> None:
    write_run(tmp_path / "내 실험 🚀", {"손실/train": [1.0], "손실/val": [2.0], "<b>x</b>": [3.0]})
    logs = goodfit.open(tmp_path)
    assert logs.trainings == ["내 실험 🚀"]
    assert logs.training("내 실험 🚀").pairs[0].metric == "손실"


def test_user_overrules_the_pairing(tmp_path: Path) -> None:
    write_run(tmp_path / "a", {"objective": [1.0], "check": [2.0]})
    pairing = Pairing(metrics={"goal": ("objective", "check")})
    pair = goodfit.open(tmp_path, pairing=pairing).training("a").pairs[0]
    assert (pair.metric, pair.how) == ("goal", "given")


def test_user_keeps_runs_apart(keras: Path) -> None:
    logs = goodfit.open(keras, pairing=Pairing(merged=False))
    assert logs.trainings == ["exp1/train", "exp1/validation"]


def test_notebook_table_escapes_names(tmp_path: Path) -> None:
    write_run(tmp_path / "<script>", {"loss": [1.0]})
    html = goodfit.open(tmp_path)._repr_html_()
    assert "&lt;script&gt;" in html and "<script>" not in html


def test_leaves_nothing_open(keras: Path, no_leaks: None) -> None:
    with goodfit.open(keras) as logs:
        assert len(logs["exp1/train"].scalars["epoch_loss"]) == 3


def test_epochs_and_batches_do_not_share_an_axis(tmp_path: Path) -> None:
    write_run(
        tmp_path / "t" / "train",
        {"epoch_loss": [2.0, 1.0], "batch_loss": [(step, 1.0) for step in range(500)]},
        ended=None,
    )
    training = goodfit.open(tmp_path).training("t")
    assert (training.first_step, training.last_step) == (0, 1)
