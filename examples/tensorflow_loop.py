"""A TensorFlow training loop with streaming metrics and summaries; theirs or ours by one argument.

    python examples/tensorflow_loop.py logs/fit/moons
    goodfit logs/fit

`--with goodfit` takes goodfit.metrics and goodfit.summary, `--with tensorflow` tf.keras.metrics and tf.summary: the
loop is the same.
"""

import argparse

import numpy as np
import tensorflow as tf
from moons import batches, make_moons

import goodfit


def train(logdir: str, *, epochs: int = 20, library: str = "goodfit") -> dict:
    """Trains and returns what was logged: one list for each run and tag."""
    metrics, summary = (goodfit.metrics, goodfit.summary) if library == "goodfit" else (tf.keras.metrics, tf.summary)
    tf.keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = make_moons(600, noise=0.15, rng=rng)
    model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="tanh"), tf.keras.layers.Dense(2)])
    optimizer = tf.keras.optimizers.Adam(0.02)
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")

    @tf.function
    def step(points, labels):
        with tf.GradientTape() as tape:
            logits = model(points, training=True)
            losses = loss_of(labels, logits)
            mean = tf.reduce_mean(losses)
        optimizer.apply_gradients(
            zip(tape.gradient(mean, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return losses, logits

    history: dict[str, list[float]] = {}
    writers = {half: summary.create_file_writer(f"{logdir}/{half}") for half in ("train", "test")}
    loss, accuracy = metrics.Mean(name="loss"), metrics.SparseCategoricalAccuracy(name="accuracy")

    def write(half: str, epoch: int) -> None:
        with writers[half].as_default():
            for metric in (loss, accuracy):
                summary.scalar(metric.name, metric.result(), step=epoch)
                history.setdefault(f"{half}/{metric.name}", []).append(float(metric.result()))
                metric.reset_state()

    for epoch in range(epochs):
        for points, labels in batches(x[:400], y[:400], size=32, rng=rng):
            losses, logits = step(points, labels)
            loss.update_state(losses)
            accuracy.update_state(labels, logits)
        write("train", epoch)
        logits = model(x[400:])
        loss.update_state(loss_of(y[400:], logits))
        accuracy.update_state(y[400:], logits)
        write("test", epoch)
        with writers["train"].as_default(step=epoch):
            summary.histogram("kernel", model.layers[0].kernel)
    for writer in writers.values():
        writer.close()
    return history


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logdir")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--with", dest="library", choices=["goodfit", "tensorflow"], default="goodfit")
    arguments = parser.parse_args()
    logged = train(arguments.logdir, epochs=arguments.epochs, library=arguments.library)
    print({name: round(values[-1], 4) for name, values in logged.items()})
