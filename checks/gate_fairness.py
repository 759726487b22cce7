"""Are groups of customers further apart under the candidate than they were under the champion?

Put the judgement of groups here. A segment that got worse by itself is ``checks/gate_comparisons.py``; a group can get worse within what
is allowed there while another one gains.

The rules, for each column of groups and each rate:
 * Rates: the favourable answer among all cases (demographic parity), among those whose label it is (equal opportunity), and the right
   answer (segment error). A case counts where the champion answered it; the candidate's error is neither favourable nor right.
 * A group with fewer than ``min_group_case_count`` cases of a rate has none. It blocks, asks for a canary or is waived like a segment, and
   is listed; where fewer than two groups are left nothing is compared, which is INCONCLUSIVE.
 * Every two groups: the distance of their rates under the candidate, less their distance under the champion. FAIL where it grew by more
   than ``max_disparity_increase`` and by more than chance, over all pairs and rates of the column (Holm at ``false_alarm_probability``).
 * Chance: cases of two groups are others, so the variances of their changes add up; each is that of lost and won, with half a case more in
   each of the four cells (Agresti and Min, Stat. Med. 24, 2005), so that a group in which nothing changed is not certain never to.
 * Told for each rate: the pair that grew apart the most, those that are shown first. A distance that was there before is told and passes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from checks.gate_findings import verdict_of_too_few
from checks.paired import normal_quantile
from checks.performance_statistics import holm, upper_normal_tail
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import EvaluationSet, VersionOutcomes
from registry.domain.gate import GateInputs
from registry.domain.paired import PairedCounts

CHECK = "fairness"


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    counts: PairedCounts

    def variance(self) -> float:
        n, lost, won = self.counts.n + 2.0, self.counts.lost + 0.5, self.counts.won + 0.5
        return (lost + won - (won - lost) ** 2 / n) / n**2


@dataclass(frozen=True, slots=True)
class _Apart:
    """Two groups of a rate: how far apart they were and are, and how much of it chance explains."""

    rate: str
    behind: _Group
    ahead: _Group
    before: float
    now: float
    error: float
    p: float
    is_shown: bool = False

    @property
    def growth(self) -> float:
        return self.now - self.before


def find_unfairness(
    inputs: GateInputs, cases: EvaluationSet, champion: VersionOutcomes, candidate: VersionOutcomes
) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Return what is found of every column of groups, and which groups had too few cases."""
    findings: list[Finding] = []
    small: list[NotEvaluated] = []
    for column, values in sorted(cases.groups.items()):
        rates = list(_rates(inputs, cases, values, champion, candidate))
        if not rates:
            text = f"{column}: expected labels or a favourable answer to compare groups by, found none; name them under evaluation"
            findings.append(Finding(CHECK, column, Verdict.INCONCLUSIVE, "not_configured", text))
        least = inputs.policy.fairness.min_group_case_count
        for rate, groups in rates:
            few = [one for one in groups if one.counts.n < least]
            small += [NotEvaluated(f"{rate} of {column}={one.name}", "too_few", f"{one.counts.n:,} cases count for it") for one in few]
            findings += _few(column, rate, few, len(groups), inputs)
        findings += _judged(column, [(rate, [one for one in groups if one.counts.n >= max(1, least)]) for rate, groups in rates], inputs)
    return tuple(findings), tuple(small)


def _rates(
    inputs: GateInputs, cases: EvaluationSet, groups: Sequence[str], champion: VersionOutcomes, candidate: VersionOutcomes
) -> Iterator[tuple[str, list[_Group]]]:
    favourable, labels = inputs.spec.fairness.favourable, cases.labels
    answered = [place for place, (answer, error) in enumerate(zip(champion.answers, champion.errors, strict=True)) if answer and not error]
    now = [None if error else answer for answer, error in zip(candidate.answers, candidate.errors, strict=True)]
    if favourable:
        yield "demographic parity", _grouped(groups, [(at, champion.answers[at] == favourable, now[at] == favourable) for at in answered])
    if favourable and labels:
        wanted = [(at, champion.answers[at] == favourable, now[at] == favourable) for at in answered if labels[at] == favourable]
        yield "equal opportunity", _grouped(groups, wanted)
    if labels:
        yield "segment error", _grouped(groups, [(at, champion.answers[at] == labels[at], now[at] == labels[at]) for at in answered])


def _grouped(groups: Sequence[str], cases: list[tuple[int, bool, bool]]) -> list[_Group]:
    found: dict[str, list[int]] = {name: [0, 0, 0, 0] for name in groups}
    for place, before, now in cases:
        found[groups[place]][(0 if now else 1) if before else (2 if now else 3)] += 1
    return [_Group(name, PairedCounts(*counts)) for name, counts in sorted(found.items())]


def _few(column: str, rate: str, few: list[_Group], groups: int, inputs: GateInputs) -> Iterator[Finding]:
    least = inputs.policy.fairness.min_group_case_count
    is_all = groups - len(few) < 2
    if few or is_all:
        named = ", ".join(f"{one.name} ({one.counts.n:,})" for one in few) or "one group"
        text = f"{column}: {rate}, expected at least {least:,} cases of each group, found fewer of {named}"
        verdict = Verdict.INCONCLUSIVE if is_all else verdict_of_too_few(inputs.policy)
        yield Finding(
            CHECK, column, verdict, "too_few", text + ("; nothing is compared" if is_all else ""), n=sum(one.counts.n for one in few)
        )


def _judged(column: str, rates: list[tuple[str, list[_Group]]], inputs: GateInputs) -> Iterator[Finding]:
    pairs = [_apart(rate, *two) for rate, groups in rates for two in combinations(groups, 2)]
    shown = holm([one.p for one in pairs], inputs.policy.statistics.false_alarm_probability)
    limit = inputs.policy.fairness.max_disparity_increase
    worst: dict[str, tuple[tuple[bool, float], _Apart]] = {}
    for one, is_shown in zip(pairs, shown, strict=True):
        rank = (is_shown and one.growth > limit, one.growth)
        if one.rate not in worst or rank > worst[one.rate][0]:
            worst[one.rate] = (rank, one)
    for (is_unfair, _), one in worst.values():
        yield _finding(column, one, is_unfair, inputs)


def _apart(rate: str, one: _Group, other: _Group) -> _Apart:
    behind, ahead = sorted((one, other), key=lambda group: (group.counts.candidate, group.name))
    now, before = ahead.counts.candidate - behind.counts.candidate, abs(ahead.counts.champion - behind.counts.champion)
    error = math.sqrt(one.variance() + other.variance())
    return _Apart(rate, behind, ahead, before, now, error, upper_normal_tail((now - before) / error))


def _finding(column: str, one: _Apart, is_unfair: bool, inputs: GateInputs) -> Finding:
    limit = inputs.policy.fairness.max_disparity_increase
    reach = normal_quantile(1 - inputs.policy.statistics.false_pass_probability) * one.error
    low, high = one.growth - reach, one.growth + reach
    behind, ahead = one.behind, one.ahead
    text = f"{column}: {one.rate}, {behind.name} {behind.counts.candidate:.3f}, {ahead.name} {ahead.counts.candidate:.3f}; "
    text += f"{one.now:.3f} apart, {one.before:.3f} under the champion (p {one.p:.2g}); "
    text += f"it grew by {low:+.3f} to {high:+.3f}, allowed is {limit:+.3f}"
    verdict, code = (Verdict.FAIL, "disparity_grew") if is_unfair else (Verdict.PASS, "disparity_within")
    return Finding(CHECK, column, verdict, code, text, True, one.now, one.before, limit, (low, high), behind.counts.n + ahead.counts.n)
