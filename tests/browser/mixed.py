"""A log folder with something for every view: findings, hyperparameters, histograms, a graph, media, bad names."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np

import goodfit

LONG_TAG = "layer/" + "very_long_name_" * 33
SCRIPT_TAG = "<script>document.title='hacked'</script>"
TEXT = """# Heading

**bold** <img src=x onerror="document.title='hacked'"> [bad](javascript:alert(1)) [good](https://example.com)

| a | b |
|---|---|
| 1 | 2 |
"""


def write_mixed(logs: Path) -> None:
    """Six trainings of 60 steps: `rich` has every kind of data and overfits, `sweep/…` differ in hyperparameters."""
    draw = random.Random(3)
    for number in range(5):
        rate = 10 ** (-4 + number * 0.7)
        settings = {"lr": rate, "optimizer": "adam" if number % 2 else "sgd", "seed": number % 2}
        with goodfit.Run(logs / "sweep" / f"s{number}", hparams=settings) as run:
            for step in range(60):
                fall = 0.2 + abs(math.log10(rate) + 2.5) * 0.2 + 2 * math.exp(-step / 10)
                run.log(step, {"loss": fall + draw.gauss(0, 0.01), "val_loss": fall + 0.05 + draw.gauss(0, 0.01)})
    pixels = np.random.default_rng(1)
    with goodfit.Run(logs / "rich 한국어", hparams={"lr": 1e-3, "note": "<b>x</b>"}) as run:
        for step in range(60):
            fall = 0.2 + 2 * math.exp(-step / 10)
            rise = max(0, step - 25) * 0.03
            run.log(step, {"loss": fall + draw.gauss(0, 0.005), "val_loss": fall + rise + draw.gauss(0, 0.01)})
            run.log(step, {LONG_TAG: 1.0, SCRIPT_TAG: float(step)})
        for step in (0, 30, 59):
            run.image("samples", (pixels.random((8, 8, 3)) * 255).astype("uint8"), step=step)
            run.histogram("weights", pixels.normal(0, 1, 300), step=step)
            labels = (pixels.random(200) > 0.5).astype(int)
            run.pr_curve(
                "pr", labels=labels, predictions=np.clip(labels * 0.3 + pixels.random(200) * 0.7, 0, 1), step=step
            )
        run.audio("tone", np.sin(np.arange(2000) / 8).astype("float32")[:, None], step=5, sample_rate=8000)
        run.text("notes", TEXT, step=5)
        run.graph(
            {"pixels": {"op": "Input", "shape": "[64]"}, "net": {"dense": {"op": "Dense", "units": 10}, "relu": "ReLU"}}
        )
