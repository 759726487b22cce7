"""What each comparison is worth to the gate, and how it is told.

Put here how a comparison's state becomes a finding. How it got its state is ``checks/gate_comparisons.py``.

The rules:
 * Worse is a FAIL, of all cases as of a segment. Within the margin is a PASS; a loss that is more than chance is told as one.
 * Open is INCONCLUSIVE, with the number of cases that would decide. A segment is open only where nothing could be found in it.
 * Too few of all cases are INCONCLUSIVE. Too few of a segment block, ask for a canary or are waived, as policy says; they are always listed
   among what was not evaluated.
 * Segments: a column of which no segment was compared by a measure of right answers, or none but that of the cases without a value, was not
   looked at. INCONCLUSIVE, whatever policy says of single segments: a loss could be anywhere in it, and seconds or cost do not show one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from checks.gate_wiring import CHECK
from checks.paired_ranking import FEWEST
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.evaluation import MetricKind, MetricSpec
from registry.domain.gate import Comparison, ComparisonState
from registry.domain.paired import chance_text, signed_text
from registry.domain.policy_gate import GatePolicy, TooFewAction
from registry.domain.segments import NO_VALUE, WHOLE

_VERDICTS = {
    ComparisonState.NOT_WORSE: Verdict.PASS,
    ComparisonState.WORSE: Verdict.FAIL,
    ComparisonState.OPEN: Verdict.INCONCLUSIVE,
    ComparisonState.TOO_FEW: Verdict.INCONCLUSIVE,
}
_CODES = {ComparisonState.OPEN: "not_shown", ComparisonState.TOO_FEW: "too_few"}


def find_compared(comparisons: Iterable[Comparison], policy: GatePolicy, metrics: Sequence[MetricSpec]) -> tuple[Finding, ...]:
    """Return what the comparisons come to, in their order."""
    turned = {one.name for one in metrics if one.is_less_better}
    return tuple(_finding(one, policy, is_turned=one.metric in turned) for one in comparisons)


def find_unsegmented(comparisons: Iterable[Comparison], metrics: Sequence[MetricSpec]) -> Iterator[Finding]:
    """Yield the segment columns of whose answers the comparisons say nothing."""
    in_columns = [one for one in comparisons if one.segment != WHOLE]
    amounts = {one.name for one in metrics if one.kind is MetricKind.AMOUNT}
    compared = {one.segment.column for one in in_columns if one.difference and one.metric not in amounts and _has_value(one)}
    for column in sorted({one.segment.column for one in in_columns} - compared):
        values = {one.segment.value for one in in_columns if one.segment.column == column and _has_value(one)}
        found = f"none among {len(values):,}" if values else "only cases without a value"
        text = f"{column}: expected at least one segment with cases enough to compare right answers, found {found}; "
        text += "name a column with fewer values, or fill it in the set and lock it anew"
        yield Finding(CHECK, column, Verdict.INCONCLUSIVE, "no_segment", text, n=0)


def _has_value(one: Comparison) -> bool:
    return one.segment.value.strip() not in ("", NO_VALUE)


def left_out(comparisons: Iterable[Comparison], policy: GatePolicy) -> Iterator[NotEvaluated]:
    """Yield the comparisons that had too few cases."""
    for one in comparisons:
        if one.state is ComparisonState.TOO_FEW:
            is_short = one.n < policy.statistics.least(one.segment)
            text = f"{one.n:,} cases count for it" + ("" if is_short else f", with fewer than {FEWEST} events or {FEWEST} others")
            yield NotEvaluated(f"{one.metric} of {one.segment.name}", "too_few", text)


def verdict_of_too_few(policy: GatePolicy) -> Verdict:
    """Return what a part of the cases that is too small is worth: nothing is known of it, and policy says who bears that."""
    return Verdict.INCONCLUSIVE if policy.too_few_segments is TooFewAction.BLOCK else Verdict.PASS


def _finding(one: Comparison, policy: GatePolicy, *, is_turned: bool) -> Finding:
    found = one.difference
    is_small_segment = one.state is ComparisonState.TOO_FEW and one.segment != WHOLE
    return Finding(
        check=one.metric,
        subject=one.segment.name,
        verdict=verdict_of_too_few(policy) if is_small_segment else _VERDICTS[one.state],
        reason_code=_code(one),
        reason=_told(one, is_turned=is_turned) if found else _told_few(one, policy),
        value=found.candidate if found else None,
        baseline=found.champion if found else None,
        limit=0.0 - one.margin,  # of no margin not the -0.0 that a sign makes of it
        interval=(found.low, found.high) if found else None,
        n=one.n,
    )


def _code(one: Comparison) -> str:
    if one.state is ComparisonState.WORSE:
        return "regression" if one.segment == WHOLE else "segment_regression"
    if one.state is ComparisonState.NOT_WORSE and one.is_shown:
        return "loss_within_margin"
    if one.state is ComparisonState.OPEN and one.segment != WHOLE:
        return "too_many_segments"
    return _CODES.get(one.state, "within_margin")


def _told_few(one: Comparison, policy: GatePolicy) -> str:
    least = policy.statistics.least(one.segment)
    text = f"{one.segment.name}: {one.metric} of {one.n:,} cases that count, expected at least {least:,}"
    return text if one.n < least else f"{text} with {FEWEST} events and {FEWEST} others among them, found fewer of one"


def _told(one: Comparison, *, is_turned: bool) -> str:
    found = one.difference
    if found is None:
        return ""
    # A cost of 0.0004 and one of 40,000 are both amounts: three decimals would hide the one and swamp the other.
    digits = ".3f" if 0.1 <= max(abs(found.champion), abs(found.candidate)) < 1000 else ".3g"
    text = f"{one.segment.name}: {one.metric} {found.champion:{digits}} to {found.candidate:{digits}} ({one.n:,} cases"
    if one.counts is not None:
        text += f", {one.counts.lost:,} lost, {one.counts.won:,} won"
    low, high = signed_text(found.low, digits), signed_text(found.high, digits)
    text += f", p {chance_text(found.harm_p)}); the gain lies between {low} and {high}{' (below zero is worse)' * is_turned}, "
    text += f"a loss of {one.margin:{digits}} is allowed"
    return text + _needed(one) if one.state is ComparisonState.OPEN else text


def _needed(one: Comparison) -> str:
    if one.segment != WHOLE:
        return (
            f"; among so many segments not even all {one.n:,} lost would be more than chance: compare fewer segments, or more cases of each"
        )
    if one.counts is None:
        return "; more cases would say more"
    return f"; about {one.cases_needed:,} cases like these would decide" if one.cases_needed else "; no number near would decide"
