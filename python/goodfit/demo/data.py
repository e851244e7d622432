"""digits.npz → rows to train on and rows held back."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

N_CLASSES = 10
SIDE_PIXELS = 8


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples of one half."""

    pixels: npt.NDArray[np.float32]
    """Shape [n_rows, 64], 0 to 1."""
    labels: npt.NDArray[np.int64]
    """Shape [n_rows], 0 to 9."""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Split:
    """The two halves; no row is in both."""

    train: Rows
    validation: Rows


def load_digits() -> Rows:
    """All 1,797 digits, in the order of the file."""
    with resources.files("goodfit.demo").joinpath("digits.npz").open("rb") as file, np.load(file) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    pixels = images.reshape(len(images), -1).astype(np.float32) / np.float32(16)
    return Rows(pixels, labels.astype(np.int64))


def split_digits(digits: Rows, *, n_train: int, label_noise: float, rng: np.random.Generator) -> Split:
    """Draws rows to train on; a third of all rows, the same for every `rng` of one seed, is held back.

    Args:
        digits: all rows.
        n_train: rows to train on, at most two thirds of all.
        label_noise: share of train labels that are replaced by a random digit, 0 to 1. Held-back labels stay true.
        rng: draws the rows and the noise.
    """
    order = rng.permutation(len(digits))
    held_back, rest = order[: len(digits) // 3], order[len(digits) // 3 :]
    chosen = rest[:n_train]
    labels = digits.labels[chosen].copy()
    wrong = rng.permutation(len(labels))[: round(label_noise * len(labels))]
    labels[wrong] = rng.integers(0, N_CLASSES, len(wrong))
    return Split(
        train=Rows(digits.pixels[chosen], labels),
        validation=Rows(digits.pixels[held_back], digits.labels[held_back]),
    )
