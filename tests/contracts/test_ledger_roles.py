"""The role of daily runs can do the day and nothing to what was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from registry.domain.events import Event, EventKind
from registry.errors import LedgerError
from registry.ledger.roles import grant_application_role
from registry.ledger.store import Ledger, open_ledger
from registry.ledger.tables import APPEND_ONLY
from registry.ledger.verification import verify_ledger
from tests.architecture.project import ROOT
from tests.builders import NOON, SYSTEM, TODAY
from tests.ledger_writes import a_clock, a_full_day
from tests.ledgers import contents
from tests.postgres import a_database, administer

ROLE = "proofloop_daily"


@pytest.fixture
def daily(postgres_server: str, migrated_postgres: str) -> Iterator[Ledger]:
    """Yield a ledger opened by the role of daily runs."""
    with a_database(postgres_server, migrated_postgres) as url:
        administer(postgres_server, f"DROP ROLE IF EXISTS {ROLE}")
        administer(postgres_server, f"CREATE ROLE {ROLE} LOGIN")
        grant_application_role(url, ROLE)
        opened = open_ledger(url.replace("://postgres:", f"://{ROLE}:"), a_clock, create=True)
        yield opened
        opened.close()
        administer(url, f"DROP OWNED BY {ROLE}")
        administer(postgres_server, f"DROP ROLE {ROLE}")


def test_the_role_does_a_whole_day(daily: Ledger, spool: Path):
    daily.record_triage(a_full_day(daily, spool), spool)
    daily.mark_published(1)
    key = min(daily.read_known(SYSTEM, "complaints", TODAY.replace(day=1), TODAY))
    daily.erase_narratives([key], Event(EventKind.NARRATIVE_ERASED, SYSTEM, "request", NOON, TODAY, {"signals": [key]}))
    assert {finding.reason_code for finding in verify_ledger(daily)} == {"erased"}


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE event",
        "DROP TRIGGER event_no_update ON event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "DELETE FROM event",
        "UPDATE signal SET body = ''",
        "TRUNCATE event CASCADE",
        "UPDATE legal_move SET role = 'machine'",
        "INSERT INTO legal_move VALUES ('triage', 'closed', 'machine', 0)",
        "DELETE FROM outbox",
        "SET session_replication_role = replica",
    ],
)
def test_the_role_has_no_right_to_what_was_recorded(daily: Ledger, spool: Path, statement: str):
    daily.record_triage(a_full_day(daily, spool), spool)
    before = contents(daily)
    with pytest.raises(ProgrammingError, match=r"(?i)InsufficientPrivilege"), daily.engine.begin() as connection:
        connection.execute(text(statement))
    assert contents(daily) == before


def test_the_guide_to_deploying_lets_the_daily_role_add_to_every_table_that_only_grows():
    guide = (ROOT / "docs/guides/deploy.md").read_text(encoding="utf-8")
    granted = set(re.findall(r"\w+", guide.partition("GRANT INSERT ON")[2].partition("TO ledger_app")[0]))
    assert {table.name for table in APPEND_ONLY} <= granted


def test_sqlite_has_no_roles_and_says_what_protects_it(tmp_path: Path):
    with pytest.raises(LedgerError, match="file system's permissions"):
        grant_application_role(f"sqlite:///{tmp_path / 'ledger.db'}", ROLE)
