"""What a window asks of the ledger, on each backend: every signal of a symptom, also of the same cause, and what was judged before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.recurrence_events import indicators_event
from registry.domain.events import EventKind
from registry.domain.issue import Issue
from registry.domain.recurrence import Indicator, IndicatorKind, Light, Outcome
from registry.domain.recurrence_run import RecurrenceWrite
from registry.domain.signal import CustomerImpact
from registry.domain.triage_write import Publication
from registry.errors import LedgerError, StaleIssueError
from registry.ledger.recurrence import Watched, read_everything_seen, read_lights, read_watched, record_recurrence
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.builders import DIGEST, FINGERPRINT, NOON, SYSTEM, TODAY, an_event, an_issue
from tests.closing import window_judged
from tests.ledger_writes import HOUR, ISSUE_ID, a_link, a_write, claimed, opened, some_signals, spooled

OTHER_ID, OTHER = "ISS-20201015-89abcdef", "f" * 16
DAY = timedelta(days=1)
FLOW = "recurrence-monitoring"


def observed(ledger: Ledger, spool: Path, count: int, on: date = TODAY, start: int = 0, extra: Sequence[Any] = (), **changes: Any) -> None:
    delivery = spooled(spool, some_signals(count, start=start, **changes))
    links = [a_link()] if extra else []
    ledger.record_triage(a_write(claimed(ledger, on=on), [delivery], extra, known_events=ledger.head().seq, links=tuple(links)), spool)


def an_open_issue(**changes: Any) -> Issue:
    return an_issue(issue_id=ISSUE_ID, system_id=SYSTEM, fingerprint=FINGERPRINT, **changes)


def watched(ledger: Ledger, *issues: Issue, before: date = TODAY + 9 * DAY, until: int = 10_000) -> Watched:
    return read_watched(ledger, issues, before, until)


def keys(found: Watched, issue_id: str = ISSUE_ID) -> list[str]:
    return sorted(one.signal_id for one in found.seen[issue_id])


def same_cause(issue_id: str, other: str) -> Any:
    document = {"issue": other, "reason": "one prompt", "evidence": ["CHG-7"]}
    body = {"step": "same-cause", "role": "product_owner", "document": document, "document_digest": DIGEST, "bundle_digest": DIGEST}
    return an_event(kind=EventKind.SAME_CAUSE_RECORDED, subject=f"{issue_id} same cause", issue_id=issue_id, body=body)


def test_without_an_issue_nothing_is_asked(ledger: Ledger) -> None:
    assert watched(ledger) == Watched({}, {}, {}, {})


def test_an_issue_without_a_signal_has_none(ledger: Ledger) -> None:
    assert watched(ledger, an_open_issue()).seen == {ISSUE_ID: ()}


def test_every_signal_of_the_fingerprint_is_its_own_whether_it_hangs_on_it_or_not(ledger: Ledger, spool: Path) -> None:
    observed(ledger, spool, 2, extra=opened(signal_count=2))
    observed(ledger, spool, 1, TODAY + DAY, start=2)
    observed(ledger, spool, 1, TODAY + 2 * DAY, start=3, synthetic=True)
    observed(ledger, spool, 1, TODAY + 3 * DAY, start=4, fingerprint=OTHER)
    assert keys(watched(ledger, an_open_issue())) == ["0", "1", "2"]
    assert len(ledger.read_issue_signals(ISSUE_ID)) == 2


def test_each_signal_says_what_it_did_to_the_customer_and_since_which_event_it_is_known(ledger: Ledger, spool: Path) -> None:
    observed(ledger, spool, 1, extra=opened(signal_count=1))
    observed(ledger, spool, 1, TODAY + DAY, start=1, impact=CustomerImpact.FUNDS)  # hangs on no issue
    told = [event.seq for event in ledger.read_events(kinds=(EventKind.SIGNALS_OBSERVED,))]
    assert len(ledger.read_issue_signals(ISSUE_ID)) == 1
    for seen in (watched(ledger, an_open_issue()).seen, read_everything_seen(ledger, [an_open_issue()])):
        found = [(one.impact, one.known_seq) for one in seen[ISSUE_ID]]
        assert found == [(CustomerImpact.ACCESS, told[0]), (CustomerImpact.FUNDS, told[1])]


@pytest.mark.parametrize(("pointers", "ref"), [((), ""), (("case 7",), "case 7"), (("case 7", "note 3"), "")])
def test_the_only_pointer_of_a_signal_may_name_its_decision(ledger: Ledger, spool: Path, pointers: tuple[str, ...], ref: str) -> None:
    observed(ledger, spool, 1, extra=opened(signal_count=1), source_evidence=pointers)
    assert [one.decision_ref for one in watched(ledger, an_open_issue()).seen[ISSUE_ID]] == [ref]


def test_what_a_later_run_observed_is_not_known_yet(ledger: Ledger, spool: Path) -> None:
    observed(ledger, spool, 2, extra=opened(signal_count=2))
    observed(ledger, spool, 1, TODAY + DAY, start=2)
    assert keys(watched(ledger, an_open_issue(), before=TODAY)) == ["0", "1"]


def test_signals_of_an_issue_with_the_same_cause_come_last_and_say_through_which(ledger: Ledger, spool: Path) -> None:
    observed(ledger, spool, 1, extra=opened(signal_count=1))
    theirs = opened(OTHER_ID, fingerprint=OTHER, signal_count=0)
    ledger.append([replace(event, system_id="another") for event in theirs])
    ledger.append([replace(same_cause(OTHER_ID, ISSUE_ID), system_id="another")])
    delivery = spooled(spool, some_signals(2, start=7, system_id="another", fingerprint=OTHER))
    ledger.record_triage(a_write(claimed(ledger, "another", on=TODAY + DAY), [delivery], known_events=ledger.head().seq), spool)
    found = watched(ledger, an_open_issue())
    assert [(one.signal_id, one.same_cause_issue) for one in found.seen[ISSUE_ID]] == [("0", ""), ("7", OTHER_ID), ("8", OTHER_ID)]
    assert found.systems_of == {OTHER_ID: "another"}
    before = watched(ledger, an_open_issue(), until=ledger.head().seq - 3)
    assert before.systems_of == {}


def test_the_same_cause_counts_by_way_of_an_issue_between_and_a_ring_ends(ledger: Ledger, spool: Path) -> None:
    third, more = "ISS-20201015-00000003", "e" * 16
    observed(ledger, spool, 1, extra=opened(signal_count=1))
    for issue_id, fingerprint in ((OTHER_ID, OTHER), (third, more)):
        ledger.append(opened(issue_id, fingerprint=fingerprint, signal_count=0))
    ledger.append([same_cause(OTHER_ID, ISSUE_ID), same_cause(third, OTHER_ID), same_cause(ISSUE_ID, third)])
    observed(ledger, spool, 1, TODAY + DAY, start=7, fingerprint=more)
    found = watched(ledger, an_open_issue())
    assert [(one.signal_id, one.same_cause_issue) for one in found.seen[ISSUE_ID]] == [("0", ""), ("7", third)]


def test_the_first_level_of_an_issue_is_that_of_its_opening(ledger: Ledger, spool: Path) -> None:
    observed(ledger, spool, 2, extra=opened(signal_count=2))
    assert watched(ledger, an_open_issue()).began_on == {ISSUE_ID: TODAY - 7 * DAY}
    assert watched(ledger, an_open_issue(), until=1).began_on == {}


def test_the_newest_review_of_a_closed_issue_is_known(ledger: Ledger, spool: Path) -> None:
    observed(ledger, spool, 2, extra=opened(signal_count=2))
    reviews = [
        replace(window_judged(ISSUE_ID, purpose="effectiveness"), business_date=TODAY + offset * DAY, subject=f"{ISSUE_ID}:{offset}")
        for offset in (1, 2)
    ]
    ledger.append([*reviews, replace(window_judged(ISSUE_ID), business_date=TODAY + 3 * DAY)])
    assert watched(ledger, an_open_issue()).reviewed_on == {ISSUE_ID: TODAY + 2 * DAY}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_review_without_an_answer_is_none(ledger: Ledger, spool: Path, outcome: Outcome) -> None:
    observed(ledger, spool, 2, extra=opened(signal_count=2))
    judged = replace(window_judged(ISSUE_ID, purpose="effectiveness", outcome=outcome.value), business_date=TODAY)
    ledger.append([judged])
    is_answer = outcome in {Outcome.CLEAN, Outcome.RECURRED, Outcome.ELAPSED_UNEVIDENCED}
    assert watched(ledger, an_open_issue()).reviewed_on == ({ISSUE_ID: TODAY} if is_answer else {})
    assert [case.answered_at for case in ledger.read_cases((SYSTEM,), ledger.head().seq)] == [judged.as_of if is_answer else None]


def an_amber() -> Indicator:
    return Indicator(IndicatorKind.OVERRIDE_SPIKE, SYSTEM, Light.AMBER, "rose to 1.5 times", 1.5, None, 12)


def a_run(ledger: Ledger, on: date = TODAY, **changes: Any) -> RecurrenceWrite:
    leases = ledger.claim(FLOW, (SYSTEM,), on, "run-1", NOON, HOUR).leases
    base = RecurrenceWrite(
        leases=leases,
        known_events=ledger.head().seq,
        events=(indicators_event(SYSTEM, [an_amber()], NOON, on, DIGEST, DIGEST),),
        publications=(Publication(f"drafts/{DIGEST}", DIGEST, "package"),),
        result=b"{}",
    )
    return replace(base, **changes)


def test_an_indicator_comes_back_as_it_was_of_the_day_before_its_run(ledger: Ledger) -> None:
    assert record_recurrence(ledger, a_run(ledger))
    found = read_lights(ledger, (SYSTEM,), TODAY - DAY, TODAY + DAY, ledger.head().seq)
    assert found == {(SYSTEM, TODAY - DAY): (an_amber(),)}
    assert read_lights(ledger, (SYSTEM,), TODAY - DAY, TODAY, ledger.head().seq) == {}
    assert read_lights(ledger, ("another",), TODAY, TODAY + DAY, ledger.head().seq) == {}
    assert verify_ledger(ledger) == ()


def test_a_run_is_recorded_once(ledger: Ledger) -> None:
    write = a_run(ledger)
    assert [record_recurrence(ledger, write), record_recurrence(ledger, write)] == [True, False]
    assert (ledger.read_result(FLOW, SYSTEM, TODAY), len(ledger.pending_outbox())) == (b"{}", 1)


def test_a_run_that_does_not_know_the_newest_event_writes_nothing(ledger: Ledger, spool: Path) -> None:
    write = a_run(ledger)
    observed(ledger, spool, 1, extra=opened(signal_count=1))
    with pytest.raises(StaleIssueError):
        record_recurrence(ledger, write)
    assert ledger.read_result(FLOW, SYSTEM, TODAY) is None


def test_a_package_that_no_event_cites_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="a run of the recurrence monitoring: expected an event that cites what it publishes"):
        record_recurrence(ledger, a_run(ledger, events=()))
