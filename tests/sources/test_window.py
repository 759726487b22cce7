"""A source's window: which rows each feed takes, what becomes of them, and that the same rows give the same bytes."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.canonical import canonical_json
from registry.domain.catalogue import ImpactField, SourceSpec, TimeField
from registry.domain.feed import Cell, FeedStatus, SourceDelivery
from registry.domain.signal import CustomerImpact, SignalCategory
from registry.sources.caps import SourceCaps
from registry.sources.spooling import file_name, signal_line
from tests.sources.scenes import GOOD, GOOD_IDS, HEADER, a_plan, deliver, delivered, ids, pair, stub_judge, write
from tests.strategies import signals

FEED = ("fraud_filter", "complaints")


def row(signal_id: str, on: str = "2020-10-11", channel: str = "Web", issue: str = "Card held") -> str:
    return f"{signal_id},{on},{on},{channel},{issue},hold,\n"


def test_a_window_without_a_row_delivers_nothing_and_is_not_called_validated(tmp_path: Path) -> None:
    write(tmp_path, (row("old", "2019-01-01"),))

    delivery = deliver(tmp_path)

    feed = delivery.feeds[0]
    assert (feed.status, feed.received_count, feed.new_count, feed.signals) == (FeedStatus.OK, 0, 0, None)
    assert feed.newest_received_at == datetime(2019, 1, 1, 5, tzinfo=UTC)
    assert validation(delivery, tmp_path)["rows"]["status"] == "empty"


def test_the_window_is_the_days_before_the_business_date_back_to_the_allowed_lateness(tmp_path: Path) -> None:
    days = ("2020-10-10", "2020-10-11", "2020-10-14", "2020-10-15")
    write(tmp_path, [row(day, day) for day in days])

    delivery = deliver(tmp_path, pair(allowed_lateness_days=3))

    assert ids(delivery, tmp_path) == {"2020-10-11", "2020-10-14"}
    assert (delivery.feeds[0].received_count, delivery.feeds[0].received_on_last_day, delivery.row_count) == (2, 1, 2)


def test_the_day_of_receipt_is_the_systems_own(tmp_path: Path) -> None:
    write(tmp_path, ("late,2020-10-14,2020-10-15T02:00:00Z,Web,Card held,hold,\n",))

    delivery = deliver(tmp_path, pair("new_york"), pair("tokyo", "Asia/Tokyo", where="true"))

    assert [feed.received_count for feed in delivery.feeds] == [1, 0]


def test_a_fact_that_becomes_known_later_is_received_that_much_later(tmp_path: Path) -> None:
    write(tmp_path, (row("a", "2020-09-29"),))

    delivery = deliver(tmp_path, pair(received_at=TimeField("received", plus_days=15), allowed_lateness_days=0))

    [signal] = delivered(delivery, tmp_path)[FEED]
    assert (signal["business_date"], signal["received_at"]) == ("2020-10-14", "2020-10-14T04:00:00.000000Z")


def test_every_count_adds_up_over_known_new_synthetic_repeated_and_bad_rows(tmp_path: Path) -> None:
    header = HEADER.strip() + ",canary\n"
    lines = ["a,Web,", "a,Web,", "b,Web,", "c,Web,yes", "d,Phone,no", "e,Pigeon,", "f,Web,"]
    texts = [line.split(",") for line in lines]
    write(tmp_path, [f"{i},2020-10-14,2020-10-14,{channel},x,hold,,{canary}\n" for i, channel, canary in texts], header=header)
    feed = pair(synthetic="canary")
    known = {s["key"]: s["content_digest"] for s in delivered(deliver(tmp_path, feed), tmp_path)[FEED] if s["signal_id"] == "f"}

    delivery = deliver(tmp_path, feed, known={FEED: known})

    found = delivery.feeds[0]
    assert (found.received_count, found.known_count, found.new_count, found.synthetic_count, found.duplicate_count) == (7, 1, 3, 1, 1)
    assert len(delivery.quarantined) == 1
    assert found.signals is not None
    assert found.signals.row_count == 4
    assert [(cell.channel, cell.count) for cell in found.cells] == [("Phone", 1), ("Web", 2)]
    [fingerprint] = found.fingerprints or {}
    assert found.cells[0] == Cell(fingerprint, date(2020, 10, 14), "Phone", 1)
    assert found.severities == {fingerprint: "L3"}


def test_rows_that_nobody_claims_are_counted_and_named(tmp_path: Path) -> None:
    write(tmp_path, (row("a"), row("z", channel="Phone"), row("y", channel="Phone")))

    delivery = deliver(tmp_path, pair(where="channel = 'Web'"))

    assert (delivery.unmatched_count, delivery.unmatched_ids, delivery.row_count) == (2, ("y", "z"), 3)


def test_a_row_claimed_by_two_systems_of_one_category_goes_to_neither(tmp_path: Path) -> None:
    write(tmp_path, (row("a"), row("b", channel="Phone")))

    delivery = deliver(tmp_path, pair("one"), pair("two", where="channel = 'Web'"))

    assert (delivery.ambiguous_count, delivery.ambiguous_ids) == (1, ("a",))
    assert [[s["signal_id"] for s in rows] for rows in delivered(delivery, tmp_path).values()] == [["b"], []]
    assert delivery.unmatched_count == 0


def test_a_row_may_be_a_signal_of_two_categories_and_of_two_feeds_of_one_system(tmp_path: Path) -> None:
    write(tmp_path)

    feeds = pair("one"), pair("two", name="reviews", category=SignalCategory.EXPERT_REVIEW), pair("one", name="again")
    delivery = deliver(tmp_path, *feeds)

    assert [feed.new_count for feed in delivery.feeds] == [4, 4, 4]
    assert delivery.ambiguous_count == 0


def test_a_row_that_names_its_system_goes_there_and_nowhere_else(tmp_path: Path) -> None:
    header = HEADER.strip() + ",system\n"
    named = (("a", "one"), ("b", "two"), ("c", ""), ("d", "three"))
    write(tmp_path, [f"{i},2020-10-14,2020-10-14,Web,x,hold,,{system}\n" for i, system in named], header=header)

    delivery = deliver(tmp_path, pair("one", ai_system="system"), pair("two", ai_system="system"))

    assert {key[0]: [s["signal_id"] for s in rows] for key, rows in delivered(delivery, tmp_path).items()} == {"one": ["a"], "two": ["b"]}
    assert (delivery.ambiguous_ids, delivery.unmatched_ids) == (("c",), ("d",))


def test_a_named_row_is_not_contested_by_a_feed_without_the_column(tmp_path: Path) -> None:
    write(tmp_path, ("a,2020-10-14,2020-10-14,Web,x,hold,,one\n",), header=HEADER.strip() + ",system\n")

    delivery = deliver(tmp_path, pair("one", ai_system="system"), pair("two"))

    assert [feed.new_count for feed in delivery.feeds] == [1, 0]


def test_empty_cells_are_left_out_and_every_field_is_mapped(tmp_path: Path) -> None:
    header = HEADER.strip() + ",ticket,model,again\n"
    write(tmp_path, ("a,2020-10-14T23:30:00,2020-10-14,Web,,odd,call 212-555-0143,T-1,7,1\n",), header=header)
    feed = pair(
        source_evidence=("ticket", "issue"),
        versions={"model": "model", "prompt": "issue"},
        reproducible="again",
        impact=ImpactField(column="kind", mapping={}, default=CustomerImpact.DELAY),
        segment={"channel": "channel", "product": "issue"},
    )

    delivery = deliver(tmp_path, feed)

    [signal] = delivered(delivery, tmp_path)[FEED]
    assert (signal["segment"], signal["fingerprint_fields"], signal["source_evidence"]) == ({"channel": "Web"}, {}, ["T-1"])
    assert (signal["journey_step"], signal["impact"]) == ("", "delay")
    assert signal["occurred_at"] == "2020-10-15T03:30:00.000000Z"
    narratives = delivery.feeds[0].narratives
    assert narratives is not None
    kept = json.loads((tmp_path / "spool" / narratives.path).read_bytes())
    assert kept == {"key": signal["key"], "salt": (b"salt of " + signal["key"].encode()).hex(), "text": "call [phone]"}


def test_validation_is_recorded_with_row_numbers_and_without_cells(tmp_path: Path) -> None:
    write(tmp_path, (*GOOD, "b,2020-10-11,2020-10-11,Pigeon,Card held,hold,\n"))

    delivery = deliver(tmp_path)

    content = validation(delivery, tmp_path)
    failed = {rule["rule"]: rule["failed_rows"] for rule in content["rows"]["rules"] if rule["status"] == "failed"}
    assert failed == {"values_listed": [5]}
    assert (content["rows"]["row_count"], content["rows"]["status"], content["columns"]["status"]) == (5, "failed", "passed")
    assert "Pigeon" not in json.dumps(content)


@settings(max_examples=15, deadline=None)
@given(order=st.randoms(use_true_random=False), chunk_rows=st.sampled_from((1, 3, 50_000)))
def test_shuffled_rows_give_the_same_bytes(order: random.Random, chunk_rows: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    lines = [*GOOD, row("twice"), row("twice"), row("differs"), row("differs", channel="Phone"), row("bad", channel="Pigeon")]
    write(folder, lines)
    first = deliver(folder)
    before = {feed.signals.path: (folder / "spool" / feed.signals.path).read_bytes() for feed in first.feeds if feed.signals}
    shuffled = list(lines)
    order.shuffle(shuffled)
    write(folder, shuffled)

    again = deliver(folder, chunk_rows=chunk_rows)

    assert again.feeds == first.feeds
    assert {name: (folder / "spool" / name).read_bytes() for name in before} == before
    assert {row.content_digest for row in again.quarantined} == {row.content_digest for row in first.quarantined}


def test_many_feeds_and_rows_lose_nothing_whatever_the_size_of_a_chunk(tmp_path: Path) -> None:
    write(tmp_path, [row(f"r{n}", channel="Web" if n % 3 else "Phone", issue=f"i{n % 7}") for n in range(12_000)])
    feeds = [pair(f"system_{n}", where=f"issue = 'i{n}'") for n in range(7)]

    delivery = deliver(tmp_path, *feeds, chunk_rows=1_000)

    assert sum(feed.new_count for feed in delivery.feeds) == 12_000
    assert len(ids(delivery, tmp_path)) == 12_000


def test_signals_of_one_feed_are_sorted_by_key_even_when_they_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.sources.spooling._RUN_LINES", 50)
    write(tmp_path, [row(f"r{n}") for n in range(333)])

    delivery = deliver(tmp_path)

    keys = [signal["key"] for signal in delivered(delivery, tmp_path)[FEED]]
    assert keys == sorted(keys)
    assert len(set(keys)) == 333
    assert sorted(path.name for path in (tmp_path / "spool").glob("signals-*")) == ["signals-fraud_filter-complaints.jsonl"]


@given(signal=signals())
def test_a_spooled_line_is_the_canonical_form(signal: Any) -> None:
    assert signal_line(signal) == canonical_json(signal)


def test_names_of_spool_files_never_meet() -> None:
    names = {file_name("signals", *key) for key in (("a-b", "c"), ("a", "b-c"), ("a" * 64, "b" * 64), ("a" * 64, "b" * 63 + "c"))}

    assert len(names) == 4
    assert all(len(name) <= 64 for name in names)


def records() -> list[dict[str, str]]:
    names = HEADER.strip().split(",")
    return [dict(zip(names, line.strip().split(","), strict=True)) for line in GOOD]


def as_jsonl(folder: Path) -> SourceSpec:
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(record) for record in records()))
    return SourceSpec("rows", "rows.jsonl")


def as_gzipped_csv(folder: Path) -> SourceSpec:
    (folder / "rows.csv.gz").write_bytes(gzip.compress((HEADER + "".join(GOOD)).encode()))
    return SourceSpec("rows", "rows.csv.gz")


def as_semicolons(folder: Path) -> SourceSpec:
    (folder / "rows.csv").write_text((HEADER + "".join(GOOD)).replace(",", ";"))
    return SourceSpec("rows", "rows.csv", delimiter=";")


def as_parquet(folder: Path) -> SourceSpec:
    columns: dict[str, Any] = {name: [record[name] for record in records()] for name in records()[0]}
    columns["received"] = [datetime.fromisoformat(text) for text in columns["received"]]
    columns["occurred"] = [date.fromisoformat(text) for text in columns["occurred"]]
    pq.write_table(pa.table(columns), folder / "rows.parquet")
    return SourceSpec("rows", "rows.parquet")


def as_many_files(folder: Path) -> SourceSpec:
    for number, line in enumerate(GOOD):
        write(folder, (line,), f"days/{number}.csv")
    return SourceSpec("rows", "days/*.csv")


def as_table(folder: Path) -> SourceSpec:
    connection = sqlite3.connect(folder / "crm.db")
    connection.execute(f"CREATE TABLE rows ({HEADER})")
    connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", [tuple(record.values()) for record in records()])
    connection.execute("INSERT INTO rows SELECT id, '2019-01-01', '2019-01-01', channel, issue, kind, text FROM rows")
    connection.commit()
    connection.close()
    (folder / "rows.sql").write_text("SELECT * FROM rows WHERE received >= :window_start AND received < :window_end")
    return SourceSpec("rows", connection="crm", query_file="rows.sql")


KINDS = (as_jsonl, as_gzipped_csv, as_semicolons, as_parquet, as_many_files, as_table)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source_delivers_the_same_signals(kind: Any, tmp_path: Path) -> None:
    write(tmp_path / "plain")
    expected = delivered(deliver(tmp_path / "plain"), tmp_path / "plain")
    folder = tmp_path / "other"
    folder.mkdir()

    delivery = deliver(folder, pair(source=kind(folder)), connection_url=lambda _name: f"sqlite:///{folder}/crm.db")

    assert delivered(delivery, folder) == expected
    assert delivery.row_count == len(GOOD_IDS)
    assert all(entry.digest.startswith("sha256:") for entry in delivery.inputs)


def test_rows_of_a_database_have_a_digest_that_does_not_depend_on_their_order(tmp_path: Path) -> None:
    feed = pair(source=as_table(tmp_path))
    first = deliver(tmp_path, feed, connection_url=lambda _name: f"sqlite:///{tmp_path}/crm.db")
    (tmp_path / "rows.sql").write_text((tmp_path / "rows.sql").read_text() + " ORDER BY id DESC")

    again = deliver(tmp_path, feed, connection_url=lambda _name: f"sqlite:///{tmp_path}/crm.db")

    assert again.inputs == first.inputs
    assert again.feeds == first.feeds


def test_numbers_nested_values_and_gaps_of_json_become_texts(tmp_path: Path) -> None:
    record = {"id": 7, "occurred": "2020-10-14", "received": "2020-10-14", "channel": "Web", "kind": "hold", "issue": {"b": [1, 2.5, None]}}
    (tmp_path / "rows.jsonl").write_text(json.dumps({"text": None}) + "\n" + json.dumps(record))

    delivery = deliver(tmp_path, pair(source=SourceSpec("rows", "rows.jsonl")))

    [signal] = delivered(delivery, tmp_path)[FEED]
    assert (signal["signal_id"], signal["journey_step"]) == ("7", '{"b":[1,2.5,null]}')
    assert [bad.row_number for bad in delivery.quarantined] == [1]


def test_feeds_of_two_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected feeds of exactly one source"):
        a_plan(tmp_path, pair("one"), pair("two", source=SourceSpec("other", "rows.csv")))


def test_a_judge_that_digests_narratives_differently_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    system, spec = pair()
    judge = stub_judge(system, spec)

    feed = deliver(tmp_path, judges={FEED: lambda raw: replace(judge(raw), narrative_digest="sha256:0")}).feeds[0]

    assert feed.status is FeedStatus.ERRORED
    assert "expected the judge to digest the narrative" in feed.reason


def test_a_flood_of_bad_rows_is_cut_and_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.sources.screening.MAX_QUARANTINED", 5)
    write(tmp_path, (*GOOD, *(row(f"bad{n}", channel="Pigeon") for n in range(8))))

    delivery = deliver(tmp_path)

    assert ids(delivery, tmp_path) == GOOD_IDS
    assert len(delivery.quarantined) == 5
    assert [finding.reason_code for finding in delivery.findings] == ["too_many_bad_rows"]


def validation(delivery: SourceDelivery, folder: Path) -> Mapping[str, Any]:
    assert delivery.validation is not None
    found: Mapping[str, Any] = json.loads((folder / "spool" / delivery.validation.path).read_bytes())
    return found


def test_a_condition_that_fails_on_rows_of_another_window_costs_no_row(tmp_path: Path) -> None:
    write(tmp_path, (row("old", "2020-10-01", issue="word"), row("new", "2020-10-14", issue="7")))
    numeric = pair("one", where="CAST(issue AS INTEGER) > 3", allowed_lateness_days=0)
    other = pair("two", name="reviews", category=SignalCategory.EXPERT_REVIEW, where="issue = 'nothing'")

    delivery = deliver(tmp_path, numeric, other)

    assert [(feed.status, feed.new_count) for feed in delivery.feeds] == [(FeedStatus.OK, 1), (FeedStatus.OK, 0)]
    assert delivery.unmatched_ids == ("old",)


def test_a_source_too_large_for_the_memory_it_was_given_is_errored_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, (row(f"r{n}", issue=f"{n}" + "x" * 500) for n in range(20_000)))

    feed = deliver(tmp_path, caps=SourceCaps(duckdb_memory_mb=2)).feeds[0]

    assert (feed.status, feed.signals) == (FeedStatus.ERRORED, None)
    assert feed.reason == (
        "rows: expected rows that can be staged in 2 MB, found that they cannot; raise limits.duckdb_memory_mb or split the export"
    )


def test_a_row_with_an_unreadable_date_that_no_feed_claims_is_listed_and_not_silently_gone(tmp_path: Path) -> None:
    write(tmp_path, (row("X1", "someday", issue="Elsewhere"), row("fine")))

    delivery = deliver(tmp_path, pair(where="issue <> 'Elsewhere'"))

    assert delivery.unmatched_ids == ("X1",)
    assert ids(delivery, tmp_path) == {"fine"}


def test_a_row_with_an_unreadable_date_that_two_systems_claim_is_ambiguous(tmp_path: Path) -> None:
    write(tmp_path, (row("X1", "someday"), row("fine", issue="Elsewhere")))

    delivery = deliver(tmp_path, pair(), pair("other", where="issue <> 'Elsewhere'"))

    assert delivery.ambiguous_ids == ("X1",)


def test_what_came_in_the_evening_of_a_day_that_was_not_over_when_rows_were_read_is_read_by_the_next_run(tmp_path: Path) -> None:
    """At 06:00 in UTC it is the evening before in Los Angeles: a run sees a part of that day."""
    received = {"noon": datetime(2020, 12, 1, 20, tzinfo=UTC), "evening": datetime(2020, 12, 2, 6, 30, tzinfo=UTC)}
    seen: set[str] = set()
    for day in (date(2020, 12, 2), date(2020, 12, 3), date(2020, 12, 4)):
        at = datetime.combine(day, time(6), UTC)
        rows = (f"{name},{on:%Y-%m-%dT%H:%M:%SZ},{on:%Y-%m-%dT%H:%M:%SZ}" for name, on in received.items() if on < at)
        write(tmp_path, [f"{row},Web,Card held,hold,\n" for row in rows])
        west = pair("west", "America/Los_Angeles", allowed_lateness_days=0)
        found = deliver(tmp_path, west, business_date=day, observed_at=at, read_until={("west", "complaints"): day - timedelta(days=1)})
        seen |= ids(found, tmp_path)
    assert seen == set(received)
