"""Where a step or an approval goes to: is there such an issue, and had it been opened?

Put here what is asked before anything of an issue is read; whether a step may be taken on it is ``step.py``.

The rules:
 * The ledger has an issue of this id. Whoever mistyped one is told those that are written most like it.
 * It counts from an instant at which the issue was open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from checks.work.nearest import most_like
from registry.domain.approving import ApprovalDecision, ApprovalRequest
from registry.domain.retention import ApprovalKind
from registry.domain.work import Refusal, StepDecision
from registry.domain.work_run import StepPlan


def find_address_refusals(plan: StepPlan, openings: Mapping[str, datetime]) -> tuple[Refusal, ...]:
    """Return why nothing can be taken on the plan's issue; ``openings`` say since when each issue of the ledger is open."""
    return tuple(_find(plan, openings))


def unaddressed_step(plan: StepPlan, refusals: tuple[Refusal, ...]) -> StepDecision:
    """Return the decision on a step that goes nowhere: its document is not looked at."""
    return StepDecision(plan.submission, refusals, {}, "")


def unaddressed_approval(plan: StepPlan, refusals: tuple[Refusal, ...]) -> ApprovalDecision:
    """Return the decision on an approval that goes nowhere: no request is looked at, it names what the form does."""
    by = plan.submission
    request = ApprovalRequest(
        action=by.kind,
        issue=by.issue_id,
        evidence_digest="",
        bundle_digest="",
        head="",
        meaning="",
        printed_name=by.by,
        role=by.role,
        nonce="",
        signed_at=plan.as_of,
        expires=plan.as_of,
        break_glass=False,
    )
    return ApprovalDecision(request, refusals, ApprovalKind.ASSERTED)


def _find(plan: StepPlan, openings: Mapping[str, datetime]) -> Iterator[Refusal]:
    issue_id = plan.submission.issue_id
    if issue_id not in openings:
        like = most_like(issue_id, openings)
        meant = f"write {' or '.join(like)} if you mean that one; " if like else ""
        reason = f"issue: expected an existing issue, found {issue_id!r}, which is none of the ledger's {len(openings)}"
        yield Refusal("unknown_issue", reason, f"{meant}`proofloop issue list` names them all")
    elif plan.as_of < openings[issue_id]:
        opened = f"{openings[issue_id]:%Y-%m-%d %H:%M} UTC"
        reason = f"as_of: expected an instant after {issue_id} opened, {opened}, found {plan.as_of.isoformat()}"
        yield Refusal("not_open_yet", reason, "take a later instant, or leave it out")
