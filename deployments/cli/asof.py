"""``proofloop as-of``: an issue, a list of issues or a decision as it was known at an event or an instant.

Put here how the past is asked for and shown; where it is read from is ``deployments/pasts.py``.

What is printed with ``--json`` is, byte for byte, what the command that shows the present printed then (``issue show``, ``issue list``), or
the sealed record of the decision. What can be said of the moment itself goes to stderr. An issue can have a window and a closure on one
date: then the question names which. A closure that was judged several times by then is the newest of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.issues import find_issue, history_entry, listed, opened_ledger, shown
from deployments.cli.session import COULD_NOT_TELL, Session, aware_instant, with_global_options
from registry.domain.events import EventKind
from registry.domain.linking import linked_signals
from registry.errors import ConfigurationError, EvidenceError

if TYPE_CHECKING:
    from deployments.pasts import KnownEvent, Moment, Past

_OF_ISSUES = {"window": EventKind.WINDOW_JUDGED, "closure": EventKind.CLOSURE_JUDGED}


@click.command("as-of")
@click.option("--event", type=click.IntRange(min=1), metavar="N", help="When this event of the ledger was the last one.")
@click.option("--at", "instant", metavar="INSTANT", help="At this time, like 2026-01-31T06:00:00+01:00.")
@click.option("--issue", "issue_id", metavar="ID", help="Show this issue as it was.")
@click.option("--list", "listing", is_flag=True, help="List the live issues as they were.")
@click.option("--all", "everything", is_flag=True, help="With --list: also closed and tracked issues.")
@click.option(
    "--decision",
    metavar="DATE[/SYSTEM|ISSUE[/window|closure]]",
    help="Print the decision of a business date, if it had been taken: its triage, or the window or closure of an issue.",
)
@click.option("--archive", type=click.Path(path_type=Path), metavar="DIR", help="From this archive alone; needs no workspace.")
@with_global_options
@click.pass_obj
def command(
    session: Session,
    event: int | None,
    instant: str | None,
    issue_id: str | None,
    listing: bool,
    everything: bool,
    decision: str | None,
    archive: Path | None,
) -> None:
    """Show an issue, the issues or a decision as known at an event or a time; 3 where the archive cannot tell."""
    if (event is None) is (instant is None):
        raise click.UsageError("expected either --event N or --at INSTANT")
    if sum(map(bool, (issue_id, listing, decision))) != 1:
        raise click.UsageError("expected one of --issue ID, --list and --decision DATE[/SYSTEM|ISSUE[/window|closure]]")
    if everything and not listing:
        raise click.UsageError("--all: expected --list with it")
    try:
        with _past(session, archive) as past:
            moment = past.at_event(event) if event is not None else past.at_instant(aware_instant(instant or ""))
            session.progress(moment.told)
            _answer(session, past, moment, issue_id, everything, decision)
    except EvidenceError as error:
        session.fail(type(error).__name__, [str(error)], COULD_NOT_TELL)


def _answer(session: Session, past: Past, moment: Moment, issue_id: str | None, everything: bool, decision: str | None) -> None:
    if decision:
        _show_decision(session, past, moment, decision)
    elif issue_id:
        _show_issue(session, past, moment, issue_id)
    else:
        _list_issues(session, past, moment, everything)


@contextmanager
def _past(session: Session, archive: Path | None) -> Iterator[Past]:
    from deployments.pasts import ArchivePast, LedgerPast

    if archive is not None:
        yield ArchivePast(archive)
        return
    workspace = session.workspace()
    with opened_ledger(workspace) as ledger:
        yield LedgerPast(ledger, workspace.archive_dir)


def _list_issues(session: Session, past: Past, moment: Moment, everything: bool) -> None:
    from deployments.pasts import issues_of

    issues, _ = issues_of(past.events(moment.event))
    answer = listed([issues[issue_id] for issue_id in sorted(issues)], everything)
    session.answer(*answer, _code(session, past, moment, lambda envelope: bool(envelope["issue"])))


def _show_issue(session: Session, past: Past, moment: Moment, issue_id: str) -> None:
    from deployments.pasts import issues_of

    issues, events = issues_of(past.events(moment.event))
    code = _code(session, past, moment, lambda envelope: envelope["issue"] == issue_id)
    if code and issue_id not in issues:
        raise EvidenceError(f"issue {issue_id}: expected what was known at that time, found only that it may have been open")
    issue = find_issue(issue_id, list(issues.values()))
    symptom = {other.issue_id for other in issues.values() if _symptom(other) == _symptom(issue)}
    observed = {
        (event.envelope["subject"], date.fromisoformat(event.envelope["business_date"])): event.seq
        for event in events
        if event.envelope["kind"] == EventKind.SIGNALS_OBSERVED and event.envelope["system"] == issue.system_id
    }
    signals = past.signals(issue.system_id, issue.fingerprint, observed)
    linked = linked_signals(issue_id, ((event.seq, event.envelope) for event in events if event.envelope["issue"] in symptom), signals)
    history = [
        history_entry(event.seq, event.hash, event.envelope, moment.package_of(event.seq))
        for event in events
        if event.envelope["issue"] == issue_id
    ]
    session.answer(*shown(issue, history, linked), code)


def _show_decision(session: Session, past: Past, moment: Moment, wanted: str) -> None:
    asked = _wanted(wanted)
    found = _newest([event for event in past.events(moment.event) if asked.is_of(event.envelope)])
    code = _code(session, past, moment, asked.is_of)
    if code and not found:
        raise EvidenceError(f"--decision {wanted}: expected what was known at that time, found only that it may have been taken")
    if not found:
        raise ConfigurationError([f"--decision {wanted}: expected a decision taken by event {moment.event}, found none yet"])
    if len(found) > 1:
        names = ", ".join(f"{asked.on}/{_part(event.envelope)}" for event in found)
        why = "of this issue" if asked.name and found[0].envelope["issue"] else "the day was done in parts"
        raise ConfigurationError([f"--decision {wanted}: expected one decision, found {len(found)}: {why}; name {names}"])
    content = past.decision(found[0])
    session.progress(_page_told(moment, found[0]))
    record = json.loads(content)
    lines = [f"{record['business_date']}  {record['verdict']}", *(f"  {reason['code']}: {reason['text']}" for reason in record["reasons"])]
    session.answer(record, lines, code)


def _page_told(moment: Moment, event: KnownEvent) -> str:
    """Say which page was in force: the sealed one of the decision's package."""
    bundle = event.envelope["data"]["bundle_digest"]
    package = next((one for one in moment.packages if one.seal.bundle_digest == bundle), None)
    if package is None:
        return f"event {event.seq} cites package {bundle}, which was not sealed yet"
    return (
        f"event {event.seq} cites {package.path}, sealed {package.seal.sealed_at.isoformat()}; its page is {package.path / 'report.html'}"
    )


def _code(session: Session, past: Past, moment: Moment, concerns: Any) -> int:
    """Return 3 when an event that may have been known would change the answer, and say so."""
    if moment.perhaps == moment.event:
        return 0
    doubtful = [event.seq for event in past.events(moment.perhaps) if event.seq > moment.event and concerns(event.envelope)]
    if doubtful:
        listed_events = ", ".join(map(str, doubtful))
        session.progress(
            f"could not tell: events {listed_events} concern this and may have been known; ask with --event, or ask the ledger"
        )
    return COULD_NOT_TELL if doubtful else 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """The decision that is asked for: of a date, of the system or issue ``name`` (empty: of all), as ``kinds`` of events."""

    on: date
    name: str
    kinds: tuple[EventKind, ...]

    def is_of(self, envelope: dict[str, Any]) -> bool:
        """Return whether an event is such a decision: of a triage, or the window or closure of the issue that ``name`` names instead."""
        if envelope["business_date"] != self.on.isoformat() or envelope["kind"] not in self.kinds:
            return False
        if envelope["kind"] != EventKind.TRIAGE_DECIDED:
            return bool(envelope["issue"] == self.name)
        return not self.name or self.name in envelope["data"]["systems"]


def _wanted(text: str) -> _Asked:
    day, _, rest = text.partition("/")
    name, _, what = rest.partition("/")
    kinds = (_OF_ISSUES[what],) if what in _OF_ISSUES else (EventKind.TRIAGE_DECIDED, *_OF_ISSUES.values())
    try:
        on = datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007 - a civil date
    except ValueError:
        raise click.BadParameter(f"expected a date like 2026-01-31, or one with a system after a slash, found {text!r}") from None
    if what not in {"", *_OF_ISSUES}:
        raise click.BadParameter(f"expected {' or '.join(_OF_ISSUES)} after the issue, found {what!r}")
    return _Asked(on, name, kinds)


def _newest(found: list[KnownEvent]) -> list[KnownEvent]:
    """Return each decision once, the newest where a window or a closure of an issue was judged anew."""
    newest = {(event.envelope["kind"], event.envelope["issue"]) if event.envelope["issue"] else event.seq: event for event in found}
    return list(newest.values())


def _part(envelope: dict[str, Any]) -> str:
    kinds = {kind: what for what, kind in _OF_ISSUES.items()}
    return f"{envelope['issue']}/{kinds[envelope['kind']]}" if envelope["issue"] else str(envelope["data"]["systems"][0])


def _symptom(issue: Any) -> tuple[str, str]:
    return issue.system_id, issue.fingerprint
