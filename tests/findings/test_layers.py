"""Rules of layers: each fires on what it is for, and none on small networks that learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.demo.data import load_digits
from goodfit.demo.trainings import RECIPES, write_trainings
from goodfit.findings.engine import review_layers
from goodfit.findings.finding import Finding
from goodfit.findings.layers import Layer, kind_of, read_layers
from goodfit.types import Histogram

NORMAL = np.random.default_rng(0).normal(size=3000)


def layer(tag: str, values: Callable[[int], np.ndarray], n_records: int = 20) -> Layer:
    kind = kind_of(tag)
    assert kind is not None
    records = []
    for record in range(n_records):
        drawn = values(record)
        counts, edges = np.histogram(drawn, bins=30)
        if np.ptp(drawn) == 0:
            counts, edges = np.array([drawn.size]), drawn[:2]
        records.append(Histogram(edges, counts.astype(float)))
    return Layer(tag, kind, 10 * np.arange(n_records), records)


def only(layers: list[Layer]) -> Finding:
    (finding,) = review_layers(layers)
    assert "—" not in finding.message and finding.advice
    return finding


def learning(tag: str, rate: float = 0.01) -> Layer:
    return layer(tag, lambda i: NORMAL * (1 + rate * i))


def test_vanishing_gradient_names_the_smallest_and_since_when() -> None:
    layers = [
        layer("dense_1/gradient", lambda i: NORMAL * 1e-5 * 0.5**i),
        layer("dense_2/gradient", lambda i: NORMAL * 1e-3),
        layer("dense_10/gradient", lambda i: NORMAL * 1e-2),
    ]
    finding = only(layers)
    assert (finding.rule, finding.severity, finding.metric) == ("vanishing_gradient", "warning", "dense_1/gradient")
    # 1e-5 x mean|N| 0.8 is below a thousandth of 1e-2 x 0.8 from the first halving on.
    assert finding.onset_step in (0, 10)
    assert finding.evidence["last_layer"] == "dense_10/gradient"


def test_gradients_that_die_everywhere_are_a_note() -> None:
    layers = [layer(f"dense_{n}/gradient", lambda i: NORMAL * 1e-2 * 0.3**i) for n in (1, 2)]
    finding = only(layers)
    assert (finding.rule, finding.severity, finding.variant) == ("vanishing_gradient", "info", "everywhere")


def test_exploding_gradient() -> None:
    finding = only([layer("a/gradient", lambda i: NORMAL * 0.01 * 3.0 ** max(0, i - 12))])
    # Over 70 times the early size: 3^4 = 81, at record 16.
    assert (finding.rule, finding.onset_step) == ("exploding_gradient", 160)


def test_dead_units() -> None:
    finding = only([layer("block/relu", lambda i: np.maximum(NORMAL, 0) * (i < 9))])
    assert (finding.rule, finding.onset_step) == ("dead_units", 90)
    assert "100%" in finding.message


@pytest.mark.parametrize(("tag", "squash"), [("h/tanh", np.tanh), ("h/sigmoid", lambda v: 1 / (1 + np.exp(-v)))])
def test_saturated(tag: str, squash: Callable[[np.ndarray], np.ndarray]) -> None:
    values = squash(NORMAL * 40)
    finding = only([layer(tag, lambda i: values)])
    low, high = (-0.95, 0.95) if tag.endswith("tanh") else (0.025, 0.975)
    share = np.mean((values < low) | (values > high))
    # The outermost of thirty buckets reaches further in than the end does.
    assert finding.rule == "saturated" and share > 0.9 and 0.7 < finding.evidence["end_share"] <= share
    assert not review_layers([layer(tag, lambda i: squash(NORMAL))])


def test_unchanged_weights_are_a_warning_only_if_nothing_moves() -> None:
    still = layer("conv/kernel", lambda i: NORMAL * (1 + 0.01 * min(i, 10)))
    note = only([still, learning("dense/kernel")])
    assert (note.rule, note.severity, note.metric, note.onset_step) == ("unchanged_weights", "info", "conv/kernel", 110)
    assert only([still]).severity == "warning"


def test_update_ratio() -> None:
    finding = only([layer("w/weights", lambda i: NORMAL + (i % 2))])
    assert finding.rule == "update_ratio" and finding.evidence["move_share"] > 0.33


def test_layers_that_learn_are_left_alone() -> None:
    layers = [
        learning("dense/kernel"),
        layer("dense/gradient", lambda i: NORMAL * 0.01 * 0.9**i),
        layer("dense/relu", lambda i: np.maximum(NORMAL, 0)),
        layer("dense/tanh", lambda i: np.tanh(NORMAL)),
    ]
    assert review_layers(layers) == []


def test_hostile_histograms_raise_nothing() -> None:
    shapes = [
        Histogram(np.zeros(0), np.zeros(0)),
        Histogram(np.zeros(3), np.array([2.0, 3.0])),
        Histogram(np.array([-1.7e308, 0.0, 1.7e308]), np.array([1.0, 1.0])),
        Histogram(np.array([-1.7e308, 1.7e308]), np.array([1.0])),
        Histogram(np.array([-np.inf, 0.0, np.inf]), np.array([1.0, 1.0])),
        Histogram(np.array([0.0, 5e-324]), np.array([1e300])),
        Histogram(np.array([0.0, 1.0]), np.zeros(1)),
    ]
    for tag in ("a/kernel", "a/gradient", "a/relu", "a/tanh"):
        kind = kind_of(tag)
        assert kind is not None
        for shape in shapes:
            for finding in review_layers([Layer(tag, kind, np.arange(6), [shape] * 6)]):
                assert finding.message
        review_layers([Layer(tag, kind, np.arange(len(shapes)), shapes)])


def test_tags_of_the_usual_writers() -> None:
    tags = ["sequential/dense/kernel/histogram", "conv1.weight", "conv1.weight.grad", "dense_1/gradient", "loss", "w"]
    assert [kind_of(tag) for tag in tags] == ["weights", "weights", "gradient", "gradient", None, None]


def test_small_networks_that_learn_have_healthy_layers(tmp_path: Path) -> None:
    assert len(load_digits()) == 1797
    recipes = tuple(recipe for recipe in RECIPES if recipe.name in ("healthy", "overfit"))
    write_trainings(tmp_path, recipes=recipes, goes_on=lambda n_epochs: n_epochs < 20)
    with goodfit.open(tmp_path) as logs:
        for name in logs.trainings:
            layers = read_layers(logs.training(name))
            assert [layer.kind for layer in layers[:2]] == ["gradient", "weights"]
            assert review_layers(layers) == []


def test_layers_are_part_of_a_trainings_diagnosis(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with goodfit.Run(tmp_path / "dead") as run:
        for step in range(8):
            run.log(step, {"loss": 1 / (step + 1)})
            run.histogram("dense/relu", np.zeros(100) if step > 2 else rng.random(100), step=step)
    with goodfit.open(tmp_path) as logs:
        findings = goodfit.diagnose(logs.training("dead"))
    assert [(finding.rule, finding.onset_step) for finding in findings if finding.severity == "warning"] == [
        ("dead_units", 3)
    ]
