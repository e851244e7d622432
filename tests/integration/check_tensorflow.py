"""goodfit.summary against tf.summary call by call, goodfit.metrics in a TensorFlow loop, and our reader on what
TensorFlow wrote.
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_loop
from board import Board, equal

import goodfit

logs = Path(sys.argv[1])
rng = np.random.default_rng(0)
values, pixels = rng.normal(size=500).astype("f4"), rng.integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
sound = np.sin(np.arange(400) / 7).astype("f4")[None, :, None]


def write_all(summary, logdir):
    writer = summary.create_file_writer(str(logdir))
    with writer.as_default():
        for step in range(4):
            assert bool(summary.scalar("loss", tf.constant(0.3 * step), step=step, description="how *bad*"))
        summary.scalar("python", 0.1, step=tf.Variable(5, dtype=tf.int64))
        summary.histogram("values", tf.constant(values), step=1)
        summary.histogram("few", values, step=1, buckets=7)
        summary.histogram("constant", np.full(5, 1.5), step=1)
        summary.histogram("nothing", np.zeros(0), step=1)
        summary.image("pixels", pixels, step=2)
        summary.image("sixteen", pixels.astype("u2") * 257 - 1, step=2)
        summary.image("gray", pixels[..., :1], step=2, max_outputs=1)
        summary.text("text", "hello", step=2)
        summary.text("table", [["a", "b"], ["c", "d"]], step=2)
        summary.audio("sound", sound, 8000, step=3)
        summary.write("raw", np.arange(6).reshape(2, 3), step=3)
        with summary.record_if(False):
            assert not bool(summary.scalar("hidden", 1.0, step=0))
        assert bool(summary.should_record_summaries())
        summary.experimental.set_step(9)
        summary.scalar("stepped", 1.0)
        assert int(summary.experimental.get_step()) == 9
        summary.experimental.set_step(None)
    with writer.as_default(step=12):
        summary.scalar("default", 2.0)
    writer.close()


write_all(tf.summary, logs / "theirs")
write_all(goodfit.summary, logs / "ours")
board = Board(logs)
ours, theirs = board.tags("ours"), board.tags("theirs")
assert ours == theirs, (set(ours) ^ set(theirs), ours, theirs)
for tag, plugin in ours.items():
    left, right = board.points("ours", tag), board.points("theirs", tag)
    assert [step for step, _ in left] == [step for step, _ in right], tag
    for (_, mine), (_, own) in zip(left, right, strict=True):
        if plugin == "audio":
            assert mine.shape == own.shape and mine[0][:44] == own[0][:44], (mine[0][:44], own[0][:44])
            difference = np.frombuffer(mine[0][44:], "<i2").astype(int) - np.frombuffer(own[0][44:], "<i2")
            assert abs(difference).max() <= 1, tag
        elif plugin == "images":
            assert mine[:2].tolist() == own[:2].tolist() and len(mine) == len(own)
            for a, b in zip(mine[2:], own[2:], strict=True):
                assert (tf.io.decode_png(a).numpy() == tf.io.decode_png(b).numpy()).all()
        elif plugin == "histograms":
            # TensorFlow sorts float32 values into float32 buckets: a value on an edge may change sides.
            assert np.allclose(mine[:, :2], own[:, :2], atol=1e-5) and abs(mine[:, 2] - own[:, 2]).sum() <= 4, (
                tag,
                mine,
                own,
            )
            assert mine[:, 2].sum() == own[:, 2].sum()
        else:
            assert equal(mine, own), (tag, mine, own)
    meta, own_meta = board.metadata("ours", tag), board.metadata("theirs", tag)
    assert meta.summary_description == own_meta.summary_description, tag

# The example loop, written by each library, read by ours.
for library in ("goodfit", "tensorflow"):
    history = tensorflow_loop.train(str(logs / f"loop_{library}"), epochs=4, library=library)
    run_of = goodfit.open(logs)
    for name, expected in history.items():
        half, tag = name.split("/")
        series = run_of[f"loop_{library}/{half}"].scalars[tag]
        assert series.steps.tolist() == [0, 1, 2, 3]
        assert equal(series.values.astype("f4"), np.asarray(expected, "f4")), (library, name)
    training = run_of.training(f"loop_{library}")
    assert {pair.metric for pair in training.pairs if pair.train and pair.validation} == {"loss", "accuracy"}

# Metrics of TensorFlow tensors agree with Keras's in one loop.
theirs_loss, ours_loss = tf.keras.metrics.Mean(), goodfit.metrics.Mean()
theirs_accuracy, ours_accuracy = (
    tf.keras.metrics.SparseCategoricalAccuracy(),
    goodfit.metrics.SparseCategoricalAccuracy(),
)
for _ in range(20):
    loss, labels, scores = (
        tf.random.uniform([7]),
        tf.random.uniform([7], maxval=3, dtype=tf.int64),
        tf.random.uniform([7, 3]),
    )
    for metric in (theirs_loss, ours_loss):
        metric.update_state(loss)
    for metric in (theirs_accuracy, ours_accuracy):
        metric.update_state(labels, scores)
assert np.isclose(float(theirs_loss.result()), ours_loss.result(), rtol=1e-6)
assert np.isclose(float(theirs_accuracy.result()), ours_accuracy.result(), rtol=1e-6)

# A graph that TensorFlow made.
graph = tf.Graph()
with graph.as_default():
    tf.constant(1.0, name="one")
with goodfit.Run(logs / "graph", on_error="raise") as run:
    run.graph(graph)
    run.log(tf.constant(3, tf.int64), {"tensor": tf.constant(0.25), "variable": tf.Variable(0.5)})
assert [node.name for node in Board(logs).graph("graph").node] == ["one"]
assert Board(logs).scalars("graph", "variable") == [(3, 0.5)]
