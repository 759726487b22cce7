"""What a reader of a window would expect to be judged, or listed, and was not.

Put here what a window leaves out, with the reason. What it found is ``recurrence_findings.py``.

The rules, in the order the code applies them:
 * Where nothing counts decisions, observed days are the unit; where decisions could not be read, or their count is in doubt, the reason is
   told.
 * Rows that could not be read are told, whether or not they leave their days unobserved.
 * Feeds that the catalogue had for a part of the window are told: what came through them is no part of the level before.
 * An indicator that nobody read on a day, or whose evidence was missing, is told with the number of such days.
 * Where a control was in force before the fix, what was seen since may be its work too: nothing records that it was lifted.
 * Where an older version decided after the fix served all traffic, by the row's own word, the history or the row is wrong, or somebody is
   still served by it: the window is about everybody else.
 * A feed may name no decision: of a rate each of its signals counts for itself, of what should be absent those of one instant before the
   fix count as one.
 * Segments by which decisions are not counted, and values of which none was, are held against all of them.
 * Of a rate's signals, and of late ones, the newest are listed; all are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checks.recurrence_aside import find_left_aside
from checks.recurrence_feeds import find_partial
from checks.recurrence_findings import Found
from checks.recurrence_segments import find_uncounted
from registry.domain.decision import NotEvaluated
from registry.domain.exposure import EffectKind
from registry.domain.recurrence import WindowInputs


def find_not_evaluated(inputs: WindowInputs, listed: int, found: Found) -> Iterator[NotEvaluated]:
    """Yield what was left out; ``listed`` is how many signals are listed one by one."""
    if not inputs.unit:
        yield NotEvaluated("exposure", "exposure_by_days", "nothing counts decisions, so that observed days are the unit of every rate")
    if inputs.exposure_reason:
        is_counted = any(day.exposure_count is not None for day in inputs.days)
        yield NotEvaluated("exposure", "exposure_in_doubt" if is_counted else "exposure_unreadable", inputs.exposure_reason)
    yield from find_left_aside(found.watched.days)
    yield from find_partial(inputs)
    yield from _not_read(found)
    if inputs.contained_at is not None:
        told = f"a control is in force since {inputs.contained_at:%Y-%m-%d %H:%M} UTC, and nothing records that it was lifted"
        yield NotEvaluated("control", "control_may_stand", f"{told}: what was seen since may be its work as well as that of the fix")
    yield from _still_served(found)
    yield from _not_named(inputs, found)
    yield from find_uncounted(inputs, found.weighed)
    for name, seen in (("occurrences", found.returns), ("late", found.late)):
        if len(seen) > listed:
            yield NotEvaluated(name, "listed_in_part", f"the newest {listed} of {len(seen):,} are listed, and all of them counted")


def _not_read(found: Found) -> Iterator[NotEvaluated]:
    for kind, count in sorted(Counter(kind for day in found.watched.observed for kind in day.unread).items()):
        told = f"on {count:,} observed day{'' if count == 1 else 's'} the indicator {kind} was not read, or its evidence was missing"
        yield NotEvaluated(kind.value, "indicator_not_read", f"{told}: a day without it does not count towards the floor")


def _not_named(inputs: WindowInputs, found: Found) -> Iterator[NotEvaluated]:
    nameless = sum(not seen.decision_ref for side in found.weighed.counted for seen in side)
    if nameless:
        is_rate = inputs.effect.kind is EffectKind.RATE
        how = "each counts as one of its own" if is_rate else "those of one instant before the fix count as one"
        told = f"{nameless:,} signal{'' if nameless == 1 else 's'} name{'s' if nameless == 1 else ''} no decision: {how}"
        yield NotEvaluated("decisions", "decision_not_named", f"{told}; say in the catalogue what names one, by decision")


def _still_served(found: Found) -> Iterator[NotEvaluated]:
    older = found.older
    if older:
        told = f"{len(older):,} signals, {older[-1].signal_id} the newest, are about decisions of an older version after the fix served all"
        yield NotEvaluated("versions", "older_version_decided", f"{told} traffic: find out whom it still serves, or correct what names it")
