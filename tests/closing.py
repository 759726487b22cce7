"""Events that close an issue in verification as the product does: a clean window, a proposal on seven gates, and its approval.

Put builders here that need an issue closed, or almost. What a closure is judged from is ``tests/closure_builders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from registry.domain.canonical import digest_of, plain
from registry.domain.closing import proposal_body, proposal_digest
from registry.domain.events import Event, EventKind
from registry.domain.issue import IssueState, Role
from registry.domain.steps_closure import ClosureGate, ClosureProposal
from tests.builders import TODAY, an_event
from tests.ledger_writes import approval_body

EARNED = {"verdict": "pass", "standing": "earned"}


def a_proposal(**changes: Any) -> ClosureProposal:
    """Return what people sign: seven gates, a clean window, nothing left over."""
    base = ClosureProposal(
        decision_digest=digest_of("decision"),
        business_date=TODAY,
        gates=tuple(f"{gate.value}: earned" for gate in ClosureGate),
        window="clean: 60 observed days without an occurrence",
        residual="",
    )
    return replace(base, **changes)


def window_judged(issue_id: str, outcome: str = "clean", *, purpose: str = "closure", **changes: Any) -> Event:
    """Return the event of one judged window."""
    body = {"purpose": purpose, "outcome": outcome, "verdict": {"clean": "pass", "recurred": "fail"}.get(outcome, "inconclusive")}
    subject = f"{issue_id}:{purpose}:{outcome}"
    return replace(an_event(kind=EventKind.WINDOW_JUDGED, subject=subject, issue_id=issue_id, body=body), **changes)


def gates_judged(**changes: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return the gates as the event of a closure tells them: earned, but for ``changes`` by their names."""
    return {gate.value: EARNED for gate in ClosureGate} | changes


def closure_body(issue_id: str, proposal: ClosureProposal | None, window: str = "clean", **changes: Any) -> dict[str, Any]:
    """Return the body of a judged closure: a pass that proposes, or without a proposal one that lacks something."""
    verdict = "pass" if proposal else "inconclusive"
    gates = gates_judged() if proposal else gates_judged(scope={"verdict": "inconclusive", "standing": "lacking"})
    body = {"verdict": verdict, "gates": gates, "window": window, "decision_digest": digest_of("decision")}
    return body | {"bundle_digest": digest_of("closure")} | (proposal_body(issue_id, proposal) if proposal else {}) | changes


def closure_judged(issue_id: str, proposal: ClosureProposal | None = None, *, body: dict[str, Any] | None = None, **changes: Any) -> Event:
    """Return the event of one judged closure; ``body`` is said beside, or in place of what it would say."""
    said = plain(closure_body(issue_id, proposal) | (body or {}))
    subject = f"{issue_id}:{digest_of(said)}"
    return replace(an_event(kind=EventKind.CLOSURE_JUDGED, subject=subject, issue_id=issue_id, body=said), **changes)


def closure_approved(
    issue_id: str, proposal: ClosureProposal, nonce: str = "nonce-close", role: Role = Role.RISK_COMPLIANCE, **changes: Any
) -> Event:
    """Return the event of the last approval of a proposal, which closes the issue."""
    move = {"from": IssueState.VERIFYING, "to": IssueState.CLOSED, "role": role, "reason": "because"}
    given = approval_body("close", nonce, document_digest=proposal_digest(issue_id, proposal))
    event = an_event(
        kind=EventKind.APPROVAL_RECORDED,
        subject=f"{issue_id}:{nonce}",
        issue_id=issue_id,
        body=plain(given | move),
        actor="risk@bank.example",
    )
    return replace(event, **changes)


def closing(issue_id: str, on: date = TODAY, *, nonce: str = "", role: Role = Role.RISK_COMPLIANCE, **changes: Any) -> list[Event]:
    """Return the events that close an issue in verification; ``changes`` are those of all three, like another system."""
    proposal = a_proposal(business_date=on)
    approval = closure_approved(issue_id, proposal, nonce or f"close:{issue_id}:{on}", role)
    return [
        replace(event, business_date=on, **changes) for event in (window_judged(issue_id), closure_judged(issue_id, proposal), approval)
    ]
