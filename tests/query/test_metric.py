"""Metric names → direction and whether they can be paired; as their own libraries document them."""

from __future__ import annotations

import pytest

from goodfit.query.metric import direction_of, is_pairable, normalise_metric

LOWER = [
    "loss",
    "val_loss",
    "total_loss",
    "box_loss",
    "cls_loss",
    "dfl_loss",
    "lm_loss",
    "nll_loss",
    "error",
    "Error",
    "mse",
    "rmse",
    "mae",
    "mape",
    "MSE",
    "mean_squared_error",
    "mean_absolute_percentage_error",
    "perplexity",
    "ppl",
    "wer",
    "cer",
    "categorical_crossentropy",
    "log_loss",
    "Logloss",
    "kl_divergence",
    "word_error_rate",
    "false_positives",
    "false_positive_rate",
    "fid",
    "negative_log_likelihood",
    "dice_loss",
    "iou_loss",
    "valueLoss",
    "bits_per_byte/bpb",
    "hinge",
    "brier_score/brier",
    "loss/policy_loss",
]
HIGHER = [
    "acc",
    "accuracy",
    "Accuracy",
    "binary_accuracy",
    "sparse_categorical_accuracy",
    "top_5_accuracy",
    "auc",
    "AUC",
    "roc_auc",
    "f1",
    "f1_score",
    "F1",
    "precision",
    "recall",
    "metrics/precision(B)",
    "metrics/mAP50(B)",
    "metrics/mAP50-95(B)",
    "mAP_0.5",
    "coco/bbox_mAP",
    "iou",
    "miou",
    "dice",
    "bleu",
    "rouge1",
    "psnr",
    "ssim",
    "r2",
    "ep_rew_mean",
    "mean_reward",
    "episode_return",
    "explained_variance",
    "success_rate",
    "exact_match",
    "elbo",
    "neg_mean_squared_error",
    "true_positives",
    "ndcg",
    "kappa",
    "spearman",
]
UNKNOWN = [
    "lr",
    "learning_rate",
    "weights",
    "x",
    "epoch",
    "grad_norm",
    "temperature",
    "alpha",
    "zeta",
    "entropy_coefficient",
    "beta",
]
ALONE = [
    "lr",
    "learning_rate",
    "lr-Adam",
    "lr/pg0",
    "x/lr0",
    "steps_per_second",
    "samples_per_second",
    "train_runtime",
    "epoch",
    "global_step",
    "step",
    "grad_norm",
    "fps",
    "time/fps",
    "iteration_time",
    "data_time",
    "memory",
    "gpu_memory_allocated",
    "num_tokens",
    "batch_size",
    "total_flos",
    "throughput",
    "weight_decay",
    "momentum",
]


@pytest.mark.parametrize("name", LOWER)
def test_lower_is_better(name: str) -> None:
    assert direction_of(name) == "min"


@pytest.mark.parametrize("name", HIGHER)
def test_higher_is_better(name: str) -> None:
    assert direction_of(name) == "max"


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_is_a_legal_answer(name: str) -> None:
    assert direction_of(name) is None


@pytest.mark.parametrize("name", ALONE)
def test_is_measured_on_no_data(name: str) -> None:
    assert not is_pairable(name)


@pytest.mark.parametrize("name", [*LOWER, *HIGHER])
def test_is_measured_on_data(name: str) -> None:
    assert is_pairable(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Loss", "loss"), ("acc", "accuracy"), ("ACC", "accuracy"), ("mAP50", "mAP50"), ("loss/loss", "loss"), ("", "")],
)
def test_one_spelling(name: str, expected: str) -> None:
    assert normalise_metric(name) == expected
