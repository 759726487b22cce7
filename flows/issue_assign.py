"""Put somebody in charge of an issue, with what comes next and by when.

Put nothing here but the form: the order of every step is ``taking.py``, what it requires ``checks/work``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from flows.forms import ActingAs, CountsFrom, Folder, IssueId, Person, titled
from flows.taking import take
from registry.domain.steps import Assignment
from registry.domain.work import StepKind
from registry.domain.work_run import StepResult


@flow(name="issue-assign", flow_run_name="assign-{issue_id}")
def issue_assign(
    issue_id: IssueId,
    by: Person,
    role: ActingAs,
    document: Annotated[Assignment, titled("Who works on it")],
    as_of: CountsFrom = None,
    workspace: Folder = "",
) -> StepResult:
    """Put somebody in charge of an issue, with what comes next and by when.

    Args:
        issue_id: The issue, like ISS-20260310-1a2b3c4d; the daily triage lists them.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: Your role, as the catalogue of AI systems or allowed_signers gives it to you.
        document: Who works on the issue, what comes next and by when.
        as_of: The instant it counts from. Leave it at None: it counts from when you submit it.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    return take(StepKind.ASSIGN, issue_id, by, role, document, as_of, workspace)
