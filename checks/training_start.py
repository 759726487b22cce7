"""Starting a training: does a request ask for it, may the system change, and is there something to run?

Put here what starting the team's own training requires beside what every act does (``trigger_acts.py``).

The rules, all of them told at once:
 * The request is known, open and to retrain: drift alone is a question, not an order.
 * No preservation hold of the system is in force, however long ago the request was made: a training changes what a hold preserves.
 * The catalogue names a deployment, and Prefect has it.
A start of what was started is no second event: doing it again finishes what was cut off, and Prefect makes one run of a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.trigger_acts import decided, find_closed, find_common, meant_request, unknown_request
from registry.domain.events import EventKind
from registry.domain.preservation import ending_of, told
from registry.domain.trigger_acts import ActDecision, ActPlan, KnownRequest, TrainingTarget
from registry.domain.triggers import TriggerAction
from registry.domain.work import Refusal
from registry.domain.work_run import HoldInForce


def judge_training_start(
    plan: ActPlan, requests: Sequence[KnownRequest], holds: Sequence[HoldInForce], target: TrainingTarget | None
) -> ActDecision:
    """Return whether a training may be started for the plan's request; ``target`` is None where the catalogue names no deployment."""
    request = meant_request(plan, requests)
    if request is None:
        return ActDecision(plan, (unknown_request(plan, requests),))
    refusals = (
        *find_common(plan, request.system_id),
        *find_closed(request),
        *_find_not_retrain(request),
        *(_held(hold) for hold in holds if hold.system_id == request.system_id),
        *_find_untrainable(request.system_id, target),
    )
    if not refusals and request.start_event:
        return ActDecision(plan, (), request=request, repeated=request.start_event)
    return decided(plan, refusals, EventKind.TRAINING_STARTED, request)


def _find_not_retrain(request: KnownRequest) -> Iterator[Refusal]:
    if request.action is not TriggerAction.RETRAIN:
        reason = f"request: expected one to retrain, found one to {request.action.replace('_', ' ')}"
        yield Refusal("not_a_retrain", reason, "find the cause first; a request to retrain follows where the model lost by it")


def _held(hold: HoldInForce) -> Refusal:
    reason = f"start: expected {hold.system_id} to be free to change, found {told(hold)}"
    return Refusal("preservation_hold", reason, f"it ends with `{ending_of(hold)}`, by somebody other than {hold.by}")


def _find_untrainable(system_id: str, target: TrainingTarget | None) -> Iterator[Refusal]:
    if target is None:
        remedy = f"name it in systems/{system_id}.yaml under monitoring: training_deployment, or train by hand and close the request"
        yield Refusal("no_training_deployment", f"expected a training deployment of {system_id}, found none in the catalogue", remedy)
    elif target.problem:
        yield Refusal("no_training", target.problem, target.remedy)
