"""What the answers draw: past and future, where findings began, every outcome; and the error without matplotlib."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.errors import MissingExtra

EPOCHS = np.arange(80)
RNG = np.random.default_rng(0)
TRAIN = 0.2 + 2 * np.exp(-EPOCHS / 12) + 0.01 * RNG.normal(size=80)
TURNED = 0.5 + 2 * np.exp(-EPOCHS / 10) + 0.012 * np.maximum(0, EPOCHS - 30) + 0.02 * RNG.normal(size=80)


def answers() -> dict[str, object]:
    return {
        "diagnosis": goodfit.diagnose(train=TRAIN, validation=TURNED),
        "forecast": goodfit.forecast(TRAIN, horizon=30),
        "comparison": goodfit.compare(0.5 + RNG.normal(size=6), 0.4 + RNG.normal(size=7)),
        "importance": goodfit.importance([]),
    }


def test_without_matplotlib_a_plot_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for answer in answers().values():
        with pytest.raises(MissingExtra, match="needs 'matplotlib'") as caught:
            answer.plot()  # type: ignore[attr-defined]
        assert caught.value.hint == 'pip install "goodfit[plot]"'


def test_answers_are_short_in_a_console_and_tables_in_a_notebook() -> None:
    for answer in answers().values():
        assert len(str(answer)) < 400 and "array(" not in str(answer)
        html = answer._repr_html_()  # type: ignore[attr-defined]
        assert html.startswith("<div><strong>") and html.count("<div") == html.count("</div>")
    assert repr(goodfit.diagnose(train=TRAIN, validation=TURNED)).startswith(
        "<Diagnosis [warning] overfit: Overfitting"
    )
    assert repr(goodfit.importance([])).startswith("<Importances cannot tell")
    assert repr(goodfit.forecast(TRAIN, horizon=30)).startswith("<Forecast step 109: ")
    assert repr(goodfit.compare([1.0], [2.0])).startswith("<Comparison loss: not enough")


def test_a_diagnosis_draws_its_curves_the_turn_and_the_checkpoint() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    found = goodfit.diagnose(train=TRAIN, validation=TURNED)
    axes = found.plot()
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines["train"].get_ydata() == pytest.approx(TRAIN)
    assert lines["validation"].get_ydata() == pytest.approx(TURNED)
    assert list(lines["checkpoint to keep"].get_xdata()) == [found[0].evidence["best_step"]]
    assert "overfit" in [text.get_text() for text in axes.texts]
    assert axes.get_title(loc="left").replace("\n", " ") == found[0].message


def test_a_training_is_drawn_by_its_objective(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    with goodfit.Run(tmp_path / "a") as run:
        for epoch in range(80):
            run.log(epoch, {"loss": TRAIN[epoch], "val_loss": TURNED[epoch]})
    with goodfit.open(tmp_path) as logs:
        training = logs.list_trainings()[0]
        axes = goodfit.diagnose(training).plot()
        assert axes.get_ylabel() == "loss" and {"train", "validation"} <= {
            each.get_label() for each in axes.get_lines()
        }
        assert goodfit.forecast(training, horizon=20).plot().get_ylabel() == "loss"
        assert goodfit.diagnose(logs).plot().get_title(loc="left")


def test_a_forecast_draws_past_median_and_bands() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    answer = goodfit.forecast(TRAIN, horizon=30)
    axes = answer.plot()
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines["so far"].get_ydata() == pytest.approx(TRAIN)
    assert lines["forecast"].get_ydata()[1:] == pytest.approx(answer.median)
    assert {each.get_label() for each in axes.collections} == {"80% band", "60% band"}
    refused = goodfit.forecast([1.0, 0.5], horizon=5).plot()
    assert "too few points" in refused.get_title(loc="left")
    falling = goodfit.forecast(10.0 ** (-EPOCHS / 16), horizon=20)
    assert falling.plot().get_yscale() == "log" and falling.lower.min() > 0


def test_a_comparison_draws_every_outcome() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    answer = goodfit.compare([0.5, 0.52, 0.49, 0.51, 0.53], [0.41, 0.43, 0.40, 0.44, 0.42], metric="val_loss")
    axes = answer.plot()
    dots = [line.get_ydata() for line in axes.get_lines() if len(line.get_ydata()) == 5]
    assert [sorted(each) for each in dots] == [[0.49, 0.5, 0.51, 0.52, 0.53], [0.4, 0.41, 0.42, 0.43, 0.44]]
    assert axes.get_ylabel() == "val_loss (lower is better)" and "B is better" in axes.get_title(loc="left")


def test_many_groups_are_drawn_side_by_side_the_best_first() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    rng = np.random.default_rng(0)
    found = goodfit.compare(
        {name: level + 0.1 * rng.normal(size=6) for name, level in (("a", 0.5), ("b", 0.2), ("c", 0.9))}
    )
    axes = found.plot()
    assert [label.get_text() for label in axes.get_xticklabels()] == ["b\n(n = 6)", "a\n(n = 6)", "c\n(n = 6)"]


def test_tables_put_numbers_right_and_words_left() -> None:
    from goodfit.findings.show import as_html_table

    html = as_html_table("", ("name", "change"), [("a", "+0.5"), ("b", "-1 to 2")])
    assert '<td style="text-align:left">a</td><td style="text-align:right">+0.5</td>' in html
