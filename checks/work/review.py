"""Reviews of a window: which forum looked, at what, and is what it concludes possible here?

Put here what a review must say. When one is due is ``checks/recurrence_duties.py``; how a window stands is computed, never typed.

The rules:
 * The forum is named.
 * What was looked at is said, with a number.
 * ``effective`` is concluded of a closed issue alone: before that the window decides. ``reopen`` is concluded where an issue can be
   reopened, and whoever records it is told to take that step: a review by itself moves nothing. It keeps the issue from being closed, and
   takes a proposal to close it back (``checks/closure_reviews.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.work.answers import Asked, find_unsaid, quoted
from registry.domain.decision import Finding, Verdict
from registry.domain.issue import IssueState
from registry.domain.policy_work import WorkLimits
from registry.domain.steps_closure import ReviewConclusion, WindowReview
from registry.domain.work import STEPS, Case, Refusal, StepKind
from registry.domain.work_run import StepKnowledge, StepPlan

CHECK = "review"
_FIGURE = re.compile(r"\d")
_FORUM = Asked("forum", "name the meeting", "weekly operations review")
_OBSERVED = Asked(
    "observed",
    "write what was looked at and what it showed, with its numbers",
    "21 of 60 days observed, 18,400 decisions, none blocked at an unattended terminal",
)


def find_refusals(case: Case, plan: StepPlan, _known: StepKnowledge) -> tuple[Refusal, ...]:
    """Return what is missing before the plan's review counts."""
    document, limits = plan.submission.document, plan.policies.limits
    return (
        *find_unsaid(_FORUM, document.forum, 1, limits.placeholders),
        *_find_observed(document, limits),
        *_find_conclusion(case, document),
    )


def find_review_findings(case: Case, plan: StepPlan) -> tuple[Finding, ...]:
    """Return what has to follow the plan's review: the step that carries its conclusion out."""
    if plan.submission.document.conclusion is not ReviewConclusion.REOPEN:
        return ()
    issue_id = case.issue.issue_id
    reason = f"the review concludes to reopen it, and moves nothing by itself; take `proofloop issue reopen {issue_id}` as well"
    return (Finding(CHECK, issue_id, Verdict.INCONCLUSIVE, "reopen_next", reason, blocking=False),)


def _find_observed(document: WindowReview, limits: WorkLimits) -> Iterator[Refusal]:
    unsaid = tuple(find_unsaid(_OBSERVED, document.observed, limits.min_answer_words, limits.placeholders))
    yield from unsaid
    if not unsaid and not _FIGURE.search(document.observed):
        yield _OBSERVED.refuse("no_figure", "what it showed, with a number", f"none in {quoted(document.observed)}")


def _find_conclusion(case: Case, document: WindowReview) -> Iterator[Refusal]:
    state, conclusion = case.issue.state, document.conclusion
    if conclusion is ReviewConclusion.EFFECTIVE and state is not IssueState.CLOSED:
        reason = (
            f"conclusion: expected {ReviewConclusion.CARRY_ON} or {ReviewConclusion.REOPEN} before the issue is closed, found {conclusion}"
        )
        yield Refusal("too_soon", reason, "conclude `carry_on`: the window says when the fix has earned a closure")
    if conclusion is ReviewConclusion.REOPEN and state not in STEPS[StepKind.REOPEN].states:
        listed = ", ".join(each for each in IssueState if each in STEPS[StepKind.REOPEN].states)
        reason = f"conclusion: expected an issue in {listed} to reopen, found it in {state}"
        yield Refusal("not_to_reopen", reason, "conclude `carry_on`: the issue is open, and its window has not begun")
