"""Signals and observed days as the archive itself tells them, held against those that a window or a closure was judged from.

Put here what of their sealed inputs the packages of triage days can confirm. How they are judged again is ``recompute_recurrence.py`` and
``recompute_closure.py``; decisions counted in a source are in no package, only the digests of the files that they were counted in.

The rules, of what was known when it was judged:
 * The feeds of a window are those that its issue's own signals came through; a day that counts as observed is one on which each of them
   was read well. One that the catalogue sealed with the day did not have is not asked for, before the fix; since then only where it is one
   of those that left or came later.
 * Every signal of the issue's own symptom that was decided on a day of the window's, or since what an earlier closure settled, and before
   its instant, is among those it was judged with; of a closure every one of the same cause as well. Each of these lies in a package as it
   was counted (``recompute_signals.py``).
 * Versions and side of the fix of the issue's own are held against the fix and the claims about versions that events before tell.
 * A file of signals that was removed since tells nothing: what it held is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from checks.contribution import VersionHistory
from deployments.pasts import signal_files
from deployments.recompute_signals import KeptSignal, find_difference, find_other_side, kept_signal
from registry.domain.closure_sealed import SealedClosure
from registry.domain.events import EventKind
from registry.domain.feed import FeedStatus
from registry.domain.issue import Fix
from registry.domain.recurrence import Seen
from registry.domain.recurrence_sealed import SealedPart, SealedWindow
from registry.domain.times import local_date
from registry.domain.versions import VersionClaim, claim_of, versions_in_force
from registry.domain.work import StepKind
from registry.evidence.packages import PackageSummary, list_packages
from registry.evidence.sealed_days import CATALOGUE
from registry.evidence.sealed_events import read_sealed_events

_NAMED = 3


@dataclass(slots=True)
class _Told:
    """What one reading of an archive finds. ``is_whole``: no file of signals is gone; ``keys`` are of all signals.

    ``linked`` are, by issue, the events that link another as of the same cause; ``told_by`` the last event by which the run of a system and
    date told of new signals.
    """

    symptoms: dict[str, tuple[str, str]] = field(default_factory=dict)
    observed: dict[tuple[str, str, date], int] = field(default_factory=dict)
    days: list[tuple[int, date, PackageSummary]] = field(default_factory=list)
    signals: dict[str, dict[str, KeptSignal]] = field(default_factory=dict)
    linked: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    claims: list[VersionClaim] = field(default_factory=list)
    told_by: dict[tuple[str, date], int] = field(default_factory=dict)
    is_whole: bool = True
    keys: frozenset[str] | None = None


class ArchiveSeen:
    """What an archive tells of signals and days; it is read once, when the first window asks."""

    def __init__(self) -> None:
        self._told: _Told | None = None

    def find_others(self, archive: Path, sealed: SealedWindow) -> Iterator[tuple[str, str]]:
        """Yield expected and found where a window was judged from other days, feeds or signals than the archive tells.

        Raises:
            EvidenceError: the archive cannot be read to its end.
        """
        told = self._told = self._told or _read(archive)
        parts: tuple[SealedWindow | SealedPart, ...] = (sealed, *sealed.beside)
        feeds = sorted({feed for part in parts for feed in part.feeds})
        known = {key: kept for key, kept in told.signals.get(sealed.issue_id, {}).items() if _is_known(kept, sealed)}
        if lacking := sorted({kept.seen.feed for kept in known.values()} - set(feeds)):
            yield f"feeds: {', '.join(lacking)} among them, through which its signals came", ", ".join(feeds) or "none"
        for part in parts:
            yield from _other_days(told, sealed, part, feeds)
        first_on = sealed.days[0].on if sealed.days else sealed.business_date
        wanted = {key for key, kept in known.items() if local_date(kept.seen.decided_at, sealed.zone) >= first_on}
        asked = _Asked("seen", sealed.issue_id, sealed.system_id, sealed.fix, _versions(told, sealed))
        yield from _other_signals(told, asked, [one for part in parts for one in part.seen], wanted)

    def find_others_of_closure(self, archive: Path, sealed: SealedClosure, closed_seq: int) -> Iterator[tuple[str, str]]:
        """Yield expected and found where a closure was judged from other signals than the archive tells.

        ``closed_seq`` is the event that closed the issue before its present occurrence (0: none).

        Raises:
            EvidenceError: the archive cannot be read to its end.
        """
        told, issue_id = self._told or _read(archive), sealed.case.issue.issue_id
        self._told = told
        steps = [step for step in sealed.case.steps if step.kind is StepKind.IMPLEMENT and step.seq <= closed_seq]
        begun = max((step.document.deployed_at for step in steps), default=None)
        owners = (issue_id, *_same_causes(told, issue_id, sealed.events))
        known = {key: kept for owner in owners for key, kept in told.signals.get(owner, {}).items() if _is_known(kept, sealed)}
        wanted = {key for key, kept in known.items() if begun is None or kept.seen.decided_at >= begun}
        fix = sealed.case.issue.fix or Fix(sealed.as_of, {})
        asked = _Asked("signals", issue_id, sealed.case.issue.system_id, fix, _versions(told, sealed))
        yield from _other_signals(told, asked, sealed.signals, wanted)


def _other_days(told: _Told, sealed: SealedWindow, part: SealedWindow | SealedPart, feeds: list[str]) -> Iterator[tuple[str, str]]:
    parts: tuple[SealedWindow | SealedPart, ...] = (sealed, *sealed.beside)
    in_part = {feed for one in parts for feed in (*one.in_part.left, *one.in_part.new)}
    fixed_on = local_date(sealed.fix.effective_at, sealed.zone)
    for day in part.days:
        unread = [feed for feed in feeds if told.observed.get((sealed.system_id, feed, day.on), sealed.events + 1) > sealed.events]
        had = _feeds_of(told, sealed, day.on) if day.is_observed and unread else None
        asked = [feed for feed in unread if had is None or feed in had or (day.on >= fixed_on and feed not in in_part)]
        missing = unread if set(part.feeds) <= set(unread) else asked
        if day.is_observed and missing:
            yield f"days: {day.on} not observed, as the events before tell of {', '.join(missing)}", "observed"
            return


def _feeds_of(told: _Told, sealed: SealedWindow, on: date) -> frozenset[str] | None:
    """Return the feeds that the catalogue of the system had which the day was sealed with; None where it is not there."""
    for seq, business_date, package in told.days:
        path = package.path / CATALOGUE
        if seq <= sealed.events and business_date == on + timedelta(days=1) and path.is_file():
            systems = [system for system in json.loads(path.read_bytes()) if system["system_id"] == sealed.system_id]
            if systems:
                return frozenset(feed["name"] for system in systems for feed in system["feeds"])
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of which judgement signals are held against the archive: ``name`` is where they are sealed, the rest what tells their side."""

    name: str
    issue_id: str
    system_id: str
    fix: Fix
    history: VersionHistory


def _other_signals(told: _Told, asked: _Asked, seen: Iterable[Seen], wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what is hidden, altered or made up among the signals of a judgement."""
    counted = {one.key: one for one in seen}
    if hidden := sorted(set(wanted) - counted.keys()):
        yield f"{asked.name}: {len(hidden)} more signals that packages before hold: {', '.join(hidden[:_NAMED])}", "none of them"
    for key, one in sorted(counted.items()):
        kept = told.signals.get(one.same_cause_issue or asked.issue_id, {}).get(key)
        if kept and (other := _other(kept, one, asked)):
            yield f"{asked.name}: {key} with {other[0]}, as packages and events before tell", other[1]
            return
        if kept is None and told.is_whole and not _is_sealed(told, key):
            yield f"{asked.name}: only signals that packages before hold, of which {key} is none", "it among them"
            return


def _other(kept: KeptSignal, one: Seen, asked: _Asked) -> tuple[str, str] | None:
    own = None if one.same_cause_issue else find_other_side(kept, one, asked.system_id, asked.fix, asked.history)
    return find_difference(kept, one) or own


def _versions(told: _Told, sealed: SealedWindow | SealedClosure) -> VersionHistory:
    """Return what served, by the claims that the judgement knew."""
    known = versions_in_force(claim for claim in told.claims if claim.seq <= sealed.events)
    return VersionHistory(row for row in known if row.from_at <= sealed.as_of)


def _same_causes(told: _Told, issue_id: str, until: int) -> list[str]:
    """Return the issues that were linked to one by then, also by way of one between."""
    reached = [issue_id]
    for name in reached:
        reached += [other for seq, other in told.linked.get(name, ()) if seq <= until and other not in reached]
    return reached[1:]


def _is_known(kept: KeptSignal, sealed: SealedWindow | SealedClosure) -> bool:
    return kept.seq <= sealed.events and kept.on <= sealed.business_date and kept.seen.decided_at < sealed.as_of


def _read(archive: Path) -> _Told:
    told, packages = _Told(), {package.seal.bundle_digest: package for package in list_packages(archive)}
    opened, judged = {}, set()
    for event in read_sealed_events(archive):
        envelope = event.envelope()
        kind, data, on = envelope["kind"], envelope["data"], date.fromisoformat(envelope["business_date"])
        if kind == EventKind.ISSUE_OPENED:
            opened[envelope["issue"]] = (envelope["system"], data["fingerprint"])
        elif kind in (EventKind.WINDOW_JUDGED, EventKind.CLOSURE_JUDGED):
            judged.add(envelope["issue"])
        elif kind == EventKind.SAME_CAUSE_RECORDED:
            judged.add(envelope["issue"])
            told.linked.setdefault(data["document"]["issue"], []).append((event.seq, envelope["issue"]))
        elif kind == EventKind.VERSION_OBSERVED:
            told.claims.append(claim_of(event.seq, envelope))
        elif kind == EventKind.SIGNALS_OBSERVED:
            told.told_by[envelope["system"], on] = event.seq
        elif kind == EventKind.FEED_JUDGED and data["status"] == FeedStatus.OK:
            told.observed.setdefault((envelope["system"], envelope["subject"], on - timedelta(days=1)), event.seq)
        elif kind == EventKind.TRIAGE_DECIDED and data["bundle_digest"] in packages:
            told.days.append((event.seq, on, packages[data["bundle_digest"]]))
    told.symptoms = {issue_id: opened[issue_id] for issue_id in judged & opened.keys()}
    _keep_signals(told)
    return told


def _keep_signals(told: _Told) -> None:
    owners: dict[tuple[str, str], list[str]] = {}
    for issue_id, symptom in told.symptoms.items():
        owners.setdefault(symptom, []).append(issue_id)
    for seq, on, package in told.days if owners else ():
        for signal in _signals(told, package):
            for issue_id in owners.get((signal["system_id"], signal["fingerprint"]), ()):
                kept = kept_signal(signal, told.told_by.get((signal["system_id"], on), 0), seq, on)
                told.signals.setdefault(issue_id, {}).setdefault(signal["key"], kept)


def _signals(told: _Told, package: PackageSummary) -> Iterator[dict[str, Any]]:
    """Yield the new signals of a day, without synthetic ones."""
    for name in signal_files(package):
        path = package.path / name
        if not path.is_file():
            told.is_whole = False
            continue
        for line in path.read_text(encoding="ascii").splitlines():
            signal: dict[str, Any] = json.loads(line)
            if not signal["synthetic"]:
                yield signal


def _is_sealed(told: _Told, key: str) -> bool:
    """Return whether any package holds a signal: one of another symptom may hang on an issue, too."""
    if told.keys is None:
        told.keys = frozenset(signal["key"] for _, _, package in told.days for signal in _signals(told, package))
    return key in told.keys
