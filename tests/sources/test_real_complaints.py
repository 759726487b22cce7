"""The real complaints file through the window: nothing lost over many days, each file read once."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from registry.domain.catalogue import ImpactField, SourceSpec, TimeField
from registry.domain.feed import FeedStatus
from registry.domain.signal import CustomerImpact
from registry.sources.plan import FeedPair
from registry.sources.window import deliver_source
from tests.sources.scenes import a_plan, delivered, pair

DATA = Path(__file__).parents[2].parent / "shared" / "data"
NAME = "complaints_2017-05_2021-12.csv.gz"

pytestmark = pytest.mark.skipif(not (DATA / NAME).exists(), reason="expected the real complaints in ../shared/data, found none")


def feed(system_id: str, where: str) -> FeedPair:
    return pair(
        system_id,
        source=SourceSpec("complaints", NAME),
        where=where,
        signal_id="Complaint ID",
        occurred_at=TimeField("Date submitted"),
        received_at=TimeField("Date received"),
        impact=ImpactField(constant=CustomerImpact.ACCESS),
        journey_step="Issue",
        narrative="",
        segment={"product": "Product", "channel": "Submitted via"},
        fingerprint=("Sub-product", "Issue"),
        known_values={},
        allowed_lateness_days=0,
    )


def test_a_month_of_days_delivers_every_complaint_of_the_month_once(tmp_path: Path) -> None:
    card = feed("fraud_filter", "\"Sub-product\" = 'Government benefit card'")
    rest = feed("servicing", "coalesce(\"Sub-product\", '') <> 'Government benefit card'")
    seen: list[str] = []
    for offset in range(31):
        day = date(2020, 10, 2) + timedelta(days=offset)
        plan = a_plan(tmp_path, card, rest, business_date=day, observed_at=datetime(2022, 1, 31, tzinfo=UTC), base=DATA, roots=(DATA,))
        delivery = deliver_source(plan)
        assert {found.status for found in delivery.feeds} == {FeedStatus.OK}
        assert (delivery.quarantined, delivery.unmatched_count, delivery.ambiguous_count) == ((), 0, 0)
        seen += [signal["signal_id"] for rows in delivered(delivery, tmp_path).values() for signal in rows]

    with gzip.open(DATA / NAME, "rt", encoding="utf-8", newline="") as stream:
        expected = [row["Complaint ID"] for row in csv.DictReader(stream) if row["Date received"].startswith("2020-10")]
    assert sorted(seen) == sorted(expected)
    assert len(expected) > 800
