"""A closed issue, judged from the archive alone: its proposal stood, what it rests on was sealed, and its window ended or was waived."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from registry.domain.canonical import digest_of
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState, Role
from registry.evidence.closing_walk import ClosingWalk
from tests.builders import an_event
from tests.closing import a_proposal, closing, closure_approved, closure_judged, gates_judged, window_judged
from tests.ledger_writes import ISSUE_ID, approved, moved, opened

S = IssueState
WINDOW = digest_of("window")
SEALED = {WINDOW, digest_of("closure")}
WAY = ((S.TRIAGE, S.CONTAINED), (S.CONTAINED, S.RCA_IN_PROGRESS), (S.RCA_IN_PROGRESS, S.ACTION_APPROVED))
WAY += ((S.ACTION_APPROVED, S.IMPLEMENTED), (S.IMPLEMENTED, S.VERIFYING))
VERIFYING = (*opened(), *(moved(ISSUE_ID, before, after, Role.PRODUCT_OWNER) for before, after in WAY))
WAIVED = {"window": "elapsed_unevidenced", "gates": gates_judged(recurrence={"verdict": "pass", "standing": "risk_accepted"})}
ELAPSED = (window_judged(ISSUE_ID, "elapsed_unevidenced"), closure_judged(ISSUE_ID, a_proposal(), body=WAIVED))


def found(events: Sequence[Event], sealed: set[str] = SEALED) -> list[str]:
    """Return what is said of the events; each window's judgement is in a package of its own."""
    walk = ClosingWalk(sealed)
    said = []
    for seq, event in enumerate((*VERIFYING, *events), 1):
        envelope = json.loads(event.canonical_body())
        if event.kind is EventKind.WINDOW_JUDGED:
            envelope["data"]["bundle_digest"] = WINDOW
        said += [str(problem) for problem in walk.see(seq, envelope)]
    return said


def accepted(**changes: str) -> Event:
    return approved(ISSUE_ID, "accept-risk", "waived", body={"kind": "signed", **changes})


def test_an_issue_that_was_not_closed_has_nothing_wrong_with_its_closure() -> None:
    assert found(()) == []


def test_an_issue_that_its_proposal_closed_is_as_it_should_be() -> None:
    assert found(closing(ISSUE_ID)) == []


def test_a_bare_move_to_closed_is_found() -> None:
    said = found([moved(ISSUE_ID, S.VERIFYING, S.CLOSED, Role.RISK_COMPLIANCE)])
    assert "issue ISS-20201015-01234567 closed: expected the approval of a proposal that stands" in said[0]
    assert ["sealed package of its proposal" in said[1], "sealed package of its recurrence window" in said[2]] == [True, True]


@pytest.mark.parametrize("judged", ["watching", "recurred", "suspended", "not_open"])
def test_a_window_that_did_not_end_is_found(judged: str) -> None:
    window, closure, approval = closing(ISSUE_ID)
    assert "approval of a proposal that stands" in found([window_judged(ISSUE_ID, judged), closure, approval])[0]
    assert "approval of a proposal that stands" in found([window, closure, window_judged(ISSUE_ID, judged), approval])[0]


@pytest.mark.parametrize(("missing", "what"), [(WINDOW, "recurrence window"), (digest_of("closure"), "proposal")])
def test_a_package_that_was_not_sealed_is_found(missing: str, what: str) -> None:
    (said,) = found(closing(ISSUE_ID), SEALED - {missing})
    assert f"the sealed package of its {what}" in said


def test_a_closure_for_a_date_that_was_over_is_not_what_its_signatures_rest_on() -> None:
    window, closure, approval = closing(ISSUE_ID)
    overtaken = closure_judged(ISSUE_ID, body={"is_overtaken": True, "bundle_digest": digest_of("of a date before")})
    assert found([window, closure, overtaken, approval]) == []
    assert "expected the approval of a proposal that stands" in found([window, closure, closure_judged(ISSUE_ID), approval])[0]


def test_a_window_without_evidence_needs_an_accepted_risk_that_risk_and_compliance_signed() -> None:
    last = closure_approved(ISSUE_ID, a_proposal())
    assert found([accepted(), *ELAPSED, last]) == []
    for approval in ((), (accepted(kind="asserted"),), (accepted(role="product_owner"),)):
        (said,) = found([*approval, *ELAPSED, last])
        assert "an accepted risk that risk and compliance signed" in said


def test_a_waiver_that_ended_or_was_of_an_earlier_occurrence_waives_nothing() -> None:
    last = closure_approved(ISSUE_ID, a_proposal())
    ended = an_event(kind=EventKind.RISK_ACCEPTANCE_ENDED, subject="ended", issue_id=ISSUE_ID, body={"document_digest": "d"})
    assert "an accepted risk" in found([accepted(), ended, *ELAPSED, last])[0]
    back = {"from": S.VERIFYING, "to": S.RCA_IN_PROGRESS, "role": Role.MACHINE, "signal_count": 0}
    reopened = an_event(kind=EventKind.ISSUE_REOPENED, subject="back", issue_id=ISSUE_ID, body=back)
    assert "an accepted risk" in found([accepted(), reopened, *VERIFYING[4:], *ELAPSED, last])[0]


def test_a_closure_that_cannot_be_read_is_found() -> None:
    approval = closing(ISSUE_ID)[-1]
    broken = an_event(kind=EventKind.CLOSURE_JUDGED, subject="x", issue_id=ISSUE_ID, body={"verdict": "pass"})
    assert any("approval of a proposal that stands" in said for said in found([window_judged(ISSUE_ID), broken, approval]))
