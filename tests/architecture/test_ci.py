"""In CI nothing is skipped in silence, and a browser is really there when a test asks for one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.architecture.project import ROOT
from tests.browser import chromium

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["chromium"]

SKIPPED = "import pytest\ndef test_it(): pytest.skip('{reason}')\n"


@pytest.mark.parametrize(
    ("ci", "reason", "passes"),
    [("true", "no browser here", False), ("true", "../shared/data is not here", True), ("", "no browser here", True)],
)
def test_a_skip_is_a_failure_in_ci_except_for_absent_real_data(tmp_path: Path, ci: str, reason: str, passes: bool) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED.format(reason=reason))
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, env={**os.environ, "CI": ci}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is passes, done.stdout


def test_ci_is_a_script_that_any_machine_can_start() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert {"make lint", "make test"} <= {line.partition(" 2>&1")[0] for line in script.read_text().splitlines()}


def test_the_browser_opens_a_page(chromium: Chrome, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>calm</title>")
    chromium.get((tmp_path / "page.html").as_uri())
    assert chromium.title == "calm"
