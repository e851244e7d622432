"""Advice to stop, asked while a training runs: right, lazy, and only advice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.sdk.test_keras_monitor import Hooks, Sequential

import goodfit
from goodfit.findings.stopping import StopAdvice, advise

EPOCHS = np.arange(120)
NOISE = 0.005 * np.random.default_rng(0).normal(size=(2, 120))
TRAIN = 2 * np.exp(-EPOCHS / 15) + 0.2 - 0.001 * EPOCHS + NOISE[0]
HEALTHY = 2 * np.exp(-EPOCHS / 40) + 0.3 + NOISE[1]
OVERFIT = 2 * np.exp(-EPOCHS / 15) + 0.3 + 0.01 * np.maximum(0, EPOCHS - 50) + NOISE[1]
FLAT = 2 * np.exp(-EPOCHS / 5) + 0.3 + NOISE[1]


def first_stop(folder: Path, values: np.ndarray) -> tuple[int | None, StopAdvice | None]:
    """The first epoch, looked at every tenth, at which a run is advised to stop."""
    with goodfit.Run(folder, on_error="raise") as run:
        for epoch, (train, validation) in enumerate(zip(TRAIN, values, strict=True)):
            run.log(epoch, {"loss": train, "val_loss": validation})
            if epoch % 10 == 9 and (advice := run.should_stop):
                return epoch, advice
    return None, advice


def test_a_run_that_overfits_is_advised_to_stop_and_which_checkpoint_to_keep(tmp_path: Path) -> None:
    epoch, advice = first_stop(tmp_path / "a", OVERFIT)
    assert advice is not None and advice.why == "overfit" and epoch is not None and 55 <= epoch <= 75
    assert advice.best_step is not None and abs(advice.best_step - 50) <= 5
    assert str(advice.best_step) in str(advice)


def test_a_run_that_improves_is_not(tmp_path: Path) -> None:
    epoch, advice = first_stop(tmp_path / "a", HEALTHY)
    assert epoch is None and advice is not None and not advice
    assert advice.outlook is not None and advice.outlook.advice == "go_on" and "go on" in str(advice)


def test_a_run_without_anything_to_gain_is(tmp_path: Path) -> None:
    epoch, advice = first_stop(tmp_path / "a", np.r_[FLAT[:40], 0.36 + NOISE[1][40:]])
    assert epoch is not None and advice is not None and advice.why in ("no_gain", "overfit")


def test_nan_is_a_reason_at_once(tmp_path: Path) -> None:
    epoch, advice = first_stop(tmp_path / "a", np.r_[HEALTHY[:35], np.full(85, np.nan)])
    assert epoch == 39 and advice is not None and advice.why == "nonfinite" and "NaN" in str(advice)


def test_before_anything_was_logged_it_is_too_early_to_tell(tmp_path: Path) -> None:
    with goodfit.Run(tmp_path / "a", on_error="raise") as run:
        advice = run.should_stop
        assert advice is not None and not advice and "too early" in str(advice)
        run.log(0, {"loss": 1.0, "lr": 0.1})
        assert not run.should_stop
    (tmp_path / "empty").mkdir()
    assert not advise(tmp_path / "empty")


def test_who_does_not_ask_does_not_pay() -> None:
    script = (
        "import sys, goodfit; goodfit.Run; assert 'numpy' not in sys.modules and 'goodfit.findings' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)


@pytest.mark.parametrize("stops", [False, True])
def test_a_keras_training_stops_only_when_that_was_asked_for(tmp_path: Path, stops: bool) -> None:
    model = Sequential()
    monitor = Hooks(tmp_path, stop_when_advised=stops)
    monitor.set_model(model)
    monitor.on_train_begin()
    n_epochs = 0
    for epoch, (train, validation) in enumerate(zip(TRAIN, OVERFIT, strict=True)):
        if getattr(model, "stop_training", False):
            break
        monitor.on_epoch_begin(epoch)
        monitor.on_epoch_end(epoch, {"loss": train, "val_loss": validation})
        n_epochs += 1
    advice = monitor.should_stop
    monitor.on_train_end()
    assert monitor.guard.counts == {}
    assert advice is not None and advice.why == "overfit" and advice.metric == "loss"
    assert 55 <= n_epochs <= 80 if stops else n_epochs == 120
