"""Two pasts to look into: the ledger's own, and the one that an archive alone tells. Both answer the same questions the same way.

Put here what reads events, signals and decisions up to a moment; how they are shown is ``deployments/cli/asof.py``.

The rules:
 * A moment is an event: everything up to it was known, nothing after it.
 * The ledger notes when it wrote each event, so an instant names the last event written at or before it. These times are not part of the
   hash chain.
 * An archive has the times of its seals only: what was sealed at or before an instant was known then; what the next seal holds may have
   been.
 * A package counts as sealed at an event when its last event is not after it, and at an instant when its seal's time is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from deployments.past_records import sealed_record
from registry.domain.canonical import digest_bytes
from registry.domain.events import EventKind
from registry.domain.folding import fold
from registry.domain.issue import Issue
from registry.domain.linking import ObservedSignal
from registry.errors import ConfigurationError, EvidenceError, LedgerError
from registry.evidence.names import package_name, seal_path
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.seal import parse_manifest
from registry.evidence.sealed_events import SealedEvent, read_sealed_events

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

_FLOW = "daily-triage"


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """One event, wherever it was read."""

    seq: int
    hash: str
    envelope: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the past: ``event`` was the last one, ``packages`` were sealed; events up to ``perhaps`` may have been there too."""

    event: int
    perhaps: int
    packages: tuple[PackageSummary, ...]
    told: str

    def package_of(self, seq: int) -> str:
        """Return the package that held an event at this moment, or an empty text."""
        holding = (one for one in self.packages if one.seal.first_event and one.seal.first_event <= seq <= one.seal.last_event)
        return next((str(one.path) for one in holding), "")


class Past(Protocol):
    """What can be asked of the past."""

    def at_event(self, event: int) -> Moment:
        """Return the moment at which ``event`` was the last one."""

    def at_instant(self, at: datetime) -> Moment:
        """Return what is known of the moment ``at``."""

    def events(self, until: int) -> Iterator[KnownEvent]:
        """Yield the events up to ``until``, in order."""

    def signals(self, system_id: str, fingerprint: str, observed: dict[tuple[str, date], int]) -> tuple[ObservedSignal, ...]:
        """Return the signals of a symptom that events observed (feed and business date to event), by key."""

    def decision(self, event: KnownEvent) -> bytes:
        """Return the record of the decision that ``event`` cites, byte for byte."""


@dataclass(frozen=True, slots=True)
class LedgerPast:
    """The past as the ledger tells it; ``archive`` says what was sealed."""

    ledger: Ledger
    archive: Path

    def at_event(self, event: int) -> Moment:
        last = self.ledger.head().seq
        if not 1 <= event <= last:
            raise ConfigurationError([f"--event {event}: expected 1 to {last}, the last event of the ledger"])
        packages = tuple(one for one in list_packages(self.archive) if one.seal.last_event <= event)
        return Moment(event, event, packages, f"as of event {event}")

    def at_instant(self, at: datetime) -> Moment:
        event = max((one.seq for one in self.ledger.read_events() if one.recorded_at <= at), default=0)
        if not event:
            raise ConfigurationError(
                [f"--at {at.isoformat()}: expected a time at or after the first event of the ledger, found an earlier one"]
            )
        packages = tuple(one for one in list_packages(self.archive) if one.seal.sealed_at <= at)
        return Moment(event, event, packages, f"as of event {event}, the last one written by {at.isoformat()} as the ledger noted")

    def events(self, until: int) -> Iterator[KnownEvent]:
        for event in self.ledger.read_events():
            if event.seq > until:
                return
            yield KnownEvent(event.seq, event.hash, json.loads(event.body))

    def signals(self, system_id: str, fingerprint: str, observed: dict[tuple[str, date], int]) -> tuple[ObservedSignal, ...]:
        rows = self.ledger.read_fingerprint_signals(system_id, fingerprint)
        found = (_signal(body, observed_on, observed) for observed_on, body in rows)
        return tuple(signal for signal in found if signal is not None)

    def decision(self, event: KnownEvent) -> bytes:
        data, on = event.envelope["data"], date.fromisoformat(event.envelope["business_date"])
        if event.envelope["kind"] != EventKind.TRIAGE_DECIDED:  # only a day's own decision is kept beside the archive
            return sealed_record(list_packages(self.archive), event.seq, data)
        content = self.ledger.read_result(_FLOW, data["systems"][0], on) or b""
        if digest_bytes(content) != data["decision_digest"]:
            raise LedgerError(f"decision of event {event.seq}: expected {data['decision_digest']}, found {digest_bytes(content)}")
        return content


@dataclass(slots=True)
class ArchivePast:
    """The past as an archive alone tells it."""

    archive: Path
    _packages: tuple[PackageSummary, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._packages = list_packages(self.archive)
        if not self._packages:
            raise EvidenceError(f"{self.archive}: expected an archive with at least one sealed package, found none")

    def at_event(self, event: int) -> Moment:
        last = self._packages[-1].seal.last_event
        if not 1 <= event <= last:
            raise ConfigurationError([f"--event {event}: expected 1 to {last}, the last event that this archive holds"])
        packages = tuple(one for one in self._packages if one.seal.last_event <= event)
        return Moment(event, event, packages, f"as of event {event}")

    def at_instant(self, at: datetime) -> Moment:
        sealed = tuple(one for one in self._packages if one.seal.sealed_at <= at)
        later = self._packages[len(sealed) :]
        event = sealed[-1].seal.last_event if sealed else 0
        if not later:
            return Moment(
                event, event, sealed, f"as of event {event}, the last one sealed; whether others followed it this archive cannot tell"
            )
        told = f"as of event {event}, the last one sealed by {at.isoformat()}"
        if later[0].seal.last_event == event:
            return Moment(event, event, sealed, told)
        perhaps = later[0].seal.last_event
        more = f"; events {event + 1} to {perhaps} were sealed at {later[0].seal.sealed_at.isoformat()} and may have been written before"
        return Moment(event, perhaps, sealed, told + more)

    def events(self, until: int) -> Iterator[KnownEvent]:
        for event in self._sealed():
            if event.seq > until:
                return
            yield KnownEvent(event.seq, event.hash, event.envelope())

    def signals(self, system_id: str, fingerprint: str, observed: dict[tuple[str, date], int]) -> tuple[ObservedSignal, ...]:
        last, found = max(observed.values(), default=0), []
        for cited in self._decided():
            on = date.fromisoformat(cited.envelope["business_date"])
            if system_id in cited.envelope["data"]["systems"] and any(when == on for _, when in observed):
                bodies = _matching(self._cited(cited), system_id, fingerprint)
                found += [signal for body in bodies if (signal := _signal(body, on, observed)) is not None]
            if cited.seq > last:
                break
        return tuple(sorted(found, key=lambda signal: signal.key))

    def decision(self, event: KnownEvent) -> bytes:
        return sealed_record(self._packages, event.seq, event.envelope["data"])

    def _sealed(self) -> Iterator[SealedEvent]:
        return read_sealed_events(self.archive)

    def _decided(self) -> Iterator[KnownEvent]:
        return (event for event in self.events(self._packages[-1].seal.last_event) if event.envelope["kind"] == EventKind.TRIAGE_DECIDED)

    def _cited(self, event: KnownEvent) -> PackageSummary:
        bundle = event.envelope["data"]["bundle_digest"]
        for package in self._packages:
            if package.seal.bundle_digest == bundle:
                return package
        raise EvidenceError(f"package {bundle} of event {event.seq}: expected it in the archive, found none")


def issues_of(events: Iterator[KnownEvent]) -> tuple[dict[str, Issue], list[KnownEvent]]:
    """Return every issue as the events leave it, and the events that an issue's history is told from."""
    issues: dict[str, Issue] = {}
    kept = []
    for event in events:
        issue_id = event.envelope["issue"]
        if issue_id:
            issue = fold(issues.get(issue_id), event.envelope)
            if issue is not None:
                issues[issue_id] = issue
        if issue_id or event.envelope["kind"] == EventKind.SIGNALS_OBSERVED:
            kept.append(event)
    return issues, kept


def _signal(body: str, observed_on: date, observed: dict[tuple[str, date], int]) -> ObservedSignal | None:
    """Return a signal, or None where its observation is not known yet."""
    data = json.loads(body)
    seq = observed.get((data["feed"], observed_on))
    if seq is None:
        return None
    received_on = date.fromisoformat(data["business_date"])
    return ObservedSignal(data["key"], data["feed"], received_on, data["pre_fix"], data["synthetic"], seq, observed_on, body)


def _matching(package: PackageSummary, system_id: str, fingerprint: str) -> Iterator[str]:
    """Yield the signals of a symptom in a package.

    Raises:
        EvidenceError: a file of signals was removed since: what hung on the issue cannot be told.
    """
    for name in signal_files(package):
        path = package.path / name
        if not path.is_file():
            raise EvidenceError(f"{package.path.name}/{name}: expected the sealed signals, found none: they were removed since")
        for line in path.read_text(encoding="ascii").splitlines():
            if fingerprint in line:
                signal = json.loads(line)
                if (signal["system_id"], signal["fingerprint"]) == (system_id, fingerprint):
                    yield line


def signal_files(package: PackageSummary) -> list[str]:
    """Return the files of signals that the manifest of a package names, whether they are still there or not."""
    manifest = seal_path(package.path.parent, package.seal.seq, ".sha256")
    prefix = f"{package_name(package.seal.seq)}/"
    listed = parse_manifest(manifest.read_bytes(), manifest.name)
    return [path.removeprefix(prefix) for path in sorted(listed) if path.startswith(f"{prefix}signals-")]
