"""The examples that need no framework; the others run in tests/integration."""

import sys
from pathlib import Path

import numpy as np

import goodfit

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_numpy_loop_is_read_back_value_for_value(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.delitem(sys.modules, "numpy_loop", raising=False)
    import numpy_loop

    history = numpy_loop.train(str(tmp_path / "moons"), epochs=12)
    logs = goodfit.open(tmp_path)
    run = logs["moons"]
    assert set(run.scalars) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for tag, values in history.items():
        assert run.scalars[tag].steps.tolist() == list(range(12))
        np.testing.assert_array_equal(run.scalars[tag].values, np.float32(values))
    assert history["val_accuracy"][-1] > 0.8
    training = logs.training("moons")
    assert training.state == "finished"
    assert dict(training.hparams) == {"width": 16, "learning_rate": 0.5, "seed": 0}
    assert {pair.metric for pair in training.pairs if pair.train and pair.validation} == {"loss", "accuracy"}
