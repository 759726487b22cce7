"""Start the team's own training deployment for a request, after a person said so.

Put the order of a start here: the event first, then the run, so that a start that was cut off is seen and finished by doing it again. What
it requires is ``checks/training_start.py``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from checks.training_start import judge_training_start
from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from registry.domain.trigger_acts import ActKind, ActResult, TrainingStart
from tasks.engine import refused
from tasks.training import read_training_target, start_training_run
from tasks.trigger_acts import act_refusal, acting, append_act, load_act_plan, read_act_holds, read_requests, show_act


@flow(name="training-start", flow_run_name="start-training-{by}")
def training_start(
    by: Person,
    role: ActingAs,
    document: Annotated[TrainingStart, titled("Start")],
    workspace: Folder = "",
) -> ActResult:
    """Run the training deployment that the catalogue names, for a request to retrain. Nothing is promoted by it.

    Args:
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: What you act as: one of the roles that the policy table acts names.
        document: Which request, and why a retraining is right.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_act_plan(workspace, ActKind.START, by, role, document, now())
    with acting(plan, read_requests(plan, now), now):
        requests, holds = read_requests(plan, now), read_act_holds(plan, now)
        target = read_training_target(plan, requests)

        decision = judge_training_start(plan, requests, holds, target)

        result = append_act(decision, now)
        if result.seq and target is not None:
            result = start_training_run(result, target)
    show_act(result)
    return result if result.seq else refused(result, act_refusal(result))
