"""Estimated performance before outcomes are known: what the scores themselves expect, always named an estimate.

Put here what is concluded from scores alone. What was measured is ``checks/performance.py``; why no library does this,
``docs/decisions/0011-estimated-performance.md``.

The rules, in order:
 * A calibrated score p that decides at 0.5 is right with probability max(p, 1 - p); the mean of it over a window is its expected accuracy
   (CBPE: Bialek, Kuberski, Perrakis and Bifet, "Estimating model performance under covariate shift without labels", arXiv 2401.08348).
   It holds for other customers, and not where the relation of inputs and outcome changed: concept drift is invisible to it.
 * So it is made only where the reference was calibrated on mature outcomes, over its score bins and beyond their noise; otherwise
   ``not_calibrated`` or ``immature_reference``. An amount has no such estimate: ``not_a_probability``.
 * Both sides are estimated alike, so that a small constant error of the score cancels. Worse: below the reference's estimate by more than
   ``max_estimated_accuracy_drop_ratio`` of it, and by more than the accuracy of so few rows varies.
"""

from __future__ import annotations

import math

from checks.performance_maturity import is_mature
from checks.performance_pool import Pool, pool
from checks.performance_statistics import around, drop_of_rates
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.monitoring import LabelKind
from registry.domain.outcomes import SegmentOutcomes, WindowOutcomes
from registry.domain.policy_triggers import PerformancePolicy
from registry.domain.profile import WHOLE

MEASURE = "estimated_accuracy"


def estimate_performance(
    reference: WindowOutcomes | None, newest: WindowOutcomes | None, policy: PerformancePolicy
) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Return the estimated accuracy of the newest window against that of the reference, or why it cannot be estimated.

    The finding's ``check`` is ``performance``, its ``reason_code`` ``estimated_accuracy``; it needs none of the window's outcomes.
    """
    before, now = (one.of() if one is not None else None for one in (reference, newest))
    if reference is None or newest is None or before is None or now is None or not now.scored_count or not before.scored_count:
        return (), (_not_estimated("no_data", "expected scores of the reference and of the window, found none"),)
    refused = _refused(reference, before, policy)
    if refused is not None:
        return (), (refused,)
    if now.scored_count < policy.min_known_count:
        return (), (_not_estimated("too_few", f"{now.scored_count:,} scores, expected at least {policy.min_known_count}"),)
    return (_finding(before, now, newest, policy),), ()


def _refused(reference: WindowOutcomes, before: SegmentOutcomes, policy: PerformancePolicy) -> NotEvaluated | None:
    if reference.kind is not LabelKind.BINARY:
        return _not_estimated("not_a_probability", "the score is an amount, which does not say how sure it is")
    if not is_mature(before, policy) or not pool(WHOLE, [reference]).is_enough(policy):
        return _not_estimated("immature_reference", "the reference's outcomes are too few to tell whether its scores were calibrated")
    if not _was_calibrated(pool(WHOLE, [reference]), policy):
        text = "the reference's scores were further from the observed than the policy allows; calibrate the score to have an estimate"
        return _not_estimated("not_calibrated", text)
    return None


def _was_calibrated(reference: Pool, policy: PerformancePolicy) -> bool:
    """Return whether the score bins, and so the total, were right, beyond what chance adds to the sum of the bins' distances."""
    allowed = policy.max_calibration_error_ratio * reference.scores
    apart = math.fsum(abs(one.label_total - one.score_total) for one in reference.bins)
    variances = (max(0.0, one.score_total * (1 - one.score_total / one.row_count)) for one in reference.bins if one.row_count)
    noise = math.fsum(math.sqrt(2 * variance / math.pi) for variance in variances)  # the mean of |N(0, v)|
    return apart - noise <= allowed


def _finding(before: SegmentOutcomes, now: SegmentOutcomes, newest: WindowOutcomes, policy: PerformancePolicy) -> Finding:
    was, found = before.certainty_total / before.scored_count, now.certainty_total / now.scored_count
    p_value, _ = drop_of_rates(was, before.scored_count, found, now.scored_count)
    limit = was * (1 - policy.max_estimated_accuracy_drop_ratio)
    interval = around(found, math.sqrt(max(0.0, found * (1 - found)) / now.scored_count))
    is_worse = found < limit and p_value < policy.false_alarm_probability
    ends = f"({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"
    text = f"all rows: estimated accuracy {100 * found:.1f} % {ends} against an estimate of {100 * was:.1f} % for the reference, expected "
    text += f"at least {100 * limit:.1f} % (p {p_value:.1e}); from the {now.scored_count:,} scores of {newest.window.start_on} until "
    text += f"{newest.window.end_on} alone: outcomes are not known, a changed relation to them is not seen"
    return Finding(
        check="performance",
        subject=WHOLE.name,
        verdict=Verdict.FAIL if is_worse else Verdict.PASS,
        reason_code=MEASURE,
        reason=text,
        blocking=False,
        value=found,
        baseline=was,
        limit=limit,
        interval=interval,
        n=now.scored_count,
    )


def _not_estimated(code: str, text: str) -> NotEvaluated:
    return NotEvaluated(MEASURE, code, f"estimated accuracy: {text}")
