"""The ledger event of one decision of the gate.

Put the body of ``GateDecided`` here; ``registry/domain/gate_history.py`` reads back what later decisions need of it.

The rules:
 * One event for a question and date: the same versions, cases, outcomes and policy asked again on that day are the same fact.
 * Which versions, by digest: a decision about one can never be taken for one about another that has its name now.
 * Compared: whether the set was looked at, so that looks can be counted. Without a comparison nothing is told of its cases.
 * Which outcomes, by digest: of a version that was judged before, other ones are seen.
 * No figures: they are in the sealed record.
"""

from __future__ import annotations

from registry.domain.canonical import plain
from registry.domain.events import Event, EventKind
from registry.domain.gate import GateDecision, GateInputs
from registry.domain.gate_run import question_of


def gate_event(inputs: GateInputs, decision: GateDecision, bundle_digest: str, decision_digest: str) -> Event:
    """Return the event that records a decision and cites its sealed evidence: the package, and the digest of the decision in it."""
    sides = {"candidate": inputs.candidate_outcomes, "champion": inputs.champion_outcomes}
    body = {
        "verdict": decision.verdict,
        "action": decision.action,
        "reasons": [reason.code for reason in decision.reasons],
        "artifact": inputs.spec.artifact,
        "candidate": decision.candidate,
        "champion": decision.champion,
        "outcomes": {role: one.digest if one else "" for role, one in sides.items()},
        "set_digest": decision.set_digest,
        "case_count": decision.case_count,
        "compared": bool(decision.comparisons),
        "looks": decision.looks,
        "on_reserve": decision.on_reserve,
        "policy_digest": decision.policy_digest,
        "bundle_digest": bundle_digest,
        "decision_digest": decision_digest,
        "reason": inputs.reason,
    }
    return Event(EventKind.GATE_DECIDED, decision.system, question_of(inputs), inputs.as_of, inputs.business_date, plain(body))
