"""Ledgers for the tests of this folder."""

from tests.faults.busy_days import bank, days, undisturbed
from tests.ledgers import ledger, ledger_url, migrated_postgres, migrated_sqlite, postgres_server, spool, sqlite_ledger

__all__ = [
    "bank",
    "days",
    "ledger",
    "ledger_url",
    "migrated_postgres",
    "migrated_sqlite",
    "postgres_server",
    "spool",
    "sqlite_ledger",
    "undisturbed",
]
