"""A log folder with groups of runs, a layout, a PR curve, an embedding with labels and pictures, meshes and a cloud."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np

import goodfit
from goodfit.tensorboard import SummaryWriter

N_POINTS = 300
KINDS = ("cat", "dog", "bird")


def write_spaces(logs: Path) -> None:
    """Twelve trainings by architecture and seed; the first of them has everything else."""
    draw = random.Random(5)
    for arch, floor in (("vit", 0.3), ("resnet", 0.5)):
        for seed in range(6):
            with goodfit.Run(logs / f"{arch}-s{seed}", hparams={"arch": arch, "seed": seed}) as run:
                for step in range(50):
                    loss = floor + 2 * math.exp(-step / 12) + draw.gauss(0, 0.02)
                    run.log(step, {"train/loss": loss, "val/loss": loss + 0.1, "tokens": step * 4096.0})
                    run.log(step, {"ratio": 1 - loss / 3, "ratio_low": 0.8 - loss / 3, "ratio_high": 1.2 - loss / 3})
    with SummaryWriter(str(logs / "vit-s0")) as writer:
        writer.add_custom_scalars(
            {
                "Losses": {"both halves": ["Multiline", ["(train|val)/loss"]]},
                "Ratios": {"with bounds": ["Margin", ["ratio", "ratio_low", "ratio_high"]]},
            }
        )
        labels = np.arange(200) % 2
        scores = np.clip(labels * 0.4 + np.random.default_rng(4).random(200) * 0.6, 0, 1)
        writer.add_pr_curve("quality", labels, scores, 0)
        write_embedding(writer)
        write_meshes(writer)


def write_embedding(writer: SummaryWriter) -> None:
    """Three clusters of 300 points in 10 dimensions; one point is NaN."""
    draw = np.random.default_rng(2)
    middles = draw.normal(0, 4, (3, 10))
    kinds = np.arange(N_POINTS) % 3
    points = middles[kinds] + draw.normal(0, 1, (N_POINTS, 10))
    points[7, 3] = np.nan
    labels = [[f"{KINDS[kind]} {number}", KINDS[kind], f"{number / 7:.3f}"] for number, kind in enumerate(kinds)]
    pictures = np.zeros((N_POINTS, 3, 8, 8))
    for number, kind in enumerate(kinds):
        pictures[number, kind, 1:7, 1:7] = 0.5 + 0.5 * draw.random()
    writer.add_embedding(points, labels, pictures, 0, "animals", ["name", "kind", "size"])


def write_meshes(writer: SummaryWriter) -> None:
    """A coloured sphere that grows over three steps, and a cloud of points."""
    n_rings, n_around = 24, 36
    polar, around = np.meshgrid(
        np.linspace(0, np.pi, n_rings), np.linspace(0, 2 * np.pi, n_around, endpoint=False), indexing="ij"
    )
    sphere = np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], axis=-1)
    corner = np.arange(n_rings * n_around).reshape(n_rings, n_around)
    here, right = corner[:-1], np.roll(corner, -1, axis=1)[:-1]
    below, diagonal = corner[1:], np.roll(corner, -1, axis=1)[1:]
    faces = np.concatenate([np.stack([here, right, below], -1), np.stack([right, diagonal, below], -1)]).reshape(-1, 3)
    vertices = sphere.reshape(-1, 3)
    colours = ((vertices + 1) * 127).astype(int)
    for step in (0, 10, 20):
        bulge = 1 + 0.02 * step * np.sin(5 * vertices[:, :1])
        writer.add_mesh("sphere", (vertices * bulge)[None], colors=colours[None], faces=faces[None], global_step=step)
    cloud = np.random.default_rng(3).normal(0, 1, (1, 3000, 3))
    writer.add_mesh("cloud", cloud, global_step=10)
