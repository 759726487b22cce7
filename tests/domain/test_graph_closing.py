"""What leads from a fix to a closure in the evidence graph: the window, what people recorded, the proposal, its signatures, the memo."""

from __future__ import annotations

from registry.domain.events import EventKind
from registry.domain.evidence_graph import EvidenceGraph, NodeKind, Relation, missing_nodes
from registry.domain.graph_building import build_graph
from registry.domain.issue import IssueState
from registry.domain.work import StepKind
from tests.closing import a_proposal, closure_body
from tests.issue_story import ISSUE, OWNER, RISK, Story, signals, to_closed, to_implemented

K, R, S = NodeKind, Relation, IssueState
_VERIFYING = {"from": "implemented", "to": "verifying", "role": "machine", "reason": "in force"}


def graph_of(story: Story) -> EvidenceGraph:
    return build_graph(story.issue(), story.events, signals(), story.packages())


def names(story: Story, kind: NodeKind) -> list[str]:
    return [node.title for node in graph_of(story).of(kind)]


def verifying() -> Story:
    return to_implemented().add(EventKind.ISSUE_MOVED, _VERIFYING)


def test_an_issue_in_verification_that_nobody_judged_has_a_window_without_an_outcome_and_no_proposal():
    story = verifying()
    assert names(story, K.MONITORING_WINDOW) == ["recurrence window"]
    assert names(story, K.CLOSURE_PROPOSAL) == names(story, K.CLOSURE_MEMO) == []
    assert [gap.kind for gap in missing_nodes(graph_of(story), S.CLOSED)] == [
        K.SCOPE,
        K.CLOSURE_PROPOSAL,
        K.CLOSURE_APPROVAL,
        K.CLOSURE_MEMO,
    ]


def test_a_closed_issue_holds_everything_that_its_state_asks_for():
    story = to_closed()
    assert story.issue().state is S.CLOSED
    assert missing_nodes(graph_of(story), S.CLOSED) == ()
    assert names(story, K.CLOSURE_APPROVAL) == [OWNER, RISK]
    assert (names(story, K.RELEASE_APPROVAL), names(story, K.CLOSURE_MEMO)) == ([OWNER, RISK], ["closed"])


def test_a_window_is_one_node_with_its_newest_outcome_and_the_package_of_its_judgement():
    (window,) = graph_of(to_closed()).of(K.MONITORING_WINDOW)
    (judged,) = [seq for seq, envelope in to_closed().events if envelope["data"].get("outcome") == "clean"]
    assert (window.title, window.event, window.package) == ("recurrence window: clean", judged, f"{judged:06d}")
    assert window.detail == "60 days observed, 4100 decisions counted, 0 occurrences after the fix"


def test_a_window_that_was_judged_before_it_opened_stays_the_one_window():
    story = to_implemented().window("not_open").add(EventKind.ISSUE_MOVED, _VERIFYING).window("watching")
    assert names(story, K.MONITORING_WINDOW) == ["recurrence window: watching"]


def test_the_walk_leads_from_the_fix_to_what_was_signed_and_back():
    graph = graph_of(to_closed())
    found = {graph.of(K.RELEASE)[0].node_id}
    for relation in (R.WATCHED_IN, R.PROPOSED_IN, R.APPROVED_BY):
        found = {way.node.node_id for node in found for way in graph.ways(node) if way.word == relation and way.node.is_current}
    assert found == {node.node_id for node in graph.of(K.CLOSURE_APPROVAL)}
    for relation in (R.APPROVED_BY, R.PROPOSED_IN, R.WATCHED_IN):
        found = {way.node.node_id for node in found for way in graph.ways(node) if way.word == relation.inverse}
    assert graph.of(K.RELEASE)[0].node_id in found

    (memo,) = graph.of(K.CLOSURE_MEMO)
    assert sorted(way.node.kind for way in graph.ways(memo.node_id)) == [K.CLOSURE_PROPOSAL, K.MONITORING_WINDOW]
    assert memo.digest == graph.of(K.CLOSURE_PROPOSAL)[0].digest and "Nothing remains." in memo.detail


def test_every_edge_of_a_closed_issue_is_walked_both_ways():
    graph = graph_of(to_closed())
    assert graph.reachable(f"issue:{ISSUE}") == frozenset(node.node_id for node in graph.nodes)


def test_a_proposal_that_was_taken_back_or_replaced_does_not_stand_and_neither_do_its_signatures():
    story = verifying().window().propose().approve(OWNER, "product_owner", StepKind.CLOSE)
    assert names(story, K.CLOSURE_APPROVAL) == [OWNER]
    taken_back = verifying().window().propose().approve(OWNER, "product_owner", StepKind.CLOSE)
    taken_back.add(EventKind.CLOSURE_JUDGED, closure_body(ISSUE, None))
    replaced = story.propose(a_proposal(residual="two customers"))
    for each in (taken_back, replaced):
        assert names(each, K.CLOSURE_APPROVAL) == []
    assert (names(taken_back, K.CLOSURE_PROPOSAL), len(names(replaced, K.CLOSURE_PROPOSAL))) == ([], 1)


def test_the_same_proposal_made_again_waits_for_signatures_of_its_own():
    story = verifying().window().propose().approve(OWNER, "product_owner", StepKind.CLOSE).window("watching").window().propose()
    assert (len(names(story, K.CLOSURE_PROPOSAL)), names(story, K.CLOSURE_APPROVAL)) == (1, [])


def test_a_gate_that_does_not_apply_stands_with_its_approval_until_it_is_recorded_anew():
    story = verifying().step(StepKind.NOT_APPLICABLE).approve(RISK, "risk_compliance", StepKind.NOT_APPLICABLE)
    assert (names(story, K.WAIVER), names(story, K.WAIVER_APPROVAL)) == (["no customer recovery"], [RISK])
    again = story.step(StepKind.NOT_APPLICABLE, reason="looked at again: forty of forty accounts were never locked at all")
    assert (len(names(again, K.WAIVER)), names(again, K.WAIVER_APPROVAL)) == (1, [])


def test_of_scopes_and_recoveries_the_newest_counts():
    story = verifying().step(StepKind.SCOPE).step(StepKind.SCOPE, customers="Everybody who paid with a card of the bank in March.")
    story.step(StepKind.RECOVERY).step(StepKind.RECOVERY, identified_count=41)
    assert len(names(story, K.SCOPE)) == 1 and "Everybody" in graph_of(story).of(K.SCOPE)[0].detail
    assert names(story, K.RECOVERY) == ["41 affected"]


def test_what_was_looked_at_after_the_closing_hangs_on_the_memo():
    story = to_closed().window("recurred", "effectiveness").step(StepKind.REVIEW)
    graph = graph_of(story)
    assert graph.of(K.REVIEW)[0].title == "recurrence window: recurred"
    (memo,) = graph.of(K.CLOSURE_MEMO)
    assert [way.node.kind for way in graph.ways(memo.node_id) if way.word == R.REVIEWED_IN] == [K.REVIEW, K.REVIEW]
    assert names(story, K.MONITORING_WINDOW) == ["recurrence window: clean"]


def test_an_issue_that_came_back_is_closed_anew():
    story = to_closed().add(EventKind.ISSUE_REOPENED, {"from": "closed", "to": "rca_in_progress", "role": "machine", "signal_count": 0})
    for kind in (K.SCOPE, K.RECOVERY, K.MONITORING_WINDOW, K.CLOSURE_PROPOSAL, K.CLOSURE_APPROVAL, K.CLOSURE_MEMO):
        assert names(story, kind) == []
