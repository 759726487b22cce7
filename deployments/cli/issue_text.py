"""What comes next on an issue, what is owed and its evidence graph, as lines for a terminal and as parts of the JSON document.

Put here how those are worded on the command line. The issue's facts and events are told by ``issues.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from registry.domain.approving import find_broken_glass
from registry.domain.canonical import plain
from registry.domain.evidence_graph import EvidenceGraph, Gap, Node, NodeKind
from registry.domain.issue_file import IssueFile
from registry.domain.preservation import ending_of
from registry.domain.preservation import told as hold_told
from reports import wording

_SHOWN_SIGNALS = 3


def file_document(file: IssueFile) -> dict[str, Any]:
    """Return the parts of an issue's JSON document that say what comes next, what is owed, and what its evidence is."""
    return {
        "next": plain(file.next_step),
        "duties": plain(file.duties),
        "holds": plain(file.holds),
        "graph": {**plain(file.graph), "gaps": plain(file.gaps), "is_complete": not file.gaps},
        "untold": list(file.untold),
    }


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


def graph_lines(file: IssueFile) -> list[str]:
    """Return the graph as it is walked from the issue, what leads to it first, and what it lacks."""
    state = file.case.issue.state.value
    if file.gaps:
        heading = f"Evidence graph: {wording.counted(len(file.gaps), 'gap')} up to {state}"
    else:
        heading = f"Evidence graph: complete up to {state}"
    return ["", heading, *_walk(file.graph), *(f"  missing  {_gap(gap)}" for gap in file.gaps)]


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
    where = Path(node.package).name if node.package else "not sealed yet"
    sealed = f"  [{where}]" if node.event else ""
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
