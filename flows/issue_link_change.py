"""Link a planned action to the exact version that carries it out.

Put nothing here but the form: the order of every step is ``taking.py``, what it requires ``checks/work``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from flows.forms import ActingAs, CountsFrom, Folder, IssueId, Person, titled
from flows.taking import take
from registry.domain.steps_change import ChangeLink
from registry.domain.work import StepKind
from registry.domain.work_run import StepResult


@flow(name="issue-link-change", flow_run_name="link-change-{issue_id}")
def issue_link_change(
    issue_id: IssueId,
    by: Person,
    role: ActingAs,
    document: Annotated[ChangeLink, titled("Change")],
    as_of: CountsFrom = None,
    workspace: Folder = "",
) -> StepResult:
    """Link a planned action to the exact version that carries it out.

    Args:
        issue_id: The issue, like ISS-20260310-1a2b3c4d; the daily triage lists them.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: Your role, as the catalogue of AI systems or allowed_signers gives it to you.
        document: The change that carries out one planned action: which artifact becomes which version, under which change request.
        as_of: The instant it counts from. Leave it at None: it counts from when you submit it.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    return take(StepKind.LINK_CHANGE, issue_id, by, role, document, as_of, workspace)
