"""What a policy asks before a document counts as approved, and how much of it is there.

Put here how approvals add up. Whether one approval may be given at all is ``approvals.py``.

The rules:
 * The row of the table ``approvals`` for the step and the issue's severity says which roles approve, and whether they sign.
 * A severity without a row asks nobody. One person counts for one role; approvals of an earlier document or occurrence count for nothing.
 * An approval counts until it expires; what was complete once stays approved. A typed name does not count where signatures are asked.
 * Enough people who broke the glass, all different and all signed, stand in place of the roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from registry.domain.approving import Coverage, person_key
from registry.domain.policy_work import ApprovalRule, WorkPolicies
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.work import ApprovalGiven, Case, StepKind, StepTaken


def find_rule(policies: WorkPolicies, action: StepKind, severity: Severity) -> ApprovalRule | None:
    """Return what the policy asks for a step of this kind on an issue of this severity; None where it asks nobody."""
    return next((rule for rule in policies.approvals if rule.action == action and severity in rule.severities), None)


def find_coverage(
    case: Case, step: StepTaken, policies: WorkPolicies, as_of: datetime, more: Iterable[ApprovalGiven] = ()
) -> Coverage | None:
    """Return what is asked and what is there at ``as_of`` for ``step``, with ``more`` approvals; None where the policy asks nobody."""
    rule = find_rule(policies, step.kind, case.issue.severity)
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
    if find_rule(policies, step.kind, case.issue.severity) is None:
        return True
    given = sorted((found for found in case.approvals if step.seq < found.seq and found.at <= as_of), key=lambda found: found.seq)
    known = ((replace(case, approvals=tuple(given[:count])), given[count - 1].at) for count in range(1, len(given) + 1))
    coverages = (find_coverage(so_far, step, policies, at) for so_far, at in known)
    return any(coverage is not None and coverage.is_complete for coverage in coverages)


def find_valid(case: Case, step: StepTaken, as_of: datetime) -> tuple[ApprovalGiven, ...]:
    """Return the approvals given to ``step`` since it was recorded that have not expired."""
    given = case.approvals_of(step.document_digest)
    return tuple(found for found in given if found.action is step.kind and found.seq > step.seq and as_of < found.expires_at)


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
