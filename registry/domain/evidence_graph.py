"""The evidence graph of an issue: what was seen, found, decided, changed and shown, and how each follows from the other.

Put the graph's vocabulary here, how it is walked, and which nodes a state of an issue asks for. How it is made from events is
``graph_building.py``; how it is drawn belongs to ``reports``.

 * An edge is walked both ways: every relation has a word for each direction.
 * A node that something newer replaced, or that belongs to an earlier occurrence, stays in the graph and is not current.
 * What a state asks for and is not there is a gap, told with what it is missing from. A node whose event is not sealed is one too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry.domain.issue import IssueState


class NodeKind(StrEnum):
    """What a node is, from the signal to the closure memo; the order is that of a walk from left to right."""

    SIGNAL = "signal"
    IMPLICATED_VERSION = "implicated_version"
    ISSUE = "issue"
    REOPENING = "reopening"
    HOLD = "preservation_hold"
    HOLD_RELEASE = "hold_release"
    RISK_ACCEPTANCE = "risk_acceptance"
    RISK_APPROVAL = "risk_approval"
    CLASSIFICATION = "harm_or_control_classification"
    SCOPE = "scope"
    RECOVERY = "customer_recovery"
    WAIVER = "gate_not_applicable"
    WAIVER_APPROVAL = "waiver_approval"
    CONTAINMENT = "containment"
    ROOT_CAUSE = "root_cause"
    ELSEWHERE = "elsewhere"
    SAME_CAUSE = "same_cause"
    CORRECTIVE_ACTION = "corrective_action"
    PREVENTIVE_ACTION = "preventive_action"
    RELEASE_APPROVAL = "release_approval"
    CHANGE_REQUEST = "change_request"
    ARTIFACT_VERSION = "artifact_version"
    RELEASE = "release"
    EVAL_RUN = "eval_run"
    MONITORING_WINDOW = "monitoring_window"
    CLOSURE_PROPOSAL = "closure_proposal"
    CLOSURE_APPROVAL = "closure_approval"
    CLOSURE_MEMO = "closure_memo"
    REVIEW = "review"


class Relation(StrEnum):
    """How the source of an edge relates to its target; ``inverse`` is the same edge read from the target."""

    inverse: str

    def __new__(cls, word: str, inverse: str) -> Relation:
        made = str.__new__(cls, word)
        made._value_, made.inverse = word, inverse
        return made

    OBSERVED_ON = "observed on", "seen in"
    DECIDED_BY = "decided by", "decided"
    CAME_BACK_IN = "came back in", "brings back"
    HELD_BY = "held by", "holds"
    ENDED_BY = "ended by", "ends"
    ACCEPTED_BY = "accepted by", "accepts"
    CLASSIFIED_AS = "classified as", "classifies"
    CONTAINED_BY = "contained by", "contains"
    EXPLAINED_BY = "explained by", "explains"
    MAY_ALSO_BE_IN = "may also be in", "shares a part with"
    CORRECTED_BY = "corrected by", "corrects"
    PREVENTED_BY = "prevented by", "prevents"
    APPROVED_BY = "approved by", "approves"
    CARRIED_OUT_BY = "carried out by", "carries out"
    DELIVERS = "delivers", "delivered by"
    RELEASED_IN = "released in", "releases"
    VERIFIED_BY = "verified by", "verifies"
    WATCHED_IN = "watched in", "watches"
    SCOPED_AS = "scoped as", "scopes"
    MADE_GOOD_BY = "made good by", "makes good"
    WAIVED_BY = "waived by", "waives"
    SHARES_CAUSE_WITH = "shares its cause with", "is named as the same by"
    PROPOSED_IN = "proposed in", "proposes"
    REVIEWED_IN = "reviewed in", "reviews"
    CLOSED_BY = "closed by", "closes"


@dataclass(frozen=True, slots=True)
class Node:
    """One piece of evidence. ``event`` is the ledger event it rests on (0: a signal, which its day's package holds).

    ``digest`` is that of the document, where people handed one in; ``package`` is where it is sealed (empty: not yet).
    """

    node_id: str
    kind: NodeKind
    title: str
    detail: str = ""
    at: datetime | None = None
    by: str = ""
    event: int = 0
    digest: str = ""
    package: str = ""
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Edge:
    """``source`` stands in ``relation`` to ``target``, by their ids."""

    source: str
    relation: Relation
    target: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a node: the relation's word in that direction, and where it leads."""

    word: str
    node: Node
    is_forward: bool


@dataclass(frozen=True, slots=True)
class EvidenceGraph:
    """Nodes by kind, time and id, and the edges between them; the same events give the same graph, byte for byte."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def node(self, node_id: str) -> Node:
        """Return the node of this id.

        Raises:
            KeyError: there is none.
        """
        return {node.node_id: node for node in self.nodes}[node_id]

    def of(self, kind: NodeKind) -> tuple[Node, ...]:
        """Return the current nodes of one kind."""
        return tuple(node for node in self.nodes if node.kind is kind and node.is_current)

    def ways(self, node_id: str) -> tuple[Way, ...]:
        """Return every way on from a node, in both directions: what leads to it first."""
        known = {node.node_id: node for node in self.nodes}
        back = [Way(edge.relation.inverse, known[edge.source], is_forward=False) for edge in self.edges if edge.target == node_id]
        return (*back, *(Way(edge.relation.value, known[edge.target], is_forward=True) for edge in self.edges if edge.source == node_id))

    def reachable(self, node_id: str) -> frozenset[str]:
        """Return the ids of the nodes that a walk from here comes by, whichever way the edges point."""
        beside: dict[str, set[str]] = {node.node_id: set() for node in self.nodes}
        for edge in self.edges:
            beside[edge.source].add(edge.target)
            beside[edge.target].add(edge.source)
        seen, waiting = {node_id}, [node_id]
        while waiting:
            found = beside[waiting.pop()] - seen
            seen |= found
            waiting += found
        return frozenset(seen)


@dataclass(frozen=True, slots=True)
class Gap:
    """A node that the issue's state asks for and that is not there; ``of`` is the node it is missing from (empty: the issue)."""

    kind: NodeKind
    reason: str
    of: str = ""


_S, _K = IssueState, NodeKind
# What a state asks for is what the states before it ask for, and this. Whether there was harm to make good is judged, and not asked here.
_ASKED: tuple[tuple[IssueState, tuple[NodeKind, ...]], ...] = (
    (_S.NEW_SIGNAL, (_K.SIGNAL, _K.ISSUE)),
    (_S.TRIAGE, (_K.CLASSIFICATION,)),
    (_S.CONTAINED, (_K.CONTAINMENT,)),
    (_S.RCA_IN_PROGRESS, (_K.ROOT_CAUSE,)),
    (_S.ACTION_APPROVED, (_K.CORRECTIVE_ACTION, _K.PREVENTIVE_ACTION, _K.RELEASE_APPROVAL)),
    (_S.IMPLEMENTED, (_K.RELEASE,)),
    (_S.VERIFYING, (_K.MONITORING_WINDOW,)),
    (_S.CLOSED, (_K.SCOPE, _K.EVAL_RUN, _K.CLOSURE_PROPOSAL, _K.CLOSURE_APPROVAL, _K.CLOSURE_MEMO)),
)
_LINKED = frozenset({_S.IMPLEMENTED, _S.VERIFYING, _S.CLOSED})


def asked_kinds(state: IssueState) -> tuple[NodeKind, ...]:
    """Return the kinds of nodes that an issue in ``state`` is asked for.

    >>> [kind.value for kind in asked_kinds(IssueState.TRACKED)]
    ['signal', 'issue', 'harm_or_control_classification']
    """
    state = _S.TRIAGE if state is _S.TRACKED else state
    order = [each for each, _ in _ASKED]
    return tuple(kind for each, kinds in _ASKED if order.index(each) <= order.index(state) for kind in kinds)


def missing_nodes(graph: EvidenceGraph, state: IssueState) -> tuple[Gap, ...]:
    """Return what ``graph`` lacks for an issue in ``state``; nothing: it is complete up to that state."""
    return (*_absent(graph, state), *_unlinked(graph, state), *_unsealed(graph))


def _absent(graph: EvidenceGraph, state: IssueState) -> Iterator[Gap]:
    for kind in asked_kinds(state):
        if not graph.of(kind):
            yield Gap(kind, f"an issue in {state} is asked for it")


def _unlinked(graph: EvidenceGraph, state: IssueState) -> Iterator[Gap]:
    if state not in _LINKED:
        return
    for action in (*graph.of(_K.CORRECTIVE_ACTION), *graph.of(_K.PREVENTIVE_ACTION)):
        ways = [way.node for way in graph.ways(action.node_id) if way.is_forward and way.node.is_current]
        if not any(node.kind is _K.CHANGE_REQUEST for node in ways):
            yield Gap(_K.CHANGE_REQUEST, f"the action {action.title} is carried out by no change", action.node_id)


def _unsealed(graph: EvidenceGraph) -> Iterator[Gap]:
    for node in graph.nodes:
        if node.event and not node.package:
            yield Gap(node.kind, f"event {node.event} is recorded and not sealed yet", node.node_id)
