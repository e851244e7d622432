"""Which findings buzz, how often, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import goodfit
from goodfit import config
from goodfit.alerts.facts import describe_training
from goodfit.alerts.policy import Policy, alerts_for, load_policy
from goodfit.errors import ConfigError
from goodfit.findings.finding import Finding
from goodfit.query.training import Training


def finding(rule: str, severity: Any = "error", metric: str = "loss", **evidence: Any) -> Finding:
    return Finding(rule, severity, metric, 99, onset_step=38, evidence=evidence, training="exp1")


@pytest.fixture
def training(tmp_path: Path) -> Training:
    run = goodfit.Run(tmp_path / "exp1")
    for step in range(60):
        run.log(step, {"loss": 1 / (step + 1), "val_loss": abs(step - 38) / 38 + 0.2})
    run.finish()
    return goodfit.open(tmp_path).training("exp1")


def test_by_default_only_what_cannot_mend_itself_is_told(training: Training) -> None:
    found = [finding(rule) for rule in ("nonfinite", "overfit", "plateau", "spike")]
    found += [finding("diverged", metric="accuracy")]
    assert [alert.kind for alert in alerts_for(training, found, set())] == ["nonfinite", "diverged"]


def test_a_finding_is_told_once_and_again_in_another_attempt(training: Training) -> None:
    found = [finding("nonfinite")]
    (first,) = alerts_for(training, found, set(), session="a")
    assert alerts_for(training, found, {first.identity}, session="a") == []
    assert len(alerts_for(training, found, {first.identity}, session="b")) == 1


def test_what_a_finding_explains_is_not_told_beside_it(training: Training) -> None:
    found = [finding("diverged"), finding("nonfinite")]
    assert [alert.kind for alert in alerts_for(training, found, set())] == ["nonfinite"]


def test_other_rules_are_told_when_named_and_severe_enough(training: Training) -> None:
    found = [finding("overfit", "warning"), finding("plateau", "info", "accuracy")]
    policy = Policy(rules=("*",), min_severity="warning")
    assert [alert.kind for alert in alerts_for(training, found, set(), policy=policy)] == ["overfit"]


def test_the_message_names_the_training_the_step_and_what_to_do(training: Training) -> None:
    (message,) = (alert.message for alert in alerts_for(training, [finding("nonfinite")], set(), name="resnet50"))
    assert message.title.startswith("✗ resnet50: ")
    assert len(message.title) <= 60
    assert "validation loss: 0.7526 at step 59, best 0.2 at step 38" in message.body


def test_the_words_follow_the_language(training: Training) -> None:
    policy = Policy(language="ko")
    (alert,) = alerts_for(training, [finding("nonfinite")], set(), policy=policy)
    assert any("가" <= character <= "힣" for character in alert.message.title)


def test_facts_leave_out_the_best_where_the_direction_is_unknown(tmp_path: Path) -> None:
    run = goodfit.Run(tmp_path / "exp1")
    for step in range(3):
        run.log(step, {"zorp": float(step)})
    run.finish()
    (line,) = describe_training(goodfit.open(tmp_path).training("exp1"))
    assert line.endswith("zorp: 2 at step 2")


def test_facts_are_of_what_tells_how_good_it_is(tmp_path: Path) -> None:
    for half in ("train", "validation"):
        with goodfit.Run(tmp_path / half) as run:
            for epoch in range(3):
                run.log(epoch, {"epoch_loss": 1.0 / (epoch + 1), "epoch_learning_rate": 0.1})
                if half == "validation":
                    run.log(20 * epoch, {"evaluation_loss_vs_iterations": 1.0})
    lines = describe_training(goodfit.open(tmp_path).training("."))
    assert lines == ("validation loss: 0.3333 at step 2", "train loss: 0.3333 at step 2")


def test_the_policy_comes_from_the_settings(tmp_path: Path) -> None:
    environ = {
        "GOODFIT_HOME": str(tmp_path), "GOODFIT_ALERTS_RULES": "overfit, diverged", "GOODFIT_LANGUAGE": "ko",
        "GOODFIT_ALERTS_MIN_SEVERITY": "error",
    }  # fmt: skip
    assert load_policy(config.load(environ)) == Policy(("overfit", "diverged"), "error", "ko")
    with pytest.raises(ConfigError, match="language"):
        load_policy(config.load({**environ, "GOODFIT_LANGUAGE": "xx"}))


def test_real_findings_of_a_diverging_training_are_told(tmp_path: Path) -> None:
    run = goodfit.Run(tmp_path / "exp1")
    for step in range(60):
        run.log(step, {"loss": 1 / (step + 1) if step < 40 else float("nan")})
    run.finish()
    training = goodfit.open(tmp_path).training("exp1")
    (alert,) = alerts_for(training, goodfit.diagnose(training), set())
    assert alert.kind == "nonfinite"
    assert alert.finding.onset_step == 40


class TestPicture:
    """The picture of a message."""

    def curve(self, values: Any, label: str = "train", **keywords: Any) -> Any:
        from goodfit.alerts.picture import Curve

        return Curve(np.arange(len(values)), np.asarray(values, dtype=float), label, **keywords)

    def draw(self, *curves: Any, **keywords: Any) -> Any:
        from goodfit.alerts.picture import draw_curves

        return draw_curves(curves, title="exp1", metric="loss", **keywords)

    def test_is_small_and_of_the_promised_size(self) -> None:
        import io

        from PIL import Image

        rng = np.random.default_rng(1)
        noise = self.curve(rng.normal(size=5000))
        picture = self.draw(noise, self.curve(rng.normal(size=5000), "validation", is_dashed=True), direction="min")
        assert len(picture.data) < 100_000
        with Image.open(io.BytesIO(picture.data)) as image:
            assert (image.format, image.size) == ("PNG", (800, 400))

    def test_says_in_words_what_it_shows(self) -> None:
        picture = self.draw(self.curve([3, 2, 1]), self.curve([3, 1, 2], "validation"), direction="min", onset_step=1)
        assert picture.alt == (
            "loss by step 0 to 2; best validation 1 at step 1; marked since step 1; last train 1; last validation 2"
        )

    @pytest.mark.parametrize(
        "values",
        [
            [1.0], [1.0, 1.0], [np.nan, 1.0, np.nan], [np.inf, 1.0, -np.inf], [1e300, -1e300], [1e-300, 1e300],
            [0.0] * 50 + [1e9], list(np.exp(np.linspace(0, 700, 100))),
        ],
    )  # fmt: skip
    def test_draws_any_values(self, values: list[float]) -> None:
        assert self.draw(self.curve(values), direction="min", onset_step=0).data.startswith(b"\x89PNG")

    @pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
    def test_draws_nothing_where_there_is_nothing(self, values: list[float]) -> None:
        assert self.draw(self.curve(values)) is None

    def test_a_single_spike_is_not_lost_among_many_points(self) -> None:
        import io

        from PIL import Image

        values = np.zeros(100_000)
        values[50_000] = 1.0
        with Image.open(io.BytesIO(self.draw(self.curve(values)).data)) as image:
            pixels = np.asarray(image.convert("RGB")).astype(int)
        # The steps' middle lies in column 426; blue is the line's colour.
        column = pixels[58:358, 424:429]
        is_blue = (column[..., 2] - column[..., 0]) > 60
        assert is_blue.any(axis=1).mean() > 0.9


def test_a_picture_of_the_findings_metric_goes_with_the_alert(training: Training) -> None:
    from goodfit.alerts.picture import picture_of

    picture = picture_of(training, finding("overfit"), title="exp1")
    assert picture is not None
    assert "best validation 0.2 at step 38" in picture.alt
    assert picture_of(training, finding("overfit", metric="nosuch"), title="exp1") is None
