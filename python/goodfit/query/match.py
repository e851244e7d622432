"""Series of a training → pairs: which tags are the train and validation halves of one metric.

A series' half is what its tag says (`val_loss`, `loss/test`, `eval/loss`), else what its run's folder says. Then, in
this order, each step with what the steps before left over:

1. The same metric, spelled the same and written equally often (`epoch_loss` with `epoch_loss`). Where several could be
   a half: two that say it in the same way (`Loss/train` with `Loss/test`, beside `train_loss` with `val_loss`), then
   halves by run folder before halves by tag, `validation` before `val` before `eval` before `test`, then by name. A
   series that names no half counts as train, if no other does (`loss` + `val_loss`).
2. The same metric under another usual spelling (`acc` + `val_accuracy`), or of another data loader.
3. The same metric, written at different steps (`train_loss_epoch` + `val_loss`; Keras's `batch_loss` +
   `evaluation_loss_vs_iterations`, or `epoch_loss` + the latter, whose axes differ).
4. `total_loss` with `loss`.

What is left is a pair with one half. Learning rates, speeds and counters are never paired.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from goodfit.query.grouping import Member
from goodfit.query.half import TRAIN_FOLDERS, TRAIN_WORDS, VALIDATION_WORDS, Half, Scale, Words, split_tag
from goodfit.query.metric import direction_of, is_pairable, normalise_metric, objective_rank
from goodfit.types import Pair, SeriesKey

Axis = Literal["steps", "epochs", "iterations"]


@dataclass(frozen=True, slots=True)
class Pairing:
    """How the user overrules the pairing.

    Example:
        >>> Pairing(metrics={"loss": ("objective", "check")}, validation_words=("monitor",)).words().validation[0]
        'monitor'
    """

    metrics: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Train and validation series by metric, each a tag, or `run/tag` below the training; None for no such half."""
    train_words: tuple[str, ...] = ()
    """Further names of train folders and tags, preferred to the usual ones."""
    validation_words: tuple[str, ...] = ()
    merged: bool = True
    """False: every run is a training of its own."""

    def words(self) -> Words:
        """The words that name halves: the user's first."""
        train = tuple(word.casefold() for word in self.train_words)
        validation = tuple(word.casefold() for word in self.validation_words)
        return Words(
            train=train + tuple(word for word in TRAIN_WORDS if word not in validation),
            validation=validation + tuple(word for word in VALIDATION_WORDS if word not in train),
            train_folders=train + tuple(word for word in TRAIN_FOLDERS if word not in validation),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scalar series with what its names tell."""

    key: SeriesKey
    half: Half | None
    order: tuple[bool, int, SeriesKey]
    """Lower is preferred: by folder before by tag, then the word's rank, then the name."""
    scale: Scale
    metric: str
    """In the tag's own spelling."""
    how: str
    word: str
    axis: Axis
    variant: int


@dataclass(frozen=True, slots=True)
class AxisPair:
    """A pair and what its steps count."""

    pair: Pair
    axis: Axis


# Which differently scaled halves belong together, most convincing first.
_ACROSS_SCALES: tuple[tuple[Scale, Scale], ...] = (
    ("epoch", ""), ("", "epoch"), ("batch", "evaluation"), ("step", ""), ("", "step"), ("epoch", "evaluation"),
    ("", "evaluation"), ("batch", ""), ("batch", "epoch"), ("step", "epoch"), ("step", "evaluation"),
)  # fmt: skip


def find_candidates(members: Iterable[Member], tags_of: Mapping[str, Sequence[str]], words: Words) -> list[Candidate]:
    """The scalar series of a training with what their names tell.

    Args:
        members: the training's runs.
        tags_of: scalar tags by run.
        words: the words that name halves.
    """
    found = []
    for member in members:
        for tag in tags_of.get(member.run, ()):
            name = split_tag(f"{tag}/{member.sub_tag}" if member.sub_tag else tag, words)
            half, how, by_tag = name.half, name.how, True
            if half is None or (member.half is not None and member.half.half == half.half):
                by_tag = member.half is None and half is not None
                half, how = (member.half or half), (member.how or how)
            key = SeriesKey(member.run, tag)
            found.append(
                Candidate(
                    key=key,
                    half=half.half if half else None,
                    order=(by_tag, half.rank if half else 0, key),
                    scale=name.scale,
                    metric=name.metric or tag,
                    how="add_scalars" if member.sub_tag else how,
                    word=half.word if half else "",
                    axis=name.axis,
                    variant=name.variant,
                )
            )
    return found


def pair_series(
    candidates: Sequence[Candidate], *, metrics: Mapping[str, tuple[str | None, str | None]] | None = None
) -> list[AxisPair]:
    """Pairs of one training, the objective first; every candidate is in exactly one pair, and no two share a metric.

    Args:
        candidates: of one training, in any order; the answer does not depend on it.
        metrics: what the user gave, as in `Pairing.metrics`.
    """
    left = {candidate.key: candidate for candidate in sorted(candidates, key=lambda candidate: candidate.key)}
    named: list[tuple[str, Pair, Candidate]] = []
    for metric, (train_name, validation_name) in sorted((metrics or {}).items()):
        train = _take_named(left, train_name)
        validation = _take_named(left, validation_name)
        if first := train or validation:
            named.append((metric, _make_pair(metric, train, validation, "given"), first))

    pairs: list[tuple[Candidate | None, Candidate | None]] = []
    pairable = {key: candidate for key, candidate in left.items() if is_pairable(candidate.metric)}
    steps: tuple[Callable[[Candidate], Hashable], ...] = (
        lambda candidate: (candidate.scale, candidate.metric.casefold(), candidate.variant),
        lambda candidate: (candidate.scale, normalise_metric(candidate.metric).casefold()),
    )
    for group_key in steps:
        pairs += _pair_equal(pairable, group_key)
    pairs += _pair_across(pairable, lambda candidate: normalise_metric(candidate.metric).casefold())
    pairs += _pair_across(pairable, _total_is_loss, same_scale=True)
    paired = {half.key for pair in pairs for half in pair if half}
    pairs += [
        (None, single) if single.half == "validation" else (single, None)
        for key, single in left.items()
        if key not in paired
    ]
    return _name_pairs(named, pairs)


def _pair_equal(
    left: dict[SeriesKey, Candidate], group_key: Callable[[Candidate], Hashable]
) -> list[tuple[Candidate | None, Candidate | None]]:
    groups: dict[Hashable, dict[Half | None, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for candidate in left.values():
        groups[group_key(candidate)][candidate.half].append(candidate)
    pairs: list[tuple[Candidate | None, Candidate | None]] = []
    for group in groups.values():
        if "validation" not in group:
            continue
        pairs_of_group: list[tuple[Candidate | None, Candidate | None]] = []
        trains = sorted(group["train"] or group[None], key=_order)
        validations = sorted(group["validation"], key=_order)
        while trains and validations:
            train, validation = _closest(trains, validations)
            if pairs_of_group and not _is_spelled_alike(train, validation):
                break
            pairs_of_group.append((train, validation))
            trains.remove(train)
            validations.remove(validation)
            del left[train.key], left[validation.key]
        pairs += pairs_of_group
    return pairs


def _closest(trains: Sequence[Candidate], validations: Sequence[Candidate]) -> tuple[Candidate, Candidate]:
    """The first two that are spelled alike (`Loss/train` with `Loss/test`, not with `val_loss`), else the first two."""
    for train in trains:
        for validation in validations:
            if _is_spelled_alike(train, validation):
                return train, validation
    return trains[0], validations[0]


def _is_spelled_alike(train: Candidate, validation: Candidate) -> bool:
    return train.half is not None and (train.how, train.metric) == (validation.how, validation.metric)


def _pair_across(
    left: dict[SeriesKey, Candidate], metric_of: Callable[[Candidate], str], *, same_scale: bool = False
) -> list[tuple[Candidate | None, Candidate | None]]:
    groups: dict[str, dict[tuple[bool, Scale], list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for candidate in left.values():
        groups[metric_of(candidate)][candidate.half == "validation", candidate.scale].append(candidate)
    scales: list[tuple[Scale, Scale]] = [("", ""), ("epoch", "epoch")] if same_scale else []
    pairs: list[tuple[Candidate | None, Candidate | None]] = []
    for group in groups.values():
        if len({is_validation for is_validation, _ in group}) < 2:
            continue
        for train_scale, validation_scale in (*scales, *_ACROSS_SCALES):
            trains, validations = group[False, train_scale], group[True, validation_scale]
            if trains and validations:
                # A series that names its half comes before one that does not.
                train = min(trains, key=lambda candidate: (candidate.half is None, candidate.order))
                validation = min(validations, key=_order)
                trains.remove(train)
                validations.remove(validation)
                pairs.append((train, validation))
                del left[train.key], left[validation.key]
    return pairs


def _order(candidate: Candidate) -> tuple[bool, int, SeriesKey]:
    return candidate.order


def _total_is_loss(candidate: Candidate) -> str:
    metric = candidate.metric.casefold()
    return "loss" if metric in {"total_loss", "loss/total_loss", "total loss", "loss_total", "loss/total"} else metric


def _take_named(left: dict[SeriesKey, Candidate], name: str | None) -> Candidate | None:
    if name is None:
        return None
    matches = [key for key in left if name == key.tag or f"/{key.run}/{key.tag}".endswith(f"/{name}")]
    # The exact tag first, then the shortest run.
    matches.sort(key=lambda key: (name != key.tag, len(key.run), key))
    return left.pop(matches[0]) if matches else None


def _make_pair(metric: str, train: Candidate | None, validation: Candidate | None, how: str) -> Pair:
    direction = direction_of(metric)
    return Pair(metric, train.key if train else None, validation.key if validation else None, direction, how)


def _how(train: Candidate | None, validation: Candidate | None) -> str:
    if train is None or validation is None:
        return "single"
    hows = {train.how, validation.how} - {""}
    for how in ("add_scalars", "tag prefix", "tag suffix", "run names", "run folders"):
        if how in hows:
            return how
    return "run folders"


def _name_pairs(
    named: Sequence[tuple[str, Pair, Candidate]], pairs: Iterable[tuple[Candidate | None, Candidate | None]]
) -> list[AxisPair]:
    used = {metric for metric, _, _ in named}
    ranked: list[tuple[tuple[object, ...], AxisPair]] = [
        (_rank(metric, pair.train is None or pair.validation is None, first), AxisPair(pair, first.axis))
        for metric, pair, first in named
    ]
    unnamed: list[tuple[tuple[object, ...], Candidate, Candidate | None, Candidate | None]] = []
    for train, validation in pairs:
        first = train or validation
        assert first is not None
        metric = _metric_name(first, validation)
        unnamed.append((_rank(metric, train is None or validation is None, first), first, train, validation))
    unnamed.sort(key=lambda item: item[0])
    for rank, first, train, validation in unnamed:
        choices = (
            _metric_name(first, validation),
            f"{first.word}/{first.key.tag}" if first.word and not first.order[0] else first.key.tag,
            f"{first.key.run}/{first.key.tag}",
            f"{first.key.run} {first.key.tag}",
        )
        metric = next((choice for choice in choices if choice not in used), f"{choices[-1]} ({len(used)})")
        used.add(metric)
        ranked.append((rank, AxisPair(_make_pair(metric, train, validation, _how(train, validation)), first.axis)))
    ranked.sort(key=lambda item: item[0])
    return [pair for _, pair in ranked]


def _metric_name(first: Candidate, validation: Candidate | None) -> str:
    metric = normalise_metric(first.metric)
    if validation is not None and _total_is_loss(first) == _total_is_loss(validation) == "loss":
        metric = "loss"
    if first.scale == "batch":
        return f"batch_{metric}"
    # A per-step train curve beside validation leads its metric; alone it must leave the name to the epochs' curve.
    if first.scale == "step" and (validation is None or validation.scale == "step"):
        return f"{metric}_step"
    return f"{metric}/dataloader_idx_{first.variant}" if first.variant else metric


_SCALE_ORDER: dict[Scale, int] = {"epoch": 0, "": 1, "step": 2, "batch": 3, "evaluation": 4}


def _rank(metric: str, is_single: bool, first: Candidate) -> tuple[object, ...]:
    frequent = first.scale in ("step", "batch", "evaluation")
    rank = 9 if not is_pairable(metric) else objective_rank(normalise_metric(first.metric)) + (6 if frequent else 0)
    return (rank, is_single, _SCALE_ORDER[first.scale], metric.casefold(), first.order)
