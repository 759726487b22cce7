"""What is remembered from events and counts is what the ledger's own projections say."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.domain.events import Event, EventKind
from registry.domain.history import DailyCount, OpenDip
from registry.domain.memory import Memory
from registry.errors import IllegalMoveError
from registry.ledger.store import open_ledger
from tests.builders import SYSTEM, a_cell, a_delivery
from tests.builders_policies import some_policies

DAY = date(2026, 3, 16)
AT = datetime(2026, 3, 16, 10, tzinfo=UTC)


def remembered(*events: Event) -> Memory:
    memory = Memory()
    for seq, event in enumerate(events, 1):
        memory.apply(seq, json.loads(event.canonical_body()))
    return memory


def decided(on: date, systems: list[str], **data: Any) -> Event:
    body = {"systems": systems, "batches": [], "dips": [], **data}
    return Event(EventKind.TRIAGE_DECIDED, "*", ",".join(systems), AT, on, body)


def test_nothing_is_remembered_of_nothing() -> None:
    history = Memory().history([SYSTEM], DAY, some_policies(), 0)
    assert not any((history.counts, history.observed, history.issues, history.batches, history.dips, history.versions))


@pytest.mark.parametrize("seed", range(4))
def test_versions_seen_in_any_order_are_those_of_the_ledger(tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db", lambda: AT, create=True)
    events = []
    for number in range(60):
        body = {"artifact": chosen.choice(["model", "prompt"]), "version": chosen.choice("abc"), "source": "mlflow"}
        body |= {"from_at": AT + timedelta(hours=chosen.randrange(12))} if chosen.random() < 0.8 else {}
        events.append(Event(EventKind.VERSION_OBSERVED, chosen.choice([SYSTEM, "other"]), f"{number}", AT, DAY, body))
        ledger.append(events[-1:])
    history = remembered(*events).history([SYSTEM, "other"], DAY, some_policies(), len(events))
    assert history.versions == ledger.read_versions() != ()
    ledger.close()


def test_cells_of_several_days_add_up_apart_by_channel_and_fix_and_other_systems_are_left_out() -> None:
    memory = Memory()
    on = DAY - timedelta(days=2)
    first = a_delivery(cells=(a_cell(on=on, count=3), a_cell(on=on, count=2, pre_fix=True), a_cell(on=on, count=1, channel="Fax\x00")))
    memory.add_counts([first])
    memory.add_counts([a_delivery(cells=(a_cell(on=on, count=4),)), a_delivery(system_id="other", cells=(a_cell(on=on),))])
    counts = memory.history([first.system_id], DAY, some_policies(), 0).counts
    cell = a_cell()
    kept = {(count.channel, count.pre_fix): count.count for count in counts}
    assert kept == {(cell.channel, False): 7, (cell.channel, True): 2, ("Fax\ufffd", False): 1}
    assert all(isinstance(count, DailyCount) and count.system_id == first.system_id for count in counts)


def test_days_from_the_business_date_on_or_too_long_ago_are_not_looked_at() -> None:
    memory = Memory()
    memory.add_counts([a_delivery(cells=(a_cell(on=DAY), a_cell(on=DAY - timedelta(days=2_000))))])
    assert memory.history([a_delivery().system_id], DAY, some_policies(), 0).counts == ()


def test_what_was_decided_after_the_knowledge_cut_is_not_known() -> None:
    batch, later = ["stream", "Web", "2026-03-14"], ["stream", "Fax", "2026-03-14"]
    yesterday = DAY - timedelta(days=1)
    memory = remembered(
        decided(yesterday, ["a"], batches=[batch]), decided(yesterday, ["b"], batches=[later], dips=[["b", "2026-03-01", 7]])
    )
    known = memory.history(["a"], DAY, some_policies(), 1)
    assert [found.channel for found in known.batches] == ["Web"]
    assert [found.channel for found in memory.history(["a"], DAY, some_policies(), 2).batches] == ["Web", "Fax"]
    assert memory.history(["b"], DAY, some_policies(), 2).dips == (OpenDip("b", date(2026, 3, 1), 7),)


def test_a_feed_that_was_not_read_well_did_not_observe_its_day() -> None:
    def judged(on: date, status: str) -> Event:
        return Event(EventKind.FEED_JUDGED, SYSTEM, "complaints", AT, on, {"status": status})

    memory = remembered(judged(DAY - timedelta(days=2), "ok"), judged(DAY - timedelta(days=1), "stale"))
    assert [found.on for found in memory.history([SYSTEM], DAY, some_policies(), 2).observed] == [DAY - timedelta(days=3)]


def test_a_move_that_is_not_legal_is_not_remembered() -> None:
    body = {"from": "triage", "to": "closed", "role": "machine"}
    with pytest.raises(IllegalMoveError):
        remembered(Event(EventKind.ISSUE_MOVED, SYSTEM, "x", AT, DAY, body, "ISS-1"))
