"""XGBoost → a run: `train/logloss`, `eval/logloss`, … by the names in `evals`.

    xgboost.train(..., evals=[(dtrain, "train"), (dtest, "eval")], callbacks=[GoodfitCallback("logs/fit/exp1")])

Put it first: XGBoost stops asking its callbacks at the first that wants to stop, so one behind `EarlyStopping` misses
the last round. What it missed is written when the training ends.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from xgboost.callback import TrainingCallback

from goodfit.sdk.integrations.target import Target
from goodfit.sdk.run import Run


class GoodfitCallback(TrainingCallback):
    """Writes every round's metrics.

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
        self._n_written: dict[tuple[str, str], int] = {}
        self._first_round: int | None = None

    def before_training(self, model: Any) -> Any:
        self._n_written, self._first_round = {}, None
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Any]]) -> bool:
        if self._first_round is None:
            self._first_round = epoch
        self._write(evals_log)
        return False

    def after_training(self, model: Any) -> Any:
        history = getattr(self, "_history", None)
        if history is not None:
            self._write(history)
        self._target.end()
        return model

    def _write(self, evals_log: Mapping[str, Mapping[str, Any]]) -> None:
        self._history = evals_log  # XGBoost goes on filling the same mapping
        rounds: dict[int, dict[str, float]] = {}
        for data, metrics in evals_log.items():
            for metric, values in metrics.items():
                n_before = self._n_written.get((data, metric), 0)
                for index in range(n_before, len(values)):
                    value = values[index]
                    # Cross validation gives mean and standard deviation.
                    number = value[0] if isinstance(value, tuple) else value
                    rounds.setdefault(index, {})[f"{data}/{metric}"] = number
                self._n_written[data, metric] = len(values)
        for index, numbers in sorted(rounds.items()):
            self._target.log((self._first_round or 0) + index, numbers)
