"""Revision 0003: approvals are rows, a move that needs one is refused without it, and no issue starts half worked.

Put a later change into a revision of its own: this one is frozen.

Approvals are a projection of ``ApprovalRecorded`` events, of which no older ledger has any: the new table starts empty. A move that an
older ledger made without one stays as it is; ``verify`` names it.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text
from sqlalchemy.schema import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

from registry.ledger.migrations.guards_0003 import postgresql_guards, sqlite_guards

revision = "0003"
down_revision = "0002"

_TEXTS = ("issue_id", "action", "document_digest", "name", "role", "kind", "nonce")


def upgrade() -> None:
    """Create the table of approvals and the guards that ask for them."""
    text = Text().with_variant(Text(collation="C"), "postgresql")
    op.create_table(
        "approval",
        Column("event_seq", BigInteger().with_variant(Integer(), "sqlite"), nullable=False, autoincrement=False),
        *(Column(name, text, nullable=False) for name in _TEXTS),
        PrimaryKeyConstraint("event_seq", name="pk_approval"),
        ForeignKeyConstraint(["event_seq"], ["event.seq"], name="fk_approval_event_seq"),
        ForeignKeyConstraint(["issue_id"], ["issue.issue_id"], name="fk_approval_issue_id"),
        UniqueConstraint("nonce", name="uq_approval_nonce"),
        CheckConstraint("kind IN ('asserted', 'signed')", name="ck_approval_kind"),
        CheckConstraint("length(name) > 0 AND length(nonce) > 0", name="ck_approval_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_approval_issue_id", "approval", ["issue_id", "event_seq"])
    for statement in sqlite_guards() if op.get_context().dialect.name == "sqlite" else postgresql_guards():
        op.execute(statement)


def downgrade() -> None:
    """Refuse: a ledger is kept, not taken back.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("a ledger is never downgraded; restore the backup made before the migration")
