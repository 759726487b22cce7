"""Freezing a reference anew: may this person do it, and would later windows be compared with anything else?

Put here what freezing by a person requires beside what every act does (``trigger_acts.py``). The first reference of a system is frozen by
the run of the triggers, by itself.

The rules, all of them told at once:
 * The system's predictions are watched, and every row of the days that the catalogue names has arrived.
 * What would be laundered by it is acknowledged: conditions that stand end with the reference they were met against (``superseded``, never
   cleared), and windows that were judged FAIL and lie in the new days become what later ones are compared with. Both are named in the
   refusal, and sealed in the event.
 * Freezing what is frozen changes nothing: the same counts of the same days and columns are refused, unless what was frozen cannot be read
   any more. The same act by the same person for the same reason is a repeat, also after a run has added the outcomes to what they froze.
A preservation hold does not forbid it: the system stays as it is, and the reference before stays sealed under its digest, so that what was
decided with it can be judged again. A verdict that jumps on that day is told by the event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from checks.trigger_acts import find_common
from checks.trigger_references import frozen_event
from registry.domain.canonical import plain
from registry.domain.events import Event
from registry.domain.monitoring import MonitoredSystem, Window
from registry.domain.profile import ReferenceProfile
from registry.domain.times import local_date
from registry.domain.trigger_acts import ActDecision, ActPlan, ReferenceBefore
from registry.domain.work import Refusal


def find_freeze_refusals(plan: ActPlan, arrived_before: date | None, before: ReferenceBefore | None = None) -> tuple[Refusal, ...]:
    """Return why the reference of the plan's system may not be frozen, before anything is counted.

    ``arrived_before`` is the day before which every row has arrived; None where the system is not watched.
    """
    watched = plan.watching(plan.system_id)
    early = _find_early(watched, arrived_before) if watched and arrived_before else ()
    return (*find_common(plan, plan.system_id), *(() if watched else (_unwatched(plan),)), *early, *_find_laundered(plan, before))


def covered_failures(watched: MonitoredSystem, before: ReferenceBefore) -> tuple[Window, ...]:
    """Return the windows that were judged FAIL and have days among those that the catalogue names as the reference."""
    start_on, end_on = watched.monitoring.reference_from, watched.monitoring.reference_to
    return tuple(window for window in before.failed if window.start_on < end_on and start_on < window.end_on)


def judge_reference_freeze(
    plan: ActPlan, refusals: tuple[Refusal, ...], counted: ReferenceProfile | None, before: ReferenceBefore | None
) -> ActDecision:
    """Return whether ``counted`` becomes the reference; ``before`` is the one until now, None where there is none."""
    if refusals or counted is None:
        return ActDecision(plan, refusals)
    if before is None or before.profile is None or not _is_same(counted, before.profile):
        return ActDecision(plan, ())
    if (before.by, before.reason) == (plan.by, plan.document.reason):
        return ActDecision(plan, (), repeated=before.event)
    found = f"what event {before.event} froze, of {before.frozen.reference_from} to {before.frozen.reference_to}"
    remedy = f"name other days in systems/{plan.system_id}.yaml under monitoring: reference, then freeze"
    return ActDecision(plan, (Refusal("same_reference", f"expected other counts than are frozen, found {found}", remedy),))


def freeze_event(decision: ActDecision, reference: ReferenceProfile, before: ReferenceBefore | None, cited: tuple[str, str]) -> Event:
    """Return the event of a reference that a person froze; ``cited`` are the package and the file in it that hold it."""
    plan = decision.plan
    on, (bundle_digest, record) = local_date(plan.as_of, reference.zone), cited
    event = frozen_event(reference, plan.as_of, on, bundle_digest, record, actor=plan.by, reason=plan.document.reason)
    replaced = before.frozen.digest if before else ""
    acknowledged = plain(_laundered(plan, before))
    said = {"replaces": replaced, "role": plan.role.value, "approval": "asserted", "acknowledged": acknowledged}
    return replace(event, body={**event.body, **said})


def _is_same(counted: ReferenceProfile, before: ReferenceProfile) -> bool:
    return replace(counted, frozen_at=before.frozen_at).counts_digest == before.counts_digest


def _laundered(plan: ActPlan, before: ReferenceBefore | None) -> dict[str, Any]:
    """Return what ends, and what becomes the measure, with a new reference."""
    watched = plan.watching(plan.system_id)
    failed = covered_failures(watched, before) if watched and before else ()
    return {"conditions": before.standing if before else (), "failed_windows": failed}


def _find_laundered(plan: ActPlan, before: ReferenceBefore | None) -> Iterator[Refusal]:
    found = _laundered(plan, before)
    if plan.document.acknowledge or not any(found.values()):
        return
    told = []
    if found["conditions"]:
        told.append(f"conditions that stand and would end as superseded: {', '.join(found['conditions'])}")
    if found["failed_windows"]:
        days = ", ".join(f"{window.start_on} to {window.end_on}" for window in found["failed_windows"])
        told.append(f"windows judged FAIL that would become the measure: {days}")
    remedy = "name other days under monitoring: reference, or acknowledge all of it (`--acknowledge`) with a reason why it is right"
    yield Refusal("unacknowledged", f"expected nothing to be hidden by a new reference, found {'; '.join(told)}", remedy)


def _find_early(watched: MonitoredSystem, arrived_before: date) -> Iterator[Refusal]:
    ends = watched.monitoring.reference_to
    if arrived_before < ends:
        reason = f"expected the days up to {ends} to be over, with their rows, found rows before {arrived_before} alone"
        yield Refusal("reference_incomplete", reason, "wait for them, or name earlier days")


def _unwatched(plan: ActPlan) -> Refusal:
    reason = f"expected predictions and monitoring of {plan.system_id}, found none in the catalogue"
    return Refusal("not_watched", reason, f"add them to systems/{plan.system_id}.yaml")
