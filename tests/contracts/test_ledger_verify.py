"""Whatever is changed behind the ledger's back is found and named, on each backend."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from registry.domain.issue import IssueState, Role
from registry.ledger.engine import writing
from registry.ledger.store import Ledger
from registry.ledger.tables import METADATA
from registry.ledger.verification import verify_ledger
from tests.builders import an_event
from tests.ledger_writes import ISSUE_ID, a_full_day, approved, moved

HASH = "f" * 64


def tampered(ledger: Ledger, statement: str) -> None:
    """Do what only the owner of the database can: switch the guards off and change rows."""
    if ledger.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(ledger.engine.url.database))) as owner, owner:
            for (name,) in owner.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                owner.execute(f"DROP TRIGGER {name}")
            owner.execute(statement)
        return
    with writing(ledger.engine) as connection:
        for table in METADATA.tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


_S, _R = IssueState, Role
_WITHOUT_UNIQUE = {
    "postgresql": ["ALTER TABLE approval DROP CONSTRAINT uq_approval_nonce"],
    "sqlite": ["CREATE TABLE other AS SELECT * FROM approval", "DROP TABLE approval", "ALTER TABLE other RENAME TO approval"],
}
SIGNAL = "(SELECT min(key) FROM signal WHERE feed = 'complaints')"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM event WHERE seq = 3", "gap"),
        ("DELETE FROM event WHERE seq = 7", "wrong_head"),
        ("UPDATE event SET body = replace(body, 'fraud', 'fraut') WHERE seq = 2", "wrong_hash"),
        ("UPDATE event SET body = '[]' WHERE seq = 2", "unreadable"),
        (f"UPDATE event SET hash = '{HASH}' WHERE seq = 2", "broken_chain"),
        (f"UPDATE event SET prev_hash = '{HASH}' WHERE seq = 1", "broken_chain"),
        ("UPDATE event SET key = 'other' WHERE seq = 2", "wrong_key"),
        ("UPDATE event SET kind = 'FeedJudged' WHERE seq = 2", "wrong_column"),
        ("UPDATE event SET system_id = 'other' WHERE seq = 2", "wrong_column"),
        ("UPDATE event SET issue_id = '' WHERE issue_id <> ''", "wrong_column"),
        ("UPDATE event SET business_date = '2020-10-14' WHERE seq = 2", "wrong_column"),
        ("UPDATE log_head SET seq = 9", "wrong_head"),
        ("UPDATE log_head SET hash = prev_hash FROM event WHERE event.seq = 6", "wrong_head"),
        ("DELETE FROM log_head", "wrong_head"),
        ("UPDATE issue SET state = 'closed'", "not_the_fold"),
        ("UPDATE issue SET body = replace(body, 'L3', 'L1')", "not_the_fold"),
        ("UPDATE issue SET version = 9", "not_the_fold"),
        ("DELETE FROM issue", "missing"),
        ("INSERT INTO issue SELECT 'ISS-x', system_id, 'x', 1, state, version, codec, body FROM issue", "unexplained"),
        ("UPDATE transition SET actor = 'somebody'", "not_the_fold"),
        ("DELETE FROM transition", "missing"),
        (f"DELETE FROM signal WHERE key = {SIGNAL}", "wrong_batch"),
        ("DELETE FROM signal WHERE feed = 'appeals'", "missing"),
        (f"UPDATE signal SET body = replace(body, 'card use', 'card loss') WHERE key = {SIGNAL}", "wrong_batch"),
        (f"UPDATE signal SET body = 'x' WHERE key = {SIGNAL}", "unreadable"),
        (f"UPDATE signal SET observed_on = '2020-10-16' WHERE key = {SIGNAL}", "wrong_batch"),
        (f"UPDATE signal SET synthetic = 1 WHERE key = {SIGNAL}", "wrong_count"),
        (f"UPDATE signal SET fingerprint = 'other' WHERE key = {SIGNAL}", "wrong_column"),
        (f"UPDATE signal SET content_digest = 'other' WHERE key = {SIGNAL}", "wrong_column"),
        ("UPDATE signal_count SET count = 9", "wrong_count"),
        ("DELETE FROM signal_count", "wrong_count"),
        ("INSERT INTO signal_count VALUES ('s', 'f', 'p', '2020-10-15', 'c', 0, 1)", "wrong_count"),
        (f"INSERT INTO issue_signal SELECT 'ISS-none', {SIGNAL}, 'joined'", "wrong_link"),
        ("UPDATE issue_signal SET signal_key = 'none' WHERE signal_key = (SELECT max(signal_key) FROM issue_signal)", "wrong_link"),
        ("DELETE FROM narrative", "missing"),
        ("UPDATE narrative SET salt = 'ab'", "wrong_digest"),
        ("UPDATE narrative SET salt = 'not hex'", "wrong_digest"),
        ("UPDATE narrative SET key = 'none'", "wrong_digest"),
        ("UPDATE result SET digest = 'other'", "wrong_digest"),
        ("DELETE FROM result", "missing"),
        ("UPDATE version_in_force SET version = '6'", "not_the_fold"),
        ("DELETE FROM version_in_force", "missing"),
        ("UPDATE approval SET name = 'somebody'", "not_the_fold"),
        ("DELETE FROM approval", "missing"),
        ("INSERT INTO approval SELECT 1, issue_id, action, document_digest, name, role, kind, 'other' FROM approval", "unexplained"),
        ("UPDATE outbox SET event_seq = 2", "unexplained"),
        ("UPDATE outbox SET outbox_id = 2", "gap"),
    ],
)
def test_a_change_behind_the_ledger_s_back_is_found(ledger: Ledger, spool: Path, statement: str, code: str):
    ledger.record_triage(a_full_day(ledger, spool), spool)
    ledger.append([an_event(), approved(ISSUE_ID)])
    assert verify_ledger(ledger) == ()
    tampered(ledger, statement)
    findings = verify_ledger(ledger)
    assert code in {finding.reason_code for finding in findings}
    assert all(finding.blocking and finding.subject and finding.reason for finding in findings)


def test_a_move_without_its_approval_is_found_though_the_guards_were_off(ledger: Ledger, spool: Path):
    ledger.record_triage(a_full_day(ledger, spool), spool)
    ledger.append(
        [moved(ISSUE_ID, _S.TRIAGE, _S.CONTAINED, _R.PRODUCT_OWNER), moved(ISSUE_ID, _S.CONTAINED, _S.RCA_IN_PROGRESS, _R.MODEL_OWNER)]
    )
    tampered(ledger, "UPDATE legal_move SET needs_approval = 0")
    ledger.append([approved(ISSUE_ID, "accept-risk"), moved(ISSUE_ID, _S.RCA_IN_PROGRESS, _S.ACTION_APPROVED, _R.RISK_COMPLIANCE)])
    assert [(finding.subject, finding.reason_code) for finding in verify_ledger(ledger)] == [("event 9", "unapproved")]


def test_an_approval_that_was_given_twice_is_found_though_the_guards_were_off(ledger: Ledger, spool: Path):
    ledger.record_triage(a_full_day(ledger, spool), spool)
    ledger.append([approved(ISSUE_ID)])
    for statement in _WITHOUT_UNIQUE[ledger.engine.dialect.name]:
        tampered(ledger, statement)
    ledger.append([approved(ISSUE_ID, subject="again")])
    assert [(finding.subject, finding.reason_code) for finding in verify_ledger(ledger)] == [("event 7", "repeated_nonce")]
