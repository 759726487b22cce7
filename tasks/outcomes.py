"""Reading outcomes: those of the reference, and of the windows that may have theirs by now.

Put here which windows are asked for outcomes. Counting one is ``registry/sources/outcome_counts.py``, whether one is mature is for checks.

The rules:
 * A system without a label has none. An outcome counts when it was known before the day of the run began, however late the run is.
 * The outcomes of the reference are read until they are frozen with it, and then never again.
 * A window younger than the fastest median delay of the reference's outcomes cannot be mature; one older than twice the slowest, or than
   its outcomes may be late, and half a year, has been looked at by then. Between the two, at most ``MAX_WINDOWS`` are read, the newest.
 * Of a reference whose rows are gone nothing says how long outcomes take: the last half year is read, so that they are seen to come.
 * Mature outcomes of daily and weekly windows are read by month: what few rows a day has is judged together.
 * The windows of the run are read too: an estimate before outcomes needs their scores.
 * All outcomes that are known since the first reference began are counted, once a run, only where new ones alone ask for a retraining:
   nothing else reads more of the past the longer it gets. Another reference later moves nothing: both counts are of the same days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from registry.domain.decision import Finding
from registry.domain.monitoring import Window, WindowKind, last_window_before, window_of
from registry.domain.outcomes import WindowOutcomes
from registry.domain.policy_triggers import PerformancePolicy
from registry.domain.profile import ReferenceProfile
from registry.domain.times import local_date, start_of_day
from registry.domain.trigger_run import SystemKnown, TriggerPlan
from registry.domain.trigger_windows import due_windows
from registry.sources.outcome_counts import count_outcomes
from registry.sources.prediction_rows import PredictionPlace

MAX_WINDOWS = 60
_HALF_YEAR = timedelta(days=184)
Found = tuple[WindowOutcomes | None, tuple[Finding, ...]]
Tried = Callable[[Callable[[], WindowOutcomes]], Found]
Read = Callable[[Window], Found]


@dataclass(frozen=True, slots=True)
class OutcomesRead:
    """Outcomes of mature windows and of the run's own, oldest first, how many are known in all, and the reference's where not frozen."""

    windows: tuple[WindowOutcomes, ...]
    reference: WindowOutcomes | None
    findings: tuple[Finding, ...]
    label_count: int | None = None

    def until(self, window: Window) -> tuple[WindowOutcomes, ...]:
        """Return the outcomes that a decision about ``window`` rests on: nothing of a later one."""
        return tuple(one for one in self.windows if one.window == window or one.window.end_on <= window.start_on)


def read_outcomes(
    plan: TriggerPlan, known: SystemKnown, reference: ReferenceProfile, windows: tuple[Window, ...], place: PredictionPlace, tried: Tried
) -> OutcomesRead:
    """Return the outcomes that the windows of one system are judged with; ``tried`` turns what cannot be read into findings."""
    system = known.system
    if not system.predictions.label:
        return OutcomesRead((), None, ())
    today = local_date(plan.as_of, system.entry.timezone)
    known_before = start_of_day(today, system.entry.timezone)

    def read(window: Window) -> Found:
        return tried(lambda: count_outcomes(system, reference, window, known_before, place))

    live, findings = (None, ()) if _is_frozen(reference) else read(reference.profile.window)
    told = [one for one in (reference.outcomes, live) if one is not None]
    if not windows or not told:
        return OutcomesRead((), live, findings)
    found, problems = [], list(findings)
    for window in sorted({*_mature_windows(told, windows, today, plan.policies.performance), *windows}):
        outcomes, wrong = read(window)
        found += [outcomes] if outcomes else []
        problems += wrong
    return OutcomesRead(tuple(found), live, tuple(problems[:1]), _label_count(known, reference, windows, read))


def _is_frozen(reference: ReferenceProfile) -> bool:
    """Return whether nothing of a reference's outcomes is left to be known."""
    return reference.outcomes is not None and all(reference.outcomes.of(segment) is not None for segment in reference.segments())


def _mature_windows(
    reference: Sequence[WindowOutcomes], windows: tuple[Window, ...], today: date, policy: PerformancePolicy
) -> tuple[Window, ...]:
    segments = [one for told in reference for one in told.segments]
    delays = [one.median_delay_days for one in segments if one.median_delay_days is not None]
    if not delays and any(one.prediction_count for one in segments) and not any(one.known_count for one in segments):
        return ()
    fastest, slowest = min(delays, default=0.0), max(delays, default=0.0)
    explained = [told.days_until_known(policy.min_known_ratio, one.segment) or 0.0 for told in reference for one in told.segments]
    oldest = timedelta(days=max(2 * slowest, policy.max_label_delay_factor * max(explained)))
    from_on = max(today - oldest - _HALF_YEAR, reference[0].window.end_on)
    first = window_of(from_on, WindowKind.MONTH)
    if first.start_on < from_on:
        first = window_of(first.end_on, WindowKind.MONTH)
    newest = last_window_before(min(today - timedelta(days=fastest), windows[-1].end_on), WindowKind.MONTH)
    return due_windows(first, newest, WindowKind.MONTH, MAX_WINDOWS)


def _label_count(known: SystemKnown, reference: ReferenceProfile, windows: tuple[Window, ...], read: Read) -> int | None:
    if not known.system.monitoring.retrain_on_new_labels:
        return None
    first = known.frozen.labels_from if known.frozen else None
    outcomes, _ = read(Window(first or reference.profile.window.start_on, windows[-1].end_on))
    whole = outcomes.of() if outcomes else None
    # at worst each row that is there again has an outcome: no retraining is asked for because an export was written twice
    return max(0, whole.known_count - ((outcomes.duplicate_count or 0) if outcomes else 0)) if whole else None
