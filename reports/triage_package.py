"""What goes into the sealed package of a triage day, and under which names.

Put the naming of package files here; writing and sealing them is ``registry/evidence``. ``contents.json`` says what each file holds,
so that a stranger needs no other key to the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from registry.domain.canonical import digest_bytes, record_json
from registry.domain.feed import FileRef, SourceDelivery
from registry.domain.triage import TriageDay
from reports.csv_export import ids_csv, quarantine_csv

DECISION = "decision.json"
PAGE = "report.html"
CONTENTS = "contents.json"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package: its name and digest in ``ref``, its bytes or where they lie, and what it holds."""

    ref: FileRef
    content: bytes | Path
    holds: str


def triage_data_files(day: TriageDay, deliveries: Sequence[SourceDelivery], spool: Path) -> tuple[PackageFile, ...]:
    """Return the data files of the day: decision, signals, validation results, rows set aside, and the contents of it all."""
    files = [
        _made(DECISION, record_json(day), "the decision: the record of this day"),
        *_spooled_files(deliveries, spool),
        *_row_files(deliveries),
    ]
    listed = [{"file": file.ref.path, "holds": file.holds, "rows": file.ref.row_count} for file in files]
    return (*files, _made(CONTENTS, record_json([*listed, {"file": PAGE, "holds": "the page for people", "rows": 0}]), "this list"))


def page_file(page: bytes) -> PackageFile:
    """Return the rendered page as a file of the package."""
    return _made(PAGE, page, "the page for people")


def _spooled_files(deliveries: Sequence[SourceDelivery], spool: Path) -> Iterable[PackageFile]:
    for number, source in enumerate(sorted(deliveries, key=lambda source: source.source), 1):
        if source.validation is not None:
            yield _spooled(f"validation-{number:03d}.json", source.validation, spool, f"what validation said of source {source.source}")
    feeds = sorted((feed for source in deliveries for feed in source.feeds), key=lambda feed: (feed.system_id, feed.feed))
    for number, feed in enumerate((feed for feed in feeds if feed.signals is not None), 1):
        if feed.signals is not None:
            yield _spooled(f"signals-{number:04d}.jsonl", feed.signals, spool, f"new signals of {feed.system_id}: {feed.feed}")


def _row_files(deliveries: Sequence[SourceDelivery]) -> Iterable[PackageFile]:
    quarantined = [row for source in deliveries for row in source.quarantined]
    if quarantined:
        yield _made("quarantine.csv", quarantine_csv(quarantined), "rows set aside, with their number, id and reason", len(quarantined))
        yield _made("quarantine.json", record_json(quarantined), "the same rows as a record", len(quarantined))
    lists = [(source.source, "unmatched", source.unmatched_ids) for source in deliveries if source.unmatched_ids]
    lists += [(source.source, "ambiguous", source.ambiguous_ids) for source in deliveries if source.ambiguous_ids]
    if lists:
        yield _made("rows.csv", ids_csv(lists), "ids of rows that match no system, or more than one", sum(len(ids) for _, _, ids in lists))


def _made(name: str, content: bytes, holds: str, rows: int = 0) -> PackageFile:
    return PackageFile(FileRef(name, digest_bytes(content), len(content), rows), content, holds)


def _spooled(name: str, ref: FileRef, spool: Path, holds: str) -> PackageFile:
    return PackageFile(replace(ref, path=name), spool / ref.path, holds)
