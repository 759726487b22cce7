"""Fixtures of real ledgers: each test gets an empty one on SQLite and on PostgreSQL.

Put fixtures of ledgers here; a ``conftest.py`` imports them. What is written into them is ``tests/ledger_writes.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from registry.ledger.engine import reading
from registry.ledger.schema import migrate
from registry.ledger.store import Ledger, open_ledger
from registry.ledger.tables import METADATA
from tests.ledger import writer
from tests.ledger_writes import a_clock
from tests.postgres import a_database, database_url, empty_database, postgres_server

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
def postgres_ledger_url(postgres_server: str, migrated_postgres: str) -> Iterator[str]:
    """Yield the URL of an empty ledger on PostgreSQL, for what only a server has."""
    with a_database(postgres_server, migrated_postgres) as url:
        yield url


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


@pytest.fixture(scope="session")
def lone_rows(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the rows that one process leaves when nothing happens to it: what every race and every kill must end with."""
    folder = tmp_path_factory.mktemp("lone")
    url = copied_sqlite(migrated_sqlite, folder / "ledger.db")
    writer.write_the_day(url, folder, "alone", "", 0)
    ledger = open_ledger(url, a_clock)
    rows = contents_but_owner(ledger)
    ledger.close()
    return rows


def contents(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in order."""
    with reading(ledger.engine) as connection:
        rows = {name: connection.execute(select(table)).all() for name, table in METADATA.tables.items()}
    return {name: sorted((tuple(row) for row in found), key=repr) for name, found in rows.items()}


def contents_but_owner(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row; of a lease only what does not say which process held it and when."""
    rows = contents(ledger)
    return rows | {"lease": [row[:3] + row[6:] for row in rows["lease"]]}


def copied_sqlite(template: Path, target: Path) -> str:
    """Copy a ledger file and return the copy's URL."""
    shutil.copyfile(template, target)
    return f"sqlite:///{target}"
