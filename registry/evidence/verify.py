"""Verify an archive as a stranger would: read-only, offline, trusting nothing but the bytes.

Put the rules of a valid archive here; ``verify.sh`` has the same ones. What the bytes mean is ``seal.py``, ``chain.py`` and
``ssh_signature.py``; the walk that compares them is ``inspection.py``.

The rules:
 * An archive without packages, or one that could not be read to the end, is INCONCLUSIVE; so is a last package without its seal
   (publishing was interrupted, or the seal was taken away).
 * Only packages and seal files lie in an archive, regular files all, and their numbers have no gap. (``.publish``, ``packages.txt`` and
   ``verify.sh`` are no evidence; a ``verify.sh`` that is not this program's is INCONCLUSIVE.)
 * A manifest lists every file of its package and every seal file of the one before, each with its digest, and nothing else. A time token
   may arrive later than the manifest. A data file may be gone where a later sealed package lists it as removed.
 * A seal names its number, the seal before, its manifest and its bundle, in canonical text.
 * The events of all packages together are one unbroken chain from the first event; each seal says where its stretch ends.
 * Signatures: see ``signature_walk.py``.
 * Time tokens: see ``time_tokens.py``.
 * A partial archive has every seal, and the packages that ``packages.txt`` names; the report says so.
 * A head noted down elsewhere must be one of the seals. Without it, who rewrites or shortens the whole archive stays unseen.
 * A report names the level that was reached and what it leaves unseen, and every day without a seal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from registry.domain.decision import Verdict
from registry.domain.events import StoredEvent
from registry.errors import EvidenceError
from registry.evidence.chain import Link, extend
from registry.evidence.inspection import Inspection
from registry.evidence.levels import Level
from registry.evidence.names import SCRIPT_FILE, SEALS_FOLDER, package_name
from registry.evidence.report import Problem, VerificationReport
from registry.evidence.script import has_other_script
from registry.evidence.seal import ChainEnd
from registry.evidence.signers import Signers
from registry.evidence.time_tokens import TimeTokens, check_tokens


def verify_archive(
    archive: Path, known_head: str | None = None, signers: Signers | None = None, since: int = 0, time_roots: Path | None = None
) -> VerificationReport:
    """Look through the archive and report. Never raises for anything that lies in it: what cannot be judged is INCONCLUSIVE.

    Args:
        archive: Its folder.
        known_head: The digest of a seal that was noted down elsewhere; None where none was. No seal has an empty one.
        signers: Who may seal, from outside the archive; None where nobody is known.
        since: Look only at what came after this seal; 0 for everything. The report says so.
        time_roots: Root certificates of time authorities, from outside the archive; None where tokens are not checked.
    """
    inspection, tokens = Inspection(archive, signers, since), TimeTokens()
    try:
        inspection.run()
        tokens = check_tokens(archive, inspection.tokens, time_roots)
        if has_other_script(archive):
            inspection.note(
                SCRIPT_FILE, "the script that this program ships", "another: of another version, or altered", Verdict.INCONCLUSIVE
            )
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the answer must not be a pass
        inspection.note(str(archive), "an archive that can be read to the end", f"{type(error).__name__}: {error}", Verdict.INCONCLUSIVE)
    report = inspection.report().with_problems(tokens.problems)
    signed = Level.TIMED if tokens.hold else Level.SIGNED
    report = replace(report, notes=(*report.notes, *tokens.note), level=signed if inspection.is_signed else Level.MANIFESTS)
    return report if known_head is None else _compare_head(report, known_head)


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
    if any(seal.digest == wanted for seal in (*report.seals, *((report.base,) if report.base else ()))):
        return replace(report, level=Level.HEAD_KNOWN)
    # The seals before the one where a limited verification began were not read: the head may be one of them.
    verdict, found = (Verdict.INCONCLUSIVE, "none among those looked at") if report.base else (Verdict.FAIL, "none: rewritten or cut short")
    return report.with_problems([Problem(SEALS_FOLDER, f"a seal with the digest noted down elsewhere, {wanted}", found, verdict)])
