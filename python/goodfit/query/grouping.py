"""Run names → trainings: which runs are the halves or by-products of one training. Names only; no points are read.

In this order, the first that fits decides:

1. `add_scalars` sub-runs: PyTorch writes `add_scalars("loss", {"val": …})` into a run `P/loss_val`, tensorboardX into
   `P/loss/val`, each with the one tag `loss`; they belong to the run `P`.
2. A sub-run of hyperparameters (PyTorch's and tensorboardX's `add_hparams`, named by the time) belongs to the run above
   it, if there is one only, or all of them say the same.
3. Half folders: `exp1/train` + `exp1/validation` → `exp1`. A run `exp1` itself, if there is one, belongs to it too
   (Estimators write the train half there). `train` alone counts when it has no neighbours of other kinds, so that a
   name does not change when the validation half appears.
4. Half folders higher up: `train/exp1` + `val/exp1` → `exp1`; both must be there.
5. Run names: `exp1_train` + `exp1_val`, or `train-exp1` + `val-exp1` → `exp1`; both must be there and `exp1` be free.
6. Else a run is a training.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodfit.query.half import WEAK_FOLDERS, HalfWord, Words

_TIME_NAME = re.compile(r"^\d{9,11}(\.\d+)?$")


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What grouping needs to know of a run besides its name."""

    scalar_tags: tuple[str, ...] = ()
    hparams_id: str | None = None
    """Equal for equal hyperparameters; None for a run without a hyperparameter record."""
    n_most_points: int = 0
    """Points of its longest scalar series."""


@dataclass(frozen=True, slots=True)
class Member:
    """A run's place in a training."""

    run: str
    half: HalfWord | None
    """The half that the run's folder names; None where its tags must tell."""
    how: str
    """`run folders`, `run names`, `add_scalars`, `hparams`, or empty for the training's own run."""
    sub_tag: str = ""
    """For `add_scalars`: the series' name within the call, as in `{"val": …}`."""


def group_runs(runs: Mapping[str, RunFacts], words: Words | None = None) -> dict[str, tuple[Member, ...]]:
    """Trainings by name, sorted, each with its runs, sorted.

    Args:
        runs: facts by run name; `.` is the log folder itself.
        words: the words that name halves.

    Returns:
        Every run in exactly one training. Cost grows with the number of runs and of their tags.

    Example:
        >>> found = group_runs({"a/train": RunFacts(), "a/validation": RunFacts(), "b": RunFacts()})
        >>> {name: [member.run for member in members] for name, members in found.items()}
        {'a': ['a/train', 'a/validation'], 'b': ['b']}
    """
    words = words or Words()
    attached = _find_sub_runs(runs)
    free = [run for run in sorted(runs) if run not in attached]
    placed = _place_half_folders(free, words)
    rest = [run for run in free if run not in placed]
    placed |= _place_upper_folders(rest, words)
    rest = [run for run in rest if run not in placed]
    placed |= _place_half_names(rest, {training for training, _ in placed.values()} | set(runs), words)

    trainings: dict[str, list[Member]] = defaultdict(list)
    training_of: dict[str, str] = {}
    for run in free:
        training, member = placed.get(run) or (run, Member(run, None, ""))
        training_of[run] = training
        trainings[training].append(member)
    for run in sorted(attached):
        owner, member = attached[run]
        while owner in attached:
            owner = attached[owner][0]
        trainings[training_of[owner]].append(member)
    return {name: tuple(sorted(trainings[name], key=lambda member: member.run)) for name in sorted(trainings)}


def parent_of(run: str) -> str | None:
    """The folder above a run's; None for the log folder itself."""
    if run == ".":
        return None
    head, _, _ = run.rpartition("/")
    return head or "."


def _leaf_of(run: str) -> str:
    return run.rpartition("/")[2]


def _find_sub_runs(runs: Mapping[str, RunFacts]) -> dict[str, tuple[str, Member]]:
    attached: dict[str, tuple[str, Member]] = {}
    timed: dict[str, list[str]] = defaultdict(list)
    for run in sorted(runs):
        facts = runs[run]
        if len(facts.scalar_tags) == 1 and (found := _match_add_scalars(run, facts.scalar_tags[0], runs)):
            attached[run] = (found[0], Member(run, None, "add_scalars", found[1]))
            continue
        parent = parent_of(run)
        if (
            parent in runs
            and parent is not None
            and facts.hparams_id is not None
            and runs[parent].hparams_id is None
            and facts.n_most_points <= 1
            and _TIME_NAME.match(_leaf_of(run))
        ):
            timed[parent].append(run)
    for parent, subs in timed.items():
        # One writer for many trials: each sub-run is a trial of its own then.
        if len({runs[sub].hparams_id for sub in subs}) == 1:
            for sub in subs:
                attached[sub] = (parent, Member(sub, None, "hparams"))
    return attached


def _match_add_scalars(run: str, tag: str, runs: Mapping[str, RunFacts]) -> tuple[str, str] | None:
    """The run that `add_scalars` was called on, and the series' name within the call."""
    parent, leaf = parent_of(run), _leaf_of(run)
    if parent is None or not tag:
        return None
    flat = tag.replace("/", "_") + "_"
    if leaf.startswith(flat) and len(leaf) > len(flat) and parent in runs:
        return parent, leaf[len(flat) :]
    if parent == tag and "." in runs:
        return ".", leaf
    if parent.endswith("/" + tag) and parent[: -len(tag) - 1] in runs:
        return parent[: -len(tag) - 1], leaf
    return None


def _place_half_folders(free: Sequence[str], words: Words) -> dict[str, tuple[str, Member]]:
    known = set(free)
    halves: dict[str, dict[str, HalfWord]] = defaultdict(dict)
    n_children: dict[str, int] = defaultdict(int)
    seen_children: set[str] = set()
    for run in free:
        parent = parent_of(run)
        if parent is None:
            continue
        if half := words.half_of(_leaf_of(run), folder=True):
            halves[parent][run] = half
        # Count each folder directly below `parent` once, runs or not.
        child = run
        above: str | None = parent
        while above is not None and child not in seen_children:
            seen_children.add(child)
            n_children[above] += 1
            child, above = above, parent_of(above)
    placed: dict[str, tuple[str, Member]] = {}
    # From the top down, so that `exp/train/eval` joins the training that `exp/train` is of.
    for parent in sorted(halves, key=lambda folder: (0 if folder == "." else 1 + folder.count("/"), folder)):
        found = halves[parent]
        has_train = any(half.half == "train" for half in found.values())
        has_validation = any(half.half == "validation" for half in found.values())
        parent_is_run = parent in known
        only_halves = n_children[parent] == len(found)
        strong = any(half.word not in WEAK_FOLDERS for half in found.values())
        if not ((has_train and (has_validation or only_halves)) or parent_is_run or (only_halves and strong)):
            continue
        if parent_is_run and not has_train and not _is_estimator(found, only_halves):
            continue
        training = placed[parent][0] if parent in placed else parent
        for run, half in found.items():
            placed[run] = (training, Member(run, half, "run folders"))
        if parent_is_run and parent not in placed:
            # An Estimator's own folder is the train half; beside a `train` folder it holds what belongs to both.
            own = None if has_train else HalfWord("train", "", len(words.train_folders))
            placed[parent] = (parent, Member(parent, own, "run folders"))
    return placed


def _is_estimator(found: Mapping[str, HalfWord], only_halves: bool) -> bool:
    return only_halves or any(half.word.startswith("eval") for half in found.values())


def _place_upper_folders(rest: Sequence[str], words: Words) -> dict[str, tuple[str, Member]]:
    candidates: dict[str, dict[str, HalfWord]] = defaultdict(dict)
    for run in rest:
        parts = run.split("/")
        for index, part in enumerate(parts[:-1]):
            if half := words.half_of(part, folder=True):
                candidates["/".join(parts[:index] + parts[index + 1 :])][run] = half
                break
    return _place_complete(candidates, "run folders", taken=frozenset(rest))


def _place_half_names(rest: Sequence[str], taken: set[str], words: Words) -> dict[str, tuple[str, Member]]:
    alternatives = "|".join(sorted(map(re.escape, words.train + words.validation), key=lambda word: (-len(word), word)))
    pattern = re.compile(rf"(?i)^(?:(?P<a>{alternatives})[_\-. ](?P<ra>.+)|(?P<rb>.+)[_\-. ](?P<b>{alternatives}))$")
    candidates: dict[str, dict[str, HalfWord]] = defaultdict(dict)
    for run in rest:
        if match := pattern.match(_leaf_of(run)):
            half = words.half_of(match["a"] or match["b"])
            parent = parent_of(run)
            assert half is not None
            name = match["ra"] or match["rb"]
            candidates[name if parent in (None, ".") else f"{parent}/{name}"][run] = half
    return _place_complete(candidates, "run names", taken=frozenset(taken))


def _place_complete(
    candidates: Mapping[str, Mapping[str, HalfWord]], how: str, *, taken: frozenset[str]
) -> dict[str, tuple[str, Member]]:
    placed: dict[str, tuple[str, Member]] = {}
    for name, found in candidates.items():
        if name not in taken and {half.half for half in found.values()} == {"train", "validation"}:
            placed |= {run: (name, Member(run, half, how)) for run, half in found.items()}
    return placed
