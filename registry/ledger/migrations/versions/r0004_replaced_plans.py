"""Revision 0004: an issue whose approved plan cannot be carried out goes back to where plans are approved.

Put a later change into a revision of its own: this one is frozen.

The tables stay as they are; two rows join the legal moves. ``migrate`` makes that table equal to the program's in any case. The revision is
here so that an earlier program, which would take the rows away again, finds a ledger newer than itself and refuses it.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_ROLES = ("model_owner", "product_owner")


def upgrade() -> None:
    """Let the roles that lead an issue into the analysis of its cause, and put a fix in force, lead it back there."""
    for role in _ROLES:
        op.execute(f"INSERT INTO legal_move VALUES ('action_approved', 'rca_in_progress', '{role}', 0)")  # noqa: S608 - constants


def downgrade() -> None:
    """Refuse: a ledger is kept, not taken back.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("a ledger is never downgraded; restore the backup made before the migration")
