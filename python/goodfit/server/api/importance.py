"""POST api/importance: which hyperparameters explain the differences between trainings, as `goodfit.importance`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from goodfit.server import wire
from goodfit.server.api.formula import find_trainings
from goodfit.server.context import Context
from goodfit.server.endpoint import Endpoint, json_answer
from goodfit.server.schema import ImportanceItem, ImportanceRequest, ImportanceView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodfit.query.training import Training
    from goodfit.types import Direction

MAX_LEVELS = 64
"""Of one hyperparameter; further ones are counted."""


def find_direction(trainings: Iterable[Training], metric: str) -> Direction | None:
    """Whether lower or higher is better, as the trainings' pairs have it."""
    pairs = (pair for training in trainings for pair in training.pairs if pair.metric == metric)
    return next((pair.direction for pair in pairs if pair.direction is not None), None)


def read_importance(context: Context, ask: ImportanceRequest, _: Request | None) -> Response:
    from goodfit.curves.importance import MIN_TRAININGS
    from goodfit.findings.importance import importance

    revision = context.watch.snapshot.revision
    trainings = find_trainings(context, ask.trainings)
    direction = find_direction(trainings, ask.metric)
    prefix = {"train": "train/", "validation": "val/"}[ask.half]
    # Where nothing says which way is better, there is no best: the last values, from the lowest up.
    found = importance(
        trainings,
        prefix + ask.metric,
        direction=direction or "min",
        outcome="last" if direction is None else "best",
    )
    view = ImportanceView(
        revision=revision,
        direction=direction,
        n_trainings=found.n_trainings,
        n_needed=MIN_TRAININGS,
        items=[
            ImportanceItem(
                name=wire.printable(item.name),
                share=item.share,
                lower=item.lower,
                upper=item.upper,
                p_value=item.p_value,
                levels=[wire.printable(level) for level in item.levels[:MAX_LEVELS]],
                n_levels=len(item.levels),
                n_trainings=item.n_trainings,
                tied_with=[wire.printable(name) for name in item.tied_with],
            )
            for item in found
        ],
    )
    return json_answer(view)


ENDPOINTS = (
    Endpoint(
        "POST",
        "api/importance",
        "Which hyperparameters explain the differences of a metric.",
        read_importance,
        "heavy",
        ask=ImportanceRequest,
        answer=ImportanceView,
    ),
)
