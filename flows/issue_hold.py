"""Keep an issue's system exactly as it is until the hold is released.

Put nothing here but the form: the order of every step is ``taking.py``, what it requires ``checks/work``.
"""

from __future__ import annotations

from datetime import datetime

from prefect import flow

from flows.taking import take
from registry.domain.catalogue import OwnerRole
from registry.domain.steps_change import PreservationHold
from registry.domain.work import StepKind
from registry.domain.work_run import StepResult


@flow(name="issue-hold", flow_run_name="hold-{issue_id}")
def issue_hold(
    issue_id: str, by: str, role: OwnerRole, document: PreservationHold, as_of: datetime | None = None, workspace: str = ""
) -> StepResult:
    """Keep an issue's system exactly as it is until the hold is released.

    Args:
        issue_id: The issue, like ISS-20260310-1a2b3c4d; the daily triage lists them.
        by: Your name as the catalogue or allowed_signers has it. It is recorded as asserted, not as signed.
        role: What you act as.
        document: The step itself.
        as_of: The instant it counts from. Leave empty for now.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    return take(StepKind.HOLD, issue_id, by, role, document, as_of, workspace)
