"""A database that does not answer, is locked, full or damaged: the right error, a message that says what to do, nothing written."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text

from registry.errors import LedgerError, LedgerUnavailableError
from registry.ledger.engine import open_engine, writing
from registry.ledger.store import open_ledger
from registry.ledger.verification import verify_ledger
from tests.builders import an_event
from tests.ledger_writes import a_clock, a_full_day, a_write, claimed, some_signals, spooled
from tests.ledgers import copied_sqlite


def test_a_locked_sqlite_ledger_is_an_outage_for_writers_and_none_for_readers(migrated_sqlite: Path, tmp_path: Path):
    ledger = open_ledger(copied_sqlite(migrated_sqlite, tmp_path / "l.db"), a_clock, patience_seconds=0.05)
    with closing(sqlite3.connect(tmp_path / "l.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailableError, match=r"l.db: database is locked: another process is writing; wait for it"):
            ledger.append([an_event()])
        assert ledger.head().seq == 0
        other.execute("ROLLBACK")
    assert len(ledger.append([an_event()])) == 1


def test_a_locked_postgresql_ledger_is_an_outage_for_writers_and_none_for_readers(postgres_ledger_url: str):
    ledger = open_ledger(postgres_ledger_url, a_clock, patience_seconds=0.05)
    other = open_engine(postgres_ledger_url)
    with other.begin() as connection:
        connection.execute(text("SELECT * FROM log_head FOR UPDATE"))
        with pytest.raises(LedgerUnavailableError, match=r"lock timeout: another process is writing"):
            ledger.append([an_event()])
        assert ledger.head().seq == 0
    assert len(ledger.append([an_event()])) == 1
    ledger.close()
    other.dispose()


def test_a_full_disk_is_an_outage_and_the_day_is_whole_once_there_is_room(migrated_sqlite: Path, tmp_path: Path, spool: Path):
    ledger = open_ledger(copied_sqlite(migrated_sqlite, tmp_path / "l.db"), a_clock)
    write = a_write(claimed(ledger), [spooled(spool, some_signals(3_000))])
    event.listen(ledger.engine, "begin", _limit_pages)
    with pytest.raises(LedgerUnavailableError, match=r"database or disk is full: the disk is full; nothing was written: free space"):
        ledger.record_triage(write, spool)
    event.remove(ledger.engine, "begin", _limit_pages)
    ledger.close()
    assert ledger.head().seq == 0
    assert ledger.record_triage(write, spool).signal_count == 3_000
    assert verify_ledger(ledger) == ()


def _limit_pages(connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 120")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "unable to open database file: the file or its folder cannot be opened"),
        (
            lambda path: path.write_bytes(b"not a database" * 1_000),
            "expected a sound SQLite file, found: file is not a database; restore it",
        ),
    ],
)
def test_a_file_that_is_no_ledger_is_named(tmp_path: Path, make, message: str):
    make(tmp_path / "ledger.db")
    with pytest.raises((LedgerError, LedgerUnavailableError), match=message):
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", a_clock)


def test_a_ledger_in_a_folder_that_is_not_there_is_an_outage_unless_it_may_be_made(tmp_path: Path):
    with pytest.raises(LedgerUnavailableError, match="its folder cannot be opened"):
        open_ledger(f"sqlite:///{tmp_path / 'none' / 'ledger.db'}", a_clock)


def test_a_damaged_page_is_not_read_as_an_empty_ledger(migrated_sqlite: Path, tmp_path: Path, spool: Path):
    ledger = open_ledger(copied_sqlite(migrated_sqlite, tmp_path / "l.db"), a_clock)
    ledger.record_triage(a_full_day(ledger, spool), spool)
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "l.db")) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'").fetchone()
        (size,) = other.execute("PRAGMA page_size").fetchone()
    content = bytearray((tmp_path / "l.db").read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    (tmp_path / "l.db").write_bytes(content)
    with pytest.raises(LedgerError, match=r"expected a sound SQLite file.*malformed.*restore it from the last backup"):
        tuple(ledger.read_events())


def test_a_server_that_is_not_there_is_an_outage_and_its_password_is_not_told():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://me:secret@127.0.0.1:{taken.getsockname()[1]}/ledger"
        with pytest.raises(LedgerUnavailableError, match=r"check that the server runs, then run again") as caught:
            open_ledger(url, a_clock)
    assert "secret" not in str(caught.value)


def test_a_connection_the_server_ends_is_an_outage_and_the_next_one_works(postgres_ledger_url: str):
    ledger = open_ledger(postgres_ledger_url, a_clock)
    with pytest.raises(LedgerUnavailableError), writing(ledger.engine) as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert len(ledger.append([an_event()])) == 1
    ledger.close()


@pytest.mark.parametrize("url", ["", "not a url", "mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_another_kind_of_database_is_refused(url: str):
    with pytest.raises(LedgerError, match=r"expected sqlite:///PATH or postgresql://"):
        open_ledger(url, a_clock)
