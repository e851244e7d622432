"""Names → halves: which folder or tag names mean train, which validation, and what remains of a tag without that word.

A *half* is one side of a metric: measured on the data trained on, or on data held back. Words are compared without
case. Only one word is taken out of a name, so `train/train_loss` (an average that some trainers write at the end) stays
apart from `train/loss`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Half = Literal["train", "validation"]
Scale = Literal["", "epoch", "step", "batch", "evaluation"]
"""How often a tag says it was written: `epoch_loss`, `loss_step` (Lightning), `batch_loss` and
`evaluation_loss_vs_iterations` (Keras); empty when it does not say."""

TRAIN_WORDS = ("train", "training", "trn", "학습", "훈련")
VALIDATION_WORDS = (
    "validation", "valid", "val", "vld", "검증", "dev", "eval", "evaluation", "evaluate", "평가", "holdout", "heldout",
    "test", "testing", "tst", "테스트",
)  # fmt: skip
"""Best first: where a training has both `val` and `test`, `val` is the validation half."""
TRAIN_FOLDERS = (*TRAIN_WORDS, "learn", "train_inner")
"""`learn` is CatBoost's, `train_inner` fairseq's (the same curve within the epoch, so after `train`)."""
WEAK_FOLDERS = frozenset({"dev", "test", "testing", "tst", "테스트", "holdout", "heldout"})
"""Folders that users also name so for other reasons; halves only beside a train folder."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words that name halves; the user may give others."""

    train: tuple[str, ...] = TRAIN_WORDS
    validation: tuple[str, ...] = VALIDATION_WORDS
    train_folders: tuple[str, ...] = TRAIN_FOLDERS

    def half_of(self, word: str, *, folder: bool = False) -> HalfWord | None:
        """The half that a whole word names, or None."""
        word = word.casefold()
        train = self.train_folders if folder else self.train
        if word in train:
            return HalfWord("train", word, train.index(word))
        if word in self.validation:
            return HalfWord("validation", word, self.validation.index(word))
        # Estimators name further evaluations `eval_<name>`.
        if folder and word.startswith("eval_"):
            return HalfWord("validation", word, len(self.validation))
        return None


@dataclass(frozen=True, slots=True, order=True)
class HalfWord:
    """A half and the word that named it; a lower rank is preferred."""

    half: Half
    word: str
    rank: int


@dataclass(frozen=True, slots=True)
class TagName:
    """A tag taken apart."""

    half: HalfWord | None
    """None when the tag names no half."""
    scale: Scale
    metric: str
    """What remains, in the tag's own spelling; never empty unless the tag is."""
    how: str
    """`tag prefix`, `tag suffix`, or empty."""
    axis: Literal["steps", "epochs", "iterations"]
    """What the tag's steps count, as far as its name tells; Keras counts epochs in `epoch_*` and batches elsewhere."""
    variant: int = 0
    """Lightning's `dataloader_idx_N`; 0 when there is none."""


_EVALUATION = re.compile(r"(?i)^evaluation_(?P<metric>.+)_vs_iterations$")
_DATALOADER = re.compile(r"/dataloader_idx_(\d+)$")
_SCALE_PREFIX = re.compile(r"(?i)^(epoch|batch|step|iter|iteration)[/_\-. ](.+)$")
_SCALE_SUFFIX = re.compile(r"(?i)^(.+)[/_\-. ](epoch|batch|step|iter|iteration)$")
_NOT_A_METRIC = frozenset({
    "size", "time", "num", "number", "count", "duration", "idx", "index", "per", "global", "env", "total", "time_per",
    "seconds_per", "per_second", "rate", "secs",
})  # fmt: skip
"""What is left of `batch_size`, `step_time`, `global_step`: there the word is not a scale."""
# YOLOv5 and Ultralytics measure these on the validation set and write no half.
_ULTRALYTICS = re.compile(r"(?i)^metrics/(precision|recall|map[\w.:-]*)(\([a-z]\))?$")
_SEPARATORS = "/_-. :"


def split_tag(tag: str, words: Words | None = None) -> TagName:
    """Takes a tag apart into half, scale and metric.

    Args:
        tag: as logged.
        words: the words that name halves; the usual ones by default.

    Example:
        >>> split_tag("val/loss_epoch").metric, split_tag("val/loss_epoch").half.half
        ('loss', 'validation')
        >>> split_tag("learning_rate").half is None
        True
    """
    return _split_tag(tag, words or Words())


@lru_cache(maxsize=65536)
def _split_tag(tag: str, words: Words) -> TagName:
    # A cache of a pure function: thousands of runs share a few tags.
    if match := _EVALUATION.match(tag):
        vs_iterations = HalfWord("validation", "evaluation", 0)
        return TagName(vs_iterations, "evaluation", match["metric"], "tag prefix", "iterations")
    rest, variant = tag, 0
    if match := _DATALOADER.search(tag):
        rest, variant = tag[: match.start()], int(match[1])
    if _ULTRALYTICS.match(rest):
        return TagName(
            HalfWord("validation", "metrics", len(words.validation)), "", rest, "tag prefix", "steps", variant
        )
    rest, scale = _take_scale(rest, words)
    half, rest, how = _take_half(rest, words)
    if not scale:
        rest, scale = _take_scale(rest, words)
    # Only Keras's spelling says that steps count epochs; Lightning's `loss_epoch` is written at global steps.
    lowered = tag.casefold()
    axis: Literal["steps", "epochs", "iterations"] = (
        "epochs" if lowered.startswith("epoch_") else "iterations" if lowered.startswith("batch_") else "steps"
    )
    return TagName(half, scale, _without_repeats(rest), how, axis, variant)


def _take_scale(text: str, words: Words) -> tuple[str, Scale]:
    for pattern, scale_group, rest_group in ((_SCALE_PREFIX, 1, 2), (_SCALE_SUFFIX, 2, 1)):
        if match := pattern.match(text):
            rest, word = match[rest_group], match[scale_group].casefold()
            last = rest.casefold()
            if last in _NOT_A_METRIC or last.endswith(("_per", " per", "-per", "/per", "global", "/time")):
                continue
            if words.half_of(last) is not None:  # `train/epoch` is the epoch's number, not a loss per epoch
                continue
            if word == "epoch":
                return rest, "epoch"
            return rest, "batch" if word == "batch" else "step"
    return text, ""


def _take_half(text: str, words: Words) -> tuple[HalfWord | None, str, str]:
    parts = text.split("/")
    if len(parts) > 1:
        for index in (0, len(parts) - 1, *range(1, len(parts) - 1)):
            if (named := words.half_of(parts[index])) is not None:
                rest = "/".join(parts[:index] + parts[index + 1 :])
                return named, rest, "tag suffix" if index == len(parts) - 1 else "tag prefix"
    prefix, suffix = _half_patterns(words)
    for index in range(len(parts) - 1, -1, -1):
        for pattern, how in ((prefix, "tag prefix"), (suffix, "tag suffix")):
            if match := pattern.match(parts[index]):
                named = words.half_of(match["word"])
                rest = match["rest"].strip(_SEPARATORS)
                if named is None or not rest:
                    continue
                return named, "/".join([*parts[:index], rest, *parts[index + 1 :]]), how
    return None, text, ""


@lru_cache(maxsize=64)
def _half_patterns(words: Words) -> tuple[re.Pattern[str], re.Pattern[str]]:
    alternatives = "|".join(sorted(map(re.escape, words.train + words.validation), key=lambda word: (-len(word), word)))
    prefix = re.compile(rf"^(?P<word>(?i:{alternatives}))(?:[_\-. :]+|(?=[A-Z][a-z]))(?P<rest>.+)$", re.DOTALL)
    suffix = re.compile(rf"^(?P<rest>.+?)[_\-. :]+(?P<word>(?i:{alternatives}))$", re.DOTALL)
    return prefix, suffix


def _without_repeats(metric: str) -> str:
    """`loss/loss` (from `loss/train_loss`) → `loss`."""
    parts = metric.split("/")
    kept = [part for index, part in enumerate(parts) if index == 0 or part.casefold() != parts[index - 1].casefold()]
    return "/".join(kept)
