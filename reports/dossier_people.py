"""Who decides a closure and who decided before it: signatures, typed names, and who is still asked.

Put here how approvals of a closure, and of what it rests on, are read. What else a dossier shows is ``dossier_view.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.domain.closure import Dossier
from registry.domain.decision import Verdict
from registry.domain.retention import ApprovalKind
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import ApprovalGiven, StepKind
from reports import wording
from reports.window_acts import Act

_ACTIONS = {
    StepKind.PLAN: "the plan",
    StepKind.ACCEPT_RISK: "the accepted risk",
    StepKind.NOT_APPLICABLE: "the gate that does not apply",
    StepKind.CLOSE: "the closure",
}
# Who can usually supply what a gate lacks; the catalogue names the people.
_SUPPLIERS = {
    ClosureGate.SCOPE: "operations lead",
    ClosureGate.ROOT_CAUSE: "model owner",
    ClosureGate.CHANGE: "model owner",
    ClosureGate.VERIFICATION: "evaluation owner, not whoever made the change",
    ClosureGate.CUSTOMER_RECOVERY: "operations lead",
    ClosureGate.RECURRENCE: "the recurrence monitoring",
    ClosureGate.EVIDENCE: "whoever keeps the archive",
}
_MAX_ACTS = 12


@dataclass(frozen=True, slots=True)
class Signer:
    """One approval, or one role that is still asked: how sure the name is, the key, and what the signature means."""

    role: str
    tone: str
    state: str
    name: str
    key: str
    meaning: str
    when: str


def signers(dossier: Dossier, zone: str) -> tuple[Signer, ...]:
    """Return who signed this closure, and then who still must."""
    given = dossier.coverage.counted if dossier.coverage else ()
    rows = [signer(one, zone) for one in given]
    rows += [signer(one, zone) for one in (dossier.coverage.broken_glass if dossier.coverage else ()) if one not in given]
    return (*rows, *(_open(role, dossier) for role in missing_roles(dossier)))


def missing_roles(dossier: Dossier) -> tuple[str, ...]:
    """Return the roles that have not signed: every one that is asked where nothing was proposed."""
    return tuple(role.value for role in dossier.coverage.missing) if dossier.coverage else dossier.decision.asked


def signer(given: ApprovalGiven, zone: str) -> Signer:
    """Return one approval as it is read."""
    is_signed = given.kind is ApprovalKind.SIGNED
    state = "signed" if is_signed else "asserted: a typed name"
    return Signer(
        wording.spoken(given.role),
        "fail" if given.is_break_glass else "pass" if is_signed else "inconclusive",
        f"{state}, breaking the glass" if given.is_break_glass else state,
        given.name,
        given.fingerprint or "no key",
        given.meaning,
        f"{wording.time_text(given.at, zone)}, event {given.seq:,}",
    )


def _open(role: str, dossier: Dossier) -> Signer:
    how = "a signature with a key" if dossier.decision.needs_signature else "a typed name, or a signature"
    state = "still asked" if dossier.decision.verdict is Verdict.PASS else "asked once every gate passes"
    return Signer(wording.spoken(role), "inconclusive", state, "nobody yet", "no key", f"policy asks for {how}", "")


def earlier_approvals(dossier: Dossier, zone: str) -> tuple[tuple[str, Signer], ...]:
    """Return what was approved of the present occurrence before the closure, in its order."""
    known = {step.document_digest for step in dossier.case.steps if step.seq > dossier.case.reopened_seq}
    found = (one for one in dossier.case.approvals if one.action is not StepKind.CLOSE and one.document_digest in known)
    return tuple((_ACTIONS.get(one.action, wording.spoken(one.action.value).lower()), signer(one, zone)) for one in found)


def acts(dossier: Dossier) -> tuple[tuple[Act, ...], int]:
    """Return who must act: whoever is asked to sign where all gates pass, else what each gate lacks; and how many are left out."""
    found = list(_acts(dossier))
    return tuple(found[:_MAX_ACTS]), max(0, len(found) - _MAX_ACTS)


def _acts(dossier: Dossier) -> Iterator[Act]:
    decision = dossier.decision
    if dossier.closed_at is not None:
        return
    if decision.verdict is Verdict.PASS:
        for role in missing_roles(dossier):
            what = f"Read this dossier, then sign: `proofloop approve request {decision.issue_id} --action close`."
            yield Act("before the proposal is too old", wording.spoken(role), what)
        if not decision.asked:
            yield Act(
                "before it can be closed", "whoever keeps the policy", "Name in the table approvals who signs a closure of this severity."
            )
    for gate in decision.gates:
        for remedy in dict.fromkeys(lack.remedy for lack in gate.lacks):
            yield Act(f"before gate {wording.spoken(gate.gate.value).lower()} passes", _SUPPLIERS[gate.gate], remedy)
