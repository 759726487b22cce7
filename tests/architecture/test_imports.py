"""The doors of the house: the contracts hold, and each of them would notice a breach."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.architecture.project import ROOMS, ROOT, dotted, product_modules, syntax_of

VOCABULARY = ("registry.domain", "registry.errors")
LINTER = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"

# contract -> (file, import that breaks it)
BREACHES = {
    "walk": ("registry/evidence/names.py", "import tasks"),
    "vocabulary": ("registry/domain/times.py", "import registry.evidence.names"),
    "pure": ("checks/verdict.py", "import os"),
    "decisions-keep-out-of-expectations": ("checks/verdict.py", "import checks.expectations"),
    "tasks-never-decide": ("tasks/engine.py", "import checks.verdict"),
    "flows-touch-no-adapter": ("flows/__init__.py", "import registry.evidence.archive"),
    "reports-show-what-they-are-given": ("reports/__init__.py", "import registry.evidence.archive"),
    "prefect": ("registry/errors.py", "import prefect"),
    "mlflow": ("tasks/__init__.py", "import mlflow"),
    "evidently": ("tasks/__init__.py", "import evidently"),
    "great-expectations": ("tasks/__init__.py", "import great_expectations"),
    "duckdb": ("reports/__init__.py", "import duckdb"),
    "engines": ("checks/verdict.py", "import ibis"),
    "sqlalchemy": ("registry/evidence/names.py", "import sqlalchemy"),
}

# a whole process pays seconds for these, so they are imported inside the function that needs them
HEAVY = {"great_expectations", "evidently", "mlflow", "pandas", "duckdb", "pyarrow", "scipy", "polars", "matplotlib", "ibis", "pyspark"}
ONLY_AT_THE_TOP_OF = {"prefect": ("flows", "tasks/engine.py"), "sqlalchemy": ("registry/ledger",)}


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_contract_has_a_breach_to_test_it() -> None:
    assert set(BREACHES) == contracts()


@pytest.mark.parametrize("contract", BREACHES)
def test_a_contract_notices_a_breach(tmp_path: Path, contract: str) -> None:
    file, breach = BREACHES[contract]
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    path = tmp_path / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{breach}\n", encoding="utf-8")
    done = lint(tmp_path, "--contract", contract)
    assert done.returncode == 1 and "1 broken" in done.stdout, done.stdout


@pytest.mark.parametrize("module", [module for module in product_modules() if dotted(module).startswith(VOCABULARY)], ids=str)
def test_the_vocabulary_is_standard_library_only(module: Path) -> None:
    foreign = {name for name in imported(ast.walk(syntax_of(module))) if not name.startswith(VOCABULARY)}
    assert {name.partition(".")[0] for name in foreign} <= sys.stdlib_module_names


@pytest.mark.parametrize("module", product_modules(), ids=str)
def test_a_heavy_library_is_imported_where_it_is_used(module: Path) -> None:
    top = {name.partition(".")[0] for name in imported(syntax_of(module).body)}
    assert not top & HEAVY, f"{module}: import inside the function that needs it"
    for library, places in ONLY_AT_THE_TOP_OF.items():
        assert library not in top or str(module).startswith(places), f"{module}: import {library} inside the function that needs it"


@pytest.mark.parametrize("arguments", ["--help", "evidence --help", "issue --help"])
def test_asking_for_help_loads_no_heavy_library(arguments: str) -> None:
    program = f"""
import sys
from deployments.cli.main import main
sys.argv = ["proofloop", *{arguments.split()!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
loaded = sorted({HEAVY | {"prefect", "sqlalchemy", "numpy"}!r} & set(sys.modules))
sys.exit(f"loaded {{loaded}}" if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # the copy must be found before the installed project
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", LINTER, "--no-cache", "--no-logo", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def contracts() -> set[str]:
    config = ConfigParser()
    config.read(ROOT / ".importlinter")
    return {section.rpartition(":")[2] for section in config.sections() if section.startswith("importlinter:contract:")}


def imported(nodes: object) -> set[str]:
    """Names of the modules imported by ``nodes``; imports for type checkers only are nested in an ``if`` and not among a module's own."""
    names: set[str] = set()
    for node in nodes:  # type: ignore[attr-defined]
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names
