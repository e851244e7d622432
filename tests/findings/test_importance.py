"""Hyperparameters of a log folder, ranked; and how answers look in a notebook."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.errors import BadArgument
from goodfit.findings.show import as_html_table


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sweep")
    rng = np.random.default_rng(0)
    for place in range(12):
        rate, width = (0.1, 0.01)[place % 2], (8, 16, 32)[place % 3]
        with goodfit.Run(folder / f"r{place}", hparams={"rate": rate, "width": width}) as run:
            for epoch in range(10):
                run.log(epoch, {"val_loss": rate * 5 + np.exp(-epoch) + 0.01 * rng.normal()})
    return folder


def test_the_rate_explains_a_sweep_of_the_rate(sweep: Path) -> None:
    with goodfit.open(sweep) as logs:
        answer = goodfit.importance(logs, "val_loss")
    assert answer[0].name == "rate" and answer[0].levels[0] == "0.01" and answer[0].p_value < 0.05
    assert answer.n_trainings == 12
    assert str(answer).splitlines()[2].startswith("rate")
    assert ">rate</td>" in answer._repr_html_()


def test_too_few_trainings_are_refused_in_words(sweep: Path) -> None:
    with goodfit.open(sweep) as logs:
        answer = goodfit.importance(logs.list_trainings()[:5], "val_loss")
    assert not answer and answer.refusal == "too_short" and "8 are needed" in str(answer)
    assert "8 are needed" in answer._repr_html_()


@pytest.mark.parametrize("wrong", [3, "logs", [1, 2]])
def test_other_things_are_refused(wrong: object) -> None:
    with pytest.raises(BadArgument, match="importance takes"):
        goodfit.importance(wrong)


def test_answers_are_tables_in_a_notebook() -> None:
    epochs = np.arange(60)
    validation = 0.3 + 2.0 * 0.9**epochs + 0.02 * np.maximum(0, epochs - 30)
    diagnosis = goodfit.diagnose(train=2.0 * 0.9**epochs, validation=validation)
    assert ">overfit</td>" in diagnosis._repr_html_()
    assert "nothing to report" in goodfit.diagnose(train=np.zeros(0))._repr_html_()
    assert "80% band" in goodfit.forecast(validation, horizon=5)._repr_html_()
    assert "too few points" in goodfit.forecast([1.0], horizon=5)._repr_html_()
    assert ">95 % interval</th>" in goodfit.compare([1.0, 2.0], [3.0, 4.0])._repr_html_()
    assert as_html_table("<b>", ("&",), [("<i>",)]).count("<b>") == 0


def test_answers_draw_themselves() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    epochs = np.arange(60)
    validation = 0.3 + 2.0 * 0.9**epochs + 0.02 * np.maximum(0, epochs - 30)
    for answer in (
        goodfit.diagnose(train=2.0 * 0.9**epochs, validation=validation),
        goodfit.forecast(validation, horizon=20),
        goodfit.compare(list(validation[:5]), list(validation[5:11])),
    ):
        axes = Figure().subplots()
        assert answer.plot(axes) is axes and axes.has_data()
