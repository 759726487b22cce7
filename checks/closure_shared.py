"""Other systems that run what was fixed: which they are, and whether more was reported of them since they run it.

Put here how another system's signals become the effect that a fix had on it. Whether such an effect keeps a closure from being proposed is
``closure_adverse.py``.

The rules:
 * A system shares an artifact where both serve the same model or prompt of the model registry, by the catalogue, and it serves, or has
   served, the version that the fix names. What people recorded by hand has no name that two systems could share.
 * Its time begins with the first whole day after it served that version first.
 * Observed days alone are compared, and feeds that were there on both sides (``closure_shared_days.py``). The newest days are left out:
   their reports may still come.
 * Every signal counts, whatever its symptom, by the day on which it was reported: what a fix breaks elsewhere need not look like the issue.
 * The exposure is the decisions counted on these days; where nothing counts them, or not all of them, it is the days.
 * A system of which neither another version nor a day on which any feed was read is known from before began with that version: it has no
   before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from checks.closure_shared_days import Span, compared_days
from checks.recurrence_segments import compare_levels
from checks.work.parts import is_one_artifact
from registry.domain.catalogue import SystemEntry
from registry.domain.closure import SharedEffect
from registry.domain.exposure import ExposureRead
from registry.domain.history import DailyCount
from registry.domain.issue import Issue
from registry.domain.recurrence import Level, SegmentChange
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.times import local_date


@dataclass(frozen=True, slots=True)
class Sharing:
    """Another system that serves the version of a fix, and since when."""

    system_id: str
    zone: str
    artifact: str
    version: str
    since: datetime
    is_first: bool


def find_sharing(plan: RecurrencePlan, known: RecurrenceKnowledge, issue: Issue) -> tuple[Sharing, ...]:
    """Return the systems that share an artifact with the fix of ``issue``, by their ids."""
    own = next((system for system in plan.systems if system.system_id == issue.system_id), None)
    if own is None or issue.fix is None:
        return ()
    others = (system for system in plan.systems if system.system_id != issue.system_id)
    return tuple(sharing for other in others for sharing in _shared(plan, known, issue.fix.versions, own, other))


def first_day(plan: RecurrencePlan, sharing: Sharing) -> date:
    """Return the first day that is looked at of a system that shares: unobserved days between are looked past, as many again."""
    return local_date(sharing.since, sharing.zone) - timedelta(days=2 * plan.policy.silence.baseline_days)


def shared_effect(
    plan: RecurrencePlan, known: RecurrenceKnowledge, sharing: Sharing, counts: Sequence[DailyCount], exposure: ExposureRead | None
) -> SharedEffect:
    """Return what was reported of a system before and after it served the version of the fix."""
    switched_on, last = local_date(sharing.since, sharing.zone), plan.business_date - timedelta(days=plan.policy.allowed_lateness_days)
    system = next(system for system in plan.systems if system.system_id == sharing.system_id)
    days = compared_days(known, system, Span(first_day(plan, sharing), switched_on, last, plan.policy.silence.baseline_days))
    reported = _per_day(counts, sharing.system_id, days.feeds)
    decided = {one.on: one.count for one in exposure.days if not one.name} if exposure and not exposure.reason else {}
    if any(not decided.get(on) for on in (*days.before, *days.after)):
        decided = {}
    levels = _level(days.before, reported, decided), _level(days.after, reported, decided)
    change = SegmentChange("system", sharing.system_id, *levels, *compare_levels(*levels))
    began_with_it = sharing.is_first and days.is_new
    return SharedEffect(sharing.system_id, sharing.artifact, sharing.version, change, began_with_it, days.left_out)


def _shared(
    plan: RecurrencePlan, known: RecurrenceKnowledge, fixed: Mapping[str, str], own: SystemEntry, other: SystemEntry
) -> Iterator[Sharing]:
    for spec in (spec for spec in own.versions if spec.artifact in fixed):
        version = fixed[spec.artifact]
        for theirs in (theirs for theirs in other.versions if is_one_artifact(spec, theirs)):
            served = [one for one in known.history.versions if (one.system_id, one.artifact) == (other.system_id, theirs.artifact)]
            since = [one.from_at for one in served if one.version == version and one.from_at <= plan.as_of]
            if since:
                is_first = all(one.from_at >= min(since) for one in served)
                yield Sharing(other.system_id, other.timezone, theirs.artifact, version, min(since), is_first)


def _per_day(counts: Sequence[DailyCount], system_id: str, feeds: Collection[str]) -> dict[date, int]:
    found: dict[date, int] = {}
    for one in counts:
        if one.system_id == system_id and one.feed in feeds:
            found[one.on] = found.get(one.on, 0) + one.count
    return found


def _level(days: Sequence[date], reported: Mapping[date, int], decided: Mapping[date, int]) -> Level:
    occurrences, exposure = sum(reported.get(on, 0) for on in days), sum(decided[on] for on in days) if decided else len(days)
    return Level(occurrences, exposure, len(days), occurrences / exposure if exposure else None)
