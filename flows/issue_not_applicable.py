"""Say that a closure gate does not apply, with the reason.

Put nothing here but the form: the order of every step is ``taking.py``, what it requires ``checks/work``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from flows.forms import ActingAs, CountsFrom, Folder, IssueId, Person, titled
from flows.taking import take
from registry.domain.steps_closure import NotApplicable
from registry.domain.work import StepKind
from registry.domain.work_run import StepResult


@flow(name="issue-not-applicable", flow_run_name="not-applicable-{issue_id}")
def issue_not_applicable(
    issue_id: IssueId,
    by: Person,
    role: ActingAs,
    document: Annotated[NotApplicable, titled("Gate that does not apply")],
    as_of: CountsFrom = None,
    workspace: Folder = "",
) -> StepResult:
    """Say that a closure gate does not apply, with the reason.

    Args:
        issue_id: The issue, like ISS-20260310-1a2b3c4d; the daily triage lists them.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: Your role, as the catalogue of AI systems or allowed_signers gives it to you.
        document: One closure gate does not apply to this issue, with the reason; it counts once it is approved.
        as_of: The instant it counts from. Leave it at None: it counts from when you submit it.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    return take(StepKind.NOT_APPLICABLE, issue_id, by, role, document, as_of, workspace)
