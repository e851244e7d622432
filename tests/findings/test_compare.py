"""What `goodfit.compare` takes: numbers, curves, runs, trainings; how it pairs, decides, and says that it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.errors import BadArgument

EPOCHS = np.arange(40)


def curves(level: float, count: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [level + 2 * np.exp(-EPOCHS / 8) + 0.02 * rng.normal() + 0.004 * rng.normal(size=40) for _ in range(count)]


def test_curves_are_compared_by_their_best_levels_and_part_somewhere() -> None:
    answer = goodfit.compare(curves(0.5, 6, 0), curves(0.3, 6, 1))
    assert answer.verdict == "second_better" and answer.chance_b_better == 1
    assert answer.difference == pytest.approx(-0.2, abs=0.04)
    assert answer.interval[0] < answer.difference < answer.interval[1] < 0
    assert answer.parting_step is not None and answer.parting_step < 20
    assert "B is better" in str(answer)


def test_direction_comes_from_the_name() -> None:
    a, b = [0.90, 0.91, 0.92, 0.90, 0.91], [0.95, 0.96, 0.94, 0.95, 0.96]
    assert goodfit.compare(a, b, metric="val_accuracy").verdict == "second_better"
    assert goodfit.compare(a, b, metric="val_accuracy").difference == pytest.approx(0.043, abs=0.01)
    assert goodfit.compare(a, b, metric="loss").verdict == "first_better"


def test_few_seeds_are_not_enough() -> None:
    answer = goodfit.compare([0.5, 0.52, 0.51], [0.4, 0.42, 0.41])
    assert answer.verdict == "not_enough" and answer.contrast.n_more and "more of each" in str(answer)


def test_no_difference_is_not_claimed() -> None:
    assert goodfit.compare(curves(0.5, 6, 3), curves(0.5, 6, 4)).verdict == "no_difference_shown"


def test_trainings_are_paired_by_seed(tmp_path: Path) -> None:
    for group, gain in (("a", 0.0), ("b", 0.05)):
        for seed in range(6):
            level = 0.4 + 0.1 * np.sin(seed) - gain  # the seed matters more than the group
            with goodfit.Run(tmp_path / group / f"seed{seed}", hparams={"seed": seed}) as run:
                for step in range(20):
                    run.log(step, {"loss": 1 / (step + 1), "val_loss": level + 1 / (step + 1)})
    with goodfit.open(tmp_path) as logs:
        names = logs.trainings
        a = [logs.training(name) for name in names if name.startswith("a/")]
        b = [logs.training(name) for name in reversed(names) if name.startswith("b/")]
        answer = goodfit.compare(a, b, metric="val_loss")
        assert answer.contrast.is_paired and answer.verdict == "second_better"
        assert answer.difference == pytest.approx(-0.05, abs=1e-6)
        runs = goodfit.compare([logs[name] for name in a[0].runs], [logs[name] for name in b[0].runs], "val_loss")
        assert runs.verdict == "not_enough"
        with pytest.raises(BadArgument, match="no finite value of 'nonsense'"):
            goodfit.compare(a, b, metric="nonsense")


def test_a_diverged_training_is_skipped_and_named() -> None:
    broken = np.full(40, np.nan)
    answer = goodfit.compare([*curves(0.5, 5, 0), broken], curves(0.3, 5, 1))
    assert answer.skipped == ("#5",) and answer.contrast.first.n == 5


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(BadArgument, match="trainings, runs or arrays"):
        goodfit.compare("logs", [1.0])
    with pytest.raises(BadArgument, match="outcome"):
        goodfit.compare([1.0], [2.0], outcome="first")  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="no finite value"):
        goodfit.compare([], [1.0])


def test_seed_groups_are_recognised_by_hyperparameters_and_by_names(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for rate, level in ((0.1, 0.5), (0.01, 0.3)):
        for seed in range(6):
            with goodfit.Run(tmp_path / "h" / f"{rate}-{seed}", hparams={"rate": rate, "seed": seed}) as run:
                for epoch in range(8):
                    run.log(epoch, {"val_loss": level + np.exp(-epoch) + 0.01 * rng.normal()})
            with goodfit.Run(tmp_path / "n" / ("wide" if rate == 0.1 else "deep") / f"seed{seed}") as run:
                for epoch in range(8):
                    run.log(epoch, {"val_loss": level + np.exp(-epoch) + 0.01 * rng.normal()})
    with goodfit.open(tmp_path / "h") as logs:
        answer = goodfit.compare(logs, metric="val_loss")
        assert set(answer.names) == {"rate=0.1", "rate=0.01"} and answer.contrast.is_paired
        assert "rate=0.01 is better" in str(answer)
        with pytest.raises(BadArgument, match=r"found 1: .* \(6\)"):
            goodfit.compare(logs.list_trainings()[:6], metric="val_loss")
    with goodfit.open(tmp_path / "n") as logs:
        answer = goodfit.compare(logs, metric="val_loss")
        assert set(answer.names) == {"wide", "deep"} and "deep is better" in str(answer)
    with pytest.raises(BadArgument, match="trainings of a log folder only"):
        goodfit.compare([1.0, 2.0])


def test_five_pairs_cannot_decide() -> None:
    # The two-sided sign test of n pairs has p >= 2 / 2^n: 1/16 of five, 1/32 of six.
    from goodfit.curves.compare import compare_outcomes
    from goodfit.findings.compare import _verdict

    for n_pairs, verdict in ((5, "not_enough"), (6, "second_better")):
        first = 1.0 + 0.01 * np.arange(n_pairs)
        contrast = compare_outcomes(first, first - 0.5, is_paired=True, rng=np.random.default_rng(0))
        assert _verdict(contrast) == verdict


def test_more_than_two_groups_are_compared_in_pairs_with_corrected_p_values() -> None:
    rng = np.random.default_rng(2)
    groups = {name: level + 0.05 * rng.normal(size=8) for name, level in (("a", 0.5), ("b", 0.5), ("c", 0.2))}
    found = goodfit.compare(groups)
    alone = {
        names: goodfit.compare(groups[names[0]], groups[names[1]]) for names in (("a", "b"), ("a", "c"), ("b", "c"))
    }
    raw = sorted(each.contrast.p_value for each in alone.values())
    # Holm: the smallest of three times 3, the next times 2, none below the one before it.
    expected = [3 * raw[0], max(3 * raw[0], 2 * raw[1]), max(3 * raw[0], 2 * raw[1], raw[2])]
    assert sorted(item.contrast.p_value for item in found) == pytest.approx(expected)
    assert found.names[0] == "c" and found.between("c", "b").names == ("b", "c")
    assert found.between("b", "c").verdict == "second_better"
    assert found.between("a", "b").verdict == "no_difference_shown"
    assert str(found).startswith("loss: c is better than ") and "3 comparisons (Holm)" in str(found)
    assert found._repr_html_().count("<tr>") == 4
    with pytest.raises(KeyError, match="the groups are c, "):
        found.between("a", "nobody")
    with pytest.raises(BadArgument, match="found 1: only"):
        goodfit.compare({"only": [1.0, 2.0]})


def test_seeds_of_many_groups_stay_paired(tmp_path: Path) -> None:
    for place, rate in enumerate((0.1, 0.01, 0.001)):
        for seed in range(7):
            with goodfit.Run(tmp_path / f"{rate}-{seed}", hparams={"rate": rate, "seed": seed}) as run:
                for epoch in range(6):
                    run.log(epoch, {"val_loss": np.sin(seed) - 0.05 * place + 0.001 * (seed % 3) + 1 / (epoch + 1)})
    with goodfit.open(tmp_path) as logs:
        found = goodfit.compare(logs, metric="val_loss")
        assert len(found) == 3 and all(item.contrast.is_paired for item in found)
        assert found.names == ("rate=0.001", "rate=0.01", "rate=0.1")
        # Of seven pairs the smallest p is 2 / 2**7; three times that still decides.
        assert all(item.verdict in ("first_better", "second_better") for item in found)
        assert {round(item.contrast.p_value, 6) for item in found} == {round(3 * 2 / 2**7, 6)}
