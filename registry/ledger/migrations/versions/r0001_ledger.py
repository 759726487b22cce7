"""Revision 0001: the first ledger, its guards and its empty head.

Put a later change into a revision of its own: this one is frozen. What the tables are now is ``registry/ledger/tables.py``.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text, text
from sqlalchemy.schema import CheckConstraint, Constraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.types import TypeEngine

from registry.ledger.migrations.guards_0001 import postgresql_guards, sqlite_guards

revision = "0001"
down_revision = None

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text().with_variant(Text(collation="C"), "postgresql"),
    "int": Integer(),
    "long": BigInteger().with_variant(Integer(), "sqlite"),
    "bytes": LargeBinary(),
}
# Table: columns in order (text unless a type follows the colon; ``?`` for one that may be empty), then its primary key.
_TABLES = {
    "event": ("seq:long prev_hash body hash key kind system_id issue_id business_date recorded_at", "seq"),
    "log_head": ("singleton:int seq:long hash", "singleton"),
    "signal": (
        "key system_id feed observed_on business_date fingerprint channel pre_fix:int synthetic:int content_digest codec:int body",
        "key",
    ),
    "narrative": ("key salt text:bytes", "key"),
    "signal_count": (
        "system_id feed fingerprint received_on channel pre_fix:int count:long",
        "system_id received_on feed fingerprint channel pre_fix",
    ),
    "legal_move": ("from_state to_state role needs_approval:int", "from_state to_state role"),
    "issue": ("issue_id system_id fingerprint fingerprint_version:int state version:int codec:int body", "issue_id"),
    "transition": ("event_seq:long issue_id version:int from_state to_state role actor", "event_seq"),
    "issue_signal": ("issue_id signal_key relation", "issue_id signal_key"),
    "quarantine": ("key source first_seen_on codec:int body", "key"),
    "feed_day": ("system_id feed business_date codec:int body", "system_id feed business_date"),
    "version_in_force": ("event_seq:long system_id artifact version from_at source", "event_seq"),
    "result": ("digest body:bytes", "digest"),
    "lease": ("flow system_id business_date owner fence:int expires_at status result_digest:text?", "flow system_id business_date"),
    "outbox": ("outbox_id:long event_seq:long path digest kind published:int", "outbox_id"),
}
_CHECKS = {
    "event": {"seq": "seq > 0", "hashes": "length(prev_hash) = 64 AND length(hash) = 64"},
    "log_head": {"singleton": "singleton = 1"},
    "signal": {"pre_fix": "pre_fix IN (0, 1)", "synthetic": "synthetic IN (0, 1)"},
    "signal_count": {"pre_fix": "pre_fix IN (0, 1)", "count": "count > 0"},
    "legal_move": {"needs_approval": "needs_approval IN (0, 1)"},
    "issue": {"version": "version > 0"},
    "lease": {"status": "status IN ('claimed', 'released', 'done')", "result": "(status = 'done') = (result_digest IS NOT NULL)"},
    "outbox": {"published": "published IN (0, 1)"},
}
_UNIQUE = {"event": "key", "transition": "issue_id version", "outbox": "path"}
_REFERENCES = {
    "transition": {"event_seq": "event.seq", "issue_id": "issue.issue_id"},
    "issue_signal": {"issue_id": "issue.issue_id", "signal_key": "signal.key"},
    "version_in_force": {"event_seq": "event.seq"},
    "lease": {"result_digest": "result.digest"},
    "outbox": {"event_seq": "event.seq"},
}
_INDEXES = (
    ("ix_event_system_id", "event", "system_id seq", False, ""),
    ("ix_event_kind", "event", "kind business_date seq", False, ""),
    ("ix_event_issue_id", "event", "issue_id seq", False, "issue_id <> ''"),
    ("ix_signal_feed", "signal", "system_id feed business_date", False, ""),
    ("uq_issue_live", "issue", "system_id fingerprint fingerprint_version", True, "state NOT IN ('closed', 'tracked')"),
    ("ix_issue_signal_signal_key", "issue_signal", "signal_key", False, ""),
    ("ix_quarantine_source", "quarantine", "source", False, ""),
    ("ix_version_in_force_system_id", "version_in_force", "system_id artifact from_at", False, ""),
)


def upgrade() -> None:
    """Create everything."""
    for name, (columns, key) in _TABLES.items():
        op.create_table(name, *map(_column, columns.split()), *_constraints(name, key), sqlite_strict=True)
    for name, table, columns, unique, where in _INDEXES:
        partial = text(where) if where else None
        op.create_index(name, table, columns.split(), unique=unique, sqlite_where=partial, postgresql_where=partial)
    for statement in sqlite_guards() if op.get_context().dialect.name == "sqlite" else postgresql_guards():
        op.execute(statement)
    op.execute(f"INSERT INTO log_head (singleton, seq, hash) VALUES (1, 0, '{'0' * 64}')")  # noqa: S608 - a constant


def downgrade() -> None:
    """Refuse: a ledger is kept, not taken back.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("a ledger is never downgraded; restore the backup made before the migration")


def _column(spec: str) -> Column[Any]:
    name, _, kind = spec.partition(":")
    return Column(name, _TYPES[kind.removesuffix("?") or "text"], nullable=kind.endswith("?"), autoincrement=False)


def _constraints(table: str, key: str) -> list[Constraint]:
    found: list[Constraint] = [PrimaryKeyConstraint(*key.split(), name=f"pk_{table}")]
    found += [CheckConstraint(condition, name=f"ck_{table}_{name}") for name, condition in _CHECKS.get(table, {}).items()]
    if table in _UNIQUE:
        columns = _UNIQUE[table].split()
        found.append(UniqueConstraint(*columns, name=f"uq_{table}_{columns[0]}"))
    for column, target in _REFERENCES.get(table, {}).items():
        found.append(ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}"))
    return found
