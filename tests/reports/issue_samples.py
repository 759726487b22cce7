"""Issues as files: one of which next to nothing is known, and one with everything that an issue can have.

Put a sample of an issue's page here. Its life is told by ``tests/issue_story.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product

from checks.duties import Worked, judge_duties
from checks.work.next_step import Desk, find_next_step
from registry.domain.cases import cases_of
from registry.domain.catalogue import OwnerRole, SystemEntry
from registry.domain.events import EventKind
from registry.domain.evidence_graph import Edge, EvidenceGraph, Gap, NodeKind, Relation, missing_nodes
from registry.domain.graph_building import build_graph
from registry.domain.issue_file import IssueFile, NextStep, ToldEvent
from registry.domain.preservation import preserved
from registry.domain.work import Case, StepKind
from registry.policies.loader import load_triage_policies, load_work_policies
from tests.builders import a_system
from tests.issue_story import LEAD, OPENED_AT, OWNER, RISK, SYSTEM, Story, signals, to_implemented
from tests.reports.samples import with_text


def a_new_issue() -> IssueFile:
    """Return an issue that a rise opened an hour ago, with two signals."""
    return a_file(Story().open(), 2)


def a_full_issue() -> IssueFile:
    """Return an issue that was fixed, with a hold, an accepted risk, broken glass, proof, and another system to look at."""
    story = to_implemented().step(StepKind.ACCEPT_RISK).approve(RISK, "risk_compliance", StepKind.ACCEPT_RISK)
    story.approve("deputy@bank.example", "operations_lead", is_break_glass=True, meaning="In an emergency I approve the plan.")
    story.approve("typed@bank.example", "product_owner", kind="asserted", fingerprint="")
    story.add(EventKind.ISSUE_MOVED, {"from": "implemented", "to": "verifying", "role": "machine", "reason": "60 days of watching"})
    return a_file(story.step(StepKind.NOTE), 41)


def named_by(texts: Sequence[str]) -> IssueFile:
    """Return the full issue with each of ``texts`` in every field of its documents, approvals, nodes, signals, duties and holds."""
    base = a_full_issue()
    case = replace(
        base.case,
        issue=with_text(base.case.issue, texts[0]),
        steps=tuple(replace(with_text(step, text), kind=step.kind) for text in texts for step in base.case.steps),
        approvals=tuple(with_text(approval, text) for text in texts for approval in base.case.approvals),
    )
    return replace(
        base,
        case=case,
        events=tuple(_hostile_event(event, text) for event, text in product(base.events, texts)),
        signals=tuple((text, base.signals[0][1] | dict.fromkeys(("signal_id", "journey_step"), text)) for text in texts),
        graph=_hostile_graph(base.graph, texts),
        gaps=tuple(Gap(kind, text, text) for text in texts for kind in (NodeKind.RELEASE, NodeKind.CLOSURE_MEMO)),
        next_step=NextStep("contain", texts[0], tuple((text, text) for text in texts), tuple(texts), texts[-1]),
        duties=tuple(with_text(duty, text) for text in texts for duty in base.duties),
        holds=tuple(with_text(hold, text) for text in texts for hold in base.holds),
        untold=tuple(texts),
    )


def noted(texts: Sequence[str]) -> IssueFile:
    """Return the full issue with a note of each of ``texts``, as long as they are."""
    base = a_full_issue()
    note = base.case.steps[-1]
    notes = tuple(replace(note, document=replace(note.document, text=text)) for text in texts)
    return replace(base, case=replace(base.case, steps=(*base.case.steps[:-1], *notes)))


def _hostile_event(event: ToldEvent, text: str) -> ToldEvent:
    data = {name: text for name in event.envelope["data"] if name not in ("step", "is_break_glass")}
    kept = {name: event.envelope["data"][name] for name in ("step", "is_break_glass") if name in event.envelope["data"]}
    return replace(event, package=text, digest=text, envelope={**event.envelope, "actor": text, "data": data | kept})


def _hostile_graph(graph: EvidenceGraph, texts: Sequence[str]) -> EvidenceGraph:
    shown = [node for node in graph.nodes if node.kind is not NodeKind.SIGNAL]
    named = enumerate(product(shown, texts))
    nodes = tuple(replace(with_text(node, text), node_id=f"{number} {text}") for number, (node, text) in named)
    edges = tuple(Edge(nodes[0].node_id, Relation.CLASSIFIED_AS, node.node_id) for node in nodes[1:])
    return EvidenceGraph(nodes, edges)


def a_file(story: Story, signal_count: int) -> IssueFile:
    """Return the file of a story, an hour after its last event; that one is not sealed yet."""
    issue, as_of = story.issue(), OPENED_AT + timedelta(hours=len(story.events) + 1)
    case = next(iter(cases_of([issue], story.events)), Case(issue))
    packages = {seq: f"/bank/archive/{seq:06d}" for seq, _ in story.events[:-1]} or {1: "/bank/archive/000001"}
    linked = tuple(signals(signal_count))
    graph = build_graph(issue, story.events, linked, packages)
    work, clocks = load_work_policies(None), load_triage_policies(None).clocks
    return IssueFile(
        case=case,
        events=tuple(ToldEvent(seq, "0" * 64, envelope, packages.get(seq, "")) for seq, envelope in story.events),
        signals=linked,
        graph=graph,
        gaps=missing_nodes(graph, issue.state),
        next_step=find_next_step(case, Desk(a_card_filter(), {}, work, as_of)),
        duties=judge_duties([issue], clocks, as_of, Worked((case,), work, "America/New_York")),
        holds=preserved(envelope for _, envelope in story.events),
        as_of=as_of,
        zone="America/New_York",
    )


def a_card_filter() -> SystemEntry:
    """Return the catalogue's entry of the story's system."""
    owners = {OwnerRole.PRODUCT_OWNER: OWNER, OwnerRole.OPERATIONS_LEAD: LEAD, OwnerRole.RISK_COMPLIANCE: RISK}
    return a_system(system_id=SYSTEM, owners=owners)
