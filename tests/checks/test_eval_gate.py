"""What everything that was found comes to: a verdict, an action, and what was not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks.eval_gate import judge_gate
from checks.gate_comparisons import is_worse
from checks.paired import compare_counts
from checks.verdict import badness
from registry.domain.canonical import record_json
from registry.domain.decision import Finding, Verdict
from registry.domain.evaluation import EvaluationSet, FairnessSpec, MetricKind, VersionOutcomes
from registry.domain.gate import Change, Comparison, ComparisonState, GateAction, GateDecision, GateInputs
from registry.domain.paired import PairedCounts
from registry.domain.policy_gate import TooFewAction
from registry.domain.segments import WHOLE, Segment
from tests.examples import drawing
from tests.gate_builders import CHAMPION, a_gate_policy, a_metric, a_pair, a_set, alternating, an_evaluation_spec, gate_inputs, outcomes_of

CASES = 240
DEGENERATE = {"same_outcomes", "constant_answers"}
# An extreme candidate is the only one that can be told by so few cases.
LOOSE = a_gate_policy(min_case_count=50)
TRIED = st.tuples(*(st.frozensets(st.integers(0, CASES - 1), max_size=most) for most in (40, 40)))


def a_pair_of(cases: EvaluationSet, champion: frozenset[int], candidate: frozenset[int]) -> tuple[VersionOutcomes, VersionOutcomes]:
    return outcomes_of(cases, champion, version=CHAMPION), outcomes_of(cases, candidate)


def a_split_set(**changes: object) -> EvaluationSet:
    return a_set(CASES, segments={"product": alternating(CASES, "cards", "loans", "loans")}, **changes)


def loose_inputs(cases: EvaluationSet, champion: frozenset[int], candidate: frozenset[int], margin: float) -> GateInputs:
    margins = {kind: replace(one, max_regression=margin, max_segment_regression=margin) for kind, one in LOOSE.margins.items()}
    return gate_inputs(cases, *a_pair_of(cases, champion, candidate), policy=replace(LOOSE, margins=margins))


def of(decision: GateDecision, segment: Segment = WHOLE, metric: str = "accuracy") -> Comparison:
    return next(one for one in decision.comparisons if (one.metric, one.segment) == (metric, segment))


def told(decision: GateDecision, subject: str, check: str = "accuracy") -> Finding:
    (found,) = [one for one in decision.findings if (one.check, one.subject) == (check, subject)]
    return found


def test_an_empty_set_is_inconclusive_and_holds() -> None:
    decision = judge_gate(gate_inputs(a_set(0)))
    assert (decision.verdict, decision.action, decision.comparisons, decision.case_count) == (Verdict.INCONCLUSIVE, GateAction.HOLD, (), 0)


def test_nothing_read_is_inconclusive_and_can_be_kept() -> None:
    decision = judge_gate(replace(gate_inputs(), cases=None, candidate_outcomes=None, champion_outcomes=None))
    assert decision.verdict is Verdict.INCONCLUSIVE and decision.set_digest == "" and record_json(decision)


def test_a_candidate_that_earned_it_passes_and_is_approved() -> None:
    decision = judge_gate(gate_inputs())
    assert (decision.verdict, decision.action) == (Verdict.PASS, GateAction.APPROVE)
    whole = of(decision)
    assert (whole.state, whole.n, whole.difference and round(whole.difference.difference, 6)) == (ComparisonState.NOT_WORSE, 1000, 0.02)
    assert [one.name for one in decision.inputs] == ["locked set", "outcomes of the champion", "outcomes of the candidate"]


def test_a_good_total_does_not_hide_a_segment_and_its_reason_starts_with_it() -> None:
    cases = a_set(2000, segments={"product": ("cards",) * 200 + ("loans",) * 1800})
    decision = judge_gate(gate_inputs(cases, *a_pair_of(cases, frozenset(range(200, 400)), frozenset(range(23)))))
    assert of(decision).state is ComparisonState.NOT_WORSE and decision.verdict is Verdict.FAIL
    assert decision.reasons[0].code == "segment_regression"
    assert decision.reasons[0].text.startswith("product=cards: accuracy 1.000 to 0.885 (200 cases, 23 lost, 0 won")


def test_a_loss_that_is_certain_and_within_the_margin_is_told_and_does_not_block() -> None:
    """Seven lost and none won of 200, as of claude-3.5-sonnet to 3.7-sonnet on credit reports."""
    cases = a_set(1000, segments={"product": tuple(name for name in "abcde" for _ in range(200))})
    champion, candidate = frozenset(range(200, 240)), frozenset({*range(7), *range(200, 215)})
    decision = judge_gate(gate_inputs(cases, *a_pair_of(cases, champion, candidate)))
    found = told(decision, "product=a")
    assert (found.verdict, found.reason_code) == (Verdict.PASS, "loss_within_margin")
    assert of(decision, Segment("product", "a")).is_shown and decision.verdict is Verdict.PASS


def test_an_amount_is_told_in_digits_that_show_it_and_more_of_a_cost_is_a_loss() -> None:
    cases = a_set()
    cheap, dear = (tuple((1 + place % 7) * cent for place in range(1000)) for cent in (0.0001, 0.0002))
    champion, candidate = (replace(one, amounts={"cost": cost}) for one, cost in zip(a_pair(cases, won=9), (cheap, dear), strict=True))
    spec = an_evaluation_spec(cases, a_metric(MetricKind.AMOUNT, "cost", column="cost", more_is_better=False))
    found = told(judge_gate(gate_inputs(cases, champion, candidate, spec=spec)), "all rows", "cost")
    assert found.reason.startswith("all rows: cost 0.0004 to 0.000799 (1,000 cases") and found.verdict is Verdict.FAIL
    assert "the gain lies between -0.00041 and -0.000389" in found.reason


def test_open_says_how_many_cases_would_decide() -> None:
    cases = a_set()
    decision = judge_gate(gate_inputs(cases, *a_pair(cases, lost=35, won=25, both_wrong=100)))
    assert decision.verdict is Verdict.INCONCLUSIVE and of(decision).cases_needed
    assert f"about {of(decision).cases_needed:,} cases like these would decide" in decision.reasons[0].text


def test_too_few_cases_of_all_are_inconclusive_whatever_policy_says_of_segments() -> None:
    for action in TooFewAction:
        decision = judge_gate(gate_inputs(a_set(99), policy=a_gate_policy(too_few_segments=action)))
        assert decision.verdict is Verdict.INCONCLUSIVE and "expected at least 100" in told(decision, "all rows").reason


@pytest.mark.parametrize(
    ("action", "verdict", "asked"),
    [
        (TooFewAction.BLOCK, Verdict.INCONCLUSIVE, GateAction.HOLD),
        (TooFewAction.CANARY, Verdict.PASS, GateAction.CANARY),
        (TooFewAction.WAIVE, Verdict.PASS, GateAction.APPROVE),
    ],
)
def test_a_segment_with_too_few_cases_is_listed_and_policy_bears_it(action: TooFewAction, verdict: Verdict, asked: GateAction) -> None:
    cases = a_set(segments={"region": ("islands",) * 29 + ("mainland",) * 971})
    inputs = gate_inputs(cases, *a_pair(cases, lost=3, won=30), policy=a_gate_policy(too_few_segments=action))
    decision = judge_gate(inputs)
    assert (decision.verdict, decision.action) == (verdict, asked)
    assert [one.subject for one in decision.not_evaluated] == ["accuracy of region=islands", "training data"]
    assert told(decision, "region=islands").reason_code == "too_few"


def test_a_segment_without_events_is_too_few_for_a_ranking_and_says_so() -> None:
    cases = a_set(labels=("0", "1"), segments={"region": tuple("odd" if place % 2 == 0 else "all" for place in range(1000))})
    scores = tuple(place % 97 / 97 for place in range(1000))
    champion, candidate = (replace(one, scores=scores[shift:] + scores[:shift]) for shift, one in enumerate(a_pair(cases, won=1)))
    spec = an_evaluation_spec(cases, a_metric(MetricKind.AUC), answers=("0", "1"))
    decision = judge_gate(gate_inputs(cases, champion, candidate, spec=spec))
    found = told(decision, "region=odd", "auc")
    assert found.reason_code == "too_few" and "10 events and 10 others" in found.reason


def test_a_candidate_does_not_pass_by_declining_the_hard_cases() -> None:
    """Grounded whenever it answers, and it declines 360 of 600: the scorer finds nothing ungrounded in a refusal."""
    cases = a_set(600, labels=())
    spec = an_evaluation_spec(
        cases, a_metric(MetricKind.PASSED, "grounded", column="grounded"), answers=("genuine", "fraud"), refusals=("unsure",)
    )
    champion = outcomes_of(cases, version=CHAMPION, answers=("genuine",) * 600, passed={"grounded": (True,) * 540 + (False,) * 60})
    declining = outcomes_of(cases, answers=("genuine",) * 240 + ("unsure",) * 360, passed={"grounded": (True,) * 600})
    decision = judge_gate(gate_inputs(cases, champion, declining, spec=spec))
    assert decision.verdict is Verdict.FAIL and of(decision, metric="grounded").counts == PairedCounts(240, 300, 0, 60)
    assert decision.changes[0] == Change("case-000240", True, "grounded", "passed", "not passed")


@pytest.mark.parametrize("action", TooFewAction)
@pytest.mark.parametrize(
    "values", [("(no value)",) * 600, tuple(str(place) for place in range(600)), ("(no value)",) * 580 + ("north",) * 20]
)
def test_a_column_of_which_no_segment_was_compared_is_inconclusive_whatever_policy_says(
    values: tuple[str, ...], action: TooFewAction
) -> None:
    cases = a_set(600, segments={"region": values})
    decision = judge_gate(gate_inputs(cases, *a_pair(cases, won=20, both_wrong=60), policy=a_gate_policy(too_few_segments=action)))
    assert of(decision).state is ComparisonState.NOT_WORSE
    assert (decision.verdict, decision.action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)
    assert told(decision, "region", "wiring").reason_code == "no_segment"


def test_a_column_with_one_segment_that_was_compared_was_looked_at() -> None:
    cases = a_set(600, segments={"region": ("(no value)",) * 570 + ("north",) * 30})
    assert judge_gate(gate_inputs(cases, *a_pair(cases, won=20, both_wrong=60))).action is GateAction.APPROVE


def test_a_column_compared_by_its_seconds_alone_was_not_looked_at_for_right_answers() -> None:
    """Every segment was short of events, which is INCONCLUSIVE by AUC alone; asking for seconds as well made a PASS of it."""
    regions = tuple("odd" if place % 2 else "even" for place in range(1000))  # each of them has one label, and no AUC
    cases = a_set(labels=("0", "1"), segments={"region": regions})
    scores = tuple((place % 100 + 60 * (place % 2)) / 200 for place in range(1000))
    champion, candidate = (
        replace(one, scores=tuple(score + 0.001 * shift * (place % 2) for place, score in enumerate(scores)), amounts={"seconds": taken})
        for shift, (one, taken) in enumerate(zip(a_pair(cases, won=1), ((2.0,) * 1000, (1.0,) * 999 + (1.5,)), strict=True))
    )
    seconds = a_metric(MetricKind.AMOUNT, "seconds", column="seconds", more_is_better=False)
    for asked in ((), (seconds,)):
        spec = an_evaluation_spec(cases, a_metric(MetricKind.AUC), *asked, answers=("0", "1"))
        policy = a_gate_policy(too_few_segments=TooFewAction.WAIVE)
        decision = judge_gate(gate_inputs(cases, champion, candidate, spec=spec, policy=policy))
        assert [one.reason_code for one in decision.findings if one.verdict is not Verdict.PASS] == ["no_segment"]
        assert decision.action is GateAction.HOLD


def test_where_nothing_was_compared_nothing_is_told_of_the_locked_cases() -> None:
    """One score that is no number, and AUC alone: no comparison, so no look was counted, and yet every case lost was named."""
    base = a_set(labels=("0", "1"))
    cases = replace(base, critical=(True,) * 9 + (False,) * 991, groups={"sex": alternating(1000, "f", "m")})
    champion, candidate = a_pair(cases, lost=10, won=30)
    scores = tuple(place % 97 / 97 for place in range(1000))
    champion, candidate = replace(champion, scores=scores), replace(candidate, scores=(float("nan"), *scores[1:]))
    fairness = FairnessSpec(("sex",), "1")
    spec = an_evaluation_spec(cases, a_metric(MetricKind.AUC), answers=("0", "1"), fairness=fairness)
    decision = judge_gate(gate_inputs(cases, champion, candidate, spec=spec))
    assert (decision.verdict, decision.comparisons, decision.changes) == (Verdict.INCONCLUSIVE, (), ())
    assert not {"critical", "fairness"} & {one.check for one in decision.findings}
    assert [one.subject for one in decision.not_evaluated] == ["auc of all rows", "critical cases", "fairness", "training data"]


def test_measures_that_cannot_be_compared_are_listed_and_the_others_are_compared() -> None:
    spec = an_evaluation_spec(a_set(), a_metric(), a_metric(MetricKind.AUC))
    decision = judge_gate(gate_inputs(spec=spec))
    assert [one.metric for one in decision.comparisons] == ["accuracy"] and decision.verdict is Verdict.INCONCLUSIVE
    assert [one.subject for one in decision.not_evaluated] == ["auc of all rows", "training data"]


def test_what_was_found_while_reading_blocks_the_decision() -> None:
    said = Finding("reading", "outcomes", Verdict.INCONCLUSIVE, "errored", "a row could not be read")
    assert judge_gate(gate_inputs(findings=(said,))).verdict is Verdict.INCONCLUSIVE


def test_cases_that_changed_are_named_those_lost_first() -> None:
    cases = a_set(6)
    champion, candidate = a_pair(cases, lost=1, won=1, both_wrong=1)
    decision = judge_gate(gate_inputs(cases, champion, candidate))
    assert decision.changes == (
        Change("case-000000", True, "approve", "approve", "decline"),
        Change("case-000001", False, "decline", "approve", "decline"),
    )


def test_a_case_that_the_champion_did_not_answer_is_no_change_and_the_candidates_error_is_a_loss() -> None:
    cases = a_set(6)
    champion, candidate = outcomes_of(cases, version=CHAMPION, errors={0: "timeout"}), outcomes_of(cases, errors={1: "refused"})
    assert judge_gate(gate_inputs(cases, champion, candidate)).changes == (Change("case-000001", True, "decline", "decline", "refused"),)


def test_cases_that_a_scorer_passed_under_one_version_only_are_changes_of_that_measure() -> None:
    cases = a_set(3, labels=())
    passed = [{"grounded": column} for column in ((True, False, None), (False, True, True))]
    champion, candidate = (outcomes_of(cases, version=name, passed=column) for name, column in zip((CHAMPION, "2"), passed, strict=True))
    spec = an_evaluation_spec(cases, a_metric(MetricKind.PASSED, "grounded", column="grounded"), answers=())
    assert judge_gate(gate_inputs(cases, champion, candidate, spec=spec)).changes == (
        Change("case-000000", True, "grounded", "passed", "not passed"),
        Change("case-000001", False, "grounded", "not passed", "passed"),
    )


@given(TRIED, st.sampled_from((0.02, 0.05, 0.1)))
@drawing(40)
def test_the_same_inputs_give_the_same_bytes(wrong: Sequence[frozenset[int]], margin: float) -> None:
    cases = a_split_set()
    assert record_json(judge_gate(loose_inputs(cases, *wrong, margin))) == record_json(judge_gate(loose_inputs(cases, *wrong, margin)))


@given(TRIED, st.randoms(use_true_random=False), st.sampled_from((0.02, 0.05, 0.1)))
@drawing(40)
def test_the_order_of_the_cases_decides_nothing(wrong: Sequence[frozenset[int]], chance: object, margin: float) -> None:
    cases = a_split_set(digest="sha256:" + "a" * 64)
    inputs = loose_inputs(cases, *wrong, margin)
    order = list(range(CASES))
    chance.shuffle(order)  # type: ignore[attr-defined]
    moved = replace(
        inputs,
        cases=replace(
            cases,
            case_ids=_moved(cases.case_ids, order),
            labels=_moved(cases.labels, order),
            contents=_moved(cases.contents, order),
            segments={"product": _moved(cases.segments["product"], order)},
        ),
        champion_outcomes=_moved_outcomes(inputs.champion_outcomes, order),
        candidate_outcomes=_moved_outcomes(inputs.candidate_outcomes, order),
    )
    assert record_json(judge_gate(moved)) == record_json(judge_gate(inputs))


@given(TRIED, st.integers(0, CASES - 1), st.sampled_from((0.02, 0.05, 0.1)))
@drawing(80)
def test_one_more_case_lost_never_improves_the_verdict(wrong: Sequence[frozenset[int]], place: int, margin: float) -> None:
    """But from where the outcomes are no candidate's: a copy of the champion that loses a case is one no more."""
    cases = a_split_set()
    champion, candidate = wrong
    before = judge_gate(loose_inputs(cases, champion, candidate, margin))
    assume(not DEGENERATE & {one.reason_code for one in before.findings})
    after = judge_gate(loose_inputs(cases, champion, candidate | {place}, margin))
    assert badness(after.verdict) >= badness(before.verdict)


@pytest.mark.parametrize("margin", [0.02, 0.05])
def test_for_every_number_of_cases_lost_and_won_one_more_lost_is_never_better(margin: float) -> None:
    n, most, badness_of = 300, 30, {}
    for lost in range(most + 1):
        for won in range(most + 1):
            found = compare_counts(PairedCounts(n - lost - won - 20, lost, won, 20), 0.05)
            is_open = found.low <= -margin
            badness_of[lost, won] = 2 if is_worse(found, margin, is_shown=found.harm_p <= 0.05) else int(is_open)
    for (lost, won), bad in badness_of.items():
        assert bad <= badness_of.get((lost + 1, won), 2), "right under both before, lost now"
        assert bad <= badness_of.get((lost, won - 1), 2), "won before, wrong under both now"
    assert set(badness_of.values()) == {0, 1, 2}


@given(TRIED, st.sampled_from((0.02, 0.05, 0.1)))
@drawing(60)
def test_whatever_is_wrong_a_pass_rests_on_a_comparison_that_is_shown(wrong: Sequence[frozenset[int]], margin: float) -> None:
    decision = judge_gate(loose_inputs(a_split_set(), *wrong, margin))
    whole = of(decision)
    assert whole.difference is not None
    if decision.verdict is Verdict.PASS:
        assert whole.difference.low > -margin and all(one.state is ComparisonState.NOT_WORSE for one in decision.comparisons)


def _moved(values: tuple[str, ...], order: Sequence[int]) -> tuple[str, ...]:
    return tuple(values[place] for place in order)


def _moved_outcomes(outcomes: VersionOutcomes | None, order: Sequence[int]) -> VersionOutcomes | None:
    assert outcomes
    return replace(outcomes, answers=tuple(outcomes.answers[place] for place in order), errors=_moved(outcomes.errors, order))
