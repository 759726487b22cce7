"""Closed issues whose closure rests on an accepted risk: that it ends soon, or has ended and nobody looked again.

Put here what the end of an accepted risk does to an issue that is closed. What it does to a live one is ``acceptances.py``.

The rules:
 * A closure rests on an accepted risk where one was in force on the day that it was judged for, and its window was over without evidence,
   or people signed that something remains. What remains without such a risk, like who broke the glass, has no end.
 * Its end is announced before, as that of a live issue's.
 * From its last day on it is told every day until the issue is reopened, or a review that is no older concludes that the fix is effective:
   a risk that was accepted for a while closes nothing for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.acceptances import ends_soon, find_in_force
from registry.domain.decision import Finding, Verdict
from registry.domain.issue import IssueState
from registry.domain.policy_work import WorkPolicies
from registry.domain.recurrence import Outcome
from registry.domain.steps_closure import ReviewConclusion
from registry.domain.times import local_date
from registry.domain.work import Case, StepKind, StepTaken

_ACT = "reopen it, or look again and record a review that concludes `effective`"


def find_outlived(case: Case, work: WorkPolicies, on: date, zone: str) -> Iterator[Finding]:
    """Yield what should be known on ``on`` of the accepted risk that a closed issue rests on."""
    rested = _find_rested(case, work)
    if rested is None:
        return
    ends_on, rests = rested.document.expires_on, f"its closure rests on a risk that {rested.document.owner} answers for"
    if standing := find_in_force(case, work, on):
        if ends_soon(standing.document.expires_on, work, on):
            reason = f"{rests}, accepted until {standing.document.expires_on}; by then {_ACT}"
            yield Finding("acceptance", case.issue.issue_id, Verdict.INCONCLUSIVE, "closure_risk_expiring", reason, blocking=False)
    elif not _was_reviewed(case, ends_on, zone):
        reason = f"{rests}, accepted until {ends_on}, and nobody has looked since: {_ACT}"
        yield Finding("acceptance", case.issue.issue_id, Verdict.INCONCLUSIVE, "closure_outlived_risk", reason)


def _find_rested(case: Case, work: WorkPolicies) -> StepTaken | None:
    """Return the accepted risk that the closure of a closed issue rests on; None where it rests on none."""
    proposal = case.latest(StepKind.CLOSE)
    if case.issue.state is not IssueState.CLOSED or proposal is None:
        return None
    remains = bool(proposal.document.residual) or case.issue.window == Outcome.ELAPSED_UNEVIDENCED
    return find_in_force(case, work, proposal.document.business_date) if remains else None


def _was_reviewed(case: Case, since_on: date, zone: str) -> bool:
    reviews = (step for step in case.current(StepKind.REVIEW) if step.document.conclusion is ReviewConclusion.EFFECTIVE)
    return any(local_date(step.at, zone) >= since_on for step in reviews)
