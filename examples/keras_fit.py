"""Keras's `model.fit` with one callback, on any backend, with or without TensorFlow.

    KERAS_BACKEND=jax python examples/keras_fit.py logs/fit/moons
    goodfit logs/fit

`--callback keras` takes keras.callbacks.TensorBoard instead (it needs TensorFlow); the files are laid out the same.
"""

import argparse

import keras
import numpy as np
from moons import make_moons

from goodfit.keras import Monitor


def train(logdir: str, *, epochs: int = 20, callback: str = "goodfit", notify: list[str] | None = None) -> dict:
    """Trains and returns Keras's own history: one list a metric."""
    keras.utils.set_random_seed(0)
    x, y = make_moons(600, noise=0.15, rng=np.random.default_rng(0))
    model = keras.Sequential(
        [
            keras.layers.Input((2,)),
            keras.layers.Dense(16, activation="tanh"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    if callback == "goodfit":
        chosen = Monitor(logdir, histogram_freq=1, notify=notify)
    else:
        chosen = keras.callbacks.TensorBoard(logdir, histogram_freq=1)
    fit = model.fit(x, y, epochs=epochs, batch_size=32, validation_split=0.33, verbose=0, callbacks=[chosen])
    return fit.history


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logdir")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--callback", choices=["goodfit", "keras"], default="goodfit")
    parser.add_argument("--notify", nargs="*", help="channels that hear of the end, such as pushbullet")
    arguments = parser.parse_args()
    history = train(arguments.logdir, epochs=arguments.epochs, callback=arguments.callback, notify=arguments.notify)
    print({name: round(float(values[-1]), 4) for name, values in history.items()})
