"""The papers of an approval: the request that is signed, the document it is about, and the files of the package that keeps both.

Put here what an approval consists of as bytes. Looking things up for it and recording it is ``approvals.py``.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from registry.domain.approving import ApprovalDecision, ApprovalEntry, ApprovalKnowledge, ApprovalPapers, ApprovalRequest, meaning_of
from registry.domain.canonical import canonical_json, digest_bytes, digest_of, plain, record_json
from registry.domain.issue import IssueState
from registry.domain.work import Case, StepTaken
from registry.domain.work_run import StepPlan
from registry.errors import ConfigurationError
from registry.evidence.approval_package import APPROVAL, DOCUMENT
from registry.evidence.packages import last_seal
from registry.evidence.role_signatures import REVOKED_COPY, SIGNERS_COPY, pasted_signature
from registry.evidence.signed_papers import REQUEST, REQUEST_SIGNATURE
from registry.records import read_approval_request
from reports.approval_page import PAGE, render_approval
from tasks.closing_dossier import closing_dossier
from tasks.engine import task
from tasks.workspace import workspace_of

NO_HEAD = "none"


def document_bytes(case: Case, step: StepTaken) -> bytes:
    """Return the document of a step as the bytes that its digest is over: ``sha256sum`` of them is what an approval names."""
    return canonical_json({"issue": case.issue.issue_id, "step": step.kind, "document": plain(step.document)})


@task
def make_request(plan: StepPlan, case: Case, nonce: str, valid_days: int, *, is_break_glass: bool = False) -> ApprovalPapers:
    """Return the request by which the plan's person would approve the newest document of the plan's kind.

    Raises:
        ConfigurationError: there is no such document.
    """
    submission = plan.submission
    step = case.latest(submission.kind)
    if step is None:
        found = f"expected a step `{submission.kind}` of the present occurrence to approve, found none"
        raise ConfigurationError([f"{submission.issue_id}: {found}; take the step `{submission.kind}` first"])
    seal = last_seal(workspace_of(plan).archive_dir)
    request = ApprovalRequest(
        action=submission.kind,
        issue=submission.issue_id,
        evidence_digest=step.document_digest,
        bundle_digest=step.bundle_digest,
        head=seal.digest if seal else NO_HEAD,
        meaning=meaning_of(case.issue, step, submission.role, is_break_glass=is_break_glass),
        printed_name=submission.by,
        role=submission.role,
        nonce=nonce,
        signed_at=plan.as_of.astimezone(UTC),
        expires=plan.as_of.astimezone(UTC) + timedelta(days=valid_days),
        break_glass=is_break_glass,
    )
    return _papers(request)


@task
def read_papers(plan: StepPlan, case: Case, entry: ApprovalEntry) -> ApprovalPapers:
    """Return the request of an entry, or the one that a typed yes to a document stands for: the same for a retry of its run.

    Raises:
        ConfigurationError: a signature without the request it was made over, or a yes to another document than the newest.
        EvidenceError: the request is none.
    """
    if entry.request.strip():
        return _papers(read_approval_request(entry.request), pasted_signature(entry.signature) if entry.signature.strip() else "")
    if entry.signature.strip():
        raise ConfigurationError(["signature: expected the request that it was made over with it, found none; hand in both"])
    newest = case.latest(entry.action)
    if newest is None or entry.document_digest.strip() != newest.document_digest:
        asked = newest.document_digest if newest else "a recorded document"
        found = entry.document_digest.strip() or "nothing"
        told = f"document_digest: expected that of the newest {entry.action}, {asked}, found {found}"
        raise ConfigurationError([f"{told}; read it, then approve that one"])
    by = plan.submission
    nonce = digest_of([by.issue_id, entry.action, entry.document_digest, by.by, by.role, plan.as_of]).removeprefix("sha256:")[:32]
    return make_request.fn(plan, case, nonce, plan.policies.limits.max_approval_valid_days)


def approval_files(
    plan: StepPlan, case: Case, papers: ApprovalPapers, decision: ApprovalDecision, known: ApprovalKnowledge
) -> dict[str, bytes]:
    """Return the files of an accepted approval's package: what was signed, with what it was checked, and the page that shows it."""
    (step,) = [taken for taken in case.steps if taken.bundle_digest == papers.request.bundle_digest]
    document = document_bytes(case, step)
    record = {
        "kind": "issue_approval",
        "schema_version": 1,
        "issue": case.issue,
        "request": papers.request,
        "request_digest": papers.text_digest,
        "approval": decision.kind,
        "fingerprint": known.signature.fingerprint if papers.signature else "",
        "document": {"event": step.seq, "by": step.by, "digest": step.document_digest, "bundle_digest": step.bundle_digest},
        "coverage": decision.coverage,
        "moves": {name: decision.body[name] for name in ("from", "to") if name in decision.body},
        "policy_digest": plan.policies.digest,
        "as_of": plan.as_of,
    }
    files = {APPROVAL: record_json(record), DOCUMENT: document, REQUEST: papers.text.encode()}
    if papers.signature:
        files |= {REQUEST_SIGNATURE: papers.signature.encode(), SIGNERS_COPY: known.signature.lines.encode()}
        files |= {REVOKED_COPY: known.revoked_keys} if known.revoked_keys else {}
    if decision.body.get("to") is IssueState.CLOSED:
        files |= closing_dossier(plan, case, step, decision.coverage)
    return files | {PAGE: render_approval(plan, case, step, papers, decision, known, document)}


def _papers(request: ApprovalRequest, signature: str = "") -> ApprovalPapers:
    content = record_json(request)
    return ApprovalPapers(request, content.decode("ascii"), digest_bytes(content), signature)
