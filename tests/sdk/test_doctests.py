"""The examples in the docstrings of the writing side."""

import doctest
import importlib
import pkgutil

import pytest

import goodfit.sdk

MODULES = [info.name for info in pkgutil.walk_packages(goodfit.sdk.__path__, "goodfit.sdk.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
