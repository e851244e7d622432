"""Hugging Face's Trainer → a run.

    Trainer(..., callbacks=[GoodfitCallback("logs/fit/exp1")])

Tags are those of its own TensorBoard callback: `train/loss`, `eval/loss`. Only the first process of a distributed
training writes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from transformers import TrainerCallback

from goodfit.sdk.integrations.target import Target
from goodfit.sdk.run import Run


class GoodfitCallback(TrainerCallback):
    """Writes what the trainer logs.

    Args:
        where: the run's folder, or a run of the caller's.
        notify: channels that hear of the end.
        name: what alerts call the training; default: the folder's name.
    """

    def __init__(
        self, where: Run | str | os.PathLike[str], *, notify: Sequence[str] | None = None, name: str | None = None
    ) -> None:
        self._target = Target(where, notify=notify, name=name)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            self._target.run.hparams(_plain(args.to_dict()))

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            numbers = {name: value for name, value in (logs or {}).items() if isinstance(value, (int, float))}
            self._target.log(state.global_step, {tag_of(name): value for name, value in numbers.items()})

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._target.end()


def tag_of(name: str) -> str:
    """The tag for a name in the trainer's logs.

    `eval_loss` → `eval/loss`, `test_loss` → `test/loss`, all else → `train/…`.
    """
    for half in ("eval", "test"):
        if name.startswith(f"{half}_"):
            return f"{half}/{name[len(half) + 1 :]}"
    return f"train/{name}"


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are one value; lists and nothing-at-alls tell little in a table of two hundred columns."""
    return {
        name: value for name, value in settings.items() if isinstance(value, (bool, int, float, str)) and value != ""
    }
