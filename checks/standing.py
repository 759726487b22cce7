"""What people's steps do to the day: duties, accepted risks that end, deadlines that wait, suppressions that end.

Put here how cases are brought into the day's judgement; each rule is a check of its own.

The rules:
 * Cases are looked at after the day's symptoms, with each issue as it stands then, in the order of their ids.
 * The end of an accepted risk is recorded and shown before duties are told, so that they are owed again the same day.
 * Only a live issue has notes of accepted risks, and a closed one whose closure rests on one; a deadline that waits is told of any issue.
 * An approval by people who broke the glass is told on every day that its issue is live: it stands in place of those who were to approve.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.acceptances import find_acceptance_notes, find_ended
from checks.deadlines import find_waiting_deadlines
from checks.duties import Worked, cases_on, judge_duties
from checks.outlived import find_outlived
from checks.suppression import find_quiet_ends
from checks.symptoms import SymptomReview, apply_change
from registry.domain.approving import find_broken_glass, name_of
from registry.domain.decision import Finding, Verdict
from registry.domain.triage import Duty
from registry.domain.triage_run import TriageInputs
from registry.domain.work import Case


def review_standing(inputs: TriageInputs, review: SymptomReview) -> tuple[Duty, ...]:
    """Return the day's duties, after noting in ``review`` every accepted risk that ended."""
    work, cases = inputs.policies.work, inputs.history.cases
    for case in _touched(inputs, review):
        ended = find_ended(case, work, inputs.as_of, inputs.business_date) if work and case.issue.is_live else None
        if ended is not None:
            apply_change(ended, case.issue, review)
    worked = Worked(cases, work, inputs.zone, inputs.policies.review)
    return judge_duties(tuple(review.issues.values()), inputs.policies.clocks, inputs.as_of, worked)


def find_standing_notes(inputs: TriageInputs, review: SymptomReview) -> Iterator[Finding]:
    """Yield what should be known of what people decided: what ends, has ended, does not run, or was outgrown."""
    work = inputs.policies.work
    for case in _touched(inputs, review) if work else ():
        if work:
            yield from find_acceptance_notes(case, work, inputs.business_date) if case.issue.is_live else ()
            yield from find_outlived(case, work, inputs.business_date, inputs.zone)
            yield from find_waiting_deadlines(case, work)
            yield from _find_broken_glass(case) if case.issue.is_live else ()
    yield from find_quiet_ends(inputs.history.cases, inputs.business_date)


def _find_broken_glass(case: Case) -> Iterator[Finding]:
    given = find_broken_glass(case)
    if given:
        what = ", ".join(sorted({name_of(approval.action) for approval in given}))
        who = ", ".join(sorted({approval.name for approval in given}))
        reason = f"{what}: approved in an emergency by {who}, in place of the people whom the policy asks; let them look at it"
        yield Finding("approval", case.issue.issue_id, Verdict.INCONCLUSIVE, "broken_glass", reason, blocking=False)


def _touched(inputs: TriageInputs, review: SymptomReview) -> Iterator[Case]:
    """Yield the cases of issues that people did anything on, as they stand at the day's end."""
    touched = {case.issue.issue_id for case in inputs.history.cases}
    issues = [review.issues[issue_id] for issue_id in sorted(review.issues) if issue_id in touched]
    return cases_on(issues, inputs.history.cases)
