"""Which signals hang on an issue, told again from events as the ledger linked them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from registry.domain.linking import ObservedSignal, linked_signals

DAY = date(2026, 3, 16)
FEED = "complaints"


def signal(key: str, seq: int, received: int = 0, observed: int = 0, **changes: Any) -> ObservedSignal:
    given = {"feed": FEED, "pre_fix": False, "synthetic": False, "body": f"body of {key}", **changes}
    on = {"received_on": DAY + timedelta(days=received), "observed_on": DAY + timedelta(days=observed)}
    return ObservedSignal(key=key, observed_seq=seq, **on, **given)


def event(seq: int, kind: str, on: int = 0, issue: str = "ISS-1", **data: Any) -> tuple[int, dict[str, Any]]:
    body = {"kind": kind, "issue": issue, "business_date": (DAY + timedelta(days=on)).isoformat(), "data": {"feed": FEED, **data}}
    return seq, body


def test_without_events_nothing_hangs_on_an_issue() -> None:
    assert linked_signals("ISS-1", (), [signal("a", 1)]) == ()


def test_an_opening_takes_the_new_signals_of_its_day_and_feed_only() -> None:
    signals = [
        signal("new", 1),
        signal("before", 1, observed=-1),
        signal("other", 1, feed="overrides"),
        signal("late", 1, pre_fix=True),
        signal("made", 1, synthetic=True),
    ]
    assert linked_signals("ISS-1", [event(2, "IssueOpened")], signals) == (("opened", "body of new"),)


def test_a_rise_takes_the_signals_since_it_began_that_hang_nowhere_and_were_known() -> None:
    signals = [
        signal("elsewhere", 1, received=-3, observed=-2),
        signal("free", 1, received=-2, observed=-1),
        signal("older", 1, received=-9, observed=-8),
        signal("unknown", 99, received=-2, observed=-1),
        signal("new", 3),
    ]
    before = event(2, "IssueOpened", on=-2, issue="ISS-0")
    opened = event(4, "IssueOpened", spike={"count": 3}, level_window_days=7)
    assert linked_signals("ISS-1", [before, opened], signals) == (("opened", "body of free"), ("opened", "body of new"))
    assert linked_signals("ISS-0", [before, opened], signals) == (("opened", "body of elsewhere"),)


def test_each_later_event_takes_what_it_is_about() -> None:
    signals = [signal("c", 3), signal("b", 3, pre_fix=True), signal("a", 6, observed=1)]
    late = event(4, "LateEvidenceRecorded", reason_code="pre_fix_late")
    back = event(5, "IssueReopened")
    closed = event(7, "LateEvidenceRecorded", on=1, reason_code="closed_without_fix")
    found = linked_signals("ISS-1", [late, back, event(5, "IssueMoved"), closed], signals)
    assert found == (("late_closed", "body of a"), ("late_pre_fix", "body of b"), ("joined", "body of c"))


def test_a_person_who_reopens_an_issue_takes_no_signals() -> None:
    seq, envelope = event(5, "IssueReopened")
    del envelope["data"]["feed"]
    assert linked_signals("ISS-1", [(seq, envelope)], [signal("new", 1)]) == ()
