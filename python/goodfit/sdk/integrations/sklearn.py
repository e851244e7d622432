"""A fitted scikit-learn estimator → the curves that it kept, in a run.

    model = MLPClassifier(early_stopping=True).fit(x, y)
    log_curves(run, model)

    MLP*                     loss_curve_, validation_scores_        train/loss, validation/score
    GradientBoosting*        train_score_, oob_scores_              train/loss, oob/loss
    HistGradientBoosting*    train_score_, validation_score_        train/score, validation/score

For `partial_fit`, log in the loop: `run.log(epoch, {"train/score": model.score(x, y)})`. scikit-learn is not imported.
"""

from __future__ import annotations

from typing import Any

from goodfit.errors import BadArgument
from goodfit.sdk.run import Run


def log_curves(run: Run, estimator: Any) -> list[str]:
    """Writes the learning curves that an estimator kept while it was fitted; the tags written.

    Args:
        run: where to write.
        estimator: fitted; of a Pipeline the last step counts.

    Raises:
        BadArgument: it kept none.
    """
    estimator = getattr(estimator, "_final_estimator", estimator)
    is_boosted = hasattr(estimator, "estimators_")
    curves = {
        "train/loss": getattr(estimator, "loss_curve_", None),
        "train/score": None if is_boosted else getattr(estimator, "train_score_", None),
        "validation/score": _first_of(estimator, "validation_scores_", "validation_score_"),
    }
    if is_boosted:
        curves |= {
            "train/loss": getattr(estimator, "train_score_", None),
            "oob/loss": _first_of(estimator, "oob_scores_"),
        }
    found = {tag: values for tag, values in curves.items() if values is not None and len(values)}
    if not found:
        raise BadArgument(
            f"a {type(estimator).__name__} has kept no curve.",
            hint="fit it first; HistGradientBoosting keeps scores with early_stopping=True only",
        )
    for step in range(max(len(values) for values in found.values())):
        run.log(step, {tag: values[step] for tag, values in found.items() if step < len(values)})
    return list(found)


def _first_of(estimator: Any, *names: str) -> Any:
    return next((value for name in names if (value := getattr(estimator, name, None)) is not None), None)
