"""How each artifact of a fix serves, by the history of what served.

Put a rule here when it reads that history. Since when the fix is effective, all of its artifacts together, is ``recurrence_fix.py``.

The rules, in the order the code applies them, for each artifact of the fix on its own:
 * A fix that names no version, and an artifact without a history, are judged by the instant of the fix, where it served all traffic.
 * The fix serves from the instant at which its version began to, in the stretch that the instant of the fix lies in, or else the first one
   after it: a version that is gone back to served before, and what replaced it meanwhile is older than the fix. One that did not serve
   then or since is not in force.
 * A version is at or after the fix when it is the fix's, or first came into force when the fix served already.
 * A stretch is fixed when its versions are at or after the fix and their shares add up to all traffic. The fix is effective from the
   first of the fixed stretches that end the history; an older version that serves again interrupts it, and it begins anew.
 * From when it did not serve all traffic any more to when it does again, the fix was taken back (``recurrence_gaps.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from checks.recurrence_gaps import Gap
from registry.domain.catalogue import VersionInForce
from registry.domain.issue import Fix

_WHOLE = 100  # percent of the traffic
_Stretches = dict[datetime, dict[str, int]]


class Served(Protocol):
    """What tells how a fix serves: a window's inputs, or a few of them. Of ``versions`` those up to ``as_of`` count."""

    @property
    def system_id(self) -> str: ...
    @property
    def fix(self) -> Fix: ...
    @property
    def versions(self) -> tuple[VersionInForce, ...]: ...
    @property
    def share_percent(self) -> int: ...
    @property
    def as_of(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Service:
    """How one artifact of a fix serves. ``code`` is empty where it serves all traffic since ``effective_at``.

    ``older`` are the versions of the history before the fix, ``fixed`` those at or after it. ``served_before``: the fix's own version was
    in force once already, so that what it decided then says nothing of the fix.
    """

    served_from: datetime
    effective_at: datetime | None
    reason: str
    code: str = ""
    gaps: tuple[Gap, ...] = ()
    older: frozenset[str] = field(default_factory=frozenset)
    fixed: frozenset[str] = field(default_factory=frozenset)
    served_before: bool = False


def find_services(inputs: Served) -> Mapping[str, Service]:
    """Return how each artifact of the fix serves; one without a name where the fix names no version."""
    return {artifact: _service(inputs, artifact) for artifact in sorted(inputs.fix.versions) or ("",)}


def _service(inputs: Served, artifact: str) -> Service:
    fix, stretches = inputs.fix, _stretches(inputs, artifact)
    version = fix.versions.get(artifact, "")
    itself = frozenset({version} - {""})
    if not stretches:
        return _recorded(inputs, artifact or "the fix", itself)
    served_from = _served_from(stretches, version, fix.effective_at)
    if served_from is None:
        reason = f"{artifact} {version} did not serve when the fix was recorded, at {fix.effective_at:%Y-%m-%d %H:%M} UTC, or since"
        return Service(fix.effective_at, None, reason, "fix_not_served", fixed=itself)
    first_at = {name: min(at for at, shares in stretches.items() if name in shares) for shares in stretches.values() for name in shares}
    fixed = itself | {name for name, at in first_at.items() if name and at >= served_from}
    older = frozenset(first_at) - fixed - {""}
    effective_at, gaps, reason, code = _served(artifact, version, {at: one for at, one in stretches.items() if at >= served_from}, fixed)
    return Service(served_from, effective_at, reason, code, gaps, older, fixed, first_at[version] < served_from)


def _recorded(inputs: Served, name: str, fixed: frozenset[str]) -> Service:
    """Return how an artifact without a history serves: as it was recorded when it was released."""
    at = inputs.fix.effective_at
    if inputs.share_percent == _WHOLE:
        return Service(at, at, f"{name} is in force as recorded, with no history of what served", fixed=fixed)
    reason = f"{name} was released to {inputs.share_percent} % of the traffic, and no history tells that it serves all"
    return Service(at, None, reason, "partial_share", fixed=fixed)


def _served(artifact: str, version: str, since: _Stretches, fixed: frozenset[str]) -> tuple[datetime | None, tuple[Gap, ...], str, str]:
    """Return since when all traffic is fixed, the times in which it was not any more, why, and the code where it is not."""
    effective_at, gaps, name = None, list[Gap](), f"{artifact} {version}"
    for at, shares in since.items():
        is_fixed = fixed.issuperset(shares) and sum(shares.values()) == _WHOLE
        if effective_at and not is_fixed:
            gaps.append(Gap(artifact, version, at, None, _not_fixed(shares, fixed, "instead")[1], fixed))
        elif is_fixed and gaps and not effective_at:
            gaps[-1] = replace(gaps[-1], until_at=at)
        effective_at = (effective_at or at) if is_fixed else None
    if effective_at:
        return effective_at, tuple(gaps), f"{name}, or a later version, serves all traffic since {effective_at:%Y-%m-%d %H:%M} UTC", ""
    last_at = max(since)
    code, reason = _not_fixed(since[last_at], fixed, "serves again" if gaps else "serves")
    code = "rolled_back" if gaps and code == "older_version_serves" else code
    return None, tuple(gaps), f"{name}: since {last_at:%Y-%m-%d %H:%M} UTC {reason}", code


def _not_fixed(shares: Mapping[str, int], fixed: frozenset[str], how: str) -> tuple[str, str]:
    if older := sorted(name for name in shares if name and name not in fixed):
        return "older_version_serves", f"an older version {how}: {', '.join(f'{name} with {shares[name]} %' for name in older)}"
    known = sum(share for name, share in shares.items() if name)
    return "traffic_unknown", f"what serves is known of {known} % of the traffic, and a fix needs all of it"


def _stretches(inputs: Served, artifact: str) -> _Stretches:
    """Return the share of each version from each instant on, up to the instant of the judgement."""
    found: _Stretches = {}
    for row in sorted(inputs.versions, key=lambda row: (row.from_at, row.version)):
        if (row.system_id, row.artifact) == (inputs.system_id, artifact) and row.from_at <= inputs.as_of:
            found.setdefault(row.from_at, {})[row.version] = row.share_percent
    return found


def _served_from(stretches: _Stretches, version: str, fixed_at: datetime) -> datetime | None:
    """Return since when ``version`` serves, a part at least, as the fix: None where it does not."""
    began, serving_at_fix = None, None
    for at, shares in stretches.items():
        began = (began or at) if version in shares else None
        if at <= fixed_at:
            serving_at_fix = began
        elif serving_at_fix is None and began:
            return began
    return serving_at_fix
