"""The names and arguments of tf.summary, without TensorFlow.

    writer = goodfit.summary.create_file_writer("logs/fit/exp1/train")
    with writer.as_default():
        for step in range(100):
            goodfit.summary.scalar("loss", loss, step=step)

Each call answers True when the value was taken. Where TensorFlow drops a value without a word (no default writer) or
raises (no step), this says so once, with what to do, and answers False; a value that cannot be written is counted
and told once. Values reach the file within a second unless `flush_millis` says otherwise. Tracing needs TensorFlow
and is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn

from goodfit.errors import GoodfitError
from goodfit.sdk.event_file import FLUSH_S, GRAPH_DEF, EventFile
from goodfit.sdk.tf_summary import experimental
from goodfit.sdk.tf_summary.context import CONTEXT
from goodfit.sdk.tf_summary.record import bytes_of, put, step_or_none, write_raw_pb
from goodfit.sdk.tf_summary.writer import NoopWriter, SummaryWriter

if TYPE_CHECKING:
    from goodfit.sdk.payload import Payload

__all__ = [
    "SummaryWriter",
    "audio",
    "create_file_writer",
    "create_noop_writer",
    "experimental",
    "flush",
    "graph",
    "histogram",
    "image",
    "import_event",
    "record_if",
    "scalar",
    "should_record_summaries",
    "text",
    "trace_export",
    "trace_off",
    "trace_on",
    "write",
    "write_raw_pb",
]


def create_file_writer(
    logdir: str | os.PathLike[str],
    max_queue: int | None = None,
    flush_millis: int | None = None,
    filename_suffix: str | None = None,
    name: str | None = None,
    experimental_trackable: bool = False,
    experimental_mesh: Any = None,
) -> SummaryWriter:
    """A writer of event files in `logdir`; the file is made by the first value.

    Args:
        logdir: The run's folder.
        max_queue: Accepted; values do not wait for a number of others.
        flush_millis: Values reach the file at most this long after they came; default: one second.
        filename_suffix: Ends the file's name; default: `.v2`.
        name: Accepted.
        experimental_trackable: Accepted.
        experimental_mesh: Accepted.
    """
    flush_s = FLUSH_S if flush_millis is None else flush_millis / 1000
    return SummaryWriter(logdir, suffix=filename_suffix or ".v2", flush_s=flush_s)


def create_noop_writer() -> SummaryWriter:
    """A writer that takes everything and writes nothing."""
    return NoopWriter()


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Writes one number; see `tf.summary.scalar`.

    Args:
        name: Of the series; the scopes around it come first.
        data: A number, or an array or tensor of any framework with one element; NaN and infinities are kept. Stored
            as float32.
        step: Whole number, or something that holds one; default: the thread's (`as_default(step)`).
        description: Markdown, shown beside the series.

    Returns:
        Whether the value was taken; False without a writer, without a step, or for what cannot be written.
    """

    def make() -> Payload:
        from goodfit.sdk.scalar import scalar as make_scalar
        from goodfit.sdk.values import number_of

        return make_scalar(number_of(data))

    return _record("scalar", name, make, step, description)


def histogram(
    name: str, data: Any, step: Any = None, buckets: int | None = None, description: str | None = None
) -> bool:
    """Writes the histogram of all elements of `data`; see `tf.summary.histogram`.

    Args:
        name: Of the series; the scopes around it come first.
        data: Real numbers, of any shape; those that are not finite are left out, and the record says how many.
        buckets: Of equal width, at least 1; default: 30.
        step: Whole number, or something that holds one; default: the thread's (`as_default(step)`).
        description: Markdown, shown beside the series.

    Returns:
        Whether the value was taken; False without a writer, without a step, or for what cannot be written.
    """

    def make() -> Payload:
        from goodfit.sdk.histogram import histogram as make_histogram

        return make_histogram(data, bins=30 if buckets is None else buckets)

    return _record("histogram", name, make, step, description)


def image(name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None) -> bool:
    """Writes images; see `tf.summary.image`.

    Args:
        name: Of the series; the scopes around it come first.
        data: Shape [n, height, width, channels], 1 to 4 channels; whole numbers from 0 to 255, or floats from 0 to 1.
        max_outputs: At most this many of them.
        step: Whole number, or something that holds one; default: the thread's (`as_default(step)`).
        description: Markdown, shown beside the series.

    Returns:
        Whether the value was taken; False without a writer, without a step, or for what cannot be written.
    """

    def make() -> Payload:
        from goodfit.sdk.image import images

        return images(data, dataformats="NHWC", max_outputs=max_outputs)

    return _record("image", name, make, step, description)


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """Writes text, shown as Markdown; an array becomes a table. See `tf.summary.text`.

    Args:
        name: Of the series; the scopes around it come first.
        data: A string, UTF-8 bytes, or nested lists or an array of them.
        step: Whole number, or something that holds one; default: the thread's (`as_default(step)`).
        description: Markdown, shown beside the series.

    Returns:
        Whether the value was taken; False without a writer, without a step, or for what cannot be written.
    """

    def make() -> Payload:
        from goodfit.sdk.text import text as make_text

        return make_text(data)

    return _record("text", name, make, step, description)


def audio(
    name: str,
    data: Any,
    sample_rate: int,
    step: Any = None,
    max_outputs: int = 3,
    encoding: str | None = None,
    description: str | None = None,
) -> bool:
    """Writes sound as WAV; see `tf.summary.audio`.

    Args:
        name: Of the series; the scopes around it come first.
        data: Shape [clips, frames, channels]; floats from -1 to 1 (clipped), or int16.
        sample_rate: Frames a second.
        max_outputs: At most this many clips.
        encoding: `wav` or None, which is the same.
        step: Whole number, or something that holds one; default: the thread's (`as_default(step)`).
        description: Markdown, shown beside the series.

    Returns:
        Whether the value was taken; False without a writer, without a step, or for what cannot be written.
    """

    def make() -> Payload:
        from goodfit.errors import BadArgument
        from goodfit.sdk.audio import audio as make_audio

        if encoding not in (None, "wav"):
            raise BadArgument(f"encoding is {encoding!r}, wanted 'wav'")
        return make_audio(data, sample_rate=int(sample_rate), max_outputs=max_outputs)

    return _record("audio", name, make, step, description)


def write(tag: str, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None) -> bool:
    """Writes a tensor with the metadata of a plugin; see `tf.summary.write`.

    Args:
        tag: Of the series; scopes do not change it.
        tensor: Anything array-like, or a function that makes it and is called only when recording.
        step: Default: the thread's.
        metadata: A SummaryMetadata message, or None.
        name: Accepted.
    """

    def make() -> Payload:
        from goodfit.sdk.tensor import tensor as make_tensor

        return make_tensor(tensor() if callable(tensor) else tensor, metadata)

    return _record("write", tag, make, step, getattr(metadata, "summary_description", ""), is_scoped=False)


def graph(graph_data: Any) -> bool:
    """Writes a graph: a `tf.Graph`, a GraphDef or its bytes, or whatever `goodfit.Run.graph` takes."""

    def draw(file: EventFile) -> bool:
        from goodfit.sdk.graph import KERAS_TAG, graph_of

        drawn = graph_of(graph_data)
        return file.add_field(GRAPH_DEF, drawn) if isinstance(drawn, bytes) else file.add(0, KERAS_TAG, drawn)

    return put("graph", draw)


def import_event(tensor: Any, name: str | None = None) -> bool:
    """Writes the bytes of an Event as they are; whether they were taken.

    Args:
        tensor: The bytes, a bytes tensor, or the message.
        name: Accepted.
    """
    return put("import_event", lambda file: file.add_event(bytes_of(tensor)))


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> None:
    """Waits until everything that `writer` (default: the thread's) was given is in its file; `name` is accepted."""
    chosen = writer or CONTEXT.writer
    if chosen is not None:
        chosen.flush()


def record_if(condition: bool | Callable[[], bool]) -> AbstractContextManager[None]:
    """Inside the `with`, records only when `condition` holds; a callable is asked each time."""
    return CONTEXT.replaced(condition=condition)


def should_record_summaries() -> bool:
    """Whether a summary would be recorded now: there is a writer, and the condition holds."""
    return CONTEXT.writer is not None and CONTEXT.is_recording


def trace_on(graph: bool = True, profiler: bool = False, profiler_outdir: str | None = None) -> NoReturn:
    """Refused: tracing records what TensorFlow executes."""
    _refuse_tracing("trace_on")


def trace_export(name: str, step: Any = None, profiler_outdir: str | None = None) -> NoReturn:
    """Refused: tracing records what TensorFlow executes."""
    _refuse_tracing("trace_export")


def trace_off() -> NoReturn:
    """Refused: tracing records what TensorFlow executes."""
    _refuse_tracing("trace_off")


def _refuse_tracing(name: str) -> NoReturn:
    raise GoodfitError(
        f"goodfit.summary.{name} does nothing: tracing records what TensorFlow executes, and this is not it",
        hint=f"call tf.summary.{name}, or draw the model with goodfit.summary.graph(model)",
    )


def _record(
    kind: str, name: str, make: Callable[[], Payload], step: Any, description: str | None, *, is_scoped: bool = True
) -> bool:
    """Writes what `make` gives under `name`, if there is a writer, a step, and the condition holds."""
    tag = CONTEXT.tag(name) if is_scoped else name

    def add(file: EventFile) -> bool:
        own_step = step_or_none(kind, step)
        return own_step is not None and file.add(own_step, tag, make(), description=description or "")

    return put(f"{kind} {name!r}", add)
