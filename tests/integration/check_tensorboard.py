"""Everything that goodfit.Run writes, read back by TensorBoard value for value."""

import math
import sys
from pathlib import Path

import numpy as np
from board import Board, equal, fast_loader_scalars, legacy_scalars
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.plugins.mesh import plugin_data_pb2 as mesh_pb2
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

import goodfit

logs = Path(sys.argv[1])
rng = np.random.default_rng(0)
values = [0.3, -1e-8, math.nan, math.inf, -math.inf, 1e30, 16777217.0, 5]
weights = rng.normal(size=1000)
picture = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
sound = np.sin(np.arange(800) / 9)

with goodfit.Run(logs / "all", hparams={"lr": 1e-3, "act": "relu", "deep": True}, on_error="raise") as run:
    for step, value in enumerate(values):
        run.log(step, {"loss": value, "train/twice": 2 * value})
    run.scalar("described", 0.5, step=3, description="what it *is*")
    run.histogram("weights", weights, step=4)
    run.histogram("constant", np.full(9, 2.5), step=4)
    run.image("picture", picture, step=1)
    run.images("pictures", np.stack([picture, picture]), step=1)
    run.text("note", "hello **world**", step=2)
    run.audio("sound", sound, sample_rate=8000, step=0)
    run.pr_curve("curve", weights[:50] > 0, 1 / (1 + np.exp(-weights[:50])), step=0, num_thresholds=11)
    run.mesh("shape", [[0, 0, 0], [1, 0, 0], [0, 1, 0]], faces=[[0, 1, 2]], colors=[[255, 0, 0]] * 3, step=0)
    run.custom_scalars(
        {"losses": {"both": ["Multiline", ["loss", "train/twice"]], "band": ["Margin", ["a", "b", "c"]]}}
    )
    run.graph({"input": "Input", "dense": {"op": "Dense", "units": 3}})
    run.embedding("points", weights[:12].reshape(4, 3), metadata=list("abcd"), images=rng.random((4, 3, 2, 2)))
with goodfit.Run(logs / "exact", double_precision=True, on_error="raise") as run:
    run.log(7, {"x": 0.1})

board = Board(logs)
assert board.runs == ["all", "exact"], board.runs
expected = [(step, np.float32(value)) for step, value in enumerate(values)]
for read in (board.scalars("all", "loss"), legacy_scalars(logs / "all", "loss"), board.points("all", "loss")):
    assert [step for step, _ in read] == list(range(len(values)))
    assert all(equal(np.float32(a), b) for (_, a), (_, b) in zip(read, expected, strict=True)), read
assert board.scalars("exact", "x") == [(7, 0.1)]
tags = board.tags("all")
assert tags["described"] == "scalars" and board.metadata("all", "described").summary_description == "what it *is*"
[(step, rows)] = board.points("all", "weights")
counts, edges = np.histogram(weights, bins=30)
assert step == 4 and equal(rows[:, 2], counts) and np.allclose(rows[:, 0], edges[:-1]) and rows[-1, 1] == weights.max()
[(_, rows)] = board.points("all", "constant")
assert rows[:, 2].tolist() == [0.0] * 29 + [9.0] and (rows[:, :2] == 2.5).all()
[(_, texts)] = board.points("all", "note")
assert texts.item() == b"hello **world**" and tags["note"] == "text"
[(_, image)] = board.points("all", "picture")
assert image[:2].tolist() == [b"7", b"5"] and image[2][:4] == b"\x89PNG"
assert len(board.points("all", "pictures")[0][1]) == 4
[(_, clip)] = board.points("all", "sound")
assert clip.shape == (1,) and clip[0][:4] == b"RIFF"
[(_, curve)] = board.points("all", "curve")
assert curve.shape == (6, 11) and curve[0, 0] == (weights[:50] > 0).sum() and curve[2, 0] == 0
mesh = mesh_pb2.MeshPluginData.FromString(board.metadata("all", "shape_FACE").plugin_data.content)
assert mesh.name == "shape" and mesh.content_type == mesh_pb2.MeshPluginData.FACE and list(mesh.shape) == [1, 1, 3]
layout = layout_pb2.Layout.FromString(board.points("all", "custom_scalars__config__")[0][1].item())
assert list(layout.category[0].chart[0].multiline.tag) == ["loss", "train/twice"]
assert layout.category[0].chart[1].margin.series[0].upper == "c"
graph = board.graph("all")
assert [(node.name, node.op, list(node.input)) for node in graph.node] == [
    ("input", "Input", []),
    ("dense", "Dense", ["input"]),
]
start = plugin_data_pb2.HParamsPluginData.FromString(
    board.metadata("all", "_hparams_/session_start_info").plugin_data.content
).session_start_info
assert start.hparams["lr"].number_value == 1e-3 and start.hparams["act"].string_value == "relu"
assert start.hparams["deep"].bool_value is True
end = plugin_data_pb2.HParamsPluginData.FromString(
    board.metadata("all", "_hparams_/session_end_info").plugin_data.content
).session_end_info
assert end.status == 1 and end.end_time_secs >= start.start_time_secs
from google.protobuf import text_format  # noqa: E402  after the files are there

config = text_format.Parse((logs / "all" / "projector_config.pbtxt").read_text(), ProjectorConfig())
for path in (
    config.embeddings[0].tensor_path,
    config.embeddings[0].metadata_path,
    config.embeddings[0].sprite.image_path,
):
    assert (logs / "all" / path).is_file(), path

fast = fast_loader_scalars(logs, "all", "loss")
assert [step for step, _ in fast] == list(range(len(values))), fast
assert all(equal(np.float32(a), b) for (_, a), (_, b) in zip(fast, expected, strict=True)), fast
# As documented: the fast loader refuses float64 scalars, which is why they are not the default.
assert fast_loader_scalars(logs, "exact", "x") == []
