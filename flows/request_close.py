"""Close a request that watching predictions made: retrained, not needed, or superseded.

Put the order of closing here; what it requires is ``checks/trigger_acts.py``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from checks.trigger_acts import judge_request_close
from flows.clock import now
from flows.forms import ActingAs, Folder, Person, titled
from registry.domain.trigger_acts import ActKind, ActResult, RequestClosure
from tasks.engine import refused
from tasks.trigger_acts import act_refusal, acting, append_act, load_act_plan, read_requests, show_act


@flow(name="request-close", flow_run_name="close-request-{by}")
def request_close(
    by: Person,
    role: ActingAs,
    document: Annotated[RequestClosure, titled("Closing")],
    workspace: Folder = "",
) -> ActResult:
    """Close a request: say what became of it, so that the next one may be made. It changes nothing of the AI system.

    Args:
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: What you act as: one of the roles that the policy table acts names.
        document: Which request, what became of it, and why.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    plan = load_act_plan(workspace, ActKind.CLOSE, by, role, document, now())
    with acting(plan, read_requests(plan, now), now):
        requests = read_requests(plan, now)

        decision = judge_request_close(plan, requests)

        result = append_act(decision, now)
    show_act(result)
    return result if result.seq else refused(result, act_refusal(result))
