"""What one event does to an issue: the only definition of its state."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given

from registry.domain.events import EventKind
from registry.domain.folding import fold
from registry.domain.issue import Fix, IssueState, OpenedBy, Role, is_legal
from registry.domain.signal import Severity
from registry.domain.times import format_instant
from registry.errors import IllegalMoveError
from tests.builders import NOON, TODAY, an_event, an_issue
from tests.strategies import events, issues

LATER = NOON + timedelta(days=1)
OPENING = {
    "fingerprint": "0123456789abcdef",
    "fingerprint_version": 1,
    "title": "Problem using the card",
    "state": "triage",
    "severity": "L3",
    "opened_by": "spike",
    "signal_count": 30,
    "last_signal_on": "2020-10-14",
    "level_since_on": "2020-10-15",
    "level_window_days": 7,
    "owner": "owner@bank.example",
}


def stored(kind, body, **changes):
    """Return the envelope of an event as the ledger gives it back."""
    return json.loads(an_event(kind=kind, body=body, as_of=LATER, issue_id="ISS-0123456789abcdef-1", **changes).canonical_body())


def moved(before, after, role=Role.PRODUCT_OWNER, actor="owner@bank.example", **more):
    return stored(more.pop("kind", EventKind.ISSUE_MOVED), {"from": before, "to": after, "role": role, **more}, actor=actor)


def test_nothing_happened_to_no_issue():
    assert fold(None, stored(EventKind.VERSION_OBSERVED, {"artifact": "model", "version": "7"})) is None


def test_an_opening_makes_an_issue_of_everything_it_says():
    issue = fold(None, stored(EventKind.ISSUE_OPENED, OPENING))

    assert (issue.issue_id, issue.system_id, issue.fingerprint) == ("ISS-0123456789abcdef-1", "fraud_filter", "0123456789abcdef")
    assert (issue.state, issue.severity, issue.opened_by) == (IssueState.TRIAGE, Severity.L3, OpenedBy.SPIKE)
    assert issue.opened_at == issue.state_since == LATER
    assert (issue.level_since_on, issue.level_window_days, issue.signal_count, issue.owner) == (TODAY, 7, 30, "owner@bank.example")
    assert (issue.occurrence, issue.version, issue.severity_by, issue.fix) == (1, 1, "machine", None)


def test_an_opening_without_a_level_or_a_date_has_none():
    bare = {
        name: value for name, value in OPENING.items() if name not in {"level_since_on", "level_window_days", "last_signal_on", "owner"}
    }

    issue = fold(None, stored(EventKind.ISSUE_OPENED, bare))

    assert (issue.level_since_on, issue.level_window_days, issue.last_signal_on, issue.owner) == (None, 0, None, "")


@pytest.mark.parametrize("state", IssueState)
def test_an_issue_begins_before_its_work(state):
    if state in {IssueState.NEW_SIGNAL, IssueState.TRIAGE, IssueState.TRACKED}:
        assert fold(None, stored(EventKind.ISSUE_OPENED, {**OPENING, "state": state})).state is state
    else:
        with pytest.raises(IllegalMoveError, match=f"expected it to begin in new_signal, tracked, triage, found {state}"):
            fold(None, stored(EventKind.ISSUE_OPENED, {**OPENING, "state": state}))


def test_a_second_opening_is_refused():
    with pytest.raises(IllegalMoveError, match=r"issue ISS-0123456789abcdef-1 is already open; a second opening was refused"):
        fold(an_issue(), stored(EventKind.ISSUE_OPENED, OPENING))


CHANGES = {
    EventKind.SIGNALS_JOINED: {"signal_count": 1},
    EventKind.LATE_EVIDENCE_RECORDED: {"signal_count": 1},
    EventKind.ISSUE_ESCALATED: {"level_since_on": "2020-10-16", "level_window_days": 7},
    EventKind.ISSUE_REOPENED: {"from": "closed", "to": "triage", "role": "machine", "signal_count": 1},
    EventKind.ISSUE_MOVED: {"from": "triage", "to": "contained", "role": "product_owner"},
    EventKind.SEVERITY_SET: {"severity": "L1"},
    EventKind.FIX_RELEASED: {"effective_at": format_instant(NOON), "versions": {}},
    EventKind.ISSUE_ASSIGNED: {"document": {"owner": "ops@bank.example"}},
    EventKind.WINDOW_JUDGED: {"purpose": "closure", "outcome": "watching"},
    EventKind.CLOSURE_JUDGED: {"verdict": "fail", "gates": {}, "window": ""},
    **{
        kind: {}
        for kind in (
            EventKind.CONTAINMENT_RECORDED,
            EventKind.ROOT_CAUSE_RECORDED,
            EventKind.ACTIONS_PLANNED,
            EventKind.CHANGE_LINKED,
            EventKind.EVIDENCE_ADDED,
            EventKind.RISK_ACCEPTED,
            EventKind.ISSUE_SUPPRESSED,
            EventKind.PRESERVATION_HOLD_SET,
            EventKind.PRESERVATION_HOLD_RELEASED,
            EventKind.NOTE_ADDED,
            EventKind.RISK_ACCEPTANCE_ENDED,
            EventKind.APPROVAL_RECORDED,
            EventKind.SCOPE_RECORDED,
            EventKind.RECOVERY_RECORDED,
            EventKind.NOT_APPLICABLE_RECORDED,
            EventKind.SAME_CAUSE_RECORDED,
            EventKind.CAUSE_SHARED,
            EventKind.WINDOW_REVIEWED,
        )
    },
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_of_an_issue_that_does_not_exist_is_refused(kind):
    with pytest.raises(IllegalMoveError, match="which does not exist"):
        fold(None, stored(kind, CHANGES[kind]))


@pytest.mark.parametrize("kind", sorted(set(EventKind) - set(CHANGES) - {EventKind.ISSUE_OPENED}))
def test_every_other_event_leaves_the_issue_as_it_is(kind):
    assert fold(an_issue(), stored(kind, {})) == an_issue()


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_is_one_version_further(kind):
    before = an_issue(state=IssueState.CLOSED if kind is EventKind.ISSUE_REOPENED else IssueState.TRIAGE, version=4)

    assert fold(before, stored(kind, CHANGES[kind])).version == 5


def test_an_unknown_event_is_an_error():
    with pytest.raises(ValueError, match="IssueVanished"):
        fold(an_issue(), {**stored(EventKind.SEVERITY_SET, {"severity": "L1"}), "kind": "IssueVanished"})


def test_joined_signals_are_added_and_the_last_date_never_goes_back():
    issue = an_issue(signal_count=30, last_signal_on=TODAY)

    earlier = fold(issue, stored(EventKind.SIGNALS_JOINED, {"signal_count": 5, "last_signal_on": "2020-10-01"}))
    later = fold(issue, stored(EventKind.SIGNALS_JOINED, {"signal_count": 5, "last_signal_on": "2020-10-20"}))
    first = fold(an_issue(last_signal_on=None), stored(EventKind.SIGNALS_JOINED, {"signal_count": 5}))

    assert (earlier.signal_count, earlier.last_signal_on) == (35, TODAY)
    assert later.last_signal_on.isoformat() == "2020-10-20"
    assert first.last_signal_on is None


def test_late_evidence_counts_and_changes_nothing_else():
    issue = an_issue(state=IssueState.CLOSED, signal_count=30)

    after = fold(issue, stored(EventKind.LATE_EVIDENCE_RECORDED, {"signal_count": 2, "severity": "L4"}))

    assert after == replace(issue, signal_count=32, version=2)


@pytest.mark.parametrize("kind", [EventKind.SIGNALS_JOINED, EventKind.ISSUE_ESCALATED, EventKind.ISSUE_REOPENED])
@pytest.mark.parametrize(("before", "proposed"), list(product(Severity, Severity)))
def test_a_machine_raises_its_own_severity_and_never_lowers_it_or_overrules_a_person(kind, before, proposed):
    state = IssueState.CLOSED if kind is EventKind.ISSUE_REOPENED else IssueState.TRIAGE
    envelope = stored(kind, {**CHANGES[kind], "severity": proposed})

    by_machine = fold(an_issue(state=state, severity=before), envelope)
    by_person = fold(an_issue(state=state, severity=before, severity_by="ops@bank.example"), envelope)

    assert by_machine.severity.rank == max(before.rank, proposed.rank)
    assert by_person.severity is before


def test_a_person_sets_any_severity_and_is_remembered():
    after = fold(an_issue(severity=Severity.L3), stored(EventKind.SEVERITY_SET, {"severity": "L1"}, actor="ops@bank.example"))

    assert (after.severity, after.severity_by) == (Severity.L1, "ops@bank.example")


def test_an_escalation_starts_a_new_level_and_is_counted():
    after = fold(an_issue(), stored(EventKind.ISSUE_ESCALATED, {"level_since_on": "2020-10-16", "level_window_days": 28}))

    assert (after.level_since_on.isoformat(), after.level_window_days, after.escalation_count) == ("2020-10-16", 28, 1)
    assert after.state is IssueState.TRIAGE


@pytest.mark.parametrize(("before", "after", "role"), list(product(IssueState, IssueState, Role)))
def test_a_move_happens_exactly_where_the_table_lists_it(before, after, role):
    if after is IssueState.CLOSED and is_legal(before, after, role):
        with pytest.raises(IllegalMoveError, match="is not closed: expected a proposal"):
            fold(an_issue(state=before), moved(before, after, role))
    elif is_legal(before, after, role):
        issue = fold(an_issue(state=before), moved(before, after, role))
        assert (issue.state, issue.state_by, issue.state_since) == (after, "owner@bank.example", LATER)
    else:
        with pytest.raises(IllegalMoveError, match="see the legal-moves table"):
            fold(an_issue(state=before), moved(before, after, role))


@pytest.mark.parametrize("state", [state for state in IssueState if state is not IssueState.TRIAGE])
def test_a_move_from_a_state_the_issue_is_not_in_is_refused(state):
    with pytest.raises(IllegalMoveError, match=f"is {state}; product_owner may not move it from triage to contained"):
        fold(an_issue(state=state), moved(IssueState.TRIAGE, IssueState.CONTAINED))


def test_a_reopened_issue_keeps_its_identity_and_counts_one_occurrence_more():
    closed = an_issue(state=IssueState.CLOSED, occurrence=2, signal_count=30)
    body = {**CHANGES[EventKind.ISSUE_REOPENED], "signal_count": 4, "level_since_on": "2020-10-16", "level_window_days": 7}

    after = fold(closed, stored(EventKind.ISSUE_REOPENED, body))

    assert (after.issue_id, after.state, after.occurrence, after.signal_count) == (closed.issue_id, IssueState.TRIAGE, 3, 34)
    assert (after.level_since_on.isoformat(), after.level_window_days, after.version) == ("2020-10-16", 7, 2)
    assert (after.state_by, after.state_since) == ("machine", LATER)


def test_a_live_issue_cannot_be_reopened():
    with pytest.raises(IllegalMoveError, match="is triage; machine may not move it from closed to triage"):
        fold(an_issue(), stored(EventKind.ISSUE_REOPENED, CHANGES[EventKind.ISSUE_REOPENED]))


def test_a_released_fix_is_kept_with_its_instant_and_versions():
    after = fold(an_issue(), stored(EventKind.FIX_RELEASED, {"effective_at": format_instant(NOON), "versions": {"model": "8"}}))

    assert after.fix == Fix(NOON, {"model": "8"})


@given(issues(), events())
def test_an_event_that_is_not_about_an_issue_never_changes_one(issue, event):
    if event.kind not in CHANGES and event.kind is not EventKind.ISSUE_OPENED:
        assert fold(issue, json.loads(event.canonical_body())) == issue
