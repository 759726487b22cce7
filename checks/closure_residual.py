"""What remains after a closure: who was not reached, what silence does not prove, and who answers for it.

Put here how a residual is told. Whether it may remain is judged by the gates.

The rules:
 * Customers who were not reached are told with their reasons, by how many.
 * A window that ended without evidence is told with what was lacking.
 * An accepted risk that is in force is told with its owner, its last day, and who signed it.
 * Whoever broke the glass is told: every report of the issue shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checks.acceptances import find_in_force
from checks.closure_risk import signed_by
from registry.domain.approving import find_broken_glass
from registry.domain.closure import ClosureInputs
from registry.domain.recurrence import Outcome


def residual_of(inputs: ClosureInputs) -> str:
    """Return what remains, in sentences; empty where nothing does."""
    return " ".join((*_unreached(inputs), *_unproved(inputs), *_accepted(inputs), *_broken(inputs)))


def _unreached(inputs: ClosureInputs) -> Iterator[str]:
    read = inputs.population
    if read and read.residual_count:
        reasons = Counter(reason for _, reason in read.residuals)
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        cut = read.residual_count - len(read.residuals)
        told += f", {cut} more" if cut > 0 else ""
        yield f"{read.residual_count} of {read.distinct_count} customers were not reached: {told or 'no reason given'}."


def _unproved(inputs: ClosureInputs) -> Iterator[str]:
    window = inputs.window
    if window and window.outcome is Outcome.ELAPSED_UNEVIDENCED:
        why = "; ".join(window.missing) or "; ".join(reason.text for reason in window.reasons)
        yield f"The days of the window are over, and its silence proves nothing: {why or 'too little exposure'}."


def _accepted(inputs: ClosureInputs) -> Iterator[str]:
    step = find_in_force(inputs.case, inputs.work, inputs.business_date)
    if step:
        given = signed_by(inputs, step)
        signed = f"signed by {given.name}" if given else "not signed by risk and compliance"
        yield f"{step.document.owner} answers for the risk until {step.document.expires_on}, {signed}: {step.document.reason.rstrip('.')}."


def _broken(inputs: ClosureInputs) -> Iterator[str]:
    names = sorted({approval.name for approval in find_broken_glass(inputs.case)})
    if names:
        yield f"Approved in an emergency by {', '.join(names)}, in place of the people whom the policy asks."
