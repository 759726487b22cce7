"""May this candidate replace the champion? PASS where it earned it on the same locked cases, and says what was not shown.

Put here what everything that was found comes to together. Whether there is anything to compare is ``checks/gate_wiring.py``,
``gate_record.py``, ``gate_set.py`` and ``gate_columns.py``; each comparison ``gate_comparisons.py``, tried by ``gate_controls.py`` and told
by ``gate_findings.py``. Levels, critical cases, groups and single cases are ``gate_levels.py``, ``gate_critical.py``, ``gate_fairness.py``
and ``gate_changes.py``.

The rules:
 * What could not be read, and what is wrong with the versions or the set, is a finding. Versions that are not lined up are not compared.
 * A measure that has not what it is made of is not compared, and listed. Every other one is compared, over all cases and every segment.
 * Where no measure is compared nothing is told of the cases: no critical one, no group and no change. Who learns of a locked set looks at
   it, and a look is counted.
 * A good total never hides a segment, a good measure never another, and a decision without a comparison is INCONCLUSIVE.
 * Action: approve on PASS, canary where policy asks for one because of a segment or group with too few cases, otherwise hold. Rolling
   back is for what is in force already, and nobody asks for it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.gate_cases import without_refusals
from checks.gate_changes import find_changes
from checks.gate_columns import find_column_problems, find_unasked, find_unmeasurable
from checks.gate_comparisons import Compared, compare
from checks.gate_controls import controls_held, find_control_problems
from checks.gate_critical import find_critical
from checks.gate_fairness import find_unfairness
from checks.gate_findings import find_compared, find_unsegmented, left_out
from checks.gate_levels import find_levels
from checks.gate_record import find_record_problems
from checks.gate_reserve import find_shared
from checks.gate_set import find_set_problems, find_unseen
from checks.gate_training import find_taught, find_untaught
from checks.gate_wiring import find_wiring, is_lined_up
from checks.verdict import find_reasons, grouped, judge_overall
from registry.domain.decision import Finding, InputDigest, KnowledgeCut, NotEvaluated, Verdict
from registry.domain.gate import Change, Comparison, GateAction, GateDecision, GateInputs
from registry.domain.policy_gate import TooFewAction

KIND = "gate_decision"


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was found where there is something to compare."""

    findings: tuple[Finding, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    changes: tuple[Change, ...] = ()


def judge_gate(inputs: GateInputs) -> GateDecision:
    """Return whether the candidate may replace the champion, with everything that was compared."""
    measured = _measured(inputs)
    of_set = (*find_set_problems(inputs), *find_taught(inputs), *find_shared(inputs))
    lined_up = (*find_wiring(inputs), *find_record_problems(inputs), *of_set, *find_unasked(inputs))
    findings = (*inputs.findings, *lined_up, *measured.findings)
    verdict = judge_overall(findings)
    return GateDecision(
        kind=KIND,
        system=inputs.system.system_id,
        as_of=inputs.as_of,
        verdict=verdict,
        reasons=grouped(find_reasons(findings)),
        findings=findings,
        not_evaluated=(*measured.not_evaluated, *find_unseen(inputs), *find_untaught(inputs)),
        inputs=tuple(_input_digests(inputs)),
        policy_digest=inputs.policy.digest,
        knowledge_cut=KnowledgeCut(inputs.events, inputs.as_of),
        action=_action(verdict, measured, inputs),
        candidate=inputs.candidate,
        champion=inputs.champion,
        set_digest=inputs.cases.digest if inputs.cases else "",
        case_count=len(inputs.cases.case_ids) if inputs.cases else 0,
        comparisons=measured.comparisons,
        changes=measured.changes,
        looks=inputs.looks,
        on_reserve=inputs.spec.on_reserve,
    )


def _measured(inputs: GateInputs) -> _Measured:
    cases, champion, candidate = inputs.cases, inputs.champion_outcomes, inputs.candidate_outcomes
    if cases is None or champion is None or candidate is None or not is_lined_up(inputs):
        return _Measured()
    champion, candidate = (without_refusals(one, cases, inputs.spec.refusals, inputs.spec.metrics) for one in (champion, candidate))
    unmeasurable = find_unmeasurable(inputs, cases, (champion, candidate))
    seed = int(cases.digest.removeprefix("sha256:")[:8] or "0", 16)
    compared = Compared(cases, champion, candidate, inputs.policy, seed)
    comparisons, controls = _compared(inputs, compared, unmeasurable)
    columns = (*find_column_problems(inputs, cases, (champion, candidate)), *unmeasurable.values())
    not_compared = tuple(NotEvaluated(f"{name} of all rows", one.reason_code, one.reason) for name, one in unmeasurable.items())
    if not comparisons:
        return _Measured(columns, not_evaluated=(*not_compared, *_unlooked(inputs)))
    unfairness, small = find_unfairness(inputs, cases, champion, candidate)
    segments = (*find_compared(comparisons, inputs.policy, inputs.spec.metrics), *find_unsegmented(comparisons, inputs.spec.metrics))
    alone = (*find_levels(inputs, cases, candidate, unmeasurable), *find_critical(inputs, cases, candidate))
    told = (*columns, *controls, *segments, *alone, *unfairness)
    unjudged = (*not_compared, *left_out(comparisons, inputs.policy), *small)
    return _Measured(told, comparisons, unjudged, find_changes(inputs, cases, champion, candidate))


def _compared(
    inputs: GateInputs, compared: Compared, unmeasurable: dict[str, Finding]
) -> tuple[tuple[Comparison, ...], tuple[Finding, ...]]:
    """Return the comparisons of every measure, and what trying each of them on known answers came to."""
    comparisons: list[Comparison] = []
    tried: list[Comparison] = []
    failed: list[Finding] = []
    for metric in inputs.spec.metrics:
        if metric.name not in unmeasurable:
            found = compare(metric, compared)
            comparisons += found
            failed += find_control_problems(metric, compared, found[0])
            tried += [found[0]] if found[0].difference is not None else []
    held = (controls_held(tried, len(compared.cases.case_ids)),) if tried and not failed else ()
    return tuple(comparisons), (*failed, *held)


def _unlooked(inputs: GateInputs) -> Iterator[NotEvaluated]:
    asked = (("critical cases", bool(inputs.spec.critical)), ("fairness", bool(inputs.spec.fairness.columns)))
    for subject, is_asked in asked:
        if is_asked:
            yield NotEvaluated(subject, "no_data", "no measure could be compared, so nothing is told of the cases")


def _action(verdict: Verdict, measured: _Measured, inputs: GateInputs) -> GateAction:
    if verdict is not Verdict.PASS:
        return GateAction.HOLD
    has_few = any(one.reason_code == "too_few" for one in measured.not_evaluated)
    return GateAction.CANARY if has_few and inputs.policy.too_few_segments is TooFewAction.CANARY else GateAction.APPROVE


def _input_digests(inputs: GateInputs) -> Iterator[InputDigest]:
    if inputs.cases is not None:
        yield InputDigest("locked set", inputs.cases.digest)
    for name, outcomes in (("champion", inputs.champion_outcomes), ("candidate", inputs.candidate_outcomes)):
        if outcomes is not None:
            yield InputDigest(f"outcomes of the {name}", outcomes.digest)
    yield from inputs.sources
    yield from inputs.training.inputs if inputs.training else ()
    yield from inputs.shared.inputs if inputs.shared else ()
