"""Removing sealed files under retention: what is there, the package that says what goes and why, and then the files.

Put reading of what is kept and taking away of files here. What is due is ``checks/retention.py``; how a removal excuses a missing file when
an archive is verified is ``removed.py``.

The order, so that a kill anywhere leaves something that the next run finishes:
 * A package with ``certificate.json`` and ``removed.sha256`` is drafted, cited by an event, and sealed like every other.
 * Only then, if an event of the ledger cites that package, the files go, each compared with its digest before. One that changed, or that a
   hold or an open issue keeps since, stays and is told.
 * A ledger file, a seal, a certificate and a list are never removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from registry.domain.canonical import digest_bytes, plain, record_json
from registry.domain.events import EventKind
from registry.domain.retention import Approval, KeptFile, KeptPackage, LegalHold, RetentionItem, RetentionPolicy
from registry.domain.times import local_date
from registry.errors import EvidenceError
from registry.evidence.draft import bundle_digest_of
from registry.evidence.files import Checkpoint, FileRef, locked, no_checkpoint, refer, storage_errors, sync_folder
from registry.evidence.names import LEDGER_FILE, REMOVED_FILE, SEALS_FOLDER, WORKROOM, seal_path
from registry.evidence.packages import PackageSummary, list_packages, sealed_numbers
from registry.evidence.removed import read_excuses
from registry.evidence.seal import parse_manifest, render_manifest
from registry.evidence.sealed_events import read_sealed_events

CERTIFICATE, REQUEST, REQUEST_SIGNATURE = "certificate.json", "request.json", "request.json.sig"
# The kinds of events that cite a package about the event's own system.
_OF_ONE_SYSTEM = (
    *(EventKind.TRIGGERS_EVALUATED, EventKind.REFERENCE_FROZEN, EventKind.GATE_DECIDED),
    *(EventKind.RELEASE_PROPOSED, EventKind.RELEASE_SIGNED),
)
REMOVAL_CHECKPOINTS = ("removal_begun", "file_removed", "removal_done")
"""The named points of ``finish_removals`` that a crash may hit."""

_NEVER = frozenset({LEDGER_FILE, REMOVED_FILE, CERTIFICATE, REQUEST, REQUEST_SIGNATURE})
_STATEMENT = (
    "The files listed were removed after this certificate was sealed. Their digests stay in the manifests of their packages; the events of "
    "those packages stay whole. Copies elsewhere (object stores, exports, backups) are not removed by this."
)

IssueDays = Collection[tuple[str, str, date]]
"""(issue id, system, business date) of every run that read a signal which hangs on an issue."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What one pass took away, and what a sealed list names that stays because of a hold."""

    paths: tuple[str, ...]
    waiting: tuple[str, ...]


def kept_packages(archive: Path, issue_days: IssueDays, zone: str) -> tuple[KeptPackage, ...]:
    """Return every sealed package with the systems and issues that its files belong to, and its files that are there.

    Raises:
        EvidenceError: a seal, a manifest or the sealed events cannot be read: nothing can be said of what may go.
    """
    runs = _Runs(archive, issue_days)
    with storage_errors(f"evidence archive {archive}"):
        return tuple(
            KeptPackage(found.seal.seq, local_date(found.seal.sealed_at, zone), *runs.belongings(found), tuple(_kept_files(archive, found)))
            for found in list_packages(archive)
        )


def removal_request(
    items: Sequence[RetentionItem], policy: RetentionPolicy, holds: Sequence[LegalHold], on: date, reason: str
) -> dict[str, Any]:
    """Return what is asked for: the files, the rules they are due under, the holds that were looked at; the same facts, the same."""
    kinds = {item.kind for item in items}
    request: dict[str, Any] = plain(
        {
            "kind": "removal_request",
            "schema_version": 1,
            "on": on,
            "reason": reason,
            "policy_digest": policy.digest,
            "rules": [rule for rule in policy.rules if rule.kind in kinds],
            "hold_check": {"holds_in_force": list(holds), "holding_these_files": []},
            "files": [{**plain(item), "path": item.path} for item in items],
        }
    )
    return request


def removal_files(request: Mapping[str, Any], approval: Approval, signature: bytes = b"") -> dict[str, bytes]:
    """Return the files of the package that a removal is sealed with."""
    asked = record_json(request)
    certificate = {
        **request,
        "kind": "removal_certificate",
        "request_digest": digest_bytes(asked),
        "approved_by": approval,
        "statement": _STATEMENT,
    }
    files = {
        CERTIFICATE: record_json(certificate),
        REMOVED_FILE: render_manifest({item["path"]: item["digest"] for item in request["files"]}),
    }
    return files | ({REQUEST: asked, REQUEST_SIGNATURE: signature} if signature else {})


def finish_removals(
    archive: Path, approved: Mapping[str, str], is_held: Callable[[str], bool], checkpoint: Checkpoint = no_checkpoint
) -> Removed:
    """Remove every file that a sealed list names and that is still there, unless it is held. Safe to repeat.

    ``approved`` maps each package that the ledger cites as a removal to the digest of its certificate: a list in any other is nobody's.

    Raises:
        EvidenceError: a list is not what was sealed, the ledger cites none such, or a file is not what its list says; nothing more was
            removed.
        EvidenceUnavailableError: the archive's storage does not answer.
    """
    with storage_errors(f"evidence archive {archive}"):
        if not (archive / WORKROOM).is_dir():
            return Removed((), ())
        with locked(archive / WORKROOM):
            checkpoint("removal_begun")
            removed = _remove(archive, _listed(archive, approved), is_held, checkpoint)
            checkpoint("removal_done")
    return removed


def _remove(archive: Path, listed: Mapping[str, str], is_held: Callable[[str], bool], checkpoint: Checkpoint) -> Removed:
    there = [path for path in sorted(listed) if (archive / path).is_symlink() or (archive / path).exists()]
    waiting = tuple(path for path in there if is_held(path))
    going = [path for path in there if path not in set(waiting)]
    for path in going:
        found = refer(archive / path).digest
        if found != listed[path]:
            raise EvidenceError(f"{path}: expected {listed[path]} before its removal, found {found}; run `proofloop evidence verify`")
        (archive / path).unlink()
        sync_folder((archive / path).parent)
        checkpoint("file_removed")
    return Removed(tuple(going), waiting)


def _listed(archive: Path, approved: Mapping[str, str]) -> dict[str, str]:
    """Return path and digest of everything that sealed lists name, after comparing each list with its manifest and the ledger."""
    lists = [seq for seq in sealed_numbers(archive) if (archive / f"{seq:06d}" / REMOVED_FILE).exists()]
    for seq in lists:
        path = f"{seq:06d}/{REMOVED_FILE}"
        found, manifest = refer(archive / path).digest, _manifest(archive, seq)
        if manifest.get(path) != found:
            raise EvidenceError(f"{path}: expected the list that was sealed, found {found}; run `proofloop evidence verify`")
        if not _is_approved(f"{seq:06d}/", manifest, approved):
            cited = f"expected a list that an event {EventKind.EVIDENCE_REMOVED} of the ledger cites, found none that cites its package"
            raise EvidenceError(f"{path}: {cited}; nothing was removed: find out who put it there")
    excuses, problems = read_excuses(lambda path: (archive / path).read_bytes(), lists, 0)
    if problems:
        raise EvidenceError(f"{problems[0]}; nothing was removed: run `proofloop evidence verify`")
    refused = sorted(path for path in excuses if path.partition("/")[2] in _NEVER)
    if refused:
        raise EvidenceError(f"{refused[0]}: expected a list without ledger files and certificates, found it listed; nothing was removed")
    return {path: excuse.digest for path, excuse in excuses.items()}


def _is_approved(folder: str, manifest: Mapping[str, str], approved: Mapping[str, str]) -> bool:
    """Return whether the ledger cites the files that the manifest lists in ``folder``; what its seal says of them is not asked."""
    files = {path.removeprefix(folder): digest for path, digest in manifest.items() if path.startswith(folder)}
    bundle = bundle_digest_of(FileRef(name, digest, 0) for name, digest in files.items() if name != LEDGER_FILE)
    return bundle in approved and approved[bundle] == files.get(CERTIFICATE)


def _kept_files(archive: Path, package: PackageSummary) -> Iterator[KeptFile]:
    for path, digest in _manifest(archive, package.seal.seq).items():
        folder, _, name = path.partition("/")
        if folder != SEALS_FOLDER and name != LEDGER_FILE and (archive / path).is_file():
            yield KeptFile(name, digest, (archive / path).stat().st_size)


def _manifest(archive: Path, seq: int) -> dict[str, str]:
    path = seal_path(archive, seq, ".sha256")
    return parse_manifest(path.read_bytes(), f"{SEALS_FOLDER}/{path.name}")


class _Runs:
    """Which systems and issues each package is about: what the event that cites it decided, and what that run and its signals touched."""

    def __init__(self, archive: Path, issue_days: IssueDays) -> None:
        self._cited: dict[str, tuple[tuple[str, ...], str]] = {}
        self._issues: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._inside: dict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        for issue, system, on in issue_days:
            self._issues[system, on.isoformat()].add(issue)
        for event in read_sealed_events(archive):
            self._see(event.package.seal.seq, event.envelope())

    def belongings(self, package: PackageSummary) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return systems and issues of a package."""
        systems, issues = self._inside[package.seal.seq]
        decided, on = self._cited.get(package.seal.bundle_digest, ((), ""))
        touched = {issue for system in decided for issue in self._issues[system, on]}
        return tuple(sorted(set(decided) or systems)), tuple(sorted(touched | issues))

    def _see(self, seq: int, envelope: Mapping[str, Any]) -> None:
        system, issue, data = envelope["system"], envelope["issue"], envelope["data"]
        systems, issues = self._inside[seq]
        if system not in ("", "*"):
            systems.add(system)
        if issue:
            issues.add(issue)
            self._issues[system, envelope["business_date"]].add(issue)
        if envelope["kind"] == EventKind.TRIAGE_DECIDED:
            self._cited[data["bundle_digest"]] = (tuple(data["systems"]), envelope["business_date"])
        elif envelope["kind"] in _OF_ONE_SYSTEM:
            before, _ = self._cited.get(data["bundle_digest"], ((), ""))
            self._cited[data["bundle_digest"]] = (tuple(sorted({*before, system})), "")
