"""The hooks of a Keras callback → the event files of keras.callbacks.TensorBoard, on any backend, without TensorFlow.

    log_dir/train/       epoch_<metric>, epoch_learning_rate, epoch_steps_per_second, batch_<metric>, keras (graph),
                         <weight path>/histogram, <weight path>/image
    log_dir/validation/  epoch_<metric>, evaluation_<metric>_vs_iterations

Epoch values have the epoch as step, batch values the batch since training began. Beyond Keras's callback it says how
the training ended, tells channels of it, and goes on counting when the same object is given to `fit` again, so that
curves do not lie over each other.

Invariants: no hook raises; no batch hook touches `self.model`, which costs a copy of all weights on JAX. Keras calls
    batch hooks from several threads at once, in any order, when every callback says it is `async_safe`: this one says
    so exactly when it does nothing per batch, so that it never slows a training that asked for epoch values only.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument, MissingExtra
from goodfit.sdk._guard import Guard, describe
from goodfit.sdk.keras_monitor.halves import Halves
from goodfit.sdk.keras_monitor.outcome import CellWatch, OpenTraining
from goodfit.sdk.keras_monitor.profile import Profiler, batch_range

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodfit.findings.stopping import StopAdvice
    from goodfit.sdk.hparams import Status
    from goodfit.sdk.keras_monitor.batch_summaries import BatchSummaries


class MonitorHooks:
    """All of `goodfit.keras.Monitor` but Keras's base class.

    Args:
        log_dir: Where `train/` and `validation/` are made.
        histogram_freq: Weight histograms every this many epochs; 0: never.
        write_graph: Write the model's layers.
        write_images: With histograms, write weights as images, too.
        write_steps_per_second: Write how fast it trains.
        update_freq: `"epoch"`, `"batch"`, or batch values every this many batches.
        profile_batch: Batches to profile, by Keras's own backend profiler; 0: none.
        embeddings_freq: Save embedding weights every this many epochs; 0: never.
        embeddings_metadata: Label file, or label files by layer name.
        notify: Channels that hear of the end, even of a killed process, such as `["pushbullet"]`.
        name: What alerts call the training; default: the folder's name.
        stop_when_advised: Set `model.stop_training` when `should_stop` says so. Off: nothing is ever stopped.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: int | str | Sequence[int] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: str | Mapping[str, str] | None = None,
        *,
        notify: Sequence[str] | None = None,
        name: str | None = None,
        stop_when_advised: bool = False,
    ) -> None:
        if not hasattr(super(), "set_model"):
            raise MissingExtra("goodfit.keras.Monitor needs Keras, which is not installed.", hint="pip install keras")
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq: int | str = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not (isinstance(self.update_freq, int) and self.update_freq > 0):
            raise BadArgument(f"update_freq is {update_freq!r}, wanted 'epoch', 'batch' or a number of batches")
        self.profile_batch = profile_batch
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self.notify = [notify] if isinstance(notify, str) else list(notify or ())
        self.name = name or os.path.basename(os.path.abspath(self.log_dir)) or "training"  # noqa: PTH100, PTH119
        self.stop_when_advised = stop_when_advised
        self.guard = Guard(f"Monitor {self.name!r}")
        batches = batch_range(profile_batch)
        self._profiler = Profiler(batches, self.guard)
        self.async_safe = self.update_freq == "epoch" and not write_steps_per_second and batches == (0, 0)
        self._training = OpenTraining()
        self._cell: CellWatch | None = None
        self._summaries: BatchSummaries | None = None
        self._n_train_batches = 0
        self._epoch_offset: int | None = None
        self._next_epoch = 0
        self._epoch_start_s = 0.0
        self._epoch_start_batch = 0
        self._batch_start_s = 0.0
        self._has_written_graph = False

    @property
    def should_stop(self) -> StopAdvice | None:
        """Advice on whether to stop now, by what was logged so far; true in an `if` when so.

        Its `message` says why, `best_step` which epoch was best. None where the files could not be read.
        """
        from goodfit.sdk.advice import ask_advice

        if self._training.halves is not None:
            self._training.halves.flush()
        advice: StopAdvice | None = self.guard.call("should_stop", lambda: ask_advice(self.log_dir))
        return advice

    # Keras calls these; each hands its work to the guard.

    def set_model(self, model: Any) -> None:
        """Keras's way of handing over the model."""
        super().set_model(model)  # type: ignore[misc]
        self._guarded("set_model", lambda: self._begin_model(model))

    def on_train_begin(self, logs: Any = None) -> None:
        self._guarded("on_train_begin", self._begin_training)

    def on_train_end(self, logs: Any = None) -> None:
        self._guarded("on_train_end", lambda: self._end("finished"))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._guarded("on_epoch_begin", lambda: self._begin_epoch(epoch))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._guarded("on_epoch_end", lambda: self._end_epoch(epoch, logs or {}))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if not self.async_safe:
            self._guarded("on_train_batch_begin", self._begin_batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self.async_safe:
            self._guarded("on_train_batch_end", lambda: self._end_batch(batch, logs))

    def on_test_begin(self, logs: Any = None) -> None:
        if self.update_freq != "epoch":
            self._guarded("on_test_begin", lambda: self._begin_summaries("validation"))

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._summaries is not None:
            self._guarded("on_test_batch_begin", lambda: self._count_summaries("validation"))

    def on_test_end(self, logs: Any = None) -> None:
        self._guarded("on_test_end", lambda: self._end_test(logs or {}))

    def _guarded(self, hook: str, function: Callable[[], None]) -> None:
        self.guard.call(hook, function)

    # Training as a whole.

    def _open(self) -> Halves:
        training = self._training
        if training.halves is None or training.halves.is_closed:
            own = weakref.ref(self)

            def before_exit(error: BaseException | None) -> None:
                monitor = own()
                if monitor is not None:
                    monitor._stop_watching()
                training.end_at_exit(error)

            training.halves = Halves(self.log_dir, self.guard, before_exit)
        return training.halves

    def _begin_model(self, model: Any) -> None:
        self._has_written_graph = False
        if self.embeddings_freq:
            from goodfit.sdk.keras_monitor.embeddings import write_projector_config

            write_projector_config(self.log_dir, model, self.embeddings_metadata)

    def _begin_training(self) -> None:
        if self._training.is_open:
            # The last `fit` never came to its end: something went wrong there.
            self._end("failed", "the training was interrupted")
        self._training.is_open = True
        self._epoch_offset = None
        self._write_graph_once(is_built=getattr(self._model, "built", True))  # type: ignore[attr-defined]
        self._cell = CellWatch(self._fail)
        if self.notify and self._training.companion is None:
            from goodfit.sdk.companion import start_companion

            log_dir = os.path.abspath(self.log_dir)  # noqa: PTH100
            self._training.companion = start_companion(log_dir, self.name, self.notify)
        if self.update_freq != "epoch":
            self._begin_summaries("train")

    def _write_graph_once(self, *, is_built: bool) -> None:
        if not self.write_graph or self._has_written_graph:
            return
        from goodfit.sdk.graph import KERAS_TAG, graph_of, has_keras_graph

        if not is_built and not has_keras_graph(self._model):  # type: ignore[attr-defined]
            return  # TensorFlow builds a subclassed model with its first batch: drawn after the first epoch
        self._has_written_graph = True
        drawn = graph_of(self._model)  # type: ignore[attr-defined]
        if isinstance(drawn, bytes):
            self._open().add_graph(drawn)
        else:
            self._open().add("train", 0, KERAS_TAG, drawn)

    def _fail(self, error: BaseException) -> None:
        self._end("failed", describe(error))

    def _end(self, status: Status, reason: str = "") -> None:
        self._stop_watching()
        self._training.end(status, reason)

    def _stop_watching(self) -> None:
        if self._cell is not None:
            self._cell.stop()
        self._profiler.stop()
        if self._summaries is not None:
            self._summaries.end_all()

    # Epochs.

    def _begin_epoch(self, epoch: int) -> None:
        if self._epoch_offset is None:
            # A second `fit` starts at 0 again: it is moved behind the first, unless `initial_epoch` did that.
            self._epoch_offset = max(0, self._next_epoch - epoch)
        self._epoch_start_s = time.monotonic()
        self._epoch_start_batch = self._n_train_batches

    def _end_epoch(self, epoch: int, logs: Mapping[str, Any]) -> None:
        step = epoch + (self._epoch_offset or 0)
        self._next_epoch = step + 1
        halves = self._open()
        train = {f"epoch_{name}": value for name, value in logs.items() if not name.startswith("val_")}
        validation = {f"epoch_{name[4:]}": value for name, value in logs.items() if name.startswith("val_")}
        model = self.model  # type: ignore[attr-defined]  # once an epoch: on JAX this copies the weights
        train.update(self.guard.call("learning rate", lambda: _learning_rates(model)) or {})
        if self.write_steps_per_second:
            elapsed_s = max(time.monotonic() - self._epoch_start_s, 1e-9)
            train["epoch_steps_per_second"] = (self._n_train_batches - self._epoch_start_batch) / elapsed_s
        halves.add_scalars("train", step, train)
        self._write_graph_once(is_built=True)
        if validation:
            halves.add_scalars("validation", step, validation)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self.guard.call("weights", lambda: self._write_weights(halves, model, step))
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            folder = halves.folder("train")
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            model.save_weights(os.path.join(folder, f"keras_embedding.ckpt-{step}.weights.h5"))  # noqa: PTH118
        if self.stop_when_advised and self.should_stop:
            model.stop_training = True

    def _write_weights(self, halves: Halves, model: Any, step: int) -> None:
        from goodfit.sdk.histogram import histogram
        from goodfit.sdk.image import images
        from goodfit.sdk.keras_monitor.weights import named_weights, weight_pixels

        for name, values in named_weights(model):
            payload = histogram(values)
            if payload.n_nonfinite:
                self.guard.report(
                    f"nonfinite {name}",
                    f"{payload.n_nonfinite} of {payload.n_values} values of {name!r} are NaN or infinite "
                    f"at epoch {step}",
                )
            halves.add("train", step, f"{name}/histogram", payload)
            pixels = weight_pixels(values) if self.write_images else None
            if pixels is not None:
                halves.add("train", step, f"{name}/image", images(pixels, dataformats="NHWC", max_outputs=3))

    # Batches.

    def _begin_batch(self) -> None:
        self._batch_start_s = time.monotonic()
        self._count_summaries("train", self._n_train_batches + 1)
        self._profiler.begin_batch(self._n_train_batches + 1, os.path.join(self.log_dir, "train"))  # noqa: PTH118

    def _end_batch(self, batch: int, logs: Any) -> None:
        # Counted from the batch's own number: with steps_per_execution the hook comes once for several batches.
        step = self._epoch_start_batch + batch + 1
        before, self._n_train_batches = self._n_train_batches, step
        self._profiler.end_batch(step)
        if self.update_freq == "epoch" or step // int(self.update_freq) == before // int(self.update_freq):
            return
        values = {f"batch_{name}": value for name, value in logs.items()} if isinstance(logs, dict) else {}
        if self.write_steps_per_second:
            values["batch_steps_per_second"] = (step - before) / max(time.monotonic() - self._batch_start_s, 1e-9)
        if values:
            self._open().add_scalars("train", step, values)

    # Summaries of the user's own, inside the step.

    def _begin_summaries(self, half: str) -> None:
        from goodfit.sdk.keras_monitor.batch_summaries import BatchSummaries, can_summarise

        if not can_summarise(self._model):  # type: ignore[attr-defined]
            return
        if self._summaries is None:
            self._summaries = BatchSummaries(self.log_dir, every=int(self.update_freq))
        self._summaries.begin(half)

    def _count_summaries(self, half: str, step: int | None = None) -> None:
        if self._summaries is not None:
            self._summaries.count(half, step)

    # Evaluation.

    def _end_test(self, logs: Mapping[str, Any]) -> None:
        if self._summaries is not None:
            self._summaries.end()
        optimizer = getattr(self.model, "optimizer", None)  # type: ignore[attr-defined]
        iterations = getattr(optimizer, "iterations", None)
        if iterations is None or not logs:
            return
        from goodfit.sdk.values import step_of

        step = step_of(_host_value(iterations))
        values = {f"evaluation_{name}_vs_iterations": value for name, value in logs.items()}
        halves = self._open()
        halves.add_scalars("validation", step, values)
        if not self._training.is_open:
            # `evaluate` by itself: nothing says when the last one was, so each leaves a whole file.
            halves.close(None)


def _learning_rates(model: Any) -> dict[str, float]:
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    several = getattr(optimizer, "optimizers", None)
    if several:
        return {f"epoch_learning_rate_{one.name}": _rate(one) for one in several}
    return {} if optimizer is None else {"epoch_learning_rate": _rate(optimizer)}


def _rate(optimizer: Any) -> float:
    from goodfit.sdk.values import number_of

    rate = optimizer.learning_rate
    if callable(rate) and not hasattr(rate, "numpy"):
        rate = rate(optimizer.iterations)
    return number_of(_host_value(rate))


def _host_value(variable: Any) -> Any:
    """The array or tensor of a Keras variable."""
    from goodfit.sdk.values import array_of

    value = getattr(variable, "value", variable)
    return array_of(variable if callable(value) else value)
