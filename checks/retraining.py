"""One window of one system judged: from counts, outcomes and history to conditions, triggers, requests and a verdict.

Put here how the rooms of the decision come together. Nothing is judged from anything but ``TriggerInputs``: the same inputs under another
policy are what another policy would have done.

The steps, in order:
 * Data quality says what is broken, and so which differences are not drift; cells are judged; performance is measured, or estimated, where
   scores and outcomes are fit for it.
 * Conditions begin, go on and end (``retraining_conditions``); triggers are looked at (``retraining_triggers``); requests are made or held
   back (``retraining_requests``); findings become a verdict (``retraining_verdict``).
 * Without a reference or a profile there is nothing to judge: INCONCLUSIVE. What stood goes on standing, the other triggers are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.data_quality import explained_cells, find_data_quality
from checks.drift import judge_cells
from checks.duplicates import counted_once, duplicates_untold, explained_by_duplicates, find_duplicates
from checks.false_alarms import expected_false_alarms_per_month
from checks.performance import judge_performance
from checks.performance_estimated import estimate_performance
from checks.performance_labels import find_early_outcomes, find_label_problems
from checks.performance_scores import UNMEASURED, find_score_problems, is_unusable
from checks.reference_comparable import find_incomparable
from checks.reference_description import REFERENCE_CHANGED, find_description_changes
from checks.retraining_conditions import Looked, Standing, find_standing
from checks.retraining_requests import Asked, ask
from checks.retraining_triggers import look_at_triggers
from checks.retraining_verdict import find_verdict_findings, not_evaluated
from checks.verdict import find_reasons, grouped, judge_overall
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated
from registry.domain.outcomes import WindowOutcomes
from registry.domain.trigger_memory import TriggerMemory
from registry.domain.triggers import CellState, DriftCell, TriggerDecision, TriggerInputs

KIND = "trigger_decision"


def judge_triggers(inputs: TriggerInputs) -> TriggerDecision:
    """Return the decision about one window.

    Raises:
        ValueError: the window was counted against other bins than those of its reference.
    """
    return decide(inputs, look(inputs))


def look(inputs: TriggerInputs) -> Looked:
    """Return what the window shows, before history says what of it is news."""
    reference, profile, policies = inputs.reference, inputs.profile, inputs.policies
    if reference is None or profile is None:
        return Looked()
    segments = inputs.system.predictions.segments
    is_described_otherwise = bool(find_description_changes(inputs.system, reference))
    data_before = inputs.data_before if reference.zone == inputs.system.entry.timezone else None  # other days: not stale, but incomparable
    explained = explained_cells(reference, profile, policies, segments)
    explained |= explained_by_duplicates(reference, profile, policies.data_quality)
    once, doubled = counted_once(inputs)
    measured, unmeasured = _measured(once)
    cells = judge_cells(reference, profile, inputs.history, policies, inputs.window_kind, explained)
    return Looked(
        cells=tuple(map(_never_quiet, cells)) if is_described_otherwise else cells,
        data_quality=(
            *find_duplicates(inputs.system, profile, policies.data_quality),
            *find_data_quality(reference, profile, policies, segments, data_before, inputs.system.monitoring.closed_on),
            *find_early_outcomes(inputs),
        ),
        performance=measured,
        performance_not_evaluated=(*doubled, *unmeasured),
        basis=(*find_incomparable(reference, profile, policies.data_quality), *find_score_problems(inputs), *find_label_problems(inputs)),
        expected_false_alarms_per_month=expected_false_alarms_per_month(reference, profile, policies, inputs.window_kind),
    )


def _never_quiet(cell: DriftCell) -> DriftCell:
    """Return a cell of rows that are described otherwise than the reference's: they may show a drift, never that there is none."""
    return cell if cell.is_over else replace(cell, state=CellState.NOT_EVALUATED, because=REFERENCE_CHANGED)


def decide(inputs: TriggerInputs, looked: Looked) -> TriggerDecision:
    """Return the decision that follows from what was seen."""
    standing = find_standing(inputs, looked)
    asked = ask(inputs, look_at_triggers(inputs, looked, standing), standing)
    findings = find_verdict_findings(inputs, looked, standing, asked)
    return TriggerDecision(
        kind=KIND,
        system=inputs.system.entry.system_id,
        as_of=inputs.as_of,
        verdict=judge_overall(findings),
        reasons=grouped(find_reasons(findings)),
        findings=findings,
        not_evaluated=(*not_evaluated(looked, asked), *duplicates_untold(inputs)),
        inputs=tuple(_input_digests(inputs)),
        policy_digest=inputs.policies.digest,
        knowledge_cut=KnowledgeCut(inputs.history.events, inputs.data_before or inputs.as_of),
        window=inputs.window,
        window_kind=inputs.window_kind,
        reference_digest=inputs.reference.counts_digest if inputs.reference else "",
        row_count=inputs.profile.row_count if inputs.profile else 0,
        cells=looked.cells,
        triggers=asked.triggers,
        requests=asked.requests,
        withheld=asked.withheld,
        conditions=standing.conditions,
        opened=standing.opened,
        cleared=standing.cleared,
        superseded=standing.superseded,
        data_quality=looked.data_quality,
        performance=looked.performance,
        performance_not_evaluated=looked.performance_not_evaluated,
        expected_false_alarms_per_month=looked.expected_false_alarms_per_month,
        memory=_memory(inputs, standing, asked),
    )


def _measured(inputs: TriggerInputs) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Return what is known of performance, measured and estimated."""
    if is_unusable(inputs):
        return (), (UNMEASURED,)
    policy, reference = inputs.policies.performance, inputs.reference_outcomes
    measured, unmeasured = judge_performance(reference, inputs.outcomes, policy)
    estimated, unestimated = estimate_performance(reference, _own_outcomes(inputs), policy)
    return (*measured, *estimated), (*unmeasured, *unestimated)


def _memory(inputs: TriggerInputs, standing: Standing, asked: Asked) -> TriggerMemory:
    return TriggerMemory(
        seen=standing.seen,
        unknown=standing.unknown,
        on=asked.on,
        asked=asked.asked,
        since=tuple(sorted(standing.since.items())),
        label_count=inputs.label_count,
    )


def _own_outcomes(inputs: TriggerInputs) -> WindowOutcomes | None:
    """Return the window's own scores, of which an estimate is made; its outcomes may all be unknown."""
    return next((one for one in inputs.outcomes if one.window == inputs.window), None)


def _input_digests(inputs: TriggerInputs) -> Iterator[InputDigest]:
    if inputs.reference is not None:
        yield InputDigest("reference", inputs.reference.digest)
    if inputs.profile is not None and inputs.profile.source_digest:
        yield InputDigest(inputs.system.predictions.source.source_id, inputs.profile.source_digest)
