"""An export of one issue from end to end: told from the archive, put together with its packages, verified as a recipient would.

Put the order of an export here. What the archive tells of the issue is ``issue_told.py``, which packages go with it
``registry/evidence/export_choice.py``, how the folder is written ``export.py`` beside it, what the page says ``reports/export_page.py``.

The rules:
 * Everything comes from the sealed archive, also where there is a ledger: the same archive and issue give the same bytes.
 * An archive that does not verify, or a partial one, exports nothing.
 * Events of the ledger that are not sealed yet stop the export, and so does a decision whose package is still promised.
 * Nothing gets its name before it was verified as a recipient would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.cli.issues import history_entry, shown
from deployments.issue_told import Told, told_issue
from registry.domain.canonical import record_json
from registry.domain.decision import Verdict
from registry.domain.events import StoredEvent
from registry.domain.issue_export import (
    ARCHIVE_FOLDER,
    CONTENTS_FILE,
    DOSSIER_FILE,
    DOSSIER_PAGE,
    EVENTS_FILE,
    ISSUE_FILE,
    RECEIPTS_FILE,
    SIGNERS_FILE,
    Expectation,
    IssueExport,
)
from registry.errors import EvidenceError
from registry.evidence.export import require_room, write_export
from registry.evidence.export_signers import head_signature, signature_of, used_signers
from registry.evidence.files import refer
from registry.evidence.levels import Level
from registry.evidence.names import PACKAGES_FILE, SCRIPT_FILE, package_name
from registry.evidence.report import Problem, VerificationReport
from registry.evidence.signers import Signers, read_signers
from registry.evidence.verify import verify_archive


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the archive was found to be, and what was exported of it: None where it stopped the export."""

    report: VerificationReport
    export: IssueExport | None = None


def export_issue(
    archive: Path, issue_id: str, target: Path, signers: Signers | None = None, recorded: Sequence[StoredEvent] = ()
) -> Outcome:
    """Write the export of an issue into ``target``, unless something stops it.

    Args:
        archive: The whole archive; only read.
        issue_id: The issue.
        target: A folder that does not exist yet.
        signers: Who may seal, from outside the archive; needed where seals are signed.
        recorded: The issue's events in the ledger; empty where there is none to compare with.

    Raises:
        ConfigurationError: the archive knows no such issue, or the target cannot be made.
        EvidenceError: the export does not verify.
        EvidenceUnavailableError: the storage does not answer or is full.
    """
    require_room(target, archive)
    report = verify_archive(archive, signers=signers)
    report = report.with_problems(_partial(report))
    if report.verdict is not Verdict.PASS or report.head is None:
        return Outcome(report)
    told = told_issue(archive, issue_id, report.head, is_recorded=bool(recorded))
    report = report.with_problems((*told.problems, *_unsealed(told, recorded)))
    if report.verdict is not Verdict.PASS or told.export is None:
        return Outcome(report)
    keys, fingerprints = used_signers(archive, range(1, told.export.head.seal + 1), signers)
    writing = _Writing(told, told.export, fingerprints)
    packages = [package.seq for package in told.export.packages]
    files = _files(told, keys) | _dossier(archive, packages)
    write_export(target, archive, packages, told.export.head.seal, files, _info(told.export), writing.page)
    return Outcome(report, writing.export)


@dataclass(slots=True)
class _Writing:
    """The step between the copied packages and the page: verify as a recipient would, and note what is gone."""

    told: Told
    export: IssueExport
    fingerprints: tuple[str, ...]

    def page(self, folder: Path) -> bytes:
        """Return the page of the export in ``folder``.

        Raises:
            EvidenceError: the copied packages do not verify.
        """
        from reports.export_page import render_export  # brings Jinja

        signers = folder / SIGNERS_FILE
        known = read_signers(signers) if signers.exists() else None
        plainly = _passed(verify_archive(folder / ARCHIVE_FOLDER, signers=known))
        named = _passed(verify_archive(folder / ARCHIVE_FOLDER, self.export.head.digest, known))
        signature = signature_of(folder / ARCHIVE_FOLDER, self.export.head.seal)
        expected = Expectation(
            lines=plainly.lines(),
            lines_with_head=named.lines(),
            file_count=sum(path.is_file() for path in folder.rglob("*")) + 1,  # and the page itself
            last_listed=(folder / "manifest-sha256.txt").read_text(encoding="utf-8").splitlines()[-1].split(None, 1)[1],
            script_digest=refer(folder / ARCHIVE_FOLDER / SCRIPT_FILE).digest.removeprefix("sha256:"),
            levels=tuple((str(level), level.invisible) for level in Level),
            signature=head_signature(signature) if signature else None,
            fingerprints=self.fingerprints,
        )
        return render_export(self.export, expected)


def _passed(report: VerificationReport) -> VerificationReport:
    if report.verdict is not Verdict.PASS:
        raise EvidenceError(f"export: expected a copy that verifies, found {report.problems[0]}; nothing was written, export again")
    return report


def _partial(report: VerificationReport) -> tuple[Problem, ...]:
    return (Problem(PACKAGES_FILE, "a whole archive", "one that says it is partial", Verdict.INCONCLUSIVE),) if report.is_partial else ()


def _unsealed(told: Told, recorded: Iterable[StoredEvent]) -> tuple[Problem, ...]:
    """Compare the issue's events in the ledger with the sealed ones."""
    sealed = {event.seq: event.hash for event in told.events}
    waiting = [event.seq for event in recorded if event.seq not in sealed]
    other = [event for event in recorded if sealed.get(event.seq, event.hash) != event.hash]
    advice = f"{len(waiting)} that are not: seal them with `proofloop evidence seal` or `proofloop evidence seal-day`, then export again"
    problems = [Problem(f"ledger event {event.seq}", f"{sealed[event.seq]} as sealed", event.hash) for event in other]
    if waiting:
        problems.append(Problem(f"ledger events {_listed(waiting)}", "every event of the issue sealed", advice, Verdict.INCONCLUSIVE))
    return tuple(problems)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) if len(numbers) <= 5 else f"{numbers[0]} to {numbers[-1]}"


def _files(told: Told, keys: bytes) -> dict[str, bytes]:
    """Return what is made from the archive, by path."""
    assert told.export is not None and told.issue is not None  # noqa: S101 - for the type checker: it was chosen before
    history = [
        history_entry(event.seq, event.hash, event.envelope(), f"archive/{step.package:06d}")
        for event, step in zip(told.events, told.export.steps, strict=True)
    ]
    document, _ = shown(told.issue, history, told.signals)
    if told.export.signals_missing:
        document |= {"signals": None, "signals_missing": told.export.signals_missing}
    files = {
        ISSUE_FILE: _indented(document),
        EVENTS_FILE: b"".join(told.lines),
        CONTENTS_FILE: record_json(_contents(told.export)),
        RECEIPTS_FILE: record_json({"kind": "anchor_receipts", "schema_version": 1, "receipts": told.export.receipts}),
    }
    return files | ({SIGNERS_FILE: keys} if keys else {})


def _dossier(archive: Path, packages: Sequence[int]) -> dict[str, bytes]:
    """Return the dossier with its signatures, of the newest time that the issue was closed; nothing where it never was."""
    pages = [archive / package_name(seq) / DOSSIER_PAGE for seq in sorted(packages)]
    written = [page for page in pages if page.is_file()]
    return {DOSSIER_FILE: written[-1].read_bytes()} if written else {}


def _contents(export: IssueExport) -> dict[str, object]:
    return {
        "kind": "issue_export",
        "schema_version": 1,
        "issue": export.issue.issue_id,
        "head": export.head,
        "sealed_at": export.sealed_at,
        "last_event": export.last_event,
        "packages": export.packages,
        "of_packages": export.package_count,
        "signals": export.signal_count,
        "signals_missing": export.signals_missing,
        "erasures": export.erasures,
        "removed": export.removed,
        "other_issues": export.other_issue_count,
    }


def _indented(document: object) -> bytes:
    """As ``issue show --json`` prints it: names of columns may be any text."""
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False).encode("ascii") + b"\n"


def _info(export: IssueExport) -> dict[str, str]:
    return {
        "External-Identifier": export.issue.issue_id,
        "External-Description": "The sealed evidence of one issue; open index.html",
        "Bagging-Date": export.sealed_at.date().isoformat(),
        "Bag-Software-Agent": "proofloop evidence export",
        "Evidence-Head": f"{export.head.seal:06d} {export.head.digest}",
        "Evidence-Packages": f"{len(export.packages)} of {export.package_count}",
        "Evidence-Last-Event": str(export.last_event),
    }
