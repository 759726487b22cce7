"""What is erased is gone from the database's files, is told with its event, and does not come back unseen."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from registry.domain.decision import Verdict
from registry.domain.events import Event, EventKind
from registry.errors import LedgerError
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.builders import NOON, SYSTEM, TODAY, an_event
from tests.ledger_writes import a_narrative, a_write, claimed, some_signals, spooled


def an_erasure(*keys: str) -> Event:
    return Event(EventKind.NARRATIVE_ERASED, SYSTEM, "request 12", NOON, TODAY, {"signals": sorted(keys)}, actor="privacy_officer")


def with_narratives(ledger: Ledger, spool: Path, days: int = 12, each: int = 60) -> dict[str, tuple[str, str]]:
    """Record several days with narratives of many lengths, so that pages split and overflow; return salt and text by key."""
    draw, kept, known = random.Random(3), {}, 0
    for day in range(days):
        on = TODAY + timedelta(days=day)
        pairs = []
        for signal in some_signals(each, start=day * each, business_date=on - timedelta(days=1)):
            mark = hashlib.sha256(signal.key.encode()).hexdigest()
            text = f"{mark[:20]} nobody helped. " * draw.choice([1, 4, 40, 400])
            pairs.append(a_narrative(signal, text, mark[32:]))
            kept[signal.key] = (mark[32:], mark[:20])
        delivery = spooled(spool, [signal for signal, _ in pairs], sorted((text for _, text in pairs), key=lambda text: text["key"]))
        receipt = ledger.record_triage(a_write(claimed(ledger, on=on), [delivery], known_events=known), spool)
        known = receipt.head_seq
    return kept


def bytes_of(ledger: Ledger) -> bytes:
    paths = [Path(f"{ledger.engine.url.database}{suffix}") for suffix in ("", "-wal", "-shm")]
    return b"".join(path.read_bytes() for path in paths if path.exists())


def test_nothing_of_an_erased_narrative_is_left_in_the_files_of_the_database(sqlite_ledger: Ledger, spool: Path):
    kept = with_narratives(sqlite_ledger, spool)
    chosen = random.Random(5).sample(sorted(kept), 200)
    before = bytes_of(sqlite_ledger)
    assert all(part.encode() in before for key in chosen for part in kept[key])
    salts = sqlite_ledger.read_kept_narratives(chosen)
    assert salts == {key: kept[key][0] for key in chosen}
    sqlite_ledger.erase_narratives(chosen, an_erasure(*chosen))
    assert sqlite_ledger.clear_deleted(salts.values()).verdict is Verdict.PASS
    after = bytes_of(sqlite_ledger)
    assert not [part for key in chosen for part in kept[key] if part.encode() in after]
    assert all(part.encode() in after for key in kept.keys() - set(chosen) for part in kept[key])


def test_a_log_that_a_reader_keeps_open_is_not_called_cleared(sqlite_ledger: Ledger, spool: Path):
    kept = with_narratives(sqlite_ledger, spool, days=1, each=3)
    with closing(sqlite3.connect(str(sqlite_ledger.engine.url.database), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM narrative").fetchone()
        sqlite_ledger.erase_narratives(list(kept), an_erasure(*kept))
        impatient = sqlite_ledger.engine.raw_connection()
        impatient.cursor().execute("PRAGMA busy_timeout=10")
        impatient.close()
        assert sqlite_ledger.clear_deleted(["x"]).reason_code == "log_in_use"
        reader.execute("COMMIT")
    assert sqlite_ledger.clear_deleted([salt for salt, _ in kept.values()]).verdict is Verdict.PASS


def test_text_that_stayed_in_the_file_is_found_and_fails(sqlite_ledger: Ledger, spool: Path):
    kept = with_narratives(sqlite_ledger, spool, days=1, each=3)
    found = sqlite_ledger.clear_deleted([next(iter(kept.values()))[0]])
    assert (found.verdict, found.reason_code) == (Verdict.FAIL, "text_left")


def test_on_a_server_what_vacuum_leaves_is_said(ledger: Ledger, spool: Path):
    kept = with_narratives(ledger, spool, days=1, each=3)
    ledger.erase_narratives(list(kept), an_erasure(*kept))
    found = ledger.clear_deleted([])
    if ledger.engine.dialect.name == "postgresql":
        assert found.verdict is Verdict.INCONCLUSIVE and "VACUUM narrative" in found.reason and "backups" in found.reason


def test_an_erased_narrative_is_told_with_its_event_and_one_that_is_there_again_fails(ledger: Ledger, spool: Path):
    kept = with_narratives(ledger, spool, days=1, each=3)
    first, second, _ = sorted(kept)
    stored = ledger.erase_narratives([first], an_erasure(first))
    assert [(note.subject, note.reason) for note in verify_ledger(ledger)] == [(f"narrative {first}", f"erased under event {stored.seq}")]
    ledger.append([Event(EventKind.NARRATIVE_ERASED, SYSTEM, "says so only", NOON, TODAY, {"signals": [second]})])
    assert {fault.reason_code for fault in verify_ledger(ledger) if fault.verdict is Verdict.FAIL} == {"not_erased"}


def test_erasing_nothing_is_refused(sqlite_ledger: Ledger):
    with pytest.raises(LedgerError, match="expected at least one signal"):
        sqlite_ledger.erase_narratives([], an_erasure())
    assert sqlite_ledger.head().seq == 0


def test_an_event_with_a_secret_is_refused_before_it_exists(ledger: Ledger):
    secret = "AKIA" + "A1B2C3D4E5F6G7H8"
    with pytest.raises(LedgerError, match="found AWS access key") as refused:
        ledger.append([an_event(), an_event(subject="other", body={"reason": f"use {secret}"})])
    assert secret not in str(refused.value) and ledger.head().seq == 0
