"""A log folder → what TensorBoard's own readers make of it: the legacy accumulator, and the data provider behind its
page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from tensorboard import context
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

NO_SAMPLING = dict.fromkeys(("scalars", "tensors", "images", "histograms", "audio", "compressedHistograms"), 0)


class Board:
    """Everything below `logdir` as TensorBoard sees it, nothing sampled away."""

    def __init__(self, logdir: str | Path) -> None:
        self.multiplexer = plugin_event_multiplexer.EventMultiplexer(
            size_guidance={"tensors": 0}, tensor_size_guidance={"scalars": 0, "images": 0, "histograms": 0, "text": 0}
        )
        self.multiplexer.AddRunsFromDirectory(str(logdir))
        self.multiplexer.Reload()
        self.provider = data_provider.MultiplexerDataProvider(self.multiplexer, str(logdir))
        self.logdir = str(logdir)

    @property
    def runs(self) -> list[str]:
        return sorted(self.multiplexer.Runs())

    def tags(self, run: str) -> dict[str, str]:
        """Plugin by tag."""
        accumulator = self.multiplexer.GetAccumulator(run)
        metadata = accumulator.summary_metadata  # lacks tags without a plugin
        tags = sorted(accumulator.Tags()["tensors"])
        return {tag: metadata[tag].plugin_data.plugin_name if tag in metadata else "" for tag in tags}

    def points(self, run: str, tag: str) -> list[tuple[int, Any]]:
        """Step and numpy value of each point."""
        accumulator = self.multiplexer.GetAccumulator(run)
        return [(event.step, tensor_util.make_ndarray(event.tensor_proto)) for event in accumulator.Tensors(tag)]

    def metadata(self, run: str, tag: str) -> Any:
        from tensorboard.compat.proto.summary_pb2 import SummaryMetadata

        return self.multiplexer.GetAccumulator(run).summary_metadata.get(tag, SummaryMetadata())

    def graph(self, run: str) -> Any:
        return self.multiplexer.GetAccumulator(run).Graph()

    def scalars(self, run: str, tag: str) -> list[tuple[int, float]]:
        """Points as the scalars page gets them from the data provider."""
        series = self.provider.read_scalars(
            context.RequestContext(),
            experiment_id=self.logdir,
            plugin_name="scalars",
            downsample=10**9,
            run_tag_filter=data_provider.provider.RunTagFilter(runs=[run], tags=[tag]),
        )
        return [(datum.step, datum.value) for datum in series[run][tag]]


def legacy_scalars(run_folder: str | Path, tag: str) -> list[tuple[int, float]]:
    """Points by the accumulator that most scripts use."""
    accumulator = EventAccumulator(str(run_folder), size_guidance=NO_SAMPLING).Reload()
    if tag in accumulator.Tags()["scalars"]:
        return [(event.step, event.value) for event in accumulator.Scalars(tag)]
    return [(event.step, float(tensor_util.make_ndarray(event.tensor_proto))) for event in accumulator.Tensors(tag)]


def equal(left: Any, right: Any) -> bool:
    """Equal to the last bit, NaN to NaN."""
    left, right = np.asarray(left), np.asarray(right)
    if left.dtype.kind in "OSU":
        return bool((left == right).all())
    return left.shape == right.shape and bool(np.array_equal(left, right, equal_nan=True))


def fast_loader_scalars(logdir: str | Path, run: str, tag: str) -> list[tuple[int, float]]:
    """Points by TensorBoard's fast loader, the data server written in Rust, over its own protocol."""
    from tensorboard.data import server_ingester
    from tensorboard.util import grpc_util

    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=str(logdir),
        reload_interval=1,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={"scalars": 10**6},
    )
    ingester.start()  # returns when the first reading is done
    series = ingester.data_provider.read_scalars(
        context.RequestContext(),
        experiment_id="",
        plugin_name="scalars",
        downsample=10**6,
        run_tag_filter=data_provider.provider.RunTagFilter(runs=[run], tags=[tag]),
    )
    return [(datum.step, datum.value) for datum in series.get(run, {}).get(tag, [])]
