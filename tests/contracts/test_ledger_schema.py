"""A ledger whose schema is not the expected one is not written to, on each backend."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from registry.domain.issue import IssueState, Role
from registry.errors import LedgerSchemaError
from registry.ledger import schema
from registry.ledger.engine import open_engine, writing
from registry.ledger.schema import golden, migrate
from registry.ledger.store import Ledger, open_ledger
from registry.ledger.tables import METADATA
from tests.contracts.test_ledger_moves import walk
from tests.ledger_writes import a_clock, moved

_DIFFERS = r"not the one this version was written for(?s:.*)(missing|found instead): "


def changed(url: str, *statements: str) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_an_empty_database_is_refused_and_says_what_to_do(tmp_path: Path):
    with pytest.raises(LedgerSchemaError, match=r"expected the tables of a ledger, found none; check ledger_url"):
        open_ledger(f"sqlite:///{tmp_path / 'empty.db'}", a_clock)


def test_a_ledger_is_created_where_there_is_none_and_kept_where_there_is_one(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'deep' / 'down' / 'ledger.db'}"
    for _ in range(2):
        ledger = open_ledger(url, a_clock, create=True)
        assert ledger.head().seq == 0
        ledger.close()


def test_a_ledger_of_the_first_revision_is_brought_up_to_date_with_its_narratives(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with writing(open_engine(url)) as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        command.upgrade(config, "0001")
    kept = [(f"sha256:{number:064x}", f"{number:032x}", b"words \xed\xa0\x80" * number) for number in (3, 1, 900)]
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as older, older:
        older.executemany("INSERT INTO narrative (key, salt, text) VALUES (?, ?, ?)", kept)
    with pytest.raises(LedgerSchemaError, match=_DIFFERS):
        open_ledger(url, a_clock)

    open_ledger(url, a_clock, create=True).close()

    with closing(sqlite3.connect(tmp_path / "ledger.db")) as newer:
        assert newer.execute("SELECT key, salt, text FROM narrative ORDER BY key").fetchall() == sorted(kept)
        with pytest.raises(sqlite3.IntegrityError, match="a narrative is erased, never edited"):
            newer.execute("UPDATE narrative SET text = x'00'")
        with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: narrative\.key"):
            newer.execute("INSERT INTO narrative (key, salt, text) VALUES (?, ?, ?)", kept[0])


def test_eight_processes_may_create_the_same_ledger_at_once(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        ledgers = list(pool.map(lambda _: open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", a_clock, create=True), range(8)))
    assert {ledger.head().seq for ledger in ledgers} == {0}


def test_a_new_file_that_others_are_switching_to_write_ahead_logging_is_waited_for(tmp_path: Path):
    """SQLite reports ``database is locked`` here at once, whatever its busy timeout: one creation in a hundred of eight failed."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE something (x)")
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            creating = pool.submit(open_ledger, f"sqlite:///{path}", a_clock, create=True)
            with pytest.raises(TimeoutError):
                creating.result(timeout=0.2)
            other.execute("ROLLBACK")
            assert creating.result(timeout=60).head().seq == 0


def test_eight_writers_may_create_the_same_postgresql_ledger_at_once(postgres_server: str):
    from tests.postgres import a_database

    with a_database(postgres_server) as url, ThreadPoolExecutor(8) as pool:
        list(pool.map(migrate, [url] * 8))
        assert open_ledger(url, a_clock).head().seq == 0


def test_every_table_of_the_code_is_in_the_golden_list():
    for lines in golden().values():
        for table in METADATA.tables.values():
            assert any(table.name in line for line in lines)
    for table in METADATA.tables.values():
        for column in table.columns:
            assert any(line.startswith(f"column {table.name}.{column.name}:") for line in golden()["postgresql"])


@pytest.mark.parametrize(
    ("sqlite", "postgresql"),
    [
        ("DROP TRIGGER event_no_update", "DROP TRIGGER event_no_update ON event"),
        ("DROP TRIGGER signal_no_delete", "ALTER TABLE signal DISABLE TRIGGER signal_no_delete"),
        ("DROP INDEX uq_issue_live", "DROP INDEX uq_issue_live"),
        ("ALTER TABLE event ADD COLUMN note TEXT", "ALTER TABLE event ADD COLUMN note TEXT"),
        ("ALTER TABLE event RENAME COLUMN kind TO sort", "ALTER TABLE event RENAME COLUMN kind TO sort"),
        ("DROP TABLE narrative", "DROP TABLE narrative"),
        (
            "CREATE TRIGGER extra AFTER INSERT ON event BEGIN SELECT 1; END",
            "CREATE TRIGGER extra AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
        ),
        ("CREATE INDEX extra ON event (hash)", "ALTER TABLE event DROP CONSTRAINT ck_event_hashes"),
        (
            "DROP TRIGGER outbox_no_delete",
            "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        ),
    ],
)
def test_a_ledger_that_differs_in_anything_is_refused(ledger_url: str, sqlite: str, postgresql: str):
    changed(ledger_url, sqlite if ledger_url.startswith("sqlite") else postgresql)
    with pytest.raises(LedgerSchemaError, match=_DIFFERS):
        open_ledger(ledger_url, a_clock)


@pytest.mark.parametrize(
    "change", ["DELETE FROM legal_move WHERE to_state = 'closed'", "UPDATE legal_move SET needs_approval = 0 WHERE to_state = 'closed'"]
)
def test_a_ledger_with_other_legal_moves_is_refused_until_it_is_migrated(ledger_url: str, change: str):
    changed(ledger_url, change)
    with pytest.raises(LedgerSchemaError, match="other moves"):
        open_ledger(ledger_url, a_clock)
    open_ledger(ledger_url, a_clock, create=True).close()


_CLOSURE_TABLES = ("DROP TABLE recurrence_window", "DROP TABLE closure")
_CLOSURE_RULES = ("recurrence_window_is_recorded", "closure_is_recorded", "closure_is_earned", "transition_is_proposed")
_WITHOUT_CLOSURES = {
    "sqlite": (*_CLOSURE_TABLES, "DROP TRIGGER transition_is_proposed"),
    "postgresql": (*_CLOSURE_TABLES, *(f"DROP FUNCTION {name} CASCADE" for name in _CLOSURE_RULES)),
}


def test_a_ledger_of_the_third_revision_learns_the_way_back_and_what_a_closure_is(ledger_url: str):
    """Its rows are those of the revision before; what was appended stays, and the earlier program would refuse it from now on."""
    ledger = open_ledger(ledger_url, a_clock)
    stored = ledger.append(walk("ISS-1", IssueState.ACTION_APPROVED))
    ledger.close()
    way_back = "from_state = 'action_approved' AND to_state = 'rca_in_progress'"
    changed(ledger_url, f"DELETE FROM legal_move WHERE {way_back}", "UPDATE alembic_version SET version_num = '0003'")
    changed(ledger_url, *_WITHOUT_CLOSURES["sqlite" if ledger_url.startswith("sqlite") else "postgresql"])
    with pytest.raises(LedgerSchemaError, match="`proofloop migrate` brings an older ledger up to date"):
        open_ledger(ledger_url, a_clock)

    migrate(ledger_url)

    newer = open_ledger(ledger_url, a_clock)
    newer.append([moved("ISS-1", IssueState.ACTION_APPROVED, IssueState.RCA_IN_PROGRESS, Role.MODEL_OWNER, subject="back")])
    assert tuple(newer.read_events())[: len(stored)] == stored
    with newer.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0005"
    newer.close()


def test_a_ledger_that_a_newer_version_made_is_refused_and_keeps_its_moves(ledger_url: str):
    changed(ledger_url, "UPDATE alembic_version SET version_num = '9999'", "DELETE FROM legal_move WHERE from_state = 'closed'")
    with pytest.raises(LedgerSchemaError, match=r"found another \(.*'9999'.*\); nothing was written\. Use the version that made it"):
        migrate(ledger_url)
    with pytest.raises(LedgerSchemaError, match="other moves"):
        open_ledger(ledger_url, a_clock)


def test_migrating_again_keeps_what_is_there(ledger: Ledger, ledger_url: str):
    from tests.builders import an_event

    stored = ledger.append([an_event()])
    migrate(ledger_url)
    assert tuple(ledger.read_events()) == stored
