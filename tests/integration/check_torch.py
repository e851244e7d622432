"""goodfit.tensorboard.SummaryWriter against torch's own call by call, torch values in goodfit.Run, and the graphs of
modules.
"""

import io
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch_loop
from board import Board, equal
from documented import run_examples
from PIL import Image
from tensorboardX import SummaryWriter as TensorboardX
from torch.utils.tensorboard import SummaryWriter as Theirs

import goodfit
from goodfit.tensorboard import SummaryWriter as Ours

logs = Path(sys.argv[1])
rng = np.random.default_rng(0)
torch.manual_seed(0)
picture = rng.integers(0, 256, (3, 5, 7), dtype=np.uint8)
labels, scores = rng.integers(0, 2, 40), rng.random(40)


def write_all(writer):
    torch.manual_seed(0)
    for step in range(5):
        writer.add_scalar("loss", torch.tensor(0.3 * step), step)
    writer.add_scalar("nan", math.nan, 2)
    writer.add_scalar("new", 0.1, 2, new_style=True)
    writer.add_scalar("double", 0.1, 2, new_style=True, double_precision=True)
    writer.add_scalars("group/of", {"a": 1.0, "b": 2.0}, 3)
    writer.add_histogram("values", torch.randn(100), 1)
    writer.add_histogram_raw("raw", 0, 3, 6, 9, 15, [1.0, 2.0, 3.0], [1, 2, 3], 1)
    writer.add_image("picture", picture, 1)
    writer.add_image("flat", picture[0], 1, dataformats="HW")
    writer.add_images("pictures", np.stack([picture, picture]), 1)
    for axes in ("CHW", "HWC", "WHC"):
        turned = picture.transpose(["CHW".index(axis) for axis in axes])
        writer.add_image(f"axes/{axes}", turned, 1, dataformats=axes)
        writer.add_image(f"floats/{axes}", torch.tensor(turned / 255.0), 1, dataformats=axes)
    for axes in ("NCHW", "NHWC"):
        turned = np.stack([picture, 255 - picture]).transpose(["NCHW".index(axis) for axis in axes])
        writer.add_images(f"axes/{axes}", turned, 1, dataformats=axes)
    writer.add_image("gray", picture[:1], 1)
    writer.add_image("beyond", np.full((3, 4, 4), 2.0), 1)
    writer.add_image("timed", picture, 1, walltime=1234.5)
    writer.add_image_with_boxes("boxed", picture, np.array([[1, 1, 4, 4]]), 1)
    writer.add_text("note", "hello", 4)
    writer.add_audio("sound", torch.sin(torch.arange(800) / 9)[None], 1, sample_rate=8000)
    writer.add_pr_curve("curve", labels, scores, 1, num_thresholds=11)
    writer.add_pr_curve_raw("raw_curve", [3, 2], [1, 0], [1, 2], [0, 1], [0.75, 1.0], [1.0, 0.66], 1, num_thresholds=2)
    writer.add_tensor("tensor", torch.arange(6.0).reshape(2, 3), 1)
    for bins in ("auto", "fd", "doane", "sqrt"):
        writer.add_histogram(f"bins/{bins}", torch.arange(50.0), 1, bins=bins)
    writer.add_mesh("mesh", torch.zeros(1, 4, 3), global_step=1)
    writer.add_custom_scalars({"c": {"d": ["Multiline", ["loss"]]}})
    writer.add_embedding(
        torch.arange(12.0).reshape(4, 3), metadata=list("abcd"), label_img=torch.rand(4, 3, 2, 2), global_step=1
    )
    writer.add_hparams({"lr": 0.1, "act": "relu"}, {"score": 0.5}, run_name="hp")
    writer.flush()
    writer.close()


def pixels(strings):
    """The pictures of a batch side by side, as torch joins them; gray ones as it writes them, in three channels."""
    pictures = [np.asarray(Image.open(io.BytesIO(png)).convert("RGB")) for png in strings[2:]]
    return np.concatenate(pictures, axis=1).astype(int)


write_all(Theirs(logs / "theirs"))
ours = Ours(logs / "ours")
write_all(ours)
assert ours.guard.counts == {}, ours.guard.counts
board = Board(logs)
strip = {run.removeprefix("ours") for run in board.runs if run.startswith("ours")}
assert strip == {run.removeprefix("theirs") for run in board.runs if run.startswith("theirs")}, board.runs
for run in strip:
    mine, own = board.tags(f"ours{run}"), board.tags(f"theirs{run}")
    assert mine == own, (run, set(mine) ^ set(own), mine, own)
    for tag, plugin in mine.items():
        left, right = board.points(f"ours{run}", tag), board.points(f"theirs{run}", tag)
        assert [step for step, _ in left] == [step for step, _ in right], (run, tag)
        for (_, a), (_, b) in zip(left, right, strict=True):
            if plugin in ("scalars", "text", "custom_scalars", "mesh"):
                assert equal(a, b), (run, tag, a, b)
            elif plugin == "pr_curves":
                assert np.allclose(a, b, atol=1e-6), (a, b)
            elif plugin == "images" and tag != "boxed":
                assert np.abs(pixels(a) - pixels(b)).max() <= 1, (run, tag)
            elif plugin == "tensor":
                assert equal(a, b), (run, tag, a, b)
            elif plugin == "histograms":
                assert a[:, 2].sum() == b[:, 2].sum() and np.isclose(a[-1, 1], b[-1, 1]), (tag, a, b)

# What torch and tensorboardX wrote, our reader reads value for value.
write_x = TensorboardX(str(logs / "x"))
for step in range(5):
    write_x.add_scalar("loss", 0.3 * step, step)
write_x.close()
read = goodfit.open(logs)
for run in ("theirs", "ours", "x"):
    series = read[run].scalars["loss"]
    assert series.steps.tolist() == [0, 1, 2, 3, 4]
    assert equal(series.values.astype("f4"), np.float32([0.3 * step for step in range(5)])), run

# What add_scalars got, exported with the same words.
exported = []
for name, Writer in (("x_export", TensorboardX), ("own_export", Ours)):
    with Writer(logdir=str(logs / name)) as writer:
        for step in (3, np.int32(4), torch.tensor(5), None):
            plain_step = step if step is None or Writer is Ours else int(step)  # tensorboardX fails on others
            values = {"a": 0.1, "b": np.float32(0.1), "c": torch.tensor(0.1), "d": math.nan, "e": 7}
            writer.add_scalars("group/of", values, plain_step, walltime=1234.5)
        writer.export_scalars_to_json(logs / f"{name}.json")
    exported.append((logs / f"{name}.json").read_text().replace(f"/{name}/", "/"))
assert exported[0] == exported[1], exported

# A title and a description, as tensorboardX's scalars have them.
for name, Writer in (("x_words", TensorboardX), ("own_words", Ours)):
    with Writer(logdir=str(logs / name)) as words:
        for step in range(3):
            words.add_scalar("loss", 0.5 * step, step, display_name="Loss", summary_description="what it *is*")
board = Board(logs)
for name in ("x_words", "own_words"):
    said = board.metadata(name, "loss")
    assert (said.display_name, said.summary_description) == ("Loss", "what it *is*"), (name, said)
    assert board.scalars(name, "loss") == [(0, 0.0), (1, 0.5), (2, 1.0)], name
for Writer in (TensorboardX, Ours):
    with Writer(logdir=str(logs / "nowhere"), write_to_disk=False) as none:
        none.add_scalar("loss", 1.0, 0)
        none.add_histogram("values", np.arange(5.0), 0)
assert not (logs / "nowhere").exists()

# Torch values by the cheap call: every kind that holds one number.
with goodfit.Run(logs / "values", on_error="raise") as run:
    run.log(
        torch.tensor(3),
        {
            "grad": torch.tensor(1.5, requires_grad=True),
            "half": torch.tensor(2.5, dtype=torch.bfloat16),
            "one": torch.ones(1, 1),
            "int": torch.tensor(7),
        },
    )
    run.histogram("bits", torch.randn(10).to(torch.bfloat16), step=0)
board = Board(logs)
assert [board.scalars("values", tag) for tag in ("grad", "half", "one", "int")] == [
    [(3, 1.5)],
    [(3, 2.5)],
    [(3, 1.0)],
    [(3, 7.0)],
]


class Residual(torch.nn.Module):
    """Two branches that meet again, by a plain addition."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = (torch.nn.Linear(4, 4) for _ in range(3))

    def forward(self, x):
        left = self.first(x)
        return self.last(torch.relu(left) + self.second(left))


module = Residual().train()
with goodfit.Run(logs / "graph", on_error="raise") as run:
    run.graph(module, input=torch.zeros(2, 4))
assert module.training
edges = {node.name: list(node.input) for node in Board(logs).graph("graph").node}
assert edges == {
    "input": [], "first": ["input"], "second": ["first"], "last": ["first", "second"], "output": ["last"],
}, edges  # fmt: skip

# The example, by each writer.
for writer in ("run", "goodfit", "torch"):
    history = torch_loop.train(str(logs / f"loop_{writer}"), epochs=3, writer=writer)
    for tag, values in history.items():
        series = goodfit.open(logs)[f"loop_{writer}"].scalars[tag]
        assert equal(series.values.astype("f4"), np.asarray(values, "f4")), (writer, tag)
    pairs = goodfit.open(logs).training(f"loop_{writer}").pairs
    assert any(pair.metric == "loss" and pair.train and pair.validation for pair in pairs), pairs

assert run_examples("torch") >= 2
