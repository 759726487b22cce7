"""Asking for a sign-off, and telling of releases: what `proofloop release` does beside the acts that are flows.

Put here what prepares, lists or shows releases on the command line; proposing one is the flow ``release_propose``, signing one off
``release_sign``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from checks.release_request import find_age_refusals, find_override_refusals, max_valid_days
from checks.release_sign_off import find_signer_refusals
from checks.release_signed import find_sign_off_standing
from deployments.handed_out import write_out
from flows.clock import now
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole
from registry.domain.release_acts import SignOffPapers, SignOffPlan, SignOffStanding
from registry.domain.release_run import KnownRelease, ReleaseDecision
from registry.domain.times import local_date
from registry.domain.work import Refusal
from registry.errors import ConfigurationError, EvidenceError
from registry.evidence.packages import find_package
from registry.policies.release import load_release_policy, read_release_policy
from registry.records import read_release_decision, read_sealed_release
from registry.settings import Workspace
from reports.release_page import render_release
from reports.triage_package import DECISION, INPUTS, PAGE, POLICIES
from tasks.release_papers import make_sign_off_request
from tasks.release_sign_off import load_sign_off_plan
from tasks.releases import meant_release, read_releases
from tasks.signatures import files_digest

_ALTERED = "find out who altered the archive: `proofloop evidence verify`"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was written, the decision beside it, and where the sealed page of the release is."""

    papers: SignOffPapers
    request_path: Path
    decision_path: Path
    page_path: Path


@dataclass(frozen=True, slots=True)
class ToldRelease:
    """A release as it is told: with its sealed decision (None where it cannot be read), its page, and who has signed and has to."""

    known: KnownRelease
    decision: ReleaseDecision | None
    page: str
    standing: SignOffStanding
    today: date


def ask(
    workspace: Workspace, release: str, by: str, role: OwnerRole, valid_days: int | None, *, override: bool, reason: str, out: Path
) -> Asked:
    """Write the request by which somebody would sign a release off, and the sealed decision beside it.

    Raises:
        ConfigurationError: nothing that this person could sign now, a time that the policy refuses, or a file that is there or cannot be
            written.
        EvidenceError: the sealed decision is not there, or is not what was recorded.
    """
    plan = load_sign_off_plan(str(workspace.root), release, now(), now)
    most = max_valid_days(plan.policy.sign_off, override=override)
    days = valid_days or most
    papers = make_sign_off_request(plan, (by, role), secrets.token_hex(16), days, override=override, reason=reason.strip())
    problems = [f"{refusal.reason}; {refusal.remedy}" for refusal in _unsignable(plan, papers)]
    problems += [f"--valid-days: expected 1 to {most}, found {days}; ask again when it has run out"] if not 1 <= days <= most else []
    beside = out.with_name(f"{out.stem}-decision.json")
    problems += [f"{path}: expected no such file, found one; name another" for path in (out, beside) if path.exists()]
    if problems:
        raise ConfigurationError(problems)
    folder = _sealed_folder(workspace, plan.release)
    write_out(beside, (folder / DECISION).read_bytes())
    write_out(out, papers.text.encode("ascii"))
    return Asked(papers, out, beside, folder / PAGE)


def tell(workspace: Workspace, names: Iterable[str] = ()) -> tuple[ToldRelease, ...]:
    """Return every release that was ever proposed, oldest first, or those that are meant by ``names``.

    Raises:
        ConfigurationError: a name that no release, or more than one, begins with.
        LedgerUnavailableError: the database is out of reach or locked.
    """
    at, releases, policy = now(), read_releases(workspace, now), load_release_policy(workspace.policies_dir)
    wanted = tuple(meant_release(name, releases) for name in names) or releases
    today = local_date(at, workspace.settings.timezone)
    return tuple(ToldRelease(one, *_sealed(workspace, one), find_sign_off_standing(one, policy.sign_off, at), today) for one in wanted)


def page_of(workspace: Workspace, known: KnownRelease, at: datetime) -> bytes:
    """Return the page of a release as it stands at an instant: with who signed, overrides first, and what was put in force.

    Raises:
        EvidenceError: the sealed decision or its inputs are not there, or of another version.
    """
    folder = _sealed_folder(workspace, known)
    policy = read_release_policy(_read(folder, POLICIES))
    inputs = read_sealed_release(_read(folder, INPUTS)).judged_with(policy)
    return render_release(read_release_decision(_read(folder, DECISION)), inputs, known=known, as_of=at)


def _unsignable(plan: SignOffPlan, papers: SignOffPapers) -> Iterable[Refusal]:
    """Yield why nobody should sign this: what recording would refuse anyway and signing cannot change."""
    yield from find_signer_refusals(plan, papers.request, find_sign_off_standing(plan.release, plan.policy.sign_off, plan.as_of))
    yield from find_override_refusals(plan, papers.request)
    yield from find_age_refusals(plan)


def _sealed(workspace: Workspace, known: KnownRelease) -> tuple[ReleaseDecision | None, str]:
    """Return the sealed decision and the path of its page; nothing where they cannot be read: a release must be listed all the same."""
    try:
        folder = _sealed_folder(workspace, known)
        return read_release_decision(_read(folder, DECISION)), str(folder / PAGE)
    except EvidenceError:
        return None, ""


def _sealed_folder(workspace: Workspace, known: KnownRelease) -> Path:
    """Return the folder of a release's package, whose decision is the recorded one and whose other files are those that were sealed."""
    package = find_package(workspace.archive_dir, known.bundle_digest)
    if package is None:
        expected = f"{known.release_id}: expected its package {known.bundle_digest} in the archive, found none"
        raise EvidenceError(f"{expected}; seal it with `proofloop evidence seal`, or see `proofloop evidence verify`")
    if (found := digest_bytes(_read(package.path, DECISION))) != known.decision_digest:
        expected = f"{package.path / DECISION}: expected the recorded decision, {known.decision_digest}, found {found}"
        raise EvidenceError(f"{expected}; {_ALTERED}")
    if (found := files_digest(package.path)) != known.bundle_digest:
        raise EvidenceError(f"{package.path}: expected the files that were sealed as {known.bundle_digest}, found {found}; {_ALTERED}")
    return package.path


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        told = f"{folder / name}: expected a file that was sealed, found {error.strerror}; see `proofloop evidence verify`"
        raise EvidenceError(told) from error
