"""What `goodfit.diagnose` takes, and that no array makes it raise."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goodfit
from goodfit.errors import BadArgument
from goodfit.findings.words import render_message
from goodfit.testing import write_keras_training

NAN, INF = np.nan, np.inf
HOSTILE: dict[str, np.ndarray] = {
    "empty": np.zeros(0),
    "one": np.ones(1),
    "two": np.array([1.0, 2.0]),
    "constant": np.full(40, 3.0),
    "zeros": np.zeros(40),
    "nan": np.full(40, NAN),
    "infinite": np.full(40, INF),
    "alternating infinite": np.tile([1.0, INF], 20),
    "both infinities": np.tile([INF, -INF], 20),
    "tiny": np.linspace(1, 0, 40) * 1e-300,
    "denormal": np.linspace(1, 0, 40) * 5e-324,
    "huge": np.linspace(1, 0, 40) * 1.7e308,
    "huge both signs": np.tile([1.7e308, -1.7e308], 20),
    "huge and tiny": np.tile([1e300, 1e-300], 20),
    "one huge": np.r_[1e300, np.linspace(1, 0, 39)],
    "staircase": np.repeat(np.arange(10.0)[::-1], 4),
    "sine": np.sin(np.arange(40) / 3),
    "negative": -np.arange(40.0),
    "last is nan": np.r_[np.linspace(1, 0, 39), NAN],
    "first is nan": np.r_[NAN, np.linspace(1, 0, 39)],
    "exponential": np.exp(np.linspace(0, 700, 40)),
}


@pytest.mark.parametrize(("train", "validation"), list(itertools.product(HOSTILE, HOSTILE)))
def test_never_raises(train: str, validation: str) -> None:
    for direction in ("min", "max", None):
        for finding in goodfit.diagnose(train=HOSTILE[train], validation=HOSTILE[validation], direction=direction):
            for language in ("en", "ko"):
                assert "—" not in render_message(finding, language=language)  # type: ignore[arg-type]
            json.dumps(dict(finding.evidence), allow_nan=False)
            assert 0 <= finding.confidence <= 1 and isinstance(finding.step, int)
            if finding.onset_interval is not None and finding.onset_step is not None:
                assert finding.onset_interval[0] <= finding.onset_step <= finding.onset_interval[1]


@given(
    values=st.lists(st.floats(width=32), max_size=60),
    other=st.lists(st.floats(width=32), max_size=60),
    data=st.data(),
)
@settings(max_examples=80, deadline=None)
def test_never_raises_on_any_list(values: list[float], other: list[float], data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(-5, 2**40), min_size=len(other), max_size=len(other)))
    str(goodfit.diagnose(train=values, validation=other, steps=steps))


def test_a_sine_and_a_staircase_are_not_warned_of() -> None:
    sine = 2 + np.sin(np.arange(200) / 4)
    stairs = np.repeat(np.arange(10.0)[::-1], 20) + 1
    for train, validation in ((sine, sine + 0.1), (stairs, stairs + 0.1), (stairs, sine)):
        findings = goodfit.diagnose(train=train, validation=validation)
        assert [finding.rule for finding in findings if finding.severity != "info"] == []


def test_steps_in_any_order_and_all_equal() -> None:
    epochs = np.arange(80)
    train = 2 * np.exp(-epochs / 10)
    validation = train + 0.3 + 0.02 * np.clip(epochs - 40, 0, None)
    order = np.random.default_rng(0).permutation(80)
    shuffled = goodfit.diagnose(train=train[order], validation=validation[order], steps=order)
    assert [finding.rule for finding in shuffled] == [
        finding.rule for finding in goodfit.diagnose(train=train, validation=validation, steps=epochs)
    ]
    goodfit.diagnose(train=train, validation=validation, steps=np.zeros(80, dtype=int))


def test_fractions_of_epochs_are_steps_in_their_order() -> None:
    epochs = np.arange(80) / 4
    train = 2 * np.exp(-epochs)
    validation = train + 0.3 + 0.1 * np.clip(epochs - 10, 0, None)
    assert goodfit.diagnose(train=train, validation=validation, steps=epochs)[0].rule == "overfit"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs something to judge"),
        ({"train": [[1.0, 2.0]]}, "one-dimensional train"),
        ({"train": ["a"]}, "cannot read train= as numbers"),
        ({"train": [1.0, 2.0], "steps": [1]}, "of shape"),
        ({"train": [1.0, 2.0], "steps": [1.0, NAN]}, "finite steps"),
        ({"train": [1.0], "direction": "up"}, "direction 'min', 'max' or None"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        goodfit.diagnose(**arguments)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="LogDir, a training or a run"):
        goodfit.diagnose(object())


def test_a_log_folder_a_training_and_a_run(tmp_path: Path) -> None:
    epochs = np.arange(60)
    train = 2 * np.exp(-epochs / 10)
    validation = train + 0.3 + 0.02 * np.clip(epochs - 30, 0, None)
    write_keras_training(tmp_path / "exp1", {"loss": train.tolist()}, {"loss": validation.tolist()})
    write_keras_training(tmp_path / "exp2", {"loss": train.tolist()}, {"loss": (train + 0.1).tolist()})
    logs = goodfit.open(tmp_path)
    of_folder = goodfit.diagnose(logs)
    assert [(finding.training, finding.rule) for finding in of_folder if finding.severity == "warning"] == [
        ("exp1", "overfit")
    ]
    assert goodfit.diagnose(logs.training("exp1"))[0].rule == "overfit"
    assert "overfit" not in {finding.rule for finding in goodfit.diagnose(logs["exp1/train"])}
