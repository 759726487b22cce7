"""Scores: is what a binary label is held against a probability, and was it a right one to begin with?

Put here what would make every measure of performance mean something else. The measures are ``checks/performance_measures.py``.

The rules, in order:
 * The score of a binary label is a probability: more than ``max_unreadable_ratio`` of them outside of 0..1, in the reference or in the
   window, is ``not_a_probability``, INCONCLUSIVE. Fewer, like a sentinel where there was no score, are left out of what is measured.
   With such a reference nothing is measured: a share of a percentage is neither calibrated nor right at 0.5.
 * A reference that was miscalibrated itself, over all rows, beyond policy and chance: ``reference_miscalibrated``, INCONCLUSIVE. Windows
   are held to its ratio (``performance_calibration.py``), so a drop is seen; but who reads PASS believes probabilities that are wrong.
 * Where the catalogue says why that is accepted (``accepted_miscalibration``: a margin of conservatism, a score that only ranks), it is
   told with those words and does not block.
 * A segment that was so (Holm over the segments) is told and does not block: most models are wrong about some customers from the start,
   and whether that got worse is measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.performance_calibration import calibration_p, is_miscalibrated
from checks.performance_maturity import is_mature, lacks_slow_amounts
from checks.performance_pool import Pool, pool
from checks.performance_statistics import holm
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.monitoring import LabelKind
from registry.domain.outcomes import WindowOutcomes
from registry.domain.profile import WHOLE, CellCounts
from registry.domain.triggers import TriggerInputs

CHECK, NOT_A_PROBABILITY = "score", "not_a_probability"
_ROUNDING = 1e-9
UNMEASURED = NotEvaluated(WHOLE.name, NOT_A_PROBABILITY, "the reference's score is no probability, so nothing was held against outcomes")


def find_score_problems(inputs: TriggerInputs) -> tuple[Finding, ...]:
    """Return why the scores cannot be taken for probabilities; an amount need not be one."""
    outside = tuple(_outside(inputs))
    return outside if is_unusable(inputs) else (*outside, *_miscalibrated(inputs))


def is_unusable(inputs: TriggerInputs) -> bool:
    """Return whether the reference's score is none to measure with."""
    cell = inputs.reference.profile.cell(inputs.system.predictions.score) if inputs.reference is not None else None
    return cell is not None and _is_outside(cell, inputs.reference_outcomes, inputs)


def _outside(inputs: TriggerInputs) -> Iterator[Finding]:
    score = inputs.system.predictions.score
    own = next((one for one in inputs.outcomes if one.window == inputs.window), None)
    looked = (
        ("the reference", inputs.reference and inputs.reference.profile, inputs.reference_outcomes),
        ("the window", inputs.profile, own),
    )
    for where, profile, outcomes in looked:
        cell = profile.cell(score) if profile else None
        if cell is not None and _is_outside(cell, outcomes, inputs):
            text = f"{where} has scores from {cell.low:g} to {cell.high:g}, expected probabilities from 0 to 1 for a label that is 0 or 1; "
            text += f"have {score!r} exported as a probability, or leave the label out"
            yield Finding(CHECK, score, Verdict.INCONCLUSIVE, NOT_A_PROBABILITY, text, n=cell.row_count)
            return


def _is_outside(cell: CellCounts, outcomes: WindowOutcomes | None, inputs: TriggerInputs) -> bool:
    spec = inputs.system.predictions
    if cell.low is None or cell.high is None or not spec.label or spec.label_kind is not LabelKind.BINARY:
        return False
    whole = outcomes.of() if outcomes else None
    is_a_few = whole is not None and 0 < whole.improbable_count <= inputs.policies.profile.max_unreadable_ratio * whole.prediction_count
    return not is_a_few and (cell.low < -_ROUNDING or cell.high > 1 + _ROUNDING)


def _miscalibrated(inputs: TriggerInputs) -> Iterator[Finding]:
    reference, policy = inputs.reference_outcomes, inputs.policies.performance
    if reference is None:
        return
    mature = [
        pool(one.segment, [reference])
        for one in reference.segments
        if is_mature(one, policy) and not lacks_slow_amounts(reference, one.segment, one.late_delay_days or 0)
    ]
    pools = [one for one in mature if one.is_enough(policy)]
    by_chance = holm([calibration_p(one) for one in pools], policy.false_alarm_probability)
    for one, is_held in zip(pools, by_chance, strict=True):
        if is_miscalibrated(one, policy) and (is_held or one.segment == WHOLE):
            yield _finding(one, inputs.system.monitoring.accepted_miscalibration)


def _finding(one: Pool, accepted: str) -> Finding:
    observed, predicted = one.labels / one.rows, one.scores / one.rows
    text = (
        f"{one.segment.name}: a mean of {observed:.3g} was observed in the reference against {predicted:.3g} predicted; later windows are "
    )
    if accepted:
        text += f"held to the same ratio; accepted in the catalogue: {accepted}"
    else:
        text += "held to the same ratio, which is not right because it is old; recalibrate the score and freeze a reference of the new "
        text += "version, or say in the catalogue why it is so on purpose (monitoring.accepted_miscalibration)"
    return Finding(
        check=CHECK,
        subject=one.segment.name,
        verdict=Verdict.INCONCLUSIVE,
        reason_code="reference_miscalibrated",
        reason=text,
        blocking=one.segment == WHOLE and not accepted,
        value=observed,
        baseline=predicted,
        n=one.rows,
    )
