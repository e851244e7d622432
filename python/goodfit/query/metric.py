"""Metric names → one spelling, a direction, and whether the metric can have a train and a validation half at all."""

from __future__ import annotations

import re
from functools import lru_cache

from goodfit.types import Direction

_ALIASES = {
    "acc": "accuracy", "accuracy": "accuracy", "accuracies": "accuracy", "losses": "loss", "loss": "loss",
    "ppl": "perplexity", "perplexity": "perplexity", "lr": "learning_rate", "learning rate": "learning_rate",
    "learning-rate": "learning_rate", "learning_rate": "learning_rate", "error": "error", "err": "error",
}  # fmt: skip

_MIN_WORDS = frozenset({
    "loss", "losses", "error", "err", "errors", "perplexity", "ppl", "wer", "cer", "ter", "eer", "mse", "mae", "rmse",
    "mape", "smape", "msle", "rmsle", "nll", "kl", "kld", "ce", "bce", "crossentropy", "xent", "hinge",
    "logcosh", "huber", "logloss", "fid", "kid", "lpips", "bpc", "bpd", "bpb", "brier", "ece", "divergence",
    "distance", "cost", "regret", "deviance", "misclassification", "mer", "der",
})  # fmt: skip
_MAX_WORDS = frozenset({
    "acc", "accuracy", "accuracies", "auc", "auroc", "auprc", "aucpr", "roc", "prc", "ap", "map", "map50", "map75",
    "map95", "mar", "f1", "f2", "fbeta", "dice", "iou", "miou", "giou", "jaccard", "precision", "recall",
    "sensitivity", "specificity", "bleu", "rouge", "rouge1", "rouge2", "rougel", "meteor", "cider", "spice", "chrf",
    "psnr", "ssim", "r2", "reward", "rew", "rewards", "return", "returns", "elbo", "kappa", "mcc", "top1", "top5",
    "top3", "top10", "ndcg", "mrr", "hit", "hits", "correlation", "pearson", "spearman", "kendall", "similarity",
    "likelihood", "gini", "lift", "winrate", "em", "score", "pq", "sq", "rq", "hota", "mota", "idf1",
})  # fmt: skip
# Two words that only together say a direction.
_MIN_PAIRS = (("false", "positive"), ("false", "negative"), ("false", "positives"), ("false", "negatives"))
_MAX_PAIRS = (
    ("true", "positive"), ("true", "negative"), ("true", "positives"), ("true", "negatives"), ("explained", "variance"),
    ("success", "rate"), ("win", "rate"), ("exact", "match"),
)  # fmt: skip
_NOT_PAIRED = re.compile(
    r"""(?ix) (^|[/_\-. ]) (
        learning[_\- ]?rate | lr\d* | lr[-_]\w+ | pg\d+
        | (steps|samples|tokens|batches|images|examples|iterations|it) [_\- ]? (per|/) [_\- ]? (second|sec|s)
        | fps | runtime | (total_)?fl(op|o)s | throughput | time | timing | duration | elapsed | eta
        | epochs? | (global|train)?[_\-]?steps? | iterations? | num_\w+ | batch[_\- ]size | samples | tokens
        | weight[_\- ]decay | momentum | grad(ient)?[_\- ]?norm | temperature | world[_\- ]size
        | (gpu|cpu|ram|memory|mem|allocated|reserved)([_\- /].*)?
    ) $"""
)
_MAX_NAMES = 65_536
"""Names whose answers are kept: the functions are pure, and thousands of runs share a few names."""
# Names run together, as in `valueLoss` or `categoricalcrossentropy`.
_MIN_ENDINGS = ("loss", "error", "crossentropy")
_TOKENS = re.compile(r"[a-z]+\d*|\d+")


@lru_cache(maxsize=_MAX_NAMES)
def normalise_metric(name: str) -> str:
    """One spelling for the usual names: `Loss` → `loss`, `acc` → `accuracy`; others keep their own.

    Example:
        >>> normalise_metric("Acc"), normalise_metric("mAP50"), normalise_metric("Top/Loss")
        ('accuracy', 'mAP50', 'Top/loss')
    """
    parts = [_ALIASES.get(part.casefold(), part) for part in name.split("/")]
    kept = [part for index, part in enumerate(parts) if index == 0 or part != parts[index - 1]]
    return "/".join(kept)


@lru_cache(maxsize=_MAX_NAMES)
def direction_of(name: str) -> Direction | None:
    """Whether lower or higher is better, as far as the name tells; None is a legal answer.

    Example:
        >>> direction_of("dice_loss"), direction_of("mAP50-95(B)"), direction_of("x")
        ('min', 'max', None)
        >>> direction_of("neg_mean_squared_error"), direction_of("negative_log_likelihood")
        ('max', 'min')
    """
    lowered = name.casefold()
    tokens = _TOKENS.findall(lowered)
    compact = lowered.replace("_", "").replace("-", "").replace(" ", "")
    words = set(tokens)
    found: Direction | None = None
    # `dice_loss` is a loss: words of cost win over the quantity they are made from.
    if words & _MIN_WORDS or _has_both(words, _MIN_PAIRS) or compact.endswith(_MIN_ENDINGS):
        found = "min"
    elif words & _MAX_WORDS or _has_both(words, _MAX_PAIRS) or compact.endswith(("accuracy", "acc")):
        found = "max"
    # scikit-learn's `neg_mean_squared_error`; but a negative log-likelihood is a cost.
    if words & {"neg", "negative"} and not words & {"true", "false"} and found is not None:
        found = "min" if found == "max" else "max"
    return found


def _has_both(words: set[str], pairs: tuple[tuple[str, str], ...]) -> bool:
    return any(first in words and second in words for first, second in pairs)


@lru_cache(maxsize=_MAX_NAMES)
def is_pairable(name: str) -> bool:
    """False for what is not measured on data: learning rate, speed, time, counters, memory.

    Example:
        >>> is_pairable("loss"), is_pairable("learning_rate"), is_pairable("steps_per_second")
        (True, False, False)
    """
    return _NOT_PAIRED.search(name) is None


@lru_cache(maxsize=_MAX_NAMES)
def objective_rank(name: str) -> int:
    """Orders metrics for the reader: 0 for the loss itself, then other losses, accuracy, other goals, the rest."""
    lowered = name.casefold()
    if lowered == "loss":
        return 0
    if lowered in {"total_loss", "loss/total", "total/loss", "loss_total", "lm loss"}:
        return 1
    if not is_pairable(name):
        return 9
    direction = direction_of(name)
    if lowered == "accuracy":
        return 3
    if "loss" in lowered and direction == "min":
        return 2
    if "accuracy" in lowered or lowered.endswith("acc"):
        return 4
    return 8 if direction is None else 5
