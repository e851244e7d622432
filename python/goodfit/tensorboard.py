"""The methods and arguments of torch.utils.tensorboard.SummaryWriter, without torch and without TensorBoard.

    from goodfit.tensorboard import SummaryWriter
    with SummaryWriter("runs/exp1") as writer:
        writer.add_scalar("loss", 0.3, global_step=7)

Tags and folders are as torch writes them (`add_scalars` and `add_hparams` make runs of their own, `add_text` adds
`/text_summary`). It differs where that costs nothing: values reach the file within a second, `add_images` keeps a
batch as several images, histograms have 30 equal buckets unless told otherwise, and a mistake in a call is told once
instead of ending the training.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument, MissingExtra
from goodfit.sdk._guard import Guard, guarded
from goodfit.sdk.event_file import FLUSH_S, GRAPH_DEF, SESSION_LOG, EventFile
from goodfit.sdk.no_file import NoFile
from goodfit.sdk.payload import Payload
from goodfit.sdk.scalar_export import ScalarExport
from goodfit.sdk.values import number_of, step_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["SummaryWriter"]

_START = 1  # event.proto, SessionLog.START


class SummaryWriter:
    """Writes event files for TensorBoard and Goodfit.

    Args:
        log_dir: The run's folder; default: `runs/<date>_<host><comment>`.
        comment: Ends the default folder's name.
        purge_step: When resuming after a crash, readers drop points from this step on.
        max_queue: Accepted; values do not wait for a number of others.
        flush_secs: Values reach the file at most this long after they came, and never later than a second.
        filename_suffix: Ends the event file's name.
        logdir: What tensorboardX calls `log_dir`.
        write_to_disk: False writes nothing and makes no folder; arguments are looked at all the same.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        *,
        logdir: str | os.PathLike[str] | None = None,
        write_to_disk: bool = True,
    ) -> None:
        log_dir = log_dir or logdir
        if not log_dir:
            host = os.uname().nodename if hasattr(os, "uname") else "localhost"
            log_dir = os.path.join("runs", f"{time.strftime('%b%d_%H-%M-%S')}_{host}{comment}")  # noqa: PTH118
        self.log_dir = os.fspath(log_dir)
        self.guard = Guard(f"SummaryWriter {self.log_dir!r}")
        self._flush_s = min(float(flush_secs), FLUSH_S)
        self._suffix = filename_suffix
        self._writes = bool(write_to_disk)
        self._files: dict[str, EventFile | NoFile] = {}
        self._layout: dict[str, dict[str, list[Any]]] = {}
        self._exported = ScalarExport()
        file = self._file("")
        if purge_step is not None:
            from goodfit.wire import integer

            file.add_field(SESSION_LOG, integer(1, _START), step=int(purge_step))

    def _file(self, run: str) -> EventFile | NoFile:
        """The event file of the sub-run `run`, of the run itself for an empty name."""
        if run not in self._files and not self._writes:
            self._files[run] = NoFile()
        elif run not in self._files:
            folder = os.path.join(self.log_dir, run) if run else self.log_dir  # noqa: PTH118
            self._files[run] = EventFile(folder, self.guard, suffix=self._suffix, flush_s=self._flush_s)
        return self._files[run]

    def _add(
        self,
        tag: str,
        payload: Payload,
        global_step: Any,
        walltime: float | None,
        run: str = "",
        description: str = "",
    ) -> None:
        self._file(run).add(_step(global_step), tag, payload, description=description, wall_time=walltime)

    def get_logdir(self) -> str:
        """The run's folder."""
        return self.log_dir

    @guarded
    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
        *,
        display_name: str = "",
        summary_description: str = "",
    ) -> None:
        """Writes one number; `new_style` as a tensor, `double_precision` as a float64 one.

        `display_name` and `summary_description` (shown as Markdown) go with the first value of the tag that has
        them, as a tensor.
        """
        number = number_of(scalar_value)
        is_described = bool(display_name or summary_description)
        if double_precision:
            import struct

            from goodfit.sdk.payload import CLASS_SCALAR, DT_DOUBLE

            payload = Payload(
                DT_DOUBLE, (), struct.pack("<d", number), "scalars", data_class=CLASS_SCALAR, display_name=display_name
            )
            self._add(tag, payload, global_step, walltime, description=summary_description)
        elif new_style or is_described:
            from dataclasses import replace

            from goodfit.sdk.scalar import scalar

            payload = replace(scalar(number), display_name=display_name)
            self._add(tag, payload, global_step, walltime, description=summary_description)
        else:
            self._file("").add_scalars(_step(global_step), {tag: number}, walltime)

    @guarded
    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Mapping[str, Any], global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Writes numbers that belong on one chart, each into the run `<main_tag>_<name>`, as torch does.

        Each is kept in memory (24 bytes) until `export_scalars_to_json`.
        """
        wall_time = time.time() if walltime is None else walltime
        step = None if global_step is None else step_of(global_step)
        for name, value in tag_scalar_dict.items():
            run, number = f"{main_tag.replace('/', '_')}_{name}", number_of(value)
            self._file(run).add_scalars(step or 0, {main_tag: number}, wall_time)
            writer = os.path.join(self.log_dir, main_tag, name)  # noqa: PTH118
            self._exported.add(writer, wall_time=wall_time, step=step, value=number)

    @guarded
    def export_scalars_to_json(self, path: str | os.PathLike[str]) -> None:
        """Writes what `add_scalars` got since the last export, as tensorboardX does (torch has no such method):
        `{"<log_dir>/<main_tag>/<name>": [[wall time, step, value], …], …}`.
        """
        self._exported.write(path)

    @guarded
    def add_tensor(self, tag: str, tensor: Any, global_step: Any = None, walltime: float | None = None) -> None:
        """Writes a tensor as it is, under the plugin name that torch gives it."""
        from goodfit.sdk.tensor import tensor as make

        self._add(tag, make(tensor, plugin="tensor"), global_step, walltime)

    @guarded
    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: Any = None,
        bins: str | int | Sequence[float] = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Writes the histogram of all elements: `bins` equal buckets, or between given edges; 30 for any rule's
        name.
        """
        from goodfit.sdk.histogram import from_buckets, histogram

        if isinstance(bins, (str, int)):
            n_bins = bins if isinstance(bins, int) else 30
            payload = histogram(values, bins=n_bins if max_bins is None else min(n_bins, max_bins))
        else:
            import numpy as np

            from goodfit.sdk.values import real_array_of

            counts, edges = np.histogram(real_array_of(values).ravel(), bins=real_array_of(bins))
            payload = from_buckets(edges, counts)
        self._add(tag, payload, global_step, walltime)

    @guarded
    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: int,
        sum: float,
        sum_squares: float,
        bucket_limits: Sequence[float],
        bucket_counts: Sequence[float],
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes a histogram by the upper limits of its buckets; the first one begins at `min`."""
        from goodfit.sdk.histogram import from_buckets

        if len(bucket_limits) != len(bucket_counts):
            raise BadArgument(f"{len(bucket_limits)} limits for {len(bucket_counts)} counts, wanted as many")
        self._add(tag, from_buckets([float(min), *map(float, bucket_limits)], bucket_counts), global_step, walltime)

    @guarded
    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Writes one image with the axes `dataformats`; floats from 0 to 1 or bytes."""
        from goodfit.sdk.image import images

        self._add(tag, images(img_tensor, dataformats=dataformats), global_step, walltime)

    @guarded
    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Writes a batch of images under one tag."""
        from goodfit.sdk.image import images

        self._add(tag, images(img_tensor, dataformats=dataformats), global_step, walltime)

    @guarded
    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: Sequence[str] | None = None,
    ) -> None:
        """Writes an image with boxes (x0, y0, x1, y1) drawn on it."""
        from goodfit.sdk.boxes import draw_boxes
        from goodfit.sdk.image import images

        drawn = draw_boxes(img_tensor, box_tensor, dataformats=dataformats, rescale=rescale, labels=labels)
        self._add(tag, images(drawn, dataformats="HWC"), global_step, walltime)

    @guarded
    def add_figure(
        self, tag: str, figure: Any, global_step: Any = None, close: bool = True, walltime: float | None = None
    ) -> None:
        """Writes a matplotlib figure, or several as one batch of equal sizes; closes them unless told not to."""
        from goodfit.sdk.figure import figure as make

        self._add(tag, make(figure), global_step, walltime)
        pyplot = sys.modules.get("matplotlib.pyplot")
        if close and pyplot is not None:
            for one in figure if isinstance(figure, (list, tuple)) else [figure]:
                pyplot.close(one)

    @guarded
    def add_video(
        self, tag: str, vid_tensor: Any, global_step: Any = None, fps: float = 4, walltime: float | None = None
    ) -> None:
        """Writes clips of shape [clips, frames, channels, height, width] as an animated image."""
        from goodfit.sdk.video import video

        self._add(tag, video(vid_tensor, fps=fps), global_step, walltime)

    @guarded
    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: Any = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Writes sound of shape [frames] or [1, frames], floats from -1 to 1."""
        from goodfit.sdk.audio import audio
        from goodfit.sdk.values import array_of

        self._add(tag, audio(array_of(snd_tensor).squeeze(), sample_rate=sample_rate), global_step, walltime)

    @guarded
    def add_text(self, tag: str, text_string: str, global_step: Any = None, walltime: float | None = None) -> None:
        """Writes text, shown as Markdown, under `<tag>/text_summary`, as torch does."""
        from goodfit.sdk.text import text

        self._add(f"{tag}/text_summary", text([text_string]), global_step, walltime)

    @guarded
    def add_graph(
        self, model: Any, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True
    ) -> None:
        """Writes a model's layers and, with an input, how they feed each other."""
        from goodfit.sdk.graph import KERAS_TAG, graph_of

        drawn = graph_of(model, input_to_model)
        if isinstance(drawn, bytes):
            self._file("").add_field(GRAPH_DEF, drawn)
        else:
            self._add(KERAS_TAG, drawn, 0, None)

    @guarded
    def add_onnx_graph(self, prototxt: Any) -> None:
        """Writes the graph of an ONNX file; needs the package `onnx`."""
        try:
            onnx = importlib.import_module("onnx")
        except ImportError:
            raise MissingExtra(
                "add_onnx_graph needs 'onnx', which is not installed.", hint="pip install onnx"
            ) from None
        from goodfit.sdk.graph_def import Node, graph_def

        graph = onnx.load(prototxt).graph
        maker = {output: node.name or f"{node.op_type}_{index}" for index, node in enumerate(graph.node)
                 for output in node.output}  # fmt: skip
        nodes = [Node(value.name, "Input") for value in graph.input]
        nodes += [
            Node(
                node.name or f"{node.op_type}_{index}",
                node.op_type,
                [maker.get(name, name) for name in node.input if name],
            )
            for index, node in enumerate(graph.node)
        ]
        self._file("").add_field(GRAPH_DEF, graph_def(nodes))

    @guarded
    def add_embedding(
        self,
        mat: Any,
        metadata: Sequence[Any] | None = None,
        label_img: Any = None,
        global_step: Any = None,
        tag: str = "default",
        metadata_header: Sequence[str] | None = None,
    ) -> None:
        """Writes points for the projector, with labels and pictures."""
        from goodfit.sdk.embedding import write_embedding

        if not self._writes:
            return
        write_embedding(
            self.log_dir, mat, metadata=metadata, label_img=label_img, step=_step(global_step), tag=tag,
            metadata_header=metadata_header,
        )  # fmt: skip

    @guarded
    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes the precision-recall curve of labels and scores in [0, 1]."""
        from goodfit.sdk.pr_curve import pr_curve

        payload = pr_curve(labels, predictions, num_thresholds=num_thresholds, weights=weights)
        self._add(tag, payload, global_step, walltime)

    @guarded
    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes a precision-recall curve by its counts."""
        from goodfit.sdk.pr_curve import from_counts

        payload = from_counts(
            true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts, precision, recall
        )
        self._add(tag, payload, global_step, walltime)

    @guarded
    def add_custom_scalars_multilinechart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Adds one chart to the layout; each call writes the whole layout so far."""
        self._add_chart(category, title, ["Multiline", list(tags)])

    @guarded
    def add_custom_scalars_marginchart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Adds one chart of a value between two bounds to the layout; each call writes the whole layout so far."""
        self._add_chart(category, title, ["Margin", list(tags)])

    def _add_chart(self, category: str, title: str, chart: list[Any]) -> None:
        self._layout.setdefault(category, {})[title] = chart
        self._write_layout(self._layout)

    @guarded
    def add_custom_scalars(self, layout: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        """Writes which scalars belong on one chart: `{category: {chart: ["Multiline", [tag, …]]}}`."""
        self._write_layout(layout)

    def _write_layout(self, layout: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        from goodfit.sdk.custom_scalars import TAG, custom_scalars

        self._add(TAG, custom_scalars(layout), 0, None)

    @guarded
    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: Mapping[str, Any] | None = None,
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Writes a mesh or a cloud of points of shape [batch, n, 3]."""
        from goodfit.sdk.mesh import mesh

        for name, payload in mesh(tag, vertices, faces=faces, colors=colors, config=config_dict).items():
            self._add(name, payload, global_step, walltime)

    @guarded
    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
        run_name: str | None = None,
        global_step: Any = None,
    ) -> None:
        """Writes hyperparameters and the metrics they led to, into a run of its own named by the time, as torch
        does.
        """
        from goodfit.sdk.hparams import END_TAG, EXPERIMENT_TAG, START_TAG, experiment, session_end, session_start

        now_s = time.time()
        run = run_name or str(now_s)
        metrics = {name: number_of(value) for name, value in metric_dict.items()}
        self._add(EXPERIMENT_TAG, experiment(hparam_dict, list(metrics), discrete=hparam_domain_discrete), 0, None, run)
        self._add(START_TAG, session_start(hparam_dict, start_time_s=now_s), 0, None, run)
        self._add(END_TAG, session_end("finished", end_time_s=now_s), 0, None, run)
        for name, number in metrics.items():
            self._file(run).add_scalars(_step(global_step), {name: number})
        self._files.pop(run).close()

    def flush(self) -> None:
        """Waits until everything so far is in the files."""
        self._each(lambda file: file.flush())

    def close(self) -> None:
        """Writes the rest and closes the files; a second call changes nothing."""
        self._each(lambda file: file.close())

    def _each(self, act: Callable[[EventFile | NoFile], Any]) -> None:
        for file in list(self._files.values()):
            act(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _step(global_step: Any) -> int:
    return 0 if global_step is None else step_of(global_step)
