"""Are groups of customers further apart under the candidate than they were under the champion?

Put the judgement of groups here; what they got is counted in ``checks/gate_groups.py``, how far apart two of them are is
``checks/gate_distances.py``. A segment that got worse by itself is
``checks/gate_comparisons.py``; a group can get worse within what is allowed there while another one gains.

The rules:
 * A column without a rate to compare its groups by is INCONCLUSIVE. So is one in which neither version ever gives the favourable answer:
   by it everybody is treated alike, and nothing was looked at. It is listed, and only errors are compared.
 * A group with fewer than ``min_group_case_count`` cases of a rate has none. It blocks, asks for a canary or is waived like a segment, and
   is listed; where fewer than two groups are left nothing is compared, which is INCONCLUSIVE.
 * Every two groups: by how much further one is behind the other under the candidate. FAIL where it is by more than
   ``max_disparity_increase`` and by more than chance, over all pairs, rates and columns (Holm at ``false_alarm_probability``). A group
   that was ahead, and is behind now, was not behind at all before: others bear it.
 * Told for each rate: the pair that grew apart the most, those that fail first. A distance that was there before is told and passes. One
   that grew beyond what is allowed and not beyond chance passes as well, told as harm that is not shown, never as groups that are within.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from checks.gate_distances import Distance, distance_of
from checks.gate_findings import verdict_of_too_few
from checks.gate_groups import GroupRate, group_rates, known_rates
from checks.paired import normal_quantile
from checks.performance_statistics import holm
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import EvaluationSet, VersionOutcomes
from registry.domain.gate import GateInputs
from registry.domain.paired import chance_text, signed_text

CHECK = "fairness"


def find_unfairness(
    inputs: GateInputs, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes
) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Return what is found of every column of groups, and which groups had too few cases."""
    favourable = inputs.spec.fairness.favourable
    given, never = known_rates(group_rates(favourable, cases, champion, candidate))
    least = max(1, inputs.policy.fairness.min_group_case_count)
    unrated = (*_never_given(never, favourable), *_unrated(cases, (*given, *never)))
    unknown = (NotEvaluated(f"{one.rate} of {one.column}", "no_data", "neither version gives the favourable answer") for one in never)
    return (*unrated, *_few(given, least, inputs), *_judged(given, least, inputs)), (*unknown, *_left_out(given, least))


def _never_given(rates: Sequence[GroupRate], favourable: str) -> Iterator[Finding]:
    for column in sorted({one.column for one in rates}):
        text = f"{column}: expected the favourable answer {favourable!r} of a version at least once, found it nowhere; "
        yield Finding(CHECK, column, Verdict.INCONCLUSIVE, "no_data", text + "name one of the answers, as it is spelled there", n=0)


def _unrated(cases: EvaluationSet, rates: Sequence[GroupRate]) -> Iterator[Finding]:
    for column in sorted(set(cases.groups) - {one.column for one in rates}):
        text = f"{column}: expected labels or a favourable answer to compare groups by, found none; name them under evaluation"
        yield Finding(CHECK, column, Verdict.INCONCLUSIVE, "not_configured", text)


def _few(rates: Sequence[GroupRate], least: int, inputs: GateInputs) -> Iterator[Finding]:
    for one in rates:
        few = [group for group in one.groups if group.counts.n < least]
        is_alone = len(one.groups) - len(few) < 2
        if few or is_alone:
            named = ", ".join(f"{group.name} with {group.counts.n:,}" for group in few) or "one group alone"
            text = f"{one.column}: {one.rate}, expected groups of at least {least:,} cases, found {named}"
            verdict = Verdict.INCONCLUSIVE if is_alone else verdict_of_too_few(inputs.policy)
            told = text + ("; nothing is compared" if is_alone else "; not compared")
            yield Finding(CHECK, one.column, verdict, "too_few", told, n=sum(group.counts.n for group in few))


def _left_out(rates: Sequence[GroupRate], least: int) -> Iterator[NotEvaluated]:
    for one in rates:
        for group in one.groups:
            if group.counts.n < least:
                yield NotEvaluated(f"{one.rate} of {one.column}={group.name}", "too_few", f"{group.counts.n:,} cases count for it")


def _judged(rates: Sequence[GroupRate], least: int, inputs: GateInputs) -> Iterator[Finding]:
    pairs = [distance_of(one, *two) for one in rates for two in combinations([group for group in one.groups if group.counts.n >= least], 2)]
    shown = holm([one.p for one in pairs], inputs.policy.statistics.false_alarm_probability)
    worst: dict[tuple[str, str], tuple[bool, float, Distance]] = {}
    for one, is_shown in zip(pairs, shown, strict=True):
        is_unfair = is_shown and one.growth > inputs.policy.fairness.max_disparity_increase
        before = worst.get((one.column, one.rate))
        if before is None or (is_unfair, one.growth) > before[:2]:
            worst[one.column, one.rate] = (is_unfair, one.growth, one)
    for is_unfair, _, one in worst.values():
        yield _finding(one, is_unfair, inputs)


def _finding(one: Distance, is_unfair: bool, inputs: GateInputs) -> Finding:
    limit = inputs.policy.fairness.max_disparity_increase
    low, high = one.bounds(normal_quantile(1 - inputs.policy.statistics.false_pass_probability))
    behind, ahead = one.behind, one.ahead
    text = f"{one.column}: {one.rate}, {behind.name} {behind.counts.candidate:.3f}, {ahead.name} {ahead.counts.candidate:.3f}; "
    text += f"{one.now:.3f} apart, "
    was, became = f"{one.before:.3f} under the champion", "it grew"
    if one.has_changed_sides:
        was, became = f"under the champion {behind.name} was ahead by {-one.before:.3f}", f"{behind.name} fell behind"
    text += f"{was} (p {chance_text(one.p)}); {became} by {signed_text(low)} to {signed_text(high)}, allowed is {signed_text(limit)}"
    verdict, code = (Verdict.FAIL, "disparity_grew") if is_unfair else (Verdict.PASS, "disparity_within")
    if not is_unfair and one.growth > limit:
        code, text = "disparity_not_shown", text + f". {one.growth:.3f} is more than allowed, and may be chance: no harm is shown"
    n = behind.counts.n + ahead.counts.n
    return Finding(CHECK, one.column, verdict, code, text, True, one.now, one.before, limit, (low, high), n)
