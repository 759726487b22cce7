"""The outcomes of a reference: frozen with it once they are known, and not asked for again.

Put here which of them are frozen, and what counts until then. The measures are ``checks/performance.py``.

The rules, in order:
 * A reference that somebody replaced since it was read, or of predictions that the catalogue describes otherwise now, is left as it is.
 * A segment's outcomes are frozen in the first run that finds none missing, or nearly all of them known, enough to compare with, and the
   slow ones among them: the youngest prediction has waited as long as nearly all of those known took, the oldest
   ``max_label_delay_factor`` times as long. Before that those known are not typical: defaults come later than payments, or sooner.
   They are held against the rows that were frozen: a row that left the log since is missing, and a log that has far more rows of these
   days by now is another one.
 * What is frozen stays. The source is asked only for segments that are not, so that neither the retention of a log nor a correction of
   labels changes what later windows are compared with. Days, bins and counts stay too: nothing begins anew.
 * Rows that left the log before their outcomes were known: ``reference_outcomes_gone``, INCONCLUSIVE. It blocks where outcomes do come, in
   what is left of the reference or in a later window, so that there is something to compare. Where they never did, it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from checks.performance_maturity import is_mature
from checks.performance_pool import pool
from checks.reference_description import find_description_changes
from registry.domain.decision import Finding, Verdict
from registry.domain.outcomes import SegmentOutcomes, WindowOutcomes
from registry.domain.policy_triggers import PerformancePolicy
from registry.domain.profile import WHOLE, ReferenceProfile
from registry.domain.trigger_run import SystemKnown, SystemRead, WindowRead


def with_outcomes(known: SystemKnown, read: SystemRead, policy: PerformancePolicy) -> SystemRead:
    """Return what was read of a system, its reference with the outcomes that are frozen by now and each window with what it is held to."""
    before, found = read.reference.reference, read.reference.outcomes
    if before is None:
        return read
    is_described_otherwise = bool(find_description_changes(known.system, before))
    may_freeze = not is_described_otherwise and (
        read.reference.is_new or (known.frozen is not None and known.frozen.digest == before.digest)
    )
    reference = completed(before, found, policy) if may_freeze else before
    outcomes, gone = _told(reference.outcomes, found), _gone(reference, found, policy)
    windows = tuple(replace(one, reference_outcomes=outcomes, findings=(*one.findings, *gone(one))) for one in read.windows)
    is_new = read.reference.is_new or reference is not before
    return replace(read, reference=replace(read.reference, reference=reference, is_new=is_new), windows=windows)


def completed(reference: ReferenceProfile, found: WindowOutcomes | None, policy: PerformancePolicy) -> ReferenceProfile:
    """Return a reference with those of the outcomes that are known by now; itself where nothing is new."""
    kept = reference.outcomes.segments if reference.outcomes else ()
    frozen = frozenset(one.segment for one in kept)
    new = [one for one in found.segments if one.segment not in frozen and _is_known(one, found, reference, policy)] if found else []
    return replace(reference, outcomes=replace(found, segments=(*kept, *new))) if found and new else reference


def _is_known(one: SegmentOutcomes, found: WindowOutcomes, reference: ReferenceProfile, policy: PerformancePolicy) -> bool:
    frozen_rows = reference.profile.rows_in(one.segment)
    if frozen_rows and one.prediction_count * policy.min_known_ratio > frozen_rows:
        return False
    rows = max(one.prediction_count, frozen_rows)
    if not is_mature(one, policy) or one.known_count < policy.min_known_ratio * rows:
        return False
    if one.known_count == rows - one.prediction_count + one.scored_count:  # a row without a score is nothing that could be known
        return True
    return _is_settled(one, found, policy) and pool(one.segment, [found]).is_enough(policy)


def _is_settled(one: SegmentOutcomes, found: WindowOutcomes, policy: PerformancePolicy) -> bool:
    youngest = found.age_days
    if one.late_delay_days is None:  # nothing says when outcomes became known
        return youngest > policy.max_days_without_outcome
    took = max(0, one.late_delay_days)
    return youngest >= took and youngest + found.window.day_count >= policy.max_label_delay_factor * took


def _told(frozen: WindowOutcomes | None, found: WindowOutcomes | None) -> WindowOutcomes | None:
    """Return what windows are held to: what is frozen, and the source's word for the rest."""
    if frozen is None or found is None:
        return frozen or found
    rest = (one for one in found.segments if frozen.of(one.segment) is None)
    return replace(frozen, segments=(*frozen.segments, *rest))


def _gone(
    reference: ReferenceProfile, found: WindowOutcomes | None, policy: PerformancePolicy
) -> Callable[[WindowRead], Iterator[Finding]]:
    """Return what is told of a window where rows of the reference are gone."""
    whole, rows = found.of() if found else None, reference.profile.row_count
    is_frozen = reference.outcomes is not None and reference.outcomes.of(WHOLE) is not None

    def told(window: WindowRead) -> Iterator[Finding]:
        if whole is None or is_frozen or whole.prediction_count >= policy.min_known_ratio * rows:
            return
        does_come = is_mature(whole, policy) or any(is_mature(one.of(), policy) for one in window.outcomes)
        text = f"expected the {rows:,} rows of its reference until their outcomes are known, found {whole.prediction_count:,}; bring them "
        text += f"back, or name later days as the reference and freeze it with `proofloop triggers freeze {reference.system_id}`"
        yield Finding("reference", reference.system_id, Verdict.INCONCLUSIVE, "reference_outcomes_gone", text, blocking=does_come)

    return told
