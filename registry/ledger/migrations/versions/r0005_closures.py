"""Revision 0005: judged windows and closures are rows, and an issue is closed by the approval of a proposal alone.

Put a later change into a revision of its own: this one is frozen.

Both tables are projections of events of which no older ledger has any: they start empty. An issue that an older ledger closed without a
proposal stays as it is; ``verify`` names it.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text
from sqlalchemy.schema import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, SchemaItem

from registry.ledger.migrations.guards_0005 import postgresql_guards, sqlite_guards

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables of windows and closures, and the guards that ask for them."""
    _create("recurrence_window", _text("purpose"), _text("outcome"))
    _create(
        "closure",
        _text("verdict"),
        Column("passed_count", Integer, nullable=False),
        _text("window_outcome"),
        Column("risk_accepted", Integer, nullable=False),
        _text("document_digest"),
        CheckConstraint("risk_accepted IN (0, 1)", name="ck_closure_risk_accepted"),
        CheckConstraint("(verdict = 'pass') = (length(document_digest) > 0)", name="ck_closure_proposal"),
    )
    for statement in sqlite_guards() if op.get_context().dialect.name == "sqlite" else postgresql_guards():
        op.execute(statement)


def _create(name: str, *parts: SchemaItem) -> None:
    op.create_table(
        name,
        Column("event_seq", BigInteger().with_variant(Integer(), "sqlite"), nullable=False, autoincrement=False),
        _text("issue_id"),
        *parts,
        PrimaryKeyConstraint("event_seq", name=f"pk_{name}"),
        ForeignKeyConstraint(["event_seq"], ["event.seq"], name=f"fk_{name}_event_seq"),
        ForeignKeyConstraint(["issue_id"], ["issue.issue_id"], name=f"fk_{name}_issue_id"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{name}_issue_id", name, ["issue_id", "event_seq"])


def _text(name: str) -> Column[str]:
    return Column(name, Text().with_variant(Text(collation="C"), "postgresql"), nullable=False)


def downgrade() -> None:
    """Refuse: a ledger is kept, not taken back.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("a ledger is never downgraded; restore the backup made before the migration")
