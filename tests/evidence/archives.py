"""Builders of small archives and of the ledger events that go into them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from registry.domain.events import GENESIS_HASH, Event, EventKind, StoredEvent, chain_hash
from registry.evidence.archive import publish
from registry.evidence.draft import Draft, draft_package
from registry.evidence.seal import Seal
from registry.evidence.signing import Signer, SshSigner, make_key

FIRST_DAY = datetime(2020, 3, 1, 11, tzinfo=UTC)


def sealed_at(day: int) -> datetime:
    return FIRST_DAY + timedelta(days=day)


def ledger_of(count: int, text: str = "") -> list[StoredEvent]:
    """Return ``count`` chained events, as a ledger would hold them."""
    events: list[StoredEvent] = []
    for seq in range(1, count + 1):
        previous = events[-1].hash if events else GENESIS_HASH
        event = Event(EventKind.FEED_JUDGED, "fraud_filter", f"feed-{seq}", FIRST_DAY, date(2020, 3, 1), {"n": seq, "text": text})
        body = event.canonical_body()
        events.append(StoredEvent(seq, previous, body, chain_hash(previous, body), event.key, FIRST_DAY))
    return events


def a_draft(spool: Path, day: int = 1) -> Draft:
    return draft_package(spool, {"decision.json": f'{{"day": {day}}}\n'.encode(), "report.html": b"<p>calm</p>\n"})


def a_key(folder: Path, name: str = "sealing_key") -> SshSigner:
    """Return a signer with a key of its own in ``folder``, made on first use."""
    if not (folder / name).exists():
        make_key(folder / name, name)
    return SshSigner(folder / name)


def an_archive(folder: Path, packages: int = 3, events_each: int = 2, signer: Signer | None = None) -> Path:
    """Return an archive with ``packages`` sealed packages of two files and ``events_each`` events."""
    archive = folder / "archive"
    publish_days(archive, folder / "spool", range(1, packages + 1), ledger_of(packages * events_each), events_each, signer)
    return archive


def publish_days(
    archive: Path, spool: Path, days: Sequence[int], ledger: list[StoredEvent], events_each: int, signer: Signer | None = None
) -> list[Seal]:
    return [publish(archive, a_draft(spool, day), ledger[: day * events_each], sealed_at(day), signer=signer) for day in days]


def content_of(archive: Path) -> dict[str, bytes]:
    """Return every file of the archive by relative path, without the publisher's workroom."""
    files = (path for path in archive.rglob("*") if path.is_file() and ".publish" not in path.parts)
    return {str(path.relative_to(archive)): path.read_bytes() for path in files}


def evidence_of(archive: Path) -> dict[str, bytes]:
    """Return every file of the archive that is evidence."""
    return {path: content for path, content in content_of(archive).items() if path != "verify.sh"}
