"""The archive: drafts become sealed packages, one after the other, each exactly once.

Put here what writes packages. Formats are ``seal.py`` and ``chain.py``, listing is ``packages.py``, judging an archive ``verify.py``.

The order of steps, each durable before the next, so that a kill anywhere leaves something that the next publisher finishes:
 * The package is put together in the workroom and renamed into the archive whole.
 * Then its manifest, then the signature of its seal, then its seal. Only the seal makes it evidence.
 * A package found without its seal is finished, never removed: it may be the only copy of something valid.
 * A draft that is sealed already is not sealed again: its seal is returned.
 * Every byte of a package is looked through for secrets here too, whoever drafted it: the publisher may be another account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.events import StoredEvent
from registry.errors import EvidenceError
from registry.evidence import index
from registry.evidence.chain import links_after, render_line, walk
from registry.evidence.draft import Draft, bundle_digest_of, refuse_secrets
from registry.evidence.files import (
    Checkpoint,
    FileRef,
    link_or_copy,
    locked,
    no_checkpoint,
    publish_file,
    refer,
    remove_tree,
    storage_errors,
    sync_folder,
    write_durably,
)
from registry.evidence.names import LEDGER_FILE, SEALS_FOLDER, WORKROOM, package_name, refuse_bad_names, seal_files, seal_path
from registry.evidence.packages import package_numbers, read_seal, sealed_numbers
from registry.evidence.rotation import require_continuity
from registry.evidence.script import put_script
from registry.evidence.seal import NO_PREVIOUS, ChainEnd, Seal, render_manifest, render_seal
from registry.evidence.secret_scan import SecretScanner
from registry.evidence.signing import Signer

CHECKPOINTS = (
    "locked",
    "staging",
    "staged",
    "package_published",
    "manifest_written",
    "manifest_published",
    "signature_written",
    "signature_published",
    "seal_written",
    "seal_published",
    "indexed",
)
"""The named points of ``publish`` that a crash may hit, in order; those of the signature only where one is made."""


def publish(
    archive: Path,
    draft: Draft,
    events: Iterable[StoredEvent],
    sealed_at: datetime,
    checkpoint: Checkpoint = no_checkpoint,
    secrets: Mapping[str, str] | None = None,
    signer: Signer | None = None,
) -> Seal:
    """Seal ``draft`` as the next package, with the ledger's ``events`` since the last seal, and return its seal.

    ``events`` may begin earlier than needed (in ascending order); what is sealed already is passed over. ``secrets`` maps names of
    environment variables to values that must not be sealed. Without ``signer`` the seal is not signed, which only an archive can have that
    never was.

    Safe to repeat and to run from several processes: a draft is sealed once.

    Raises:
        EvidenceError: the ledger does not continue what was sealed, a spool file changed or holds a secret, or the archive is not as it
            was left.
        EvidenceUnavailableError: the archive's storage does not answer or is full.
    """
    with storage_errors(f"evidence archive {archive}"), _publishing(archive):
        checkpoint("locked")
        head = _finish_interrupted(archive, sealed_at, signer, checkpoint)
        sealed_as = index.find(archive, draft.bundle_digest, head.seq if head else 0)
        if sealed_as:
            return read_seal(archive, sealed_as)
        digests = _put_package(archive, head, draft, events, checkpoint, secrets or {})
        return _seal_package(archive, head, digests, sealed_at, signer, checkpoint)


@contextmanager
def _publishing(archive: Path) -> Iterator[None]:
    workroom = archive / WORKROOM
    if not (workroom.is_dir() and (archive / SEALS_FOLDER).is_dir()):
        workroom.mkdir(parents=True, exist_ok=True)
        (archive / SEALS_FOLDER).mkdir(exist_ok=True)
        sync_folder(archive)
        sync_folder(archive.parent)
    with locked(workroom):
        put_script(archive, workroom)
        yield


def _finish_interrupted(archive: Path, sealed_at: datetime, signer: Signer | None, checkpoint: Checkpoint) -> Seal | None:
    """Return the head after sealing the package that a killed publisher left without its seal, if there is one."""
    packages, seals = package_numbers(archive), sealed_numbers(archive)
    if packages != list(range(1, len(packages) + 1)) or seals != packages[: len(seals)] or len(packages) - len(seals) > 1:
        raise EvidenceError(f"evidence archive {archive}: expected packages and seals without a gap, found otherwise; run evidence verify")
    head = _trusted_head(archive, seals[-1]) if seals else None
    require_continuity(archive, head.seq if head else 0, signer)
    if len(packages) > len(seals):
        return _seal_package(archive, head, _read_package(archive, packages[-1], head), sealed_at, signer, checkpoint)
    return head


def _trusted_head(archive: Path, seq: int) -> Seal:
    seal = read_seal(archive, seq)
    manifest = seal_path(archive, seq, ".sha256")
    found = refer(manifest).digest if manifest.exists() else "no file"
    if seal.seq != seq or found != seal.manifest_digest:
        raise EvidenceError(
            f"{SEALS_FOLDER}/{manifest.name}: expected {seal.manifest_digest} as sealed, found {found}; run evidence verify"
        )
    return seal


def _read_package(archive: Path, seq: int, head: Seal | None) -> tuple[dict[str, str], ChainEnd]:
    """Return file digests and ledger end of an unsealed package, refusing one that no publisher can have left."""
    folder = archive / package_name(seq)
    refs = [refer(path) for path in sorted(folder.iterdir())]
    refuse_bad_names(ref.name for ref in refs if ref.name != LEDGER_FILE)
    if LEDGER_FILE not in {ref.name for ref in refs}:
        raise EvidenceError(
            f"{folder.name}/{LEDGER_FILE}: expected the ledger's events in this unsealed package, found no file; run evidence verify"
        )
    with (folder / LEDGER_FILE).open("rb") as lines:
        return {ref.name: ref.digest for ref in refs}, walk(_end_of(head), lines)


def _put_package(
    archive: Path, head: Seal | None, draft: Draft, events: Iterable[StoredEvent], checkpoint: Checkpoint, secrets: Mapping[str, str]
) -> tuple[dict[str, str], ChainEnd]:
    staged = archive / WORKROOM / "staged"
    remove_tree(staged)
    staged.mkdir()
    scanners = {name: SecretScanner(name, secrets) for name in (LEDGER_FILE, *(ref.name for ref in draft.files))}
    digests = {ref.name: _stage_file(draft, ref, staged, scanners[ref.name]) for ref in draft.files}
    checkpoint("staging")
    links = list(links_after(_end_of(head), events))
    lines = scanners[LEDGER_FILE].pass_through([b"".join(map(render_line, links))])
    digests[LEDGER_FILE] = write_durably(staged / LEDGER_FILE, lines).digest
    _refuse_secrets(staged, scanners.values())
    sync_folder(staged)
    checkpoint("staged")
    staged.rename(archive / package_name((head.seq if head else 0) + 1))
    sync_folder(archive)
    checkpoint("package_published")
    return digests, ChainEnd(links[-1].seq, links[-1].hash) if links else _end_of(head)


def _end_of(head: Seal | None) -> ChainEnd:
    return head.end if head else ChainEnd()


def _refuse_secrets(staged: Path, scanners: Iterable[SecretScanner]) -> None:
    findings = {finding for scanner in scanners for finding in scanner.findings}
    if findings:
        remove_tree(staged)
    refuse_secrets(findings)


def _stage_file(draft: Draft, ref: FileRef, staged: Path, scanner: SecretScanner) -> str:
    if not (draft.path / ref.name).exists():
        raise EvidenceError(f"{draft.path / ref.name}: expected the drafted file, found nothing; run the flow of that day again")
    link_or_copy(draft.path / ref.name, staged / ref.name)
    found = refer(staged / ref.name, scanner.feed)
    if found != ref:
        raise EvidenceError(
            f"{draft.path / ref.name}: expected {ref.digest} as drafted, found {found.digest}; run the flow of that day again"
        )
    return found.digest


def _seal_package(
    archive: Path,
    head: Seal | None,
    content: tuple[Mapping[str, str], ChainEnd],
    sealed_at: datetime,
    signer: Signer | None,
    checkpoint: Checkpoint,
) -> Seal:
    digests, end = content
    seq = head.seq + 1 if head else 1
    manifest = _publish_manifest(archive, seq, digests, checkpoint)
    before = _end_of(head)
    seal = Seal(
        seq=seq,
        prev=head.digest if head else NO_PREVIOUS,
        sealed_at=sealed_at,
        manifest_digest=digest_bytes(manifest),
        file_count=manifest.count(b"\n"),
        first_event=before.seq + 1 if end.seq > before.seq else None,
        last_event=end.seq,
        last_hash=end.hash,
        bundle_digest=bundle_digest_of(FileRef(name, digest, 0) for name, digest in digests.items() if name != LEDGER_FILE),
    )
    _publish_signature(archive, seal, signer, checkpoint)
    publish_file(seal_path(archive, seq), render_seal(seal), archive / WORKROOM, lambda: checkpoint("seal_written"))
    checkpoint("seal_published")
    index.add(archive, seq, seal.bundle_digest)
    checkpoint("indexed")
    return seal


def _publish_manifest(archive: Path, seq: int, digests: Mapping[str, str], checkpoint: Checkpoint) -> bytes:
    """Put the manifest in place and return it. One of a killed publisher stays, although a time token may have come since."""
    path, workroom = seal_path(archive, seq, ".sha256"), archive / WORKROOM
    package = {f"{package_name(seq)}/{name}": digest for name, digest in digests.items()}
    before = {file: refer(archive / file).digest for file in seal_files(archive, seq - 1)}
    manifest = render_manifest(package | before)
    if not path.exists():
        publish_file(path, manifest, workroom, lambda: checkpoint("manifest_written"))
    elif path.read_bytes() != manifest:
        untimed = {file: digest for file, digest in before.items() if not file.endswith(".seal.tsr")}
        manifest = render_manifest(package | untimed)
        if path.read_bytes() != manifest:
            raise EvidenceError(
                f"{SEALS_FOLDER}/{path.name}: expected the manifest of the unsealed package, found another; run evidence verify"
            )
    checkpoint("manifest_published")
    return manifest


def _publish_signature(archive: Path, seal: Seal, signer: Signer | None, checkpoint: Checkpoint) -> None:
    """Put the signature in place before the seal, so that no seal is ever seen without it. One of a killed publisher is replaced."""
    path = seal_path(archive, seal.seq, ".seal.sig")
    if signer is None:
        return path.unlink(missing_ok=True)
    publish_file(path, signer.sign(render_seal(seal)), archive / WORKROOM, lambda: checkpoint("signature_written"))
    return checkpoint("signature_published")
