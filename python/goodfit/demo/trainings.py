"""Recipes → four trainings written as runs: what goes wrong in each is made, not drawn.

Every number that is logged was measured on the model. Seeds are fixed, so the same machine writes the same curves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from goodfit.demo.data import N_CLASSES, SIDE_PIXELS, Rows, load_digits, split_digits
from goodfit.demo.model import Mlp
from goodfit.sdk.run import Run

if TYPE_CHECKING:
    import numpy.typing as npt

N_PIXELS = 64
HISTOGRAM_EVERY_EPOCHS = 2
PICTURES_EVERY_EPOCHS = 20
N_PICTURES = 8
ENLARGED = 6


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training: what it learns from, how, and why its curves look as they do."""

    name: str
    lesson: str
    """One English sentence, logged as text with the run."""
    hidden: tuple[int, ...]
    """Widths of the hidden layers."""
    n_train: int
    label_noise: float
    """Share of train labels replaced by random digits."""
    learning_rate: float
    momentum: float
    weight_decay: float
    n_epochs: int
    rate_growth: float = 1.0
    """Factor of the learning rate from one epoch to the next."""
    batch_size: int = 32
    seed: int = 7


RECIPES = (
    Recipe(
        name="healthy",
        lesson="A small network, 1,198 digits, a moderate learning rate and a little weight decay.",
        hidden=(32,), n_train=1198, label_noise=0.0, learning_rate=0.02, momentum=0.9, weight_decay=3e-3, n_epochs=80,
    ),
    Recipe(
        name="overfit",
        lesson="A large network learns 150 digits by heart, a quarter of them with a wrong label.",
        hidden=(256, 256), n_train=150, label_noise=0.25, learning_rate=0.03, momentum=0.9, weight_decay=0.0,
        n_epochs=80,
    ),
    Recipe(
        name="diverging",
        lesson="The learning rate grows by a seventh each epoch until the weights fly apart.",
        hidden=(64, 64), n_train=1198, label_noise=0.0, learning_rate=0.005, momentum=0.97, weight_decay=1e-3,
        n_epochs=50, rate_growth=1.15,
    ),
    Recipe(
        name="underfit",
        lesson="Weight decay so strong that the network cannot leave the trivial answer.",
        hidden=(32,), n_train=1198, label_noise=0.0, learning_rate=0.02, momentum=0.9, weight_decay=0.3, n_epochs=60,
    ),
)  # fmt: skip


def train(recipe: Recipe, digits: Rows, run: Run) -> Iterator[int]:
    """Trains one model and logs it; yields each epoch once that epoch is logged."""
    rng = np.random.default_rng(recipe.seed)
    split = split_digits(digits, n_train=recipe.n_train, label_noise=recipe.label_noise, rng=rng)
    model = Mlp((N_PIXELS, *recipe.hidden, N_CLASSES), rng=rng)
    run.text("lesson", recipe.lesson, step=0)
    run.graph(model.describe())
    run.images("digits", _pictures(split.train.pixels[:N_PICTURES]), step=0)
    rate = recipe.learning_rate
    for epoch in range(recipe.n_epochs):
        order = rng.permutation(len(split.train))
        for start in range(0, len(order), recipe.batch_size):
            rows = order[start : start + recipe.batch_size]
            batch = Rows(split.train.pixels[rows], split.train.labels[rows])
            model.learn(batch, learning_rate=rate, momentum=recipe.momentum, weight_decay=recipe.weight_decay)
        on_train, on_validation = model.score(split.train), model.score(split.validation)
        run.log(
            epoch,
            {
                "loss": on_train.loss,
                "val_loss": on_validation.loss,
                "accuracy": on_train.accuracy,
                "val_accuracy": on_validation.accuracy,
                "learning_rate": rate,
            },
        )
        if epoch % HISTOGRAM_EVERY_EPOCHS == 0 or epoch == recipe.n_epochs - 1:
            _log_layers(model, run, epoch)
        if epoch % PICTURES_EVERY_EPOCHS == PICTURES_EVERY_EPOCHS - 1:
            wrong = model.answers(split.validation.pixels) != split.validation.labels
            if wrong.any():
                run.images("mistakes", _pictures(split.validation.pixels[wrong][:N_PICTURES]), step=epoch)
        rate *= recipe.rate_growth
        yield epoch


def _log_layers(model: Mlp, run: Run, epoch: int) -> None:
    for index, layer in enumerate(model.layers, start=1):
        if np.isfinite(layer.weights).all() and np.isfinite(layer.gradient).all():
            run.histogram(f"dense_{index}/weights", layer.weights, step=epoch)
            run.histogram(f"dense_{index}/gradient", layer.gradient, step=epoch)


def _pictures(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Rows as images of shape [n_rows, side, side, 1], dark on white, large enough to look at."""
    images = 1 - pixels.reshape(-1, SIDE_PIXELS, SIDE_PIXELS)
    return images.repeat(ENLARGED, axis=1).repeat(ENLARGED, axis=2)[..., None]


def write_trainings(
    logdir: str | os.PathLike[str],
    *,
    recipes: tuple[Recipe, ...] = RECIPES,
    goes_on: Callable[[int], bool] = lambda n_epochs: True,
) -> None:
    """Trains all models side by side, an epoch of each in turn, each into a run of its name.

    Args:
        logdir: the folder above the runs; made if missing.
        recipes: what to train.
        goes_on: asked after each epoch, with the number of epochs so far, whether to go on; it may wait first, so that
            one can watch. Trainings that are stopped say that they were killed.
    """
    digits = load_digits()
    with ExitStack() as stack:
        going: list[tuple[Run, Iterator[int]]] = []
        for recipe in recipes:
            hparams = {name: value for name, value in asdict(recipe).items() if name not in ("name", "lesson")}
            hparams["hidden"] = "-".join(map(str, recipe.hidden))
            run = stack.enter_context(Run(Path(logdir) / recipe.name, hparams=hparams))
            going.append((run, train(recipe, digits, run)))
        n_epochs = 0
        while going:
            still = []
            for run, epochs in going:
                if next(epochs, None) is None:
                    run.finish()
                else:
                    still.append((run, epochs))
            going = still
            n_epochs += 1
            if going and not goes_on(n_epochs):
                for run, _ in going:
                    run.finish("killed", "stopped by the user")
                return
