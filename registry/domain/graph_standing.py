"""Which nodes of an evidence graph still stand: nothing newer took their place, and they are not of an earlier occurrence.

Put a rule here when it says that a node counts or no longer does.

 * Of classifications the newest counts. Containment and root cause stand when an issue comes back to root cause analysis, and not when
   it comes back as new; where else the cause may be stands with it.
 * An action is that of the newest plan, an approval that of its document, a change the newest linked to an action.
 * A hold stands until it is released, an accepted risk until its end. A proposal to close stands while the issue's fold says so.
 * Of scopes, recoveries and waived gates the newest counts. Everything else stands in its occurrence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from registry.domain.evidence_graph import Node, NodeKind
from registry.domain.work import Case, StepKind

_K = NodeKind


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known at the end: the case, the newest node of each kind, since when causes stand, and the holds that were released."""

    case: Case
    newest: Mapping[NodeKind, str]
    since: int
    released: frozenset[str]


def is_current(node: Node, standing: Standing) -> bool:
    """Return whether ``node`` still stands."""
    if not node.event or node.kind in (_K.ISSUE, _K.REOPENING, _K.HOLD_RELEASE):
        return True
    return _RULES.get(node.kind, _is_of_this_occurrence)(node, standing)


def _is_of_this_occurrence(node: Node, standing: Standing) -> bool:
    return node.event > standing.case.reopened_seq


def _is_newest(node: Node, standing: Standing) -> bool:
    return node.node_id == standing.newest.get(node.kind)


def _stands(node: Node, standing: Standing) -> bool:
    return _is_newest(node, standing) and node.event > standing.since


def _stands_with_cause(node: Node, standing: Standing) -> bool:
    return standing.newest.get(_K.ROOT_CAUSE) == f"{_K.ROOT_CAUSE}:{node.event}" and node.event > standing.since


def _is_held(node: Node, standing: Standing) -> bool:
    return node.node_id not in standing.released


def _is_planned(node: Node, standing: Standing) -> bool:
    plan = standing.case.latest(StepKind.PLAN)
    return plan is not None and node.digest == plan.document_digest and node.event >= plan.seq


def _is_linked(node: Node, standing: Standing) -> bool:
    return any(node.event == step.seq for step in standing.case.links().values())


def _is_accepted(node: Node, standing: Standing) -> bool:
    risk = standing.case.latest(StepKind.ACCEPT_RISK)
    return risk is not None and node.digest == risk.document_digest and node.digest not in standing.case.ended


def _is_waived(node: Node, standing: Standing) -> bool:
    waived = standing.case.latest(StepKind.NOT_APPLICABLE)
    return waived is not None and node.digest == waived.document_digest and node.event >= waived.seq


def _is_proposed(node: Node, standing: Standing) -> bool:
    """The newest event that proposed what stands, or an approval that came after it."""
    proposed = standing.case.latest(StepKind.CLOSE)
    return proposed is not None and node.digest == standing.case.issue.closure and node.event >= proposed.seq


_RULES: Mapping[NodeKind, Callable[[Node, Standing], bool]] = {
    _K.CLASSIFICATION: _is_newest,
    _K.CONTAINMENT: _stands,
    _K.ROOT_CAUSE: _stands,
    _K.ELSEWHERE: _stands_with_cause,
    _K.CORRECTIVE_ACTION: _is_planned,
    _K.PREVENTIVE_ACTION: _is_planned,
    _K.RELEASE_APPROVAL: _is_planned,
    _K.CHANGE_REQUEST: _is_linked,
    _K.ARTIFACT_VERSION: _is_linked,
    _K.RELEASE: _stands,
    _K.SCOPE: _is_newest,
    _K.RECOVERY: _is_newest,
    _K.WAIVER: _is_waived,
    _K.WAIVER_APPROVAL: _is_waived,
    _K.CLOSURE_PROPOSAL: _is_proposed,
    _K.CLOSURE_APPROVAL: _is_proposed,
    _K.HOLD: _is_held,
    _K.RISK_ACCEPTANCE: _is_accepted,
    _K.RISK_APPROVAL: _is_accepted,
}
