"""Writes expected.json beside it: what both of TensorBoard's readers show of trainings that were stopped and went on.

Run in an environment with `tensorboard==2.21.0` and `tensorboard-data-server==0.7.2`; not part of the tests. The event
files are made here, byte by byte, from the table below, and kept in it: a case is the version, if any, of each file and
its records as [step, wall time], or [step, wall time, "START"].
"""

import json
import struct
import sys
import tempfile
from pathlib import Path

from tensorboard import context
from tensorboard.backend.event_processing import data_provider, plugin_event_accumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util, tensor_util

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "integration"))


def points(steps, start=1000.0):
    return [[step, start + index] for index, step in enumerate(steps)]


CASES = {
    "five points at one step": [(2, points([0] * 5))],
    "goes back without a word": [(2, points([*range(10), 5, 6, 7]))],
    "goes back twice": [(2, points([0, 1, 2, 3, 1, 2, 3, 4, 2, 3]))],
    "goes back without a version": [(None, points([*range(10), 5, 6, 7]))],
    "goes back in version 1": [(1, points([0, 1, 2, 3, 4, 2, 3]))],
    "repeats its last step": [(2, points([0, 1, 2, 2, 3]))],
    "repeats its last step in version 1": [(1, points([0, 1, 2, 2, 3]))],
    "first start": [(2, [*points(range(10)), [5, 1100.0, "START"], *points([5, 6], 1101.0)])],
    "second start": [(2, [[0, 999.0, "START"], *points(range(10)), [5, 1100.0, "START"], *points([5, 6, 7], 1101.0)])],
    "second start, nothing after": [(2, [[0, 999.0, "START"], *points(range(10)), [5, 1100.0, "START"]])],
    "three starts": [
        (
            2,
            [
                [0, 999.0, "START"],
                *points(range(6)),
                [4, 1100.0, "START"],
                *points([4, 5, 6], 1101.0),
                [2, 1200.0, "START"],
                *points([2, 3], 1201.0),
            ],
        )
    ],
    "two files": [(2, points(range(4))), (2, points([2, 3, 4], 1100.0))],
    "negative steps": [(2, points([-3, -2, -1, -2, 0]))],
}


def frame(data):
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    length = struct.pack("<Q", len(data))
    crc = [struct.pack("<I", masked_crc32c(part)) for part in (length, data)]
    return length + crc[0] + data + crc[1]


def write(folder, files):
    folder.mkdir(parents=True)
    for number, (version, records) in enumerate(files):
        events = [Event(wall_time=990.0, file_version=f"brain.Event:{version}")] if version is not None else []
        for index, (step, wall_time, *what) in enumerate(records):
            event = Event(wall_time=wall_time, step=step)
            if what:
                event.session_log.status = SessionLog.START
            else:
                event.summary.value.add(tag="loss", simple_value=100.0 * number + index)
            events.append(event)
        name = f"events.out.tfevents.{1000 + number}.host"
        (folder / name).write_bytes(b"".join(frame(event.SerializeToString()) for event in events))


def by_python(folder):
    accumulator = plugin_event_accumulator.EventAccumulator(str(folder)).Reload()
    events = accumulator.Tensors("loss")
    return [[event.step, event.wall_time, float(tensor_util.make_ndarray(event.tensor_proto))] for event in events]


def by_rust(logdir):
    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=str(logdir),
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={"scalars": 10**6},
    )
    ingester.start()
    found = {}
    while len(found) < len(CASES):
        series = ingester.data_provider.read_scalars(
            context.RequestContext(), experiment_id="", plugin_name="scalars", downsample=10**6,
            run_tag_filter=data_provider.provider.RunTagFilter(),
        )  # fmt: skip
        found = {run: [[d.step, d.wall_time, d.value] for d in tags["loss"]] for run, tags in series.items()}
    return found


with tempfile.TemporaryDirectory() as name:
    logdir = Path(name)
    for case, files in CASES.items():
        write(logdir / case, files)
    rust = by_rust(logdir)
    expected = {
        case: {"files": files, "tensorboard-python": by_python(logdir / case), "tensorboard-rust": rust[case]}
        for case, files in CASES.items()
    }
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
for case, one in expected.items():
    print(case, [step for step, *_ in one["tensorboard-python"]], [step for step, *_ in one["tensorboard-rust"]])
