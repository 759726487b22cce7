"""Verify an archive as a stranger would: read-only, offline, trusting nothing but the bytes.

Put the rules of a valid archive here. What the bytes mean is ``seal.py`` and ``chain.py``.

The rules:
 * An archive without packages, or one that could not be read to the end, is INCONCLUSIVE; so is a last package without its seal
   (publishing was interrupted, or the seal was taken away).
 * Only packages and seal files lie in an archive, regular files all, and their numbers have no gap. (``.publish`` is no evidence.)
 * A manifest lists every file of its package and every seal file of the one before, each with its digest, and nothing else.
 * A seal names its number, the seal before, its manifest and its bundle, in canonical text.
 * The events of all packages together are one unbroken chain from the first event; each seal says where its stretch ends.
 * A head noted down elsewhere must be one of the seals. Without it, who rewrites or shortens the whole archive stays unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.domain.events import StoredEvent
from registry.errors import EvidenceError
from registry.evidence.chain import Link, extend, walk
from registry.evidence.draft import bundle_digest_of
from registry.evidence.files import FileRef, read_chunks, refer
from registry.evidence.listing import Listing, list_archive
from registry.evidence.names import LEDGER_FILE, SEALS_FOLDER, package_name
from registry.evidence.report import Problem, VerificationReport
from registry.evidence.seal import NO_PREVIOUS, ChainEnd, Seal, parse_manifest, parse_seal


def verify_archive(archive: Path, known_head: str = "") -> VerificationReport:
    """Look through the whole archive and report. ``known_head`` is the digest of a seal that was noted down elsewhere.

    Never raises for anything that lies in the archive: what cannot be judged is INCONCLUSIVE.
    """
    inspection = _Inspection(archive)
    try:
        inspection.run()
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the answer must not be a pass
        inspection.note(str(archive), "an archive that can be read to the end", f"{type(error).__name__}: {error}", Verdict.INCONCLUSIVE)
    report = inspection.report()
    return _compare_head(report, known_head) if known_head else report


def verify_against_ledger(report: VerificationReport, events: Iterable[StoredEvent]) -> VerificationReport:
    """Return ``report`` with the ledger compared: its chain must be whole and hold at each seal's end what was sealed.

    Equal hashes at an event mean equal events up to it, so every sealed event is compared. ``events`` is the whole ledger in order.
    """
    ends = {seal.last_event: seal for seal in report.seals}
    problems, end = [], ChainEnd()
    for event in events:
        try:
            end = extend(end, Link(event.seq, event.prev_hash, event.hash, event.body))
        except EvidenceError as error:
            problems.append(Problem("ledger", "an unbroken chain of events", str(error)))
            end = ChainEnd(event.seq, event.hash)
        seal = ends.get(event.seq)
        if seal and seal.last_hash != event.hash:
            problems.append(Problem(f"ledger event {event.seq}", f"{seal.last_hash} as sealed in {package_name(seal.seq)}", event.hash))
    sealed_to = report.head.last_event if report.head else 0
    if end.seq < sealed_to:
        problems.append(Problem("ledger", f"all {sealed_to} sealed events", f"{end.seq} events"))
    return replace(report.with_problems(problems), unsealed_event_count=max(0, end.seq - sealed_to))


def _compare_head(report: VerificationReport, known_head: str) -> VerificationReport:
    wanted = "sha256:" + known_head.strip().removeprefix("sha256:")
    if any(seal.digest == wanted for seal in report.seals):
        return report
    return report.with_problems(
        [Problem(SEALS_FOLDER, f"a seal with the digest noted down elsewhere, {wanted}", "none: rewritten or cut short")]
    )


class _Inspection:
    """One walk over an archive, package by package, collecting problems and counts."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._problems: list[Problem] = []
        self._seals: list[Seal] = []
        self._end = ChainEnd()
        self._packages = self._files = self._bytes = 0

    def note(self, file: str, expected: str, found: str, verdict: Verdict = Verdict.FAIL) -> None:
        self._problems.append(Problem(file, expected, found, verdict))

    def report(self) -> VerificationReport:
        return VerificationReport(tuple(self._problems), tuple(self._seals), self._packages, self._files, self._bytes, self._end.seq)

    def run(self) -> None:
        if not self._archive.is_dir():
            return self.note(str(self._archive), "a folder that holds an archive", "none", Verdict.INCONCLUSIVE)
        listing = list_archive(self._archive)
        self._problems.extend(listing.problems)
        if not listing.numbers:
            self.note(str(self._archive), "at least one sealed package", "an empty archive", Verdict.INCONCLUSIVE)
        for seq in listing.numbers:
            self._inspect(seq, listing)
        return None

    def _inspect(self, seq: int, listing: Listing) -> None:
        name = f"{seq:06d}"
        before = {path: self._digest(path) for path in sorted(listing.seals.get(seq - 1, ()))}
        package = {f"{name}/{file}": self._digest(f"{name}/{file}") for file in listing.packages.get(seq, ())}
        self._packages += seq in listing.packages
        seal = self._seal(seq, before) if f"{SEALS_FOLDER}/{name}.seal" in listing.seals[seq] else None
        if f"{SEALS_FOLDER}/{name}.sha256" in listing.seals[seq]:
            self._compare_manifest(name, package | before, seal)
        if seal:
            self._compare_bundle(name, package, seal)
        if f"{name}/{LEDGER_FILE}" in package:
            self._follow_chain(name, seal)
        if seal:
            self._seals.append(seal)
            self._end = seal.end
        self._note_unread_signatures(seq, listing)

    def _seal(self, seq: int, before: dict[str, str]) -> Seal | None:
        file = f"{SEALS_FOLDER}/{seq:06d}.seal"
        try:
            seal = parse_seal(self._read(file), file)
        except EvidenceError as error:
            self.note(file, "canonical text", str(error))
            return None
        previous = before.get(f"{SEALS_FOLDER}/{seq - 1:06d}.seal", NO_PREVIOUS)
        if seal.seq != seq:
            self.note(file, f"seq {seq}", f"seq {seal.seq}")
        if seal.prev != previous:
            self.note(file, f"prev {previous}, the digest of the seal before", f"prev {seal.prev}")
        return seal

    def _compare_manifest(self, name: str, found: dict[str, str], seal: Seal | None) -> None:
        file = f"{SEALS_FOLDER}/{name}.sha256"
        content = self._read(file)
        if seal and digest_bytes(content) != seal.manifest_digest:
            self.note(file, f"{seal.manifest_digest} as {SEALS_FOLDER}/{name}.seal says", digest_bytes(content))
        try:
            listed = parse_manifest(content, file)
        except EvidenceError as error:
            return self.note(file, "a canonical manifest", str(error))
        if seal and len(listed) != seal.file_count:
            self.note(file, f"{seal.file_count} files as {SEALS_FOLDER}/{name}.seal says", f"{len(listed)}")
        for path in sorted(listed.keys() - found.keys()):
            self.note(path, f"{listed[path]} as {file} says", "no such file")
        for path in sorted(found.keys() - listed.keys()):
            self.note(path, f"only files that {file} lists", "an added file")
        for path in sorted(path for path in listed.keys() & found.keys() if listed[path] != found[path]):
            self.note(path, f"{listed[path]} as {file} says", found[path])
        return None

    def _compare_bundle(self, name: str, package: dict[str, str], seal: Seal) -> None:
        files = (FileRef(path.partition("/")[2], digest, 0) for path, digest in package.items())
        bundle = bundle_digest_of(file for file in files if file.name != LEDGER_FILE)
        if bundle != seal.bundle_digest:
            self.note(name, f"bundle {seal.bundle_digest} as {SEALS_FOLDER}/{name}.seal says", f"bundle {bundle}")

    def _follow_chain(self, name: str, seal: Seal | None) -> None:
        file = f"{name}/{LEDGER_FILE}"
        try:
            with (self._archive / file).open("rb") as lines:
                end = walk(self._end, lines)
        except EvidenceError as error:
            return self.note(file, f"an unbroken chain after event {self._end.seq}", str(error))
        first = self._end.seq + 1 if end.seq > self._end.seq else None
        if seal and (seal.first_event, seal.end) != (first, end):
            self.note(
                file, f"events to {seal.last_event} {seal.last_hash} as {SEALS_FOLDER}/{name}.seal says", f"events to {end.seq} {end.hash}"
            )
        self._end = end
        return None

    def _note_unread_signatures(self, seq: int, listing: Listing) -> None:
        """A signature that nothing here checks must not look checked."""
        for path in sorted(path for path in listing.seals[seq] if path.endswith((".sig", ".tsr"))):
            self.note(path, "seals without signatures", "a signature that was not checked", Verdict.INCONCLUSIVE)

    def _digest(self, relative: str) -> str:
        try:
            ref = refer(self._archive / relative)
        except OSError as error:
            self.note(relative, "a file that can be read", error.strerror or str(error), Verdict.INCONCLUSIVE)
            return "unread"
        self._files += 1
        self._bytes += ref.size_bytes
        return ref.digest

    def _read(self, relative: str) -> bytes:
        return b"".join(read_chunks(self._archive / relative))
