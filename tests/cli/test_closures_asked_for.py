"""``proofloop closure`` of an issue that somebody names, whatever state it is in, and for a date that is over, by real commands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from deployments.recompute import recompute
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.issue import IssueState
from registry.evidence.packages import list_packages
from tests.clocks import a_set_clock, set_clock
from tests.closed_bank import CLEAN_ON, ClosedBank, bank, kept, lacks_of, outcome, settled
from tests.fixed_bank import FIRST, FIX_ON, a_fixed_bank, at, days
from tests.replay.forging import forged

__all__ = ["bank", "settled"]

DAY = timedelta(days=1)


def recomputed(bank: ClosedBank) -> tuple[str, list[object]]:
    """Return what verifying the archive says, every decision judged again."""
    told = bank.say("evidence", "verify", "--recompute", "--json", code=None).document
    return str(told["verdict"]), list(told["problems"])


def test_an_issue_in_triage_that_is_named_is_judged_with_its_signals_and_judged_again(tmp_path: Path) -> None:
    """Its window is not watched, so that nothing was read of it: archives of such a closure were never whole again."""
    bank = ClosedBank(tmp_path / "bank")
    with a_set_clock():
        a_fixed_bank(bank.root)
        for day in days(FIRST, FIRST + 3 * DAY):
            set_clock(at(day, 7))
            bank.triage(day)
        assert bank.issue.state is IssueState.TRIAGE
        called = bank.say("closure", bank.issue.issue_id, "--json", code=None)
        assert (called.code, outcome(called)["verdict"]) == (3, "inconclusive")
        assert "nothing is known of what happened to customers" not in called.out
        assert recomputed(bank) == ("pass", [])


def test_an_issue_that_came_back_after_its_closure_and_is_named_is_judged_with_what_came_back(bank: ClosedBank) -> None:
    bank.verify(CLEAN_ON)
    assert bank.approve_on(CLEAN_ON) == "closed"
    day = CLEAN_ON + DAY
    bank.complain((FIX_ON + 3 * DAY, CLEAN_ON), (FIX_ON + 4 * DAY, CLEAN_ON))
    bank.live(day, day)
    assert bank.issue.state is IssueState.TRIAGE
    called = bank.say("closure", bank.issue.issue_id, "--json", code=None)
    assert (called.code, "recurrence:came_back" in lacks_of(called)) == (1, True)
    assert recomputed(bank) == ("pass", [])


def test_a_run_that_was_missed_proposes_nothing_past_what_a_later_triage_brought(bank: ClosedBank) -> None:
    """Its window is clean, and it reads no signal of a later date: two people could sign a return away before the monitoring tells it."""
    day = CLEAN_ON + DAY
    bank.complain((FIX_ON + 3 * DAY, CLEAN_ON))
    set_clock(at(day, 6))
    bank.triage(day)
    called = bank.say("closure", "--as-of", CLEAN_ON, "--json", code=None)
    assert (called.code, lacks_of(called), bank.issue.closure) == (3, ["recurrence:known_later"], "")
    assert recomputed(bank) == ("pass", [])
    today = bank.say("closure", bank.issue.issue_id, "--as-of", day, "--json", code=None)
    assert (today.code, lacks_of(today)) == (1, ["recurrence:came_back"])


def test_who_says_that_no_later_date_was_known_is_told(bank: ClosedBank, tmp_path: Path) -> None:
    set_clock(at(CLEAN_ON + DAY, 6))
    bank.triage(CLEAN_ON + DAY)
    bank.say("closure", "--as-of", CLEAN_ON, code=3)
    archive = bank.workspace.archive_dir
    (closure,) = (one.path.name for one in list_packages(archive) if (one.path / "dossier.json").is_file())
    assert kept(archive / closure / "inputs.json")["newest_on"] == str(CLEAN_ON + DAY)
    hidden = forged(archive, tmp_path / "inputs", {f"{closure}/inputs.json": _knows_no_later_date})
    alone = recompute(hidden, only=frozenset({int(closure)}))
    assert alone.verdict is Verdict.FAIL
    assert f"newest_on: {CLEAN_ON + DAY}, as the events before tell it" in [one.expected for one in alone.problems]
    run = f"{int(closure) + 1:06d}/decision.json"
    problems = recompute(forged(archive, tmp_path / "run", {run: _lacks_nothing}), only=frozenset({int(closure) + 1})).problems
    assert any(one.expected.startswith("closures.0: with known_later, as the events before tell") for one in problems)


def _knows_no_later_date(inputs: dict[str, Any]) -> None:
    inputs["newest_on"] = str(CLEAN_ON)


def _lacks_nothing(run: dict[str, Any]) -> None:
    for gate in run["closures"][0]["gates"]:
        gate["lacks"] = []


def test_a_run_that_is_made_up_for_leaves_a_newer_proposal_and_its_signatures_as_they_are(bank: ClosedBank) -> None:
    day = CLEAN_ON + DAY
    bank.live(day, day)
    assert bank.verify(day).code == 0
    proposed = bank.issue.closure
    set_clock(at(day, 10))
    bank.record(bank.sign("product_owner"))
    missed = bank.say("closure", "--as-of", CLEAN_ON, "--json", code=None)
    assert (missed.code, lacks_of(missed)) == (3, ["recurrence:known_later"])
    assert (proposed != "", bank.issue.closure) == (True, proposed)
    bank.live(day + DAY, day + DAY)
    again = bank.verify(day + DAY)
    assert (again.code, again.document["packages"], bank.issue.closure) == (0, [], proposed)
    set_clock(at(day + DAY, 10))
    assert bank.record(bank.sign("operations_lead")).document["receipt"]["state"] == "closed"
    assert bank.say("evidence", "verify", "--recompute", "--approvals", "--json").document["verdict"] == "pass"


def test_of_mornings_that_are_replayed_only_the_newest_proposes(bank: ClosedBank) -> None:
    last = CLEAN_ON + 2 * DAY
    bank.live(CLEAN_ON + DAY, last)
    set_clock(at(last, 9))
    played = bank.say("replay", "--from", CLEAN_ON, "--to", last, "--flow", "closure-verification", "--json", code=3).document["days"]
    assert [one["verdict"] for one in played] == ["inconclusive", "inconclusive", "pass"]
    assert [told["data"]["verdict"] for told in bank.events(EventKind.CLOSURE_JUDGED)] == ["inconclusive", "pass"]
    assert bank.issue.closure
    assert recomputed(bank) == ("pass", [])
