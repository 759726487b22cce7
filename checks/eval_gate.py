"""May this candidate replace the champion? PASS where it earned it on the same locked cases, and says what was not shown.

Put here what comparisons come to together. Whether there is anything to compare is ``checks/gate_wiring.py``, each comparison
``checks/gate_comparisons.py``.

The rules, strictest first:
 * What is wrong with the wiring, or could not be read, is a finding; without both outcomes nothing is compared.
 * A measure of all cases: FAIL where it is worse, PASS where it is shown to be within the margin, otherwise INCONCLUSIVE with the number of
   cases that would decide. Too few cases are INCONCLUSIVE. A good total never hides a segment, a good measure never another.
 * A segment: FAIL where it is worse. A loss that is more than chance and within the margin is told and does not block. Too few cases block, ask
   for a canary or are waived, as policy says, and are always listed among what was not evaluated.
 * A critical case that the candidate gets wrong in any repeat is a FAIL. What so many passes allow at most is told (Clopper and Pearson).
 * Action: approve on PASS, canary where policy asks for one because of a segment with too few cases, otherwise hold. Rolling back is for what
   is in force already, and nobody asks for it here.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.gate_comparisons import Compared, compare
from checks.gate_wiring import find_wiring
from checks.performance_statistics import rate_interval
from checks.verdict import find_reasons, grouped, judge_overall
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Verdict
from registry.domain.gate import Change, Comparison, ComparisonState, GateAction, GateDecision, GateInputs
from registry.domain.policy_gate import TooFewAction
from registry.domain.segments import WHOLE

KIND = "gate_decision"
_STATES = {
    ComparisonState.NOT_WORSE: Verdict.PASS,
    ComparisonState.WORSE: Verdict.FAIL,
    ComparisonState.OPEN: Verdict.INCONCLUSIVE,
    ComparisonState.TOO_FEW: Verdict.INCONCLUSIVE,
}


def judge_gate(inputs: GateInputs) -> GateDecision:
    """Return whether the candidate may replace the champion, with everything that was compared."""
    wiring = find_wiring(inputs)
    comparisons = tuple(_compared(inputs))
    findings = (*inputs.findings, *wiring, *(_finding(one, inputs) for one in comparisons), *_critical(inputs))
    verdict = judge_overall(findings)
    return GateDecision(
        kind=KIND,
        system=inputs.system.system_id,
        as_of=inputs.as_of,
        verdict=verdict,
        reasons=grouped(find_reasons(findings)),
        findings=findings,
        not_evaluated=tuple(_not_evaluated(comparisons)),
        inputs=tuple(_input_digests(inputs)),
        policy_digest=inputs.policy.digest,
        knowledge_cut=KnowledgeCut(inputs.events, inputs.as_of),
        action=_action(verdict, comparisons, inputs),
        candidate=inputs.candidate,
        champion=inputs.champion,
        set_digest=inputs.cases.digest if inputs.cases else "",
        case_count=len(inputs.cases.case_ids) if inputs.cases else 0,
        comparisons=comparisons,
        changes=tuple(_changes(inputs)),
        looks=inputs.looks,
    )


def _compared(inputs: GateInputs) -> Iterator[Comparison]:
    if inputs.cases is None or inputs.champion_outcomes is None or inputs.candidate_outcomes is None:
        return
    seed = int(inputs.cases.digest.removeprefix("sha256:")[:8] or "0", 16)
    compared = Compared(inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes, inputs.policy, seed)
    for metric in inputs.metrics:
        yield from compare(metric, compared)


def _finding(one: Comparison, inputs: GateInputs) -> Finding:
    found = one.difference
    verdict = _STATES[one.state]
    if one.state is ComparisonState.TOO_FEW and one.segment != WHOLE and inputs.policy.too_few_segments is not TooFewAction.BLOCK:
        verdict = Verdict.PASS
    return Finding(
        check=one.metric,
        subject=one.segment.name,
        verdict=verdict,
        reason_code=_code(one),
        reason=_told(one, inputs),
        value=found.candidate if found else None,
        baseline=found.champion if found else None,
        limit=-one.margin,
        interval=(found.low, found.high) if found else None,
        n=one.n,
    )


def _code(one: Comparison) -> str:
    if one.state is ComparisonState.WORSE:
        return "regression" if one.segment == WHOLE else "segment_regression"
    if one.state is ComparisonState.NOT_WORSE and one.is_shown:
        return "loss_within_margin"
    return {ComparisonState.OPEN: "not_shown", ComparisonState.TOO_FEW: "too_few"}.get(one.state, "within_margin")


def _told(one: Comparison, inputs: GateInputs) -> str:
    statistics = inputs.policy.statistics
    found = one.difference
    if found is None:
        least = statistics.min_case_count if one.segment == WHOLE else statistics.min_segment_case_count
        return f"{one.metric} of {one.segment.name}: {one.n:,} cases that both versions answered, expected at least {least:,}"
    text = f"{one.metric} of {one.segment.name}: {found.champion:.3f} to {found.candidate:.3f} ({one.n:,} cases"
    if one.counts is not None:
        text += f", {one.counts.lost:,} lost, {one.counts.won:,} won"
    text += f", p {found.harm_p:.2g}); the difference lies between {found.low:+.3f} and {found.high:+.3f}, allowed is {-one.margin:+.3f}"
    if one.state is ComparisonState.OPEN:
        text += (
            f"; about {one.cases_needed:,} cases like these would decide" if one.cases_needed else "; no number of cases like these decides"
        )
    return text


def _critical(inputs: GateInputs) -> Iterator[Finding]:
    cases, outcomes = inputs.cases, inputs.candidate_outcomes
    if not inputs.spec.critical or cases is None or outcomes is None:
        return
    places = [place for place, is_critical in enumerate(cases.critical) if is_critical]
    answers = [(place, answer) for place in places for answer in (outcomes.answers[place], *_repeats(outcomes.repeats, place))]
    wrong = sorted({cases.case_ids[place] for place, answer in answers if answer != cases.labels[place]})
    if not places:
        text = f"{inputs.spec.critical}: expected critical cases in the set, found none"
        yield Finding("critical", "cases", Verdict.INCONCLUSIVE, "no_data", text, n=0)
    elif wrong:
        text = f"{len(wrong):,} of {len(places):,} critical cases are wrong in at least one of their repeats: {', '.join(wrong[:5])}"
        yield Finding("critical", "cases", Verdict.FAIL, "critical_case", text, value=float(len(wrong)), limit=0.0, n=len(answers))
    else:
        most = rate_interval(0, len(answers))[1]
        text = (
            f"{len(answers):,} answers to {len(places):,} critical cases are all right; that allows for up to {100 * most:.1f} % wrong ones"
        )
        yield Finding("critical", "cases", Verdict.PASS, "critical_cases", text, value=0.0, limit=0.0, n=len(answers))


def _repeats(repeats: tuple[tuple[str | None, ...], ...], place: int) -> tuple[str | None, ...]:
    return repeats[place] if repeats else ()


def _action(verdict: Verdict, comparisons: tuple[Comparison, ...], inputs: GateInputs) -> GateAction:
    if verdict is not Verdict.PASS:
        return GateAction.HOLD
    has_few = any(one.state is ComparisonState.TOO_FEW for one in comparisons)
    return GateAction.CANARY if has_few and inputs.policy.too_few_segments is TooFewAction.CANARY else GateAction.APPROVE


def _not_evaluated(comparisons: tuple[Comparison, ...]) -> Iterator[NotEvaluated]:
    for one in comparisons:
        if one.state is ComparisonState.TOO_FEW:
            yield NotEvaluated(f"{one.metric} of {one.segment.name}", "too_few", f"{one.n:,} cases that both versions answered")


def _input_digests(inputs: GateInputs) -> Iterator[InputDigest]:
    if inputs.cases is not None:
        yield InputDigest("eval_set", inputs.cases.digest)
    for name, outcomes in (("champion", inputs.champion_outcomes), ("candidate", inputs.candidate_outcomes)):
        if outcomes is not None:
            yield InputDigest(f"outcomes of the {name}", outcomes.digest)


def _changes(inputs: GateInputs) -> Iterator[Change]:
    """Yield the cases on which the versions differ, those lost first."""
    cases, champion, candidate = inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes
    if cases is None or champion is None or candidate is None or not cases.labels:
        return
    found = []
    for place, (case_id, label) in enumerate(zip(cases.case_ids, cases.labels, strict=True)):
        before, now = champion.answers[place], candidate.answers[place]
        if (before == label) != (now == label):
            found.append(Change(case_id, before == label, label, before or champion.errors[place], now or candidate.errors[place]))
    yield from sorted(found, key=lambda one: (not one.is_lost, one.case_id))
