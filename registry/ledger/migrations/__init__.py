"""Alembic migrations of the ledger. A released one is frozen: it repeats what tables looked like then and imports no live definition."""
