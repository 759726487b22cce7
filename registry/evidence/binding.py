"""What each sealed package is about, for the binder: its files by the manifest, its events, and the flow and verdict of what cites it.

Put here what reads packages to list them. Nothing is judged: whether what a package says is true is ``verify.py``, and a binder of an
archive that was altered has to open all the same: a manifest or an event that cannot be read is left out here and named there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from registry.domain.binder import FLOW_OF, VERDICTS, BoundEvent, BoundFile, BoundPackage
from registry.errors import EvidenceError
from registry.evidence.names import LEDGER_FILE, seal_path
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.seal import parse_manifest
from registry.evidence.sealed_events import package_links


@dataclass(frozen=True, slots=True)
class _Citing:
    """What one event says of the package that it cites."""

    flow: str
    verdict: str
    systems: tuple[str, ...]
    issue: str
    day: str


def bind_packages(archive: Path) -> tuple[BoundPackage, ...]:
    """Return every sealed package with what it is about."""
    citing: dict[str, list[_Citing]] = defaultdict(list)
    read = [(package, tuple(_events(package.path / LEDGER_FILE, citing))) for package in list_packages(archive)]
    return tuple(_bound(archive, package, events, citing[package.seal.bundle_digest]) for package, events in read)


def _bound(archive: Path, package: PackageSummary, events: tuple[BoundEvent, ...], citing: Iterable[_Citing]) -> BoundPackage:
    found, seal = list(citing), package.seal
    verdicts = {one.verdict for one in found}
    return BoundPackage(
        seq=seal.seq,
        sealed_at=seal.sealed_at,
        digest=seal.digest,
        prev=seal.prev,
        manifest_digest=seal.manifest_digest,
        bundle_digest=seal.bundle_digest,
        day=_day(found[0].day if found else "", seal.sealed_at.date()),
        flow=found[0].flow if found else "archive",
        verdict=next((verdict for verdict in VERDICTS if verdict in verdicts), "none"),
        systems=tuple(sorted({system for one in found for system in one.systems})),
        issues=tuple(sorted({one.issue for one in found if one.issue} | {event.issue for event in events if event.issue})),
        files=tuple(_files(archive, package)),
        events=events,
    )


def _events(path: Path, citing: dict[str, list[_Citing]]) -> Iterator[BoundEvent]:
    for link in package_links(path):
        envelope = _envelope(link.body)
        data = envelope.get("data")
        told: Mapping[str, Any] = data if isinstance(data, dict) else {}
        kind, system, issue, by = (str(envelope.get(name, "")) for name in ("kind", "system", "issue", "actor"))
        cites = str(told.get("bundle_digest") or "")
        if cites:
            flow = FLOW_OF.get(kind, "archive")  # type: ignore[call-overload]
            systems = tuple(map(str, told["systems"])) if isinstance(told.get("systems"), list) else (system,)
            citing[cites].append(
                _Citing(
                    flow,
                    str(told.get("verdict", "none")),
                    systems if flow != "archive" else (),
                    issue,
                    str(envelope.get("business_date", "")),
                )
            )
        yield BoundEvent(link.seq, link.hash, kind, system, issue, by, cites)


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        read: Any = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _files(archive: Path, package: PackageSummary) -> Iterator[BoundFile]:
    here = {path.name for path in package.path.iterdir()} if package.path.is_dir() else set()
    try:
        manifest = seal_path(archive, package.seal.seq, ".sha256")
        listed = parse_manifest(manifest.read_bytes(), manifest.name)
    except (EvidenceError, OSError):
        listed = {f"{package.path.name}/{name}": "no manifest that can be read" for name in sorted(here)}
    for path, digest in listed.items():
        folder, _, name = path.partition("/")
        if folder == package.path.name:
            yield BoundFile(name, digest, name in here)
