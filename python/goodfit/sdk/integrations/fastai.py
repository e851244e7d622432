"""fastai → a run: `train/loss` for every batch, `train/loss_epoch`, `validation/loss` and the metrics for every epoch.

    learner.fit(5, cbs=GoodfitCallback("logs/fit/exp1"))

All steps count batches, so that the curves lie on one axis. fastai calls no callback after an exception.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from fastai.callback.core import Callback

from goodfit.sdk.integrations.target import Target
from goodfit.sdk.run import Run


class GoodfitCallback(Callback):
    """Writes the losses, the learning rate and the recorder's metrics.

    Args:
        where: the run's folder, or a run of the caller's.
        notify: channels that hear of the end.
        name: what alerts call the training; default: the folder's name.
    """

    order = 60
    """After the recorder, which is 50."""

    def __init__(
        self, where: Run | str | os.PathLike[str], *, notify: Sequence[str] | None = None, name: str | None = None
    ) -> None:
        super().__init__()
        self._target = Target(where, notify=notify, name=name)
        self._step = 0

    def after_batch(self) -> None:
        if self.training:
            self._step += 1
            values = {"train/loss": self.learn.loss.detach(), "learning_rate": self.learn.opt.hypers[-1]["lr"]}
            self._target.log(self._step, values)

    def after_epoch(self) -> None:
        recorder = self.learn.recorder
        # The log holds what metric_names lists between the epoch's number and its time.
        values = dict(zip(recorder.metric_names[1:], recorder.log[1:], strict=False))
        halves = {"train_loss": "train/loss_epoch", "valid_loss": "validation/loss"}
        self._target.log(
            self._step,
            {
                halves.get(name, f"validation/{name}"): value
                for name, value in values.items()
                if isinstance(value, (int, float))
            },
        )

    def after_fit(self) -> None:
        self._target.end()
