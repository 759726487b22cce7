"""A small source and the plan that reads it, for tests of sources: files are written, nothing else is prepared.

``deliver(folder)`` reads ``rows.csv`` of ``folder`` for one complaint feed on 2020-10-15; keyword arguments say what is different.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from checks.expectations import signals as expectations
from registry.domain.canonical import digest_bytes, digest_of
from registry.domain.catalogue import FeedSpec, ImpactField, SourceSpec, SystemEntry, TimeField
from registry.domain.feed import FeedDelivery, SourceDelivery
from registry.domain.policy import FeedPolicy
from registry.domain.signal import CustomerImpact, RawSignal, Signal, SignalCategory
from registry.domain.times import local_date
from registry.sources.plan import FeedPair, SourcePlan
from registry.sources.window import deliver_source
from tests.builders import a_signal, a_system

BUSINESS_DATE = date(2020, 10, 15)
OBSERVED_AT = datetime(2020, 10, 15, 12, tzinfo=UTC)
HEADER = "id,occurred,received,channel,issue,kind,text\n"
GOOD = tuple(f"g{n},2020-10-1{n},2020-10-1{n},Web,Card held,hold,My card was held\n" for n in range(1, 5))
GOOD_IDS = {"g1", "g2", "g3", "g4"}


def a_source_feed(**changes: Any) -> FeedSpec:
    """Return a complaint feed over ``HEADER``'s columns."""
    base = FeedSpec(
        name="complaints",
        category=SignalCategory.COMPLAINT,
        source=SourceSpec("rows", "rows.csv"),
        signal_id="id",
        occurred_at=TimeField("occurred"),
        received_at=TimeField("received"),
        impact=ImpactField(column="kind", mapping={"hold": CustomerImpact.ACCESS, "fee": CustomerImpact.FUNDS}),
        journey_step="issue",
        narrative="text",
        segment={"channel": "channel"},
        fingerprint=("issue",),
        known_values={"channel": ("Web", "Phone")},
        opens_spike=True,
    )
    return replace(base, **changes)


def pair(system_id: str = "fraud_filter", timezone: str = "America/New_York", **changes: Any) -> FeedPair:
    spec = a_source_feed(**changes)
    return a_system(system_id=system_id, timezone=timezone, feeds=(spec,)), spec


def salt(key: str) -> bytes:
    return b"salt of " + key.encode()


def redact(text: str) -> tuple[str, dict[str, int]]:
    return text.replace("212-555-0143", "[phone]"), {"phone": text.count("212-555-0143")}


def stub_judge(system: SystemEntry, spec: FeedSpec) -> Callable[[RawSignal], Signal]:
    """Return the least that a judge does: identity, redaction, and fields carried over."""

    def judge(raw: RawSignal) -> Signal:
        key, text = digest_of([system.system_id, spec.name, raw.signal_id]), redact(raw.narrative)[0]
        return a_signal(
            key=key,
            system_id=system.system_id,
            feed=spec.name,
            category=spec.category,
            signal_id=raw.signal_id,
            occurred_at=raw.occurred_at,
            received_at=raw.received_at,
            business_date=local_date(raw.received_at, system.timezone),
            journey_step=raw.journey_step,
            impact=raw.impact,
            segment=raw.segment,
            fingerprint=digest_of([system.system_id, raw.fingerprint_fields])[7:23],
            fingerprint_fields=raw.fingerprint_fields,
            source_evidence=raw.source_evidence,
            content_digest=digest_of(raw),
            narrative_digest=digest_bytes(salt(key) + text.encode()) if raw.narrative else "",
            synthetic=raw.synthetic,
        )

    return judge


def a_plan(folder: Path, *pairs: FeedPair, **changes: Any) -> SourcePlan:
    chosen = pairs or (pair(),)
    base = SourcePlan(
        feeds=chosen,
        business_date=BUSINESS_DATE,
        observed_at=OBSERVED_AT,
        base=folder,
        roots=(folder,),
        spool=folder / "spool",
        policy=FeedPolicy(max_stale_days=7, min_history_days=28, max_empty_day_probability=0.01, allowed_lateness_days=15),
        validator=expectations,
        judges={(system.system_id, spec.name): stub_judge(system, spec) for system, spec in chosen},
        narrative_salt=salt,
        redact=redact,
    )
    return replace(base, **changes)


def write(folder: Path, lines: Iterable[str] = GOOD, name: str = "rows.csv", header: str = HEADER) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "".join(lines), encoding="utf-8", newline="")
    return path


def deliver(folder: Path, *pairs: FeedPair, **changes: Any) -> SourceDelivery:
    return deliver_source(a_plan(folder, *pairs, **changes))


def delivered(delivery: SourceDelivery, folder: Path) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Return the spooled signals by feed."""
    return {(feed.system_id, feed.feed): spooled(feed, folder) for feed in delivery.feeds}


def spooled(feed: FeedDelivery, folder: Path) -> list[Mapping[str, Any]]:
    if feed.signals is None:
        return []
    content = (folder / "spool" / feed.signals.path).read_bytes()
    assert digest_bytes(content) == feed.signals.digest
    assert len(content) == feed.signals.size_bytes
    lines = content.splitlines()
    assert len(lines) == feed.signals.row_count
    return [json.loads(line) for line in lines]


def ids(delivery: SourceDelivery, folder: Path) -> set[str]:
    return {row["signal_id"] for rows in delivered(delivery, folder).values() for row in rows}
