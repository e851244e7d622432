"""goodfit.keras.Monitor on the backend of KERAS_BACKEND: TensorBoard reads it, and where TensorFlow is there it
equals Keras's own.
"""

import contextlib
import importlib.util
import math
import os
import sys
from pathlib import Path

import keras
import keras_fit
import numpy as np
from board import Board, equal
from documented import run_examples

import goodfit
import goodfit.sdk.keras_graph
from goodfit.keras import Monitor

logs = Path(sys.argv[1])
assert keras.backend.backend() == os.environ["KERAS_BACKEND"]
if keras.backend.backend() != "tensorflow":
    assert importlib.util.find_spec("tensorflow") is None

# The example: what TensorBoard and our reader find is Keras's own history.
history = keras_fit.train(str(logs / "example"), epochs=5)
assert "tensorflow" not in sys.modules or keras.backend.backend() == "tensorflow"
board = Board(logs)
for name, values in history.items():
    half, metric = ("validation", name[4:]) if name.startswith("val_") else ("train", name)
    expected = [(epoch, float(np.float32(value))) for epoch, value in enumerate(values)]
    assert board.scalars(f"example/{half}", f"epoch_{metric}") == expected
    series = goodfit.open(logs)[f"example/{half}"].scalars[f"epoch_{metric}"]
    assert list(zip(series.steps.tolist(), series.values.tolist(), strict=True)) == expected
training = goodfit.open(logs).training("example")
assert training.state == "finished"
assert {(pair.metric, bool(pair.train), bool(pair.validation)) for pair in training.pairs} >= {("loss", True, True)}


def model_and_data(seed=0):
    keras.utils.clear_session()  # else the second model's layers get other names
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(0)
    x, y = rng.random((200, 8, 8, 1)).astype("f4"), rng.integers(0, 3, 200)
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ],
        name="net",
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y


def fit(callback, **options):
    model, x, y = model_and_data()
    model.fit(x, y, batch_size=20, validation_split=0.2, verbose=0, callbacks=[callback], **{"epochs": 3, **options})
    return model, x, y


# All arguments, on every backend.
everything = {"histogram_freq": 1, "write_images": True, "update_freq": 1, "write_steps_per_second": True}
monitor = Monitor(logs / "ours", **everything)
model, x, y = fit(monitor)
assert monitor.guard.counts == {}, monitor.guard.counts
if keras.backend.backend() == "tensorflow":
    # Keras's own callback needs TensorFlow; same model, same data, same seed: same tags, same steps, same values.
    fit(keras.callbacks.TensorBoard(logs / "theirs", **everything))
    board = Board(logs)
    for half in ("train", "validation"):
        ours, theirs = board.tags(f"ours/{half}"), board.tags(f"theirs/{half}")
        extra = set(ours) - set(theirs)
        assert extra <= {"_hparams_/session_end_info"}, extra
        missing = {
            tag for tag in set(theirs) - set(ours) if not tag.startswith("graph_run") and theirs[tag] != "graphs"
        }
        assert not missing, missing
        for tag in set(ours) & set(theirs):
            assert ours[tag] == theirs[tag], (tag, ours[tag], theirs[tag])
            left, right = board.points(f"ours/{half}", tag), board.points(f"theirs/{half}", tag)
            assert [step for step, _ in left] == [step for step, _ in right], (half, tag, left[:3], right[:3])
            if tag.endswith("_per_second") or ours[tag] == "images":
                continue
            for (_, mine), (_, own) in zip(left, right, strict=True):
                same = equal(mine, own) or (ours[tag] == "histograms" and np.allclose(mine, own, rtol=1e-5, atol=1e-6))
                assert same, (half, tag, mine, own)

    # The user's own summaries inside the compiled step, each at its batch, in the half that ran.
    import tensorflow as tf

    class Telling(keras.layers.Layer):
        def call(self, inputs):
            tf.summary.scalar("mean", tf.reduce_mean(inputs))
            return inputs

    net = keras.Sequential([keras.layers.Input((3,)), Telling(), keras.layers.Dense(1)])
    rows = np.arange(24, dtype="f4").reshape(8, 3)
    for is_eager in (False, True):
        for every in (1, 2):
            telling = Monitor(logs / f"telling_{is_eager}_{every}", update_freq=every)
            net.compile("sgd", "mse", run_eagerly=is_eager, jit_compile=False)
            options = {"batch_size": 2, "verbose": 0, "shuffle": False, "callbacks": [telling]}
            net.fit(rows, rows[:, :1], epochs=2, validation_data=(rows[:4], rows[:4, :1]), **options)
            net.fit(rows, rows[:, :1], epochs=1, **options)
            assert telling.guard.counts == {}, telling.guard.counts
            assert tf.summary.experimental.get_step() is None  # what was there before is back
            board = Board(logs)
            # Batches of two rows of three numbers that count up: the mean of the first is 2.5, of each next 6 more.
            means = [2.5 + 6 * (batch % 4) for batch in range(12)]

            def told_of(half, name=telling.name, board=board):
                (tag,) = (tag for tag in board.tags(f"{name}/{half}") if tag.endswith("/mean"))
                return board.points(f"{name}/{half}", tag)

            expected = [(at + 1, mean) for at, mean in enumerate(means) if (at + 1) % every == 0]
            told = [(step, float(value)) for step, value in told_of("train")]
            assert told == expected, told
            steps = [step for step, _ in told_of("validation")]
            assert steps == [at for at in (1, 2, 3, 4) if at % every == 0], steps

# A second fit goes on where the first ended.
model.fit(x, y, batch_size=20, epochs=2, verbose=0, callbacks=[monitor])
board = Board(logs)
assert [step for step, _ in board.points("ours/train", "epoch_loss")] == [0, 1, 2, 3, 4]
assert [step for step, _ in board.points("ours/train", "batch_loss")] == list(range(1, 8 * 3 + 10 * 2 + 1))

# Counted from the batch's number, also when several batches run at once.
model, x, y = model_and_data()
if keras.backend.backend() != "torch":  # which refuses several
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=4)
    model.fit(x, y, batch_size=20, epochs=2, verbose=0, callbacks=[Monitor(logs / "several", update_freq=1)])
    several = [step for step, _ in Board(logs).points("several/train", "batch_loss")]
    # JAX numbers the last, short execution of an epoch as if it were whole.
    assert several in ([4, 8, 10, 14, 18, 20], [4, 8, 12, 16, 20, 24]), several


class Boom(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise RuntimeError("boom at 1")


# Keras tells callbacks nothing of an exception; the next fit and the exit find out.
monitor = Monitor(logs / "broken")
with contextlib.suppress(RuntimeError):
    model.fit(x, y, epochs=3, verbose=0, callbacks=[monitor, Boom()])
model.fit(x, y, epochs=1, verbose=0, callbacks=[monitor])
assert goodfit.open(logs).training("broken").state == "finished"

# A value that is no number is told and costs nothing else.
monitor = Monitor(logs / "odd")
monitor.set_model(model)
monitor.on_train_begin()
monitor.on_epoch_begin(0)
monitor.on_epoch_end(0, {"loss": math.nan, "words": "many"})
monitor.on_train_end()
assert len(monitor.guard.counts) == 1, monitor.guard.counts
assert math.isnan(Board(logs).scalars("odd/train", "epoch_loss")[0][1])


# A subclassed model has no graph of its own: it is drawn from one run of its code, with its edges.
class Residual(keras.Model):
    def __init__(self):
        super().__init__(name="residual")
        self.first = keras.layers.Dense(4, name="first")
        self.inner = keras.Sequential([keras.layers.Dense(4, name="a"), keras.layers.Dropout(0.1, name="b")], name="in")
        self.last = keras.layers.Dense(1, name="last")

    def call(self, x, training=False):
        x = self.first(x)
        return self.last(x + self.inner(x, training=training))


def drawn(run):
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    return {
        node.name: list(node.input) for node in GraphDef.FromString(Board(logs).graph(run).SerializeToString()).node
    }


model = Residual()
model.compile("adam", "mse")
model.fit(np.zeros((8, 5)), np.zeros((8, 1)), verbose=0, callbacks=[Monitor(logs / "subclassed")])
nodes = drawn("subclassed/train")
[addition] = [name for name in nodes if "add" in name]
assert nodes["residual/first"] == ["residual/input"]
assert nodes["residual/in/b"] == ["residual/in/a"]
assert set(nodes[addition]) == {"residual/first", "residual/in/b"}
assert nodes["residual/last"] == [addition]

# One whose code wants numbers is listed without edges, and trains all the same.
model = Residual()
model.call = lambda x: model.last(x) if float(np.asarray(x).sum()) else x
assert all(inputs == [] for inputs in [node.inputs for node in goodfit.sdk.keras_graph.keras_nodes(model)])

# A model with a graph of its own keeps it, also where it is a torch module as well.
assert "keras" in Board(logs).tags("ours/train")

model, x, y = model_and_data()
assert run_examples("keras", model=model, x=x, y=y) >= 2
