"""Reviews of a window in a closure: did a forum that looked at the fix conclude that the issue is to be reopened?

Put here what a review does to a closure. What one must say is ``checks/work/review.py``, when one is due ``checks/recurrence_duties.py``.

The rules:
 * The newest review since the release of the fix counts, of the present occurrence.
 * One that concludes ``reopen`` is a FAIL: somebody looked and found it unmended, whatever the window says. It is answered by the step
   ``reopen``, or by a forum that looks again and concludes ``carry_on``.
 * That conclusion takes a standing proposal back as well, in the ledger itself (``registry/domain/closing.py``).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_gate import fixed_by
from registry.domain.closure import ClosureInputs, Lack
from registry.domain.decision import Verdict
from registry.domain.steps_closure import ReviewConclusion
from registry.domain.work import StepKind

_REOPEN = "take the step `reopen`; or let a forum look again, and record a review that concludes `carry_on` and says why"


def find_reopening(inputs: ClosureInputs) -> Iterator[Lack]:
    """Yield that the newest review of the fix concludes to reopen the issue."""
    review, release = inputs.case.latest(StepKind.REVIEW), fixed_by(inputs)
    if review is None or (release and review.seq < release.seq):
        return
    if review.document.conclusion is ReviewConclusion.REOPEN:
        found = f"{review.document.forum} of event {review.seq}: {review.document.observed}"
        missing = f"expected no forum that concludes to reopen the issue, found the {found}"
        yield Lack("review_reopens", missing, _REOPEN, Verdict.FAIL)
