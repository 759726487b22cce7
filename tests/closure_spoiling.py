"""How a closure that passes is spoiled: a step of an earlier occurrence, in another order, swapped; a graph without a node.

Put here what defects of several gates share; the defects are ``tests/closure_defects.py`` and ``tests/closure_defects_computed.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from registry.domain.canonical import plain
from registry.domain.closure import ClosureInputs
from registry.domain.events import EventKind
from registry.domain.evidence_graph import EvidenceGraph, NodeKind
from registry.domain.retention import ApprovalKind
from registry.domain.signal import Severity
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind
from tests.closure_builders import a_closure
from tests.closure_documents import DESK, a_not_applicable, a_risk
from tests.closure_story import ClosureStory, a_story

L2, L3 = Severity.L2, Severity.L3
ACCEPTED_AT = datetime(2021, 4, 28, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Defect:
    """One closure that must be refused: which gate has to say so, by which code, and a word of the item that it names."""

    name: str
    gate: ClosureGate
    code: str
    names: str
    spoil: Callable[[], ClosureInputs]


def told(story: ClosureStory, severity: Severity = L2, **changes: Any) -> ClosureInputs:
    """Return the closure of a spoiled story; the window was judged last in it."""
    return a_closure(severity, story, **{"window_event": story.events[-1][0]} | changes)


def renumbered(events: list[tuple[int, dict[str, Any]]]) -> ClosureStory:
    """Return the events in this order, numbered anew."""
    return ClosureStory(tuple((number, event) for number, (_, event) in enumerate(events, 1)))


def earlier(kind: StepKind, severity: Severity = L2) -> ClosureStory:
    """Return the story in which a step was taken in an earlier occurrence: the issue came back after it, as something new."""
    events = list(a_story(severity).events)
    mine = [one for one in events[1:] if one[1]["data"].get("step") == kind]
    reopened = {"from": "closed", "to": "triage", "role": "product_owner", "reason": "it came back"}
    back = ClosureStory(tuple(events[:1])).add(ACCEPTED_AT - timedelta(days=140), EventKind.ISSUE_REOPENED, reopened, "owner@bank.example")
    return renumbered([events[0], *mine, back.events[-1], *(one for one in events[1:] if one not in mine)])


def all_earlier(severity: Severity = L2) -> ClosureStory:
    """Return the story after which the issue came back: everything in it is of an earlier occurrence."""
    reopened = {"from": "closed", "to": "triage", "role": "product_owner", "reason": "it came back"}
    return a_story(severity).add(ACCEPTED_AT, EventKind.ISSUE_REOPENED, reopened, "owner@bank.example")


def placed(kind: StepKind, severity: Severity = L2, *, last: bool, place: int | None = None) -> ClosureStory:
    """Return the story in which a step was taken before, or after, all others."""
    story = a_story(severity)
    seqs = story.steps(kind) if place is None else [story.steps(kind)[place]]
    mine = [one for one in story.events if one[0] in seqs]
    others = [one for one in story.events if one[0] not in seqs]
    return renumbered([*others[:-1], *mine, others[-1]] if last else [others[0], *mine, *others[1:]])


def swapped(kind: StepKind, severity: Severity = L2, **fields: Any) -> ClosureStory:
    """Return the story in which a document is another's, under the digest of the one that was recorded."""
    story = a_story(severity)
    seq = story.steps(kind)[-1]
    return ClosureStory(
        tuple(
            (one, {**event, "data": event["data"] | {"document": event["data"]["document"] | plain(fields)}} if one == seq else event)
            for one, event in story.events
        )
    )


def approvals_at(at: datetime, severity: Severity = L2) -> ClosureStory:
    """Return the story in which the plan was approved at another time."""
    events = a_story(severity).events
    approved = EventKind.APPROVAL_RECORDED
    return ClosureStory(tuple((seq, {**event, "as_of": plain(at)} if event["kind"] == approved else event) for seq, event in events))


def given(story: ClosureStory, action: StepKind = StepKind.PLAN, **data: Any) -> ClosureStory:
    """Return the story in which the approvals of a step say something else."""
    return story.retold(lambda body: body.get("action") == action, **data)


def at_risk(severity: Severity = L2, at: datetime = ACCEPTED_AT, document: Any = None, **approval: Any) -> ClosureStory:
    """Return the story in which a risk was accepted, and signed by risk and compliance."""
    events = list(a_story(severity).events)
    place = next((number for number, one in enumerate(events) if one[1]["as_of"] > plain(at)), len(events))
    told_at = approval.pop("issue_severity", severity)
    story = ClosureStory(tuple(events[:place]))
    story = story.take(at, StepKind.ACCEPT_RISK, document or a_risk(), DESK, "operations_lead", issue_severity=told_at)
    role = approval.pop("role", "risk_compliance")
    story = story.approve(at + timedelta(hours=1), role, StepKind.ACCEPT_RISK, **approval) if role else story
    return renumbered([*story.events, *events[place:]])


def exempted(severity: Severity = L3, role: str = "risk_compliance", document: Any = None, **approval: Any) -> ClosureStory:
    """Return the story in which it was recorded that nothing was to be restored, and approved."""
    story = a_story(severity).without(StepKind.RECOVERY)
    story = story.take(ACCEPTED_AT, StepKind.NOT_APPLICABLE, document or a_not_applicable(), DESK, "operations_lead")
    if role:
        story = story.approve(ACCEPTED_AT + timedelta(hours=1), role, StepKind.NOT_APPLICABLE, **approval)
    others = [one for one in story.events if one[1]["kind"] != EventKind.WINDOW_JUDGED]
    return renumbered([*others, *(one for one in story.events if one not in others)])


def without_nodes(graph: EvidenceGraph, kind: NodeKind) -> EvidenceGraph:
    """Return the graph without the nodes of one kind, and without the edges that led to them."""
    kept = tuple(node for node in graph.nodes if node.kind is not kind)
    ids = {node.node_id for node in kept}
    return EvidenceGraph(kept, tuple(edge for edge in graph.edges if {edge.source, edge.target} <= ids))


def severed(graph: EvidenceGraph, kind: NodeKind) -> EvidenceGraph:
    """Return the graph in which nothing leads to the nodes of one kind."""
    ids = {node.node_id for node in graph.nodes if node.kind is kind}
    return EvidenceGraph(graph.nodes, tuple(edge for edge in graph.edges if not {edge.source, edge.target} & ids))


def repackaged(inputs: ClosureInputs, kind: str, **changes: Any) -> ClosureInputs:
    """Return the closure in which the packages of one kind were found otherwise."""
    packages = tuple(replace(one, **changes) if one.kind == kind else one for one in inputs.archive.packages)
    return replace(inputs, archive=replace(inputs.archive, packages=packages))


def unpackaged(inputs: ClosureInputs, *seals: int) -> ClosureInputs:
    """Return the closure in which packages are missing from the archive."""
    kept = tuple(one for one in inputs.archive.packages if one.seal not in seals)
    return replace(inputs, archive=replace(inputs.archive, packages=kept))


TYPED = {"kind": ApprovalKind.ASSERTED, "fingerprint": ""}
