"""The page of one issue: what comes next, its evidence graph, everything people wrote, who approved it, and what is owed.

Put what the page says here. Its drawing is ``graph_chart.py``, its markup the template's; it shows values and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from registry.domain.approving import find_broken_glass
from registry.domain.events import EventKind
from registry.domain.evidence_graph import EvidenceGraph, Node, NodeKind
from registry.domain.issue_file import IssueFile, ToldEvent
from registry.domain.preservation import ending_of
from registry.domain.triage import DutyStatus
from registry.domain.work import StepKind
from reports import wording
from reports.document_rows import document_rows
from reports.graph_chart import graph_svg, kind_word
from reports.rendering import render_page
from reports.triage_summary import Figure

_MAX_SIGNALS = 20
_MAX_WAYS = 8  # of one word from one node
_STEP_WORDS = {
    StepKind.ASSIGN: "Assignment",
    StepKind.CLASSIFY: "Severity",
    StepKind.CONTAIN: "Containment",
    StepKind.ROOT_CAUSE: "Root cause",
    StepKind.PLAN: "Plan",
    StepKind.LINK_CHANGE: "Linked change",
    StepKind.IMPLEMENT: "Fix in force",
    StepKind.ADD_EVIDENCE: "Evidence",
    StepKind.ACCEPT_RISK: "Accepted risk",
    StepKind.SUPPRESS: "Suppression",
    StepKind.HOLD: "Preservation hold",
    StepKind.RELEASE_HOLD: "End of a hold",
    StepKind.NOTE: "Note",
    StepKind.REOPEN: "Reopening",
    StepKind.SCOPE: "Scope",
    StepKind.RECOVERY: "Recovery of customers",
    StepKind.NOT_APPLICABLE: "Gate that does not apply",
    StepKind.SAME_CAUSE: "Same cause as another issue",
    StepKind.REVIEW: "Review",
    StepKind.CLOSE: "Proposal to close",
}


@dataclass(frozen=True, slots=True)
class ShownNode:
    """One node of the walk: its place in the page, its words, and the ways on from it: (word, (title, place) of each, how many more)."""

    anchor: str
    kind: str
    node: Node
    sealed: str
    ways: tuple[tuple[str, tuple[tuple[str, str], ...], int], ...]


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """One step in full: its fields as (title, parts of the text)."""

    heading: str
    anchor: str
    by: str
    role: str
    when: str
    event: int
    digest: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def render_issue(file: IssueFile) -> bytes:
    """Return the page: the same bytes for the same values."""
    return render_page("issue.html.j2", **issue_values(file))


def issue_values(file: IssueFile) -> dict[str, Any]:
    """Return what the page's template shows; a page that shows an issue with more around it takes these values too."""
    anchors = {node.node_id: f"n{number}" for number, node in enumerate(file.graph.nodes)}
    walked = [node for node in file.graph.nodes if node.kind is not NodeKind.SIGNAL]
    return {
        "file": file,
        "issue": file.case.issue,
        "severity_word": wording.SEVERITY_WORDS[file.case.issue.severity],
        "figures": _figures(file),
        "drawing": graph_svg(file.graph, file.gaps, {node.node_id: anchors[node.node_id] for node in walked}),
        "gaps": [(kind_word(gap.kind), gap.reason) for gap in file.gaps],
        "walk": [_shown(file.graph, node, anchors) for node in walked],
        "story": list(_story(file)),
        "documents": [_document(file, number) for number in range(len(file.case.steps))],
        "broken_glass": find_broken_glass(file.case),
        "signals": file.signals[:_MAX_SIGNALS],
        "signal_count": len(file.signals),
        "packages": sorted({Path(event.package).name for event in file.events if event.package}),
        "duty_words": wording.DUTY_STATUS_WORDS,
        "overdue": DutyStatus.OVERDUE,
        "distance": lambda instant: wording.distance(instant, file.as_of),
        "ending_of": ending_of,
        "package_name": lambda path: Path(path).name,
        "time_text": lambda instant: wording.time_text(instant, file.zone),
    }


def event_title(event: ToldEvent) -> str:
    """Return what an event is called: the step that somebody took by its own name."""
    data = event.envelope["data"]
    return _STEP_WORDS[StepKind(data["step"])] if "step" in data else wording.event_words(event.envelope["kind"])


def _figures(file: IssueFile) -> tuple[Figure, ...]:
    overdue = sum(duty.status is DutyStatus.OVERDUE for duty in file.duties)
    return (
        Figure(f"{file.case.issue.signal_count:,}", "signals", f"{len(file.signals):,} linked here", False),
        Figure(f"{len(file.case.steps):,}", "steps of people", f"of {wording.counted(len(file.events), 'event')}", False),
        Figure(
            f"{len(file.gaps):,}", "missing" if file.gaps else "missing: complete", f"up to {file.case.issue.state.value}", bool(file.gaps)
        ),
        Figure(f"{overdue:,}", "overdue", f"of {len(file.duties):,} owed", bool(overdue)),
    )


def _shown(graph: EvidenceGraph, node: Node, anchors: Mapping[str, str]) -> ShownNode:
    ways: dict[str, list[tuple[str, str]]] = {}
    for way in graph.ways(node.node_id):
        place = "signals" if way.node.kind is NodeKind.SIGNAL else anchors[way.node.node_id]
        ways.setdefault(way.word, []).append((way.node.title, place))
    shown = tuple((word, tuple(found[:_MAX_WAYS]), max(0, len(found) - _MAX_WAYS)) for word, found in ways.items())
    sealed = Path(node.package).name if node.package else "not sealed yet" if node.event else ""
    return ShownNode(anchors[node.node_id], kind_word(node.kind), node, sealed, shown)


def _story(file: IssueFile) -> Iterator[Mapping[str, Any]]:
    """Yield what happened; days on which signals joined and nothing else did are one line: an issue can live for years."""
    for joined, events in groupby(file.events, key=lambda event: event.envelope["kind"] == EventKind.SIGNALS_JOINED):
        stretch = list(events)
        if joined and len(stretch) > 1:
            count = sum(event.envelope["data"]["signal_count"] for event in stretch)
            until = wording.time_text(datetime.fromisoformat(stretch[-1].envelope["as_of"]), file.zone)
            told = f"{wording.counted(count, 'signal')} in {len(stretch):,} events, the last on {until}, event {stretch[-1].seq:,}"
            yield {**_told(file, stretch[0]), "detail": told}
        else:
            yield from (_told(file, event) for event in stretch)


def _told(file: IssueFile, event: ToldEvent) -> Mapping[str, Any]:
    envelope, data = event.envelope, event.envelope["data"]
    move = f"{wording.spoken(data['from'])} to {wording.spoken(data['to']).lower()}" if {"from", "to"} <= data.keys() else ""
    return {
        "when": wording.time_text(datetime.fromisoformat(envelope["as_of"]), file.zone),
        "what": event_title(event),
        "detail": ": ".join(part for part in (move, str(data.get("reason", ""))) if part),
        "by": "proofloop" if envelope["actor"] == "machine" else envelope["actor"],
        "role": str(data.get("role", "")).replace("_", " "),
        "event": event.seq,
        "digest": event.digest,
        "sealed": Path(event.package).name if event.package else "not sealed yet",
        "is_loud": data.get("is_break_glass") is True,
    }


def _document(file: IssueFile, number: int) -> ShownDocument:
    step = file.case.steps[number]
    return ShownDocument(
        heading=_STEP_WORDS[step.kind],
        anchor=f"d{number}",
        by=step.by,
        role=step.role.replace("_", " "),
        when=wording.time_text(step.at, file.zone),
        event=step.seq,
        digest=step.document_digest,
        rows=document_rows(step.document, file.zone),
    )
