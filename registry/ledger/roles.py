"""What the program's own database role may do on PostgreSQL: read, add, and move a status forward; never alter a table or a guard.

Put grants here. Whoever migrates owns the tables and can switch guards off; daily runs need no such power and get a role without it.
"""

from __future__ import annotations

from sqlalchemy import text

from registry.errors import LedgerError
from registry.ledger.engine import open_engine, writing
from registry.ledger.tables import APPEND_ONLY, ISSUE, LEASE, LEGAL_MOVE, LOG_HEAD, NARRATIVE, OUTBOX, SIGNAL_COUNT

_MOVING = (ISSUE, LEASE, LOG_HEAD, OUTBOX, SIGNAL_COUNT)


def grant_application_role(url: str, role: str) -> None:
    """Give the existing role ``role`` exactly what daily runs need; ``url`` connects as the owner of the tables.

    Raises:
        LedgerError: the ledger is not on PostgreSQL, which alone has roles.
    """
    engine = open_engine(url)
    if engine.dialect.name != "postgresql":
        raise LedgerError("roles: expected a ledger on PostgreSQL, found SQLite; protect the file with the file system's permissions")
    grants = {
        "SELECT, INSERT": [table.name for table in APPEND_ONLY],
        "SELECT, INSERT, UPDATE": [table.name for table in _MOVING],
        "SELECT, INSERT, DELETE": [NARRATIVE.name],
        "SELECT": [LEGAL_MOVE.name, "alembic_version"],
    }
    quoted = engine.dialect.identifier_preparer.quote_identifier(role)
    with writing(engine) as connection:
        for rights, tables in grants.items():
            names = ", ".join(tables)
            connection.execute(text(f"REVOKE ALL ON {names} FROM {quoted}"))
            connection.execute(text(f"GRANT {rights} ON {names} TO {quoted}"))
    engine.dispose()
