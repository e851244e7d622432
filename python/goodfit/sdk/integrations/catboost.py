"""CatBoost → a run: `train/RMSE`, `validation/RMSE`, ….

    callback = GoodfitCallback("logs/fit/exp1")
    model.fit(x, y, eval_set=(x_test, y_test), callbacks=[callback])
    callback.end()

CatBoost refuses callbacks on GPUs; there open its `catboost_info` folder, where it writes event files itself. It
tells callbacks nothing of the end; without `end()` the run ends with the process. CatBoost itself is not imported.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from goodfit.sdk.integrations.target import Target
from goodfit.sdk.run import Run

_HALVES = {"learn": "train"}


class GoodfitCallback:
    """Writes every iteration's metrics.

    Args:
        where: the run's folder, or a run of the caller's.
        notify: channels that hear of the end.
        name: what alerts call the training; default: the folder's name.
    """

    def __init__(
        self, where: Run | str | os.PathLike[str], *, notify: Sequence[str] | None = None, name: str | None = None
    ) -> None:
        self._target = Target(where, notify=notify, name=name)

    def after_iteration(self, info: Any) -> bool:
        """CatBoost calls this after each iteration; True goes on."""
        self._target.log(
            info.iteration - 1,
            {
                f"{_HALVES.get(data, data)}/{metric}": values[-1]
                for data, metrics in info.metrics.items()
                for metric, values in metrics.items()
                if values
            },
        )
        return True

    def end(self) -> None:
        """Ends the run; a run of the caller's goes on."""
        self._target.end()
