"""Drafts: the files of one run, collected in the spool under the digest of their content, before anything cites them.

Put here what happens before sealing. Publishing into the archive is ``archive.py``.

 * A draft's folder is named by its bundle digest: the digest over the sorted ``sha256sum`` manifest of its data files.
 * Same files, same digest, same folder: drafting again changes nothing.
 * A file that holds a secret refuses the whole draft; nothing of it stays on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.errors import EvidenceError
from registry.evidence.files import (
    Checkpoint,
    FileRef,
    locked,
    no_checkpoint,
    read_chunks,
    refer,
    remove_tree,
    storage_errors,
    sync_folder,
    write_durably,
)
from registry.evidence.names import refuse_bad_names
from registry.evidence.seal import render_manifest
from registry.evidence.secret_scan import SecretFinding, SecretScanner

DRAFT_CHECKPOINTS = ("draft_begun", "draft_written", "drafted")
"""The named points of ``draft_package`` that a crash may hit, in order."""

_UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class Draft:
    """A package before it is sealed: ``path`` is a folder of the spool that holds exactly ``files``."""

    bundle_digest: str
    path: Path
    files: tuple[FileRef, ...]


def bundle_digest_of(files: Iterable[FileRef]) -> str:
    """Return the digest that events cite: over the sorted ``sha256sum`` lines of the data files."""
    return digest_bytes(render_manifest({file.name: file.digest for file in files}))


def draft_package(
    spool: Path, files: Mapping[str, bytes | Path], *, secrets: Mapping[str, str] | None = None, checkpoint: Checkpoint = no_checkpoint
) -> Draft:
    """Write ``files`` (bytes, or a path to copy from) into the spool as one draft and return it.

    ``secrets`` maps names of environment variables to values that must not be sealed.

    Safe to repeat: the same files give the same draft.

    Raises:
        EvidenceError: no files, a bad name, a source that is not a regular file, or a secret in a file.
        EvidenceUnavailableError: the spool's storage does not answer or is full.
    """
    if not files:
        raise EvidenceError("evidence package: expected at least one data file, found none; seal the decision record")
    refuse_bad_names(files)
    with storage_errors(f"evidence spool {spool}"):
        spool.mkdir(parents=True, exist_ok=True)
        with locked(spool):
            return _write_draft(spool, files, secrets or {}, checkpoint)


def load_draft(spool: Path, bundle_digest: str) -> Draft:
    """Return the draft that an event cites, read back from the spool and checked.

    Raises:
        EvidenceError: the spool does not hold it, or its files are not those of its digest.
    """
    path = _draft_folder(spool, bundle_digest)
    with storage_errors(f"evidence spool {spool}"):
        if not path.is_dir():
            raise EvidenceError(f"evidence spool {spool}: expected draft {bundle_digest}, found none; run the flow of that day again")
        draft = _read_draft(path)
    if draft.bundle_digest != bundle_digest:
        raise EvidenceError(
            f"evidence draft {path}: expected digest {bundle_digest}, found {draft.bundle_digest}; run the flow of that day again"
        )
    return draft


def discard_draft(spool: Path, bundle_digest: str) -> None:
    """Remove a draft from the spool once its package is sealed, or what a killed removal left of it."""
    with storage_errors(f"evidence spool {spool}"):
        remove_tree(_draft_folder(spool, bundle_digest))


def _write_draft(spool: Path, files: Mapping[str, bytes | Path], secrets: Mapping[str, str], checkpoint: Checkpoint) -> Draft:
    unfinished = spool / _UNFINISHED
    remove_tree(unfinished)
    unfinished.mkdir()
    checkpoint("draft_begun")
    refs = _write_files(unfinished, files, secrets)
    sync_folder(unfinished)
    checkpoint("draft_written")
    return _put_in_place(unfinished, spool, refs, checkpoint)


def _write_files(folder: Path, files: Mapping[str, bytes | Path], secrets: Mapping[str, str]) -> tuple[FileRef, ...]:
    refs: list[FileRef] = []
    findings: set[SecretFinding] = set()
    for name, content in sorted(files.items()):
        scanner = SecretScanner(name, secrets)
        refs.append(write_durably(folder / name, scanner.pass_through(_chunks_of(name, content))))
        findings |= scanner.findings
    if findings:
        remove_tree(folder)
    refuse_secrets(findings)
    return tuple(refs)


def _chunks_of(name: str, content: bytes | Path) -> Iterable[bytes]:
    if isinstance(content, bytes):
        return [content]
    if not content.exists():
        raise EvidenceError(f"package file {name!r}: expected its content at {content}, found nothing; run the flow of that day again")
    return read_chunks(content)


def refuse_secrets(findings: Iterable[SecretFinding]) -> None:
    """Refuse to seal what holds a secret.

    Raises:
        EvidenceError: there is a finding.
    """
    places = sorted(f"{found.file} line {found.line}: {found.kind}" for found in findings)
    listed = "\n  ".join(places)
    if places:
        raise EvidenceError(
            f"evidence package: expected no secrets, found\n  {listed}\nremove them at the source and run again; nothing was sealed"
        )


def _put_in_place(unfinished: Path, spool: Path, refs: tuple[FileRef, ...], checkpoint: Checkpoint) -> Draft:
    digest = bundle_digest_of(refs)
    path = _draft_folder(spool, digest)
    if _is_intact(path, digest):
        remove_tree(unfinished)
        return Draft(digest, path, refs)
    remove_tree(path)  # present but altered since: the content just written replaces it
    unfinished.rename(path)
    sync_folder(spool)
    checkpoint("drafted")
    return Draft(digest, path, refs)


def _is_intact(path: Path, digest: str) -> bool:
    try:
        return path.is_dir() and _read_draft(path).bundle_digest == digest
    except EvidenceError:
        return False


def _read_draft(path: Path) -> Draft:
    refs = tuple(refer(file) for file in sorted(path.iterdir()))
    return Draft(bundle_digest_of(refs), path, refs)


def _draft_folder(spool: Path, bundle_digest: str) -> Path:
    return spool / bundle_digest.removeprefix("sha256:")
