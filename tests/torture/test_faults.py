"""A small run of failing system calls on SQLite, and a count that can say no."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture import faults
from tests.torture.faults import Row
from tests.torture.injection import NAMED, Ended, Fault, has_strace

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not has_strace(), reason="no strace here")
@pytest.mark.parametrize(
    ("calls", "error"),
    [
        (["write", "fsync", "rename"], "ENOSPC"),
        (["unlinkat"], "SIGKILL"),  # killed while it removed the sealed draft: a part of it stayed for ever
    ],
)
def test_each_call_of_publishing_may_fail_and_the_next_run_leaves_what_an_undisturbed_one_leaves(
    tmp_path: Path, calls: list[str], error: str
) -> None:
    words = [sys.executable, "-m", "tests.torture.faults", "--backends", "sqlite", "--calls", *calls, "--errors", error]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [Row(**row) for row in json.loads((tmp_path / "build/torture/faults.json").read_text())["rows"]]
    assert [row.call for row in rows] == calls
    assert all(row.runs > 2 and row.torn == 0 for row in rows)
    assert all(row.killed == row.runs for row in rows) if error == "SIGKILL" else all(row.other == 0 for row in rows)


def test_what_is_torn_or_was_never_run_is_not_ok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "BUILD", tmp_path)
    assert faults._publish([Row("sqlite", "write", "EIO", runs=3)], 1.0) == 0
    assert faults._publish([Row("sqlite", "write", "EIO", runs=3, torn=1, first_torn="write: lost")], 1.0) == 1
    assert faults._publish([Row("sqlite", "sendto", "SIGKILL")], 1.0) == 1
    assert faults._publish([], 1.0) == 1


def test_runs_are_counted_by_how_they_ended() -> None:
    row = Row("sqlite", "write", "EIO")
    for code in (0, NAMED, NAMED, 11, 1, -9):
        row.count(Ended(code, 1))
    assert (row.runs, row.survived, row.named, row.other, row.killed) == (6, 1, 2, 2, 1)


def test_a_fault_is_told_to_strace_as_an_error_or_a_signal() -> None:
    assert Fault("write", "EIO", 3).expression == "write:error=EIO:when=3"
    assert Fault("write", "SIGKILL", 3).expression == "write:signal=SIGKILL:when=3"
