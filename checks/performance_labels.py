"""Labels: do outcomes come as they came in the reference, at all, and not before what they are the outcome of?

Put here what is wrong with outcomes themselves. What they say of the model is ``checks/performance.py``; that they are not known yet, as
long as they need not be, is ``checks/performance_maturity.py`` and blocks nothing.

The rules, in order:
 * A label is configured, and of the whole reference nothing is known though it began ``max_days_without_outcome`` ago: ``no_labels``. Where
   the catalogue says that outcomes are known so many days after a time, those days are added.
 * The reference says after how many days ``min_known_ratio`` of its predictions had their outcome. After ``max_label_delay_factor`` times
   as long, and the lateness of rows, as many of a window are known; significantly fewer are ``labels_overdue``. Of the windows that are so
   old the newest quarter is looked at: what was lost long ago is not told for ever. A segment is held to its own delay, and told where all
   rows hide it. A segment that the reference did not have, or does not know yet, has no delay that it could exceed.
 * Both are INCONCLUSIVE: a model that nobody can judge any more has not passed.
 * Outcomes known before the day of their prediction: the column is another one, or the model was given what it predicts. More than
   ``max_early_outcome_ratio`` of those known, in the reference or in the newest quarter of windows, is broken data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from checks.performance_maturity import QUARTER
from checks.performance_statistics import events_p
from registry.domain.decision import Finding, Verdict
from registry.domain.outcomes import SegmentOutcomes, WindowOutcomes
from registry.domain.profile import WHOLE, Segment
from registry.domain.triggers import TriggerInputs

CHECK = "labels"


def find_label_problems(inputs: TriggerInputs) -> tuple[Finding, ...]:
    """Return which outcomes are missing that should be there."""
    reference = inputs.reference_outcomes
    if reference is None:
        return ()
    whole = tuple(_overdue(WHOLE, reference, inputs))
    parts = (
        () if whole else (found for one in reference.segments if one.segment != WHOLE for found in _overdue(one.segment, reference, inputs))
    )
    return (*_none(reference, inputs), *whole, *parts)


def find_early_outcomes(inputs: TriggerInputs) -> tuple[Finding, ...]:
    """Return what is wrong with the times at which outcomes became known, as data quality of their column."""
    known_at = inputs.system.predictions.label_known_at
    windows = _newest_quarter(inputs.outcomes)
    looked = (
        ("the reference", [inputs.reference_outcomes]),
        (f"the windows since {windows[0].window.start_on}" if windows else "", windows),
    )
    for where, listed in looked:
        found = [whole for one in listed if one is not None and (whole := one.of()) is not None]
        known, early = sum(one.known_count for one in found), sum(one.early_count for one in found)
        if known_at and early > inputs.policies.performance.max_early_outcome_ratio * known:
            return (_early(known_at.column, where, early, known, inputs.policies.performance.max_early_outcome_ratio),)
    return ()


def _none(reference: WindowOutcomes, inputs: TriggerInputs) -> Iterator[Finding]:
    whole, known_at = reference.of(), inputs.system.predictions.label_known_at
    most = inputs.policies.performance.max_days_without_outcome + (max(0, known_at.plus_days) if known_at else 0)
    age = (reference.known_before.date() - reference.window.start_on).days
    if whole is not None and whole.prediction_count and not whole.known_count and age > most:
        text = f"none of the {whole.prediction_count:,} outcomes since {reference.window.start_on} is known, expected some within {most} "
        text += f"days; see that {_columns(inputs)} are filled and can be read, or raise performance.max_days_without_outcome"
        yield Finding(CHECK, WHOLE.name, Verdict.INCONCLUSIVE, "no_labels", text, n=whole.prediction_count)


def _overdue(segment: Segment, reference: WindowOutcomes, inputs: TriggerInputs) -> Iterator[Finding]:
    policy = inputs.policies.performance
    took = reference.days_until_known(policy.min_known_ratio, segment)
    if took is None:
        return
    lateness = inputs.system.monitoring.lateness_days(inputs.policies.requests.allowed_lateness_days)
    wait = timedelta(days=policy.max_label_delay_factor * took + lateness)
    due = _newest_quarter([one for one in inputs.outcomes if one.window.end_on + wait <= one.known_before.date() and _has(one, segment)])
    dead = [(one, mine) for one in due if (mine := one.of(segment)) is not None and _is_dead(mine, inputs)]
    if not dead:
        return
    known, asked = sum(mine.known_count for _, mine in dead), sum(mine.scored_count for _, mine in dead)
    text = (
        f"{segment.name}: {known:,} of {asked:,} outcomes ({100 * known / asked:.0f} %) are known from {dead[0][0].window.start_on} until "
    )
    text += (
        f"{dead[-1][0].window.end_on}, expected at least {100 * policy.min_known_ratio:.0f} % after {wait.days} days: in the reference so "
    )
    text += f"many were known after {took:.0f}; see whether {_columns(inputs)} are still delivered"
    yield Finding(
        CHECK, segment.name, Verdict.INCONCLUSIVE, "labels_overdue", text, value=known / asked, limit=policy.min_known_ratio, n=asked
    )


def _is_dead(mine: SegmentOutcomes, inputs: TriggerInputs) -> bool:
    policy = inputs.policies.performance
    known, asked = mine.known_count, mine.scored_count
    by_chance = events_p(known, asked, policy.min_known_ratio) if asked else 1.0
    return known < policy.min_known_ratio * asked and by_chance < policy.false_alarm_probability


def _has(one: WindowOutcomes, segment: Segment) -> bool:
    mine = one.of(segment)
    return mine is not None and mine.scored_count > 0


def _newest_quarter(windows: Sequence[WindowOutcomes]) -> list[WindowOutcomes]:
    known = [one for one in windows if _has(one, WHOLE)]
    return [one for one in known if one.window.start_on >= max(each.window.end_on for each in known) - QUARTER]


def _columns(inputs: TriggerInputs) -> str:
    spec = inputs.system.predictions
    return f"{spec.label!r} and {spec.label_known_at.column!r}" if spec.label_known_at else f"the values of {spec.label!r}"


def _early(column: str, where: str, early: int, known: int, limit: float) -> Finding:
    text = (
        f"{early:,} of {known:,} outcomes of {where} were known before the day of their prediction, expected at most {100 * limit:.0f} %; "
    )
    text += "see that the column is the one of the outcome, and that the model is not given it"
    return Finding("data_quality", column, Verdict.FAIL, "known_before_prediction", text, value=early / known, limit=limit, n=known)
