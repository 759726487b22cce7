"""What every ledger promises about the one transaction of a triage run, on each backend."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select

from registry.domain.canonical import digest_of
from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.domain.feed import quarantine_key
from registry.domain.history import DailyCount
from registry.domain.issue import IssueState
from registry.domain.triage_write import LinkRelation, signals_observed
from registry.errors import IdempotencyConflictError, IllegalMoveError, LeaseLostError, LedgerError, StaleIssueError
from registry.ledger.engine import reading
from registry.ledger.store import Ledger, open_ledger
from registry.ledger.tables import NARRATIVE
from registry.ledger.verification import verify_ledger
from tests.builders import DIGEST, FEED, FINGERPRINT, NOON, SYSTEM, TODAY, YESTERDAY, a_cell, a_delivery, a_quarantined_row, an_event
from tests.builders_triage import a_feed_day
from tests.ledger_writes import (
    FLOW,
    ISSUE_ID,
    a_clock,
    a_full_day,
    a_link,
    a_narrative,
    a_write,
    claimed,
    moved,
    opened,
    some_signals,
    spooled,
)
from tests.ledgers import contents, copied_sqlite
from tests.strategies import signals

TOMORROW = TODAY + timedelta(days=1)


def test_a_day_is_written_whole_and_verifies(ledger: Ledger, spool: Path):
    receipt = ledger.record_triage(a_full_day(ledger, spool), spool)
    assert (receipt.signal_count, receipt.event_count, receipt.quarantined_count, receipt.repeated) == (14, 5, 2, False)
    assert (receipt.head_seq, receipt.head_hash) == (ledger.head().seq, ledger.head().hash)
    assert ledger.read_counts(YESTERDAY, TODAY) == (DailyCount(SYSTEM, FEED, FINGERPRINT, YESTERDAY, "Web", 10),)
    assert [(day.business_date, day.day.feed) for day in ledger.read_feed_days(TODAY, TOMORROW)] == [(TODAY, "appeals"), (TODAY, FEED)]
    assert {relation for relation, _ in ledger.read_issue_signals(ISSUE_ID)} == {"opened"}
    assert len(ledger.read_issue_signals(ISSUE_ID)) == 10
    assert quarantine_key("complaints_csv", DIGEST) in ledger.read_quarantine_keys(["complaints_csv"])
    assert ledger.read_result(FLOW, SYSTEM, TODAY) == b'{"business_date":"2020-10-15","systems":["fraud_filter"]}'
    assert verify_ledger(ledger) == ()


def test_a_day_without_anything_is_a_recorded_day(ledger: Ledger, spool: Path):
    receipt = ledger.record_triage(a_write(claimed(ledger)), spool)
    assert (receipt.signal_count, receipt.event_count) == (0, 1)
    assert ledger.read_counts(date.min, date.max) == ()
    assert ledger.read_known(SYSTEM, FEED, date.min, date.max) == {}
    assert verify_ledger(ledger) == ()


def test_a_repeated_day_writes_nothing(ledger: Ledger, spool: Path):
    write = a_full_day(ledger, spool)
    first = ledger.record_triage(write, spool)
    before = contents(ledger)
    again = ledger.record_triage(write, spool)
    assert (again.repeated, again.head_hash) == (True, first.head_hash)
    assert contents(ledger) == before


def test_a_second_result_for_a_done_day_is_refused(ledger: Ledger, spool: Path):
    write = a_full_day(ledger, spool)
    ledger.record_triage(write, spool)
    with pytest.raises(IdempotencyConflictError, match="a second result"):
        ledger.record_triage(replace(write, result=b"{}"), spool)


def test_known_signals_are_read_by_feed_and_day_of_receipt_or_by_key(ledger: Ledger, spool: Path):
    old, new = some_signals(2), some_signals(1, start=5, business_date=TODAY)
    ledger.record_triage(a_write(claimed(ledger), [spooled(spool, [*old, *new])]), spool)
    digests = {signal.key: signal.content_digest for signal in old}
    assert ledger.read_known(SYSTEM, FEED, YESTERDAY, TODAY) == digests
    assert ledger.read_known(SYSTEM, FEED, TODAY, TODAY) == ledger.read_known(SYSTEM, "appeals", YESTERDAY, TODAY) == {}
    assert ledger.read_content_digests([old[0].key, "sha256:unknown"]) == {old[0].key: old[0].content_digest}
    assert ledger.read_content_digests([]) == {}


def test_a_signal_the_ledger_has_is_refused_even_if_it_is_dated_anew(ledger: Ledger, spool: Path):
    ledger.record_triage(a_write(claimed(ledger), [spooled(spool, some_signals(3))]), spool)
    moved_in_time = some_signals(1, start=2, business_date=TODAY, content_digest=DIGEST)
    later = a_write(claimed(ledger, on=TOMORROW), [spooled(spool, moved_in_time)], known_events=ledger.head().seq)
    with pytest.raises(StaleIssueError, match="found one it has"):
        ledger.record_triage(later, spool)
    assert ledger.head().seq == 2


def test_a_decision_that_does_not_know_the_newest_events_of_its_systems_is_stale(ledger: Ledger, spool: Path):
    ledger.append(opened())
    write = a_write(claimed(ledger), [spooled(spool, some_signals(3))], known_events=1)
    with pytest.raises(StaleIssueError, match=r"knows events up to 1, and event 2 \(IssueMoved\)"):
        ledger.record_triage(write, spool)
    ledger.append([an_event(system_id="another")])
    assert not ledger.record_triage(replace(write, known_events=2), spool).repeated


def test_a_write_with_a_lost_lease_is_refused_and_leaves_nothing(ledger: Ledger, spool: Path):
    write = a_full_day(ledger, spool)
    ledger.claim(FLOW, [SYSTEM], TODAY, "run-2", NOON + timedelta(hours=2), timedelta(hours=1))
    before = contents(ledger)
    with pytest.raises(LeaseLostError, match=r"expected our lease \(run-1, fence 1.*claimed by run-2 with fence 2"):
        ledger.record_triage(write, spool)
    assert contents(ledger) == before


def test_a_write_that_was_never_leased_is_refused(ledger: Ledger, spool: Path):
    (lease,) = claimed(ledger)
    with pytest.raises(LeaseLostError, match="no such lease"):
        ledger.record_triage(a_write([replace(lease, system_id="credit_model")]), spool)
    with pytest.raises(LedgerError, match="expected leases and events of one business date"):
        ledger.record_triage(replace(a_write([lease]), leases=()), spool)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda text: text[:-200], "one canonical JSON signal a line"),
        (lambda text: text[:0], "expected 5 rows with sha256.*found 0 rows"),
        (lambda text: b"".join(text.splitlines(keepends=True)[:4]), "expected 5 rows with sha256.*found 4 rows"),
        (lambda text: text + text.splitlines(keepends=True)[-1], "a file is sorted by key without repeats"),
        (lambda text: text.replace(b'"signal_id":"3"', b'"signal_id":"4"'), "expected 5 rows with sha256"),
        (lambda text: text.replace(b'"feed":"complaints"', b'"feed":"appeals"'), "expected a signal of this feed"),
        (lambda text: b"".join(reversed(text.splitlines(keepends=True))), "a file is sorted by key"),
        (lambda text: text[:0] + b"[]\n" * 5, "one canonical JSON signal a line"),
    ],
)
def test_a_torn_or_changed_spool_file_is_refused_and_leaves_nothing(ledger: Ledger, spool: Path, harm, message):
    delivery = spooled(spool, some_signals(5))
    assert delivery.signals
    path = spool / delivery.signals.path
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(LedgerError, match=message):
        ledger.record_triage(a_write(claimed(ledger), [delivery]), spool)
    assert ledger.head().seq == 0
    assert ledger.read_known(SYSTEM, FEED, date.min, date.max) == {}


def test_a_row_count_that_the_file_does_not_have_is_refused(ledger: Ledger, spool: Path):
    delivery = spooled(spool, some_signals(5))
    assert delivery.signals
    delivery = replace(delivery, signals=replace(delivery.signals, row_count=4))
    with pytest.raises(LedgerError, match=r"expected 4 rows with sha256.*found 5 rows"):
        ledger.record_triage(a_write(claimed(ledger), [delivery]), spool)


def test_an_event_that_arrives_while_signals_are_loaded_makes_the_write_stale(postgres_ledger_url: str, spool: Path):
    other = open_ledger(postgres_ledger_url, a_clock)

    def meanwhile(name: str) -> None:
        if name == "after_signals":  # on PostgreSQL nobody waits for a load: others go on
            other.append([an_event()])

    ledger = open_ledger(postgres_ledger_url, a_clock, checkpoint=meanwhile)
    with pytest.raises(StaleIssueError, match=r"event 1 \(VersionObserved\) came after them"):
        ledger.record_triage(a_write(claimed(ledger), [spooled(spool, some_signals(5))]), spool)
    assert ledger.read_known(SYSTEM, FEED, date.min, date.max) == {}
    ledger.close()
    other.close()


@pytest.mark.parametrize("cells", [(), (a_cell(count=4),), (a_cell(count=5), a_cell(on=TODAY)), (a_cell(count=5, pre_fix=True),)])
def test_a_decision_about_other_counts_than_the_spooled_signals_is_refused(ledger: Ledger, spool: Path, cells):
    delivery = spooled(spool, some_signals(5), cells=cells)
    with pytest.raises(LedgerError, match=r"expected the counts that were judged.*judged \d, spooled \d"):
        ledger.record_triage(a_write(claimed(ledger), [delivery]), spool)
    assert ledger.read_known(SYSTEM, FEED, date.min, date.max) == {}


def test_a_spool_file_that_is_gone_is_named(ledger: Ledger, spool: Path):
    delivery = spooled(spool, some_signals(5))
    (spool / "signals-fraud_filter-complaints.jsonl").unlink()
    with pytest.raises(LedgerError, match=r"signals-fraud_filter-complaints.jsonl: expected 5 rows, could not read it"):
        ledger.record_triage(a_write(claimed(ledger), [delivery]), spool)


def test_signals_need_their_event_and_events_their_signals(ledger: Ledger, spool: Path):
    delivery, leases = spooled(spool, some_signals(5)), claimed(ledger)
    write = a_write(leases, [delivery])
    with pytest.raises(LedgerError, match="expected the SignalsObserved event"):
        ledger.record_triage(replace(write, events=write.events[1:]), spool)
    with pytest.raises(LedgerError, match="an event without one"):
        ledger.record_triage(replace(write, deliveries=()), spool)
    with pytest.raises(LedgerError, match="leased systems only, found credit_model"):
        ledger.record_triage(replace(write, feed_days=(a_feed_day(system_id="credit_model"),)), spool)
    with pytest.raises(ValueError, match="found none"):
        signals_observed(a_delivery(signals=None), NOON, TODAY)


def test_a_publication_needs_the_decision_it_belongs_to(ledger: Ledger, spool: Path):
    write = a_write(claimed(ledger))
    with pytest.raises(LedgerError, match="expected a TriageDecided event"):
        ledger.record_triage(replace(write, events=()), spool)


def test_an_illegal_move_in_a_day_leaves_nothing_of_the_day(ledger: Ledger, spool: Path):
    write = a_write(claimed(ledger), [spooled(spool, some_signals(5))], [moved(ISSUE_ID, IssueState.CLOSED, IssueState.TRIAGE)])
    with pytest.raises(IllegalMoveError):
        ledger.record_triage(write, spool)
    assert ledger.head().seq == 0
    assert ledger.read_known(SYSTEM, FEED, date.min, date.max) == {}


def test_late_evidence_is_linked_apart_from_what_counts(ledger: Ledger, spool: Path):
    delivery = spooled(spool, [*some_signals(2), *some_signals(3, start=10, pre_fix=True), *some_signals(1, start=20, synthetic=True)])
    links = (a_link(), a_link(LinkRelation.LATE_PRE_FIX))
    ledger.record_triage(a_write(claimed(ledger), [delivery], opened(), links=links), spool)
    relations = [relation for relation, _ in ledger.read_issue_signals(ISSUE_ID)]
    assert sorted(relations) == ["late_pre_fix"] * 3 + ["opened"] * 2
    assert [(count.pre_fix, count.count) for count in ledger.read_counts(YESTERDAY, TODAY)] == [(False, 2), (True, 3)]
    assert verify_ledger(ledger) == ()


def test_an_issue_gathers_the_earlier_signals_its_spike_is_made_of(ledger: Ledger, spool: Path):
    week_ago = TODAY - timedelta(days=7)
    early = [*some_signals(2, business_date=week_ago), *some_signals(3, start=5, business_date=YESTERDAY - timedelta(days=1))]
    ledger.record_triage(a_write(claimed(ledger), [spooled(spool, early)]), spool)
    old_receipt = some_signals(4, start=10, business_date=week_ago)
    link = a_link(since_on=TODAY - timedelta(days=3))
    events = [replace(event, business_date=TOMORROW) for event in opened(signal_count=7)]
    write = a_write(claimed(ledger, on=TOMORROW), [spooled(spool, old_receipt)], events, links=(link,), known_events=ledger.head().seq)
    ledger.record_triage(write, spool)
    linked = {json.loads(body)["signal_id"] for _, body in ledger.read_issue_signals(ISSUE_ID)}
    assert linked == {"5", "6", "7", "10", "11", "12", "13"}


def test_a_signal_that_hangs_on_an_issue_is_not_gathered_by_another(ledger: Ledger, spool: Path):
    ledger.record_triage(a_write(claimed(ledger), [spooled(spool, some_signals(3))], opened(), links=(a_link(),)), spool)
    link = a_link(issue_id="ISS-second", since_on=YESTERDAY)
    second = [replace(event, business_date=TOMORROW) for event in opened("ISS-second")]
    second[0].body["fingerprint_version"] = 2
    write = a_write(claimed(ledger, on=TOMORROW), (), second, links=(link,), known_events=ledger.head().seq)
    ledger.record_triage(write, spool)
    assert ledger.read_issue_signals("ISS-second") == ()


def test_a_link_to_an_issue_that_does_not_exist_is_refused(ledger: Ledger, spool: Path):
    with pytest.raises(LedgerError, match="the write was refused"):
        ledger.record_triage(a_write(claimed(ledger), [spooled(spool, some_signals(1))], links=(a_link(),)), spool)


def test_the_same_bad_row_is_kept_once_with_the_day_it_was_first_seen(ledger: Ledger, spool: Path):
    first = ledger.record_triage(a_write(claimed(ledger), quarantined=(a_quarantined_row(), a_quarantined_row(row_number=99))), spool)
    later = a_write(claimed(ledger, on=TOMORROW), quarantined=(a_quarantined_row(row_number=3),), known_events=first.head_seq)
    assert (first.quarantined_count, ledger.record_triage(later, spool).quarantined_count) == (1, 0)
    assert ledger.read_quarantine_keys(["other"]) == frozenset()


def test_the_outbox_promises_once_and_is_done_once(ledger: Ledger, spool: Path):
    ledger.record_triage(a_write(claimed(ledger)), spool)
    (row,) = ledger.pending_outbox()
    assert (row.outbox_id, row.event_seq, row.path, row.published) == (1, 1, "packages/2020-10-15-fraud_filter", False)
    ledger.mark_published(1)
    ledger.mark_published(1)
    assert ledger.pending_outbox() == ()
    with pytest.raises(LedgerError, match="expected row 7, found none"):
        ledger.mark_published(7)


def test_a_path_is_promised_once(ledger: Ledger, spool: Path):
    first = a_write(claimed(ledger))
    ledger.record_triage(first, spool)
    second = a_write(claimed(ledger, on=TOMORROW), publications=first.publications, known_events=1)
    with pytest.raises(IdempotencyConflictError, match="a path is used once"):
        ledger.record_triage(second, spool)


def test_narratives_are_erased_with_an_event_and_only_then(ledger: Ledger, spool: Path):
    signal, narrative = a_narrative(some_signals(1)[0], "declined \x00 \ud800 £")
    ledger.record_triage(a_write(claimed(ledger), [spooled(spool, [signal], [narrative])]), spool)
    assert verify_ledger(ledger) == ()
    event = Event(EventKind.NARRATIVE_ERASED, SYSTEM, "request 12", NOON, TODAY, {"signals": [signal.key]}, actor="dpo@bank.example")
    with pytest.raises(LedgerError, match="expected a NarrativeErased event"):
        ledger.erase_narratives([signal.key, "another"], event)
    stored = ledger.erase_narratives([signal.key], event)
    assert ledger.erase_narratives([signal.key], event) == stored
    with reading(ledger.engine) as connection:
        assert connection.execute(select(NARRATIVE)).all() == []
    (noted,) = verify_ledger(ledger)
    assert (noted.verdict, noted.subject, noted.reason) == (Verdict.PASS, f"narrative {signal.key}", f"erased under event {stored.seq}")


def test_the_same_day_in_shuffled_order_gives_the_same_rows_on_every_backend(
    ledger: Ledger, migrated_sqlite: Path, tmp_path: Path, spool: Path
):
    plain = open_ledger(copied_sqlite(migrated_sqlite, tmp_path / "plain.db"), a_clock)
    plain.record_triage(a_full_day(plain, spool), spool)
    random, write = Random(7), a_full_day(ledger, spool)
    for name in ("deliveries", "quarantined", "feed_days", "links"):
        parts = list(getattr(write, name))
        random.shuffle(parts)
        write = replace(write, **{name: tuple(reversed(parts))})
    ledger.record_triage(write, spool)
    assert contents(ledger) == contents(plain)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signal=signals())
def test_any_signal_is_stored_as_it_is_and_counted_once(ledger: Ledger, tmp_path: Path, signal):
    system_id = f"system_{ledger.head().seq}"  # one ledger for all examples: each has its own system
    signal = replace(signal, system_id=system_id, key=digest_of([system_id]), narrative_digest="")
    spool = tmp_path / "any"
    write = a_write(claimed(ledger, system_id), [spooled(spool, [signal])], publications=())
    ledger.record_triage(write, spool)
    assert ledger.read_content_digests([signal.key]) == {signal.key: signal.content_digest}
    assert sum(count.count for count in ledger.read_counts(date.min, date.max, [system_id])) == (not signal.synthetic)
    assert verify_ledger(ledger) == ()


def test_which_runs_and_systems_an_issue_s_signals_came_with(ledger: Ledger, spool: Path):
    ledger.record_triage(a_full_day(ledger, spool), spool)
    linked, alone = (digest_of([SYSTEM, feed, "3"]) for feed in (FEED, "appeals"))
    assert ledger.read_issue_days() == {(ISSUE_ID, SYSTEM, TODAY)}
    assert ledger.read_belongings([linked, alone]) == {(SYSTEM, ISSUE_ID), (SYSTEM, "")}
    assert ledger.read_belongings([]) == frozenset()
