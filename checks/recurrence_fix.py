"""The effective fix: since when all traffic that a fix is about is served by a version at or after it.

Put a rule here when it reads the history of what served. What is counted from then on belongs to ``recurrence.py``.

The rules, in the order the code applies them, for each artifact of the fix on its own; the latest of them counts:
 * A fix that names no version, and an artifact without a history, are judged by the instant of the fix, where it served all traffic.
 * The fix serves from the instant at which its version began to, in the stretch that the instant of the fix lies in, or else the first one
   after it: a version that is gone back to served before, and what replaced it meanwhile is older than the fix. One that did not serve
   then or since is not in force.
 * A version is at or after the fix when it is the fix's, or first came into force when the fix served already.
 * A stretch is fixed when its versions are at or after the fix and their shares add up to all traffic. The fix is effective from the
   first of the fixed stretches that end the history; an older version that serves again interrupts it, and it begins anew.
 * It is never effective before the instant that was recorded for it, and not yet where that lies ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from registry.domain.issue import EffectiveFix
from registry.domain.recurrence import WindowInputs
from registry.domain.times import local_date, start_of_day

_WHOLE = 100  # percent of the traffic
_Stretches = dict[datetime, dict[str, int]]


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
    interrupted_at: tuple[datetime, ...] = ()
    older: frozenset[str] = field(default_factory=frozenset)
    fixed: frozenset[str] = field(default_factory=frozenset)
    served_before: bool = False


def find_services(inputs: WindowInputs) -> Mapping[str, Service]:
    """Return how each artifact of the fix serves; one without a name where the fix names no version."""
    return {artifact: _service(inputs, artifact) for artifact in sorted(inputs.fix.versions) or ("",)}


def find_effective_fix(inputs: WindowInputs, services: Mapping[str, Service]) -> tuple[EffectiveFix, str]:
    """Return since when the fix is effective, and the reason code where it is not."""
    interrupted = tuple(sorted({at for service in services.values() for at in service.interrupted_at}))
    lacking = next((service for service in services.values() if service.effective_at is None), None)
    if lacking is not None:
        return EffectiveFix(None, None, lacking.reason, interrupted), lacking.code
    at = max([inputs.fix.effective_at, *(service.effective_at for service in services.values() if service.effective_at)])
    if at > inputs.as_of:
        reason = f"the fix is recorded as in force from {at:%Y-%m-%d %H:%M} UTC only"
        return EffectiveFix(None, None, reason, interrupted), "not_yet_in_force"
    reason = "; ".join(service.reason for service in services.values())
    return EffectiveFix(at, first_whole_day(at, inputs.zone), reason, interrupted), ""


def first_whole_day(instant: datetime, zone: str) -> date:
    """Return the first civil day of ``zone`` that begins at or after ``instant``.

    >>> from datetime import UTC
    >>> str(first_whole_day(datetime(2021, 3, 1, 15, tzinfo=UTC), "UTC")), str(first_whole_day(datetime(2021, 3, 1, tzinfo=UTC), "UTC"))
    ('2021-03-02', '2021-03-01')
    """
    day = local_date(instant, zone)
    return day if instant <= start_of_day(day, zone) else day + timedelta(days=1)


def _service(inputs: WindowInputs, artifact: str) -> Service:
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
    effective_at, interrupted, reason, code = _served(f"{artifact} {version}", stretches, served_from, fixed)
    return Service(served_from, effective_at, reason, code, interrupted, older, fixed, first_at[version] < served_from)


def _recorded(inputs: WindowInputs, name: str, fixed: frozenset[str]) -> Service:
    """Return how an artifact without a history serves: as it was recorded when it was released."""
    at = inputs.fix.effective_at
    if inputs.share_percent == _WHOLE:
        return Service(at, at, f"{name} is in force as recorded, with no history of what served", fixed=fixed)
    reason = f"{name} was released to {inputs.share_percent} % of the traffic, and no history tells that it serves all"
    return Service(at, None, reason, "partial_share", fixed=fixed)


def _served(
    name: str, stretches: _Stretches, served_from: datetime, fixed: frozenset[str]
) -> tuple[datetime | None, tuple[datetime, ...], str, str]:
    """Return since when all traffic is fixed, what interrupted it, why, and the code where it is not."""
    since = {at: shares for at, shares in stretches.items() if at >= served_from}
    effective_at, interrupted = None, []
    for at, shares in since.items():
        is_fixed = fixed.issuperset(shares) and sum(shares.values()) == _WHOLE
        if effective_at and not is_fixed:
            interrupted.append(at)
        effective_at = (effective_at or at) if is_fixed else None
    if effective_at:
        reason = f"{name}, or a later version, serves all traffic since {effective_at:%Y-%m-%d %H:%M} UTC"
        return effective_at, tuple(interrupted), reason, ""
    last_at = max(since)
    code, reason = _not_fixed(since[last_at], fixed, bool(interrupted))
    return None, tuple(interrupted), f"{name}: since {last_at:%Y-%m-%d %H:%M} UTC {reason}", code


def _not_fixed(shares: Mapping[str, int], fixed: frozenset[str], is_again: bool) -> tuple[str, str]:
    if older := sorted(name for name in shares if name and name not in fixed):
        served = ", ".join(f"{name} with {shares[name]} %" for name in older)
        return ("rolled_back" if is_again else "older_version_serves"), f"an older version serves{' again' if is_again else ''}: {served}"
    known = sum(share for name, share in shares.items() if name)
    return "traffic_unknown", f"what serves is known of {known} % of the traffic, and a fix needs all of it"


def _stretches(inputs: WindowInputs, artifact: str) -> _Stretches:
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
