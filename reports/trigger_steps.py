"""What people do next about a trigger decision, in order, each with the command to start from where there is one.

Put here who does what after the page was read. Nothing here starts anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.domain.decision import Verdict
from registry.domain.triggers import TriggerAction, TriggerDecision, TriggerInputs
from reports.standing_view import standing


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: in words, and a command with its subjects (empty: none is needed)."""

    text: str
    command: str = ""
    subject: str = ""


def next_steps(decision: TriggerDecision, inputs: TriggerInputs) -> tuple[NextStep, ...]:
    """Return what to do next; that there is nothing to do is said too."""
    found = tuple(_steps(decision, inputs))
    return found or (NextStep("Nothing. The next window is judged when it has ended."),)


def _steps(decision: TriggerDecision, inputs: TriggerInputs) -> Iterator[NextStep]:
    system = decision.system
    if inputs.reference is None:
        yield NextStep("Freeze a reference: without one nothing can be compared.", "proofloop triggers freeze", system)
    if any(request.action is TriggerAction.INVESTIGATE for request in decision.requests):
        yield NextStep("Look at the columns that moved, drawn above, and ask whoever owns their source what changed.")
    if any(request.action is TriggerAction.RETRAIN for request in decision.requests):
        yield from _retrain(inputs)
    for request in decision.requests:
        yield NextStep(
            "Close the request with what came of it: done, or refused with the reason.", "proofloop triggers close", request.request_id
        )
    if standing(decision, "data_quality"):
        yield NextStep("Have the data repaired at their source, or the new coding confirmed by its owner.")
        yield NextStep("Where the new coding is right and here to stay, freeze a new reference.", "proofloop triggers freeze", system)
    if decision.verdict is Verdict.INCONCLUSIVE:
        yield NextStep("Repair what was not evaluated, as told beside each; then run the window again.")


def _retrain(inputs: TriggerInputs) -> Iterator[NextStep]:
    deployment = inputs.system.monitoring.training_deployment
    if deployment:
        yield NextStep("Once a person has approved it, start the team's own training.", "proofloop triggers start", deployment)
    else:
        yield NextStep("Train a candidate the way your team does, on the days of data named in the request.")
