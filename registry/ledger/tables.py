"""The ledger's tables, the same on SQLite and PostgreSQL.

Put table and index definitions here, as the newest migration leaves them. Triggers are ``migrations/guards_*.py``; what a row means is
``codec.py``.

``APPEND_ONLY`` tables take no update and no delete. ``issue``, ``signal_count`` and ``log_head`` are projections that only move forward;
``lease`` and ``outbox`` may change their status. ``narrative`` is the only table that rows may be deleted from. Every constraint has a
name, so that a migration and ``assert_schema`` can speak of it.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import BigInteger

from registry.ledger.columns import CivilDay, Instant, PlainText

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)
LIVE = text("state NOT IN ('closed', 'tracked')")
_Sequence = BigInteger().with_variant(Integer(), "sqlite")


def _table(name: str, *parts: SchemaItem) -> Table:
    return Table(name, METADATA, *parts, sqlite_strict=True)


def _flag(name: str) -> tuple[Column[int], CheckConstraint]:
    return Column(name, Integer, nullable=False), CheckConstraint(f"{name} IN (0, 1)", name=name)


EVENT = _table(
    "event",
    Column("seq", _Sequence, primary_key=True, autoincrement=False),
    Column("prev_hash", PlainText, nullable=False),
    Column("body", PlainText, nullable=False),
    Column("hash", PlainText, nullable=False),
    Column("key", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("system_id", PlainText, nullable=False),
    Column("issue_id", PlainText, nullable=False),
    Column("business_date", CivilDay, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("key"),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint("length(prev_hash) = 64 AND length(hash) = 64", name="hashes"),
    Index("ix_event_system_id", "system_id", "seq"),
    Index("ix_event_kind", "kind", "business_date", "seq"),
    Index("ix_event_issue_id", "issue_id", "seq", sqlite_where=text("issue_id <> ''"), postgresql_where=text("issue_id <> ''")),
)
LOG_HEAD = _table(
    "log_head",
    Column("singleton", Integer, primary_key=True, autoincrement=False),
    Column("seq", _Sequence, nullable=False),
    Column("hash", PlainText, nullable=False),
    CheckConstraint("singleton = 1", name="singleton"),
)
SIGNAL = _table(
    "signal",
    Column("key", PlainText, primary_key=True),
    Column("system_id", PlainText, nullable=False),
    Column("feed", PlainText, nullable=False),
    Column("observed_on", CivilDay, nullable=False),
    Column("business_date", CivilDay, nullable=False),
    Column("fingerprint", PlainText, nullable=False),
    Column("channel", PlainText, nullable=False),
    *_flag("pre_fix"),
    *_flag("synthetic"),
    Column("content_digest", PlainText, nullable=False),
    Column("codec", Integer, nullable=False),
    Column("body", PlainText, nullable=False),
    Index("ix_signal_feed", "system_id", "feed", "business_date"),
)
NARRATIVE = _table(
    "narrative",
    Column("key", PlainText, primary_key=True),
    Column("salt", PlainText, nullable=False),
    Column("text", LargeBinary, nullable=False),
)
SIGNAL_COUNT = _table(
    "signal_count",
    Column("system_id", PlainText, nullable=False),
    Column("feed", PlainText, nullable=False),
    Column("fingerprint", PlainText, nullable=False),
    Column("received_on", CivilDay, nullable=False),
    Column("channel", PlainText, nullable=False),
    *_flag("pre_fix"),
    Column("count", _Sequence, nullable=False),
    PrimaryKeyConstraint("system_id", "received_on", "feed", "fingerprint", "channel", "pre_fix"),
    CheckConstraint("count > 0", name="count"),
)
LEGAL_MOVE = _table(
    "legal_move",
    Column("from_state", PlainText, nullable=False),
    Column("to_state", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    *_flag("needs_approval"),
    PrimaryKeyConstraint("from_state", "to_state", "role"),
)
ISSUE = _table(
    "issue",
    Column("issue_id", PlainText, primary_key=True),
    Column("system_id", PlainText, nullable=False),
    Column("fingerprint", PlainText, nullable=False),
    Column("fingerprint_version", Integer, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("codec", Integer, nullable=False),
    Column("body", PlainText, nullable=False),
    CheckConstraint("version > 0", name="version"),
    Index("uq_issue_live", "system_id", "fingerprint", "fingerprint_version", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
)
TRANSITION = _table(
    "transition",
    Column("event_seq", _Sequence, ForeignKey("event.seq"), primary_key=True, autoincrement=False),
    Column("issue_id", PlainText, ForeignKey("issue.issue_id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("from_state", PlainText, nullable=False),
    Column("to_state", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("actor", PlainText, nullable=False),
    UniqueConstraint("issue_id", "version"),
)
APPROVAL = _table(
    "approval",
    Column("event_seq", _Sequence, ForeignKey("event.seq"), primary_key=True, autoincrement=False),
    Column("issue_id", PlainText, ForeignKey("issue.issue_id"), nullable=False),
    Column("action", PlainText, nullable=False),
    Column("document_digest", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("nonce", PlainText, nullable=False),
    UniqueConstraint("nonce"),
    CheckConstraint("kind IN ('asserted', 'signed')", name="kind"),
    CheckConstraint("length(name) > 0 AND length(nonce) > 0", name="given"),
    Index("ix_approval_issue_id", "issue_id", "event_seq"),
)
RECURRENCE_WINDOW = _table(
    "recurrence_window",
    Column("event_seq", _Sequence, ForeignKey("event.seq"), primary_key=True, autoincrement=False),
    Column("issue_id", PlainText, ForeignKey("issue.issue_id"), nullable=False),
    Column("purpose", PlainText, nullable=False),
    Column("outcome", PlainText, nullable=False),
    Index("ix_recurrence_window_issue_id", "issue_id", "event_seq"),
)
CLOSURE = _table(
    "closure",
    Column("event_seq", _Sequence, ForeignKey("event.seq"), primary_key=True, autoincrement=False),
    Column("issue_id", PlainText, ForeignKey("issue.issue_id"), nullable=False),
    Column("verdict", PlainText, nullable=False),
    Column("passed_count", Integer, nullable=False),
    Column("window_outcome", PlainText, nullable=False),
    *_flag("risk_accepted"),
    Column("document_digest", PlainText, nullable=False),
    CheckConstraint("(verdict = 'pass') = (length(document_digest) > 0)", name="proposal"),
    Index("ix_closure_issue_id", "issue_id", "event_seq"),
)
ISSUE_SIGNAL = _table(
    "issue_signal",
    Column("issue_id", PlainText, ForeignKey("issue.issue_id"), nullable=False),
    Column("signal_key", PlainText, ForeignKey("signal.key"), nullable=False),
    Column("relation", PlainText, nullable=False),
    PrimaryKeyConstraint("issue_id", "signal_key"),
    Index("ix_issue_signal_signal_key", "signal_key"),
)
QUARANTINE = _table(
    "quarantine",
    Column("key", PlainText, primary_key=True),
    Column("source", PlainText, nullable=False),
    Column("first_seen_on", CivilDay, nullable=False),
    Column("codec", Integer, nullable=False),
    Column("body", PlainText, nullable=False),
    Index("ix_quarantine_source", "source"),
)
FEED_DAY = _table(
    "feed_day",
    Column("system_id", PlainText, nullable=False),
    Column("feed", PlainText, nullable=False),
    Column("business_date", CivilDay, nullable=False),
    Column("codec", Integer, nullable=False),
    Column("body", PlainText, nullable=False),
    PrimaryKeyConstraint("system_id", "feed", "business_date"),
)
VERSION_IN_FORCE = _table(
    "version_in_force",
    Column("event_seq", _Sequence, ForeignKey("event.seq"), primary_key=True, autoincrement=False),
    Column("system_id", PlainText, nullable=False),
    Column("artifact", PlainText, nullable=False),
    Column("version", PlainText, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("source", PlainText, nullable=False),
    Index("ix_version_in_force_system_id", "system_id", "artifact", "from_at"),
)
RESULT = _table("result", Column("digest", PlainText, primary_key=True), Column("body", LargeBinary, nullable=False))
LEASE = _table(
    "lease",
    Column("flow", PlainText, nullable=False),
    Column("system_id", PlainText, nullable=False),
    Column("business_date", CivilDay, nullable=False),
    Column("owner", PlainText, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("status", PlainText, nullable=False),
    Column("result_digest", PlainText, ForeignKey("result.digest"), nullable=True),
    PrimaryKeyConstraint("flow", "system_id", "business_date"),
    CheckConstraint("status IN ('claimed', 'released', 'done')", name="status"),
    CheckConstraint("(status = 'done') = (result_digest IS NOT NULL)", name="result"),
)
OUTBOX = _table(
    "outbox",
    Column("outbox_id", _Sequence, primary_key=True, autoincrement=False),
    Column("event_seq", _Sequence, ForeignKey("event.seq"), nullable=False),
    Column("path", PlainText, nullable=False),
    Column("digest", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    *_flag("published"),
    UniqueConstraint("path"),
)

_ABOUT_ISSUES = (ISSUE_SIGNAL, TRANSITION, APPROVAL, RECURRENCE_WINDOW, CLOSURE)
APPEND_ONLY = (EVENT, SIGNAL, *_ABOUT_ISSUES, QUARANTINE, FEED_DAY, VERSION_IN_FORCE, RESULT)
