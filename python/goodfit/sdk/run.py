"""What a training loop says → a run's event file: scalars by the cheap call, everything else by a method of its kind.

Nothing here raises into training or waits for the disk in `log`: values are handed to a thread in Rust, mistakes are
counted and told once on stderr (`_guard.py`). How the training ended is written into the file, so that readers need
not guess.

Scalars are float32, as TensorFlow and PyTorch write them and as every TensorBoard reads them.
`double_precision=True` writes float64 tensors instead: exact in Goodfit and in TensorBoard's Python loader, but
TensorBoard's fast loader shows none of them.
"""

from __future__ import annotations

import os
import time
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

from goodfit.sdk._guard import Guard, OnError, describe, guarded
from goodfit.sdk.event_file import (
    ATTENTION,
    CLOSE_TIMEOUT_S,
    DROPPED,
    FLUSH_S,
    GRAPH_DEF,
    MAX_PENDING_BYTES,
    ODD_VALUE,
    SESSION_LOG,
    TAKEN,
    EventFile,
)
from goodfit.sdk.session import session_running, session_stopped
from goodfit.wire import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from goodfit.findings.stopping import StopAdvice
    from goodfit.sdk.hparams import Status
    from goodfit.sdk.payload import Payload


class Run:
    """A run being written: one event file in `logdir`.

    Use it as a context manager, so that the file says whether the training finished or failed:

        with goodfit.Run("logs/fit/exp1", hparams={"lr": 1e-3}) as run:
            for step in range(100):
                run.log(step, {"loss": loss, "val_loss": val_loss})

    Args:
        logdir: The run's folder; made if missing.
        hparams: Hyperparameters by name, shown with the run.
        notify: Channels that hear of the end, even of a killed process, such as `["pushbullet"]`.
        name: What alerts call the run; default: the folder's name.
        flush_s: Values reach the file at most this many seconds after they were logged. The first after a pause goes
            at once.
        max_pending_bytes: Memory for values that the disk has not taken; beyond it values are dropped and counted.
        double_precision: Write scalars as float64; TensorBoard's fast loader cannot show those.
        filename_suffix: Ends the event file's name.
        on_error: `report` counts mistakes and tells each once; `raise` raises them, for tests.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        *,
        hparams: Mapping[str, Any] | None = None,
        notify: Sequence[str] | None = None,
        name: str | None = None,
        flush_s: float = FLUSH_S,
        max_pending_bytes: int = MAX_PENDING_BYTES,
        double_precision: bool = False,
        filename_suffix: str = ".v2",
        on_error: OnError = "report",
    ) -> None:
        self.logdir = os.path.abspath(os.fspath(logdir))  # noqa: PTH100  pathlib costs 8 ms at import
        self.name = name or os.path.basename(self.logdir) or "run"  # noqa: PTH119
        self.guard = Guard(f"run {self.name!r}", on_error=on_error)
        self.status: Status | None = None
        """How the run ended; None while it goes on."""
        self._companion: Any = None
        self._hparams: dict[str, Any] = {}
        own = weakref.ref(self)

        def before_exit(error: BaseException | None) -> None:
            run = own()
            if run is not None:
                run._finish_at_exit(error)

        self._file = EventFile(
            self.logdir,
            self.guard,
            suffix=filename_suffix,
            flush_s=flush_s,
            max_pending_bytes=max_pending_bytes,
            double_precision=double_precision,
            before_exit=before_exit,
        )
        self.guard.call("begin", lambda: self._file.add_field(SESSION_LOG, session_running()))
        if hparams:
            self.hparams(hparams)
        if notify:
            channels = [notify] if isinstance(notify, str) else list(notify)
            self._companion = self.guard.call("notify", lambda: _start_companion(self.logdir, self.name, channels))

    @property
    def path(self) -> str:
        """The event file."""
        return self._file.path

    @property
    def should_stop(self) -> StopAdvice | None:
        """Advice on whether to stop now, by what was logged so far; true in an `if` when so. It stops nothing.

            if run.should_stop:
                break

        Its `message` says why, `best_step` which checkpoint to keep. Each look reads the run's files: once an epoch is
        often enough. None where the files could not be read.
        """
        from goodfit.sdk.advice import ask_advice

        self.flush()
        advice: StopAdvice | None = self.guard.call("should_stop", lambda: ask_advice(self.logdir))
        return advice

    def log(self, step: int, values: Mapping[str, Any], *, wall_time: float | None = None) -> None:
        """Writes scalars of one step. Costs well under a microsecond for a Python float.

        Args:
            step: Any whole number; going back marks a restart.
            values: Numbers by tag: Python, numpy, or one-element tensors of any framework. NaN and infinities are
                written as they are. Nested mappings become tags with slashes.
            wall_time: Seconds since the epoch; default: now.
        """
        try:
            if (answer := self._file.log_numbers(step, values, wall_time)) == TAKEN:  # type: ignore[arg-type]
                return
        except (TypeError, ValueError, RuntimeError, OverflowError):
            # Not plain numbers; the careful way below says which value is wrong, if any.
            answer = ODD_VALUE
        if answer in (ATTENTION, DROPPED):
            # Taken, or not for want of room: to write it once more would be once too often.
            self.guard.call("log", lambda: self._file.explain(answer))
        else:
            self.guard.call("log", lambda: self._log_carefully(step, values, wall_time))

    def _log_carefully(self, step: Any, values: Mapping[str, Any], wall_time: float | None) -> None:
        from goodfit.sdk.values import step_of

        numbers: dict[str, float] = {}
        self._collect(values, "", numbers)
        if numbers:
            self._file.add_scalars(step_of(step), numbers, wall_time)

    def _collect(self, values: Mapping[str, Any], prefix: str, numbers: dict[str, float]) -> None:
        from goodfit.sdk.values import number_of

        for tag, value in values.items():
            name = self._writable_tag(f"{prefix}{tag}")
            if hasattr(value, "items") and hasattr(value, "keys"):
                self._collect(value, f"{name}/", numbers)
                continue
            number = self.guard.call(f"log {name!r}", partial(number_of, value))
            if number is not None:
                numbers[name] = number

    def _writable_tag(self, tag: str) -> str:
        """The tag, with half characters (lone surrogates, which no file can hold) written out as escapes and told."""
        try:
            tag.encode()
        except UnicodeEncodeError:
            escaped = printable(tag)
            self.guard.report(f"tag {escaped!r}", f"the tag {tag!r} is not valid text; its values go to {escaped!r}")
            return escaped
        return tag

    @guarded
    def scalar(self, tag: str, value: Any, *, step: int, description: str = "", wall_time: float | None = None) -> None:
        """Writes one scalar, with a description (Markdown) if given; without one it is `log(step, {tag: value})`."""
        from goodfit.sdk.values import number_of, step_of

        number = number_of(value, what=f"tag {tag!r}")
        if not description:
            self._file.add_scalars(step_of(step), {tag: number}, wall_time)
            return
        from goodfit.sdk.scalar import scalar

        self._add(tag, scalar(number), step, description, wall_time)

    @guarded
    def histogram(
        self, tag: str, values: Any, *, step: int, bins: int = 30, description: str = "", wall_time: float | None = None
    ) -> None:
        """Writes the histogram of all elements of `values`, of any shape; NaN and infinities are left out and told."""
        from goodfit.sdk.histogram import histogram

        payload = histogram(values, bins=bins)
        if payload.n_nonfinite:
            self.guard.report(
                f"nonfinite {tag!r}",
                f"{payload.n_nonfinite} of {payload.n_values} values of histogram {tag!r} are NaN or infinite "
                f"at step {step}; the histogram shows the others",
            )
        self._add(tag, payload, step, description, wall_time)

    @guarded
    def text(
        self, tag: str, text: Any, *, step: int = 0, description: str = "", wall_time: float | None = None
    ) -> None:
        """Writes text, shown as Markdown; a nested list becomes a table."""
        from goodfit.sdk.text import text as make

        self._add(tag, make(text), step, description, wall_time)

    @guarded
    def image(
        self,
        tag: str,
        pixels: Any,
        *,
        step: int,
        dataformats: str | None = None,
        description: str = "",
        wall_time: float | None = None,
    ) -> None:
        """Writes one image: axes HW, HWC or CHW; floats from 0 to 1, whole numbers from 0 to 255."""
        from goodfit.sdk.image import images

        self._add(tag, images(pixels, dataformats=dataformats), step, description, wall_time)

    @guarded
    def images(
        self,
        tag: str,
        pixels: Any,
        *,
        step: int,
        dataformats: str | None = None,
        max_outputs: int | None = None,
        description: str = "",
        wall_time: float | None = None,
    ) -> None:
        """Writes a batch of images of one size under one tag: axes NHWC or NCHW."""
        from goodfit.sdk.image import images

        payload = images(pixels, dataformats=dataformats, max_outputs=max_outputs)
        self._add(tag, payload, step, description, wall_time)

    @guarded
    def figure(self, tag: str, figure: Any, *, step: int, wall_time: float | None = None) -> None:
        """Writes a matplotlib figure as an image; the figure stays open."""
        from goodfit.sdk.figure import figure as make

        self._add(tag, make(figure), step, "", wall_time)

    @guarded
    def audio(
        self,
        tag: str,
        samples: Any,
        *,
        sample_rate: int,
        step: int,
        max_outputs: int | None = None,
        description: str = "",
        wall_time: float | None = None,
    ) -> None:
        """Writes sound: shape [frames], [frames, channels] or [clips, frames, channels]; floats from -1 to 1."""
        from goodfit.sdk.audio import audio

        payload = audio(samples, sample_rate=sample_rate, max_outputs=max_outputs)
        self._add(tag, payload, step, description, wall_time)

    @guarded
    def pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        *,
        step: int,
        num_thresholds: int = 127,
        weights: Any = None,
        wall_time: float | None = None,
    ) -> None:
        """Writes the precision-recall curve of boolean labels and scores in [0, 1]."""
        from goodfit.sdk.pr_curve import pr_curve

        payload = pr_curve(labels, predictions, num_thresholds=num_thresholds, weights=weights)
        self._add(tag, payload, step, "", wall_time)

    @guarded
    def mesh(
        self,
        tag: str,
        vertices: Any,
        *,
        step: int,
        faces: Any = None,
        colors: Any = None,
        config: Mapping[str, Any] | None = None,
        wall_time: float | None = None,
    ) -> None:
        """Writes a mesh or a cloud of points: shape [n, 3] or [batch, n, 3]."""
        from goodfit.sdk.mesh import mesh

        for name, payload in mesh(tag, vertices, faces=faces, colors=colors, config=config).items():
            self._add(name, payload, step, "", wall_time)

    @guarded
    def embedding(
        self,
        tag: str,
        points: Any,
        *,
        step: int = 0,
        metadata: Sequence[Any] | None = None,
        metadata_header: Sequence[str] | None = None,
        images: Any = None,
    ) -> None:
        """Writes points for the projector, with labels and pictures, as files beside the event file."""
        from goodfit.sdk.embedding import write_embedding
        from goodfit.sdk.values import step_of

        write_embedding(
            self.logdir, points, metadata=metadata, metadata_header=metadata_header, label_img=images,
            step=step_of(step), tag=tag,
        )  # fmt: skip

    @guarded
    def custom_scalars(self, layout: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        """Writes which scalars belong on one chart: `{category: {chart: ["Multiline", [tag, …]]}}`."""
        from goodfit.sdk.custom_scalars import TAG, custom_scalars

        self._add(TAG, custom_scalars(layout), 0, "", None)

    @guarded
    def graph(self, model: Any, *, input: Any = None, tag: str = "keras", step: int = 0) -> None:
        """Writes a model's graph.

        Args:
            model: A Keras model or its JSON, a torch module, a `tf.Graph`, a GraphDef or its bytes, or nested dicts and
                lists of layers.
            input: What to run a torch module with, so that its edges are found.
            tag: Of a Keras model; a GraphDef has none.
        """
        from goodfit.sdk.graph import graph_of

        drawn = graph_of(model, input)
        if isinstance(drawn, bytes):
            self._file.add_field(GRAPH_DEF, drawn)
        else:
            self._add(tag, drawn, step, "", None)

    @guarded
    def hparams(self, hparams: Mapping[str, Any]) -> None:
        """Writes the run's hyperparameters, those of earlier calls with them; nested mappings get dotted names, odd
        values their text.
        """
        from goodfit.sdk.hparams import START_TAG, flatten, session_start

        # Readers take the newest record for all there are.
        self._hparams = {**self._hparams, **flatten(hparams)}
        self._add(START_TAG, session_start(self._hparams, start_time_s=time.time()), 0, "", None)

    def _add(self, tag: str, payload: Payload, step: Any, description: str, wall_time: float | None) -> None:
        from goodfit.sdk.values import step_of

        self._file.add(step_of(step), tag, payload, description=description, wall_time=wall_time)

    def flush(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Waits until everything so far is in the file. True when it is."""
        return self._file.flush(timeout_s)

    def finish(self, status: Status = "finished", reason: str = "", *, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Says how the training ended and closes the file. A second call changes nothing.

        Args:
            status: `finished`, `failed` or `killed`.
            reason: One line, such as the exception's.
            timeout_s: Waits at most this long for the disk.
        """
        if self.status is not None:
            return
        self.status = status
        if not self._file.is_in_child:
            self.guard.call("finish", lambda: self._write_end(status, reason))
        self._file.close(timeout_s)
        if self._companion is not None:
            companion, self._companion = self._companion, None
            if not self._file.is_in_child:
                self.guard.call("notify", lambda: companion.goodbye(status, reason))

    def close(self) -> None:
        """The same as `finish()`, under the name that other writers have."""
        self.finish()

    def _write_end(self, status: Status, reason: str) -> None:
        from goodfit.sdk.hparams import END_TAG, session_end

        self._add(END_TAG, session_end(status, end_time_s=time.time()), 0, "", None)
        self._file.add_field(SESSION_LOG, session_stopped(status, reason))

    def _finish_at_exit(self, error: BaseException | None) -> None:
        if error is None:
            self.finish()
        else:
            self.finish("failed", describe(error))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
            self.finish()
        else:
            self.finish("failed", describe(error))

    def __del__(self) -> None:
        # Nobody said how it ended, so neither do we; what was logged is written by the thread, at exit at the latest.
        file = getattr(self, "_file", None)
        if file is not None and self.status is None:
            file.close(0.0)

    def __repr__(self) -> str:
        return f"<goodfit.Run {self.name!r} {self.status or 'open'} {self._file.path}>"


def _start_companion(logdir: str, name: str, channels: list[str]) -> Any:
    from goodfit.sdk.companion import start_companion

    return start_companion(logdir, name, channels)
