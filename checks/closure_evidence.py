"""Closure gate evidence: can a stranger rebuild discovery, decisions, fix and closure from what is sealed?

Put a rule here when it says what the evidence graph of a closed issue has to hold. Its packages are ``closure_archive.py``, who did what
``closure_duties.py``.

The rules:
 * The graph is this issue's, everything that its state asks for is in it, sealed, and its documents are those of the steps that were taken.
 * What the gates rest on is in it: the newest step of each kind, every change, and every piece of evidence.
 * Each part of the story, discovery, decision, fix and closure, has its nodes, and a walk from the issue comes by every node that stands.
 * The archive holds what is cited, unaltered.
 * Nobody stands in two roles that two people have to hold.
 * The policy says who signs the closure: what nobody has to sign, nobody answers for.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.closure_archive import find_archive_lacks
from checks.closure_duties import find_same_people
from checks.closure_gate import judged, severity_of
from checks.work.coverage import find_rule
from registry.domain.closure import ClosureInputs, GateJudgement, Lack
from registry.domain.decision import Verdict
from registry.domain.evidence_graph import NodeKind, missing_nodes
from registry.domain.issue import IssueState
from registry.domain.policy_work import ApprovalRule
from registry.domain.steps_closure import ClosureGate
from registry.domain.work import StepKind

_K = NodeKind
_STORY = {
    "discovery": (_K.SIGNAL, _K.ISSUE, _K.CLASSIFICATION),
    "decision": (_K.CONTAINMENT, _K.ROOT_CAUSE, _K.CORRECTIVE_ACTION, _K.PREVENTIVE_ACTION, _K.RELEASE_APPROVAL),
    "fix": (_K.CHANGE_REQUEST, _K.ARTIFACT_VERSION, _K.RELEASE),
    "closure": (_K.EVAL_RUN, _K.MONITORING_WINDOW),
}


_RESTS_ON = (
    *(StepKind.SCOPE, StepKind.CONTAIN, StepKind.ROOT_CAUSE, StepKind.PLAN, StepKind.IMPLEMENT),
    *(StepKind.RECOVERY, StepKind.NOT_APPLICABLE, StepKind.ACCEPT_RISK),
)


def judge_evidence(inputs: ClosureInputs) -> GateJudgement:
    """Return whether the closure can be rebuilt from the archive."""
    told = (*_find_gaps(inputs), *_find_untold(inputs), *_find_unwalked(inputs))
    lacks = (*told, *find_archive_lacks(inputs), *find_same_people(inputs), *_find_unsigned(inputs))
    nodes = [node for node in inputs.graph.nodes if node.is_current]
    summary = f"{len(nodes)} nodes are sealed, and {len(inputs.archive.packages)} packages are as they were sealed"
    rests = (node.node_id for node in nodes if node.event)  # thousands of signals are in the graph, and not listed once more
    return judged(ClosureGate.EVIDENCE, lacks, rests, summary)


def sign_off_of(inputs: ClosureInputs) -> ApprovalRule | None:
    """Return who has to sign the closure at the severity of the occurrence; None where the policy does not say."""
    return find_rule(inputs.work, StepKind.CLOSE, severity_of(inputs))


def _root(inputs: ClosureInputs) -> str:
    return f"issue:{inputs.case.issue.issue_id}"


def _find_gaps(inputs: ClosureInputs) -> Iterator[Lack]:
    if _root(inputs) not in {node.node_id for node in inputs.graph.nodes}:
        missing = f"expected the evidence graph of {inputs.case.issue.issue_id}, found another one's"
        yield Lack("other_graph", missing, "run the closure again", Verdict.FAIL)
    taken = {step.document_digest for step in inputs.case.steps}
    for node in inputs.graph.nodes:
        if node.is_current and node.digest and node.digest not in taken:
            missing = f"expected the step of event {node.event} behind {node.node_id}, found no step with its document"
            yield Lack("other_step", missing, "run the closure again; then `proofloop evidence verify`")
    for gap in missing_nodes(inputs.graph, IssueState.VERIFYING):
        code = "unsealed" if gap.of and gap.reason.startswith("event ") else "gap"
        where = f" from {gap.of}" if gap.of else ""
        missing = f"expected {gap.kind.replace('_', ' ')}{where} in the evidence graph, sealed, found that {gap.reason}"
        remedy = "seal it with `proofloop evidence seal`" if code == "unsealed" else "see `proofloop issue show` for the step to take"
        yield Lack(code, missing, remedy)


def _find_untold(inputs: ClosureInputs) -> Iterator[Lack]:
    case, events = inputs.case, {node.event for node in inputs.graph.nodes}
    newest = (case.latest(kind) for kind in _RESTS_ON)
    for step in (*newest, *case.links().values(), *case.current(StepKind.ADD_EVIDENCE)):
        if step and step.seq not in events:
            missing = f"expected the step `{step.kind}` of event {step.seq} in the evidence graph, found no node of it"
            yield Lack("not_in_graph", missing, "run the closure again; then `proofloop evidence verify`")


def _find_unwalked(inputs: ClosureInputs) -> Iterator[Lack]:
    graph, root = inputs.graph, _root(inputs)
    walked = graph.reachable(root) if any(node.node_id == root for node in graph.nodes) else frozenset()
    for part, kinds in _STORY.items():
        for kind in kinds:
            if not graph.of(kind):
                missing = f"expected the {part} to be walked by its {kind.replace('_', ' ')}, found none"
                yield Lack("not_walked", missing, "see `proofloop issue show` for what comes next")
    for kind in NodeKind:
        if lost := [node.node_id for node in graph.of(kind) if node.node_id not in walked]:
            missing = f"expected a walk from the issue to come by each {kind.replace('_', ' ')}, found {lost[0]} not reached"
            yield Lack("not_walked", missing, "run the closure again; then `proofloop evidence verify`")


def _find_unsigned(inputs: ClosureInputs) -> Iterator[Lack]:
    rule = sign_off_of(inputs)
    if rule is None or not rule.roles:
        missing = f"expected a row of the policy table approvals for closing at {severity_of(inputs)}, found none"
        yield Lack("nobody_signs", missing, "write the row: who signs a closure of this severity")
