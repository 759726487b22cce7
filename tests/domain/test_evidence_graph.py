"""The evidence graph: what it holds, how it is walked, and what it says is missing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.events import EventKind
from registry.domain.evidence_graph import EvidenceGraph, NodeKind, Relation, asked_kinds, missing_nodes
from registry.domain.graph_building import build_graph
from registry.domain.issue import IssueState
from registry.domain.work import TAKEN_BY_PEOPLE, StepKind
from tests.issue_story import LEAD, OWNER, RISK, Story, signals, to_implemented

K, R, S = NodeKind, Relation, IssueState


def graph_of(story: Story, count: int = 2) -> EvidenceGraph:
    return build_graph(story.issue(), story.events, signals(count), story.packages())


def names(graph: EvidenceGraph, kind: NodeKind) -> list[str]:
    return [node.title for node in graph.of(kind)]


def gaps(story: Story, count: int = 2) -> list[NodeKind]:
    return [gap.kind for gap in missing_nodes(graph_of(story, count), story.issue().state)]


def test_an_issue_of_which_nothing_is_known_but_its_opening_says_that_its_signals_are_missing():
    story = Story().open()

    assert [node.kind for node in graph_of(story, 0).nodes] == [K.ISSUE, K.CLASSIFICATION]
    assert gaps(story, 0) == [K.SIGNAL]


def test_the_graph_of_an_implemented_fix_holds_every_node_from_signal_to_release_and_lacks_none():
    graph = graph_of(to_implemented())

    assert names(graph, K.CLASSIFICATION) == ["L3"]
    assert names(graph, K.CORRECTIVE_ACTION) + names(graph, K.PREVENTIVE_ACTION) == ["new-filter", "code-check"]
    assert names(graph, K.RELEASE_APPROVAL) == [OWNER, RISK]
    assert names(graph, K.ARTIFACT_VERSION) == ["card_fraud_filter 2.4.0", "schema-check 7"]
    assert names(graph, K.ELSEWHERE) == ["loan_scoring"]
    assert missing_nodes(graph, S.IMPLEMENTED) == ()


def test_from_a_signal_the_walk_leads_to_what_proves_the_fix_and_back():
    graph = graph_of(to_implemented())
    way = [R.OBSERVED_ON, R.CLASSIFIED_AS, R.EXPLAINED_BY, R.CORRECTED_BY, R.CARRIED_OUT_BY, R.DELIVERS, R.VERIFIED_BY]

    found = {graph.of(K.SIGNAL)[0].node_id}
    for relation in way:
        found = {step.node.node_id for node in found for step in graph.ways(node) if step.word == relation and step.node.is_current}
    assert found == {graph.of(K.EVAL_RUN)[0].node_id}

    for relation in reversed(way):
        found = {step.node.node_id for node in found for step in graph.ways(node) if step.word == relation.inverse}
    assert {signal.node_id for signal in graph.of(K.SIGNAL)} <= found


@pytest.mark.parametrize("state", [S.TRIAGE, S.CONTAINED, S.RCA_IN_PROGRESS, S.ACTION_APPROVED, S.IMPLEMENTED, S.VERIFYING, S.CLOSED])
def test_every_state_asks_for_what_the_states_before_it_ask_for(state):
    before = list(IssueState)[list(IssueState).index(state) - 1]

    assert set(asked_kinds(before)) <= set(asked_kinds(state))
    assert [gap.kind for gap in missing_nodes(EvidenceGraph((), ()), state)] == list(asked_kinds(state))


def test_an_action_that_no_change_carries_out_is_a_gap_of_that_action():
    story = to_implemented()
    told = [(seq, envelope) for seq, envelope in story.events if envelope["data"].get("document", {}).get("action") != "code-check"]

    (gap,) = missing_nodes(build_graph(story.issue(), told, signals(), story.packages()), S.IMPLEMENTED)

    assert (gap.kind, "code-check" in gap.reason, gap.of.startswith("preventive_action:")) == (K.CHANGE_REQUEST, True, True)


def test_what_is_recorded_and_not_sealed_yet_is_a_gap():
    story = Story().open()

    assert {gap.reason for gap in missing_nodes(build_graph(story.issue(), story.events, signals(), {}), S.TRIAGE)} == {
        "event 1 is recorded and not sealed yet"
    }


def test_a_new_plan_replaces_the_actions_and_the_approvals_of_the_one_before():
    story = to_implemented()
    story.step(StepKind.PLAN, verification="another way of showing it")

    graph = graph_of(story)

    assert names(graph, K.RELEASE_APPROVAL) == names(graph, K.CHANGE_REQUEST) == []
    assert len(graph.of(K.CORRECTIVE_ACTION)) == 1
    assert sum(node.kind is K.CORRECTIVE_ACTION for node in graph.nodes) == 2


def test_a_cause_that_came_back_still_stands_and_a_new_occurrence_is_explained_anew():
    back = {"from": "verifying", "reason": "seen again"}
    story = to_implemented().add(EventKind.ISSUE_MOVED, {"from": "implemented", "to": "verifying", "role": "machine", "reason": "window"})
    same = graph_of(story.add(EventKind.ISSUE_REOPENED, back | {"to": "rca_in_progress", "signal_count": 0, "role": "machine"}))
    other = replace_last(story, to="triage")

    assert names(same, K.ROOT_CAUSE) == ["data_quality"]
    assert names(other, K.ROOT_CAUSE) == names(other, K.CONTAINMENT) == []
    assert names(same, K.MONITORING_WINDOW) == names(same, K.RELEASE) == []


def replace_last(story: Story, to: str) -> EvidenceGraph:
    seq, envelope = story.events[-1]
    events = [*story.events[:-1], (seq, {**envelope, "data": {**envelope["data"], "to": to}})]
    return build_graph(story.issue(), events, signals(), story.packages())


def test_a_released_hold_and_an_ended_risk_stand_no_longer():
    story = to_implemented().step(StepKind.ACCEPT_RISK).approve(RISK, "risk_compliance", StepKind.ACCEPT_RISK)
    (hold,), (risk,) = graph_of(story).of(K.HOLD), graph_of(story).of(K.RISK_ACCEPTANCE)
    assert names(graph_of(story), K.RISK_APPROVAL) == [RISK]

    story.step(StepKind.RELEASE_HOLD, hold=hold.title).add(
        EventKind.RISK_ACCEPTANCE_ENDED, {"document_digest": risk.digest, "reason": "over"}
    )

    assert graph_of(story).of(K.HOLD) == graph_of(story).of(K.RISK_ACCEPTANCE) == ()
    assert [way.node.kind for way in graph_of(story).ways(hold.node_id)] == [K.ISSUE, K.HOLD_RELEASE]


STEPS = st.sampled_from([kind for kind in TAKEN_BY_PEOPLE if kind is not StepKind.REOPEN])


@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=12), st.integers(0, 3), st.randoms(use_true_random=False))
def test_whatever_happened_every_edge_has_two_ends_and_every_node_is_reached_from_every_other(steps, count, chance: random.Random):
    story = Story().open()
    for kind, is_approved in steps:
        story.step(kind, by=chance.choice([LEAD, OWNER, RISK]))
        if is_approved and kind in (StepKind.PLAN, StepKind.ACCEPT_RISK, StepKind.NOT_APPLICABLE):
            story.approve(RISK, "risk_compliance", kind)
    issue = replace(story.issue())

    graph = build_graph(issue, story.events, signals(count), story.packages())

    ids = [node.node_id for node in graph.nodes]
    assert len(set(ids)) == len(ids)
    assert graph.reachable(ids[0]) == graph.reachable(f"issue:{issue.issue_id}") == frozenset(ids)
    for edge in graph.edges:
        assert any(way.word == edge.relation and way.node.node_id == edge.target for way in graph.ways(edge.source))
        assert any(way.word == edge.relation.inverse and way.node.node_id == edge.source for way in graph.ways(edge.target))
    shuffled = chance.sample(signals(count), count)
    assert build_graph(issue, story.events, shuffled, story.packages()) == graph
