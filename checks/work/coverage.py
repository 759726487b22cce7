"""What a policy asks before a document counts as approved, and how much of it is there.

Put here how approvals add up. Whether one approval may be given at all is ``approvals.py``.

The rules:
 * The row of the table ``approvals`` for the step says which roles approve, and whether they sign: that of the highest severity of the
   present occurrence, so that harm once seen is not classified away for a signature.
 * A severity without a row asks nobody. One person counts for one role; approvals of an earlier document or occurrence count for nothing.
 * An approval of a sentence that names a lower severity than the issue has now counts for nothing: it was given to something smaller.
 * An approval counts until it expires; what was complete once stays approved. A typed name does not count where signatures are asked.
 * Enough people who broke the glass, all different and all signed, stand in place of the roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from registry.domain.approving import Coverage, person_key, severity_meant
from registry.domain.policy_work import ApprovalRule, WorkPolicies
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.work import ApprovalGiven, Case, Refusal, StepKind, StepTaken


def find_rule(policies: WorkPolicies, action: StepKind, severity: Severity) -> ApprovalRule | None:
    """Return what the policy asks for a step of this kind on an issue of this severity; None where it asks nobody."""
    return next((rule for rule in policies.approvals if rule.action == action and severity in rule.severities), None)


def severity_asked(case: Case) -> Severity:
    """Return the severity whose approvals are asked: the highest of the present occurrence."""
    return max((*case.severities, case.issue.severity), key=lambda severity: severity.rank)


def find_coverage(
    case: Case, step: StepTaken, policies: WorkPolicies, as_of: datetime, more: Iterable[ApprovalGiven] = ()
) -> Coverage | None:
    """Return what is asked and what is there at ``as_of`` for ``step``, with ``more`` approvals; None where the policy asks nobody."""
    rule = find_rule(policies, step.kind, severity_asked(case))
    if rule is None:
        return None
    given = [*find_valid(case, step, as_of), *more]
    normal = _one_for_each_person(found for found in given if not found.is_break_glass and _is_enough(found, rule))
    counted = {found.role: found for found in reversed(normal) if found.role in rule.roles}
    return Coverage(
        rule=rule,
        counted=tuple(counted[role] for role in rule.roles if role in counted),
        missing=tuple(role for role in rule.roles if role not in counted),
        broken_glass=_one_for_each_person(found for found in given if found.is_break_glass and found.kind is ApprovalKind.SIGNED),
        min_break_glass_approvers=policies.limits.min_break_glass_approvers,
    )


def is_approved(case: Case, step: StepTaken, policies: WorkPolicies, as_of: datetime) -> bool:
    """Return whether nobody else had to approve ``step`` at some time up to ``as_of``: what was complete once stays so.

    True as well where the policy asks nobody.
    """
    if find_rule(policies, step.kind, severity_asked(case)) is None:
        return True
    given = sorted((found for found in case.approvals if step.seq < found.seq and found.at <= as_of), key=lambda found: found.seq)
    known = ((replace(case, approvals=tuple(given[:count])), given[count - 1].at) for count in range(1, len(given) + 1))
    coverages = (find_coverage(so_far, step, policies, at) for so_far, at in known)
    return any(coverage is not None and coverage.is_complete for coverage in coverages)


def find_valid(case: Case, step: StepTaken, as_of: datetime) -> tuple[ApprovalGiven, ...]:
    """Return the approvals given to ``step`` since it was recorded that have not expired."""
    given = case.approvals_of(step.document_digest)
    since = (found for found in given if found.action is step.kind and found.seq > step.seq and as_of < found.expires_at)
    return tuple(found for found in since if _is_meant(found, case))


def find_counting(case: Case, step: StepTaken, policies: WorkPolicies, as_of: datetime) -> tuple[ApprovalGiven, ...]:
    """Return the valid approvals that count for what is asked now: signed where that is asked, or by breaking the glass."""
    rule = find_rule(policies, step.kind, severity_asked(case))
    return tuple(found for found in find_valid(case, step, as_of) if rule and (found.is_break_glass or _is_enough(found, rule)))


def find_unapproved(case: Case, policies: WorkPolicies, as_of: datetime) -> Iterator[Refusal]:
    """Yield that the present plan may not be carried out: approvals that its severity asks are missing."""
    plan = case.latest(StepKind.PLAN)
    if plan is not None and not is_approved(case, plan, policies, as_of):
        coverage = find_coverage(case, plan, policies, as_of)
        missing = ", ".join(coverage.missing) if coverage else "everybody"
        reason = f"expected the plan approved as {severity_asked(case)} asks, found approvals missing by {missing}"
        yield Refusal("not_approved", reason, "see `proofloop approve list`: the severity was raised since, or an approval was asked anew")


def _is_meant(approval: ApprovalGiven, case: Case) -> bool:
    meant = severity_meant(approval.meaning)
    return meant is None or meant.rank >= case.issue.severity.rank


def _is_enough(approval: ApprovalGiven, rule: ApprovalRule) -> bool:
    return approval.kind is ApprovalKind.SIGNED or not rule.needs_signature


def _one_for_each_person(approvals: Iterable[ApprovalGiven]) -> tuple[ApprovalGiven, ...]:
    """A person, or a key, that approves twice is one."""
    people: dict[str, ApprovalGiven] = {}
    keys: set[str] = set()
    for approval in approvals:
        if person_key(approval.name) not in people and (not approval.fingerprint or approval.fingerprint not in keys):
            people[person_key(approval.name)] = approval
            keys.add(approval.fingerprint)
    return tuple(people.values())
