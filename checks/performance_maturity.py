"""Maturity: which outcomes a model may be judged on, those of windows and segments where nearly all outcomes are known.

Put here how windows are chosen. Adding them up is ``checks/performance_pool.py``, measuring ``checks/performance_measures.py``.

The rules, in order:
 * An outcome that is known early is not one at random: a default is known the day it happens, a full repayment at the end. So a window
   of a segment counts only when at least ``min_known_ratio`` of *its* predictions have their outcome; less is ``immature_labels``, told
   with the share and the delay of those known. A segment is held to its own share: it may mature later than the whole.
 * An amount that is not known yet has no bound, and large ones may settle late: a window of amounts counts only once it is as old as nearly
   all outcomes of the reference took, or all of them are known.
 * A segment is looked at twice, in its newest mature window and in the newest quarter of them (those that start within 92 days before the
   end of the newest): what happened suddenly, and what one window is too small to show. The quarter before that is for ``quality``.
 * The oldest quarter of immature windows is looked at as well, for what holds whatever its unknown outcomes turn out to be, and for nothing
   else: so many defaults may have happened that the rest does not matter.
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
    """What is judged of one segment: its newest window and quarter where they are enough, the quarter before, and ``early`` ones.

    ``missing`` says what was not judged.
    """

    pools: tuple[Pool, ...] = ()
    quarter: Pool | None = None
    quarter_before: Pool | None = None
    early: Pool | None = None
    missing: tuple[NotEvaluated, ...] = ()


def looks_at(segment: Segment, windows: Sequence[WindowOutcomes], policy: PerformancePolicy, wait: int = 0) -> Looks:
    """Return what a segment is judged on; ``windows`` oldest first, ``wait`` the days that nearly all outcomes of the reference took."""
    met = [one for one in windows if (mine := one.of(segment)) is not None and mine.prediction_count]
    if not met:
        text = f"{segment.name}: no prediction in the windows whose outcomes were looked at"
        return Looks(missing=(NotEvaluated(segment.name, "no_data", text),))
    mature = [one for one in met if is_mature(one.of(segment), policy) and not lacks_slow_amounts(one, segment, wait)]
    waiting = [one for one in met if one not in mature]
    immature = (_immature(segment, waiting, policy, wait),) if waiting else ()
    early = _enough(segment, _first_quarter(waiting, mature), policy)
    if not mature:
        return Looks(early=early, missing=immature)
    quarter, before = _quarters(mature)
    looked = [mature[-1:], quarter] if len(quarter) > 1 else [quarter]
    pools = tuple(one for one in (_enough(segment, listed, policy) for listed in looked) if one is not None)
    if not pools:
        return Looks(early=early, missing=(_too_few(pool(segment, quarter), policy), *immature))
    return Looks(pools, _enough(segment, quarter, policy), _enough(segment, before, policy), early, immature)


def is_mature(outcomes: SegmentOutcomes | None, policy: PerformancePolicy) -> bool:
    """Return whether nearly all outcomes of a segment are known; without a prediction there is nothing to know."""
    return outcomes is not None and 0 < outcomes.prediction_count * policy.min_known_ratio <= outcomes.known_count


def lacks_slow_amounts(outcomes: WindowOutcomes, segment: Segment, wait: int) -> bool:
    """Return whether amounts are unknown because the slow ones among them cannot be known yet."""
    mine = outcomes.of(segment)
    if outcomes.kind is not LabelKind.NUMBER or mine is None or not mine.immature_count:
        return False
    return outcomes.age_days < wait


def _enough(segment: Segment, windows: Sequence[WindowOutcomes], policy: PerformancePolicy) -> Pool | None:
    found = pool(segment, windows) if windows else None
    return found if found is not None and found.is_enough(policy) else None


def _first_quarter(waiting: Sequence[WindowOutcomes], mature: Sequence[WindowOutcomes]) -> list[WindowOutcomes]:
    """Return the windows after the newest mature one whose outcomes have had most time to come."""
    newer = [one for one in waiting if not mature or one.window > mature[-1].window]
    return [one for one in newer if one.window.start_on < newer[0].window.start_on + QUARTER]


def _quarters(mature: Sequence[WindowOutcomes]) -> tuple[list[WindowOutcomes], list[WindowOutcomes]]:
    from_on = mature[-1].window.end_on - QUARTER
    now = [one for one in mature if one.window.start_on >= from_on]
    earlier = [one for one in mature if one.window.start_on < from_on]
    before_on = now[0].window.start_on - QUARTER
    return now, [one for one in earlier if one.window.start_on >= before_on]


def _immature(segment: Segment, windows: Sequence[WindowOutcomes], policy: PerformancePolicy, wait: int) -> NotEvaluated:
    found = [(one.window, mine) for one in windows if (mine := one.of(segment)) is not None]
    known, asked = sum(one.known_count for _, one in found), sum(one.prediction_count for _, one in found)
    delays = [one.median_delay_days for _, one in found if one.median_delay_days is not None]
    delay = f", those after a median of {max(delays):.0f} days" if delays else ""
    text = f"{segment.name}: {known:,} of {asked:,} outcomes ({100 * known / asked:.0f} %) are known from {found[0][0].start_on} until "
    text += f"{found[-1][0].end_on}{delay}; expected at least {100 * policy.min_known_ratio:.0f} % in a window: early outcomes are "
    text += "not typical ones"
    if wait and windows[0].kind is LabelKind.NUMBER:
        text += f", and {wait} days for amounts, of which large ones may settle late"
    return NotEvaluated(segment.name, "immature_labels", text)


def _too_few(found: Pool, policy: PerformancePolicy) -> NotEvaluated:
    events = f" with {found.labels:,.0f} events" if found.kind is LabelKind.BINARY else ""
    text = f"{found.segment.name}: {found.days}{events}, expected at least {policy.min_known_count} outcomes"
    text += f" with {policy.min_event_count} events and as many without" if events else ""
    return NotEvaluated(found.segment.name, "too_few", text)
