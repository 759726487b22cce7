"""Every measure of every segment, champion against candidate: within the margin, worse, or not to be told?

Put here how a comparison becomes a state. Which cases count is ``checks/gate_cases.py``, what the states come to
``checks/eval_gate.py``.

The rules, strictest first:
 * Fewer cases than the policy asks for, or of an AUC too few events or non-events: too few, and nothing is said of them.
 * Worse: a loss that is more than chance over all cases and segments of this measure (Holm at ``false_alarm_probability``), and larger than
   the margin as observed. A loss that is certain and harmless is no regression; a large one by chance is none either.
 * Worse as well: all cases together, where even their upper bound lies below the margin. Not a segment: of twenty small ones, on which
   versions often differ, one has such a bound by chance in a third of all gates.
 * All cases together are within the margin where the lower bound is: shown, not assumed. Neither is open. Where bounds have no width
   because no case differs in size, a margin is kept that is met: of a cost of 0 that stays 0 nothing may be lost, and nothing is.
 * A segment that is not worse is not worse: its few cases cannot show a margin, so only harm is looked for there. Where not even all of
   them lost (1 in 2 to their number) would be more than chance among so many comparisons, nothing can be found: open.
 * A margin of an amount is a share of the champion's mean; every other one is in the measure's unit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checks.gate_cases import EVENT, PairedCases, is_right_or_wrong, paired_cases, segments_of
from checks.paired import compare_counts
from checks.paired_amounts import compare_amounts
from checks.paired_calibration import compare_calibration
from checks.paired_cells import compare_f1
from checks.paired_power import cases_that_decide, power_of_non_inferiority, smallest_regression_found
from checks.paired_ranking import can_be_ranked, compare_auc
from checks.performance_statistics import holm
from registry.domain.evaluation import EvaluationSet, MetricKind, MetricSpec, VersionOutcomes
from registry.domain.gate import Comparison, ComparisonState
from registry.domain.paired import PairedDifference
from registry.domain.policy_gate import GatePolicy
from registry.domain.segments import WHOLE, Segment


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared, and how: the set, both versions' outcomes, the policy and the seed of what is resampled."""

    cases: EvaluationSet
    champion: VersionOutcomes
    candidate: VersionOutcomes
    policy: GatePolicy
    seed: int


def compare(metric: MetricSpec, compared: Compared) -> tuple[Comparison, ...]:
    """Return the comparison of all cases first, then of each segment by name."""
    pairs = paired_cases(metric, compared.cases, compared.champion, compared.candidate)
    found = [_comparison(metric, segment, pairs.of(places), compared) for segment, places in segments_of(compared.cases)]
    looked = [one for one in found if one.difference is not None]
    level = compared.policy.statistics.false_alarm_probability
    shown = holm([one.difference.harm_p for one in looked if one.difference], level)
    by_segment = {one.segment: is_shown for one, is_shown in zip(looked, shown, strict=True)}
    return tuple(_judged(one, by_segment.get(one.segment, False), can_be_shown=len(looked) * 0.5**one.n <= level) for one in found)


def is_worse(difference: PairedDifference, margin: float, *, is_shown: bool, is_whole: bool = True) -> bool:
    """Return whether a loss is a regression; ``is_shown`` says whether it is more than chance, among all that were looked at."""
    return (is_shown and difference.difference < -margin) or (is_whole and difference.high < -margin)


def _is_within(difference: PairedDifference, margin: float) -> bool:
    return difference.low > -margin or difference.low == difference.high >= -margin


def _judged(one: Comparison, is_shown: bool, *, can_be_shown: bool) -> Comparison:
    if one.difference is None:
        return one
    is_whole = one.segment == WHOLE
    if is_worse(one.difference, one.margin, is_shown=is_shown, is_whole=is_whole):
        state = ComparisonState.WORSE
    elif _is_within(one.difference, one.margin) if is_whole else can_be_shown:
        state = ComparisonState.NOT_WORSE
    else:
        state = ComparisonState.OPEN
    return replace(one, state=state, is_shown=is_shown)


def _comparison(metric: MetricSpec, segment: Segment, pairs: PairedCases, compared: Compared) -> Comparison:
    n = len(pairs.places)
    if n < max(2, compared.policy.statistics.least(segment)) or not _can_be_told(metric, pairs, compared.cases):
        return Comparison(metric.name, segment, ComparisonState.TOO_FEW, _margin(metric, segment, pairs, compared.policy), n)
    margin = _margin(metric, segment, pairs, compared.policy)
    difference = _difference(metric, pairs, compared, margin)
    found = Comparison(metric.name, segment, ComparisonState.OPEN, margin, n, difference)
    return _with_power(found, pairs, compared.policy) if is_right_or_wrong(metric) else found


def _difference(metric: MetricSpec, pairs: PairedCases, compared: Compared, margin: float) -> PairedDifference:
    statistics, cases = compared.policy.statistics, compared.cases
    level, seed = statistics.false_pass_probability, compared.seed
    if is_right_or_wrong(metric):
        found, so = compare_counts(pairs.counts(), level), pairs.counts().turned
        return replace(found, champion=so.champion, candidate=so.candidate) if metric.is_less_better else found
    if metric.kind is MetricKind.F1:
        labels = [cases.labels[place] for place in pairs.places]
        before, now = (_answers(one, pairs) for one in (compared.champion, compared.candidate))
        return compare_f1(labels, before, now, level, seed=seed)
    if metric.kind is MetricKind.AMOUNT:
        more, normal, mean = metric.more_is_better, statistics.normal_from_count, float(pairs.champion.mean())
        ratio = margin / mean if mean else 0.0
        values = pairs.champion, pairs.candidate
        return compare_amounts(*values, level, more_is_better=more, normal_from=normal, seed=seed, allowed_ratio=ratio)
    events = _events(pairs, cases)
    if metric.kind is MetricKind.AUC:
        return compare_auc(events, pairs.champion, pairs.candidate, level)
    if metric.kind is MetricKind.CALIBRATION:
        return compare_calibration(events, pairs.champion, pairs.candidate, level, bins=statistics.calibration_bin_count)
    squares = [(one - events) ** 2 for one in (pairs.champion, pairs.candidate)]
    return compare_amounts(squares[0], squares[1], level, more_is_better=False, normal_from=statistics.normal_from_count, seed=seed)


def _can_be_told(metric: MetricSpec, pairs: PairedCases, cases: EvaluationSet) -> bool:
    return metric.kind is not MetricKind.AUC or can_be_ranked(_events(pairs, cases))


def _events(pairs: PairedCases, cases: EvaluationSet) -> list[int]:
    return [int(cases.labels[place] == EVENT) for place in pairs.places]


def _margin(metric: MetricSpec, segment: Segment, pairs: PairedCases, policy: GatePolicy) -> float:
    margins = policy.margins[metric.kind]
    margin = margins.max_segment_regression
    if segment == WHOLE:
        margin = margins.max_regression if metric.max_regression is None else metric.max_regression
    if metric.kind is not MetricKind.AMOUNT or not len(pairs.places):
        return margin
    return margin * abs(float(pairs.champion.mean()))


def _with_power(found: Comparison, pairs: PairedCases, policy: GatePolicy) -> Comparison:
    """Add what so many cases could show, given how often the two versions differ."""
    counts, statistics = pairs.counts(), policy.statistics
    differing = (counts.lost + counts.won) / counts.n
    level = statistics.false_pass_probability
    return replace(
        found,
        counts=counts,
        power=power_of_non_inferiority(counts.n, differing, found.margin, level),
        smallest_found=smallest_regression_found(counts.n, differing, statistics.false_alarm_probability, statistics.target_power),
        cases_needed=cases_that_decide(counts, found.margin, level) if found.segment == WHOLE else None,
    )


def _answers(outcomes: VersionOutcomes, pairs: PairedCases) -> list[str]:
    """Return what was answered, no text where nothing was."""
    return [outcomes.answer_of(place) or "" for place in pairs.places]
