"""Two interleaved half circles with noise: a small problem that every example learns."""

import numpy as np


def make_moons(n: int, *, noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points of shape [n, 2] and labels 0 or 1."""
    labels = rng.integers(0, 2, n)
    angles = rng.uniform(0, np.pi, n)
    x = np.where(labels, 1 - np.cos(angles), np.cos(angles))
    y = np.where(labels, 0.5 - np.sin(angles), np.sin(angles))
    points = np.stack([x, y], axis=1) + rng.normal(0, noise, (n, 2))
    return points.astype(np.float32), labels.astype(np.int64)


def batches(x: np.ndarray, y: np.ndarray, *, size: int, rng: np.random.Generator):
    """The rows in random order, `size` at a time."""
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield x[rows], y[rows]
