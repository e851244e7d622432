"""A network in plain numpy, logged with Goodfit alone: curves, weight histograms, its layers, and how it ended.

python examples/numpy_loop.py logs/fit/moons
goodfit logs/fit
"""

import argparse

import numpy as np
from moons import batches, make_moons

import goodfit
from goodfit import metrics


def train(logdir: str, *, epochs: int = 30, width: int = 16, learning_rate: float = 0.5, seed: int = 0) -> dict:
    """Trains and returns what was logged: one list a tag."""
    rng = np.random.default_rng(seed)
    x, y = make_moons(600, noise=0.15, rng=rng)
    x_train, y_train, x_val, y_val = x[:400], y[:400], x[400:], y[400:]
    w1, b1 = rng.normal(0, 1, (2, width)), np.zeros(width)
    w2, b2 = rng.normal(0, width**-0.5, (width, 1)), np.zeros(1)

    def forward(points):
        hidden = np.tanh(points @ w1 + b1)
        return hidden, 1 / (1 + np.exp(-(hidden @ w2 + b2)))

    def losses(labels, probabilities):
        p = np.clip(probabilities[:, 0], 1e-7, 1 - 1e-7)
        return -(labels * np.log(p) + (1 - labels) * np.log(1 - p))

    train_loss, train_accuracy = metrics.Mean(name="loss"), metrics.BinaryAccuracy(name="accuracy")
    val_loss, val_accuracy = metrics.Mean(name="val_loss"), metrics.BinaryAccuracy(name="val_accuracy")
    history: dict[str, list[float]] = {}
    hparams = {"width": width, "learning_rate": learning_rate, "seed": seed}
    with goodfit.Run(logdir, hparams=hparams) as run:
        run.graph({"input": "Input", "hidden": {"dense": "Dense", "tanh": "Tanh"}, "head": ["Dense", "Sigmoid"]})
        for epoch in range(epochs):
            for metric in (train_loss, train_accuracy, val_loss, val_accuracy):
                metric.reset_state()
            for points, labels in batches(x_train, y_train, size=32, rng=rng):
                hidden, probabilities = forward(points)
                train_loss.update_state(losses(labels, probabilities))
                train_accuracy.update_state(labels, probabilities)
                error = (probabilities - labels[:, None]) / len(points)
                back = (error @ w2.T) * (1 - hidden**2)
                w2 -= learning_rate * hidden.T @ error
                b2 -= learning_rate * error.sum(axis=0)
                w1 -= learning_rate * points.T @ back
                b1 -= learning_rate * back.sum(axis=0)
            _, probabilities = forward(x_val)
            val_loss.update_state(losses(y_val, probabilities))
            val_accuracy.update_state(y_val, probabilities)
            values = {m.name: m.result() for m in (train_loss, train_accuracy, val_loss, val_accuracy)}
            run.log(epoch, values)
            run.histogram("w1", w1, step=epoch)
            for name, value in values.items():
                history.setdefault(name, []).append(value)
    return history


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logdir")
    parser.add_argument("--epochs", type=int, default=30)
    arguments = parser.parse_args()
    final = {name: round(values[-1], 4) for name, values in train(arguments.logdir, epochs=arguments.epochs).items()}
    print(final)
