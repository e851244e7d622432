"""Callbacks for frameworks, called as these call them; the frameworks themselves train in tests/integration."""

from types import SimpleNamespace

import numpy as np
import pytest

import goodfit
from goodfit.errors import BadArgument
from goodfit.sdk.integrations.catboost import GoodfitCallback as CatBoost
from goodfit.sdk.integrations.lightgbm import GoodfitCallback as LightGBM
from goodfit.sdk.integrations.sklearn import log_curves
from goodfit.sdk.integrations.target import Target


def values(folder, tag):
    return goodfit.open(folder)["."].scalars[tag].values.tolist()


def test_a_folder_gets_a_run_that_ends_with_the_training(tmp_path):
    target = Target(tmp_path)
    assert list(tmp_path.iterdir()) == []
    target.log(0, {"loss": 1.0})
    target.end(RuntimeError("out of luck"))
    assert goodfit.open(tmp_path).training(".").state == "failed"


def test_a_run_of_the_callers_goes_on(tmp_path):
    with goodfit.Run(tmp_path) as run:
        target = Target(run)
        target.log(0, {"loss": 1.0})
        target.end()
        assert run.status is None
    assert values(tmp_path, "loss") == [1.0]


def test_lightgbm_results_of_training_and_of_cross_validation(tmp_path):
    callback = LightGBM(tmp_path)
    callback(SimpleNamespace(iteration=0, evaluation_result_list=[("train", "l2", 0.5, False)]))
    callback(SimpleNamespace(iteration=1, evaluation_result_list=[("train", "l2", 0.25, False, 0.1)]))
    callback(SimpleNamespace(iteration=2, evaluation_result_list=None))
    callback.end()
    assert values(tmp_path, "train/l2") == [0.5, 0.25]
    # Early stopping, 30, ends the iteration by an exception.
    assert callback.order < 30


def test_catboost_counts_from_one_and_calls_train_learn(tmp_path):
    callback = CatBoost(tmp_path)
    assert callback.after_iteration(SimpleNamespace(iteration=1, metrics={"learn": {"RMSE": [0.5]}}))
    callback.end()
    series = goodfit.open(tmp_path)["."].scalars["train/RMSE"]
    assert (series.steps.tolist(), series.values.tolist()) == ([0], [0.5])


def test_curves_that_an_estimator_kept(tmp_path):
    with goodfit.Run(tmp_path) as run:
        kept = SimpleNamespace(loss_curve_=[3.0, 2.0, 1.0], validation_scores_=[0.5, 0.75, 1.0])
        assert log_curves(run, SimpleNamespace(_final_estimator=kept)) == ["train/loss", "validation/score"]
        boosted = SimpleNamespace(estimators_=[], train_score_=np.array([4.0, 3.5]))
        assert log_curves(run, boosted) == ["train/loss"]
        with pytest.raises(BadArgument, match="has kept no curve"):
            log_curves(run, SimpleNamespace())
    assert values(tmp_path, "validation/score") == [0.5, 0.75, 1.0]
