"""What a release is judged from, in small, for tests: every value can be overridden, none is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry.domain.approving import SignatureAnswer, SignatureVerdict
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import OwnerRole, SourceSpec, SystemEntry
from registry.domain.decision import Verdict
from registry.domain.gate import GateAction, PinnedVersion, ServingVersion
from registry.domain.policy_release import CardPolicy, CompliancePolicy, ErrorBudgetPolicy, ReleasePolicy, RollbackPolicy, SignOffPolicy
from registry.domain.release import CardKind, ErrorBudgetSpec, ObjectType, RecordKind, ReleaseProposal, ReleaseSpec, SmokeSpec
from registry.domain.release_read import BudgetRead, CardRead, Rehearsal, SignedRecord
from registry.domain.release_run import JudgedCandidate, ReleaseInputs
from registry.domain.work_run import HoldInForce
from tests.builders import a_system

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
TODAY = date(2026, 3, 2)
SYSTEM = "credit_model"
CHAMPION, CANDIDATE = "1", "2"
PURPOSE = "Decide whether a consumer credit application is accepted, with a person reviewing every refusal."
OWNER, GOVERNANCE, RISK, OPERATIONS = "ana@bank.example", "gov@bank.example", "risk@bank.example", "ops@bank.example"
MAKER = "mia@bank.example"
OWNERS = {"product_owner": OWNER, "governance_lead": GOVERNANCE, "risk_compliance": RISK, "operations_lead": OPERATIONS}
SECTIONS = {
    CardKind.MODEL_CARD: ("Intended use", "Training data", "Evaluation", "Limitations"),
    CardKind.SYSTEM_CARD: ("Purpose", "Human oversight", "Risks"),
}
TEXTS = {
    "Intended use": "Scores applications for consumer credit of up to 50,000 dollars; it is not meant for mortgages or business loans.",
    "Training data": "Loans issued from July 2009 to March 2011 with their outcome after three years, without protected attributes.",
    "Evaluation": "Compared with version 1 on the locked set of loans issued in the second half of 2011, overall and by term.",
    "Limitations": "Little is known of applicants without a credit history; such applications go to a person in every case.",
    "Purpose": "Credit officers see score and reasons beside the application and decide within two working days themselves.",
    "Human oversight": "Every refusal is read by a credit officer, who may overrule it; overrides are counted and reviewed every week.",
    "Risks": "Applicants of some states are few, so that a loss there shows late; complaints by state are watched every day.",
}
_APART = {CardKind.MODEL_CARD: "cards/model.md", CardKind.SYSTEM_CARD: "cards/system.md"}
GATE_POLICY = digest_bytes(b"policy table gate")
POLICY = ReleasePolicy(
    cards=CardPolicy(sections=SECTIONS, min_section_words_count=8, placeholders=("tbd", "n/a", "none", "to be added", "placeholder")),
    compliance=CompliancePolicy(
        required={"low": (), "medium": (RecordKind.DPIA,), "high": (RecordKind.DPIA, RecordKind.TRA)},
        roles={
            RecordKind.DPIA: (OwnerRole.SECURITY_PRIVACY, OwnerRole.RISK_COMPLIANCE),
            RecordKind.TRA: (OwnerRole.RISK_COMPLIANCE,),
        },
    ),
    rollback=RollbackPolicy(
        max_rollback_minutes=5.0, min_smoke_case_count=20, max_rehearsal_age_days=30, drill_roles=(OwnerRole.OPERATIONS_LEAD,)
    ),
    sign_off=SignOffPolicy(
        roles=(OwnerRole.PRODUCT_OWNER, OwnerRole.GOVERNANCE_LEAD),
        max_valid_days=14,
        min_override_signer_count=2,
        max_override_valid_days=2,
        max_decision_age_days=14,
    ),
    error_budget=ErrorBudgetPolicy(budget_minutes=43.2, window_days=30, min_left_ratio=0.2),
    review_after_days={"low": 90, "medium": 60, "high": 30},
    max_canary_share_percent=10,
    digest="sha256:" + "0" * 64,
)


def a_release_policy(**changes: Any) -> ReleasePolicy:
    """Return the policy; a change names any of its keys, whichever part of it holds it: ``a_release_policy(window_days=7)``."""
    made = POLICY
    for part in ("cards", "compliance", "rollback", "sign_off", "error_budget"):
        held = getattr(made, part)
        inside = {one.name: changes.pop(one.name) for one in fields(held) if one.name in changes and one.name != "roles"}
        made = replace(made, **{part: replace(held, **inside)})
    return replace(made, **changes)


def a_released_system(**changes: Any) -> SystemEntry:
    return a_system(**{"system_id": SYSTEM, "name": "Consumer credit default model", "timezone": "UTC", "owners": dict(OWNERS), **changes})


def a_release_spec(**changes: Any) -> ReleaseSpec:
    """Return what the catalogue says: both cards, both assessments, smoke cases and an error budget."""
    base = ReleaseSpec(
        artifact="model",
        object_type=ObjectType.MODEL,
        purpose=PURPOSE,
        cards=dict(_APART),
        records={RecordKind.DPIA: "records/dpia.yaml", RecordKind.TRA: "records/tra.yaml"},
        smoke=SmokeSpec(SourceSpec("eval/smoke.csv", path="eval/smoke.csv"), ("income", "term")),
        error_budget=ErrorBudgetSpec(SourceSpec("ops/outages.csv", path="ops/outages.csv"), "day", "minutes"),
    )
    return replace(base, **changes)


def a_release_pinned(version: str = CANDIDATE, **changes: Any) -> PinnedVersion:
    return replace(PinnedVersion(version, version, digest_bytes(f"version {version}".encode())), **changes)


def a_judged(**changes: Any) -> JudgedCandidate:
    """Return the gate's decision of yesterday that version 2 may replace version 1."""
    base = JudgedCandidate(
        event=7,
        bundle_digest=digest_bytes(b"gate package"),
        decision_digest=digest_bytes(b"gate decision"),
        decided_on=TODAY - timedelta(days=1),
        verdict=Verdict.PASS,
        action=GateAction.APPROVE,
        candidate=a_release_pinned(CANDIDATE),
        champion=a_release_pinned(CHAMPION),
        set_digest=digest_bytes(b"locked set"),
        is_verified=True,
        policy_digest=GATE_POLICY,
    )
    return replace(base, **changes)


def a_card(kind: CardKind = CardKind.MODEL_CARD, texts: Mapping[str, str] | None = None, **changes: Any) -> CardRead:
    """Return a card with every section that the policy asks for; ``texts`` replaces the text of single sections."""
    sections = {heading: TEXTS[heading] for heading in SECTIONS[kind]} | dict(texts or {})
    base = CardRead(
        kind=kind,
        path=_APART[kind],
        digest=digest_bytes(kind.value.encode()),
        system_id=SYSTEM,
        versions={"model": CANDIDATE},
        sections=sections,
    )
    return replace(base, **changes)


def a_good_signature(**changes: Any) -> SignatureAnswer:
    return replace(SignatureAnswer(SignatureVerdict.GOOD, fingerprint="SHA256:" + "a" * 43, key_type="ssh-ed25519"), **changes)


def a_record(kind: RecordKind = RecordKind.DPIA, **changes: Any) -> SignedRecord:
    """Return an assessment that was approved in January for a year; of a drill, the way back to version 1 in three minutes."""
    is_drill = kind is RecordKind.ROLLBACK_DRILL
    base = SignedRecord(
        kind=kind,
        path=f"records/{kind.value}.yaml",
        digest=digest_bytes(kind.value.encode()),
        system_id=SYSTEM,
        purpose=PURPOSE,
        outcome="approved",
        by=OPERATIONS if is_drill else RISK,
        role="operations_lead" if is_drill else "risk_compliance",
        approved_on=TODAY - timedelta(days=20),
        expires_on=TODAY + timedelta(days=300),
        version=CHAMPION if is_drill else "",
        measured_seconds=180 if is_drill else None,
        signature=a_good_signature(),
    )
    return replace(base, **changes)


def a_rehearsal(**changes: Any) -> Rehearsal:
    """Return how version 1 was loaded this morning and answered all of 25 cases in forty seconds."""
    champion = a_release_pinned(CHAMPION)
    return replace(
        Rehearsal(champion.version, champion.digest, 25, 25, 40.0, MORNING, cases_digest=digest_bytes(b"smoke cases")), **changes
    )


def a_budget(lost: Mapping[int, float] | None = None, days: int = 30, **changes: Any) -> BudgetRead:
    """Return the minutes of the days before today, none lost but what ``lost`` says of so many days ago."""
    minutes = {TODAY - timedelta(days=ago): 0.0 for ago in range(1, days + 1)}
    minutes |= {TODAY - timedelta(days=ago): found for ago, found in (lost or {}).items()}
    return replace(BudgetRead(minutes, digest_bytes(b"outages")), **changes)


def a_release_hold(**changes: Any) -> HoldInForce:
    base = HoldInForce("preserve-0123456789ab", SYSTEM, "ISS-1", RISK, "asked for by the supervisor, letter of 12 February", MORNING)
    return replace(base, **changes)


def a_proposal(**changes: Any) -> ReleaseProposal:
    base = ReleaseProposal(
        change="The model is retrained on loans issued until March 2011",
        affected_population="Everybody who applies for consumer credit in the United States",
        made_by=(MAKER,),
        rollback_plan="The operations lead puts version 1 back with `proofloop rollback` when complaints of refusals double",
    )
    return replace(base, **changes)


def release_inputs(**changes: Any) -> ReleaseInputs:
    """Return what a release is judged from; without changes everything is shown, and it passes."""
    base = ReleaseInputs(
        system=a_released_system(),
        spec=a_release_spec(),
        policy=POLICY,
        as_of=MORNING,
        business_date=TODAY,
        proposal=a_proposal(),
        proposed_by="rel@bank.example",
        role=OwnerRole.MODEL_OWNER,
        judged=a_judged(),
        cards=(a_card(CardKind.MODEL_CARD), a_card(CardKind.SYSTEM_CARD)),
        records=(a_record(RecordKind.DPIA), a_record(RecordKind.TRA)),
        rehearsal=a_rehearsal(),
        budget=a_budget(),
        holds=(),
        in_force=(ServingVersion(CHAMPION, 100),),
        events=12,
        findings=(),
        others={},
        gate_policy_digest=GATE_POLICY,
    )
    return replace(base, **changes)


def with_card(kind: CardKind, **changes: Any) -> ReleaseInputs:
    """Return the inputs that pass, with one card changed."""
    inputs = release_inputs()
    return replace(inputs, cards=tuple(replace(card, **changes) if card.kind is kind else card for card in inputs.cards))


def with_section(kind: CardKind, heading: str, text: str) -> ReleaseInputs:
    """Return the inputs that pass, with one section of a card changed."""
    return with_card(kind, sections=a_card(kind, {heading: text}).sections)


def with_record(kind: RecordKind, **changes: Any) -> ReleaseInputs:
    """Return the inputs that pass, with one assessment changed."""
    inputs = release_inputs()
    return replace(inputs, records=tuple(replace(one, **changes) if one.kind is kind else one for one in inputs.records))


def with_drill(**changes: Any) -> ReleaseInputs:
    """Return inputs that pass of a system whose versions cannot be loaded here, with its drill changed."""
    inputs, drill = release_inputs(), a_record(RecordKind.ROLLBACK_DRILL, **changes)
    spec = a_release_spec(smoke=None, records={**a_release_spec().records, RecordKind.ROLLBACK_DRILL: drill.path})
    return replace(inputs, spec=spec, rehearsal=None, records=(*inputs.records, drill))
