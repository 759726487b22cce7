"""Closure gate root cause: is it classified, shown, sealed, and the cause of what happened this time?

Put a rule here when it judges the root cause of an issue that is to be closed. What one must say is ``checks/work/root_cause.py``.

The rules:
 * How severe the issue is was classified: by the triage that opened it, or by somebody.
 * A root cause stands: of the present occurrence, or of the one before where the same cause came back.
 * It is the one that was recorded, by its digest, and its event is sealed.
 * It names its family, cause and failed control, and links evidence.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_gate import find_unsaid_fields, judged
from registry.domain.closure import ClosureInputs, GateJudgement, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import EvidenceGraph, Node, NodeKind
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import Case, StepKind, StepTaken

_FIELDS = ("confirmed_failure", "direct_cause", "control_failure", "family", "evidence")
_TAKE = "take the step `root-cause`"


def judge_root_cause(inputs: ClosureInputs) -> GateJudgement:
    """Return whether the cause of the present occurrence is known, with evidence."""
    node, step = standing_cause(inputs.case, inputs.graph)
    lacks = (*_find_unclassified(inputs), *_find_lacking(inputs, node, step))
    summary = f"{node.title.replace('_', ' ')}: {step.document.direct_cause}" if node and step else ""
    evidence = [one.node_id for one in (*inputs.graph.of(NodeKind.CLASSIFICATION), *inputs.graph.of(NodeKind.ROOT_CAUSE))]
    return judged(ClosureGate.ROOT_CAUSE, lacks, evidence, summary)


def standing_cause(case: Case, graph: EvidenceGraph) -> tuple[Node | None, StepTaken | None]:
    """Return the root cause that stands, as the graph and as the case hold it; None where they do not."""
    node = next(iter(graph.of(NodeKind.ROOT_CAUSE)), None)
    taken = (step for step in case.steps if node and step.seq == node.event and step.kind is StepKind.ROOT_CAUSE)
    return node, next(taken, None)


def _find_unclassified(inputs: ClosureInputs) -> Iterator[Lack]:
    if not inputs.graph.of(NodeKind.CLASSIFICATION):
        missing = "expected how severe the issue is, found no classification"
        yield Lack("not_classified", missing, "take the step `classify`")


def _find_lacking(inputs: ClosureInputs, node: Node | None, step: StepTaken | None) -> Iterator[Lack]:
    recorded = any(taken.kind is StepKind.ROOT_CAUSE for taken in inputs.case.steps)
    if node is None and recorded:
        missing = "expected a root cause that stands in the present occurrence, found one of an earlier occurrence"
        yield Lack("cause_not_standing", missing, f"{_TAKE}: the issue came back as something new")
    elif node is None:
        yield Lack("no_root_cause", "expected a root cause with its evidence, found none", _TAKE)
    elif step is None or step.document_digest != node.digest:
        missing = f"expected the root cause of event {node.event} as it was recorded, {node.digest or 'without a digest'}, found another"
        yield Lack("other_cause", missing, "find out who altered it: `proofloop evidence verify`", Verdict.FAIL)
    else:
        yield from find_unsaid_fields(inputs, step, _FIELDS, "empty_cause")
        if not node.package:
            missing = f"expected the root cause of event {node.event} in a sealed package, found it in none"
            yield Lack("cause_unsealed", missing, "seal it with `proofloop evidence seal`")
