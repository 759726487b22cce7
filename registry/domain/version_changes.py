"""Changes of versions that nobody explains, as a feed of signals that this program makes itself.

Put here the feed and the form of its rows. Which changes are unexplained is ``checks/unexplained.py``; everything after that, from reading
the rows to opening an issue, is what happens to every feed.

The rules:
 * A system has the feed where it follows an alias. All systems share one source, which is written for each run from the ledger's events:
   the same events give the same rows.
 * What the daily triage read belongs to the day that the run accounts for, the one before it: a move since the last run is news of today.
   What was read because something happened belongs to the day it was read on, which the next run accounts for.
 * One artifact of one system is one symptom, so all its unexplained changes gather in one issue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from registry.domain.canonical import storable_text
from registry.domain.catalogue import FeedSpec, ImpactField, SourceSpec, SystemEntry, TimeField
from registry.domain.events import EventKind
from registry.domain.release_run import SwitchMade
from registry.domain.signal import CustomerImpact, Severity, SignalCategory
from registry.domain.times import format_instant, local_date, start_of_day
from registry.domain.versions import WHOLE, VersionClaim

FEED = "version_changes"
FILE_NAME = f"{FEED}.csv"
EXPLAINING = (
    EventKind.VERSION_OBSERVED,
    EventKind.CHANGE_LINKED,
    EventKind.FIX_RELEASED,
    EventKind.SWITCH_STARTED,
    EventKind.SWITCH_ENDED,
)
# What a linked change calls an artifact, where the catalogue calls it otherwise.
_SAME = {"tool_policy": ("tool_policy", "tool")}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The event ``seq`` says that ``version`` of an artifact is meant to serve; ``name`` is its name in MLflow, if the event says it."""

    seq: int
    system_id: str
    artifact: str
    version: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class UnexplainedChange:
    """An alias that was read with another version than ``before``, and nothing explains it."""

    claim: VersionClaim
    before: str


@dataclass(frozen=True, slots=True)
class VersionKnowledge:
    """What is known of versions: every claim, and what else explains one."""

    claims: tuple[VersionClaim, ...]
    explanations: tuple[Explanation, ...]


def explanations_of(seq: int, envelope: Mapping[str, Any]) -> Iterator[Explanation]:
    """Yield what an event of ``CHANGE_LINKED`` or ``FIX_RELEASED`` explains, given its stored envelope.

    A linked change tells which kind of the catalogue it is kept as (``registry/domain/tracking.py``), where that is not the artifact's own.
    A fix released by a person's step names the versions of its linked changes, which say more; an older event has only the versions.
    """
    data, system_id = envelope["data"], storable_text(envelope["system"])
    if envelope["kind"] == EventKind.CHANGE_LINKED:
        change = data["document"]
        for artifact in sorted({data.get("kept_as") or change["artifact"], *_SAME.get(change["artifact"], (change["artifact"],))}):
            yield Explanation(seq, system_id, artifact, storable_text(change["version"]), change["name"])
    elif envelope["kind"] == EventKind.FIX_RELEASED and "step" not in data:
        for artifact, version in data["versions"].items():
            yield Explanation(seq, system_id, artifact, storable_text(version))


def explanations_of_switches(switches: Iterable[SwitchMade]) -> Iterator[Explanation]:
    """Yield what releases and rollbacks explain: each start moves the alias, unless something else was read back in the end.

    A canary has an alias of its own and explains no move of the champion's.
    """
    for made in switches:
        if made.share_percent == WHOLE and (not made.ended_event or made.read_back == made.to_version):
            yield Explanation(made.started_event, made.system_id, made.artifact, made.to_version)


def with_built_in_feeds(system: SystemEntry) -> SystemEntry:
    """Return the system with the feed of its unexplained changes, where it follows an alias."""
    followed = [spec.artifact for spec in system.versions if spec.alias]
    return replace(system, feeds=(*system.feeds, _feed(system.system_id, followed))) if followed else system


def has_version_changes(system: SystemEntry) -> bool:
    """Return whether the system has the feed of its unexplained changes."""
    return any(feed.built_in and feed.name == FEED for feed in system.feeds)


def version_change_rows(systems: Iterable[SystemEntry], changes: Iterable[UnexplainedChange]) -> list[list[str]]:
    """Return the rows of the source, the header first; the columns are those that the feeds of ``systems`` map."""
    zones = {system.system_id: system.timezone for system in systems if has_version_changes(system)}
    artifacts = sorted({spec.artifact for system in systems for spec in system.versions if spec.alias})
    header = ["id", "system", "received_at", "change", "alias", "evidence", *map(_column, artifacts)]
    return [header, *(_row(change, zones[change.claim.system_id], artifacts) for change in changes if change.claim.system_id in zones)]


def received_at(claim: VersionClaim, zone: str) -> datetime:
    """Return the instant that decides which day the change counts on."""
    return claim.from_at if claim.on_event else start_of_day(local_date(claim.from_at, zone), zone) - timedelta(microseconds=1)


def _row(change: UnexplainedChange, zone: str, artifacts: Iterable[str]) -> list[str]:
    claim, seen = change.claim, format_instant(change.claim.from_at)
    evidence = f"{claim.alias} was {change.before or 'not followed'}, is {claim.version}: seen {seen}"
    named = [claim.version if artifact == claim.artifact else "" for artifact in artifacts]
    received = format_instant(received_at(claim, zone))
    shown = f"unexplained change of {claim.artifact}"
    return [f"{claim.artifact} {claim.version} {seen}", claim.system_id, received, shown, claim.alias, evidence, *named]


def _feed(system_id: str, artifacts: Iterable[str]) -> FeedSpec:
    return FeedSpec(
        name=FEED,
        category=SignalCategory.AUDIT_FINDING,
        source=SourceSpec(FEED, path=FILE_NAME),
        signal_id="id",
        occurred_at=TimeField("received_at"),
        received_at=TimeField("received_at"),
        impact=ImpactField(constant=CustomerImpact.NONE),
        where=f"\"system\" = '{system_id}'",
        segment={"alias": "alias"},
        versions={artifact: _column(artifact) for artifact in artifacts},
        source_evidence=("evidence",),
        fingerprint=("change",),
        opens_each=True,
        each_min_severity=Severity.L1,
        built_in=True,
    )


def _column(artifact: str) -> str:
    return f"version of {artifact}"
