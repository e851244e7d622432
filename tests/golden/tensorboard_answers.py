"""Writes tensorboard_answers.json: what TensorBoard 2.21.0's server, with its Python reader, answers for these logs.

Run from anywhere in an environment with `tensorboard==2.21.0`; not part of the tests. Histograms of hundreds of
buckets are left out (tensorboard_values.json has them), texts too (TensorBoard renders their Markdown, we do not).
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "integration"))

from tensorboard_page import Page, tensorboard  # noqa: E402

SERVED = (
    "data/runs", "data/plugin/scalars/", "data/plugin/histograms/", "data/plugin/distributions/", "data/plugin/images/",
    "data/plugin/audio/", "data/plugin/timeseries/", "data/plugin/graphs/", "data/plugin/pr_curves/",
    "data/plugin/text/tags", "data/plugin/mesh/", "data/plugin/custom_scalars/", "hparams ",
)  # fmt: skip
MAX_CHARS = 200_000

with tensorboard(f"--logdir={HERE}", "--load_fast=false", "--reload_interval=0", "--reload_task=blocking") as base:
    answers = Page(base).everything()
kept = {
    path: answer for path, answer in answers.items() if path.startswith(SERVED) and len(json.dumps(answer)) <= MAX_CHARS
}
(HERE / "tensorboard_answers.json").write_text(json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n")
print(len(kept), "of", len(answers))
