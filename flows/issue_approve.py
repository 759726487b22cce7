"""Approve a plan or an accepted risk of an issue: with the signature that you made, or by your typed name where that is enough.

Put nothing here but the form: the order of an approval is ``approving.py``, what it needs ``checks/work/approvals.py``.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from flows.approving import approve
from flows.forms import ActingAs, Folder, IssueId, Person, titled
from registry.domain.approving import ApprovalEntry, ApprovalResult


@flow(name="issue-approve", flow_run_name="approve-{issue_id}")
def issue_approve(
    issue_id: IssueId,
    by: Person,
    role: ActingAs,
    document: Annotated[ApprovalEntry, titled("Approval")],
    workspace: Folder = "",
) -> ApprovalResult:
    """Approve a plan or an accepted risk of an issue.

    Args:
        issue_id: The issue, like ISS-20260310-1a2b3c4d; the daily triage lists them.
        by: Your name as the catalogue or allowed_signers has it. Without a signature it is recorded as asserted, not as signed.
        role: What you act as: one of the roles that the policy asks to approve.
        document: What you approve, and the request with its signature where you signed one.
        workspace: The folder of the workspace; leave empty for the one named by PROOFLOOP_WORKSPACE.
    """
    return approve(issue_id, by, role, document, workspace)
