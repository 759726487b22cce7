"""AI contribution: which version bundle made the decision a signal is about, and was that before or after the fix.

Put a rule here when it relates an instant or a version to what was in force. Which system a row belongs to is decided where rows are read.

The rules, in the order the code applies them, for each artifact (model, prompt, index, ...) on its own:
 * The version that the row names counts before everything.
 * Else the version in force at the decision's instant by the ledger's history; it is in force from its first instant on.
 * Where several versions shared the traffic at that instant, or one served a part of it and the rest is not known, nothing tells which of
   them decided: the version is unknown, whatever the catalogue records.
 * Else the version that the catalogue records.
 * Else it is unknown, and left out of the bundle.
The bundle is as well known as its weakest artifact, so a declared artifact without a version makes the whole ``unknown``; so does no
artifact at all.

A decision is after a fix when each artifact that the fix changed was at or after the fix's version, in the order in which the versions
first came into force (a rollback brings an old version back, it does not make it new), however late it was reported. An artifact whose
version has no place in that order is judged by the instant instead: decided at or after ``effective_at``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime

from registry.domain.catalogue import VersionInForce
from registry.domain.issue import Fix
from registry.domain.signal import VersionSource

_WHOLE = 100  # percent of the traffic
_WEAKNESS = {source: rank for rank, source in enumerate(VersionSource)}


class _Track:
    """What was in force of one artifact of one system: parallel lists for bisection, and when each version was first seen.

    ``versions`` is None from where more than one may have decided.
    """

    __slots__ = ("first_at", "starts", "versions")

    def __init__(self) -> None:
        self.starts: list[datetime] = []
        self.versions: list[str | None] = []
        self.first_at: dict[str, datetime] = {}

    def append(self, row: VersionInForce) -> None:
        is_shared = row.share_percent < _WHOLE or self.starts[-1:] == [row.from_at]
        if self.starts[-1:] != [row.from_at]:
            self.starts.append(row.from_at)
            self.versions.append(row.version)
        if is_shared:
            self.versions[-1] = None
        self.first_at.setdefault(row.version, row.from_at)


class VersionHistory:
    """What was in force when, for every system: built once a run, asked once a signal. Rows may come in any order."""

    def __init__(self, rows: Iterable[VersionInForce]) -> None:
        self._tracks: dict[str, dict[str, _Track]] = {}
        for row in sorted(rows, key=lambda row: (row.from_at, row.version)):
            self._tracks.setdefault(row.system_id, {}).setdefault(row.artifact, _Track()).append(row)
        self._artifacts = {system_id: tuple(sorted(tracks)) for system_id, tracks in self._tracks.items()}

    def artifacts(self, system_id: str) -> tuple[str, ...]:
        """Return the artifacts of ``system_id`` that have a history, sorted."""
        return self._artifacts.get(system_id, ())

    def in_force(self, system_id: str, artifact: str, at: datetime) -> str | None:
        """Return the version of ``artifact`` in force at ``at``; empty before its history begins, None where it was shared."""
        track = self._track(system_id, artifact)
        place = bisect_right(track.starts, at) if track else 0
        return track.versions[place - 1] if track and place else ""

    def first_at(self, system_id: str, artifact: str, version: str) -> datetime | None:
        """Return when ``version`` first came into force; None when the history does not know it."""
        track = self._track(system_id, artifact)
        return track.first_at.get(version) if track else None

    def _track(self, system_id: str, artifact: str) -> _Track | None:
        return self._tracks.get(system_id, {}).get(artifact)


def find_versions(
    explicit: Mapping[str, str], history: VersionHistory, recorded: Mapping[str, str], system_id: str, decided_at: datetime
) -> tuple[dict[str, str], VersionSource]:
    """Return the version of each artifact when the decision was made, and how well the bundle is known: its weakest artifact.

    ``recorded`` holds every artifact that the catalogue declares, with an empty text where no version is recorded.
    """
    versions: dict[str, str] = {}
    weakest = VersionSource.EXPLICIT
    for artifact in sorted({*explicit, *recorded, *history.artifacts(system_id)}):
        version, source = _find_version(artifact, explicit, history, recorded, system_id, decided_at)
        weakest = max(weakest, source, key=_WEAKNESS.__getitem__)
        if version:
            versions[artifact] = version
    return versions, weakest if versions else VersionSource.UNKNOWN


def is_post_fix(versions: Mapping[str, str], decided_at: datetime, fix: Fix, history: VersionHistory, system_id: str) -> bool:
    """Return whether a decision of ``system_id`` by ``versions`` was made at or after ``fix``.

    A fix that names no version is judged by the instant.
    """
    if not fix.versions:
        return decided_at >= fix.effective_at
    return all(_is_at_or_after(versions.get(artifact, ""), artifact, decided_at, fix, history, system_id) for artifact in fix.versions)


def _find_version(
    artifact: str, explicit: Mapping[str, str], history: VersionHistory, recorded: Mapping[str, str], system_id: str, decided_at: datetime
) -> tuple[str, VersionSource]:
    if explicit.get(artifact):
        return explicit[artifact], VersionSource.EXPLICIT
    in_force = history.in_force(system_id, artifact, decided_at)
    if in_force is None:
        return "", VersionSource.UNKNOWN
    if in_force:
        return in_force, VersionSource.HISTORY
    if recorded.get(artifact):
        return recorded[artifact], VersionSource.RECORDED
    return "", VersionSource.UNKNOWN


def _is_at_or_after(version: str, artifact: str, decided_at: datetime, fix: Fix, history: VersionHistory, system_id: str) -> bool:
    if version and version == fix.versions[artifact]:
        return True
    first_at = history.first_at(system_id, artifact, version) if version else None
    if first_at is None:
        return decided_at >= fix.effective_at
    return first_at >= (history.first_at(system_id, artifact, fix.versions[artifact]) or fix.effective_at)
