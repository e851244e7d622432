"""The names that users' code rests on, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import goodfit
import goodfit.testing

# Adding a name is a promise, removing one breaks it: change these lists on purpose only.
GOODFIT = [
    "Finding", "Run", "__version__", "compare", "diagnose", "errors", "forecast", "importance", "keras", "metrics",
    "notify", "open", "summary", "tensorboard", "testing",
]  # fmt: skip
TESTING = [
    "PlantedPair", "Truth", "append_giant_length", "append_torn_tail", "corrupt_record", "decay", "list_record_offsets",
    "make_pair", "make_pairs", "noise", "restart", "write_keras_training", "write_many_files", "write_run",
]  # fmt: skip
RUN_LOG = [
    "audio", "graphs", "histograms", "hparams", "images", "meshes", "pr_curves", "scalars", "tensors", "texts",
]  # fmt: skip
FINDING = [
    "advice", "confidence", "evidence", "message", "metric", "onset_interval", "onset_step", "rule", "severity", "step",
]  # fmt: skip
SMALL_IMPORT = 60
"""Modules that `import goodfit` may add to bare Python; a count, so that it holds on a busy machine."""


def test_names_of_the_package_are_pinned() -> None:
    assert sorted(goodfit.__all__) == sorted(GOODFIT)


def test_names_of_testing_are_pinned() -> None:
    assert sorted(goodfit.testing.__all__) == sorted(TESTING)


@pytest.mark.parametrize("name", GOODFIT)
def test_each_name_is_there(name: str) -> None:
    if name == "keras":
        pytest.importorskip("keras")
    assert getattr(goodfit, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'nonsense'"):
        goodfit.nonsense  # noqa: B018


def test_names_of_a_run_of_a_log_folder(tmp_path: object) -> None:
    from goodfit.query.logs import RunLog
    from goodfit.store.store import Store

    run = RunLog(Store(str(tmp_path)), ".")
    assert [name for name in RUN_LOG if not hasattr(run, name)] == []


def test_names_of_a_finding() -> None:
    finding = goodfit.Finding("overfit", "warning", "loss", 9)
    # message and advice need evidence that only a rule gives; their names are on the class.
    assert [name for name in FINDING if not hasattr(type(finding), name)] == []


def added_modules(code: str) -> set[str]:
    def modules(program: str) -> set[str]:
        command = [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"]
        return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    return modules(code) - modules("")


@pytest.mark.parametrize("code", ["import goodfit", "import goodfit; goodfit.Run", "import goodfit.sdk"])
def test_import_costs_a_training_process_little(code: str) -> None:
    added = added_modules(code)
    assert not added & {"numpy", "click", "rich", "starlette", "httpx", "PIL", "sqlite3", "asyncio", "pandas"}
    assert len(added) <= SMALL_IMPORT


def test_star_import_gives_the_promise() -> None:
    code = "import goodfit; print(sorted(set(goodfit.__all__) - set(dir(goodfit))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
