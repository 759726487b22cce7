"""Builders of closures for tests: an issue that was worked on to its end, and everything that its closure is judged from.

Put a builder here when more than one test file needs a value of a closure. By default an inconvenience (L2) that was fixed on 1 March 2021
and has been quiet since; ``a_closure(Severity.L3)`` is material harm with its customers restored. Both PASS. A test changes the story
(``without``, ``changed``, ``at``, ``retold``) or any field of the inputs, and says nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from registry.domain.canonical import plain
from registry.domain.cases import cases_of
from registry.domain.catalogue import OwnerRole
from registry.domain.closure import ArchiveCheck, CitedPackage, ClosureInputs, SharedEffect
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.evidence_graph import EvidenceGraph
from registry.domain.graph_building import build_graph
from registry.domain.issue import Issue
from registry.domain.policy_closure import ClosurePolicy
from registry.domain.policy_work import ApprovalRule, Strength, WorkPolicies
from registry.domain.population import PopulationRead
from registry.domain.recurrence import Seen, WindowDecision
from registry.domain.signal import CustomerImpact, Severity, Signal
from registry.domain.work import StepKind
from registry.policies.loader import load_work_policies
from tests.builders import DIGEST, ZONE, a_signal
from tests.closure_documents import LIST_SHA256
from tests.closure_story import ROLES, SEVERE, ClosureStory, a_story
from tests.recurrence_builders import JUDGED_ON, a_segment_change, a_window_decision, seen_before

SETTLED_ON = date(2021, 5, 10)
IMPACTS = {Severity.L2: CustomerImpact.EXPLANATION, Severity.L3: CustomerImpact.FUNDS, Severity.L4: CustomerImpact.FAIRNESS}


def a_closure_policy(**changes: Any) -> ClosurePolicy:
    """Return a policy with the shipped numbers."""
    medium, high = Strength.MEDIUM, Strength.HIGH
    base = ClosurePolicy(
        min_evidence={
            Severity.L0: (medium,),
            Severity.L1: (medium,),
            Severity.L2: (medium, high),
            Severity.L3: (high, high),
            Severity.L4: (high, high),
        },
        needs_production_kri=SEVERE,
        harmful_impacts=(CustomerImpact.FUNDS, CustomerImpact.ACCESS, CustomerImpact.PRIVACY, CustomerImpact.FAIRNESS),
        harmful_severities=SEVERE,
        max_evidence_age_days=180,
        max_window_age_days=2,
        max_proposal_age_days=14,
        max_residual_ratio=0.0,
        adverse_confidence=0.95,
        min_adverse_ratio=1.5,
        digest=DIGEST,
    )
    return replace(base, **changes)


@cache
def some_work_policies() -> WorkPolicies:
    """Return the shipped policies of people's work, with who approves what written out."""
    rules = [
        ApprovalRule(f"{action.value}_{severity}", action, (severity,), roles, needs_signature=severity in SEVERE)
        for action in (StepKind.PLAN, StepKind.CLOSE)
        for severity, roles in ROLES.items()
    ]
    rules += [
        ApprovalRule("accept_risk", StepKind.ACCEPT_RISK, tuple(Severity), (OwnerRole.RISK_COMPLIANCE,), needs_signature=True),
        ApprovalRule("not_applicable", StepKind.NOT_APPLICABLE, tuple(Severity), (OwnerRole.RISK_COMPLIANCE,), needs_signature=True),
    ]
    return replace(load_work_policies(None), approvals=tuple(rules))


def some_signals(count: int = 12, impact: CustomerImpact = CustomerImpact.NONE) -> tuple[Seen, ...]:
    """Return signals about decisions of model 7, before the fix, all of one impact."""
    return tuple(replace(one, journey_step="card use", impact=impact) for one in seen_before(count))


def a_population(**changes: Any) -> PopulationRead:
    """Return the list of the recovery as it was counted: 40 customers, every one of them settled."""
    base = PopulationRead(
        path="recovery/fees.csv",
        sha256=LIST_SHA256,
        row_count=40,
        distinct_count=40,
        contacted_count=10,
        remediated_count=27,
        excluded_count=3,
        residual_count=0,
        exclusions=(("closed the account before the fee was named", 3),),
    )
    return replace(base, **changes)


def an_archive(story: ClosureStory, **changes: Any) -> ArchiveCheck:
    """Return an archive in which every package of the story is what was sealed, and the window's arithmetic comes out again."""
    packages = []
    for seq, told in story.events:
        if bundle := told["data"].get("bundle_digest"):
            is_window = told["kind"] == EventKind.WINDOW_JUDGED
            kind, redone = ("recurrence", Verdict.PASS) if is_window else ("step", Verdict.INCONCLUSIVE)
            reason = "" if is_window else "nothing to redo"
            packages.append(CitedPackage(bundle, seq, kind, (seq,), "", redone, reason))
    return replace(ArchiveCheck(Verdict.PASS, "", "sha256:" + "e" * 64, tuple(packages)), **changes)


def a_shared_effect(**changes: Any) -> SharedEffect:
    """Return another system that runs the same model, whose rate did not change."""
    return replace(SharedEffect("loan_assistant", "model", "8", a_segment_change(name="system", value="loan_assistant")), **changes)


def a_closure(severity: Severity = Severity.L2, story: ClosureStory | None = None, **changes: Any) -> ClosureInputs:
    """Return a closure that passes; ``story`` is one whose case and graph are judged in place of the default one's."""
    whole = a_story(severity)
    told = story or whole
    signals = changes.get("signals", some_signals(impact=IMPACTS.get(severity, CustomerImpact.NONE)))
    today = SETTLED_ON if severity in SEVERE else JUDGED_ON
    as_of = datetime(today.year, today.month, today.day, 11, 30, tzinfo=UTC)
    window = changes.get("window", a_window(severity, today))
    issue = replace(whole.issue(), window=window.outcome if window else "")
    base = ClosureInputs(
        case=cases_of((issue,), told.events)[0],
        graph=a_graph(issue, told, signals),
        severity=severity,
        as_of=as_of,
        business_date=today,
        zone=ZONE,
        window=window,
        window_event=whole.events[-1][0],
        window_bundle=DIGEST,
        window_policy=DIGEST,
        population=a_population() if severity in SEVERE else None,
        archive=an_archive(told),
        shared=(),
        work=some_work_policies(),
        policy=a_closure_policy(),
        events=whole.events[-1][0],
        data_before=as_of,
        signals=signals,
    )
    return replace(base, **changes)


def a_window(severity: Severity = Severity.L2, on: date = JUDGED_ON, **changes: Any) -> WindowDecision:
    """Return the window's decision for a severity: clean, after its floor and the lateness."""
    days = 60 if severity in SEVERE else 30
    floor_on = date(2021, 3, 1) + timedelta(days=days)
    settled = {"severity": severity, "business_date": on, "required_days": days, "observed_days": (on - date(2021, 3, 2)).days}
    named = tuple(a_segment_change(name=name, value=value) for name, value in (("", ""), ("channel", "Web"), ("product", "Prepaid card")))
    return a_window_decision(**settled | {"floor_on": floor_on, "closes_on": floor_on + timedelta(days=7), "segments": named} | changes)


def a_graph(issue: Issue, story: ClosureStory, signals: tuple[Seen, ...], unsealed: tuple[int, ...] = ()) -> EvidenceGraph:
    """Return the evidence graph of the story; every event but ``unsealed`` ones is sealed in a package of its own number."""
    bodies = [("opened" if number == 0 else "joined", plain(_signal(one))) for number, one in enumerate(signals)]
    return build_graph(issue, story.events, bodies, {seq: f"{seq:06d}" for seq, _ in story.events if seq not in unsealed})


def _signal(seen: Seen) -> Signal:
    named = {
        name: getattr(seen, name) for name in ("key", "signal_id", "feed", "severity", "segment", "versions", "journey_step", "impact")
    }
    return a_signal(**named, occurred_at=seen.decided_at, received_at=seen.reported_at)
