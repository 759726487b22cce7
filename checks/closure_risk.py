"""Accepted risk in a closure: does a decision of somebody named, in force, cover what a gate cannot show?

Put here what an accepted risk has to be before a gate passes on it. What one must say when it is handed in is ``checks/work/risk.py``, what
it suspends meanwhile ``checks/acceptances.py``.

The rules:
 * It is of the present occurrence, approved, and in force on the day.
 * It was recorded after the fix was released: what people lived with before the fix is another risk.
 * Where it covers a window that ended without evidence, it was recorded when the days of that window were over, by the clock of its system:
   nobody accepts on the first day what nobody has seen yet.
 * It was accepted at the severity that the occurrence has now, or a higher one.
 * Whoever answers for it did not ask for it, and whoever approved it had no hand in the fix.
 * Risk and compliance signed it: a typed name, another role, or breaking the glass does not stand for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.acceptances import find_in_force
from checks.closure_duties import find_own_approvals
from checks.closure_gate import fixed_by, severity_of
from registry.domain.approving import person_key
from registry.domain.catalogue import OwnerRole
from registry.domain.closure import ClosureInputs
from registry.domain.retention import ApprovalKind
from registry.domain.times import local_date
from registry.domain.work import ApprovalGiven, StepTaken


def find_covering(inputs: ClosureInputs, known_on: date | None = None) -> tuple[StepTaken | None, str]:
    """Return the accepted risk that covers what remains, or None and why there is none.

    What remains is known from ``known_on`` on, a civil day of the window's zone.
    """
    step = find_in_force(inputs.case, inputs.work, inputs.business_date)
    if step is None:
        return None, "found none that is approved and in force"
    why = next(_find_problems(inputs, step, known_on), "")
    return (None, f"found {why}") if why else (step, "")


def _find_problems(inputs: ClosureInputs, step: StepTaken, known_on: date | None) -> Iterator[str]:
    release, asked = fixed_by(inputs), severity_of(inputs)
    if release is None or step.seq < release.seq:
        yield f"that of event {step.seq}, from before the fix"
    if known_on and local_date(step.at, inputs.window.zone if inputs.window else inputs.zone) < known_on:
        yield f"that of event {step.seq}, from before {known_on}, when nobody knew yet how the window would end"
    accepted = step.issue_severity or asked
    if accepted.rank < asked.rank:
        yield f"one accepted at {accepted}, and the occurrence was {asked}"
    if person_key(step.document.owner) == person_key(step.by):
        yield f"one that {step.by} asked for, and answers for"
    for own in find_own_approvals(inputs.case, step):
        yield own.missing.partition("found ")[2]
    if signed_by(inputs, step) is None:
        yield "one that nobody in risk and compliance signed"


def signed_by(inputs: ClosureInputs, step: StepTaken) -> ApprovalGiven | None:
    """Return the signature of risk and compliance below an accepted risk; None where there is none."""
    given = (found for found in inputs.case.approvals_of(step.document_digest) if found.seq > step.seq and found.at < found.expires_at)
    signed = (found for found in given if found.kind is ApprovalKind.SIGNED and not found.is_break_glass)
    return next((found for found in signed if found.role == OwnerRole.RISK_COMPLIANCE and found.at <= inputs.as_of), None)
