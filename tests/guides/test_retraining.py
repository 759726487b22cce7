"""The guide "Watch predictions, and decide about retraining", typed as it stands into a shell in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guides.shell import asked_of, typed_guide

GUIDE = Path(__file__).parents[2] / "docs/guides/retraining.md"


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the workspace that following the guide leaves, and everything the shell said."""
    folder = tmp_path_factory.mktemp("guide")
    said = typed_guide(GUIDE, folder)
    return folder / "my-bank", said


def test_no_command_of_the_guide_is_refused_or_misunderstood(typed: tuple[Path, str]) -> None:
    said = [line for line in typed[1].splitlines() if re.match(r"refused:|proofloop: |sh: |awk: |date: |Traceback", line)]
    assert not said


def test_a_quiet_month_is_told_as_such_and_the_next_asks_for_a_retraining(typed: tuple[Path, str]) -> None:
    verdicts = re.findall(r"^(PASS|FAIL|INCONCLUSIVE)  1 watched system", typed[1], re.MULTILINE)
    assert verdicts[:2] == ["PASS", "FAIL"]
    assert "1 open request;" in typed[1] and "channel (drift)" in typed[1]


def test_what_opened_is_issues_and_the_one_shown_tells_its_window_and_decision(typed: tuple[Path, str]) -> None:
    workspace, said = typed
    titles = {issue["title"] for issue in asked_of(workspace, "issue", "list")["issues"]}
    assert {"data drift", "performance: calibration"} <= titles
    assert "drift alert, window " in said and "of package sha256:" in said


def test_the_request_is_closed_and_the_reference_frozen_by_a_person_and_everything_verifies(typed: tuple[Path, str]) -> None:
    workspace, _ = typed
    (request,) = asked_of(workspace, "triggers", "list", "--all")["requests"]
    assert (request["closed"]["outcome"], request["closed"]["version"], request["action"]) == ("retrained", "2.4.0", "retrain")
    assert asked_of(workspace, "triggers", "list")["requests"] == []
    assert asked_of(workspace, "evidence", "verify")["verdict"] == "pass"
