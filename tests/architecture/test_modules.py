"""Every module says what it is, stays small, and has a name that says what belongs in it."""

from __future__ import annotations

import ast
import doctest
import re
import statistics
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.architecture.project import ROOMS, ROOT, dotted, product_modules, syntax_of

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "shared", "core"}
CHARTER = re.compile(r"\b(Put|belongs?)\b")
MAX_LINES = {"checks": 150}
DEFAULT_MAX_LINES = 250
MAX_BODY_LINES = 40


def test_every_room_of_the_house_is_there() -> None:
    assert {module.parts[0] for module in product_modules()} == set(ROOMS)


@pytest.mark.parametrize("module", product_modules(), ids=str)
def test_a_module_opens_with_its_charter(module: Path) -> None:
    charter = ast.get_docstring(syntax_of(module))
    assert charter, f"{module}: expected a docstring that says what the module is and what belongs in it"
    if module.name == "__init__.py":
        assert len(syntax_of(module).body) == 1, f"{module}: expected a docstring only, so that importing a room drags nothing in"
    else:
        assert CHARTER.search(charter), f"{module}: expected the charter to say what to put here, or what belongs here"


@pytest.mark.parametrize("module", product_modules(), ids=str)
def test_a_module_has_a_name_that_says_what_belongs_in_it(module: Path) -> None:
    assert not FORBIDDEN_NAMES & set(module.with_suffix("").parts), f"{module}: expected a name for what it holds"


@pytest.mark.parametrize("module", product_modules(), ids=str)
def test_a_module_fits_on_a_few_pages(module: Path) -> None:
    lines = (ROOT / module).read_text(encoding="utf-8").count("\n")
    limit = MAX_LINES.get(module.parts[0], DEFAULT_MAX_LINES)
    assert lines <= limit, f"{module}: expected at most {limit} lines, found {lines}; split it by what belongs together"


@pytest.mark.parametrize("module", product_modules(), ids=str)
def test_a_function_fits_on_a_screen(module: Path) -> None:
    long = {name: lines for name, lines in bodies(module) if lines > MAX_BODY_LINES}
    assert not long, f"{module}: expected bodies of at most {MAX_BODY_LINES} lines, found {long}"


def test_most_functions_are_a_few_lines() -> None:
    lengths = sorted(lines for module in product_modules() for _, lines in bodies(module))
    assert statistics.median(lengths) <= 8
    assert lengths[len(lengths) * 9 // 10] <= 25


@pytest.mark.parametrize("module", [module for module in product_modules() if ">>> " in (ROOT / module).read_text()], ids=str)
def test_examples_in_docstrings_run(module: Path) -> None:
    outcome = doctest.testmod(import_module(dotted(module)))
    assert (outcome.failed, outcome.attempted > 0) == (0, True)


def bodies(module: Path) -> Iterator[tuple[str, int]]:
    """Yield each function's name and the lines of its body, the docstring left out."""
    for node in ast.walk(syntax_of(module)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            statements = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (node.end_lineno or 0) - statements[0].lineno + 1 if statements else 0
