"""The examples in the docstrings of the reports run."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["csv_export", "foreign_text", "markdown", "rendering", "wording"])
def test_the_examples_of_a_module_run(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"reports.{module}"))

    assert result.attempted > 0
    assert result.failed == 0
