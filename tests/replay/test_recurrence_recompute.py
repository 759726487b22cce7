"""Recurrence windows judged again from what was sealed with them: the same to the byte, or the first difference named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.evidence.packages import list_packages
from tests.fixed_bank import FIX_ON, WINDOW_FROM, FixedBank, bank, fixed
from tests.replay.forging import forged

__all__ = ["bank", "fixed"]

DAY = timedelta(days=1)


@pytest.fixture
def week(bank: FixedBank) -> FixedBank:
    bank.complain((FIX_ON + 2 * DAY, FIX_ON + 4 * DAY))
    bank.run(WINDOW_FROM, FIX_ON + 5 * DAY)
    return bank


def last_windows(bank: FixedBank) -> int:
    return [one.seal.seq for one in list_packages(bank.workspace.archive_dir) if (one.path / "inputs-00001.json").is_file()][-1]


def test_every_window_and_every_run_comes_out_the_same_to_the_byte(week: FixedBank) -> None:
    found = recompute(week.workspace.archive_dir)
    windows, runs = 5, 5
    triaged = len(list_packages(week.workspace.archive_dir)) - runs
    assert (found.verdict, found.problems) == (Verdict.PASS, ())
    assert found.same_count == found.day_count == triaged + windows + runs


def test_the_package_of_a_return_can_be_judged_by_itself(week: FixedBank) -> None:
    seal = last_windows(week)
    found = recompute(week.workspace.archive_dir, only=frozenset({seal}))
    assert (found.verdict, found.same_count) == (Verdict.PASS, 2)


def _less_seen(inputs: Any) -> None:
    inputs["seen"] = [one for one in inputs["seen"] if not one["is_after_fix"]]


def _a_day_more(inputs: Any) -> None:
    inputs["days"][-1]["reason"] = "nobody looked"


def _more_days(inputs: Any) -> None:
    inputs["days"] = [{**inputs["days"][0], "on": "2026-03-10"}, *inputs["days"]]


def _moved(inputs: Any) -> None:
    inputs["seen"][-1]["decided_at"] = inputs["seen"][0]["decided_at"]


def _harmless(inputs: Any) -> None:
    inputs["seen"][0]["impact"] = "none"


def _other_side(inputs: Any) -> None:
    inputs["seen"][-1] |= {"is_after_fix": False, "versions": {"model": "v1"}}


def _invented(inputs: Any) -> None:
    inputs["seen"].append({**inputs["seen"][0], "key": "one more"})


def _no_feed(inputs: Any) -> None:
    inputs["feeds"] = []


def _another_fix(inputs: Any) -> None:
    inputs["fix"]["versions"] = {"model": "v3"}


def _other_versions(inputs: Any) -> None:
    inputs["versions"] = inputs["versions"][1:]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        *((_less_seen, "judged again"), (_a_day_more, "judged again"), (_another_fix, "fix: "), (_other_versions, "versions: ")),
        *((_less_seen, "seen: 1 more"), (_moved, "seen: "), (_invented, "one more is none"), (_more_days, "days: 2026-03-10 not observed")),
        (_no_feed, "feeds: complaints among them"),
        *((_harmless, "with impact delay, as packages and events before tell"), (_other_side, "with versions.model v2")),
    ],
)
def test_inputs_that_were_changed_are_found_out(week: FixedBank, tmp_path: Path, change: Callable[[Any], None], told: str) -> None:
    seal = last_windows(week)
    archive = forged(week.workspace.archive_dir, tmp_path / "forged", {f"{seal:06d}/inputs-00001.json": change})
    found = recompute(archive, only=frozenset({seal}))
    assert found.verdict is Verdict.FAIL
    assert any(told in str(problem) for problem in found.problems)


def test_a_run_that_says_otherwise_than_its_windows_is_found_out(week: FixedBank, tmp_path: Path) -> None:
    def better(day: Any) -> None:
        day["verdict"] = "pass"

    seal = last_windows(week)
    archive = forged(week.workspace.archive_dir, tmp_path / "forged", {f"{seal:06d}/decision.json": better})
    found = recompute(archive, only=frozenset({seal}))
    assert (found.verdict, any("verdict" in str(problem) for problem in found.problems)) == (Verdict.FAIL, True)


def test_inputs_that_were_removed_leave_it_in_doubt(week: FixedBank) -> None:
    seal = last_windows(week)
    (package,) = (one for one in list_packages(week.workspace.archive_dir) if one.seal.seq == seal)
    (package.path / "inputs-00001.json").unlink()
    found = recompute(week.workspace.archive_dir, only=frozenset({seal}))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert json.dumps([str(problem) for problem in found.problems]).count("removed since") == 1
