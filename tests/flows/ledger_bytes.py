"""What a ledger and its archive hold, as values that can be compared with those of another run.

Put here what two runs must agree on. Left out is what tells when and by whom a row was written: ``recorded_at``, and who held a lease, how
often and how long.
"""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import select

from registry.domain.decision import Verdict
from registry.evidence.packages import list_packages
from registry.evidence.verify import verify_against_ledger, verify_archive
from registry.ledger.engine import reading
from registry.ledger.store import Ledger
from registry.ledger.tables import METADATA
from registry.ledger.verification import verify_ledger
from registry.sealing import known_signers
from registry.settings import Workspace


class Kept(Protocol):
    """A workspace with its ledger: the small bank, or one of watched systems."""

    @property
    def workspace(self) -> Workspace: ...

    @property
    def ledger(self) -> Ledger: ...


_OF_THE_RUN = {"recorded_at", "owner", "fence", "expires_at"}


def events_of(ledger: Ledger) -> list[tuple[int, str, bytes, str, str]]:
    """Return every event: seq, previous hash, body, hash, key."""
    return [(event.seq, event.prev_hash, event.body, event.hash, event.key) for event in ledger.read_events()]


def rows_of(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table in a fixed order."""
    with reading(ledger.engine) as connection:
        found = {}
        for name, table in METADATA.tables.items():
            columns = [column for column in table.columns if column.name not in _OF_THE_RUN]
            found[name] = sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
        return found


def bundles_of(bank: Kept) -> list[tuple[int, str, int]]:
    """Return every sealed package: its number, bundle and last event."""
    return [
        (package.seal.seq, package.seal.bundle_digest, package.seal.last_event) for package in list_packages(bank.workspace.archive_dir)
    ]


def assert_sound(bank: Kept) -> None:
    """Check that ledger and archive verify, agree, and owe nothing."""
    found = verify_archive(bank.workspace.archive_dir, signers=known_signers(bank.workspace))
    report = verify_against_ledger(found, bank.ledger.read_events())
    assert report.verdict is Verdict.PASS, report
    assert verify_ledger(bank.ledger) == ()
    assert bank.ledger.pending_outbox() == ()
    drafts = bank.workspace.spool_dir / "drafts"
    assert [path.name for path in drafts.iterdir() if path.is_dir()] == []
