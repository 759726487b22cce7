"""What a sign-off of a release is judged by, and recording it: draft first, then the event that cites it.

Put tasks here that serve sign-offs. Its request and its package's files are ``release_papers.py``, its rules
``checks/release_sign_off.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from registry.catalogue.loader import load_catalogue
from registry.domain.approving import ApprovalKnowledge
from registry.domain.canonical import digest_bytes
from registry.domain.events import Event
from registry.domain.release_acts import SignOffDecision, SignOffPapers, SignOffPlan, SignOffResult
from registry.domain.release_run import KnownRelease, SignOff
from registry.domain.times import local_date
from registry.evidence.draft import Draft, draft_package
from registry.policies.loader import load_tables
from registry.policies.release import release_policy
from registry.settings import Workspace
from reports.foreign_text import visible
from reports.release_act_text import sign_off_lines
from reports.triage_package import DECISION
from tasks.engine import task
from tasks.evidence import append_cited, drafts_dir
from tasks.ledger import Clock
from tasks.preservation import reserved
from tasks.release_papers import sign_off_files
from tasks.releases import meant_release, read_releases
from tasks.rendering import show_outcome
from tasks.signatures import look_up_request, read_sealed
from tasks.workspace import found_workspace, workspace_of


@task
def load_sign_off_plan(workspace: str, release: str, as_of: datetime, clock: Clock) -> SignOffPlan:
    """Return what a sign-off of the release that ``release`` names is judged by: the release with its sign-offs so far, and the policy.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, or a name that no release, or more than one, begins with.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    found = found_workspace(workspace)
    tables = load_tables(found.policies_dir)
    meant = meant_release(release, read_releases(found, clock))
    systems = {system.system_id: system for system in load_catalogue(found)}
    return SignOffPlan(
        workspace=str(found.root),
        as_of=as_of,
        business_date=local_date(as_of, found.settings.timezone),
        zone=found.settings.timezone,
        release=meant,
        system=systems.get(meant.system_id),
        policy=release_policy(tables),
        redacted_kinds=tuple(name for name, row in tables.rows["redaction"].items() if row.redact),
    )


@contextmanager
def signing(plan: SignOffPlan, clock: Clock) -> Iterator[None]:
    """Let one sign-off of a system's releases at a time be judged and recorded, and nothing be switched meanwhile."""
    with reserved(workspace_of(plan), [plan.release.system_id], clock):
        yield


@task
def look_up_sign_off(plan: SignOffPlan, papers: SignOffPapers, clock: Clock) -> ApprovalKnowledge:
    """Return what a sign-off is judged by beside its release: the signature's worth, the sealed decision, the head, nonces used before.

    Raises:
        EvidenceError: ``allowed_signers`` or ``revoked_keys`` is there and cannot be read.
        EvidenceUnavailableError: ``ssh-keygen`` is missing, or the archive does not answer (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace = workspace_of(plan)
    return look_up_request(workspace, papers, _sealed_digest(workspace, plan.release), clock)


@task
def draft_sign_off(plan: SignOffPlan, papers: SignOffPapers, decision: SignOffDecision, known: ApprovalKnowledge) -> Draft:
    """Write the package of an accepted sign-off into the spool. Safe to retry: the same papers give the same draft.

    Raises:
        EvidenceError: a secret in the request.
        EvidenceUnavailableError: the spool is full or out of reach (retried).
    """
    workspace = workspace_of(plan)
    _, signed = read_sealed(workspace, plan.release.bundle_digest, DECISION)
    files = sign_off_files(plan, papers, decision, known, signed)
    return draft_package(drafts_dir(workspace), files, secrets=workspace.secrets_in_use())


@task
def append_sign_off(plan: SignOffPlan, event: Event, draft: Draft, clock: Clock) -> int:
    """Append the event that cites the sign-off's package, promise the package, and return the event's number. Safe to retry.

    Raises:
        LedgerError: a secret in the reason; nothing was written.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return append_cited(plan, (event,), draft, clock)


@task
def show_sign_off(plan: SignOffPlan, result: SignOffResult) -> None:
    """Show what became of a sign-off among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    what = f"sign-off of {plan.release.release_id}"
    # an indented block is shown as it is, whatever a reason holds
    text = "".join(f"    {visible(line)}\n" for line in sign_off_lines(plan.release, result))
    show_outcome("release-sign-off", what, text, () if result.seq else result.decision.refusals)


def repeated_sign_off(plan: SignOffPlan, papers: SignOffPapers) -> SignOff | None:
    """Return the sign-off that this very request became before; None where it is new."""
    return next((one for one in plan.release.sign_offs if one.request_digest == papers.text_digest), None)


def _sealed_digest(workspace: Workspace, release: KnownRelease) -> str:
    """Return the digest of the sealed decision; that of the package's files where they are not what was sealed, empty without any."""
    found, content = read_sealed(workspace, release.bundle_digest, DECISION)
    if not content:
        return ""
    return digest_bytes(content) if found == release.bundle_digest else found
