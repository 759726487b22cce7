"""Performance on mature outcomes: is a model worse than in its reference, as a whole or for some of its customers?

Put here how measures become findings. The measures are ``checks/performance_measures.py``, the choice of outcomes
``checks/performance_maturity.py``, what can be said before there are outcomes ``checks/performance_estimated.py``.

The rules, in order:
 * Without mature outcomes of the reference there is nothing to compare with: not evaluated, ``immature_reference``.
 * Outcomes known early are not typical ones; a window of a segment below the known share is not judged (``immature_labels``).
 * An outcome counts once: a day inside a month that was read as well is left out.
 * A segment that the reference did not have is judged for calibration alone, which needs no past of its own; it is told (``new_segment``).
 * A measure FAILs where the difference matters by policy and is more than chance at ``false_alarm_probability`` over all measures,
   segments and looks of this decision (Holm). A good total never hides a segment.
 * Where those known are off and the unknown could still make up for it, INCONCLUSIVE. Outcomes that are mostly unknown can only FAIL: where
   the difference holds whatever they turn out to be.
 * Outcomes younger than nearly all of those of the reference took lack the slow ones, whatever share is known: what they leave open is told
   and blocks nothing.
 * Of several looks at one measure the worst is told, else the largest. A Brier score that rose is told and does not block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from checks.performance_calibration import Measured
from checks.performance_maturity import Looks, is_mature, looks_at
from checks.performance_measures import measure, measure_early, measure_quality
from checks.performance_pool import Pool, pool
from checks.performance_statistics import holm
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.outcomes import WindowOutcomes
from registry.domain.policy_triggers import PerformancePolicy
from registry.domain.profile import WHOLE, Segment

CHECK = "performance"
_RANK = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2}
QUALITY_MEASURES = frozenset({"quality_accuracy", "quality_auc", "quality_error"})
"""The measures (``Finding.reason_code``) of the trigger ``quality_drop``; all others are of ``performance_drop``."""


def judge_performance(
    reference: WindowOutcomes | None, windows: Sequence[WindowOutcomes], policy: PerformancePolicy
) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Return what was measured of each segment, PASS or FAIL, and what could not be; ``windows`` in any order.

    A finding's ``subject`` is the segment's name and its ``reason_code`` the measure: calibration, accuracy, auc, brier, bias, error,
    quality_accuracy, quality_auc or quality_error. ``value`` is what was found, ``baseline`` what was predicted or was so in the reference.
    """
    in_order = _without_overlap(windows)
    whole = _reference_pool(WHOLE, reference, policy)
    if reference is None or whole is None:
        return (), (_no_reference(reference, policy),)
    measured: list[Measured] = []
    early: list[Measured] = []
    missing: list[NotEvaluated] = []
    for segment in _segments(in_order):
        wait, own = _wait(segment, reference), _reference_pool(segment, reference, policy)
        looks = looks_at(segment, in_order, policy, wait)
        missing += looks.missing
        missing += [_new_segment(segment)] if looks.pools and not own else []
        measured += [replace(one, is_young=_is_young(one.pool, in_order, wait)) for one in _measured(looks, own, whole, policy)]
        early += measure_early(looks.early, own, whole, policy) if looks.early else ()
    return _findings(measured, early, policy), tuple(missing)


def _measured(looks: Looks, own: Pool | None, whole: Pool, policy: PerformancePolicy) -> Iterator[Measured]:
    for one in looks.pools:
        yield from measure(one, own, whole, policy)
    if looks.quarter and looks.quarter_before:
        yield from measure_quality(looks.quarter, looks.quarter_before, policy)


def _wait(segment: Segment, reference: WindowOutcomes) -> int:
    own = reference.of(segment) or reference.of()
    return own.late_delay_days or 0 if own else 0


def _is_young(pool: Pool, windows: Sequence[WindowOutcomes], wait: int) -> bool:
    """Return whether some of these outcomes may still be unknown because they are slow."""
    ages = [one.age_days for one in windows if one.window in pool.windows]
    return pool.unknown > 0 and min(ages, default=0) < wait


def _findings(measured: Sequence[Measured], early: Sequence[Measured], policy: PerformancePolicy) -> tuple[Finding, ...]:
    by_chance = holm([one.p_value for one in (*measured, *early)], policy.false_alarm_probability)
    told: dict[tuple[Segment, str], Finding] = {}
    for index, (one, is_held) in enumerate(zip((*measured, *early), by_chance, strict=True)):
        verdict = _verdict(one, is_held)
        earlier = told.get((one.pool.segment, one.measure))
        is_told = verdict is Verdict.FAIL if index >= len(measured) else True
        if is_told and (earlier is None or _RANK[verdict] >= _RANK[earlier.verdict]):
            told[one.pool.segment, one.measure] = _finding(one, verdict)
    return tuple(told.values())


def _verdict(one: Measured, is_held: bool) -> Verdict:
    if one.matters and is_held:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if one.is_open else Verdict.PASS


def _finding(one: Measured, verdict: Verdict) -> Finding:
    return Finding(
        check=CHECK,
        subject=one.pool.segment.name,
        verdict=verdict,
        reason_code=one.measure,
        reason=f"{one.pool.segment.name}: {one.text}; {one.pool.days}",
        blocking=one.blocking and not (one.is_young and verdict is Verdict.INCONCLUSIVE),
        value=one.value,
        baseline=one.baseline,
        limit=one.limit,
        interval=one.interval,
        n=one.pool.rows,
    )


def _without_overlap(windows: Sequence[WindowOutcomes]) -> tuple[WindowOutcomes, ...]:
    """Return windows oldest first, the longer of two that begin together, and none that holds days of the one before."""
    kept: list[WindowOutcomes] = []
    for one in sorted(windows, key=lambda one: (one.window.start_on, -one.window.day_count)):
        if not kept or one.window.start_on >= kept[-1].window.end_on:
            kept.append(one)
    return tuple(kept)


def _segments(windows: Sequence[WindowOutcomes]) -> Sequence[Segment]:
    """Return all rows first, then every segment that a window has, by name."""
    return [WHOLE, *sorted({one.segment for window in windows for one in window.segments} - {WHOLE})]


def _reference_pool(segment: Segment, reference: WindowOutcomes | None, policy: PerformancePolicy) -> Pool | None:
    if reference is None or not is_mature(reference.of(segment), policy):
        return None
    found = pool(segment, [reference])
    return found if found.is_enough(policy) else None


def _new_segment(segment: Segment) -> NotEvaluated:
    text = f"{segment.name}: the reference has no such segment with enough known outcomes; calibration was judged, the rest could not be"
    return NotEvaluated(segment.name, "new_segment", text)


def _no_reference(reference: WindowOutcomes | None, policy: PerformancePolicy) -> NotEvaluated:
    whole = reference.of() if reference is not None else None
    known = f"{whole.known_count:,} of {whole.prediction_count:,}" if whole is not None else "none"
    text = f"expected at least {100 * policy.min_known_ratio:.0f} % and {policy.min_known_count} of the reference's outcomes with "
    text += f"{policy.min_event_count} events and as many without, found {known} known; performance cannot be compared before they are"
    return NotEvaluated(WHOLE.name, "immature_reference", text)
