"""What people do next about a trigger decision, in order, each with the command to start from where there is one.

Put here who does what after the page was read. Nothing here starts anything; the commands ask the person for name, role and reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.domain.decision import Verdict
from registry.domain.triggers import TriggerAction, TriggerDecision, TriggerInputs, TriggerRequest
from reports.standing_view import standing

_BY = "--by NAME --role ROLE --reason TEXT"


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: in words, and a command around its subject (empty: none is needed)."""

    text: str
    command: str = ""
    subject: str = ""
    options: str = ""


def next_steps(decision: TriggerDecision, inputs: TriggerInputs) -> tuple[NextStep, ...]:
    """Return what to do next; that there is nothing to do is said too."""
    found = tuple(_steps(decision, inputs))
    return found or (NextStep("Nothing. The next window is judged when it has ended."),)


def _steps(decision: TriggerDecision, inputs: TriggerInputs) -> Iterator[NextStep]:
    if inputs.reference is None:
        yield _freeze("Have a reference frozen: without one nothing can be compared.", decision)
    for request in decision.requests:
        yield from _of_request(request, inputs)
    if standing(decision, "data_quality"):
        yield NextStep("Have the data repaired at their source, or the new coding confirmed by whoever owns it.")
        yield _freeze("Where the new coding is right and here to stay, freeze a new reference.", decision)
    if decision.verdict is Verdict.INCONCLUSIVE:
        yield NextStep("Repair what was not evaluated, as told beside each. A later run judges what it could not judge before.")


def _of_request(request: TriggerRequest, inputs: TriggerInputs) -> Iterator[NextStep]:
    name = short_request(request.request_id)
    if request.action is TriggerAction.INVESTIGATE:
        yield NextStep("Look at the columns that moved, drawn above, and ask whoever owns their source what changed.")
    if request.action is TriggerAction.RETRAIN and inputs.system.monitoring.training_deployment:
        yield NextStep("Once a person has approved it, start the team's own training.", "proofloop triggers start", name, _BY)
    elif request.action is TriggerAction.RETRAIN:
        yield NextStep("Train a candidate the way your team does, on the days of data named in the request.")
    outcome = "retrained --version VERSION" if request.action is TriggerAction.RETRAIN else "not_needed"
    text = "Close the request with what became of it: retrained, not needed, or superseded."
    yield NextStep(text, "proofloop triggers close", name, f"--outcome {outcome} {_BY}")


def _freeze(text: str, decision: TriggerDecision) -> NextStep:
    return NextStep(text, "proofloop triggers freeze", decision.system, _BY)


def short_request(request_id: str) -> str:
    """Return enough of a request's id to name it by.

    >>> short_request("sha256:0123456789abcdef")
    '0123456789ab'
    """
    return request_id.removeprefix("sha256:")[:12]
