"""What comes next on an issue, what is owed and its evidence graph, as lines for a terminal and as parts of the JSON document.

Put here how those are worded on the command line. The issue's facts and events are told by ``issues.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from registry.domain.approving import find_broken_glass
from registry.domain.canonical import plain
from registry.domain.evidence_graph import EvidenceGraph, Gap, Node, NodeKind
from registry.domain.issue import IssueState
from registry.domain.issue_file import IssueFile
from registry.domain.preservation import ending_of
from registry.domain.preservation import told as hold_told
from reports import wording

_SHOWN_SIGNALS = 3


def present_document(file: IssueFile) -> dict[str, Any]:
    """Return the part of an issue's JSON document that depends on the moment and on the workspace's files, not on the events alone."""
    return {
        "present": {
            "as_of": plain(file.as_of),
            "next": plain(file.next_step),
            "duties": plain(file.duties),
            "holds": plain(file.holds),
            "untold": list(file.untold),
        }
    }


def graph_document(graph: EvidenceGraph, gaps: Sequence[Gap]) -> dict[str, Any]:
    """Return the graph as a part of an issue's JSON document."""
    return {**plain(graph), "gaps": plain(gaps), "is_complete": not gaps}


def next_lines(file: IssueFile) -> list[str]:
    """Return what has to be done, by whom, by when, and what stands in the way."""
    step, glass = file.next_step, find_broken_glass(file.case)
    lines = ["", "What comes next", f"  {step.step + ': ' if step.step else ''}{step.why}"]
    lines += [f"    by    {name} as {role}" for role, name in step.people]
    lines += [f"    asks  {', '.join(step.lacks)}"] if step.lacks else []
    lines += [f"    start {step.command}"] if step.command else []
    lines += [f"  {told}" for told in file.untold if told != step.why]
    lines += [line for hold in file.holds for line in (f"  HOLD  {hold_told(hold)}", f"    end it: {ending_of(hold)}")]
    lines += [f"  BREAK-GLASS  {given.name} approved {given.action} as {given.role} on {given.at:%Y-%m-%d %H:%M} UTC" for given in glass]
    lines += [f"  {_owed(file, number)}" for number in range(len(file.duties))]
    return lines


def graph_lines(state: IssueState, graph: EvidenceGraph, gaps: Sequence[Gap]) -> list[str]:
    """Return the graph as it is walked from the issue, what leads to it first, and what it lacks."""
    known = wording.counted(len(gaps), "gap") if gaps else "complete"
    heading = f"Evidence graph: {known} up to {state}"
    return ["", heading, *_walk(graph), *(f"  missing  {_gap(gap)}" for gap in gaps)]


def _owed(file: IssueFile, number: int) -> str:
    duty = file.duties[number]
    left = wording.distance(duty.due_at, file.as_of)
    basis = f" ({duty.basis})" if duty.basis else ""
    return f"{wording.DUTY_STATUS_WORDS[duty.status].lower()}  {wording.spoken(duty.duty)}, due {left}, {duty.owner}{basis}"


def _walk(graph: EvidenceGraph) -> Iterator[str]:
    for kind in NodeKind:
        nodes = [node for node in graph.nodes if node.kind is kind]
        shown = nodes[:_SHOWN_SIGNALS] if kind is NodeKind.SIGNAL else nodes
        for node in shown:
            yield f"  {_name(kind)}  {_node(node)}"
            yield from (f"      {line}" for line in _ways(graph, node))
        if len(shown) < len(nodes):
            yield f"  {_name(kind)}  and {len(nodes) - len(shown)} more"


def _node(node: Node) -> str:
    sealed = f"  [{node.package or 'not sealed yet'}]" if node.event else ""
    past = "" if node.is_current else "  (no longer stands)"
    return f"{node.title}{': ' + node.detail if node.detail else ''}{sealed}{past}"


def _ways(graph: EvidenceGraph, node: Node) -> Sequence[str]:
    """Return the ways on from a node, one line for each relation; its signals are counted."""
    found: dict[str, list[str]] = {}
    for way in graph.ways(node.node_id):
        found.setdefault(("-> " if way.is_forward else "<- ") + way.word, []).append(way.node.title)
    return [f"{word} {', '.join(names) if len(names) <= _SHOWN_SIGNALS else f'{len(names)} of them'}" for word, names in found.items()]


def _name(kind: NodeKind) -> str:
    return wording.spoken(kind.value).lower()


def _gap(gap: Gap) -> str:
    return f"{_name(gap.kind)}: {gap.reason}"
