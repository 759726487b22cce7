"""What an approval is judged by, and recording it: draft first, then the event that cites it.

Put tasks here that serve approvals. Its request and its package's files are ``approval_papers.py``, its rules ``checks/work/approvals.py``.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from registry.domain.approving import ApprovalDecision, ApprovalKnowledge, ApprovalPapers, ApprovalResult
from registry.domain.canonical import digest_of, plain
from registry.domain.events import Event, EventKind
from registry.domain.lease import ClaimStatus
from registry.domain.work import Case
from registry.domain.work_run import StepPlan, StepReceipt
from registry.evidence.draft import draft_package
from registry.settings import Workspace
from reports.markdown import approval_markdown
from tasks.approval_papers import approval_files
from tasks.engine import task
from tasks.evidence import drafts_dir, promise_of
from tasks.ledger import Clock, open_workspace_ledger
from tasks.rendering import show_outcome
from tasks.signatures import look_up_request, read_sealed
from tasks.steps import STEP
from tasks.workspace import workspace_of

_FLOW = "issue-approve"
_LEASE = timedelta(minutes=3)
_POLL_SECONDS = 0.2


@task
def look_up_approval(plan: StepPlan, papers: ApprovalPapers, clock: Clock) -> ApprovalKnowledge:
    """Return what an approval is judged by beside its case: the signature's worth, the sealed document, the head, nonces used before.

    Raises:
        EvidenceError: ``allowed_signers`` or ``revoked_keys`` is there and cannot be read.
        EvidenceUnavailableError: ``ssh-keygen`` is missing, or the archive does not answer (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace = workspace_of(plan)
    return look_up_request(workspace, papers, _sealed_digest(workspace, papers.request.bundle_digest), clock)


@task
def record_approval(
    plan: StepPlan, case: Case, papers: ApprovalPapers, decision: ApprovalDecision, known: ApprovalKnowledge, clock: Clock
) -> StepReceipt:
    """Draft the approval's package, append the event that cites it and promise the package, and say where the issue stands.

    Raises:
        EvidenceError: a secret in the request.
        IllegalMoveError: the issue moved since it was read; read it and decide again.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace, ledger = workspace_of(plan), open_workspace_ledger(workspace_of(plan), clock)
    files = approval_files(plan, case, papers, decision, known)
    draft = draft_package(drafts_dir(workspace), files, secrets=workspace.secrets_in_use())
    event = Event(
        kind=EventKind.APPROVAL_RECORDED,
        system_id=case.issue.system_id,
        subject=f"{case.issue.issue_id}:{papers.request.nonce}",
        as_of=plan.as_of,
        business_date=plan.business_date,
        body=plain({**decision.body, "bundle_digest": draft.bundle_digest}),
        issue_id=case.issue.issue_id,
        actor=papers.request.printed_name,
    )
    (stored,) = ledger.append([event], [promise_of(draft)])
    (issue,) = (issue for issue in ledger.read_issues([case.issue.system_id]) if issue.issue_id == case.issue.issue_id)
    return StepReceipt(stored.seq, draft.bundle_digest, papers.request.evidence_digest, issue.state.value)


@contextmanager
def one_at_a_time(plan: StepPlan, case: Case, clock: Clock) -> Iterator[None]:
    """Let one step or approval of an issue at a time be judged and recorded.

    Of two approvals unaware of each other neither would move the issue; a plan recorded unawares would be moved by approvals of another.
    """
    ledger, issue = open_workspace_ledger(workspace_of(plan), clock), case.issue
    owner = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(8).hex()}"
    while True:
        claim = ledger.claim(_FLOW, [issue.issue_id], issue.opened_at.date(), owner, clock(), _LEASE)
        if claim.status is not ClaimStatus.HELD:
            break
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        ledger.release(claim.leases)


@task
def show_approval(plan: StepPlan, result: ApprovalResult) -> None:
    """Show what became of an approval among the artifacts of the Prefect run."""
    what = f"approval of {plan.submission.kind} on {plan.submission.issue_id}"
    show_outcome("issue-approval", what, approval_markdown(result), () if result.receipt else result.decision.refusals)


def _sealed_digest(workspace: Workspace, bundle_digest: str) -> str:
    """Return the digest of the document in a sealed package; that of its files where they are not what was sealed, empty without any."""
    found, content = read_sealed(workspace, bundle_digest, STEP)
    try:
        submission = json.loads(content)["submission"]
        digest = digest_of({"issue": submission["issue_id"], "step": submission["kind"], "document": submission["document"]})
    except (ValueError, KeyError, TypeError):
        return ""
    return digest if found == bundle_digest else found


def is_repeated(case: Case, papers: ApprovalPapers, known: ApprovalKnowledge) -> StepReceipt | None:
    """Return the receipt of the approval that this very request became before; None where it is new."""
    before = next((found for found in case.approvals if found.nonce == papers.request.nonce), None)
    if before is None or known.nonce_digest != papers.text_digest:
        return None
    return StepReceipt(before.seq, before.bundle_digest, before.document_digest, case.issue.state.value)
