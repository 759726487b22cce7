"""One issue as a sealed archive tells it: its story, its signals, and the packages that go with it.

Put here what reads an issue out of an archive for an export; the same events give the same story whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deployments.cli.issues import find_issue
from deployments.pasts import ArchivePast, KnownEvent, issues_of
from registry.domain.anchoring import Head
from registry.domain.events import EventKind
from registry.domain.issue import Issue
from registry.domain.issue_export import ExportedPackage, IssueExport, KnownReceipt, Reason, Step
from registry.domain.linking import ObservedSignal, linked_signals
from registry.domain.times import parse_instant
from registry.errors import EvidenceError
from registry.evidence.anchors import receipt_of
from registry.evidence.chain import Link, render_line
from registry.evidence.export_choice import PackageChoice, files_of
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.report import Problem
from registry.evidence.seal import ChainEnd, Seal
from registry.evidence.sealed_events import SealedEvent, read_sealed_events


@dataclass(frozen=True, slots=True)
class Told:
    """What an archive tells of an issue: its sealed events, their lines, the signals on it (relation, JSON).

    ``issue`` and ``export`` are None where the archive does not know the issue yet; with ``problems`` the export is not to be written.
    """

    issue: Issue | None
    events: tuple[SealedEvent, ...]
    lines: tuple[bytes, ...]
    signals: tuple[tuple[str, str], ...]
    export: IssueExport | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Signals:
    """The signals on an issue and when they were read; ``missing`` says why they cannot be told."""

    linked: tuple[tuple[str, str], ...] = ()
    read_on: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    missing: str = ""


def told_issue(archive: Path, issue_id: str, head: Seal, *, is_recorded: bool) -> Told:
    """Return what ``archive``, verified and ending at ``head``, tells of an issue.

    Raises:
        ConfigurationError: the archive knows no such issue, and the ledger does not either (``is_recorded``).
        EvidenceError: a sealed event cannot be read.
    """
    past = ArchivePast(archive)
    issues, kept = issues_of(past.events(head.last_event))
    if issue_id not in issues and is_recorded:
        return Told(None, (), (), (), None)
    issue = find_issue(issue_id, list(issues.values()))
    signals = _signals(past, issue, kept, issues.values())
    choice = PackageChoice(issue_id, {(issue.system_id, on) for on in signals.read_on}, signals.keys)
    trail = _Trail(issue_id)
    for event in read_sealed_events(archive):
        if event.seq <= head.last_event:
            choice.see(event)
            trail.see(event)
    packages = [package for package in list_packages(archive) if package.seal.seq <= head.seq]
    export = _export(issue, head, packages, choice, trail, signals)
    return Told(issue, tuple(trail.events), tuple(trail.lines), signals.linked, export, tuple(choice.problems))


class _Trail:
    """What belongs to the issue, as the sealed events pass by in order."""

    def __init__(self, issue_id: str) -> None:
        self._issue_id = issue_id
        self._end = ChainEnd()
        self.events: list[SealedEvent] = []
        self.lines: list[bytes] = []
        self.steps: list[Step] = []
        self.receipts: list[KnownReceipt] = []

    def see(self, event: SealedEvent) -> None:
        """Keep what is told of the issue, and every receipt of an anchor."""
        envelope, package = event.envelope(), event.package.seal.seq
        if envelope["issue"] == self._issue_id:
            self.events.append(event)
            self.lines.append(render_line(Link(event.seq, self._end.hash, event.hash, event.body)))
            as_of = parse_instant(envelope["as_of"])
            self.steps.append(Step(event.seq, envelope["kind"], as_of, envelope["actor"], package, envelope["data"]))
        elif envelope["kind"] == EventKind.HEAD_ANCHORED:
            self.receipts.append(KnownReceipt(event.seq, package, receipt_of(event)))
        self._end = ChainEnd(event.seq, event.hash)


def _signals(past: ArchivePast, issue: Issue, kept: Sequence[KnownEvent], issues: Iterable[Issue]) -> _Signals:
    symptom = {other.issue_id for other in issues if (other.system_id, other.fingerprint) == (issue.system_id, issue.fingerprint)}
    observed = {
        (event.envelope["subject"], date.fromisoformat(event.envelope["business_date"])): event.seq
        for event in kept
        if event.envelope["kind"] == EventKind.SIGNALS_OBSERVED and event.envelope["system"] == issue.system_id
    }
    try:
        found = past.signals(issue.system_id, issue.fingerprint, observed)
    except EvidenceError as error:  # the archive was verified: what is not there was removed under retention
        return _Signals(missing=str(error))
    events = ((event.seq, event.envelope) for event in kept if event.envelope["issue"] in symptom)
    linked = linked_signals(issue.issue_id, events, found)
    return _with_days(linked, found)


def _with_days(linked: tuple[tuple[str, str], ...], found: Sequence[ObservedSignal]) -> _Signals:
    bodies = {body for _, body in linked}
    mine = [signal for signal in found if signal.body in bodies]
    return _Signals(linked, frozenset(signal.observed_on.isoformat() for signal in mine), frozenset(signal.key for signal in mine))


def _export(
    issue: Issue, head: Seal, packages: Sequence[PackageSummary], choice: PackageChoice, trail: _Trail, signals: _Signals
) -> IssueExport:
    reasons = choice.finish(packages)
    chosen = [package for package in packages if package.seal.seq in reasons]
    return IssueExport(
        issue=issue,
        steps=tuple(trail.steps),
        packages=tuple(_package(package, reasons[package.seal.seq]) for package in chosen),
        package_count=len(packages),
        head=Head(head.seq, head.digest),
        sealed_at=head.sealed_at,
        last_event=head.last_event,
        signal_count=None if signals.missing else len(signals.linked),
        signals_missing=signals.missing,
        other_issue_count=choice.other_issues(reasons),
        erasures=tuple(choice.erasures),
        receipts=tuple(trail.receipts),
    )


def _package(package: PackageSummary, reasons: tuple[Reason, ...]) -> ExportedPackage:
    names = files_of(package)
    there = tuple(name for name in names if (package.path / name).is_file())
    gone = tuple(name for name in names if name not in there)
    return ExportedPackage(package.seal.seq, package.seal.sealed_at, package.seal.digest, reasons, there, gone)
