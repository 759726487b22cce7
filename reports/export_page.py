"""The page of an export, for whoever receives it: the issue's story, what came with it and why, and how to check it with only a shell.

Put what the page says here. The commands are ``export_steps.py``; markup is the template's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.domain.events import EventKind
from registry.domain.issue_export import Expectation, ExportedPackage, IssueExport, Reason, Step
from registry.errors import ReportError
from reports import wording
from reports.export_steps import TOOLS, check_steps
from reports.rendering import render_page
from reports.triage_summary import Figure

_MAX_RECEIPTS = 5
_FIRST_FILES = ("report.html", "decision.json", "certificate.json")
_ISSUE_ID_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_EVENT_WORDS = {
    EventKind.ISSUE_OPENED: "Opened",
    EventKind.SIGNALS_JOINED: "Signals joined",
    EventKind.ISSUE_ESCALATED: "Escalated",
    EventKind.ISSUE_REOPENED: "Came back",
    EventKind.LATE_EVIDENCE_RECORDED: "Late evidence",
    EventKind.ISSUE_MOVED: "Moved",
    EventKind.SEVERITY_SET: "Severity set",
    EventKind.FIX_RELEASED: "Fix released",
}
_REASON_WORDS = {
    Reason.EVENTS: "events of the issue were sealed in it",
    Reason.DECISION: "the decision behind such an event",
    Reason.SIGNALS: "signals on the issue",
    Reason.HOLD: "a legal hold on the issue",
    Reason.ERASURE: "the record that narratives were erased",
    Reason.SEALING_KEY: "the change of the sealing key",
    Reason.REMOVAL: "the certificate and the list of removed files",
}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One line of the story."""

    when: str
    what: str
    detail: str
    by: str
    event: int
    number: str


@dataclass(frozen=True, slots=True)
class ShownPackage:
    """One package: its most telling files first."""

    number: str
    sealed: str
    why: str
    first_files: tuple[str, ...]
    other_files: tuple[str, ...]
    removed: tuple[str, ...]


def render_export(export: IssueExport, expected: Expectation) -> bytes:
    """Return the page: the same bytes for the same values.

    Raises:
        ReportError: the issue's id cannot stand in a command.
    """
    issue_id = export.issue.issue_id
    if not issue_id or not _ISSUE_ID_LETTERS.issuperset(issue_id):
        raise ReportError(f"issue {issue_id!r}: expected an id of letters, digits and _.- only, found others; it cannot stand in a command")
    return render_page(
        "export.html.j2",
        export=export,
        expected=expected,
        figures=_figures(export, expected),
        story=[_shown_step(step) for step in export.steps],
        steps=check_steps(export, expected),
        tools=", ".join(TOOLS),
        packages=[_shown_package(package) for package in export.packages],
        receipts=export.receipts[: -_MAX_RECEIPTS - 1 : -1],
        receipt_count=len(export.receipts),
        missing=_missing(export),
        sealed_at=wording.time_text(export.sealed_at, "UTC"),
        time_text=lambda instant: wording.time_text(instant, "UTC"),
    )


def _figures(export: IssueExport, expected: Expectation) -> tuple[Figure, ...]:
    signals = "gone" if export.signal_count is None else f"{export.signal_count:,}"
    return (
        Figure(f"{len(export.steps):,}", "events of the issue", "each as it was sealed", False),
        Figure(signals, "signals on it", "removed since" if export.signal_count is None else "without narratives", False),
        Figure(f"{len(export.packages):,}", "packages", f"of {export.package_count:,} in the archive", False),
        Figure(f"{expected.file_count:,}", "files in this folder", "this page included", False),
    )


def _shown_step(step: Step) -> ShownStep:
    return ShownStep(
        when=wording.time_text(step.as_of, "UTC"),
        what=_EVENT_WORDS.get(EventKind(step.kind), wording.event_words(step.kind)),
        detail=_detail(step),
        by="proofloop" if step.actor == "machine" else step.actor,
        event=step.seq,
        number=f"{step.package:06d}",
    )


def _detail(step: Step) -> str:
    tell = _DETAILS.get(EventKind(step.kind), _reason)
    return tell(step.data)


def _reason(data: Mapping[str, Any]) -> str:
    move = f"{wording.spoken(data['from'])} to {wording.spoken(data['to'])}" if {"from", "to"} <= data.keys() else ""
    return _joined((move, str(data.get("reason", ""))))


def _counted(data: Mapping[str, Any]) -> str:
    return _joined((wording.counted(data["signal_count"], "signal"), _reason(data)))


def _moved(data: Mapping[str, Any]) -> str:
    way = f"{wording.spoken(data['from'])} to {wording.spoken(data['to'])}, as {wording.spoken(data['role']).lower()}"
    return _joined((way, str(data.get("reason", ""))))


def _severity(data: Mapping[str, Any]) -> str:
    return _joined((str(data["severity"]), _reason(data)))


def _fix(data: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{kind} {version}" for kind, version in sorted(data["versions"].items()))
    return _joined((f"in force from {data['effective_at']}", versions))


def _joined(parts: Sequence[str]) -> str:
    return ": ".join(part for part in parts if part)


_DETAILS: dict[EventKind, Callable[[Mapping[str, Any]], str]] = {
    EventKind.SIGNALS_JOINED: _counted,
    EventKind.LATE_EVIDENCE_RECORDED: _counted,
    EventKind.ISSUE_MOVED: _moved,
    EventKind.SEVERITY_SET: _severity,
    EventKind.FIX_RELEASED: _fix,
}


def _shown_package(package: ExportedPackage) -> ShownPackage:
    first = tuple(name for name in _FIRST_FILES if name in package.files)
    return ShownPackage(
        number=f"{package.seq:06d}",
        sealed=wording.time_text(package.sealed_at, "UTC"),
        why="; ".join(_REASON_WORDS[reason] for reason in package.reasons),
        first_files=first,
        other_files=tuple(name for name in package.files if name not in first),
        removed=package.removed,
    )


def _missing(export: IssueExport) -> tuple[tuple[str, str], ...]:
    """What the folder does not tell, and what else it holds, each with a word and a sentence."""
    found = (
        ("Later events", f"Nothing after event {export.last_event:,}, the last one in seal {export.head.seal:06d}, is told here."),
        ("Other packages", _other_packages(export)),
        ("Other issues", _other_issues(export)),
        ("Narratives", "What people wrote was never sealed and is not here: only its digest is, with a secret that is kept apart."),
        ("Erased", _erased(export)),
        ("Removed", _removed(export)),
        ("Signals", export.signals_missing),
        ("Other decisions", "Decisions that looked at the issue and changed nothing about it are not among the packages."),
    )
    return tuple((word, sentence) for word, sentence in found if sentence)


def _other_packages(export: IssueExport) -> str:
    count = export.package_count - len(export.packages)
    left_out = wording.counted(count, "package is", "packages are")
    return f"{left_out} left out; their seals are here, so that the chain can be followed." if count else ""


def _other_issues(export: IssueExport) -> str:
    others = wording.counted(export.other_issue_count, "other issue")
    if export.other_issue_count:
        return f"Packages are whole days: events of {others} are in them as well. Handle this folder as you would handle those."
    return "No event of another issue is in these packages; other records of the same days are."


def _erased(export: IssueExport) -> str:
    count = sum(erasure.signal_count for erasure in export.erasures)
    events = ", ".join(f"{erasure.event:,}" for erasure in export.erasures)
    return f"The narratives of {wording.counted(count, 'signal')} were erased on request, under event {events}." if count else ""


def _removed(export: IssueExport) -> str:
    files = wording.counted(len(export.removed), "file")
    return f"{files} of these packages went under retention; the packages above say which." if export.removed else ""
