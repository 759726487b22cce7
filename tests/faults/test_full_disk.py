"""A disk that is full or fails under a day: the right error, nothing lost, and a clean day once there is room."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from registry.errors import EvidenceUnavailableError, LedgerUnavailableError, UnavailableError
from registry.evidence import files
from tests.faults.busy_days import Whole, a_busy_bank, whole_of
from tests.flows.workspaces import MONDAY, Bank, moved

TUESDAY = moved(MONDAY, 1)


class _FailingOs:
    """The ``os`` module with one call that fails the ``left``-th time it is made."""

    def __init__(self, call: str, code: int, left: int) -> None:
        self.call, self.code, self.left = call, code, left

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return self._failing(real) if name == self.call else real

    def _failing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise OSError(self.code, os.strerror(self.code))
            return real(*arguments)

        return called


@pytest.mark.parametrize(("call", "code"), [("write", errno.ENOSPC), ("fsync", errno.EIO)])
def test_each_write_of_evidence_may_fail_and_the_day_is_whole_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Whole, call: str, code: int
) -> None:
    bank = a_busy_bank(tmp_path, "")
    failures = 0
    for place in range(1, 100):
        failing = _FailingOs(call, code, place)
        monkeypatch.setattr(files, "os", failing)
        try:
            _both_days(bank)
        except EvidenceUnavailableError as error:
            failures += 1
            assert os.strerror(code) in str(error)
            assert "free or mend it and retry" in str(error)
        else:
            if failing.left > 0:
                break
    assert failures > 10
    assert whole_of(bank) == undisturbed


def test_a_full_disk_under_the_spool_is_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Whole) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "signals.jsonl")

    bank = a_busy_bank(tmp_path, "")
    with monkeypatch.context() as patch:
        patch.setattr("tasks.sources.deliver_source", full)
        with pytest.raises(UnavailableError, match="No space left on device"):
            bank.triage(MONDAY)
    _both_days(bank)
    assert whole_of(bank) == undisturbed


def test_a_full_disk_under_the_ledger_is_an_outage_and_nothing_of_the_day_is_written(tmp_path: Path, undisturbed: Whole) -> None:
    bank = a_busy_bank(tmp_path, "")
    bank.triage(MONDAY)
    head = bank.ledger.head()
    with (
        _no_room_left(bank),
        pytest.raises(LedgerUnavailableError, match="the disk is full; nothing was written: free space and run again"),
    ):
        bank.triage(TUESDAY)
    assert bank.ledger.head() == head
    bank.triage(TUESDAY)
    assert whole_of(bank) == undisturbed


@contextmanager
def _no_room_left(bank: Bank) -> Iterator[None]:
    """Refuse SQLite every further page, on connections made from here on."""

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")

    bank.ledger.close()
    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)
        bank.ledger.close()


def _both_days(bank: Bank) -> None:
    bank.triage(MONDAY)
    bank.triage(TUESDAY)
