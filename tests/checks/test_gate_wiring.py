"""Two versions that are none, other cases, errors, and answers that nobody agreed on; and what is wrong with the set itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.eval_gate import judge_gate
from checks.gate_set import find_set_problems
from checks.gate_wiring import find_wiring, is_lined_up
from registry.domain.decision import Finding, InputDigest, Verdict
from registry.domain.gate import MODEL_FILES, GateAction, GateInputs
from tests.gate_builders import (
    CANDIDATE,
    CHAMPION,
    a_gate_policy,
    a_pair,
    a_pinned,
    a_set,
    an_evaluation_spec,
    gate_inputs,
    outcomes_of,
)


def told(inputs: GateInputs) -> list[tuple[str, str, Verdict, bool]]:
    return [(one.subject, one.reason_code, one.verdict, one.blocking) for one in find_wiring(inputs)]


def only(inputs: GateInputs, code: str) -> Finding:
    (found,) = [one for one in (*find_wiring(inputs), *find_set_problems(inputs)) if one.reason_code == code]
    return found


def test_without_a_set_there_is_nothing_to_compare() -> None:
    for inputs in (replace(gate_inputs(), cases=None), gate_inputs(a_set(0)), replace(gate_inputs(), candidate_outcomes=None)):
        assert told(inputs) == [("cases", "no_data", Verdict.INCONCLUSIVE, True)]
        assert not is_lined_up(inputs)


def test_what_could_not_be_read_is_said_once() -> None:
    said = Finding("reading", "outcomes", Verdict.INCONCLUSIVE, "errored", "the table is not there")
    assert told(replace(gate_inputs(), cases=None, findings=(said,))) == []


def test_a_finding_that_blocks_nothing_says_nothing_of_what_is_missing() -> None:
    noted = Finding("reading", "outcomes", Verdict.PASS, "read", "1,000 rows read", blocking=False)
    assert told(replace(gate_inputs(), cases=None, findings=(noted,))) == [("cases", "no_data", Verdict.INCONCLUSIVE, True)]


def test_two_versions_with_other_outcomes_are_told_and_are_no_reason_to_pass() -> None:
    assert told(gate_inputs()) == [("candidate", "two_versions", Verdict.PASS, False)]


def test_the_champion_is_no_candidate_even_where_nothing_was_read() -> None:
    inputs = replace(gate_inputs(), candidate=a_pinned(CANDIDATE, digest=a_pinned(CHAMPION).digest), cases=None)
    assert [code for _, code, _, _ in told(inputs)] == ["same_version", "no_data"]


def test_two_good_versions_that_agree_on_every_answer_are_told_and_not_called_copied() -> None:
    cases = a_set()
    champion, candidate = outcomes_of(cases, version=CHAMPION), outcomes_of(cases)
    slow, fast = ({"seconds": (second,) * 1000} for second in (1.0, 2.0))
    inputs = gate_inputs(cases, replace(champion, amounts=slow), replace(candidate, amounts=fast))
    found = only(inputs, "same_answers")
    assert (found.verdict, found.blocking, found.n) == (Verdict.PASS, False, 1000)
    assert judge_gate(inputs).verdict is Verdict.PASS


def test_outcomes_alike_in_every_column_amounts_included_are_copied() -> None:
    cases = a_set()
    slow = {"seconds": (1.0,) * 1000}
    inputs = gate_inputs(cases, outcomes_of(cases, version=CHAMPION, amounts=slow), outcomes_of(cases, amounts=slow))
    found = only(inputs, "same_outcomes")
    assert (found.verdict, found.blocking, found.n) == (Verdict.FAIL, True, 2000)


def test_amounts_that_only_one_version_has_tell_no_two_versions_apart() -> None:
    cases = a_set()
    slow = {"seconds": (1.0,) * 1000}
    assert only(gate_inputs(cases, outcomes_of(cases, version=CHAMPION, amounts=slow), outcomes_of(cases)), "same_outcomes")


def test_versions_of_which_only_amounts_and_passes_are_known_are_told_apart_by_them() -> None:
    cases = a_set()
    bare = {"answers": (None,) * 1000, "passed": {"grounded": (True,) * 1000}}
    champion, candidate = outcomes_of(cases, version=CHAMPION, **bare), outcomes_of(cases, **bare)
    slow, fast = ({"seconds": (second,) * 1000} for second in (1.0, 2.0))
    assert only(gate_inputs(cases, replace(champion, amounts=slow), replace(candidate, amounts=fast)), "same_answers")
    bare["passed"] = {}
    champion, candidate = outcomes_of(cases, version=CHAMPION, **bare), outcomes_of(cases, **bare)
    assert only(gate_inputs(cases, replace(champion, amounts=slow), replace(candidate, amounts=fast)), "two_versions")
    assert only(gate_inputs(cases, replace(champion, amounts=slow), replace(candidate, amounts=slow)), "same_outcomes")


def test_answers_alike_that_a_scorer_judged_otherwise_are_other_outcomes() -> None:
    cases = a_set()
    one, other = ({"grounded": (passed,) * 1000} for passed in (True, False))
    inputs = gate_inputs(cases, outcomes_of(cases, version=CHAMPION, passed=one), outcomes_of(cases, passed=other))
    assert only(inputs, "two_versions")


@pytest.mark.parametrize(("errors", "verdict"), [(20, Verdict.PASS), (21, Verdict.INCONCLUSIVE)])
def test_errors_are_told_and_block_above_the_ceiling(errors: int, verdict: Verdict) -> None:
    cases = a_set()
    failed = {place: "timeout" if place % 3 else "rate limit" for place in range(errors)}
    found = only(gate_inputs(cases, candidate=outcomes_of(cases, errors=failed)), "errored")
    assert (found.verdict, found.blocking, found.value, found.limit) == (verdict, verdict is not Verdict.PASS, errors / 1000, 0.02)
    assert "'timeout'" in found.reason


def test_answers_that_nobody_agreed_on_are_named_by_number_then_by_name() -> None:
    cases = a_set()
    champion, candidate = a_pair(cases, lost=10, won=30, both_wrong=70)
    strange = ("maybe", "Approve", "maybe", "accept", *candidate.answers[4:])
    found = only(gate_inputs(cases, champion, replace(candidate, answers=strange)), "off_contract")
    assert "'maybe' (2), 'Approve' (1), 'accept' (1)" in found.reason
    assert (found.verdict, found.blocking, found.value) == (Verdict.PASS, False, 0.004)


@pytest.mark.parametrize(("strange", "verdict"), [(20, Verdict.PASS), (21, Verdict.INCONCLUSIVE)])
def test_a_champion_whose_answers_are_spelled_otherwise_does_not_say_what_has_to_be_kept(strange: int, verdict: Verdict) -> None:
    cases = a_set()
    spelled = outcomes_of(cases, version=CHAMPION, answers=("Approve",) * strange + outcomes_of(cases).answers[strange:])
    found = only(gate_inputs(cases, spelled), "off_contract")
    assert (found.subject, found.verdict, found.blocking) == (CHAMPION, verdict, verdict is not Verdict.PASS)
    assert ("what has to be kept is not known" in found.reason) is found.blocking


def test_a_candidate_far_worse_than_a_champion_whose_outcomes_are_broken_does_not_pass() -> None:
    """Half of a champion that is nearly always right was written in capitals; a candidate wrong in 4 of 10 looked better by it."""
    cases = a_set(600)
    answers = tuple(one.upper() if one and place % 2 else one for place, one in enumerate(outcomes_of(cases, range(30)).answers))
    decision = judge_gate(gate_inputs(cases, outcomes_of(cases, version=CHAMPION, answers=answers), outcomes_of(cases, range(240))))
    assert (decision.verdict, decision.action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)


def test_any_text_is_an_answer_where_none_is_agreed() -> None:
    cases = a_set()
    spec = an_evaluation_spec(cases, answers=())
    inputs = gate_inputs(cases, candidate=outcomes_of(cases, answers=("maybe",) * 1000), spec=spec)
    assert "off_contract" not in {one.reason_code for one in (*find_wiring(inputs), *find_set_problems(inputs))}


def test_refusals_are_told_and_are_not_outside_of_the_contract() -> None:
    cases = a_set()
    declined = outcomes_of(cases, answers=("I cannot say",) * 3 + outcomes_of(cases).answers[3:])
    inputs = gate_inputs(cases, candidate=declined, spec=an_evaluation_spec(cases, refusals=("I cannot say",)))
    assert only(inputs, "refusals").value == 0.003 and "off_contract" not in {one.reason_code for one in find_wiring(inputs)}


def test_outcomes_of_another_version_are_not_compared() -> None:
    inputs = gate_inputs(candidate=outcomes_of(a_set(), version="3"))
    assert told(inputs) == [(CANDIDATE, "not_lined_up", Verdict.INCONCLUSIVE, True)]
    assert "expected outcomes of 2" in only(inputs, "not_lined_up").reason and "of 3" in only(inputs, "not_lined_up").reason


def test_an_empty_set_has_no_problems_of_its_own() -> None:
    assert find_set_problems(gate_inputs(a_set(0))) == () == find_set_problems(replace(gate_inputs(), cases=None))


def test_a_clean_set_has_none() -> None:
    assert find_set_problems(gate_inputs()) == ()


def test_cases_that_ask_the_same_are_named() -> None:
    cases = a_set()
    found = only(gate_inputs(replace(cases, contents=(*cases.contents[:998], *cases.contents[:2]))), "duplicate_cases")
    assert (found.verdict, found.blocking, found.value) == (Verdict.PASS, False, 0.002)
    assert "2 of 1,000 cases ask what another one asks, 0 groups" in found.reason
    assert "case-000000 and case-000998, case-000001 and case-000999" in found.reason


def test_cases_that_ask_the_same_and_expect_something_else_are_named_as_that() -> None:
    cases = a_set()
    found = only(gate_inputs(replace(cases, contents=(*cases.contents[:999], cases.contents[0]))), "duplicate_cases")
    assert "1 group of them with different labels (case-000000 and case-000999)" in found.reason and "repair the set" in found.reason


def test_a_set_without_contents_has_no_duplicates_to_tell() -> None:
    assert find_set_problems(gate_inputs(a_set(contents=()))) == ()


@pytest.mark.parametrize(("looks", "expected"), [(0, None), (9, None), (10, Verdict.PASS), (19, Verdict.PASS), (20, Verdict.INCONCLUSIVE)])
def test_looks_are_told_from_half_of_the_budget_on(looks: int, expected: Verdict | None) -> None:
    found = [one for one in find_set_problems(gate_inputs(looks=looks)) if one.reason_code == "looks"]
    assert [one.verdict for one in found] == ([] if expected is None else [expected])
    assert all(one.blocking is (expected is not Verdict.PASS) for one in found)


def test_a_budget_of_no_looks_allows_none() -> None:
    assert only(gate_inputs(policy=a_gate_policy(max_looks_count=0)), "looks").verdict is Verdict.INCONCLUSIVE


def test_the_digest_of_a_set_may_be_written_with_and_without_its_kind() -> None:
    cases = a_set()
    for digest in (cases.digest.removeprefix("sha256:"), cases.digest.upper().replace("SHA256", "sha256")):
        assert find_set_problems(gate_inputs(cases, spec=an_evaluation_spec(cases, set_digest=digest))) == ()


PARTS = (("model", "large-1"), ("prompt", "12"))


def test_a_bundle_that_was_registered_twice_is_the_same_version() -> None:
    inputs = replace(gate_inputs(), candidate=a_pinned(CANDIDATE, parts=PARTS), champion=a_pinned(CHAMPION, parts=PARTS))
    found = only(inputs, "same_version")
    assert found.verdict is Verdict.FAIL and "is the champion (model large-1, prompt 12)" in found.reason


def test_bundles_that_differ_in_one_part_are_two_versions() -> None:
    other = (("model", "large-1"), ("prompt", "13"))
    inputs = replace(gate_inputs(), candidate=a_pinned(CANDIDATE, parts=other), champion=a_pinned(CHAMPION, parts=PARTS))
    assert "same_version" not in {one.reason_code for one in find_wiring(inputs)}


def test_a_version_that_was_scored_here_with_the_champions_files_is_the_champion_whatever_it_is_registered_as() -> None:
    cases = a_set()
    champion, candidate = (outcomes_of(cases, range(70), version=one, amounts={"seconds": (1.0 + n,) * 1000}) for n, one in enumerate("12"))
    scored = tuple(InputDigest(f"{MODEL_FILES}fraud {one}", "sha256:" + "f" * 64) for one in (CHAMPION, CANDIDATE))
    inputs = gate_inputs(cases, champion, candidate, sources=scored)
    assert only(inputs, "same_version").verdict is Verdict.FAIL
    assert judge_gate(inputs).verdict is Verdict.FAIL
    other = replace(inputs, sources=(scored[0], replace(scored[1], digest="sha256:" + "e" * 64)))
    assert [code for _, code, _, _ in told(other)] == ["same_answers"]
