"""Names that real frameworks write → the pairing a person would make. Names only; no files are read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from goodfit.query.grouping import RunFacts, group_runs
from goodfit.query.half import split_tag
from goodfit.query.match import Pairing, find_candidates, pair_series
from goodfit.query.metric import is_pairable


def split_tags(text: str) -> list[str]:
    return text.split("\n") if "\n" in text else text.split()


def pairs_of(runs: Mapping[str, str | list[str]], pairing: Pairing | None = None) -> dict[str, dict[str, str]]:
    """Pairs by training and metric as `train|validation`, each `run:tag` or `-`; `runs` maps a run to its tags."""
    pairing = pairing or Pairing()
    tags_of = {run: tuple(split_tags(tags) if isinstance(tags, str) else tags) for run, tags in runs.items()}
    groups = group_runs({run: RunFacts(scalar_tags=tags) for run, tags in tags_of.items()}, pairing.words())
    answer: dict[str, dict[str, str]] = {}
    for name, members in groups.items():
        candidates = find_candidates(members, tags_of, pairing.words())
        answer[name] = {}
        for axis_pair in pair_series(candidates, metrics=pairing.metrics):
            pair = axis_pair.pair
            halves = [f"{key.run}:{key.tag}" if key else "-" for key in (pair.train, pair.validation)]
            assert pair.metric not in answer[name], "two pairs share a metric"
            answer[name][pair.metric] = "|".join(halves)
    return answer


# Tags of one run → metric=train|validation in the expected order.
TAGS = {
    "keras history": ("loss val_loss", "loss=loss|val_loss"),
    "keras history with accuracy": (
        "accuracy loss val_accuracy val_loss",
        "loss=loss|val_loss accuracy=accuracy|val_accuracy",
    ),
    "keras old acc": ("acc val_acc", "accuracy=acc|val_acc"),
    "keras learning rate": ("loss lr val_loss", "loss=loss|val_loss learning_rate=lr|-"),
    "pytorch tutorial slash suffix": ("Loss/train Loss/test", "loss=Loss/train|Loss/test"),
    "pytorch tutorial with accuracy": (
        "Accuracy/test Accuracy/train Loss/test Loss/train",
        "loss=Loss/train|Loss/test accuracy=Accuracy/train|Accuracy/test",
    ),
    "pytorch slash suffix val": ("Loss/train Loss/val", "loss=Loss/train|Loss/val"),
    "pytorch slash suffix validation": ("loss/train loss/validation", "loss=loss/train|loss/validation"),
    "pytorch slash prefix": ("train/loss val/loss", "loss=train/loss|val/loss"),
    "capital prefix": ("Train/Loss Valid/Loss", "loss=Train/Loss|Valid/Loss"),
    "spaces": ("Training Loss\nValidation Loss", "loss=Training Loss|Validation Loss"),
    "spaces at the end": ("Loss train\nLoss valid", "loss=Loss train|Loss valid"),
    "hyphens": ("train-loss val-loss", "loss=train-loss|val-loss"),
    "dots": ("train.loss valid.loss", "loss=train.loss|valid.loss"),
    "camel": ("trainLoss valLoss", "loss=trainLoss|valLoss"),
    "pascal": ("TrainLoss TestLoss", "loss=TrainLoss|TestLoss"),
    "fastai": ("train_loss valid_loss accuracy", "loss=train_loss|valid_loss accuracy=accuracy|-"),
    "suffix underscore": ("loss_train loss_val", "loss=loss_train|loss_val"),
    "suffix short": ("loss_trn loss_vld", "loss=loss_trn|loss_vld"),
    "folder and repeated word": ("loss/train_loss loss/val_loss", "loss=loss/train_loss|loss/val_loss"),
    "group and other word": ("accuracy/train_acc accuracy/val_acc", "accuracy=accuracy/train_acc|accuracy/val_acc"),
    "dev": ("train_loss dev_loss", "loss=train_loss|dev_loss"),
    "holdout": ("train/auc holdout/auc", "auc=train/auc|holdout/auc"),
    "other spelling across halves": ("acc val_accuracy", "accuracy=acc|val_accuracy"),
    "both spellings": (
        "acc accuracy val_acc val_accuracy",
        "accuracy=acc|val_acc accuracy2=accuracy|val_accuracy",
    ),
    "val before test": ("test_loss train_loss val_loss", "loss=train_loss|val_loss test_loss=-|test_loss"),
    "three splits by slash": ("loss/test loss/train loss/val", "loss=loss/train|loss/val loss/test=-|loss/test"),
    "named train before plain": ("loss train_loss val_loss", "loss=train_loss|val_loss ./loss=loss|-"),
    "lightning": (
        "epoch train_loss val_loss",
        "loss=train_loss|val_loss epoch=epoch|-",
    ),
    "lightning step and epoch": (
        "train_loss_epoch train_loss_step val_loss",
        "loss=train_loss_epoch|val_loss loss_step=train_loss_step|-",
    ),
    "lightning both forked": (
        "train_loss_epoch train_loss_step val_loss_epoch val_loss_step",
        "loss=train_loss_epoch|val_loss_epoch loss_step=train_loss_step|val_loss_step",
    ),
    "lightning slash forked": (
        "train/loss_epoch train/loss_step val/loss_epoch",
        "loss=train/loss_epoch|val/loss_epoch loss_step=train/loss_step|-",
    ),
    "lightning only steps in train": ("train_loss_step val_loss", "loss=train_loss_step|val_loss"),
    "lightning data loaders": (
        "train_loss val_loss/dataloader_idx_0 val_loss/dataloader_idx_1",
        "loss=train_loss|val_loss/dataloader_idx_0 loss/dataloader_idx_1=-|val_loss/dataloader_idx_1",
    ),
    "lightning learning rate monitor": (
        "lr-Adam train_loss val_loss",
        "loss=train_loss|val_loss lr-Adam=lr-Adam|-",
    ),
    "hugging face": (
        "eval/loss eval/runtime eval/samples_per_second train/epoch train/grad_norm train/learning_rate train/loss",
        "loss=train/loss|eval/loss epoch=train/epoch|- grad_norm=train/grad_norm|- learning_rate=train/learning_rate|- "
        "runtime=-|eval/runtime samples_per_second=-|eval/samples_per_second",
    ),
    "hugging face end of training": (
        "eval/loss train/loss train/train_loss train/train_runtime",
        "loss=train/loss|eval/loss train_loss=train/train_loss|- train_runtime=train/train_runtime|-",
    ),
    "hugging face metric": (
        "eval/accuracy eval/loss train/loss",
        "loss=train/loss|eval/loss accuracy=-|eval/accuracy",
    ),
    "ultralytics": (
        "metrics/mAP50(B) train/box_loss train/cls_loss val/box_loss val/cls_loss lr/pg0",
        "box_loss=train/box_loss|val/box_loss cls_loss=train/cls_loss|val/cls_loss "
        "metrics/mAP50(B)=-|metrics/mAP50(B) learning_rate/pg0=lr/pg0|-",
    ),
    "yolov5": (
        "metrics/mAP_0.5:0.95 metrics/precision train/obj_loss val/obj_loss x/lr0",
        "obj_loss=train/obj_loss|val/obj_loss metrics/mAP_0.5:0.95=-|metrics/mAP_0.5:0.95 "
        "metrics/precision=-|metrics/precision x/lr0=x/lr0|-",
    ),
    "detectron2": ("lr total_loss validation_loss", "loss=total_loss|validation_loss learning_rate=lr|-"),
    "megatron": ("lm loss\nlm loss validation", "lm loss=lm loss|lm loss validation"),
    "timm": ("eval_loss eval_top1 train_loss", "loss=train_loss|eval_loss top1=-|eval_top1"),
    "stable baselines": (
        "eval/mean_reward rollout/ep_rew_mean time/fps train/loss",
        "loss=train/loss|- mean_reward=-|eval/mean_reward rollout/ep_rew_mean=rollout/ep_rew_mean|- "
        "time/fps=time/fps|-",
    ),
    "mmengine": ("data_time loss lr val/loss", "loss=loss|val/loss data_time=data_time|- learning_rate=lr|-"),
    "paddle": ("train/ppl eval/ppl", "perplexity=train/ppl|eval/ppl"),
    "deepspeech": ("train_wer val_wer", "wer=train_wer|val_wer"),
    "gan": ("d_loss g_loss", "d_loss=d_loss|- g_loss=g_loss|-"),
    "nested groups": (
        "losses/train/total losses/val/total",
        "loss/total=losses/train/total|losses/val/total",
    ),
    "epoch in the folder": ("train_epoch/loss val_epoch/loss", "loss=train_epoch/loss|val_epoch/loss"),
    "epoch prefix": ("epoch_train_loss epoch_val_loss", "loss=epoch_train_loss|epoch_val_loss"),
    "iteration suffix": ("train/loss_iter val/loss", "loss=train/loss_iter|val/loss"),
    "step counters are not paired": ("train_step val_step", "step=train_step|- val_step=-|val_step"),
    "times are not paired": ("train_time val_time", "time=train_time|- val_time=-|val_time"),
    "words inside words": ("valueLoss trainable_params", "valueLoss=valueLoss|- trainable_params=trainable_params|-"),
    "validation only": ("val_loss", "loss=-|val_loss"),
    "plain only": ("loss", "loss=loss|-"),
    "korean": ("손실/train 손실/val", "손실=손실/train|손실/val"),
    "korean halves": ("손실/학습 손실/검증", "손실=손실/학습|손실/검증"),
    "paddleseg": ("Evaluate/mIoU Train/loss Train/mIoU", "loss=Train/loss|- mIoU=Train/mIoU|Evaluate/mIoU"),
    "a tag that is only a half": ("train val", "train=train|- val=val|-"),
    "html in a tag": ("<b>loss</b>/train <b>loss</b>/val", "<b>loss</b>=<b>loss</b>/train|<b>loss</b>/val"),
    "deep group": (
        "model/head/train_loss model/head/val_loss",
        "model/head/loss=model/head/train_loss|model/head/val_loss",
    ),
    "two losses": (
        "train/loss_a train/loss_b val/loss_a val/loss_b",
        "loss_a=train/loss_a|val/loss_a loss_b=train/loss_b|val/loss_b",
    ),
    "two spellings at once": (
        "Loss/train Loss/test train_loss valid_loss",
        "loss=Loss/train|Loss/test train_loss=train_loss|valid_loss",
    ),
    "kfold": (
        "fold0/train_loss fold0/val_loss fold1/train_loss fold1/val_loss",
        "fold0/loss=fold0/train_loss|fold0/val_loss fold1/loss=fold1/train_loss|fold1/val_loss",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TAGS)
def test_pairs_the_tags_of_one_run(case: str) -> None:
    tags, expected = TAGS[case]
    found = pairs_of({".": tags})["."]
    written = [f"{metric}={halves.replace('.:', '')}" for metric, halves in found.items()]
    # The second spelling's pair is only promised to have a name of its own.
    wanted = [
        item.replace("accuracy2=", "accuracy=") for item in (expected.split(" ") if "\n" not in tags else [expected])
    ]
    if case == "both spellings":
        written[1] = "accuracy=" + written[1].partition("=")[2]
    assert written == wanted


# Runs with their tags → trainings with pairs.
RUNS = {
    "keras": (
        {"exp1/train": "epoch_accuracy epoch_loss", "exp1/validation": "epoch_accuracy epoch_loss"},
        {"exp1": {
            "loss": "exp1/train:epoch_loss|exp1/validation:epoch_loss",
            "accuracy": "exp1/train:epoch_accuracy|exp1/validation:epoch_accuracy",
        }},
    ),
    "keras with batches": (
        {
            "train": "batch_loss batch_steps_per_second epoch_learning_rate epoch_loss",
            "validation": "epoch_loss evaluation_loss_vs_iterations",
        },
        {".": {
            "loss": "train:epoch_loss|validation:epoch_loss",
            "batch_loss": "train:batch_loss|validation:evaluation_loss_vs_iterations",
            "learning_rate": "train:epoch_learning_rate|-",
            "batch_steps_per_second": "train:batch_steps_per_second|-",
        }},
    ),
    "keras by epoch only": (
        {"train": "epoch_loss", "validation": "epoch_loss evaluation_loss_vs_iterations"},
        {".": {
            "loss": "train:epoch_loss|validation:epoch_loss",
            "validation/evaluation_loss_vs_iterations": "-|validation:evaluation_loss_vs_iterations",
        }},
    ),
    "keras evaluates by iterations only": (
        {"train": "epoch_loss", "validation": "evaluation_loss_vs_iterations"},
        {".": {"loss": "train:epoch_loss|validation:evaluation_loss_vs_iterations"}},
    ),
    "keras before its first validation": ({"exp1/train": "epoch_loss"}, {"exp1": {"loss": "exp1/train:epoch_loss|-"}}),
    "tensorflow tutorial": (
        {"20231207-101500/train": "accuracy loss", "20231207-101500/test": "accuracy loss"},
        {"20231207-101500": {
            "loss": "20231207-101500/train:loss|20231207-101500/test:loss",
            "accuracy": "20231207-101500/train:accuracy|20231207-101500/test:accuracy",
        }},
    ),
    "gradient tape": (
        {"logs/gradient_tape/a/train": "loss", "logs/gradient_tape/a/test": "loss"},
        {"logs/gradient_tape/a": {"loss": "logs/gradient_tape/a/train:loss|logs/gradient_tape/a/test:loss"}},
    ),
    "three folders": (
        {"a/test": "loss", "a/train": "loss", "a/val": "loss"},
        {"a": {"loss": "a/train:loss|a/val:loss", "test/loss": "-|a/test:loss"}},
    ),
    "eval folder": ({"a/eval": "loss", "a/train": "loss"}, {"a": {"loss": "a/train:loss|a/eval:loss"}}),
    "estimator": (
        {".": "global_step/sec loss", "eval": "accuracy loss"},
        {".": {"loss": ".:loss|eval:loss", "accuracy": "-|eval:accuracy", "global_step/sec": ".:global_step/sec|-"}},
    ),
    "estimator below": ({"m": "loss", "m/eval": "loss"}, {"m": {"loss": "m:loss|m/eval:loss"}}),
    "estimator with named evaluation": (
        {"m": "loss", "m/eval_big": "loss"}, {"m": {"loss": "m:loss|m/eval_big:loss"}},
    ),
    "hparams beside keras": (
        {"a": "", "a/train": "epoch_loss", "a/validation": "epoch_loss"},
        {"a": {"loss": "a/train:epoch_loss|a/validation:epoch_loss"}},
    ),
    "tags say the half inside half folders": (
        {"a/train": "train_loss", "a/val": "val_loss"}, {"a": {"loss": "a/train:train_loss|a/val:val_loss"}},
    ),
    "validation written into the train folder": (
        {"a/train": "loss val_loss"}, {"a": {"loss": "a/train:loss|a/train:val_loss"}},
    ),
    "folder before tag": (
        {"a/train": "loss val_loss", "a/validation": "loss"},
        {"a": {"loss": "a/train:loss|a/validation:loss", "val_loss": "-|a/train:val_loss"}},
    ),
    "halves above the name": (
        {"train/r1": "loss", "train/r2": "loss", "val/r1": "loss"},
        {"r1": {"loss": "train/r1:loss|val/r1:loss"}, "train/r2": {"loss": "train/r2:loss|-"}},
    ),
    "halves in run names": (
        {"exp1_train": "loss", "exp1_val": "loss"}, {"exp1": {"loss": "exp1_train:loss|exp1_val:loss"}},
    ),
    "halves before run names": (
        {"x/train-a": "loss", "x/valid-a": "loss"}, {"x/a": {"loss": "x/train-a:loss|x/valid-a:loss"}},
    ),
    "a run that is called test": (
        {"test": "loss", "test2": "loss"}, {"test": {"loss": "test:loss|-"}, "test2": {"loss": "test2:loss|-"}},
    ),
    "a train folder among others": (
        {"baseline": "loss", "train": "loss"},
        {"baseline": {"loss": "baseline:loss|-"}, "train": {"loss": "train:loss|-"}},
    ),
    "torch add_scalars": (
        {"r": "lr", "r/loss_train": "loss", "r/loss_val": "loss"},
        {"r": {"loss": "r/loss_train:loss|r/loss_val:loss", "learning_rate": "r:lr|-"}},
    ),
    "torch add_scalars at the top": (
        {".": "", "loss_train": "loss", "loss_val": "loss"}, {".": {"loss": "loss_train:loss|loss_val:loss"}},
    ),
    "torch add_scalars with a slash": (
        {"r": "", "r/Loss_all_train": "Loss/all", "r/Loss_all_val": "Loss/all"},
        {"r": {"loss/all": "r/Loss_all_train:Loss/all|r/Loss_all_val:Loss/all"}},
    ),
    "torch add_scalars with words in the names": (
        {"r": "", "r/losses_train_loss": "losses", "r/losses_val_loss": "losses"},
        {"r": {"loss": "r/losses_train_loss:losses|r/losses_val_loss:losses"}},
    ),
    "torch add_scalars without halves": (
        {"r": "", "r/grp_a": "grp", "r/grp_b": "grp"}, {"r": {"grp/a": "r/grp_a:grp|-", "grp/b": "r/grp_b:grp|-"}},
    ),
    "tensorboardX add_scalars": (
        {"r": "", "r/loss/train": "loss", "r/loss/val": "loss"}, {"r": {"loss": "r/loss/train:loss|r/loss/val:loss"}},
    ),
    "tensorboardX add_scalars at the top": (
        {".": "", "grp/a": "grp", "grp/b": "grp"}, {".": {"grp/a": "grp/a:grp|-", "grp/b": "grp/b:grp|-"}},
    ),
    "catboost": ({"learn": "Logloss", "test": "Logloss"}, {".": {"Logloss": "learn:Logloss|test:Logloss"}}),
    "fairseq": (
        {"train": "loss ppl", "train_inner": "loss", "valid": "loss ppl"},
        {".": {
            "loss": "train:loss|valid:loss",
            "train_inner/loss": "train_inner:loss|-",
            "perplexity": "train:ppl|valid:ppl",
        }},
    ),
    "eval below train": (
        {"a/train": "loss", "a/train/eval": "loss"}, {"a": {"loss": "a/train:loss|a/train/eval:loss"}},
    ),
    "names with spaces, Korean and emoji": (
        {"내 실험 🚀/train": "loss", "내 실험 🚀/validation": "loss"},
        {"내 실험 🚀": {"loss": "내 실험 🚀/train:loss|내 실험 🚀/validation:loss"}},
    ),
    "unrelated runs": ({"a": "loss", "b": "loss"}, {"a": {"loss": "a:loss|-"}, "b": {"loss": "b:loss|-"}}),
}  # fmt: skip


@pytest.mark.parametrize("case", RUNS)
def test_makes_trainings_of_runs(case: str) -> None:
    runs, expected = RUNS[case]
    assert pairs_of(runs) == expected


def test_order_of_pairs_leads_with_the_objective() -> None:
    found = pairs_of({".": "zeta accuracy lr loss val_accuracy val_loss val_dice"})["."]
    assert list(found) == ["loss", "accuracy", "dice", "zeta", "learning_rate"]


def test_sub_runs_of_hyperparameters_join_the_run_above() -> None:
    facts = {
        "r": RunFacts(("loss",), None, 50),
        "r/1795421089.1895516": RunFacts(("hparam/accuracy",), "lr=1", 1),
    }
    assert [member.run for member in group_runs(facts)["r"]] == ["r", "r/1795421089.1895516"]


def test_one_writer_for_many_trials_keeps_them_apart() -> None:
    facts = {
        "r": RunFacts(("loss",), None, 50),
        "r/1795421089.1": RunFacts(("hparam/accuracy",), "lr=1", 1),
        "r/1795421090.2": RunFacts(("hparam/accuracy",), "lr=2", 1),
    }
    assert list(group_runs(facts)) == ["r", "r/1795421089.1", "r/1795421090.2"]


def test_user_overrules_by_metric() -> None:
    pairing = Pairing(metrics={"objective": ("a", "b")})
    assert pairs_of({"x": "a b val_a"}, pairing)["x"] == {"objective": "x:a|x:b", "a": "-|x:val_a"}


def test_user_names_a_run_and_tag() -> None:
    pairing = Pairing(metrics={"loss": ("train/loss", "late/loss")})
    runs = {"x/train": "loss", "x/validation": "loss", "x/train/late": "loss"}
    pairing_words = Pairing(metrics=pairing.metrics, validation_words=("late",))
    assert pairs_of(runs, pairing_words)["x"]["loss"] == "x/train:loss|x/train/late:loss"


def test_user_gives_words() -> None:
    assert pairs_of({"x": "fit_loss check_loss"}, Pairing(train_words=("fit",), validation_words=("check",)))["x"] == {
        "loss": "x:fit_loss|x:check_loss"
    }


def test_user_keeps_runs_apart() -> None:
    runs = {"a/train": RunFacts(("loss",)), "a/validation": RunFacts(("loss",))}
    assert list(group_runs(runs)) == ["a"]


names = st.lists(
    st.sampled_from(["train", "val", "test", "loss", "acc", "a", "b", "eval", "epoch", "step", "x_train", "x_val", ""]),
    min_size=1,
    max_size=4,
)
run_names = st.lists(
    names.map(lambda parts: "/".join(part for part in parts if part) or "."), min_size=1, max_size=12, unique=True
)
tag_names = st.lists(
    names.flatmap(lambda parts: st.sampled_from(["/", "_", "-"]).map(lambda separator: separator.join(parts) or "t")),
    max_size=8,
    unique=True,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(run_names, tag_names), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_every_series_is_in_one_pair_and_order_does_not_matter(
    drawn: list[tuple[list[str], list[str]]], random: Random
) -> None:
    runs = {run: tags for several, tags in drawn for run in several}
    found = pairs_of(runs)
    halves = [half for pairs in found.values() for pair in pairs.values() for half in pair.split("|") if half != "-"]
    assert sorted(halves) == sorted(f"{run}:{tag}" for run, tags in runs.items() for tag in tags)
    shuffled = [(run, random.sample(tags, len(tags))) for run, tags in runs.items()]
    random.shuffle(shuffled)
    assert pairs_of(dict(shuffled)) == found


facts = st.builds(
    RunFacts,
    scalar_tags=st.lists(st.sampled_from(["loss", "a", "x/y", ""]), max_size=2, unique=True).map(tuple),
    hparams_id=st.sampled_from([None, "lr=1", "lr=2"]),
    n_most_points=st.integers(0, 2),
)
nested_names = st.lists(
    st.sampled_from(["a", "train", "val", "test", "loss", "loss_a", "x_y_b", "1795421089.18", "eval_big", "x", "y"]),
    max_size=5,
).map(lambda parts: "/".join(parts) or ".")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(nested_names, facts, max_size=12))
def test_every_run_is_in_one_training(runs: dict[str, RunFacts]) -> None:
    found = group_runs(runs)
    assert sorted(member.run for members in found.values() for member in members) == sorted(runs)
    assert list(found) == sorted(found)


@settings(max_examples=60, deadline=None)
@example("TRAIN", "/")
@given(st.text(min_size=1, max_size=20), st.sampled_from(["/", "_", " ", "-", "."]))
def test_any_metric_name_is_paired_by_prefix_and_by_suffix(metric: str, separator: str) -> None:
    assume(split_tag(f"{metric}{separator}x").half is None)  # `TRAIN/val` is the metric `val` of the train half
    for train, validation in (
        (f"train{separator}{metric}", f"val{separator}{metric}"),
        (f"{metric}{separator}train", f"{metric}{separator}val"),
    ):
        pairs = list(pairs_of({"x": [train, validation]})["x"].values())
        if is_pairable(split_tag(train).metric) and split_tag(train).half is not None:
            assert pairs == [f"x:{train}|x:{validation}"]


def test_cost_grows_with_the_number_of_series() -> None:
    # Comparing each of 10,000 names with each other would take minutes; of this process, whoever else is there.
    started = time.process_time()
    many_runs = {f"exp{index}/{half}": ["epoch_loss"] for index in range(5000) for half in ("train", "validation")}
    assert len(pairs_of(many_runs)) == 5000
    many_tags = [f"{half}/metric_{index}" for index in range(5000) for half in ("train", "val")]
    assert len(pairs_of({".": many_tags})["."]) == 5000
    assert time.process_time() - started < 10
