"""Fixtures of real ledgers: each test gets an empty one on SQLite and on PostgreSQL.

Put fixtures of ledgers here; a ``conftest.py`` imports them. What is written into them is ``tests/ledger_writes.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.ledger.schema import migrate
from registry.ledger.store import Ledger, open_ledger
from tests.ledger_writes import a_clock
from tests.postgres import a_database, database_url, empty_database, postgres_server

__all__ = ["ledger", "ledger_url", "migrated_postgres", "migrated_sqlite", "postgres_server", "spool", "sqlite_ledger"]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty ledger file to copy."""
    path = tmp_path_factory.mktemp("ledger") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """Return the name of a migrated, empty database to copy."""
    name = "proofloop_template"
    empty_database(postgres_server, name)
    migrate(database_url(postgres_server, name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of an empty ledger, once for each backend."""
    if request.param == "sqlite":
        yield copied_sqlite(request.getfixturevalue("migrated_sqlite"), tmp_path / "ledger.db")
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("migrated_postgres")
    with a_database(server, template) as url:
        yield url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """Yield an open, empty ledger, once for each backend."""
    opened = open_ledger(ledger_url, a_clock, patience_seconds=20)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_ledger(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Ledger]:
    """Yield an open, empty ledger on SQLite, for what only SQLite has."""
    opened = open_ledger(copied_sqlite(migrated_sqlite, tmp_path / "sqlite.db"), a_clock)
    yield opened
    opened.close()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Return an empty spool folder."""
    path = tmp_path / "spool"
    path.mkdir()
    return path


def copied_sqlite(template: Path, target: Path) -> str:
    """Copy a ledger file and return the copy's URL."""
    shutil.copyfile(template, target)
    return f"sqlite:///{target}"
