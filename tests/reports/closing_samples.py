"""Closures and portfolios for pages: one proposed, one refused, one of nothing, and ones that say given texts in every place.

Put a sample of one of these here. Closures are judged, not written down; windows are ``window_samples.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from checks.closure import judge_closure
from checks.recurrence import judge_window
from registry.domain.approving import Coverage
from registry.domain.catalogue import OwnerRole
from registry.domain.closure import ClosureInputs, Dossier, Portfolio, PortfolioMonth, PortfolioRow
from registry.domain.closure_run import ClosureDay
from registry.domain.decision import KnowledgeCut, NotEvaluated, Verdict
from registry.domain.evidence_graph import Edge, EvidenceGraph, NodeKind, Relation
from registry.domain.policy_work import ApprovalRule
from registry.domain.signal import Severity
from registry.domain.work import Case, StepKind
from tests.builders import DIGEST
from tests.closure_builders import a_closure, a_population, a_shared_effect, a_window
from tests.closure_documents import a_risk
from tests.closure_story import a_story
from tests.recurrence_builders import FIX_AT, JUDGED_ON
from tests.reports.samples import with_text
from tests.reports.window_samples import a_watched_window, each


def a_dossier(inputs: ClosureInputs, **changes: object) -> Dossier:
    """Return the dossier of a closure as it is sealed, before anybody signs."""
    return Dossier(judge_closure(inputs), inputs.case, inputs.graph, inputs.window, inputs.archive, **changes)  # type: ignore[arg-type]


def a_proposed_closure() -> ClosureInputs:
    """Material harm, fixed and restored, beside another system that runs the same model."""
    return a_closure(Severity.L3, shared=(a_shared_effect(),))


def a_refused_closure() -> ClosureInputs:
    """No scope, one piece of evidence too few, four customers who were not reached, and a window that is still watched."""
    story = a_story(Severity.L3).without(StepKind.ADD_EVIDENCE, 0).without(StepKind.SCOPE)
    inputs = a_watched_window()
    watched = replace(judge_window(inputs), severity=Severity.L3, business_date=a_window(Severity.L3).business_date)
    left = tuple((f"C-{number}", "moved, no address") for number in range(4))
    population = a_population(residual_count=4, remediated_count=23, residuals=left)
    return a_closure(Severity.L3, story=story, window=watched, population=population)


def a_bare_closure() -> ClosureInputs:
    """An issue on which nobody did anything."""
    inputs = a_closure(Severity.L2)
    return replace(inputs, case=Case(inputs.case.issue), graph=EvidenceGraph((), ()), window=None, signals=())


def covered(inputs: ClosureInputs, missing: tuple[OwnerRole, ...] = (OwnerRole.MODEL_RISK,)) -> Coverage:
    """Return signatures of the closure: the plan's, as if they were of the proposal."""
    roles = (OwnerRole.PRODUCT_OWNER, OwnerRole.RISK_COMPLIANCE, OwnerRole.MODEL_RISK)
    rule = ApprovalRule("close_L3", StepKind.CLOSE, (Severity.L3,), roles, needs_signature=True)
    given = tuple(one for one in inputs.case.approvals if one.role not in {role.value for role in missing})
    return Coverage(rule, given, missing, (), 2)


def dossier_named_by(texts: Sequence[str]) -> Dossier:
    """A refused closure with each text in every list of its decision, documents, approvals, graph and archive."""
    inputs = a_refused_closure()
    base, first = a_dossier(inputs), texts[0]
    story = a_story(Severity.L3)
    risk = replace(inputs.case.steps[0], seq=90, kind=StepKind.ACCEPT_RISK, document=a_risk())
    whole = a_closure(Severity.L3, story=story).case
    steps = [step for step in (*whole.steps, risk) if step.kind is not StepKind.ADD_EVIDENCE]
    proof = [step for step in whole.steps if step.kind is StepKind.ADD_EVIDENCE][:1]
    case = replace(
        whole,
        issue=with_text(whole.issue, first),
        steps=(
            *(_with_actions(with_text(step, first), texts) for step in steps),
            *(with_text(one, text) for text in texts for one in proof),
        ),
        approvals=tuple(with_text(one, text) for text in texts for one in whole.approvals[:1]),
    )
    gates = tuple(
        replace(gate, summary=text, lacks=tuple(with_text(lack, text) for lack in gate.lacks))
        for gate, text in product(base.decision.gates, texts)
    )
    decision = replace(
        with_text(base.decision, first),
        gates=gates,
        before_after=each(base.decision.before_after, texts),
        not_evaluated=tuple(NotEvaluated(text, text, text) for text in texts),
        inputs=each(base.decision.inputs, texts),
        asked=tuple(texts),
        population=replace(a_population(), exclusions=tuple((text, 1) for text in texts), bad_rows=tuple(texts)),
    )
    archive = replace(with_text(base.archive, first), packages=each(base.archive.packages, texts))
    coverage = replace(covered(inputs), counted=case.approvals, missing=())
    return Dossier(decision, case, _graph(base.graph, texts), with_text(base.window, first), archive, coverage)


def _with_actions(step: object, texts: Sequence[str]) -> object:
    document = getattr(step, "document")  # noqa: B009 - a step with a document of any kind
    if not hasattr(document, "actions"):
        return step
    actions = tuple(with_text(document.actions[0], text) for text in texts)
    return replace(step, document=replace(document, actions=actions))  # type: ignore[type-var]


def _graph(graph: EvidenceGraph, texts: Sequence[str]) -> EvidenceGraph:
    shown = [node for node in graph.nodes if node.kind is not NodeKind.SIGNAL][:4]
    nodes = tuple(replace(with_text(node, text), node_id=f"{number} {text}") for number, (node, text) in enumerate(product(shown, texts)))
    return EvidenceGraph(nodes, tuple(Edge(nodes[0].node_id, Relation.CLASSIFIED_AS, node.node_id) for node in nodes[1:]))


def a_portfolio() -> Portfolio:
    """Three systems, of which one has nothing open, over twelve months of which in the first two nothing was closed."""
    low, high = {Severity.L1: 4, Severity.L0: 1}, {Severity.L2: 5, Severity.L3: 2}
    old, older = {Severity.L1: 40, Severity.L0: 3}, {Severity.L2: 300, Severity.L3: 12}
    rows = (
        PortfolioRow("", low | high, old | older, 1, 14, 3, 1, 2.4, 61.3),
        PortfolioRow("credit_model", low, old, 0, 5, 0, 0, None, None),
        PortfolioRow("fraud_filter", high, older, 1, 9, 3, 1, 1.2, 70.0),
        PortfolioRow("loan_assistant", {}, {}, 0, 0, 0, 0, None, None),
    )
    months = tuple(
        PortfolioMonth(date(2020 + (6 + n) // 12, (6 + n) % 12 + 1, 1), n % 5 + 1, n % 4, n % 3 // 2, n + 1, None if n < 2 else n / 40)
        for n in range(12)
    )
    overdue = (("ISS-1", "Wrong explanation of a fee", "no review of its window for 9 days, where one is due every 7"),)
    return Portfolio(FIX_AT + timedelta(days=106), date(2021, 6, 15), rows, months, overdue)


def an_empty_portfolio() -> Portfolio:
    return Portfolio(FIX_AT, JUDGED_ON, (), ())


def portfolio_named_by(texts: Sequence[str]) -> Portfolio:
    base = a_portfolio()
    rows = (base.rows[0], *(replace(base.rows[1], system_id=text) for text in texts))
    return replace(base, rows=rows, overdue=tuple((text, text, text) for text in texts))


def a_day(*closures: ClosureInputs) -> ClosureDay:
    """Return a run over closures, with the portfolio beside it."""
    decided = tuple(judge_closure(one) for one in closures)
    worst = [verdict for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE) if any(one.verdict is verdict for one in decided)]
    verdict = worst[0] if worst else Verdict.PASS if decided else Verdict.INCONCLUSIVE
    return ClosureDay(
        kind="closure_day",
        system="*",
        as_of=FIX_AT,
        verdict=verdict,
        reasons=(),
        findings=(),
        not_evaluated=(),
        inputs=(),
        policy_digest=DIGEST,
        knowledge_cut=KnowledgeCut(100, FIX_AT),
        business_date=JUDGED_ON,
        closures=decided,
        portfolio=a_portfolio(),
    )
