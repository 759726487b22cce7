"""The archive under closures: verified once a run, and what of it each closure is judged from.

Put tasks here that read sealed packages, or lists, for closures. What a closure makes of them is ``checks/closure_archive.py``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.closure_run import ArchiveRead, ClosureKnown, ClosurePlan, SealedPackage, WindowRef, WindowToRedo
from registry.domain.decision import Verdict
from registry.domain.population import PopulationRead
from registry.domain.recurrence import WindowDecision
from registry.domain.versions import VersionClaim, versions_in_force
from registry.domain.work import Case, StepKind
from registry.errors import EvidenceError
from registry.evidence.packages import PackageSummary, find_package, list_packages
from registry.evidence.report import VerificationReport
from registry.evidence.sealed_days import POLICIES
from registry.evidence.sealed_events import read_sealed_events
from registry.evidence.verify import verify_against_ledger, verify_archive
from registry.policies.recurrence import read_recurrence_policy
from registry.program import program_versions
from registry.sealing import known_signers, signer_problems
from registry.sources.plan import Redact
from registry.window_records import read_sealed_window, read_window_decision
from reports.recurrence_package import inputs_name
from tasks.engine import task
from tasks.ledger import Clock, ledger_of
from tasks.lookups import count_affected
from tasks.workspace import workspace_of

_PACKAGE = re.compile(r"(?:seals/)?([0-9]{6})(?=$|[./ ])")
_CITES = b'"bundle_digest"'


@task
def read_archive(plan: ClosurePlan, clock: Clock) -> ArchiveRead:
    """Verify the whole archive offline, compare it with the ledger, and return it by its packages.

    Raises:
        EvidenceUnavailableError: the storage does not answer (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace = workspace_of(plan)
    archive, ledger = workspace.archive_dir, ledger_of(plan, clock)
    report = verify_archive(archive, signers=known_signers(workspace)).with_problems(signer_problems(workspace))
    report = verify_against_ledger(report, ledger.read_events())
    try:
        cited = _citing(archive)
    except EvidenceError:  # the report says what is wrong with it
        cited = {}
    problems = _problems(report)
    packages = {
        one.seal.bundle_digest: SealedPackage(one.seal.seq, problems.get(one.seal.seq, ""), cited.get(one.seal.bundle_digest, ()))
        for one in list_packages(archive)
    }
    reason = f"{report.problems[0]}" if report.problems else ""
    return ArchiveRead(report.verdict, reason, report.head.digest if report.head else "", packages)


@task
def read_windows_to_redo(plan: ClosurePlan, known: ClosureKnown, clock: Clock) -> tuple[WindowToRedo, ...]:
    """Return the judgements of an issue's window with what they are judged again from.

    Raises:
        EvidenceUnavailableError: the storage does not answer (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    from registry.ledger.closures import read_claims  # brings SQLAlchemy

    archive = workspace_of(plan).archive_dir
    claims = read_claims(ledger_of(plan, clock), known.case.issue.system_id) if known.windows else ()
    packages = {one.seal.bundle_digest: one for one in list_packages(archive)} if known.windows else {}
    return tuple(_to_redo(ref, packages.get(ref.bundle_digest), known, claims) for ref in known.windows)


@task
def count_population(plan: ClosurePlan, case: Case, redact: Redact) -> PopulationRead | None:
    """Count the list of the newest recovery again, from the very file that it cites; None where no recovery was recorded.

    Raises:
        SourceUnavailableError: storage that holds the list does not answer (retried).
    """
    step = case.latest(StepKind.RECOVERY)
    return count_affected(workspace_of(plan), step.document, redact) if step else None


def packages_by_event(archive: Path) -> dict[int, str]:
    """Return the name of the package that each sealed event lies in."""
    return {
        seq: one.path.name
        for one in list_packages(archive)
        if one.seal.first_event
        for seq in range(one.seal.first_event, one.seal.last_event + 1)
    }


def read_window(archive: Path, ref: WindowRef) -> WindowDecision | None:
    """Return a judged window as its package holds it; None where it is not what its event cites: the archive's check says why."""
    package = find_package(archive, ref.bundle_digest)
    path = package.path / ref.record if package else None
    if path is None or not path.is_file():
        return None
    content = path.read_bytes()
    try:
        return read_window_decision(content) if digest_bytes(content) == ref.record_digest else None
    except EvidenceError:
        return None


def _to_redo(ref: WindowRef, package: PackageSummary | None, known: ClosureKnown, claims: tuple[VersionClaim, ...]) -> WindowToRedo:
    if package is None:
        return WindowToRedo(ref, reason=f"package {ref.bundle_digest} is not in the archive")
    try:
        table = (package.path / POLICIES).read_bytes()
        if digest_bytes(table) != ref.policy_digest:
            return WindowToRedo(ref, reason=f"{POLICIES} is not the table that event {ref.seq} names")
        sealed = read_sealed_window((package.path / inputs_name(ref.record)).read_bytes())
        record, policy = (package.path / ref.record).read_bytes(), read_recurrence_policy(table)
    except (OSError, EvidenceError) as error:
        return WindowToRedo(ref, reason=str(error))
    fix = next((found for seq, found in reversed(known.fixes) if seq <= sealed.events), None)
    versions = versions_in_force(claim for claim in claims if claim.seq <= sealed.events)
    return WindowToRedo(ref, sealed, policy, record, fix, versions, program=program_versions())


def _citing(archive: Path) -> dict[str, tuple[int, ...]]:
    """Return the sealed events that cite each package."""
    found: dict[str, list[int]] = {}
    for event in read_sealed_events(archive):
        if _CITES in event.body:
            bundle = json.loads(event.body)["data"].get("bundle_digest")
            found.setdefault(str(bundle), []).append(event.seq)
    return {bundle: tuple(events) for bundle, events in found.items()}


def _problems(report: VerificationReport) -> dict[int, str]:
    """Return what is wrong with each package, by its number: the first problem that says it was altered."""
    found: dict[int, str] = {}
    for problem in report.problems:
        named = _PACKAGE.match(problem.file)
        if named and problem.verdict is Verdict.FAIL:
            found.setdefault(int(named[1]), str(problem))
    return found
