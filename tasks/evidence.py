"""Drafting the day's evidence and publishing it into the archive.

Put tasks here that write evidence. The order is fixed: a draft is on disk before the ledger cites it, and the archive is filled from the
ledger's outbox, so that a run killed anywhere leaves nothing that the next one does not finish.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from registry.domain.closure_run import ClosurePlan
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event
from registry.domain.gate_run import GatePlan
from registry.domain.recurrence_run import RecurrencePlan
from registry.domain.triage_write import OutboxRow, Publication
from registry.domain.trigger_run import TriggerPlan
from registry.errors import EvidenceError, EvidenceUnavailableError
from registry.evidence.archive import publish
from registry.evidence.cited import read_cited
from registry.evidence.draft import Draft, discard_draft, draft_package, load_draft
from registry.evidence.packages import find_package, last_seal
from registry.evidence.seal import Seal
from registry.sealing import seals_itself, workspace_signer
from registry.settings import Workspace
from reports.triage_package import DECISION, PAGE
from tasks.engine import task
from tasks.ledger import Clock, DailyPlan, ledger_of, open_workspace_ledger
from tasks.workspace import Planned, workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

R = TypeVar("R")

PACKAGE_KIND = "package"
_MOST_OF_A_NAME = 40
_KINDS: dict[type, str] = {TriggerPlan: "triggers", RecurrencePlan: "recurrence", ClosurePlan: "closure"}
_PAGES = re.compile(r"report(-[0-9]{5})?\.html")


@task
def write_draft(plan: Planned, files: Mapping[str, bytes | Path]) -> Draft:
    """Write the package's files into the spool. Safe to retry: the same files give the same draft.

    Raises:
        EvidenceError: a bad name or a secret in a file.
        EvidenceUnavailableError: the spool is full or out of reach (retried).
    """
    workspace = workspace_of(plan)
    return draft_package(drafts_dir(workspace), files, secrets=workspace.secrets_in_use())


def promise_of(draft: Draft) -> Publication:
    """Return the promise, for the transaction whose event cites a draft, that its package is published."""
    return Publication(f"drafts/{draft.bundle_digest}", draft.bundle_digest, PACKAGE_KIND)


def append_cited(plan: Planned, events: Sequence[Event], draft: Draft, clock: Clock) -> int:
    """Append events that cite a draft, promise its package, and return the last one's number: the body of tasks that record one act.

    Raises:
        LedgerError: a secret in an event; nothing was written.
        LedgerUnavailableError: the database is out of reach.
    """
    *_, stored = ledger_of(plan, clock).append(events, [promise_of(draft)])
    return stored.seq


@task
def publish_pending(plan: Planned, clock: Clock) -> tuple[Finding, ...]:
    """Seal every package the ledger promised, oldest first, and return what could not be: a draft that is not on this machine.

    One lost draft must not stop every other day, nor may any day pass while it is lost. Where another account seals, nothing is sealed
    here: how long that may take is judged by the daily seal.

    Raises:
        EvidenceError: a draft changed, or the archive is not as it was left.
        EvidenceUnavailableError: the archive is full or out of reach (retried).
    """
    workspace = workspace_of(plan)
    ledger = open_workspace_ledger(workspace, clock)
    if seals_itself(workspace):
        return seal_promised(workspace, ledger, clock)[1]
    _discard_sealed(workspace, {row.digest for row in ledger.pending_outbox()})
    return tuple(found for _, found in _promised(workspace, ledger) if isinstance(found, Finding))


def seal_promised(workspace: Workspace, ledger: Ledger, clock: Clock) -> tuple[tuple[Seal, ...], tuple[Finding, ...]]:
    """Seal every package the ledger promised, and return the seals and what is lost.

    Raises:
        EvidenceError: a draft changed, the key cannot sign or may not, or the archive is not as it was left.
        EvidenceUnavailableError: the archive is full, out of reach or not the one that was sealed to, or what signs does not answer.
    """
    seals, lost, archive = list[Seal](), list[Finding](), workspace.archive_dir
    _require_archive(workspace, ledger)
    signer, secrets = workspace_signer(workspace), workspace.secrets_in_use()
    for row, found in _promised(workspace, ledger):
        if isinstance(found, Finding):
            lost.append(found)
            continue
        if found is not None:
            head = last_seal(archive)
            events = ledger.read_events(head.last_event if head else 0)
            seals.append(publish(archive, found, events, clock(), secrets=secrets, signer=signer))
            _discard(workspace, row.digest)  # before the tick: a run killed in between ticks the package off, and leaves no draft
        ledger.mark_published(row.outbox_id)
    return tuple(seals), tuple(lost)


def _require_archive(workspace: Workspace, ledger: Ledger) -> None:
    """An archive that is not mounted looks like a new one: a second chain would begin in its place."""
    last = ledger.last_published()
    if last is not None and find_package(workspace.archive_dir, last.digest) is None:
        raise EvidenceUnavailableError(
            f"evidence archive {workspace.archive_dir}: expected package {last.digest}, which was sealed there, found none; mount the "
            "archive, or bring it back with `proofloop evidence restore`"
        )


@task
def clear_spool(plan: DailyPlan) -> None:
    """Remove the run's working files once its package is sealed."""
    shutil.rmtree(spool_of(plan), ignore_errors=True)


def read_evidence(workspace: Workspace, bundle_digest: str, read: Callable[[Path], R]) -> R:
    """Return what ``read`` makes of the folder of what an event cites: of its package, or of the draft of one that is still to be sealed.

    Raises:
        EvidenceError: there is neither, or the draft's files are not those of the digest.
        EvidenceUnavailableError: the storage does not answer.
    """
    return read_cited(workspace.archive_dir, drafts_dir(workspace), bundle_digest, read)


@task
def locate_package(plan: Planned, bundle_digest: str) -> tuple[str, int]:
    """Return the path of the sealed page that a decision cites, and the number of its seal: the draft's, and 0, until another seals it.

    Raises:
        EvidenceError: no package of the archive has this digest.
    """
    workspace = workspace_of(plan)
    package = find_package(workspace.archive_dir, bundle_digest)
    if package is None and not seals_itself(workspace):
        return str(read_evidence(workspace, bundle_digest, lambda folder: folder / PAGE)), 0
    if package is None:
        raise EvidenceError(f"archive: expected a package {bundle_digest}, found none; run `proofloop evidence verify`")
    return str(package.path / PAGE), package.seal.seq


@task
def write_preview(plan: DailyPlan | GatePlan, files: Mapping[str, bytes | Path]) -> str:
    """Write the pages and the decision of a day that is not recorded where a person can open them, and return the first page's path."""
    folder = workspace_of(plan).state_dir / "preview" / f"{_kind_of(plan)}-{plan.business_date}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in (name for name in files if name == DECISION or _PAGES.fullmatch(name)):
        content = files[name]
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    return str(folder / PAGE)


def spool_of(plan: DailyPlan) -> str:
    """Return the folder of a run's working files: the same for a rerun of the same systems and date."""
    name = hashlib.sha256(",".join(plan.system_ids).encode()).hexdigest()[:12]
    kind = f"preview-{os.getpid()}" if plan.is_preview else _kind_of(plan)
    return str(workspace_of(plan).spool_dir / f"{kind}-{plan.business_date}-{name}")


def _kind_of(plan: DailyPlan | GatePlan) -> str:
    if isinstance(plan, GatePlan):
        # Several candidates are tried on one day. A name may hold anything: what a path takes of it is to be read, the digest tells apart.
        told = re.sub(r"[^A-Za-z0-9.]+", "-", plan.candidate.version)[:_MOST_OF_A_NAME]
        compared = "\n".join((plan.candidate.version, plan.champion.version))
        return f"gate-{plan.system.system_id}-{told}-{hashlib.sha256(compared.encode()).hexdigest()[:8]}"
    return _KINDS.get(type(plan), "triage")


def drafts_dir(workspace: Workspace) -> Path:
    """Return the folder of drafts that are not sealed yet."""
    return workspace.spool_dir / "drafts"


def _draft(workspace: Workspace, bundle_digest: str) -> Draft | None:
    """Return the promised draft; None when it was sealed and cleared already, or is being cleared by another run just now."""
    try:
        return load_draft(drafts_dir(workspace), bundle_digest)
    except (EvidenceError, EvidenceUnavailableError):
        if find_package(workspace.archive_dir, bundle_digest) is None:
            raise
        _discard(workspace, bundle_digest)  # a run killed while it removed the draft left a part of it
        return None


def _promised(workspace: Workspace, ledger: Ledger) -> Iterator[tuple[OutboxRow, Draft | Finding | None]]:
    """Yield each promised package with its draft, with the finding that it is lost, or with None where it was sealed already."""
    for row in ledger.pending_outbox():
        try:
            yield row, _draft(workspace, row.digest)
        except EvidenceError as error:
            reason = f"package {row.digest} of event {row.event_seq} is promised and not sealed: {error}"
            yield row, Finding("evidence", row.digest, Verdict.INCONCLUSIVE, "evidence_pending", reason)


def _discard(workspace: Workspace, bundle_digest: str) -> None:
    """Remove a sealed draft; one of another account is left for that account to remove."""
    drafts = drafts_dir(workspace)
    with suppress(FileNotFoundError):  # another run sealed the same draft and cleared it just now
        if (drafts / bundle_digest.removeprefix("sha256:")).lstat().st_uid == os.geteuid():
            discard_draft(drafts, bundle_digest)


def _discard_sealed(workspace: Workspace, promised: set[str]) -> None:
    """Remove the drafts that another account sealed and could not remove."""
    folders = drafts_dir(workspace).glob("[0-9a-f]" * 64)
    for digest in sorted(f"sha256:{folder.name}" for folder in folders):
        if digest not in promised and find_package(workspace.archive_dir, digest) is not None:
            discard_draft(drafts_dir(workspace), digest)
