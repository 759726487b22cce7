"""The nodes of an evidence graph that lead from a fix to a closure: which step, or judgement, becomes which node, and where it hangs.

Put here what steps and judgements towards a closure are in the graph. How nodes are put together is ``graph_building.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.domain.evidence_graph import NodeKind, Relation
from registry.domain.steps_closure import ClosureProposal, NotApplicable, Recovery, SameCause, Scope, WindowReview
from registry.domain.work import StepKind, StepTaken

_K, _R = NodeKind, Relation

# What an approval is, by what it approves; that of anything else approves a release.
APPROVALS: Mapping[StepKind, NodeKind] = {
    StepKind.ACCEPT_RISK: _K.RISK_APPROVAL,
    StepKind.NOT_APPLICABLE: _K.WAIVER_APPROVAL,
    StepKind.CLOSE: _K.CLOSURE_APPROVAL,
}
APPROVAL_KINDS = frozenset({_K.RELEASE_APPROVAL, *APPROVALS.values()})


@dataclass(frozen=True, slots=True)
class ClosingNode:
    """A node before it has its place: ``parents`` are the kinds it may hang on, the nearest first; without any of them on the issue."""

    kind: NodeKind
    title: str
    detail: str
    parents: tuple[NodeKind, ...]
    relation: Relation


def node_of_step(step: StepTaken) -> ClosingNode | None:
    """Return what a step towards a closure is in the graph; None for every other step."""
    make = _NODES.get(step.kind)
    return make(step.document) if make else None


def _scope(document: Scope) -> ClosingNode:
    detail = f"{document.customers} In {', '.join(document.segments)}; at {', '.join(document.journeys)}"
    return ClosingNode(_K.SCOPE, "scope", detail, (_K.CLASSIFICATION,), _R.SCOPED_AS)


def _recovery(document: Recovery) -> ClosingNode:
    return ClosingNode(_K.RECOVERY, f"{document.identified_count} affected", document.check, (_K.CLASSIFICATION,), _R.MADE_GOOD_BY)


def _waiver(document: NotApplicable) -> ClosingNode:
    return ClosingNode(_K.WAIVER, f"no {document.gate.value.replace('_', ' ')}", document.reason, (_K.CLASSIFICATION,), _R.WAIVED_BY)


def _same_cause(document: SameCause) -> ClosingNode:
    return ClosingNode(_K.SAME_CAUSE, document.issue, document.reason, (_K.ROOT_CAUSE,), _R.SHARES_CAUSE_WITH)


def _review(document: WindowReview) -> ClosingNode:
    said = f"{document.conclusion.value.replace('_', ' ')}: {document.observed}"
    return ClosingNode(_K.REVIEW, document.forum, said, (_K.CLOSURE_MEMO, _K.MONITORING_WINDOW), _R.REVIEWED_IN)


def _proposal(document: ClosureProposal) -> ClosingNode:
    left = f"What remains: {document.residual}" if document.residual else "Nothing remains."
    told = f"{'; '.join(document.gates)}. Window: {document.window}. {left}"
    return ClosingNode(_K.CLOSURE_PROPOSAL, f"judged for {document.business_date}", told, (_K.MONITORING_WINDOW,), _R.PROPOSED_IN)


_NODES: Mapping[StepKind, Callable[[Any], ClosingNode]] = {
    StepKind.SCOPE: _scope,
    StepKind.RECOVERY: _recovery,
    StepKind.NOT_APPLICABLE: _waiver,
    StepKind.SAME_CAUSE: _same_cause,
    StepKind.REVIEW: _review,
    StepKind.CLOSE: _proposal,
}


def window_words(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return title and detail of a window by its newest judgement."""
    counted = {"observed_days": "days observed", "exposure": "decisions counted", "occurrence_count": "occurrences after the fix"}
    told = ", ".join(f"{data[name]} {words}" for name, words in counted.items() if data.get(name) is not None)
    return f"recurrence window: {data['outcome']}".replace("_", " "), told
