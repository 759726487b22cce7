"""May this candidate be put in force once it is signed off? The five gates before deployment, and what stands in the way of any release.

Put here what the gates come to together. What each asks is ``release_documentation.py``, ``release_evaluation.py``,
``release_compliance.py``, ``release_rollback.py`` and ``release_signers.py``; what blocks any release is ``release_conditions.py``. Who
signed, and whether it may be carried out, is judged later.

The rules:
 * The worst finding decides, of the gates, the conditions, and what went wrong while reading. Nothing makes up for anything else.
 * A gate about which nothing blocking was found is INCONCLUSIVE, and so is the release: what nobody looked at does not pass.
 * The sign-off is INCONCLUSIVE until people signed, which keeps no release from being proposed; that nobody can sign does.
 * Action: what the evaluation gate asks for, approval or a canary, on PASS; otherwise hold. Rolling back is another decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.release_calendar import calendar_entry
from checks.release_compliance import find_compliance
from checks.release_conditions import find_conditions, find_without_budget
from checks.release_documentation import find_documentation, find_uncompared
from checks.release_evaluation import find_evaluation, find_unseen_files
from checks.release_rollback import find_rollback
from checks.release_signers import find_signers
from checks.verdict import find_reasons, grouped, judge_overall, verdict_of
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Verdict
from registry.domain.gate import GateAction, PinnedVersion
from registry.domain.release import PreDeploymentGate
from registry.domain.release_run import GateStanding, ReleaseDecision, ReleaseInputs
from registry.domain.release_sealed import release_id_of

KIND = "release_decision"
UNKNOWN = PinnedVersion("", "", "")
"""Stands for candidate and champion where no decision of the evaluation gate says which they are."""

_JUDGES = {
    PreDeploymentGate.DOCUMENTATION: find_documentation,
    PreDeploymentGate.EVALUATION: find_evaluation,
    PreDeploymentGate.COMPLIANCE: find_compliance,
    PreDeploymentGate.ROLLBACK: find_rollback,
    PreDeploymentGate.SIGN_OFF: find_signers,
}


def judge_release(inputs: ReleaseInputs) -> ReleaseDecision:
    """Return whether the candidate may be put in force once it is signed off, with what each gate came to."""
    by_gate = {gate: _judged(gate, find(inputs)) for gate, find in _JUDGES.items()}
    findings = (*inputs.findings, *(one for found in by_gate.values() for one in found), *find_conditions(inputs))
    verdict, judged, release_id = judge_overall(findings), inputs.judged, release_id_of(inputs)
    action = judged.action if verdict is Verdict.PASS and judged else GateAction.HOLD
    return ReleaseDecision(
        kind=KIND,
        system=inputs.system.system_id,
        as_of=inputs.as_of,
        verdict=verdict,
        reasons=grouped(find_reasons(findings)),
        findings=findings,
        not_evaluated=tuple(_not_evaluated(inputs)),
        inputs=tuple(_input_digests(inputs)),
        policy_digest=inputs.policy.digest,
        knowledge_cut=KnowledgeCut(inputs.events, inputs.as_of),
        release_id=release_id,
        artifact=inputs.spec.artifact,
        candidate=judged.candidate if judged else UNKNOWN,
        champion=judged.champion if judged else UNKNOWN,
        action=action,
        gates=tuple(_standing(gate, found) for gate, found in by_gate.items()),
        calendar=calendar_entry(inputs, release_id, action),
        gate_event=judged.event if judged else 0,
        gate_bundle=judged.bundle_digest if judged else "",
        proposed_by=inputs.proposed_by,
        made_by=inputs.proposal.made_by,
    )


def _judged(gate: PreDeploymentGate, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if any(one.blocking for one in found):
        return found
    text = "expected something to judge this gate by, found nothing; what nobody looked at does not pass"
    return (*found, Finding(gate.value, gate.value.replace("_", " "), Verdict.INCONCLUSIVE, "nothing_judged", text))


def _standing(gate: PreDeploymentGate, found: Sequence[Finding]) -> GateStanding:
    blocking = [one for one in found if one.blocking]
    verdict = judge_overall(blocking)
    told = [one for one in blocking if verdict_of(one) is verdict]
    if gate is PreDeploymentGate.SIGN_OFF and verdict is Verdict.PASS:
        verdict, told = Verdict.INCONCLUSIVE, [one for one in found if one.reason_code == "not_signed"]
    return GateStanding(gate, verdict, "; ".join(one.reason for one in told))


def _not_evaluated(inputs: ReleaseInputs) -> Iterator[NotEvaluated]:
    yield from find_without_budget(inputs)
    yield from find_uncompared(inputs)
    yield from find_unseen_files(inputs)


def _input_digests(inputs: ReleaseInputs) -> Iterator[InputDigest]:
    judged, budget = inputs.judged, inputs.budget
    if judged:
        yield InputDigest("decision of the evaluation gate", judged.decision_digest)
    read = (*((card.path, card.digest) for card in inputs.cards), *((record.path, record.digest) for record in inputs.records))
    yield from (InputDigest(path, digest) for path, digest in read if digest)
    if inputs.rehearsal and inputs.rehearsal.cases_digest:
        yield InputDigest("smoke cases", inputs.rehearsal.cases_digest)
    if budget and budget.digest:
        yield InputDigest("error budget", budget.digest)
