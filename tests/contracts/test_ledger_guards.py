"""What the database itself refuses, whatever program writes to it, on each backend."""

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from registry.errors import ApprovalRefusedError, LedgerError
from registry.ledger.engine import reading, writing
from registry.ledger.store import Ledger
from registry.ledger.tables import APPEND_ONLY, METADATA
from registry.ledger.verification import verify_ledger
from tests.builders import YESTERDAY
from tests.closing import closure_judged, window_judged
from tests.ledger_writes import ISSUE_ID, a_full_day, a_narrative, a_write, approved, claimed, some_signals, spooled
from tests.ledgers import contents

KEPT = sorted({table.name for table in APPEND_ONLY} | {"issue", "log_head", "signal_count", "lease", "outbox"})
HASH = "f" * 64


@pytest.fixture
def full(ledger: Ledger, spool: Path) -> Ledger:
    """Return a ledger with a row in every table."""
    ledger.record_triage(a_full_day(ledger, spool), spool)
    with writing(ledger.engine) as connection:
        connection.execute(text("INSERT INTO version_in_force VALUES (1, 's', 'model', '7', '2020-10-15T00:00:00.000000Z', 'mlflow')"))
    ledger.append([approved(ISSUE_ID), window_judged(ISSUE_ID, "watching"), closure_judged(ISSUE_ID)])
    assert all(rows for rows in contents(ledger).values())
    return ledger


def refused(ledger: Ledger, statement: str) -> str:
    """Return what the database says to a statement that must leave every row as it was."""
    before = contents(ledger)
    with pytest.raises(IntegrityError) as caught, ledger.engine.begin() as connection:
        connection.execute(text(statement))
    assert contents(ledger) == before
    return str(caught.value.orig)


@pytest.mark.parametrize("table", KEPT)
def test_no_row_is_ever_deleted(full: Ledger, table: str):
    assert "ledger guard" in refused(full, f"DELETE FROM {table}")


@pytest.mark.parametrize("table", sorted(table.name for table in APPEND_ONLY))
def test_an_append_only_row_is_never_updated(full: Ledger, table: str):
    column = METADATA.tables[table].columns.keys()[-1]
    assert "ledger guard" in refused(full, f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", KEPT)
def test_no_table_is_truncated(full: Ledger, table: str):
    if full.engine.dialect.name == "sqlite":
        assert "ledger guard" in refused(full, f"DELETE FROM {table} WHERE 1")  # what SQLite has for it
    else:
        assert "ledger guard" in refused(full, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", [*sorted(table.name for table in APPEND_ONLY), "issue", "lease", "outbox"])
def test_no_row_is_replaced_by_another_of_the_same_key(full: Ledger, table: str):
    columns = METADATA.tables[table].columns.keys()
    changed = ", ".join([*columns[:-1], f"{columns[-1]} || '!'"])
    keyed = ", ".join(column.name for column in METADATA.tables[table].primary_key)
    before = contents(full)
    statement = f"INSERT OR REPLACE INTO {table} SELECT {changed} FROM {table}"
    if full.engine.dialect.name == "postgresql":
        last = columns[-1]
        statement = f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({keyed}) DO UPDATE SET {last} = excluded.{last}"
    with suppress(IntegrityError), full.engine.begin() as connection:
        connection.execute(text(statement))
    assert contents(full) == before


@pytest.mark.parametrize(
    "table",
    [
        "event",
        "issue",
        "transition",
        "approval",
        "recurrence_window",
        "closure",
        "issue_signal",
        "quarantine",
        "feed_day",
        "result",
        "outbox",
    ],
)
def test_not_even_a_connection_without_our_settings_replaces_a_row(sqlite_ledger: Ledger, spool: Path, table: str):
    sqlite_ledger.record_triage(a_full_day(sqlite_ledger, spool), spool)
    sqlite_ledger.append([approved(ISSUE_ID), window_judged(ISSUE_ID, "watching"), closure_judged(ISSUE_ID)])
    before = contents(sqlite_ledger)
    columns = METADATA.tables[table].columns.keys()
    with closing(sqlite3.connect(str(sqlite_ledger.engine.url.database))) as stranger, suppress(sqlite3.IntegrityError), stranger:
        changed = ", ".join([*columns[:-1], f"{columns[-1]} || '!'"])
        stranger.execute(f"INSERT OR REPLACE INTO {table} SELECT {changed} FROM {table}")
    assert contents(sqlite_ledger) == before


def test_a_signal_that_a_stranger_replaced_is_found(sqlite_ledger: Ledger, spool: Path):
    sqlite_ledger.record_triage(a_full_day(sqlite_ledger, spool), spool)
    with closing(sqlite3.connect(str(sqlite_ledger.engine.url.database))) as stranger, stranger:
        columns = ", ".join(METADATA.tables["signal"].columns.keys()[:-1])
        body = "replace(body, 'card use', 'card loss')"
        stranger.execute(f"INSERT OR REPLACE INTO signal SELECT {columns}, {body} FROM signal WHERE feed = 'appeals' LIMIT 1")
    assert [finding.reason_code for finding in verify_ledger(sqlite_ledger)] == ["wrong_batch"]


@pytest.mark.parametrize(
    ("seq", "prev_hash"), [("11", "(SELECT hash FROM log_head)"), ("10", f"'{HASH}'"), ("5", "(SELECT prev_hash FROM event WHERE seq = 5)")]
)
def test_an_event_that_does_not_continue_the_chain_is_refused(full: Ledger, seq: str, prev_hash: str):
    values = f"{seq}, {prev_hash}, '{{}}', '{HASH}', 'key', 'FeedJudged', 's', '', '2020-10-15', '2020-10-15T00:00:00.000000Z'"
    assert "ledger guard" in refused(full, f"INSERT INTO event SELECT {values}")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("5, 'ISS-20201015-01234567', 6, 'contained', 'rca_in_progress', 'model_owner', 'x'", "start at the current state"),
        ("5, 'ISS-20201015-01234567', 7, 'triage', 'contained', 'operations_lead', 'x'", "start at the current state"),
        ("5, 'ISS-20201015-01234567', 6, 'triage', 'verifying', 'product_owner', 'x'", "legal move"),
        ("5, 'ISS-20201015-01234567', 6, 'triage', 'contained', 'machine', 'x'", "legal move"),
        ("5, 'ISS-none', 1, 'triage', 'contained', 'operations_lead', 'x'", "start at the current state"),
    ],
)
def test_a_transition_starts_at_the_issue_s_state_and_is_a_legal_move(full: Ledger, values: str, said: str):
    assert said in refused(full, f"INSERT INTO transition VALUES ({values})")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'closed', version = version + 1", "only by a transition"),
        ("state = 'contained', version = version + 1", "only by a transition"),
        ("body = '{}'", "one version at a time"),
        ("version = version + 2", "one version at a time"),
        ("fingerprint = 'other', version = version + 1", "keeps its identity"),
    ],
)
def test_an_issue_changes_its_state_only_by_a_transition(full: Ledger, change: str, said: str):
    assert said in refused(full, f"UPDATE issue SET {change}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lease SET status = 'claimed', result_digest = NULL",
        "UPDATE lease SET fence = 0",
        "UPDATE outbox SET path = 'elsewhere'",
        "UPDATE outbox SET published = 0",
        "UPDATE signal_count SET count = count - 1",
        "UPDATE log_head SET seq = 0",
        "UPDATE narrative SET salt = '00'",
        "INSERT INTO log_head VALUES (2, 0, 'x')",
        "UPDATE signal_count SET count = 0",
        "INSERT INTO issue SELECT 'ISS-twin', system_id, fingerprint, fingerprint_version, state, 1, codec, body FROM issue",
        "INSERT INTO issue SELECT 'ISS-old', system_id, 'other', fingerprint_version, state, 2, codec, body FROM issue",
        "INSERT INTO issue_signal VALUES ('ISS-none', 'sha256:none', 'joined')",
    ],
)
def test_nothing_else_moves_backwards_or_twice(full: Ledger, statement: str):
    refused(full, statement)


def test_a_published_row_stays_published(full: Ledger):
    full.mark_published(1)
    refused(full, "UPDATE outbox SET published = 0")


@pytest.mark.parametrize(
    "values",
    [
        "5, 'ISS-20201015-01234567', 'plan', 'd', 'x', 'risk_compliance', 'signed', 'n'",  # another kind of event
        "7, 'ISS-none', 'plan', 'd', 'x', 'risk_compliance', 'signed', 'n'",  # of another issue
        "11, 'ISS-20201015-01234567', 'plan', 'd', 'x', 'risk_compliance', 'signed', 'n'",  # an event that is not there
    ],
)
def test_an_approval_without_its_event_is_refused(full: Ledger, values: str):
    assert "recorded by an event of its issue" in refused(full, f"INSERT INTO approval VALUES ({values})")


@pytest.mark.parametrize(("kind", "name", "nonce"), [("oral", "x", "n"), ("signed", "", "n"), ("signed", "x", "")])
def test_an_approval_is_signed_or_asserted_by_a_name_with_a_nonce(full: Ledger, kind: str, name: str, nonce: str):
    with pytest.raises(ApprovalRefusedError, match="signed or asserted by a name, with a nonce that was never used"):
        full.append([approved(ISSUE_ID, nonce=nonce, body={"kind": kind, "name": name}, subject="another")])


def test_an_approval_that_is_given_again_is_refused_and_nothing_is_written(full: Ledger):
    before = contents(full)
    with pytest.raises(ApprovalRefusedError, match="a nonce that was never used"):
        full.append([approved(ISSUE_ID, subject="the same approval on another day", business_date=YESTERDAY)])
    assert contents(full) == before


def test_what_was_being_written_never_reaches_an_error_text(ledger: Ledger):
    with pytest.raises(IntegrityError) as caught, ledger.engine.begin() as connection:
        connection.execute(text("INSERT INTO result VALUES (:digest, NULL)"), {"digest": f"a secret {'narrative'}"})
    assert "a secret narrative" not in "".join(traceback.format_exception(caught.value)) + str(caught.value.orig)


def test_what_was_being_copied_never_reaches_an_error_text(ledger: Ledger, spool: Path):
    signal, narrative = a_narrative(some_signals(1)[0], "a secret narrative")
    delivery = spooled(spool, [signal], [narrative, narrative])
    with pytest.raises(LedgerError) as caught:
        ledger.record_triage(a_write(claimed(ledger), [delivery]), spool)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_sqlite_connections_are_set_as_the_design_says(sqlite_ledger: Ledger):
    expected = {"foreign_keys": 1, "recursive_triggers": 1, "journal_mode": "wal", "synchronous": 2, "trusted_schema": 0}
    with reading(sqlite_ledger.engine) as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    assert found == expected
