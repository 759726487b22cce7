"""The guide "Close an issue", typed into a shell in a bank whose issue is in verification, on the morning on which its window is clean."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.closed_bank import CLEAN_ON, SIGNERS, ClosedBank, settled
from tests.fixed_bank import at
from tests.guides.shell import asked_of, blocks_of, typed

__all__ = ["settled"]

GUIDE = Path(__file__).parents[2] / "docs/guides/close-an-issue.md"
Typed = tuple[ClosedBank, str]


@pytest.fixture(scope="module")
def followed(settled: ClosedBank, tmp_path_factory: pytest.TempPathFactory) -> Typed:
    """Return the bank in which the guide was followed, by each signer in turn where it says so, and everything the shell said."""
    bank = settled.copy(tmp_path_factory.mktemp("guide") / "bank")
    for role, name in SIGNERS.items():
        shutil.copy(bank.root / f"{name}.key", bank.root / f"{role}.key")
    text = GUIDE.read_text(encoding="utf-8")
    since = CLEAN_ON - timedelta(days=2)
    for name, mine in (("ISSUE=.*", f"ISSUE={bank.issue.issue_id}"), ("SINCE=.*", f"SINCE={since} DAY={CLEAN_ON}")):
        text, count = re.subn(f"^{name}$", mine, text, flags=re.MULTILINE)
        assert count == 1, name
    before, signing, after = re.split(r"(?=^## Sign it|^## Show it)", text, flags=re.MULTILINE)
    signed = [re.sub("^ME=.*$", f"ME={name} ROLE={role}", signing, flags=re.MULTILINE) for role, name in SIGNERS.items()]
    bank.ledger.close()
    said = typed([block for part in (before, *signed, after) for block in blocks_of(part)], bank.root, at(CLEAN_ON, 10).isoformat())
    return bank, said


def test_no_command_of_the_guide_is_refused_or_misunderstood(followed: Typed) -> None:
    said = [line for line in followed[1].splitlines() if re.match(r"refused:|proofloop: |sh: |Traceback", line)]
    assert not said


def test_the_guide_judges_proposes_signs_and_closes(followed: Typed) -> None:
    bank, said = followed
    assert said.count("PASS  1 closure: 1 pass") == 4
    events = asked_of(bank.root, "issue", "show", bank.issue.issue_id)["events"]
    judged = [event["data"]["verdict"] for event in events if event["kind"] == "ClosureJudged"]
    approved = [event["actor"] for event in events if event["kind"] == "ApprovalRecorded"]
    assert (judged[-1], approved[-2:], bank.issue.state) == ("pass", list(SIGNERS.values()), "closed")


def test_what_the_guide_leaves_opens_and_verifies(followed: Typed) -> None:
    bank, _ = followed
    dossier = (bank.root / "closed-issue/data/dossier.html").read_text(encoding="utf-8")
    for page in (dossier, (bank.root / "issue.html").read_text(encoding="utf-8")):
        assert bank.issue.issue_id in page and "<script" not in page
    assert all(name in dossier for name in SIGNERS.values())
    assert asked_of(bank.root, "evidence", "verify")["verdict"] == "pass"
