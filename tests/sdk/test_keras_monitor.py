"""goodfit.keras.Monitor's hooks, called as Keras calls them; real models train in tests/integration on every
backend.
"""

import importlib.util
import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.oracle_reader import read_event_file

import goodfit
from goodfit.errors import BadArgument, MissingExtra
from goodfit.keras import Monitor
from goodfit.sdk import lifetime
from goodfit.sdk.keras_monitor.monitor import MonitorHooks
from goodfit.sdk.keras_monitor.profile import batch_range
from goodfit.sdk.keras_monitor.weights import weight_pixels

ROOT = Path(__file__).parents[2]

# keras 3.15, keras.callbacks.TensorBoard
TENSORBOARD = {
    "log_dir": "logs", "histogram_freq": 0, "write_graph": True, "write_images": False,
    "write_steps_per_second": False, "update_freq": "epoch", "profile_batch": 0, "embeddings_freq": 0,
    "embeddings_metadata": None,
}  # fmt: skip


class Weight:
    def __init__(self, path, value):
        self.path, self.value = path, np.asarray(value)


class Layer:
    weights = (Weight("net/dense/kernel:0", np.ones((2, 3))), Weight("net/dense/bias", np.zeros(3)))


class Optimizer:
    learning_rate = np.float32(0.25)
    iterations = np.int64(12)


class Sequential:
    """What the hooks ask of a model."""

    layers = (Layer(),)
    optimizer = Optimizer()
    name = "net"

    def to_json(self):
        return json.dumps({"class_name": "Sequential", "config": {"layers": []}})


class Callback:
    """Keras's base class as far as it matters."""

    def __init__(self):
        self._model = None

    def set_model(self, model):
        self._model = model

    @property
    def model(self):
        return self._model


class Hooks(MonitorHooks, Callback):
    pass


def series(folder):
    found = {}
    for path in sorted(folder.glob("events.out.tfevents.*.v2")):
        for tag, (_, points) in read_event_file(path.read_bytes()).series.items():
            found.setdefault(tag, []).extend((step, value) for step, _, value in points)
    return found


def train(monitor, *, epochs=2, batches=3, first_epoch=0):
    monitor.set_model(Sequential())
    monitor.on_train_begin()
    for epoch in range(first_epoch, first_epoch + epochs):
        monitor.on_epoch_begin(epoch)
        for batch in range(batches):
            monitor.on_train_batch_begin(batch)
            monitor.on_train_batch_end(batch, {"loss": 0.5})
        monitor.on_test_end({"loss": 0.75})
        monitor.on_epoch_end(epoch, {"loss": 0.5, "val_loss": 0.75})
    monitor.on_train_end()


def test_has_the_arguments_of_keras():
    parameters = inspect.signature(Monitor).parameters
    assert {name: parameters[name].default for name in TENSORBOARD} == TENSORBOARD
    assert list(parameters)[: len(TENSORBOARD)] == list(TENSORBOARD)
    assert parameters["notify"].default is None


@pytest.mark.skipif(importlib.util.find_spec("keras") is not None, reason="Keras is installed")
def test_without_keras_it_says_what_to_install():
    with pytest.raises(MissingExtra, match="pip install keras"):
        Monitor("logs")


def test_writes_the_tags_and_folders_of_keras(tmp_path):
    monitor = Hooks(tmp_path, histogram_freq=1, write_images=True, write_steps_per_second=True, update_freq=1)
    train(monitor)
    assert monitor.guard.counts == {}
    found = series(tmp_path / "train")
    assert set(found) == {
        "keras", "batch_loss", "batch_steps_per_second", "epoch_loss", "epoch_learning_rate", "epoch_steps_per_second",
        "net/dense/kernel_0/histogram", "net/dense/bias/histogram", "net/dense/kernel_0/image", "net/dense/bias/image",
        "_hparams_/session_end_info",
    }  # fmt: skip
    assert found["epoch_learning_rate"] == [(0, 0.25), (1, 0.25)]
    assert [step for step, _ in found["batch_loss"]] == [1, 2, 3, 4, 5, 6]
    validation = series(tmp_path / "validation")
    assert validation["epoch_loss"] == [(0, 0.75), (1, 0.75)]
    assert validation["evaluation_loss_vs_iterations"] == [(12, 0.75), (12, 0.75)]


def test_batch_values_every_so_many_batches(tmp_path):
    train(Hooks(tmp_path, update_freq=2))
    assert [step for step, _ in series(tmp_path / "train")["batch_loss"]] == [2, 4, 6]


def test_every_epoch_is_written_whatever_the_batches(tmp_path):
    # Keras's own callback wrote 2 of 5 epochs with update_freq=10.
    train(Hooks(tmp_path, update_freq=10), epochs=5)
    assert [step for step, _ in series(tmp_path / "train")["epoch_loss"]] == [0, 1, 2, 3, 4]


def test_a_second_fit_goes_on_behind_the_first(tmp_path):
    monitor = Hooks(tmp_path)
    train(monitor)
    train(monitor)
    train(monitor, first_epoch=4)
    assert [step for step, _ in series(tmp_path / "train")["epoch_loss"]] == [0, 1, 2, 3, 4, 5]


def test_asks_for_slow_batches_only_when_it_uses_them(tmp_path):
    assert Hooks(tmp_path).async_safe
    assert not Hooks(tmp_path, update_freq="batch").async_safe
    assert not Hooks(tmp_path, write_steps_per_second=True).async_safe


def test_odd_logs_do_not_end_the_training(tmp_path, capfd):
    monitor = Hooks(tmp_path, update_freq=1)
    monitor.set_model(object())
    monitor.on_train_begin()
    monitor.on_epoch_begin(0)
    monitor.on_train_batch_end(0, None)
    monitor.on_train_batch_end(1, 0.5)
    monitor.on_epoch_end(0, {"loss": 1.0, "words": "many", "nested": {"a": 2.0}})
    monitor.on_train_end()
    found = series(tmp_path / "train")
    assert found["epoch_loss"] == [(0, 1.0)]
    assert found["epoch_nested/a"] == [(0, 2.0)]
    assert "epoch_words" in capfd.readouterr().err


@pytest.mark.parametrize(
    "arguments", [{"update_freq": 0}, {"update_freq": "often"}, {"profile_batch": (5, 2)}, {"profile_batch": "x"}]
)
def test_arguments_outside_their_domain_are_refused(tmp_path, arguments):
    with pytest.raises(BadArgument):
        Hooks(tmp_path, **arguments)


def test_ranges_of_batches():
    assert [batch_range(given) for given in (0, 3, (2, 5), "2,5", [4, 4])] == [(0, 0), (3, 3), (2, 5), (2, 5), (4, 4)]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((5,), (1, 5, 1, 1)),
        ((2, 7), (1, 2, 7, 1)),
        ((7, 2), (1, 2, 7, 1)),
        ((3, 4, 5), (5, 3, 4, 1)),
        ((3, 3, 8, 4), (3, 3, 8, 4)),
        ((3, 3, 8, 5), None),
    ],
)
def test_weights_as_pixels(shape, expected):
    pixels = weight_pixels(np.zeros(shape))
    assert (pixels if pixels is None else pixels.shape) == expected


def test_a_fit_that_an_exception_left_has_failed_even_if_the_script_went_on_to_its_end(tmp_path):
    monitor = Hooks(tmp_path)
    monitor.set_model(Sequential())
    monitor.on_train_begin()
    monitor.on_epoch_begin(0)
    monitor.on_epoch_end(0, {"loss": 1.0})
    lifetime.OPEN._close_all()  # as at exit: whoever caught the exception said nothing
    assert goodfit.open(tmp_path).training(".").state == "failed"


@pytest.mark.parametrize("code", [0, 4])
def test_a_callback_that_died_with_its_fit_still_has_an_end(tmp_path, code):
    # As in model.fit(…, callbacks=[Monitor(…)]), which nobody else holds when sys.exit has unwound it.
    script = (
        "import sys\n"
        "from tests.sdk.test_keras_monitor import Hooks, Sequential\n"
        "def fit():\n"
        "    monitor = Hooks(sys.argv[1], notify=['console'])\n"
        "    monitor.set_model(Sequential())\n"
        "    monitor.on_train_begin()\n"
        "    monitor.on_epoch_begin(0)\n"
        "    monitor.on_epoch_end(0, {'loss': 1.0})\n"
        f"    sys.exit({code})\n"
        "fit()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == code
    assert goodfit.open(tmp_path).training(".").state == "failed"
    assert ("failed: exit status 4" if code else "failed: the training was interrupted") in done.stderr
