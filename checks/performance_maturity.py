"""Maturity: which outcomes a model may be judged on, those of windows and segments where nearly all outcomes are known.

Put here how windows are chosen. Adding them up is ``checks/performance_pool.py``, measuring ``checks/performance_measures.py``.

The rules, in order:
 * An outcome that is known early is not one at random: a default is known the day it happens, a full repayment at the end. So a window
   of a segment counts only when at least ``min_known_ratio`` of *its* predictions have their outcome; less is ``immature_labels``, told
   with the share and the delay of those known. A segment is held to its own share: it may mature later than the whole.
 * A segment is looked at twice, in its newest mature window and in the newest quarter of them (those that start within 92 days before the
   end of the newest): what happened suddenly, and what one window is too small to show. The quarter before that is for ``quality``.
 * Fewer than ``min_known_count`` outcomes, or ``min_event_count`` events or non-events of a binary label, even in the quarter: ``too_few``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from checks.performance_pool import Pool, pool
from registry.domain.decision import NotEvaluated
from registry.domain.monitoring import LabelKind
from registry.domain.outcomes import SegmentOutcomes, WindowOutcomes
from registry.domain.policy_triggers import PerformancePolicy
from registry.domain.profile import Segment

QUARTER = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Looks:
    """What is judged of one segment: its newest window and quarter where they are enough, and the quarter before."""

    pools: tuple[Pool, ...]
    quarter: Pool | None = None
    quarter_before: Pool | None = None


def looks_at(segment: Segment, windows: Sequence[WindowOutcomes], policy: PerformancePolicy) -> Looks | NotEvaluated:
    """Return what a segment is judged on, or why it is not; ``windows`` oldest first."""
    mature = [one for one in windows if is_mature(one.of(segment), policy)]
    if not mature:
        return _immature(segment, windows, policy)
    newest, quarter, before = mature[-1:], *_quarters(mature)
    pools = [pool(segment, newest), pool(segment, quarter)] if len(quarter) > 1 else [pool(segment, newest)]
    enough = tuple(one for one in pools if one.is_enough(policy))
    if not enough:
        return _too_few(pools[-1], policy)
    previous = pool(segment, before) if before else None
    return Looks(enough, pools[-1], previous if previous and previous.is_enough(policy) else None)


def is_mature(outcomes: SegmentOutcomes | None, policy: PerformancePolicy) -> bool:
    """Return whether nearly all outcomes of a segment are known; without a prediction there is nothing to know."""
    return outcomes is not None and 0 < outcomes.prediction_count * policy.min_known_ratio <= outcomes.known_count


def immature_windows(segment: Segment, windows: Sequence[WindowOutcomes], policy: PerformancePolicy) -> NotEvaluated | None:
    """Return which windows of a segment wait for their outcomes, None where none does."""
    waiting = [one for one in windows if (mine := one.of(segment)) and mine.prediction_count and not is_mature(mine, policy)]
    return _immature(segment, waiting, policy) if waiting else None


def _quarters(mature: Sequence[WindowOutcomes]) -> tuple[list[WindowOutcomes], list[WindowOutcomes]]:
    from_on = mature[-1].window.end_on - QUARTER
    now = [one for one in mature if one.window.start_on >= from_on]
    earlier = [one for one in mature if one.window.start_on < from_on]
    before_on = now[0].window.start_on - QUARTER
    return now, [one for one in earlier if one.window.start_on >= before_on]


def _immature(segment: Segment, windows: Sequence[WindowOutcomes], policy: PerformancePolicy) -> NotEvaluated:
    found = [(one.window, mine) for one in windows if (mine := one.of(segment)) is not None and mine.prediction_count]
    if not found:
        return NotEvaluated(segment.name, "no_data", f"{segment.name}: no prediction in the windows whose outcomes were looked at")
    known, asked = sum(one.known_count for _, one in found), sum(one.prediction_count for _, one in found)
    delays = [one.median_delay_days for _, one in found if one.median_delay_days is not None]
    delay = f", those after a median of {max(delays):.0f} days" if delays else ""
    text = f"{segment.name}: {known:,} of {asked:,} outcomes ({100 * known / asked:.0f} %) are known from {found[0][0].start_on} until "
    text += f"{found[-1][0].end_on}{delay}; expected at least {100 * policy.min_known_ratio:.0f} % in a window: early outcomes are "
    text += "not typical ones"
    return NotEvaluated(segment.name, "immature_labels", text)


def _too_few(found: Pool, policy: PerformancePolicy) -> NotEvaluated:
    events = f" with {found.labels:,.0f} events" if found.kind is LabelKind.BINARY else ""
    text = f"{found.segment.name}: {found.days}{events}, expected at least {policy.min_known_count} outcomes"
    text += f" with {policy.min_event_count} events and as many without" if events else ""
    return NotEvaluated(found.segment.name, "too_few", text)
