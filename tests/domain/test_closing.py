"""When an issue may be closed: what makes a proposal, what it stands against, and what takes it back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from registry.domain.closing import UNSETTLING, closes_by_window, led_to, proposal_digest, recorded_closure
from registry.domain.events import Event, EventKind
from registry.domain.folding import fold
from registry.domain.issue import Issue, IssueState, Role
from registry.domain.recurrence import Outcome
from registry.domain.steps_closure import ClosureGate
from registry.domain.times import format_instant
from registry.errors import IllegalMoveError
from tests.builders import NOON, an_event, an_issue
from tests.closing import EARNED, a_proposal, closing, closure_approved, closure_judged, gates_judged, window_judged

ID = an_issue().issue_id
PROPOSED = proposal_digest(ID, a_proposal())
WAIVED = {"window": "elapsed_unevidenced", "gates": gates_judged(recurrence={"verdict": "pass", "standing": "risk_accepted"})}
UNSETTLED = {
    EventKind.SIGNALS_JOINED: {"signal_count": 1},
    EventKind.ISSUE_ESCALATED: {"level_since_on": "2020-10-16", "level_window_days": 7},
    EventKind.ISSUE_REOPENED: {"from": "verifying", "to": "rca_in_progress", "role": "machine", "signal_count": 0},
    EventKind.SEVERITY_SET: {"severity": "L1"},
    EventKind.FIX_RELEASED: {"effective_at": format_instant(NOON), "versions": {}},
    EventKind.LATE_EVIDENCE_RECORDED: {"signal_count": 3},
}
# What the gates scope, cause, change and recovery judge: people hand some of it in before verification, and nothing else holds it back.
JUDGED_BY_GATES = {
    EventKind.LATE_EVIDENCE_RECORDED,
    EventKind.ROOT_CAUSE_RECORDED,
    EventKind.ACTIONS_PLANNED,
    EventKind.CHANGE_LINKED,
    EventKind.CAUSE_SHARED,
}


def folded(issue: Issue, *events: Event) -> Issue:
    for event in events:
        issue = fold(issue, json.loads(event.canonical_body()))  # type: ignore[assignment] - the issue is there
    return issue


def verifying(**changes) -> Issue:
    return an_issue(state=IssueState.VERIFYING, **changes)


def proposed() -> Issue:
    return folded(verifying(), window_judged(ID), closure_judged(ID, a_proposal()))


def a_step(kind: EventKind, body=None) -> Event:
    return an_event(kind=kind, subject=ID, issue_id=ID, body=body or {})


def reviewed(conclusion: str, **told: str) -> Event:
    return a_step(EventKind.WINDOW_REVIEWED, {"step": "review", "document": {"conclusion": conclusion, "forum": "weekly", **told}})


def test_an_issue_that_nobody_judged_has_no_proposal_and_cannot_be_closed():
    assert (verifying().window, verifying().closure) == ("", "")
    with pytest.raises(IllegalMoveError, match="expected a proposal of the closure verification that stands, found none"):
        folded(verifying(window="clean"), closure_approved(ID, a_proposal()))


def test_a_pass_is_a_proposal_and_its_approval_closes_the_issue():
    assert (proposed().state, proposed().window, proposed().closure) == (IssueState.VERIFYING, "clean", PROPOSED)
    closed = folded(verifying(), *closing(ID))
    assert (closed.state, closed.state_by, closed.closure) == (IssueState.CLOSED, "risk@bank.example", PROPOSED)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_clean_window_or_one_whose_risk_is_accepted_lets_an_issue_be_closed(outcome: Outcome):
    assert closes_by_window(outcome, is_risk_accepted=False) is (outcome is Outcome.CLEAN)
    assert closes_by_window(outcome, is_risk_accepted=True) is (outcome in {Outcome.CLEAN, Outcome.ELAPSED_UNEVIDENCED})
    with pytest.raises(IllegalMoveError, match="expected the newest judgement of its window"):
        body = {"window": "clean" if outcome is not Outcome.CLEAN else "watching"}
        folded(verifying(), window_judged(ID, outcome), closure_judged(ID, a_proposal(), body=body))
    if outcome is not Outcome.CLEAN:
        with pytest.raises(IllegalMoveError, match="is not proposed for closure: expected a window that is clean"):
            folded(verifying(), window_judged(ID, outcome), closure_judged(ID, a_proposal(), body={"window": outcome}))


def test_a_window_whose_days_are_over_closes_with_its_risk_accepted():
    issue = folded(verifying(), window_judged(ID, "elapsed_unevidenced"), closure_judged(ID, a_proposal(), body=WAIVED))
    assert issue.closure == PROPOSED


@pytest.mark.parametrize("gate", ClosureGate)
@pytest.mark.parametrize("verdict", ["fail", "inconclusive", ""])
def test_a_pass_without_one_of_its_gates_is_refused(gate: ClosureGate, verdict: str):
    gates = gates_judged(**{gate.value: {"verdict": verdict, "standing": "lacking"}}) if verdict else {}
    gates = gates or {other.value: EARNED for other in ClosureGate if other is not gate}
    with pytest.raises(IllegalMoveError, match="expected all 7 gates passed, found 6; judge it again"):
        folded(verifying(window="clean"), closure_judged(ID, a_proposal(), body={"gates": gates}))


@pytest.mark.parametrize(
    "event",
    [
        closure_judged(ID, a_proposal(), actor="ana@bank.example"),
        closure_judged(ID, a_proposal(), body={"role": "product_owner"}),
        closure_judged(ID, a_proposal(), body={"step": "plan"}),
    ],
)
def test_people_propose_no_closure(event: Event):
    with pytest.raises(IllegalMoveError, match="expected a proposal by the machine"):
        folded(verifying(window="clean"), event)


def test_a_pass_that_proposes_nothing_is_refused():
    with pytest.raises(IllegalMoveError, match="expected the digest of what is proposed"):
        folded(verifying(window="clean"), closure_judged(ID, a_proposal(), body={"document_digest": ""}))


@pytest.mark.parametrize("state", sorted(set(IssueState) - {IssueState.VERIFYING}))
def test_an_issue_that_is_not_in_verification_is_not_proposed(state: IssueState):
    with pytest.raises(IllegalMoveError, match=f"expected it in verifying, found it in {state}"):
        folded(an_issue(state=state, window="clean"), closure_judged(ID, a_proposal()))


def test_the_signals_of_an_issue_count_for_every_issue_that_its_links_lead_to_and_for_none_twice():
    links = [("A", "B"), ("B", "C"), ("B", "D"), ("C", "E"), ("D", "E"), ("F", "A"), ("E", "A")]
    assert led_to("A", links) == ("B", "C", "D", "E")
    assert led_to("G", links) == ()


def test_what_the_gates_judge_takes_a_proposal_back():
    assert JUDGED_BY_GATES <= UNSETTLING


@pytest.mark.parametrize("action", ["plan", "accept-risk", "not-applicable"])
def test_the_approval_of_something_else_takes_a_proposal_back(action: str):
    """What remains, and who answers for it, stands in what people sign."""
    assert folded(proposed(), a_step(EventKind.APPROVAL_RECORDED, {"action": action})).closure == ""


@pytest.mark.parametrize("kind", sorted(UNSETTLING))
def test_a_proposal_does_not_stand_against_what_it_did_not_know(kind: EventKind):
    after = folded(proposed(), a_step(kind, UNSETTLED.get(kind)))
    assert after.closure == ""
    if after.state is IssueState.VERIFYING:
        with pytest.raises(IllegalMoveError, match="expected a proposal"):
            folded(after, closure_approved(ID, a_proposal()))


@pytest.mark.parametrize(
    "event",
    [
        closure_judged(ID),
        closure_judged(ID, body={"verdict": "fail"}),
        *(window_judged(ID, outcome) for outcome in Outcome if outcome is not Outcome.CLEAN),
        a_step(EventKind.ISSUE_MOVED, {"from": "verifying", "to": "triage", "role": "machine"}),
    ],
)
def test_another_judgement_takes_a_proposal_back(event: Event):
    assert folded(proposed(), event).closure == ""


def test_a_review_that_concludes_to_reopen_takes_a_proposal_back_and_moves_nothing():
    after = folded(proposed(), reviewed("reopen"))
    assert (after.closure, after.state, after.window) == ("", IssueState.VERIFYING, "clean")
    with pytest.raises(IllegalMoveError, match="expected a proposal"):
        folded(after, closure_approved(ID, a_proposal()))
    closed = folded(verifying(), *closing(ID))
    assert folded(closed, reviewed("reopen")).closure == PROPOSED


@pytest.mark.parametrize(
    "event",
    [
        window_judged(ID),
        window_judged(ID, "recurred", purpose="effectiveness"),
        a_step(EventKind.NOTE_ADDED),
        a_step(EventKind.WINDOW_REVIEWED),
        reviewed("carry_on"),
        reviewed("carry_on", observed='one of us would rather write "conclusion":"reopen"'),
        a_step(EventKind.PRESERVATION_HOLD_SET),
        a_step(EventKind.PRESERVATION_HOLD_RELEASED),
        a_step(EventKind.SAME_CAUSE_RECORDED, {"step": "same-cause", "document": {"issue": "ISS-2"}}),
        a_step(EventKind.ISSUE_ASSIGNED, {"document": {"owner": "ops@bank.example"}}),
        a_step(EventKind.ISSUE_SUPPRESSED),
        a_step(EventKind.APPROVAL_RECORDED, {"action": "close"}),
    ],
)
def test_what_changes_nothing_that_a_proposal_rests_on_leaves_it_standing(event: Event):
    assert folded(proposed(), event).closure == PROPOSED


def test_a_newer_proposal_takes_the_place_of_the_one_before():
    newer = a_proposal(residual="two customers could not be reached")
    issue = folded(proposed(), closure_judged(ID, newer))
    assert issue.closure == proposal_digest(ID, newer)
    with pytest.raises(IllegalMoveError, match="expected an approval of the standing proposal"):
        folded(issue, closure_approved(ID, a_proposal()))
    assert folded(issue, closure_approved(ID, newer)).state is IssueState.CLOSED


@pytest.mark.parametrize("body", [{"action": "plan"}, {"action": "accept-risk"}, {"document_digest": "sha256:0"}])
def test_only_the_approval_of_the_proposal_closes(body):
    event = closure_approved(ID, a_proposal())
    with pytest.raises(IllegalMoveError, match="is not closed"):
        folded(proposed(), replace(event, body=event.body | body))


def test_a_bare_move_closes_nothing_whatever_it_names():
    move = {"from": "verifying", "to": "closed", "role": Role.RISK_COMPLIANCE, "action": "close", "document_digest": PROPOSED}
    with pytest.raises(IllegalMoveError, match="expected the approval of its closure to close it, found IssueMoved"):
        folded(proposed(), a_step(EventKind.ISSUE_MOVED, move))


def test_a_closed_issue_keeps_what_closed_it_until_it_comes_back():
    closed = folded(verifying(), *closing(ID))
    kept = folded(
        closed, window_judged(ID, "recurred", purpose="effectiveness"), a_step(EventKind.RISK_ACCEPTANCE_ENDED), closure_judged(ID)
    )
    assert (kept.window, kept.closure) == ("clean", PROPOSED)
    back = folded(kept, a_step(EventKind.ISSUE_REOPENED, {**UNSETTLED[EventKind.ISSUE_REOPENED], "from": "closed"}))
    assert (back.window, back.closure) == ("", "")


def test_a_fix_begins_a_window_of_its_own():
    after = folded(verifying(window="clean"), a_step(EventKind.FIX_RELEASED, UNSETTLED[EventKind.FIX_RELEASED]))
    assert after.window == ""


def test_the_window_is_kept_when_verification_begins():
    implemented = an_issue(state=IssueState.IMPLEMENTED, window="watching")
    move = {"from": "implemented", "to": "verifying", "role": "machine"}
    assert folded(implemented, a_step(EventKind.ISSUE_MOVED, move)).window == "watching"


def test_what_is_recorded_of_a_closure_that_lacks_something_names_no_proposal():
    found = recorded_closure({"verdict": "fail", "gates": {}, "window": "", "document_digest": "sha256:0"})
    assert (found.is_pass, found.passed_count, found.document_digest) == (False, 0, "")
