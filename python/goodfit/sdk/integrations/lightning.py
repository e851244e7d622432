"""Lightning → a run: a logger, and a callback for how the training ended.

    trainer = Trainer(logger=GoodfitLogger("logs/fit/exp1"), callbacks=[GoodfitCallback()])

Lightning finalizes a logger with `success` at the end of every fit, validate and test, so that is no end: the logger
brings its values to the file then. The callback ends the run when `fit` ends, and with the exception when one leaves
it. Without the callback the run ends with the process.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

try:
    from lightning.pytorch import Callback
    from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
    from lightning.pytorch.utilities import rank_zero_only
except ImportError:  # the same under its older name
    from pytorch_lightning import Callback
    from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
    from pytorch_lightning.utilities import rank_zero_only

from goodfit.sdk.integrations.target import Target
from goodfit.sdk.run import Run


class GoodfitLogger(Logger):
    """A Lightning logger that writes a goodfit run.

    Args:
        where: the run's folder, or a run of the caller's.
        notify: channels that hear of the end.
        name: what alerts call the training; default: the folder's name.
    """

    def __init__(
        self, where: Run | str | os.PathLike[str], *, notify: Sequence[str] | None = None, name: str | None = None
    ) -> None:
        super().__init__()
        self._target = Target(where, notify=notify, name=name)
        self._logdir = where.logdir if isinstance(where, Run) else os.fspath(where)
        self._name = name or os.path.basename(os.path.abspath(self._logdir))  # noqa: PTH100, PTH119

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        return ""

    @property
    def save_dir(self) -> str:
        """Where Lightning puts checkpoints."""
        return self._logdir

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The run, for histograms, images and the like."""
        return self._target.run

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self._target.log(0 if step is None else step, metrics)

    @rank_zero_only
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        values = vars(params) if isinstance(params, Namespace) else dict(params)
        if values:
            self._target.run.hparams(values)

    @rank_zero_only
    def log_graph(self, model: Any, input_array: Any = None) -> None:
        self._target.run.graph(model, input=model.example_input_array if input_array is None else input_array)

    @rank_zero_only
    def save(self) -> None:
        self._target.flush()

    @rank_zero_only
    def finalize(self, status: str) -> None:
        self._target.flush()

    @rank_zero_only
    def end(self, error: BaseException | None = None) -> None:
        """Ends the run; a run of the caller's goes on."""
        self._target.end(error)


class GoodfitCallback(Callback):
    """Ends the runs of a trainer's `GoodfitLogger`s when `fit` ends, or is left by an exception."""

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        self._end(trainer, None)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._end(trainer, exception)

    def _end(self, trainer: Any, error: BaseException | None) -> None:
        for logger in trainer.loggers:
            if isinstance(logger, GoodfitLogger):
                logger.end(error)
