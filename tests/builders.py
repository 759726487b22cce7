"""Builders of domain values for tests: one function a type, every field defaulted, keyword arguments override.

Put a builder here when more than one test file needs the value. Random values are ``tests/strategies.py``.

``a_signal(severity=Severity.L3)`` says what matters to a test and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry.domain.catalogue import FeedSpec, ImpactField, SourceSpec, SystemEntry, TimeField, VersionInForce, VersionSpec
from registry.domain.decision import Finding, Verdict
from registry.domain.events import Event, EventKind
from registry.domain.feed import Cell, FeedDelivery, FeedStatus, FileRef, QuarantinedRow, SourceDelivery
from registry.domain.issue import Fix, Issue, IssueState, OpenedBy
from registry.domain.signal import CustomerImpact, Grade, RawSignal, Severity, Signal, SignalCategory, VersionSource
from registry.domain.versions import VersionClaim

NOON = datetime(2020, 10, 15, 12, tzinfo=UTC)
TODAY = date(2020, 10, 15)
YESTERDAY = date(2020, 10, 14)
ZONE = "America/New_York"
SYSTEM = "fraud_filter"
FEED = "complaints"
FINGERPRINT = "0123456789abcdef"
DIGEST = "sha256:" + "0" * 64


def a_raw_signal(**changes: Any) -> RawSignal:
    """Return a valid row: a complaint about a held card, received the day before ``TODAY``."""
    base = RawSignal(
        signal_id="3900001",
        occurred_at=NOON - timedelta(days=2),
        received_at=NOON - timedelta(days=1),
        impact=CustomerImpact.ACCESS,
        journey_step="card use",
        segment={"product": "Prepaid card", "channel": "Web"},
        versions={},
        fingerprint_fields={"Sub-product": "Government benefit card", "Issue": "Problem using the card"},
        source_evidence=("complaints.csv#3900001",),
        narrative="My card was declined and nobody could say why.",
        synthetic=False,
        reproducible=False,
    )
    return replace(base, **changes)


def a_signal(**changes: Any) -> Signal:
    """Return a normalised signal as the ledger stores it."""
    base = Signal(
        key="sha256:" + "a" * 64,
        system_id=SYSTEM,
        feed=FEED,
        category=SignalCategory.COMPLAINT,
        signal_id="3900001",
        occurred_at=NOON - timedelta(days=2),
        received_at=NOON - timedelta(days=1),
        business_date=YESTERDAY,
        journey_step="card use",
        impact=CustomerImpact.ACCESS,
        segment={"product": "Prepaid card", "channel": "Web"},
        versions={"model": "7"},
        version_source=VersionSource.HISTORY,
        fingerprint=FINGERPRINT,
        fingerprint_fields={"Issue": "Problem using the card"},
        grade=Grade.B,
        grade_rule="strong_indicator",
        severity=Severity.L3,
        severity_rule="material_harm",
        usage={"train": "no", "eval": "yes", "rca": "yes", "audit": "yes"},
        source_evidence=("complaints.csv#3900001",),
        content_digest="sha256:" + "c" * 64,
        narrative_digest="",
    )
    return replace(base, **changes)


def a_source(**changes: Any) -> SourceSpec:
    return replace(SourceSpec(source_id="complaints_csv", path="data/complaints.csv"), **changes)


def a_feed(**changes: Any) -> FeedSpec:
    """Return a complaint feed that opens issues on spikes."""
    base = FeedSpec(
        name=FEED,
        category=SignalCategory.COMPLAINT,
        source=a_source(),
        signal_id="Complaint ID",
        occurred_at=TimeField("Date submitted"),
        received_at=TimeField("Date received"),
        impact=ImpactField(constant=CustomerImpact.ACCESS),
        journey_step="Issue",
        narrative="Narrative",
        segment={"product": "Product", "channel": "Submitted via"},
        fingerprint=("Sub-product", "Issue"),
        opens_spike=True,
    )
    return replace(base, **changes)


def a_system(**changes: Any) -> SystemEntry:
    """Return a complete system: every required owner, one recorded version, one feed."""
    base = SystemEntry(
        system_id=SYSTEM,
        name="Card fraud filter",
        kind="ml",
        risk_tier="high",
        timezone=ZONE,
        owners={"product_owner": "owner@bank.example", "operations_lead": "ops@bank.example"},
        missing_owners=(),
        versions=(VersionSpec(artifact="model", recorded="1"),),
        feeds=(a_feed(),),
        digest=DIGEST,
    )
    return replace(base, **changes)


def a_version(**changes: Any) -> VersionInForce:
    """Return one stretch of history: model 7 of the system, in force for the last hundred days."""
    base = VersionInForce(system_id=SYSTEM, artifact="model", version="7", from_at=NOON - timedelta(days=100), source="mlflow")
    return replace(base, **changes)


def a_claim(**changes: Any) -> VersionClaim:
    """Return what an event says of a version: MLflow's champion was model 7, a hundred days ago."""
    from_at = changes.get("from_at", NOON - timedelta(days=100))
    base = VersionClaim(1, SYSTEM, "model", "7", from_at, "mlflow", said_at=from_at, alias="credit_model@champion")
    return replace(base, **changes)


def a_fix(**changes: Any) -> Fix:
    return replace(Fix(effective_at=NOON - timedelta(days=10), versions={"model": "8"}), **changes)


def an_issue(**changes: Any) -> Issue:
    """Return a live issue that a spike opened five days ago, in triage."""
    base = Issue(
        issue_id="ISS-0123456789abcdef-1",
        system_id=SYSTEM,
        fingerprint=FINGERPRINT,
        fingerprint_version=1,
        title="Problem using the card",
        state=IssueState.TRIAGE,
        severity=Severity.L3,
        opened_by=OpenedBy.SPIKE,
        opened_at=NOON - timedelta(days=5),
        state_since=NOON - timedelta(days=5),
        level_since_on=TODAY - timedelta(days=5),
        level_window_days=7,
        signal_count=30,
        last_signal_on=YESTERDAY,
        owner="owner@bank.example",
    )
    return replace(base, **changes)


def an_event(**changes: Any) -> Event:
    """Return an event that belongs to no issue: a model version was seen in force."""
    base = Event(
        kind=EventKind.VERSION_OBSERVED,
        system_id=SYSTEM,
        subject="model",
        as_of=NOON,
        business_date=TODAY,
        body={"artifact": "model", "version": "7", "source": "mlflow"},
    )
    return replace(base, **changes)


def a_finding(verdict: Verdict = Verdict.PASS, **changes: Any) -> Finding:
    return replace(Finding(check="feed", subject=f"{SYSTEM}/{FEED}", verdict=verdict, reason_code="ok", reason="as expected"), **changes)


def a_cell(**changes: Any) -> Cell:
    return replace(Cell(fingerprint=FINGERPRINT, on=YESTERDAY, channel="Web", count=1), **changes)


def a_file(**changes: Any) -> FileRef:
    return replace(FileRef(path="signals-complaints.jsonl", digest=DIGEST, size_bytes=100, row_count=1), **changes)


def a_delivery(**changes: Any) -> FeedDelivery:
    """Return one feed's delivery of one new signal."""
    base = FeedDelivery(
        system_id=SYSTEM,
        feed=FEED,
        source="complaints_csv",
        status=FeedStatus.OK,
        reason="",
        received_count=1,
        new_count=1,
        newest_received_at=NOON - timedelta(days=1),
        cells=(a_cell(),),
        fingerprints={FINGERPRINT: {"Issue": "Problem using the card"}},
        severities={FINGERPRINT: "L3"},
        signals=a_file(),
    )
    return replace(base, **changes)


def a_quarantined_row(**changes: Any) -> QuarantinedRow:
    base = QuarantinedRow(
        "complaints_csv", 17, "3900017", "Date received", "not_a_date", "expected a date, found 'x'", DIGEST, {"Issue": "x"}
    )
    return replace(base, **changes)


def a_source_delivery(**changes: Any) -> SourceDelivery:
    base = SourceDelivery(
        source="complaints_csv",
        inputs=(),
        row_count=1,
        quarantined=(),
        unmatched_count=0,
        unmatched_ids=(),
        ambiguous_count=0,
        ambiguous_ids=(),
        findings=(),
        feeds=(a_delivery(),),
    )
    return replace(base, **changes)
