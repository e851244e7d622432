"""Trainings → groups that differ in their seed alone, each named by what tells it from the others."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from goodfit.findings.rules.outlier_run import group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEED_NAMES = ("seed", "random_seed", "rng_seed", "random_state")

_SEED_WORD = re.compile(r"(?i)[-_/ ]?(seed|replicate|replica|repeat|rep)$")


def name_seed_groups(trainings: Iterable[Any], metric: str) -> dict[str, list[Any]]:
    """Groups by name, in the order of their first trainings; a training that nothing tells a seed of is in none."""
    groups: dict[tuple[object, ...], list[Any]] = {}
    for training in trainings:
        group = group_of(training.name, training.hparams, metric)
        if group is not None:
            groups.setdefault(group, []).append(training)
    members = list(groups.values())
    named: dict[str, list[Any]] = {}
    for place, group_members in enumerate(members):
        hparams = group_members[0].hparams
        telling = [
            f"{name}={hparams[name]}"
            for name in sorted(hparams)
            if name.casefold() not in SEED_NAMES
            and any(other[0].hparams.get(name) != hparams[name] for other in members)
        ]
        stem = _common_start([each.name for each in group_members]).rstrip("/_- =0123456789")
        name = ", ".join(telling) or _SEED_WORD.sub("", stem) or "group"
        named[name if name not in named else f"{name} #{place + 1}"] = group_members
    return named


def _common_start(names: Sequence[str]) -> str:
    """The characters with which all names begin."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in same)
