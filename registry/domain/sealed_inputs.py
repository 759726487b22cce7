"""What a day was judged from, in the form that is sealed with it: enough to judge it again, and nothing that judging does not read.

Put here which inputs are sealed and how they become values again. History is not among them: it follows from the packages and events
before. Nor are narratives, cells of rows that were set aside, or anything of the machine that judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from registry.domain.catalogue import SystemEntry
from registry.domain.decision import Finding, InputDigest
from registry.domain.feed import Cell, FeedDelivery, FeedStatus, FileRef, QuarantinedRow, SourceDelivery
from registry.domain.history import TriageHistory
from registry.domain.policy import Suppression, TriagePolicies
from registry.domain.triage_run import TriageInputs

SCHEMA_VERSION = 2
# A day of version 1 was judged without what people did on issues, and without telling what is due today.
READABLE_VERSIONS = (1, SCHEMA_VERSION)


@dataclass(frozen=True, slots=True)
class SealedCell:
    """New signals of one symptom of one day of receipt, as ``Cell`` counts them."""

    on: date
    channel: str
    count: int
    pre_fix: bool


@dataclass(frozen=True, slots=True)
class SealedSymptom:
    """One fingerprint of a delivery: its texts and highest severity where the delivery named them, and its cells."""

    fingerprint: str
    fields: dict[str, str] | None
    severity: str | None
    cells: tuple[SealedCell, ...]


@dataclass(frozen=True, slots=True)
class SealedFeed:
    """A delivery as ``FeedDelivery`` describes it; ``signals`` names the file of this package that holds its new signals."""

    system_id: str
    feed: str
    status: FeedStatus
    reason: str
    received_count: int
    known_count: int
    new_count: int
    synthetic_count: int
    duplicate_count: int
    newest_received_at: datetime | None
    received_on_last_day: int
    symptoms: tuple[SealedSymptom, ...]
    signals: FileRef | None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that was set aside: where it stood, why, and the digest of its cells; the cells are not repeated here."""

    row_number: int
    reason_code: str
    content_digest: str


@dataclass(frozen=True, slots=True)
class SealedSource:
    """What one source delivered, as ``SourceDelivery`` describes it; ``first_reason`` is that of the first row set aside."""

    source: str
    inputs: tuple[InputDigest, ...]
    row_count: int
    set_aside: tuple[SetAside, ...]
    first_reason: str
    unmatched_count: int
    unmatched_ids: tuple[str, ...]
    ambiguous_count: int
    ambiguous_ids: tuple[str, ...]
    findings: tuple[Finding, ...]
    feeds: tuple[SealedFeed, ...]
    redactions: dict[str, int]


@dataclass(frozen=True, slots=True)
class SealedInputs:
    """One day's inputs. ``program`` names what judged it: the product, the language and the time zone data, each with its version."""

    kind: str
    schema_version: int
    as_of: datetime
    business_date: date
    zone: str
    data_before: datetime
    sources: tuple[SealedSource, ...]
    suppressions: tuple[Suppression, ...]
    findings: tuple[Finding, ...]
    program: dict[str, str]

    def feeds(self) -> tuple[FeedDelivery, ...]:
        """Return the deliveries of all sources."""
        return tuple(_feed(source.source, feed) for source in self.sources for feed in source.feeds)

    def judged_with(self, systems: tuple[SystemEntry, ...], policies: TriagePolicies, history: TriageHistory) -> TriageInputs:
        """Return what the day is judged from, given what is kept beside these inputs and before them."""
        is_worked = self.schema_version > 1
        return TriageInputs(
            as_of=self.as_of,
            business_date=self.business_date,
            systems=systems,
            deliveries=tuple(_source(source) for source in self.sources),
            history=history if is_worked else replace(history, cases=()),
            policies=policies if is_worked else replace(policies, work=None),
            suppressions=self.suppressions,
            data_before=self.data_before,
            findings=self.findings,
            zone=self.zone if is_worked else "",
        )


def sealed_inputs(inputs: TriageInputs, zone: str, signals: Mapping[tuple[str, str], FileRef], program: Mapping[str, str]) -> SealedInputs:
    """Return what is sealed of ``inputs``; ``signals`` holds the package's file of new signals by system and feed, where there is one."""
    return SealedInputs(
        kind="triage_inputs",
        schema_version=SCHEMA_VERSION,
        as_of=inputs.as_of,
        business_date=inputs.business_date,
        zone=zone,
        data_before=inputs.data_before,
        sources=tuple(_sealed_source(source, signals) for source in inputs.deliveries),
        suppressions=inputs.suppressions,
        findings=inputs.findings,
        program=dict(program),
    )


def _sealed_source(source: SourceDelivery, signals: Mapping[tuple[str, str], FileRef]) -> SealedSource:
    return SealedSource(
        source=source.source,
        inputs=source.inputs,
        row_count=source.row_count,
        set_aside=tuple(SetAside(row.row_number, row.reason_code, row.content_digest) for row in source.quarantined),
        first_reason=source.quarantined[0].reason if source.quarantined else "",
        unmatched_count=source.unmatched_count,
        unmatched_ids=source.unmatched_ids,
        ambiguous_count=source.ambiguous_count,
        ambiguous_ids=source.ambiguous_ids,
        findings=source.findings,
        feeds=tuple(_sealed_feed(feed, signals.get((feed.system_id, feed.feed))) for feed in source.feeds),
        redactions=source.redactions,
    )


def _sealed_feed(feed: FeedDelivery, signals: FileRef | None) -> SealedFeed:
    cells: dict[str, list[SealedCell]] = {}
    for cell in feed.cells:
        cells.setdefault(cell.fingerprint, []).append(SealedCell(cell.on, cell.channel, cell.count, cell.pre_fix))
    fields, severities = feed.fingerprints or {}, feed.severities or {}
    symptoms = (
        SealedSymptom(name, fields.get(name), severities.get(name), tuple(cells.get(name, ())))
        for name in sorted({*cells, *fields, *severities})
    )
    return SealedFeed(
        system_id=feed.system_id,
        feed=feed.feed,
        status=feed.status,
        reason=feed.reason,
        received_count=feed.received_count,
        known_count=feed.known_count,
        new_count=feed.new_count,
        synthetic_count=feed.synthetic_count,
        duplicate_count=feed.duplicate_count,
        newest_received_at=feed.newest_received_at,
        received_on_last_day=feed.received_on_last_day,
        symptoms=tuple(symptoms),
        signals=signals,
    )


def _source(sealed: SealedSource) -> SourceDelivery:
    rows = tuple(
        QuarantinedRow(sealed.source, row.row_number, "", "", row.reason_code, sealed.first_reason, row.content_digest, {})
        for row in sealed.set_aside
    )
    return SourceDelivery(
        source=sealed.source,
        inputs=sealed.inputs,
        row_count=sealed.row_count,
        quarantined=rows,
        unmatched_count=sealed.unmatched_count,
        unmatched_ids=sealed.unmatched_ids,
        ambiguous_count=sealed.ambiguous_count,
        ambiguous_ids=sealed.ambiguous_ids,
        findings=sealed.findings,
        feeds=tuple(_feed(sealed.source, feed) for feed in sealed.feeds),
        redactions=sealed.redactions,
    )


def _feed(source: str, sealed: SealedFeed) -> FeedDelivery:
    cells = (
        Cell(symptom.fingerprint, cell.on, cell.channel, cell.count, cell.pre_fix) for symptom in sealed.symptoms for cell in symptom.cells
    )
    return FeedDelivery(
        system_id=sealed.system_id,
        feed=sealed.feed,
        source=source,
        status=sealed.status,
        reason=sealed.reason,
        received_count=sealed.received_count,
        known_count=sealed.known_count,
        new_count=sealed.new_count,
        synthetic_count=sealed.synthetic_count,
        duplicate_count=sealed.duplicate_count,
        newest_received_at=sealed.newest_received_at,
        cells=tuple(cells),
        fingerprints={symptom.fingerprint: symptom.fields for symptom in sealed.symptoms if symptom.fields is not None},
        severities={symptom.fingerprint: symptom.severity for symptom in sealed.symptoms if symptom.severity is not None},
        signals=sealed.signals,
        received_on_last_day=sealed.received_on_last_day,
    )
