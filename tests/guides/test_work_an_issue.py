"""The guide "Work an issue", typed as it stands into a shell in an empty folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs/guides/work-an-issue.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
MINUTES = 60


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the workspace that following the guide leaves, and everything the shell said."""
    folder = tmp_path_factory.mktemp("guide")
    script = "set -u\n" + "\n".join(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PROOFLOOP_"))}
    environ |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=10 * MINUTES,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return folder / "my-bank", done.stdout


def test_no_command_of_the_guide_is_refused_or_misunderstood(typed: tuple[Path, str]) -> None:
    said = [line for line in typed[1].splitlines() if re.match(r"refused:|proofloop: |sh: |Traceback", line)]
    assert not said


def test_the_guide_ends_in_implemented_with_a_complete_graph(typed: tuple[Path, str]) -> None:
    workspace, said = typed
    assert "Evidence graph: complete up to implemented" in said
    (issue,) = _asked(workspace, "issue", "list")["issues"]
    assert (issue["state"], issue["owner"]) == ("implemented", "operations.lead@bank.example")
    shown = _asked(workspace, "issue", "show", issue["issue_id"])
    kinds = [event["kind"] for event in shown["events"]]
    wanted = ["IssueAssigned", "ContainmentRecorded", "RootCauseRecorded", "ActionsPlanned"]
    assert [kind for kind in kinds if kind in wanted] == wanted
    assert (kinds.count("ApprovalRecorded"), kinds.count("ChangeLinked"), kinds.count("FixReleased")) == (3, 2, 1)
    assert {event["data"]["kind"] for event in shown["events"] if event["kind"] == "ApprovalRecorded"} == {"signed"}


def test_what_the_guide_leaves_verifies_and_has_a_page(typed: tuple[Path, str]) -> None:
    workspace, _ = typed
    assert _asked(workspace, "evidence", "verify")["verdict"] == "pass"
    page = (workspace / "issue.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<svg" in page


def _asked(workspace: Path, *words: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "deployments.cli.main", "--workspace", str(workspace), *words, "--json"],
        capture_output=True,
        text=True,
        cwd=GUIDE.parents[2],
        check=False,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
