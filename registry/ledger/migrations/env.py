"""Alembic's entry: runs the migrations on the connection that ``registry.ledger.schema.migrate`` hands over.

Put nothing else here; there is no ini file and no offline mode, because a ledger is never migrated by hand.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True, transaction_per_migration=False)
context.run_migrations()
