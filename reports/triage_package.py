"""What goes into the sealed package of a triage day, and under which names.

Put the naming of package files here; writing and sealing them is ``registry/evidence``. ``contents.json`` says what each file holds,
so that a stranger needs no other key to the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from registry.domain.canonical import dense_json, digest_bytes, record_json
from registry.domain.feed import FileRef, SourceDelivery
from registry.domain.sealed_inputs import sealed_inputs
from registry.domain.triage import TriageDay
from registry.domain.triage_run import TriageInputs, TriagePlan
from reports.csv_export import ids_csv, quarantine_csv
from reports.validation_page import render_validation

DECISION = "decision.json"
INPUTS = "inputs.json"
POLICIES = "policies.json"
CATALOGUE = "catalogue.json"
PAGE = "report.html"
VALIDATION = "validation.html"
QUARANTINE = "quarantine.json"
CONTENTS = "contents.json"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package: its name and digest in ``ref``, its bytes or where they lie, and what it holds."""

    ref: FileRef
    content: bytes | Path
    holds: str


def triage_data_files(
    plan: TriagePlan, inputs: TriageInputs, day: TriageDay, program: Mapping[str, str], spool: Path
) -> tuple[PackageFile, ...]:
    """Return the data files of the day: decision, what it was judged from, signals, validation results, rows set aside, and their list.

    ``program`` names what judged the day, each part with its version.
    """
    signals = {key: file.ref for key, file in _signal_files(inputs.deliveries, spool).items()}
    files = [
        _made(DECISION, record_json(day), "the decision: the record of this day"),
        _made(INPUTS, dense_json(sealed_inputs(inputs, plan.zone, signals, program)), "what the day was judged from, history aside"),
        _made(POLICIES, plan.policy_tables, "the policy tables it was judged by; their digest is the decision's policy_digest"),
        _made(CATALOGUE, dense_json(inputs.systems), "the AI systems as the catalogue described them"),
        *_spooled_files(inputs.deliveries, spool),
        *_row_files(inputs.deliveries),
    ]
    files.append(_validation_file(day, files))
    listed = [{"file": file.ref.path, "holds": file.holds, "rows": file.ref.row_count} for file in files]
    return (*files, _made(CONTENTS, record_json([*listed, {"file": PAGE, "holds": "the page for people", "rows": 0}]), "this list"))


def page_file(page: bytes) -> PackageFile:
    """Return the rendered page as a file of the package."""
    return _made(PAGE, page, "the page for people")


def _spooled_files(deliveries: Sequence[SourceDelivery], spool: Path) -> Iterable[PackageFile]:
    for number, source in enumerate(sorted(deliveries, key=lambda source: source.source), 1):
        if source.validation is not None:
            yield _spooled(f"validation-{number:03d}.json", source.validation, spool, f"what validation said of source {source.source}")
    yield from _signal_files(deliveries, spool).values()


def _signal_files(deliveries: Sequence[SourceDelivery], spool: Path) -> dict[tuple[str, str], PackageFile]:
    """Return the file of new signals of each system and feed that has one."""
    feeds = sorted((feed for source in deliveries for feed in source.feeds), key=lambda feed: (feed.system_id, feed.feed))
    fresh = [(feed, feed.signals) for feed in feeds if feed.signals is not None]
    return {
        (feed.system_id, feed.feed): _spooled(
            f"signals-{number:04d}.jsonl", signals, spool, f"new signals of {feed.system_id}: {feed.feed}"
        )
        for number, (feed, signals) in enumerate(fresh, 1)
    }


def _row_files(deliveries: Sequence[SourceDelivery]) -> Iterable[PackageFile]:
    quarantined = [row for source in deliveries for row in source.quarantined]
    if quarantined:
        yield _made("quarantine.csv", quarantine_csv(quarantined), "rows set aside, with their number, id and reason", len(quarantined))
        yield _made(QUARANTINE, record_json(quarantined), "the same rows as a record", len(quarantined))
    lists = [(source.source, "unmatched", source.unmatched_ids) for source in deliveries if source.unmatched_ids]
    lists += [(source.source, "ambiguous", source.ambiguous_ids) for source in deliveries if source.ambiguous_ids]
    if lists:
        yield _made("rows.csv", ids_csv(lists), "ids of rows that match no system, or more than one", sum(len(ids) for _, _, ids in lists))


def _validation_file(day: TriageDay, files: Sequence[PackageFile]) -> PackageFile:
    """Return the page of the validation records among the package's files."""
    contents = {file.ref.path: file.content for file in files if file.ref.path.startswith("validation-") or file.ref.path == QUARANTINE}
    records = {name: content if isinstance(content, bytes) else content.read_bytes() for name, content in contents.items()}
    quarantine = records.pop(QUARANTINE, b"[]")
    return _made(VALIDATION, render_validation(day, records, quarantine), "what validation said of the sources, for people")


def _made(name: str, content: bytes, holds: str, rows: int = 0) -> PackageFile:
    return PackageFile(FileRef(name, digest_bytes(content), len(content), rows), content, holds)


def _spooled(name: str, ref: FileRef, spool: Path, holds: str) -> PackageFile:
    return PackageFile(replace(ref, path=name), spool / ref.path, holds)
