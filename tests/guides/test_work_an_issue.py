"""The guide "Work an issue", typed as it stands into a shell in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guides.shell import asked_of, typed_guide

GUIDE = Path(__file__).parents[2] / "docs/guides/work-an-issue.md"


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the workspace that following the guide leaves, and everything the shell said."""
    folder = tmp_path_factory.mktemp("guide")
    said = typed_guide(GUIDE, folder)
    return folder / "my-bank", said


def test_no_command_of_the_guide_is_refused_or_misunderstood(typed: tuple[Path, str]) -> None:
    said = [line for line in typed[1].splitlines() if re.match(r"refused:|proofloop: |sh: |Traceback", line)]
    assert not said


def test_the_guide_ends_in_implemented_with_a_complete_graph(typed: tuple[Path, str]) -> None:
    workspace, said = typed
    assert "Evidence graph: complete up to implemented" in said
    (issue,) = asked_of(workspace, "issue", "list")["issues"]
    assert (issue["state"], issue["owner"]) == ("implemented", "operations.lead@bank.example")
    shown = asked_of(workspace, "issue", "show", issue["issue_id"])
    kinds = [event["kind"] for event in shown["events"]]
    wanted = ["IssueAssigned", "ContainmentRecorded", "RootCauseRecorded", "ActionsPlanned"]
    assert [kind for kind in kinds if kind in wanted] == wanted
    assert (kinds.count("ApprovalRecorded"), kinds.count("ChangeLinked"), kinds.count("FixReleased")) == (3, 2, 1)
    assert {event["data"]["kind"] for event in shown["events"] if event["kind"] == "ApprovalRecorded"} == {"signed"}


def test_what_the_guide_leaves_verifies_and_has_a_page(typed: tuple[Path, str]) -> None:
    workspace, _ = typed
    assert asked_of(workspace, "evidence", "verify")["verdict"] == "pass"
    page = (workspace / "issue.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<svg" in page
