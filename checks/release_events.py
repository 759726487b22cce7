"""The ledger events of a release: that it was proposed, and that somebody signed it off.

Put the bodies of these events here; ``registry/domain/release_history.py`` reads them back. Those of switches are ``release_switch.py``.

The rules:
 * One event for a release: its id is the subject, and says what was read for it.
 * Which versions, by digest: a decision about one can never promote another that has its name now.
 * The policy tables that it was judged by, the gate's among them, by digest: a switch asks whether they are still in force.
 * The digests of the candidate's and the champion's files, where the gate's decision has them: a promotion compares the one, a rollback
   the other, with what MLflow hands out then.
 * Which records were shown with which good signatures, by digest: from then on nobody can have dated them back.
 * Who made the candidate and who proposed it: none of them signs it off.
 * The rehearsal of the way back is a fact of its own: how many cases the version answered, and in how many milliseconds.
 * No figures: they are in the sealed record. No floats.
"""

from __future__ import annotations

from registry.domain.approving import SignatureVerdict
from registry.domain.canonical import plain
from registry.domain.events import Event, EventKind
from registry.domain.release_acts import SignOffDecision, SignOffPlan
from registry.domain.release_read import Rehearsal, SignedRecord
from registry.domain.release_run import ReleaseDecision, ReleaseInputs


def proposed_events(inputs: ReleaseInputs, decision: ReleaseDecision, bundle_digest: str, decision_digest: str) -> tuple[Event, ...]:
    """Return what records a proposal and cites its sealed package, with the digest of the decision in it; the proposal is the last."""
    body = {
        "artifact": decision.artifact,
        "verdict": decision.verdict,
        "action": decision.action,
        "gates": {one.gate: one.verdict for one in decision.gates},
        "reasons": [reason.code for reason in decision.reasons],
        "candidate": decision.candidate,
        "champion": decision.champion,
        "gate_event": decision.gate_event,
        "gate_bundle": decision.gate_bundle,
        "made_by": decision.made_by,
        "role": inputs.role,
        "change": inputs.proposal.change,
        "review_on": decision.calendar.review_on,
        "policy_digest": decision.policy_digest,
        "bundle_digest": bundle_digest,
        "decision_digest": decision_digest,
    }
    if signed := sorted({one.papers_digest for one in inputs.records if one.papers_digest and _is_good(one)}):
        body["signed_records"] = signed
    if inputs.gate_policy_digest is not None:
        body["gate_policy_digest"] = inputs.gate_policy_digest
    if inputs.judged and inputs.judged.files_digest:
        body["files_digest"] = inputs.judged.files_digest
    if inputs.judged and inputs.judged.champion_files_digest:
        body["champion_files_digest"] = inputs.judged.champion_files_digest
    proposed = _event(EventKind.RELEASE_PROPOSED, inputs, decision.release_id, body)
    if inputs.rehearsal is None:
        return (proposed,)
    tried = _tried(inputs.rehearsal, decision, bundle_digest)
    return _event(EventKind.ROLLBACK_REHEARSED, inputs, decision.release_id, tried), proposed


def _is_good(record: SignedRecord) -> bool:
    return record.signature.verdict is SignatureVerdict.GOOD and not record.signature.also


def signed_event(plan: SignOffPlan, decision: SignOffDecision, bundle_digest: str) -> Event:
    """Return the event of a sign-off that counts, which cites the package of its papers."""
    request = decision.request
    return Event(
        kind=EventKind.RELEASE_SIGNED,
        system_id=plan.release.system_id,
        subject=f"{plan.release.release_id}:{request.nonce}",
        as_of=plan.as_of,
        business_date=plan.business_date,
        body=plain({**decision.body, "bundle_digest": bundle_digest}),
        actor=request.printed_name,
    )


def _tried(rehearsal: Rehearsal, decision: ReleaseDecision, bundle_digest: str) -> dict[str, object]:
    return {
        "release_id": decision.release_id,
        "artifact": decision.artifact,
        "version": rehearsal.version,
        "version_digest": rehearsal.version_digest,
        "asked_count": rehearsal.asked_count,
        "answered_count": rehearsal.answered_count,
        "milliseconds": round(rehearsal.seconds * 1000),
        "problem": rehearsal.problem,
        "bundle_digest": bundle_digest,
    }


def _event(kind: EventKind, inputs: ReleaseInputs, release_id: str, body: dict[str, object]) -> Event:
    return Event(kind, inputs.system.system_id, release_id, inputs.as_of, inputs.business_date, plain(body), actor=inputs.proposed_by)
