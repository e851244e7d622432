"""Writes tensorboard_values.json: what TensorBoard 2.21.0's own reader gives for the scalars and histograms here.

Run from this folder in an environment with `tensorboard==2.21.0`; not part of the tests.
"""

import json
from pathlib import Path

from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

HERE = Path(__file__).parent

scalars, histograms = {}, {}
for folder in sorted({path.parent for path in HERE.glob("**/*tfevents*")}):
    run = folder.relative_to(HERE).as_posix()
    accumulator = EventAccumulator(str(folder), tensor_size_guidance={"scalars": 0, "histograms": 0})
    accumulator._tensor_size_guidance = dict.fromkeys(("scalars", "histograms"), 0) | {"images": 1, "audio": 1}
    accumulator.Reload()
    plugins = accumulator._plugin_to_tag_to_content
    for tag in sorted(plugins.get("scalars", ())):
        rows = []
        for event in accumulator.Tensors(tag):
            rows.append([event.wall_time, event.step, float(tensor_util.make_ndarray(event.tensor_proto).item())])
        scalars.setdefault(run, {})[tag] = rows
    for tag in sorted(plugins.get("histograms", ())):
        histograms.setdefault(run, {})[tag] = [
            {
                "index": index,
                "step": event.step,
                "buckets": tensor_util.make_ndarray(event.tensor_proto).astype(float).ravel().tolist(),
            }
            for index, event in enumerate(accumulator.Tensors(tag))
            if index % 10 < 2  # enough, and a tenth of the size
        ]

found = {"scalars": scalars, "histograms": histograms, "n_scalar_series": sum(map(len, scalars.values()))}
(HERE / "tensorboard_values.json").write_text(json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n")
