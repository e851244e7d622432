"""Whether every scalar that TensorBoard's own Python reader finds below folders is read the same by ours.

    python -m bench.differential FOLDER... --tensorboard-python VENV/bin/python

TensorBoard reads with everything kept, once without forgetting what restarts left behind, beside all of our points, and
once as it does by default, beside our reading of the same name. It gives up at the first damage, so a run of ours may
hold more points behind it, never fewer or others. Ends with 1 when anything differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from goodfit.query.compat_store import open_store
from goodfit.store.store import Store
from goodfit.types import SeriesKey

THEIRS = """
import json, sys
from tensorboard.backend.event_processing import event_accumulator, plugin_event_multiplexer
from tensorboard.util import tensor_util

loader = plugin_event_multiplexer.EventMultiplexer(
    tensor_size_guidance={"scalars": 0}, size_guidance={event_accumulator.TENSORS: 0},
    purge_orphaned_data=sys.argv[2] == "purge"
)
loader.AddRunsFromDirectory(sys.argv[1])
loader.Reload()
found = {}
for run, plugins in loader.Runs().items():
    for tag in loader.PluginRunToTagToContent("scalars").get(run, {}):
        events = loader.Tensors(run, tag)
        try:
            values = [float(tensor_util.make_ndarray(event.tensor_proto).reshape(())) for event in events]
        except (ValueError, TypeError):
            continue  # a tag whose values are no scalars for TensorBoard either
        found.setdefault(run, {})[tag] = [[e.step for e in events], [e.wall_time for e in events], values]
print(json.dumps(found))
"""


@dataclass
class Comparison:
    """What was compared so far, and what differs."""

    n_files: int = 0
    n_runs: int = 0
    n_series: int = 0
    n_points: int = 0
    differences: list[str] = field(default_factory=list)

    def add(self, root: Path, store: Store, theirs: dict[str, dict[str, list[list[float]]]]) -> None:
        """Compares every series that TensorBoard found below a folder."""
        damaged = {issue.path.rpartition("/")[0] or "." for issue in store.list_issues()}
        self.n_files += sum(file.run in theirs for file in store.list_files())
        self.n_runs += len(theirs)
        for run, tags in theirs.items():
            for tag, columns in tags.items():
                ours = store.read_scalars(SeriesKey(run, tag))
                n = len(columns[0])
                self.n_series, self.n_points = self.n_series + 1, self.n_points + n
                for name, own, other in zip(
                    ("steps", "wall times", "values"), (ours.steps, ours.wall_times, ours.values), columns, strict=True
                ):
                    is_longer = len(own) > n and run not in damaged
                    is_same = len(own) >= n and np.array_equal(own[:n], np.array(other), equal_nan=name == "values")
                    if is_longer or not is_same:
                        lengths = f"{len(own)} and {n} points"
                        self.differences.append(f"{root}: {name} of {tag!r} in run {run!r} differ ({lengths})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--tensorboard-python", required=True, help="interpreter of an environment with tensorboard")
    arguments = parser.parse_args()
    differences: list[str] = []
    for reading, compat in (("keep", None), ("purge", "tensorboard-python")):
        found = Comparison()
        for root in arguments.folders:
            command = [arguments.tensorboard_python, "-c", THEIRS, str(root), reading]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            store = open_store(root, compat=compat)
            store.refresh()
            found.add(root, store, json.loads(run.stdout.splitlines()[-1]))
        differences += found.differences
        counts = f"{found.n_files} files, {found.n_runs} runs, {found.n_series} series, {found.n_points:,} points"
        print(f"{compat or 'all'}: {counts} compared")
    print("\n".join(differences) or "no difference")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
