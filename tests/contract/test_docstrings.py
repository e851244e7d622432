"""Docstrings → run: every example of every module answers as written."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import goodfit

MODULES = [info.name for info in pkgutil.walk_packages(goodfit.__path__, "goodfit.") if info.name != "goodfit.__main__"]
# Their base classes come from frameworks, each installed in an environment of its own: tests/integration.
NEEDS_FRAMEWORK = {f"goodfit.sdk.integrations.{name}" for name in ("fastai", "lightning", "transformers", "xgboost")}


def test_the_package_has_modules() -> None:
    assert len(MODULES) > 150
    assert set(MODULES) >= NEEDS_FRAMEWORK


@pytest.mark.parametrize("name", sorted({*MODULES} - NEEDS_FRAMEWORK))
def test_examples_answer_as_written(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0, capsys.readouterr().out
