"""``proofloop closure`` of an issue that somebody names, whatever state it is in, by real commands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from registry.domain.issue import IssueState
from tests.clocks import a_set_clock, set_clock
from tests.closed_bank import CLEAN_ON, ClosedBank, bank, lacks_of, outcome, settled
from tests.fixed_bank import FIRST, FIX_ON, a_fixed_bank, at, days

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
