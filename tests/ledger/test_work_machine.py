"""Any order of people's steps, approvals, replays and repeats leaves the ledger as a plain model says, and sound."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from registry.domain.issue import IssueState
from registry.ledger.store import open_ledger
from tests.ledger.work_machine import WorkMachine
from tests.ledger_writes import a_clock
from tests.ledgers import copied_sqlite
from tests.postgres import a_database

_SETTINGS = settings(deadline=None, derandomize=True, phases=[Phase.generate, Phase.shrink], database=None)


def test_any_work_on_sqlite_matches_the_model_and_reaches_every_state(migrated_sqlite: Path, tmp_path: Path):
    reached: Counter[IssueState] = Counter()

    class Counted(WorkMachine):
        def teardown(self) -> None:
            super().teardown()
            reached.update(self.seen)
            shutil.rmtree(Path(str(self.ledger.engine.url.database)).parent)

    shared_memory = Path("/dev/shm")  # noqa: S108 - where there is one, a commit does not wait for a disk
    place = Path(tempfile.mkdtemp(dir=shared_memory if shared_memory.is_dir() else tmp_path))

    def machine() -> WorkMachine:
        folder = Path(tempfile.mkdtemp(dir=place))
        return Counted(open_ledger(copied_sqlite(migrated_sqlite, folder / "ledger.db"), a_clock))

    try:
        run_state_machine_as_test(machine, settings=settings(_SETTINGS, max_examples=200, stateful_step_count=50))
    finally:
        shutil.rmtree(place)
    assert set(reached) == set(IssueState), reached


def test_any_work_on_postgresql_matches_the_model(postgres_server: str, migrated_postgres: str):
    databases = []

    def machine() -> WorkMachine:
        database = a_database(postgres_server, migrated_postgres)
        databases.append(database)
        return WorkMachine(open_ledger(database.__enter__(), a_clock))

    try:
        run_state_machine_as_test(machine, settings=settings(_SETTINGS, max_examples=15, stateful_step_count=30))
    finally:
        for database in databases:
            database.__exit__(None, None, None)
