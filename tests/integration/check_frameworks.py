"""Callbacks of other frameworks: each writes what its framework measured, ends as the training ended, and its halves
are paired.
"""

import math
import sys
import warnings
from pathlib import Path

import numpy as np

import goodfit

logs = Path(sys.argv[1])
rng = np.random.default_rng(0)
x, y = rng.random((400, 6)).astype("f4"), rng.integers(0, 2, 400)
x[:, 0] += y


def same(tag, values, *, run):
    """The series holds these values, as the float32 that is written."""
    written = goodfit.open(logs)[run].scalars[tag].values
    assert np.array_equal(written, np.asarray(values, dtype="f4").astype("f8")), (run, tag, written[:3], values[:3])


def state(run):
    return goodfit.open(logs).training(run).state


def paired(run, metric):
    [pair] = [pair for pair in goodfit.open(logs).training(run).pairs if pair.metric == metric]
    assert pair.train and pair.validation, (run, metric, pair)


def check_xgboost():
    import xgboost

    from goodfit.sdk.integrations.xgboost import GoodfitCallback

    train, test = xgboost.DMatrix(x[:300], y[:300]), xgboost.DMatrix(x[300:], y[300:])
    history = {}
    xgboost.train(
        {"objective": "binary:logistic", "eval_metric": ["logloss", "error"]}, train, 30,
        evals=[(train, "train"), (test, "eval")], evals_result=history, verbose_eval=False,
        # Behind early stopping it is not asked in the last round, and still knows it.
        callbacks=[xgboost.callback.EarlyStopping(2), GoodfitCallback(logs / "xgboost")],
    )  # fmt: skip
    same("train/logloss", history["train"]["logloss"], run="xgboost")
    same("eval/error", history["eval"]["error"], run="xgboost")
    paired("xgboost", "logloss")
    assert state("xgboost") == "finished"
    xgboost.cv({"objective": "binary:logistic"}, train, 4, callbacks=[GoodfitCallback(logs / "xgboost-cv")])
    assert len(goodfit.open(logs)["xgboost-cv"].scalars["test/logloss"]) == 4


def check_lightgbm():
    import lightgbm

    from goodfit.sdk.integrations.lightgbm import GoodfitCallback

    train = lightgbm.Dataset(x[:300], y[:300])
    test = lightgbm.Dataset(x[300:], y[300:], reference=train)
    history, ours = {}, GoodfitCallback(logs / "lightgbm")
    lightgbm.train(
        {"objective": "binary", "verbosity": -1}, train, 50, valid_sets=[train, test], valid_names=["train", "valid"],
        callbacks=[lightgbm.early_stopping(2, verbose=False), lightgbm.record_evaluation(history), ours],
    )  # fmt: skip
    ours.end()
    same("train/binary_logloss", history["train"]["binary_logloss"], run="lightgbm")
    same("valid/binary_logloss", history["valid"]["binary_logloss"], run="lightgbm")
    paired("lightgbm", "binary_logloss")
    assert state("lightgbm") == "finished"


def check_catboost():
    import catboost

    from goodfit.sdk.integrations.catboost import GoodfitCallback

    ours = GoodfitCallback(logs / "catboost")
    model = catboost.CatBoostClassifier(iterations=12, verbose=False, allow_writing_files=False)
    model.fit(x[:300], y[:300], eval_set=(x[300:], y[300:]), callbacks=[ours])
    ours.end()
    same("train/Logloss", model.get_evals_result()["learn"]["Logloss"], run="catboost")
    same("validation/Logloss", model.get_evals_result()["validation"]["Logloss"], run="catboost")
    assert goodfit.open(logs)["catboost"].scalars["train/Logloss"].steps.tolist() == list(range(12))
    paired("catboost", "Logloss")


def check_sklearn():
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from goodfit.sdk.integrations.sklearn import log_curves

    with goodfit.Run(logs / "mlp") as run:
        model = make_pipeline(StandardScaler(), MLPClassifier(max_iter=15, early_stopping=True)).fit(x, y)
        assert log_curves(run, model) == ["train/loss", "validation/score"]
    same("train/loss", model[-1].loss_curve_, run="mlp")
    same("validation/score", model[-1].validation_scores_, run="mlp")
    with goodfit.Run(logs / "hist") as run:
        model = HistGradientBoostingClassifier(max_iter=5, early_stopping=True).fit(x, y)
        assert log_curves(run, model) == ["train/score", "validation/score"]
    paired("hist", "score")
    with goodfit.Run(logs / "boosting") as run:
        assert log_curves(run, GradientBoostingClassifier(n_estimators=5).fit(x, y)) == ["train/loss"]
        try:
            log_curves(run, StandardScaler().fit(x))
        except goodfit.errors.BadArgument as error:
            assert "StandardScaler has kept no curve" in str(error)
        else:
            raise AssertionError


def check_lightning():
    import lightning
    import torch

    from goodfit.sdk.integrations.lightning import GoodfitCallback, GoodfitLogger

    class Model(lightning.LightningModule):
        def __init__(self, *, breaks=False):
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(6, 1)

        def training_step(self, batch, index):
            loss = ((self.layer(batch[0])[:, 0] - batch[1]) ** 2).mean()
            if self.hparams.breaks and self.current_epoch == 2:
                raise RuntimeError("out of luck")
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch, index):
            self.log("val_loss", ((self.layer(batch[0])[:, 0] - batch[1]) ** 2).mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01)

    data = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y, dtype=torch.float32)), 50
    )
    quiet = {
        "accelerator": "cpu", "enable_progress_bar": False, "enable_model_summary": False,
        "enable_checkpointing": False,
    }  # fmt: skip

    def fit(name, **options):
        logger = GoodfitLogger(logs / name)
        trainer = lightning.Trainer(max_epochs=5, logger=logger, callbacks=[GoodfitCallback()], **quiet)
        trainer.fit(Model(**options), data, data)
        return trainer

    trainer = fit("lightning")
    series = goodfit.open(logs)["lightning"].scalars["val_loss"]
    assert len(series) == 5
    assert math.isclose(series.values[-1], float(trainer.callback_metrics["val_loss"]), rel_tol=1e-6)
    training = goodfit.open(logs).training("lightning")
    assert training.state == "finished"
    assert training.hparams == {"breaks": False}
    paired("lightning", "loss")
    try:
        fit("lightning-broken", breaks=True)
    except RuntimeError:
        assert state("lightning-broken") == "failed"
    else:
        raise AssertionError


def check_transformers():
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

    from goodfit.sdk.integrations.transformers import GoodfitCallback

    class Config(PretrainedConfig):
        model_type = "toy"

    class Model(PreTrainedModel):
        config_class = Config

        def __init__(self, config):
            super().__init__(config)
            self.layer = torch.nn.Linear(6, 2)
            self.post_init()

        def forward(self, x=None, labels=None):
            logits = self.layer(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    data = [{"x": torch.tensor(row), "labels": int(label)} for row, label in zip(x, y, strict=True)]
    arguments = TrainingArguments(
        output_dir=str(logs / "checkpoints"), num_train_epochs=3, logging_steps=10, eval_strategy="epoch", use_cpu=True,
        report_to="none", save_strategy="no", disable_tqdm=True, learning_rate=0.01,
    )  # fmt: skip
    trainer = Trainer(
        model=Model(Config()), args=arguments, train_dataset=data, eval_dataset=data[:100],
        callbacks=[GoodfitCallback(logs / "transformers")],
    )  # fmt: skip
    trainer.train()
    history = trainer.state.log_history
    same("train/loss", [entry["loss"] for entry in history if "loss" in entry], run="transformers")
    same("eval/loss", [entry["eval_loss"] for entry in history if "eval_loss" in entry], run="transformers")
    paired("transformers", "loss")
    assert state("transformers") == "finished"
    assert goodfit.open(logs).training("transformers").hparams["learning_rate"] == 0.01


def check_fastai():
    import fastai.callback.progress  # noqa: F401  gives the learner `no_bar`
    import torch
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    from goodfit.sdk.integrations.fastai import GoodfitCallback

    data = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
    loaders = DataLoaders(torch.utils.data.DataLoader(data, 50), torch.utils.data.DataLoader(data, 100))
    learner = Learner(loaders, torch.nn.Linear(6, 2), loss_func=torch.nn.functional.cross_entropy)
    with learner.no_bar(), learner.no_logging():
        learner.fit(3, cbs=GoodfitCallback(logs / "fastai"))
    same("validation/loss", [row[1] for row in learner.recorder.values], run="fastai")
    same("train/loss_epoch", [row[0] for row in learner.recorder.values], run="fastai")
    assert len(goodfit.open(logs)["fastai"].scalars["train/loss"]) == 24
    assert state("fastai") == "finished"


warnings.simplefilter("ignore")
for check in (
    check_xgboost, check_lightgbm, check_catboost, check_sklearn, check_lightning, check_transformers, check_fastai,
):  # fmt: skip
    check()
    print(f"{check.__name__} ok", flush=True)
