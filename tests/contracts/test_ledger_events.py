"""What every ledger promises about events and issues, on each backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from registry.domain.events import GENESIS_HASH, EventKind, chain_hash
from registry.domain.folding import fold
from registry.domain.issue import IssueState, Role
from registry.domain.signal import Severity
from registry.domain.triage_write import Publication
from registry.errors import IdempotencyConflictError, IllegalMoveError, StaleIssueError
from registry.ledger.codec import envelope_of
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.builders import NOON, SYSTEM, TODAY, an_event
from tests.closing import closing
from tests.ledger_writes import ISSUE_ID, a_clock, approved, moved, opened


def a_version_event(version: str, days_ago: int = 0, **changes):
    at = NOON - timedelta(days=days_ago)
    body = {"artifact": "model", "version": version, "source": "mlflow"}
    return an_event(**{"body": body, "as_of": at, "business_date": at.date(), **changes})


def test_an_empty_ledger_starts_at_the_genesis_hash_and_holds_nothing(ledger: Ledger):
    assert (ledger.head().seq, ledger.head().hash) == (0, GENESIS_HASH)
    assert tuple(ledger.read_events()) == ledger.read_issues() == ledger.read_versions() == ()
    assert verify_ledger(ledger) == ()


def test_appending_nothing_changes_nothing(ledger: Ledger):
    assert ledger.append(()) == ()
    assert ledger.head().seq == 0


def test_events_form_a_chain_that_a_stranger_can_redo(ledger: Ledger):
    stored = ledger.append([an_event(subject=str(number)) for number in range(3)])
    assert [event.seq for event in stored] == [1, 2, 3]
    previous = GENESIS_HASH
    for event in ledger.read_events():
        assert event.prev_hash == previous
        previous = chain_hash(previous, event.body)
        assert event.hash == previous
    assert ledger.head().hash == previous


def test_the_stored_body_is_the_events_canonical_body(ledger: Ledger):
    event = an_event(body={"artifact": "model", "version": "é\x00\u202e", "source": "mlflow"})
    (stored,) = ledger.append([event])
    assert stored.body == event.canonical_body() == next(ledger.read_events()).body


def test_a_repeated_event_is_given_back_and_not_written(ledger: Ledger):
    first = ledger.append([an_event()])
    assert ledger.append([an_event()]) == first
    assert ledger.append([an_event(subject="other"), an_event(), an_event()])[1:] == first * 2
    assert ledger.head().seq == 2


def test_what_an_event_promises_is_written_with_it_once_or_not_at_all(ledger: Ledger):
    event, promise = an_event(kind=EventKind.DAY_SEALED, body={"bundle_digest": "sha256:a"}), Publication("drafts/a", "sha256:a", "package")
    for _ in range(2):
        ledger.append([event], [promise])
    (row,) = ledger.pending_outbox()
    assert (row.event_seq, row.path, row.digest) == (1, "drafts/a", "sha256:a")
    assert verify_ledger(ledger) == ()
    with pytest.raises(IdempotencyConflictError):
        ledger.append([an_event(kind=EventKind.DAY_SEALED, subject="next", body={"bundle_digest": "sha256:a"})], [promise])
    assert (ledger.head().seq, len(ledger.pending_outbox())) == (1, 1)


def test_the_same_key_with_other_content_is_refused_and_names_both(ledger: Ledger):
    ledger.append([an_event()])
    with pytest.raises(IdempotencyConflictError, match=r"VersionObserved fraud_filter/model of 2020-10-15.*event 1 .*other content"):
        ledger.append([an_event(subject="before"), a_version_event("8")])
    assert ledger.head().seq == 1


def test_two_events_of_one_write_may_not_share_a_key(ledger: Ledger):
    with pytest.raises(IdempotencyConflictError, match="share the key"):
        ledger.append([an_event(), a_version_event("8")])
    assert ledger.head().seq == 0


def test_recorded_at_never_runs_backwards_when_the_clock_does(ledger: Ledger):
    ledger.append([an_event()])
    early = replace(ledger, recorded_at=lambda: datetime(2019, 1, 1, tzinfo=UTC))
    (stored,) = early.append([an_event(subject="later")])
    assert stored.recorded_at == a_clock()


def test_an_issue_is_the_fold_of_its_events(ledger: Ledger):
    ledger.append([*opened(), moved(ISSUE_ID, IssueState.TRIAGE, IssueState.CONTAINED, Role.OPERATIONS_LEAD, actor="ops@bank.example")])
    folded = None
    for event in ledger.read_issue_events(ISSUE_ID):
        folded = fold(folded, envelope_of(event.body))
    assert ledger.read_issues([SYSTEM]) == (folded,)
    assert folded is not None
    assert (folded.state, folded.state_by, folded.version) == (IssueState.CONTAINED, "ops@bank.example", 3)
    assert verify_ledger(ledger) == ()


def test_issues_are_read_by_system_closed_ones_too(ledger: Ledger):
    steps = (IssueState.CONTAINED, IssueState.RCA_IN_PROGRESS, IssueState.ACTION_APPROVED, IssueState.IMPLEMENTED, IssueState.VERIFYING)
    path = (IssueState.TRIAGE, *steps)
    moves = {after: moved(ISSUE_ID, before, after, Role.PRODUCT_OWNER) for before, after in pairwise(path)}
    ledger.append([*opened(), moves[IssueState.CONTAINED], moves[IssueState.RCA_IN_PROGRESS], approved(ISSUE_ID)])
    ledger.append([moves[IssueState.ACTION_APPROVED], moves[IssueState.IMPLEMENTED], moves[IssueState.VERIFYING]])
    ledger.append(closing(ISSUE_ID))
    assert [issue.state for issue in ledger.read_issues([SYSTEM])] == [IssueState.CLOSED]
    assert ledger.read_issues(["another"]) == ledger.read_issues([]) == ()
    assert len(ledger.read_issues()) == 1


def test_an_illegal_move_is_refused_before_a_row_exists(ledger: Ledger):
    ledger.append(opened())
    with pytest.raises(IllegalMoveError, match="legal-moves"):
        ledger.append([an_event(subject="other"), moved(ISSUE_ID, IssueState.TRIAGE, IssueState.CLOSED, Role.PRODUCT_OWNER)])
    with pytest.raises(IllegalMoveError, match="may not move it"):
        ledger.append([moved(ISSUE_ID, IssueState.CONTAINED, IssueState.RCA_IN_PROGRESS, Role.MODEL_OWNER)])
    assert ledger.head().seq == 2
    assert ledger.read_issues()[0].version == 2


def test_an_event_of_an_issue_that_does_not_exist_is_refused(ledger: Ledger):
    with pytest.raises(IllegalMoveError, match="does not exist"):
        ledger.append([moved(ISSUE_ID, IssueState.NEW_SIGNAL, IssueState.TRIAGE)])
    assert ledger.head().seq == 0


def test_a_second_live_issue_of_a_fingerprint_is_refused(ledger: Ledger):
    ledger.append(opened())
    with pytest.raises(StaleIssueError, match="another live issue of the same fingerprint"):
        ledger.append(opened("ISS-second"))
    assert ledger.head().seq == 2
    ledger.append(opened("ISS-other-system", system_id="credit_model"))
    assert len(ledger.read_issues()) == 2


def test_a_person_s_severity_survives_a_machine_s_proposal(ledger: Ledger):
    by_hand = an_event(
        kind=EventKind.SEVERITY_SET, subject=ISSUE_ID, issue_id=ISSUE_ID, body={"severity": Severity.L1}, actor="ops@bank.example"
    )
    joining = an_event(
        kind=EventKind.SIGNALS_JOINED,
        subject=ISSUE_ID,
        issue_id=ISSUE_ID,
        body={"signal_count": 3, "last_signal_on": TODAY, "severity": Severity.L4},
    )
    ledger.append([*opened(), by_hand, joining])
    (issue,) = ledger.read_issues()
    assert (issue.severity, issue.signal_count) == (Severity.L1, 4)


def test_a_version_seen_again_is_one_stretch_and_a_rollback_a_new_one(ledger: Ledger):
    versions = (("7", 9), ("7", 8), ("8", 5), ("7", 2), ("7", 1))
    ledger.append([a_version_event(version, days_ago) for version, days_ago in versions])
    found = [(stretch.version, stretch.from_at) for stretch in ledger.read_versions([SYSTEM])]
    assert found == [("7", NOON - timedelta(days=9)), ("8", NOON - timedelta(days=5)), ("7", NOON - timedelta(days=2))]


def test_a_correction_of_what_was_in_force_wins_for_its_instant(ledger: Ledger):
    ledger.append([a_version_event("7"), a_version_event("8", subject="model, corrected")])
    assert [stretch.version for stretch in ledger.read_versions()] == ["8"]


def test_events_are_read_from_a_point_and_by_kind(ledger: Ledger):
    ledger.append([an_event(subject="a"), *opened(), an_event(subject="b")])
    assert [event.seq for event in ledger.read_events(after_seq=2)] == [3, 4]
    assert [event.seq for event in ledger.read_events(kinds=[EventKind.VERSION_OBSERVED])] == [1, 4]


def test_more_events_than_a_page_are_all_read_once(ledger: Ledger):
    ledger.append([an_event(kind=EventKind.FEED_JUDGED, subject=str(number), body={}) for number in range(4_321)])
    assert [event.seq for event in ledger.read_events()] == list(range(1, 4_322))
