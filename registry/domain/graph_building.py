"""Making the evidence graph of an issue from its events and signals.

Put here which event becomes which node, and what it is linked to. What the words mean is ``evidence_graph.py``.

 * The opening's severity is a classification like those that people set.
 * Which nodes still stand is ``graph_standing.py``. A node whose parent is not there hangs on the issue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from registry.domain.cases import advanced
from registry.domain.closing import is_of_closure
from registry.domain.events import EventKind, is_move
from registry.domain.evidence_graph import Edge, EvidenceGraph, Node, NodeKind, Relation
from registry.domain.graph_closing import APPROVAL_KINDS, APPROVALS, node_of_step, window_words
from registry.domain.graph_standing import Standing, is_current
from registry.domain.issue import Issue, IssueState
from registry.domain.preservation import hold_id_of
from registry.domain.signal import SignalCategory
from registry.domain.steps import ActionKind
from registry.domain.times import parse_instant
from registry.domain.work import ApprovalGiven, Case, StepKind, StepTaken

_K, _R = NodeKind, Relation
_ORDER = list(NodeKind)
_SEVERITY_EVENTS = (EventKind.ISSUE_OPENED, EventKind.ISSUE_ESCALATED, EventKind.SIGNALS_JOINED, EventKind.SEVERITY_SET)


def build_graph(
    issue: Issue,
    events: Iterable[tuple[int, Mapping[str, Any]]],
    signals: Sequence[tuple[str, Mapping[str, Any]]],
    packages: Mapping[int, str],
) -> EvidenceGraph:
    """Return the graph of ``issue`` from its events in order (number, envelope) and its signals (relation, body).

    ``packages`` says where an event is sealed; one that is not in it is not sealed yet.
    """
    building = _Building(issue, packages)
    for relation, body in signals:
        building.add_signal(relation, body)
    for seq, envelope in events:
        building.add(seq, envelope)
    return building.finish()


class _Building:
    """The graph as the events pass by in order."""

    def __init__(self, issue: Issue, packages: Mapping[int, str]) -> None:
        self._case, self._packages = Case(issue), packages
        self._root = f"issue:{issue.issue_id}"
        self._nodes = {self._root: Node(self._root, _K.ISSUE, issue.issue_id, issue.title, issue.opened_at)}
        self._edges: dict[Edge, None] = {}
        self._newest: dict[NodeKind, str] = {}
        self._standing_since = 0

    def add_signal(self, relation: str, body: Mapping[str, Any]) -> None:
        node_id = f"signal:{body['key']}"
        detail = ", ".join(part for part in (*_words(relation, body["category"]), body["journey_step"], *_watched(body)) if part)
        self._nodes[node_id] = Node(node_id, _K.SIGNAL, body["signal_id"], detail, parse_instant(body["received_at"]), body["feed"])
        self._link(node_id, _R.OBSERVED_ON, self._root)
        for artifact, version in sorted(body["versions"].items()):
            version_id = f"implicated_version:{artifact}:{version}"
            self._nodes[version_id] = Node(version_id, _K.IMPLICATED_VERSION, f"{artifact} {version}", "in force when it was decided")
            self._link(node_id, _R.DECIDED_BY, version_id)

    def add(self, seq: int, envelope: Mapping[str, Any]) -> None:
        kind, data = EventKind(envelope["kind"]), envelope["data"]
        self._case = advanced(self._case, seq, envelope)
        if kind in _SEVERITY_EVENTS and "severity" in data:
            self._put(seq, envelope, _K.CLASSIFICATION, data["severity"], data.get("reason", ""), self._root, _R.CLASSIFIED_AS)
        if kind is EventKind.ISSUE_OPENED:
            self._nodes[self._root] = replace(self._nodes[self._root], event=seq, package=self._packages.get(seq, ""))
        elif kind is EventKind.ISSUE_REOPENED:
            self._reopened(seq, envelope)
        elif kind is EventKind.APPROVAL_RECORDED:
            self._approved(seq, envelope, self._case.approvals[-1])
        elif kind is EventKind.WINDOW_JUDGED:
            self._judged(seq, envelope)
        elif "step" in data:
            self._stepped(self._case.steps[-1], envelope)
        if is_move(envelope):
            self._moved(seq, envelope)

    def finish(self) -> EvidenceGraph:
        released = frozenset(edge.source for edge in self._edges if edge.relation is _R.ENDED_BY)
        standing = Standing(self._case, self._newest, self._standing_since, released)
        nodes = (replace(node, is_current=is_current(node, standing)) for node in self._nodes.values())
        ordered = sorted(nodes, key=lambda node: (_ORDER.index(node.kind), node.event, node.node_id))
        place = {node.node_id: number for number, node in enumerate(ordered)}
        edges = sorted(self._edges, key=lambda edge: (place[edge.source], place[edge.target], edge.relation))
        return EvidenceGraph(tuple(ordered), tuple(edges))

    def _stepped(self, step: StepTaken, envelope: Mapping[str, Any]) -> None:
        document = step.document
        if step.kind is StepKind.CONTAIN:
            self._put(
                step.seq, envelope, _K.CONTAINMENT, document.pattern, document.measure, self._parent(_K.CLASSIFICATION), _R.CONTAINED_BY
            )
        elif step.kind is StepKind.ROOT_CAUSE:
            self._explained(step, envelope)
        elif step.kind is StepKind.PLAN:
            self._planned(step, envelope)
        elif step.kind is StepKind.LINK_CHANGE:
            self._changed(step, envelope)
        elif step.kind is StepKind.IMPLEMENT:
            self._released(step, envelope)
        elif step.kind is StepKind.ADD_EVIDENCE:
            self._verified(step, envelope)
        elif step.kind is StepKind.ACCEPT_RISK:
            until = f"until {document.expires_on}: {document.reason}"
            self._put(step.seq, envelope, _K.RISK_ACCEPTANCE, document.owner, until, self._root, _R.ACCEPTED_BY)
        elif step.kind is StepKind.HOLD:
            self._put(step.seq, envelope, _K.HOLD, hold_id_of(step.document_digest), document.reason, self._root, _R.HELD_BY)
        elif step.kind is StepKind.RELEASE_HOLD:
            holds = [node.node_id for node in self._nodes.values() if node.kind is _K.HOLD and node.title == document.hold]
            parent, relation = (holds[-1], _R.ENDED_BY) if holds else (self._root, _R.HELD_BY)
            self._put(step.seq, envelope, _K.HOLD_RELEASE, document.hold, document.reason, parent, relation)
        elif node := node_of_step(step):
            parent = next((self._newest[kind] for kind in node.parents if kind in self._newest), self._root)
            self._put(step.seq, envelope, node.kind, node.title, node.detail, parent, node.relation)

    def _explained(self, step: StepTaken, envelope: Mapping[str, Any]) -> None:
        family, cause = step.document.family, step.document.direct_cause
        cause_id = self._put(step.seq, envelope, _K.ROOT_CAUSE, family, cause, self._parent(_K.CLASSIFICATION), _R.EXPLAINED_BY)
        for proposal in envelope["data"].get("elsewhere", ()):
            detail = ", ".join((proposal["why"], *proposal["issues"]))
            self._put(step.seq, envelope, _K.ELSEWHERE, proposal["system"], detail, cause_id, _R.MAY_ALSO_BE_IN, proposal["system"])

    def _planned(self, step: StepTaken, envelope: Mapping[str, Any]) -> None:
        parent = self._parent(_K.ROOT_CAUSE)
        for action in step.document.actions:
            is_corrective = action.kind is ActionKind.CORRECTIVE
            kind = _K.CORRECTIVE_ACTION if is_corrective else _K.PREVENTIVE_ACTION
            relation = _R.CORRECTED_BY if is_corrective else _R.PREVENTED_BY
            detail = f"{action.what} ({action.owner}, by {action.due_on})"
            self._put(step.seq, envelope, kind, action.action, detail, parent, relation, action.action)

    def _approved(self, seq: int, envelope: Mapping[str, Any], approval: ApprovalGiven) -> None:
        detail = f"{approval.kind} as {approval.role}" + (", break-glass" if approval.is_break_glass else "")
        kind = APPROVALS.get(approval.action, _K.RELEASE_APPROVAL)
        fitting = [node for node in self._nodes.values() if node.digest == approval.document_digest]
        parents = [node.node_id for node in fitting if node.kind not in {_K.ELSEWHERE, *APPROVAL_KINDS}]
        for parent in parents or [self._root]:
            self._put(seq, envelope, kind, approval.name, detail, parent, _R.APPROVED_BY if parents else _R.ACCEPTED_BY)

    def _changed(self, step: StepTaken, envelope: Mapping[str, Any]) -> None:
        link, plan = step.document, self._case.latest(StepKind.PLAN)
        parent = next((node_id for node_id in _action_ids(plan, link.action) if node_id in self._nodes), self._root)
        detail = f"for {link.action}, approved by {link.approver}"
        change = self._put(step.seq, envelope, _K.CHANGE_REQUEST, link.change_request, detail, parent, _R.CARRIED_OUT_BY)
        name, what = f"{link.name} {link.version}", link.artifact.replace("_", " ")
        self._put(step.seq, envelope, _K.ARTIFACT_VERSION, name, what, change, _R.DELIVERS)

    def _released(self, step: StepTaken, envelope: Mapping[str, Any]) -> None:
        detail = f"{step.document.share_percent} % of the traffic; back: {step.document.rollback}"
        title = f"since {step.document.deployed_at:%Y-%m-%d %H:%M%z}"
        for parent in self._versions() or [self._root]:
            self._put(step.seq, envelope, _K.RELEASE, title, detail, parent, _R.RELEASED_IN)

    def _verified(self, step: StepTaken, envelope: Mapping[str, Any]) -> None:
        document = step.document
        detail = f"{document.summary} Before: {document.before}. After: {document.after}."
        for parent in self._versions() or [self._root]:
            self._put(step.seq, envelope, _K.EVAL_RUN, document.kind, detail, parent, _R.VERIFIED_BY)

    def _moved(self, seq: int, envelope: Mapping[str, Any]) -> None:
        to, reason = IssueState(envelope["data"]["to"]), envelope["data"].get("reason", "")
        if to is IssueState.VERIFYING and _K.MONITORING_WINDOW not in self._newest:
            self._put(seq, envelope, _K.MONITORING_WINDOW, "recurrence window", reason, self._parent(_K.RELEASE), _R.WATCHED_IN)
        elif to is IssueState.CLOSED:
            proposal = self._newest.get(_K.CLOSURE_PROPOSAL)
            told = self._nodes[proposal].detail if proposal else reason
            memo = self._put(seq, envelope, _K.CLOSURE_MEMO, "closed", told, self._parent(_K.MONITORING_WINDOW), _R.CLOSED_BY)
            if proposal:
                self._link(proposal, _R.CLOSED_BY, memo)

    def _judged(self, seq: int, envelope: Mapping[str, Any]) -> None:
        """A window is one node, with its newest outcome; one of a closed issue is a review of it."""
        title, detail = window_words(envelope["data"])
        window = self._newest.get(_K.MONITORING_WINDOW)
        if not is_of_closure(envelope["data"]):
            self._put(seq, envelope, _K.REVIEW, title, detail, self._parent(_K.CLOSURE_MEMO), _R.REVIEWED_IN)
        elif window is None:
            self._put(seq, envelope, _K.MONITORING_WINDOW, title, detail, self._parent(_K.RELEASE), _R.WATCHED_IN)
        else:
            at, package = parse_instant(envelope["as_of"]), self._packages.get(seq, "")
            self._nodes[window] = replace(self._nodes[window], title=title, detail=detail, at=at, event=seq, package=package)

    def _reopened(self, seq: int, envelope: Mapping[str, Any]) -> None:
        data = envelope["data"]
        if data.get("to") != IssueState.RCA_IN_PROGRESS:
            self._standing_since = seq
        kept = (_K.CLASSIFICATION, _K.CONTAINMENT, _K.ROOT_CAUSE) if self._standing_since < seq else (_K.CLASSIFICATION,)
        self._newest = {kind: node_id for kind, node_id in self._newest.items() if kind in kept}
        title = f"to {data.get('to', 'triage')}".replace("_", " ")
        self._put(seq, envelope, _K.REOPENING, title, data.get("reason", ""), self._root, _R.CAME_BACK_IN)

    def _put(
        self,
        seq: int,
        envelope: Mapping[str, Any],
        kind: NodeKind,
        title: str,
        detail: str,
        parent: str,
        relation: Relation,
        part: str = "",
    ) -> str:
        node_id = f"{kind}:{seq}" + (f":{part}" if part else "")
        at, digest = parse_instant(envelope["as_of"]), envelope["data"].get("document_digest", "")
        self._nodes[node_id] = Node(node_id, kind, str(title), detail, at, envelope["actor"], seq, digest, self._packages.get(seq, ""))
        self._link(parent, relation, node_id)
        self._newest[kind] = node_id
        return node_id

    def _link(self, source: str, relation: Relation, target: str) -> None:
        self._edges[Edge(source, relation, target)] = None

    def _parent(self, kind: NodeKind) -> str:
        return self._newest.get(kind, self._root)

    def _versions(self) -> list[str]:
        """Return the versions that the newest changes of the present plan deliver."""
        return [f"{_K.ARTIFACT_VERSION}:{step.seq}" for step in self._case.links().values()]


def _words(*names: str) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in names)


def _watched(signal: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a drift alert says of its window, and the request where it is one; other signals' pointers are their sources' own."""
    if signal["category"] != SignalCategory.DRIFT_ALERT:
        return ()
    request = signal["segment"].get("request", "")
    return (*signal["source_evidence"], f"request {request}" if request else "")


def _action_ids(plan: StepTaken | None, action: str) -> tuple[str, ...]:
    """Return the ids that an action of ``plan`` may have."""
    return tuple(f"{kind}:{plan.seq}:{action}" for kind in (_K.CORRECTIVE_ACTION, _K.PREVENTIVE_ACTION)) if plan else ()
