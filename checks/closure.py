"""Closure: do all seven gates pass, so that people may be asked to sign?

Put a rule here when it is about the gates together. What one of them asks is ``closure_scope.py`` and its neighbours.

The rules:
 * Every gate is judged, in its order, whatever the others say: everything that lacks is told at once.
 * The closure is as bad as its worst gate; nothing is averaged, and nobody types a gate.
 * What its window did not evaluate, the closure did not evaluate either: whoever signs reads it on the dossier.
 * A PASS is a proposal: the roles that the policy asks at the severity of the occurrence sign it, then the ledger closes.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_adverse import find_uncompared
from checks.closure_cause import judge_root_cause
from checks.closure_change import judge_change
from checks.closure_evidence import judge_evidence, sign_off_of
from checks.closure_gate import severity_of
from checks.closure_recovery import judge_recovery
from checks.closure_recurrence import judge_recurrence
from checks.closure_residual import residual_of
from checks.closure_scope import judge_scope
from checks.closure_verification import before_after, judge_verification
from checks.verdict import find_reasons, judge_overall
from registry.domain.canonical import digest_of
from registry.domain.closure import ClosureDecision, ClosureInputs, GateJudgement
from registry.domain.decision import Finding, InputDigest, KnowledgeCut
from registry.domain.steps_closure import ClosureProposal

GATES = (judge_scope, judge_root_cause, judge_change, judge_verification, judge_recovery, judge_recurrence, judge_evidence)


def judge_closure(inputs: ClosureInputs) -> ClosureDecision:
    """Return whether the issue may be proposed for closure, and what each gate lacks."""
    gates = tuple(judge(inputs) for judge in GATES)
    findings = tuple(finding for gate in gates for finding in _findings(gate))
    issue, rule = inputs.case.issue, sign_off_of(inputs)
    return ClosureDecision(
        kind="closure",
        system=issue.system_id,
        as_of=inputs.as_of,
        verdict=judge_overall(findings),
        reasons=find_reasons(findings),
        findings=findings,
        not_evaluated=(*find_uncompared(inputs), *(inputs.window.not_evaluated if inputs.window else ())),
        inputs=tuple(_inputs(inputs)),
        policy_digest=inputs.policy.digest,
        knowledge_cut=KnowledgeCut(inputs.events, inputs.data_before),
        issue_id=issue.issue_id,
        title=issue.title,
        severity=severity_of(inputs),
        occurrence=issue.occurrence,
        business_date=inputs.business_date,
        gates=gates,
        before_after=before_after(inputs),
        shared=inputs.shared,
        asked=tuple(role.value for role in rule.roles) if rule else (),
        needs_signature=rule.needs_signature if rule else True,
        residual=residual_of(inputs),
        population=inputs.population,
    )


def proposal_of(decision: ClosureDecision, decision_digest: str) -> ClosureProposal:
    """Return what people sign, for a decision that passed; ``decision_digest`` is that of its record in the package."""
    told = {gate.gate: f"{gate.gate}: {gate.standing.replace('_', ' ')}, {gate.summary}" for gate in decision.gates}
    window = next(gate.summary for gate in decision.gates if gate.gate == "recurrence")
    return ClosureProposal(
        decision_digest=decision_digest,
        business_date=decision.business_date,
        gates=tuple(told.values()),
        window=window,
        residual=decision.residual,
    )


def substance_of(decision: ClosureDecision) -> str:
    """Return the digest of what a closure says apart from the day's counts: while it stays, a judgement is no news."""
    gates = [(gate.gate, gate.verdict, gate.standing, sorted({lack.code for lack in gate.lacks})) for gate in decision.gates]
    return digest_of([decision.verdict, decision.severity, decision.occurrence, gates, list(decision.asked), decision.residual])


def _findings(gate: GateJudgement) -> Iterator[Finding]:
    if not gate.lacks:
        yield Finding("closure", gate.gate, gate.verdict, gate.standing.value, gate.summary)
    for lack in gate.lacks:
        yield Finding("closure", gate.gate, lack.verdict, lack.code, f"{lack.missing}; {lack.remedy}")


def _inputs(inputs: ClosureInputs) -> Iterator[InputDigest]:
    yield InputDigest("evidence graph", digest_of(inputs.graph))
    yield InputDigest("archive head", inputs.archive.head)
    if inputs.window_bundle:
        yield InputDigest("recurrence window", inputs.window_bundle)
    if inputs.population:
        yield InputDigest("recovery list", f"sha256:{inputs.population.sha256}")
    yield InputDigest("approvals", inputs.work.digest)
