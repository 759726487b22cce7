"""Rows that are there twice: a window that was written six times has six times the rows and not a bit more of evidence.

Put a rule here that rests on ids of rows. Counting them is ``registry/sources/row_ids.py``.

The rules, in order:
 * More than ``max_duplicate_ratio`` of a window's rows with the id of another is broken data (``duplicates``): one condition of its rows.
 * Such a window says nothing of drift: a cell that is over is explained by it. Its outcomes, and those of a reference that is so, are left
   out of what performance is judged on, and told.
 * Where the catalogue names no id nothing can be said, and that is told.
 * Rows whose id is empty, where it names one: INCONCLUSIVE, ``no_id``. Up to ``max_duplicate_ratio`` of a window's rows it does not block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.data_quality_pair import Problem, percent
from checks.data_quality_window import finding_of
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.monitoring import MonitoredSystem
from registry.domain.outcomes import WindowOutcomes
from registry.domain.policy_triggers import DataQualityPolicy
from registry.domain.profile import WHOLE, ReferenceProfile, WindowProfile
from registry.domain.triggers import TriggerInputs

DUPLICATES, NO_ID = "duplicates", "no_id"


def find_duplicates(system: MonitoredSystem, profile: WindowProfile, policy: DataQualityPolicy) -> Iterator[Finding]:
    """Yield that too many rows of a window are there twice, or that this cannot be told of some."""
    count, limit = profile.duplicate_count or 0, policy.max_duplicate_ratio
    if _is_too_many(count, profile.row_count, limit):
        share = count / profile.row_count
        text = f"{count:,} of {profile.row_count:,} rows ({percent(share)}) have the id of another, expected at most {percent(limit)}; "
        text += "look whether the export was written twice: until then nothing is concluded from this window"
        yield finding_of("rows", Problem(DUPLICATES, text, share, limit, n=profile.row_count))
    if profile.without_id_count:
        yield _unnamed(system.predictions.row_id, profile.without_id_count, profile.row_count, limit)


def explained_by_duplicates(reference: ReferenceProfile, profile: WindowProfile, policy: DataQualityPolicy) -> dict[str, str]:
    """Return every cell of a window with too many duplicates, by ``DriftCell.key``, with the reason."""
    if not _is_too_many(profile.duplicate_count or 0, profile.row_count, policy.max_duplicate_ratio):
        return {}
    return {f"{cell.column}|{cell.segment.name}": DUPLICATES for cell in reference.profile.cells}


def counted_once(inputs: TriggerInputs) -> tuple[TriggerInputs, tuple[NotEvaluated, ...]]:
    """Return what can be judged: no outcomes that are there twice; and which were left out for it."""
    policy, reference = inputs.policies.data_quality, inputs.reference_outcomes
    asked = (*([reference] if reference else []), *inputs.outcomes)
    twice = [one for one in asked if _is_doubled(one, policy)]
    kept = replace(
        inputs,
        reference_outcomes=None if reference in twice else reference,
        outcomes=tuple(one for one in inputs.outcomes if one not in twice),
    )
    return kept, tuple(NotEvaluated(WHOLE.name, DUPLICATES, _told(one, policy)) for one in twice)


def duplicates_untold(inputs: TriggerInputs) -> tuple[NotEvaluated, ...]:
    """Return that rows cannot be told apart, where the catalogue does not say how."""
    if inputs.profile is None or inputs.system.predictions.row_id:
        return ()
    text = "rows that are there twice cannot be found: the catalogue names no id of a row; name it under predictions.columns.id"
    return (NotEvaluated("rows", NO_ID, text),)


def _unnamed(column: str, count: int, row_count: int, limit: float) -> Finding:
    share, is_blocking = count / row_count, _is_too_many(count, row_count, limit)
    text = (
        f"{count:,} of {row_count:,} rows ({percent(share)}) have nothing in {column!r}, expected at most {percent(limit)}; whether they "
    )
    text += "are there twice cannot be told: fill it, or name what tells rows apart under predictions.columns.id"
    return finding_of("rows", Problem(NO_ID, text, share, limit, n=row_count, blocking=is_blocking), Verdict.INCONCLUSIVE)


def _is_doubled(outcomes: WindowOutcomes, policy: DataQualityPolicy) -> bool:
    whole = outcomes.of()
    return whole is not None and _is_too_many(outcomes.duplicate_count or 0, whole.prediction_count, policy.max_duplicate_ratio)


def _is_too_many(count: int, row_count: int, limit: float) -> bool:
    return count > limit * row_count


def _told(one: WindowOutcomes, policy: DataQualityPolicy) -> str:
    return (
        f"all rows: {one.duplicate_count or 0:,} predictions from {one.window.start_on} until {one.window.end_on} have the id of another, "
        f"expected at most {percent(policy.max_duplicate_ratio)} of them; their outcomes would count twice"
    )
