"""One walk over an archive, package by package, collecting problems and counts.

Put the comparison of bytes with what seals and manifests say here. Which rules there are is ``verify.py``, signatures are
``signature_walk.py``, files that may be gone ``removed.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.decision import Verdict
from registry.errors import EvidenceError
from registry.evidence.chain import walk
from registry.evidence.dates import days_without_seal
from registry.evidence.draft import bundle_digest_of
from registry.evidence.files import FileRef, read_chunks, refer
from registry.evidence.listing import Listing, list_archive
from registry.evidence.names import LEDGER_FILE, REMOVED_FILE, SEALS_FOLDER
from registry.evidence.removed import Excuse, read_excuses
from registry.evidence.report import REMOVAL_UNFINISHED, Problem, Removal, VerificationReport
from registry.evidence.rotation import find_rotations
from registry.evidence.seal import NO_PREVIOUS, ChainEnd, Seal, parse_manifest, parse_seal
from registry.evidence.signature_walk import SignatureWalk
from registry.evidence.signers import Signers

_UNREAD = "unread"


class Inspection:
    """One walk over ``archive``, from the package after ``since`` on."""

    def __init__(self, archive: Path, signers: Signers | None, since: int) -> None:
        self._archive = archive
        self._since = since
        self._signatures = SignatureWalk(signers, is_complete=since == 0)
        self._listing = Listing()
        self._excuses: dict[str, Excuse] = {}
        self._problems: list[Problem] = []
        self._removals: list[Removal] = []
        self._seals: list[Seal] = []
        self._base: Seal | None = None
        self._end = ChainEnd()
        self._packages = self._files = self._bytes = self._signed = self._events = self._late_tokens = 0

    @property
    def is_signed(self) -> bool:
        """Whether a known key signed the newest seal and nothing was wrong with any signature."""
        return self._signatures.is_signed

    @property
    def tokens(self) -> list[int]:
        """The seals, among those looked at, that have a time token."""
        return [
            seq for seq in self._listing.numbers if seq >= max(1, self._since) and self._has(seq, ".seal.tsr") and self._has(seq, ".seal")
        ]

    def note(self, file: str, expected: str, found: str, verdict: Verdict = Verdict.FAIL) -> None:
        """Add a problem."""
        self._problems.append(Problem(file, expected, found, verdict))

    def report(self) -> VerificationReport:
        """Return what was found so far."""
        return VerificationReport(
            problems=(*self._problems, *self._signatures.problems),
            seals=tuple(self._seals),
            package_count=self._packages,
            file_count=self._files,
            byte_count=self._bytes,
            event_count=self._events,
            signature_count=self._signed,
            removals=tuple(self._removals),
            notes=(*self._signatures.notes, *days_without_seal(self._seals)),
            base=self._base,
            is_partial=self._listing.named is not None,
        )

    def run(self) -> None:
        """Look through the archive."""
        if not self._archive.is_dir():
            return self.note(str(self._archive), "a folder that holds an archive", "none", Verdict.INCONCLUSIVE)
        self._listing = list_archive(self._archive)
        self._problems.extend(self._listing.problems)
        numbers = [seq for seq in self._listing.numbers if seq > self._since]
        if not numbers:
            self.note(str(self._archive), "at least one sealed package to look at", "none", Verdict.INCONCLUSIVE)
        self._read_excuses(numbers)
        if self._since:
            self._begin_after(self._since)
        for seq in numbers:
            self._inspect(seq)
        return self._signatures.finish()

    def _read_excuses(self, numbers: Iterable[int]) -> None:
        listing = self._listing
        lists = [seq for seq in numbers if REMOVED_FILE in listing.packages.get(seq, ()) and self._has(seq, ".seal")]
        self._excuses, problems = read_excuses(self._read, lists, self._since)
        self._problems.extend(problems)

    def _begin_after(self, seq: int) -> None:
        if not self._has(seq, ".seal"):
            return self.note(f"{SEALS_FOLDER}/{seq:06d}.seal", "the seal to begin after", "no file", Verdict.INCONCLUSIVE)
        self._base = self._seal(seq, None)
        if self._base:
            self._end = self._base.end
        return self._visit_signature(seq, self._base, None)

    def _inspect(self, seq: int) -> None:
        name, names = f"{seq:06d}", self._listing.packages.get(seq, ())
        before = {path: self._digest(path) for path in sorted(self._listing.seals.get(seq - 1, ()))}
        package = {f"{name}/{file}": self._digest(f"{name}/{file}") for file in names}
        self._packages += seq in self._listing.packages
        seal = self._seal(seq, before) if self._has(seq, ".seal") else None
        if self._has(seq, ".sha256"):
            self._compare_manifest(name, package, before, seal)
        rotations = self._follow_chain(name, seal) if LEDGER_FILE in names else None
        if self._has(seq, ".seal"):
            self._visit_signature(seq, seal, rotations)
            self._signed += self._has(seq, ".seal.sig")
        if seal:
            self._compare_stretch(name, seal)
            self._seals.append(seal)
            self._end = seal.end

    def _seal(self, seq: int, before: dict[str, str] | None) -> Seal | None:
        """Return the seal of ``seq``, compared with the seal files ``before`` it; None there: it is where the walk begins."""
        file = f"{SEALS_FOLDER}/{seq:06d}.seal"
        try:
            seal = parse_seal(self._read(file), file)
        except EvidenceError as error:
            self.note(file, "canonical text", str(error))
            return None
        if seal.seq != seq:
            self.note(file, f"seq {seq}", f"seq {seal.seq}")
        previous = NO_PREVIOUS if before is None else before.get(f"{SEALS_FOLDER}/{seq - 1:06d}.seal", NO_PREVIOUS)
        if before is not None and seal.prev != previous:
            self.note(file, f"prev {previous}, the digest of the seal before", f"prev {seal.prev}")
        return seal

    def _compare_manifest(self, name: str, package: dict[str, str], before: dict[str, str], seal: Seal | None) -> None:
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
        if seal:
            self._compare_bundle(name, listed, seal)
        if not self._listing.is_expected(int(name)):
            listed = {path: digest for path, digest in listed.items() if not path.startswith(f"{name}/")}
        return self._compare_files(file, listed, package | before)

    def _compare_files(self, file: str, listed: dict[str, str], found: dict[str, str]) -> None:
        for path in sorted(listed.keys() - found.keys()):
            self._note_missing(file, path, listed[path])
        for path in sorted(found.keys() - listed.keys()):
            if not path.endswith(".seal.tsr"):  # a time token arrives when it does: what it says is checked by itself
                self.note(path, f"only files that {file} lists", "an added file")
        for path in sorted(listed.keys() & found.keys()):
            if found[path] not in {listed[path], _UNREAD}:
                self.note(path, f"{listed[path]} as {file} says", found[path])
            elif path in self._excuses:
                said = f"{self._excuses[path].seal:06d}/{REMOVED_FILE}"
                self.note(path, f"no such file, as {said} says", REMOVAL_UNFINISHED, Verdict.INCONCLUSIVE)

    def _note_missing(self, file: str, path: str, digest: str) -> None:
        excuse = self._excuses.get(path)
        if excuse and excuse.digest == digest:
            self._removals.append(Removal(path, excuse.seal))
        elif self._may_be_excused_elsewhere(path):
            self.note(path, f"{digest} as {file} says", "no such file, and a list of removed files that is not here", Verdict.INCONCLUSIVE)
        else:
            self.note(path, f"{digest} as {file} says", "no such file")

    def _may_be_excused_elsewhere(self, path: str) -> bool:
        """Return whether a later package that this partial archive leaves out holds a list of removed files."""
        later = (seq for seq in self._listing.seals if f"{seq:06d}" > path[:6] and not self._listing.is_expected(seq))
        lists = (f"{seq:06d}/{REMOVED_FILE}\n".encode() in self._read(f"{SEALS_FOLDER}/{seq:06d}.sha256") for seq in later)
        return path[:6].isdigit() and any(lists)

    def _compare_bundle(self, name: str, listed: dict[str, str], seal: Seal) -> None:
        files = (FileRef(path.partition("/")[2], digest, 0) for path, digest in listed.items() if path.startswith(f"{name}/"))
        bundle = bundle_digest_of(file for file in files if file.name != LEDGER_FILE)
        if bundle != seal.bundle_digest:
            self.note(name, f"bundle {seal.bundle_digest} as {SEALS_FOLDER}/{name}.seal says", f"bundle {bundle}")

    def _follow_chain(self, name: str, seal: Seal | None) -> tuple[tuple[str, str], ...]:
        """Walk along the package's events and return the key rotations among them."""
        file = f"{name}/{LEDGER_FILE}"
        rotations: list[tuple[str, str]] = []
        try:
            with (self._archive / file).open("rb") as lines:
                end = walk(self._end, _noting(lines, rotations))
        except EvidenceError as error:
            self.note(file, f"an unbroken chain after event {self._end.seq}", str(error))
            return tuple(rotations)
        if seal and seal.end != end:
            found = f"events to {end.seq} {end.hash}"
            self.note(file, f"events to {seal.last_event} {seal.last_hash} as {SEALS_FOLDER}/{name}.seal says", found)
        self._events += end.seq - self._end.seq
        if seal is None:
            self._end = end
        return tuple(rotations)

    def _compare_stretch(self, name: str, seal: Seal) -> None:
        """A seal names the first event after the seal before, or none where its end is the same."""
        before = self._end
        first = before.seq + 1 if seal.last_event > before.seq else None
        if seal.first_event != first or (first is None and seal.end != before):
            self.note(f"{SEALS_FOLDER}/{name}.seal", f"events after {before.seq} {before.hash}", f"{seal.first_event}-{seal.last_event}")

    def _visit_signature(self, seq: int, seal: Seal | None, rotations: tuple[tuple[str, str], ...] | None) -> None:
        file = f"{SEALS_FOLDER}/{seq:06d}.seal"
        signature = self._read(f"{file}.sig") if self._has(seq, ".seal.sig") else None
        self._signatures.visit(seq, seal, (self._read(file), signature), rotations)

    def _has(self, seq: int, suffix: str) -> bool:
        return f"{SEALS_FOLDER}/{seq:06d}{suffix}" in self._listing.seals.get(seq, ())

    def _digest(self, relative: str) -> str:
        try:
            ref = refer(self._archive / relative)
        except OSError as error:
            self.note(relative, "a file that can be read", error.strerror or str(error), Verdict.INCONCLUSIVE)
            return _UNREAD
        self._files += 1
        self._bytes += ref.size_bytes
        return ref.digest

    def _read(self, relative: str) -> bytes:
        return b"".join(read_chunks(self._archive / relative))


def _noting(lines: Iterable[bytes], rotations: list[tuple[str, str]]) -> Iterator[bytes]:
    for line in lines:
        rotations.extend(find_rotations((line,)))
        yield line
