"""Asking for an approval, and who is asked: what `proofloop approve` does beside recording one.

Put here what prepares or lists approvals on the command line; recording one is the flow ``issue_approve``.
"""

from __future__ import annotations

import secrets
import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from checks.work.coverage import find_coverage, find_rule, is_approved, severity_asked
from checks.work.duties import find_own_work
from deployments.handed_out import write_out
from flows.clock import now
from registry.domain.approving import ApprovalPapers, Coverage, find_broken_glass
from registry.domain.canonical import plain
from registry.domain.catalogue import OwnerRole
from registry.domain.policy_work import WorkPolicies
from registry.domain.retention import ApprovalKind
from registry.domain.work import Case, StepKind, StepTaken, Submission
from registry.domain.work_run import StepPlan
from registry.errors import ConfigurationError
from reports.approval_page import document_fields
from tasks.approval_papers import document_bytes, make_request
from tasks.steps import load_step_plan, read_case


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was written, and the document beside it."""

    papers: ApprovalPapers
    request_path: Path
    document_path: Path
    step: StepTaken
    needs_signature: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What the policy asks of one document of an issue, and what it has."""

    step: StepTaken
    coverage: Coverage
    is_approved: bool


def ask(
    root: Path, issue_id: str, action: StepKind, by: str, role: OwnerRole, valid_days: int | None, *, is_break_glass: bool, out: Path
) -> Asked:
    """Write the request by which somebody would approve the newest document of an action, and the document beside it.

    Raises:
        ConfigurationError: nothing to approve, nobody is asked, a role or time that the policy refuses, own work, or a file that is
            there or cannot be written.
    """
    plan = _plan(root, issue_id, action, by, role, now())
    case = read_case(plan, now)
    days = valid_days or plan.policies.limits.max_approval_valid_days
    if too_long := _too_long(plan.policies, days):
        raise ConfigurationError(too_long)
    papers = make_request(plan, case, secrets.token_hex(16), days, is_break_glass=is_break_glass)
    (step,) = [taken for taken in case.steps if taken.bundle_digest == papers.request.bundle_digest]
    problems = [*_refused(case, plan, step), *_taken(out)]
    if problems:
        raise ConfigurationError(problems)
    document_path = out.with_name(f"{out.stem}-document.json")
    rule = find_rule(plan.policies, action, severity_asked(case))
    write_out(document_path, document_bytes(case, step))
    write_out(out, papers.text.encode("ascii"))
    return Asked(papers, out, document_path, step, is_break_glass or bool(rule and rule.needs_signature))


def find_standings(root: Path, issue_id: str) -> tuple[Case, tuple[Standing, ...]]:
    """Return the issue's case, and for each kind of step that somebody has to approve where its newest document stands."""
    plan = _plan(root, issue_id, StepKind.PLAN, "", OwnerRole.PRODUCT_OWNER, now())
    case = read_case(plan, now)
    newest = [case.latest(kind) for kind in StepKind]
    found = [(step, find_coverage(case, step, plan.policies, plan.as_of)) for step in newest if step is not None]
    return case, tuple(Standing(step, coverage, is_approved(case, step, plan.policies, plan.as_of)) for step, coverage in found if coverage)


def asked_lines(asked: Asked) -> list[str]:
    """Return what an approver reads, and what they type: stock tools only."""
    request, name = asked.papers.request, shlex.quote(asked.request_path.name)
    digest = request.evidence_digest.removeprefix("sha256:")
    lines = [
        f"{asked.request_path}: a request that {request.printed_name} approves, valid until {request.expires:%Y-%m-%d %H:%M} UTC",
        "",
        f"  {request.meaning}",
        "",
        *(f"  {found.name}: {found.text}" for found in document_fields(asked.step.document)),
        "",
        f"The approver reads the document, {asked.document_path.name}, and compares its digest with the request's evidence_digest:",
        f"  sha256sum {shlex.quote(asked.document_path.name)}",
        f"  {digest}",
    ]
    if not asked.needs_signature:
        return [*lines, "A typed name is enough here. Whoever wants to sign does it as below.", *_signing(request.role, name)]
    return [
        *lines,
        "The approver agrees by signing the request as it is, with their own key in place of KEY:",
        *_signing(request.role, name),
    ]


def standing_lines(case: Case, standings: tuple[Standing, ...]) -> list[str]:
    """Return who is asked, who approved and who is missing, for people."""
    if not standings:
        return [f"{case.issue.issue_id}: nothing that was recorded needs an approval at {case.issue.severity}"]
    lines = [f"{case.issue.issue_id} {case.issue.severity} {case.issue.state}: {case.issue.title}"]
    for standing in standings:
        lines += _standing_lines(standing)
    glass = find_broken_glass(case)
    return lines + ([f"  THE GLASS WAS BROKEN by {', '.join(sorted({found.name for found in glass}))}"] if glass else [])


def standing_document(case: Case, standings: tuple[Standing, ...]) -> dict[str, Any]:
    """Return who is asked, who approved and who is missing, as the JSON document."""
    return {
        "kind": "approvals",
        "schema_version": 1,
        "issue": case.issue.issue_id,
        "severity": case.issue.severity.value,
        "state": case.issue.state.value,
        "standings": [
            {
                "action": found.step.kind.value,
                "event": found.step.seq,
                "by": found.step.by,
                "document_digest": found.step.document_digest,
                "bundle_digest": found.step.bundle_digest,
                "needs_signature": found.coverage.rule.needs_signature,
                "roles": plain(found.coverage.rule.roles),
                "given": plain(found.coverage.counted),
                "missing": [] if found.is_approved else plain(found.coverage.missing),
                "broken_glass": plain(found.coverage.broken_glass),
                "approved": found.is_approved,
            }
            for found in standings
        ],
        "broken_glass": plain(find_broken_glass(case)),
    }


def _plan(root: Path, issue_id: str, action: StepKind, by: str, role: OwnerRole, as_of: datetime) -> StepPlan:
    return load_step_plan(str(root), Submission(action, issue_id, by, role, None), as_of, as_of)


def _refused(case: Case, plan: StepPlan, step: StepTaken) -> list[str]:
    """Return why nobody should sign this: what recording would refuse anyway and signing cannot change."""
    return [*_unasked(case, plan.policies, step), *_own(case, step, plan.submission.by)]


def _unasked(case: Case, policies: WorkPolicies, step: StepTaken) -> list[str]:
    if find_rule(policies, step.kind, severity_asked(case)) is None:
        return [f"{case.issue.issue_id}: expected a step that somebody has to approve at {severity_asked(case)}, found {step.kind}"]
    if is_approved(case, step, policies, now()):
        return [f"{case.issue.issue_id}: expected a {step.kind} that waits for approvals, found that all are given"]
    return []


def _too_long(policies: WorkPolicies, days: int) -> list[str]:
    limit = policies.limits.max_approval_valid_days
    return [f"--valid-days: expected 1 to {limit}, found {days}; ask again when it has run out"] if not 1 <= days <= limit else []


def _own(case: Case, step: StepTaken, by: str) -> list[str]:
    return [f"--by: {refusal.reason}; {refusal.remedy}" for refusal in find_own_work(case, step, by)]


def _taken(out: Path) -> list[str]:
    return [f"{out}: expected no such file, found one; a request is never overwritten: name another"] if out.exists() else []


def _signing(role: OwnerRole, name: str) -> list[str]:
    return [
        f"  ssh-keygen -Y sign -n {role.value} -f KEY {name}",
        f"That writes {name}.sig. Both files go back to whoever records the approval.",
    ]


def _standing_lines(standing: Standing) -> list[str]:
    step, coverage = standing.step, standing.coverage
    given = {found.role: found for found in coverage.counted}
    how = "signatures" if coverage.rule.needs_signature else "typed names are enough"
    verdict = "approved" if standing.is_approved else "waits for approvals"
    rows = [f"  {step.kind} of event {step.seq}, by {step.by}: {verdict} ({how})", f"    document {step.document_digest}"]
    for role in coverage.rule.roles:
        found = given.get(role.value)
        known = f"{found.name}, {found.kind} on {found.at:%Y-%m-%d}" if found else "-" if standing.is_approved else "missing"
        rows.append(f"    {role.value:<24} {known}")
    return rows + [f"    glass broken by {found.name} as {found.role}, {ApprovalKind.SIGNED}" for found in coverage.broken_glass]
