"""LightGBM → a run: `training/l2`, `valid_0/l2`, … by the names of the evaluation sets.

    callback = GoodfitCallback("logs/fit/exp1")
    lightgbm.train(..., valid_sets=[train, test], valid_names=["train", "valid"], callbacks=[callback])
    callback.end()

LightGBM tells callbacks nothing of the end; without `end()` the run ends with the process. LightGBM itself is not
imported: its callbacks are plain functions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from goodfit.sdk.integrations.target import Target
from goodfit.sdk.run import Run


class GoodfitCallback:
    """Writes every iteration's metrics.

    Args:
        where: the run's folder, or a run of the caller's.
        notify: channels that hear of the end.
        name: what alerts call the training; default: the folder's name.
    """

    order = 25
    """Before early stopping, which is 30 and ends the iteration by an exception."""
    before_iteration = False

    def __init__(
        self, where: Run | str | os.PathLike[str], *, notify: Sequence[str] | None = None, name: str | None = None
    ) -> None:
        self._target = Target(where, notify=notify, name=name)

    def __call__(self, environment: Any) -> None:
        """LightGBM calls this after each iteration."""
        # (data, metric, value, higher is better), and the standard deviation in cross validation.
        results = environment.evaluation_result_list or ()
        self._target.log(environment.iteration, {f"{result[0]}/{result[1]}": result[2] for result in results})

    def end(self) -> None:
        """Ends the run; a run of the caller's goes on."""
        self._target.end()
