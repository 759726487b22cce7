"""Closed issues whose closure rests on an accepted risk: that it ends soon, or has ended and nobody looked again.

Put here what the end of an accepted risk does to an issue that is closed. What it does to a live one is ``acceptances.py``.

The rules:
 * A closure rests on an accepted risk where its window was over without evidence, or where people signed that something remains.
 * Its end is announced before, as that of a live issue's.
 * From its last day on it is told every day until the issue is reopened, or a review that is no older concludes that the fix is effective:
   a risk that was accepted for a while closes nothing for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.acceptances import ends_soon, find_in_force, find_newest
from registry.domain.decision import Finding, Verdict
from registry.domain.issue import IssueState
from registry.domain.policy_work import WorkPolicies
from registry.domain.recurrence import Outcome
from registry.domain.steps_closure import ReviewConclusion
from registry.domain.times import local_date
from registry.domain.work import Case, StepKind

_ACT = "reopen it, or look again and record a review that concludes `effective`"


def find_outlived(case: Case, work: WorkPolicies, on: date, zone: str) -> Iterator[Finding]:
    """Yield what should be known on ``on`` of the accepted risk that a closed issue rests on."""
    newest = find_newest(case, work)
    if newest is None or not _rests_on_risk(case):
        return
    ends_on, rests = newest.document.expires_on, f"its closure rests on a risk that {newest.document.owner} answers for"
    if standing := find_in_force(case, work, on):
        if ends_soon(standing.document.expires_on, work, on):
            reason = f"{rests}, accepted until {standing.document.expires_on}; by then {_ACT}"
            yield Finding("acceptance", case.issue.issue_id, Verdict.INCONCLUSIVE, "closure_risk_expiring", reason, blocking=False)
    elif not _was_reviewed(case, ends_on, zone):
        reason = f"{rests}, accepted until {ends_on}, and nobody has looked since: {_ACT}"
        yield Finding("acceptance", case.issue.issue_id, Verdict.INCONCLUSIVE, "closure_outlived_risk", reason)


def _rests_on_risk(case: Case) -> bool:
    proposal = case.latest(StepKind.CLOSE)
    remains = proposal is not None and bool(proposal.document.residual)
    return case.issue.state is IssueState.CLOSED and (remains or case.issue.window == Outcome.ELAPSED_UNEVIDENCED)


def _was_reviewed(case: Case, since_on: date, zone: str) -> bool:
    reviews = (step for step in case.current(StepKind.REVIEW) if step.document.conclusion is ReviewConclusion.EFFECTIVE)
    return any(local_date(step.at, zone) >= since_on for step in reviews)
