"""What was said about the versions that serve, and which were in force when by it.

Put here how claims about versions add up. Who may claim one is ``checks/version_records.py``, which of them nobody explains is
``checks/unexplained.py``; where they are kept is ``registry/ledger``.

The rules:
 * A claim says that a version serves a share of the traffic from an instant on, until another claim says otherwise. A claim of 100 percent
   means that version alone; events from before there were shares mean that.
 * Claims count in the order of their instants; those of one instant in the order they were recorded: a later one of the same version
   replaces the earlier one, and one of 100 percent replaces every earlier one of that instant.
 * A smaller share is taken from the version that serves alone, which keeps what the others leave.
 * Where a smaller share of that version itself is claimed, what is left is not known until others claim it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from registry.domain.canonical import storable_text
from registry.domain.catalogue import VersionInForce
from registry.domain.times import parse_instant

MLFLOW, CATALOGUE, BY_PERSON, BY_RELEASE = "mlflow", "recorded", "recorded by person", "released"
WHOLE = 100


@dataclass(frozen=True, slots=True)
class VersionClaim:
    """One ``VersionObserved`` event. ``said_at`` is the run or the person's instant, ``from_at`` since when it counts.

    ``on_event`` tells an alias that was read because something happened from one that the daily triage read. ``by``, ``role`` and
    ``reason`` are those of the person, ``alias`` is the name in MLflow.
    """

    seq: int
    system_id: str
    artifact: str
    version: str
    from_at: datetime
    source: str
    said_at: datetime
    share_percent: int = WHOLE
    alias: str = ""
    by: str = ""
    role: str = ""
    reason: str = ""
    on_event: bool = False

    @property
    def order(self) -> tuple[datetime, int]:
        return self.from_at, self.seq


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``from_at`` until before ``until_at`` (None: still) the claimed version served ``share_percent`` of the traffic."""

    claim: VersionClaim
    share_percent: int
    from_at: datetime
    until_at: datetime | None


def claim_of(seq: int, envelope: Mapping[str, Any]) -> VersionClaim:
    """Return the claim that a ``VersionObserved`` event makes, given its stored envelope."""
    data = envelope["data"]
    return VersionClaim(
        seq=seq,
        system_id=storable_text(envelope["system"]),
        artifact=storable_text(data["artifact"]),
        version=storable_text(data["version"]),
        from_at=parse_instant(data.get("from_at") or envelope["as_of"]),
        source=storable_text(data["source"]),
        said_at=parse_instant(envelope["as_of"]),
        share_percent=data.get("share_percent", WHOLE),
        alias=data.get("alias", ""),
        by=envelope["actor"] if data["source"] in (BY_PERSON, BY_RELEASE) else "",
        role=data.get("role", ""),
        reason=data.get("reason", ""),
        on_event=data.get("on_event", False),
    )


def stretches(claims: Iterable[VersionClaim]) -> Iterator[Stretch]:
    """Yield the history that ``claims`` add up to, by system, artifact, time and version; a version seen again opens no new stretch."""
    ordered = sorted(claims, key=lambda claim: (claim.system_id, claim.artifact, *claim.order))
    for _, mine in groupby(ordered, key=lambda claim: (claim.system_id, claim.artifact)):
        states = list(_states(mine))
        ends = [from_at for from_at, _ in states[1:]]
        for (from_at, serving), until_at in zip(states, [*ends, None], strict=True):
            for claim, share in sorted(serving, key=lambda one: one[0].version):
                yield Stretch(claim, share, from_at, until_at)


def serving_at(claims: Iterable[VersionClaim], at: datetime) -> tuple[Stretch, ...]:
    """Return what was in force at one instant: of each artifact none, one, or several that share the traffic."""
    return tuple(one for one in stretches(claims) if one.from_at <= at and (one.until_at is None or at < one.until_at))


def versions_in_force(claims: Iterable[VersionClaim]) -> tuple[VersionInForce, ...]:
    """Return the history as decisions are compared with it."""
    return tuple(
        VersionInForce(one.claim.system_id, one.claim.artifact, one.claim.version, one.from_at, one.claim.source, one.share_percent)
        for one in stretches(claims)
    )


def last_said(claims: Iterable[VersionClaim], source: str) -> dict[tuple[str, str], VersionClaim]:
    """Return the newest claim of one source by system and artifact: what that source is compared with, whatever others said since."""
    mine = (claim for claim in claims if claim.source == source)
    return {(claim.system_id, claim.artifact): claim for claim in sorted(mine, key=lambda claim: claim.order)}


_Serving = tuple[tuple[VersionClaim, int], ...]


def _states(claims: Iterable[VersionClaim]) -> Iterator[tuple[datetime, _Serving]]:
    """Yield each instant at which something else serves than before, and what serves from then on; claims are of one artifact, in order."""
    alone: VersionClaim | None = None
    parts: dict[str, VersionClaim] = {}
    before: list[tuple[str, int]] = []
    for from_at, group in groupby(claims, key=lambda claim: claim.from_at):
        for claim in _standing(group):
            if claim.share_percent == WHOLE:
                alone, parts = claim, {}
                continue
            alone = None if alone and alone.version == claim.version else alone
            parts[claim.version] = claim
        serving = _shared(alone, parts)
        told = sorted((claim.version, share) for claim, share in serving)
        if told != before:
            before = told
            yield from_at, serving


def _standing(claims: Iterable[VersionClaim]) -> list[VersionClaim]:
    """Return the claims of one instant that no later one of it replaces."""
    standing: list[VersionClaim] = []
    for claim in claims:
        kept = [] if claim.share_percent == WHOLE else [one for one in standing if one.version != claim.version]
        standing = [*kept, claim]
    return standing


def _shared(alone: VersionClaim | None, parts: Mapping[str, VersionClaim]) -> _Serving:
    left = WHOLE - sum(claim.share_percent for claim in parts.values())
    kept = ((alone, left),) if alone and left > 0 else ()
    return (*kept, *((claim, claim.share_percent) for claim in parts.values()))
