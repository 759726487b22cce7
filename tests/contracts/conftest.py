"""Ledgers for the tests of this folder."""

from tests.ledgers import (
    ledger,
    ledger_url,
    lone_rows,
    migrated_postgres,
    migrated_sqlite,
    postgres_ledger_url,
    postgres_server,
    spool,
    sqlite_ledger,
)

__all__ = [
    "ledger",
    "ledger_url",
    "lone_rows",
    "migrated_postgres",
    "migrated_sqlite",
    "postgres_ledger_url",
    "postgres_server",
    "spool",
    "sqlite_ledger",
]
