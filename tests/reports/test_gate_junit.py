"""The JUnit file of a gate decision: what a CI system shows, and that nothing but a pass looks like one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.gate import GateDecision
from registry.domain.policy_gate import TooFewAction
from reports.gate_junit import junit_of
from tests.payloads import PAYLOADS
from tests.reports import gate_samples as samples


def suite_of(decision: GateDecision) -> ElementTree.Element:
    """Return the one suite of the file, its counts checked against what it holds."""
    root = ElementTree.fromstring(junit_of(decision))  # noqa: S314 - our own file
    (suite,) = root
    for name, tag in (
        ("tests", "testcase"),
        ("failures", "testcase/failure"),
        ("errors", "testcase/error"),
        ("skipped", "testcase/skipped"),
    ):
        assert suite.get(name) == root.get(name) == str(len(suite.findall(tag)))
    return suite


def outcomes(decision: GateDecision) -> dict[str, str]:
    """Return each test case with what it came to; no two of a file are called alike."""
    cases = suite_of(decision).findall("testcase")
    told = {f"{case.get('classname')}/{case.get('name')}": case[0].tag if len(case) else "passed" for case in cases}
    assert len(told) == len(cases)
    return told


def test_a_decision_without_a_finding_is_no_empty_file() -> None:
    decision, _ = samples.nothing()
    found = suite_of(replace(decision, findings=()))

    assert found.get("errors") == "1"
    assert found.find("testcase/error").get("message") == decision.reasons[0].text  # type: ignore[union-attr]


def test_a_failure_is_a_failure_and_what_could_not_be_told_is_an_error() -> None:
    decision, _ = samples.a_loss()
    told = outcomes(decision)

    assert told["gate.routed right/product=retail_banking"] == "failure"
    assert told["gate.routed right/all rows"] == "error"
    assert told["gate.routed right/product=credit_card"] == "passed"


def test_a_comparison_has_the_same_name_whatever_it_comes_to() -> None:
    assert {name for name in outcomes(samples.a_loss()[0]) if "=" in name} == {
        name for name in outcomes(samples.a_canary()[0]) if "=" in name
    }


def test_a_failure_says_why_in_the_sentence_of_the_decision() -> None:
    failure = suite_of(samples.a_loss()[0]).find("testcase/failure")

    assert failure is not None
    assert failure.get("type") == "segment_regression"
    assert "23 lost, 2 won" in str(failure.get("message"))


@pytest.mark.parametrize("policy", [TooFewAction.CANARY, TooFewAction.WAIVE])
def test_what_was_not_evaluated_is_skipped_though_policy_lets_it_pass(policy: TooFewAction) -> None:
    decision, _ = samples.judged(samples.complaint_inputs({}, policy=samples.a_policy(too_few_segments=policy)))

    assert decision.verdict is Verdict.PASS
    assert outcomes(decision)["gate.routed right/channel=branch"] == "skipped"


def test_what_was_not_evaluated_and_blocks_is_an_error_and_told_once() -> None:
    decision, _ = samples.judged(samples.complaint_inputs({}, policy=samples.a_policy(too_few_segments=TooFewAction.BLOCK)))
    names = [case.get("name") for case in suite_of(decision).findall("testcase") if "branch" in str(case.get("name"))]

    assert outcomes(decision)["gate.routed right/channel=branch"] == "error"
    assert names == ["channel=branch"] * 2  # of two measures


def test_other_things_that_were_not_evaluated_are_skipped() -> None:
    gap = NotEvaluated("equal opportunity of age=80+", "too_few", "3 cases count for it")

    assert (
        outcomes(replace(samples.a_pass()[0], not_evaluated=(gap,)))["gate.not_evaluated/equal opportunity of age=80+: too few cases"]
        == "skipped"
    )


def test_a_finding_that_does_not_block_is_no_test_case() -> None:
    note = Finding("wiring", "set", Verdict.INCONCLUSIVE, "looks", "often", blocking=False)
    decision, _ = samples.a_pass()

    assert outcomes(replace(decision, findings=(*decision.findings, note))) == outcomes(decision)


def test_a_number_that_was_not_computed_is_a_failure_whatever_its_finding_says() -> None:
    decision, _ = samples.a_pass()
    broken = replace(decision.findings[0], blocking=True, verdict=Verdict.PASS, value=float("nan"))
    suite = suite_of(replace(decision, verdict=Verdict.FAIL, findings=(broken,)))

    assert suite.get("failures") == "1"


@pytest.mark.parametrize(
    "make",
    [samples.a_loss, samples.a_small_loss, samples.a_pass, samples.an_open_one, samples.itself, samples.nothing, samples.a_large_one],
)
def test_a_file_is_without_failure_and_error_exactly_where_the_decision_passed(make: Any) -> None:
    suite = suite_of(make()[0])

    assert (suite.get("failures") == suite.get("errors") == "0") == (make()[0].verdict is Verdict.PASS)


def test_the_file_is_the_same_bytes_for_the_same_decision_and_its_only_time_is_that_of_the_decision() -> None:
    decision, _ = samples.a_loss()

    assert junit_of(decision) == junit_of(samples.a_loss()[0])
    assert suite_of(decision).get("timestamp") == "2026-03-02T08:00:00+00:00"
    assert not [case for case in suite_of(decision).iter() if case.get("time")]


def test_the_file_names_what_is_pinned() -> None:
    decision, _ = samples.a_loss()
    told = {one.get("name"): one.get("value") for one in suite_of(decision).find("properties") or ()}

    assert told["candidate_digest"] == decision.candidate.digest
    assert told["champion"] == "gpt-4o"
    assert told["set_digest"] == decision.set_digest
    assert told["verdict"] == "fail"


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.kind)
def test_a_hostile_text_in_every_field_leaves_the_file_readable_and_is_a_text_in_it(payload: Any) -> None:
    plain, hostile = (suite_of(samples.named_by([text])[0]) for text in ("plain", payload.text))

    assert [one.tag for one in hostile.iter()] == [one.tag for one in plain.iter()]
    assert {tuple(one.attrib) for one in hostile.iter()} == {tuple(one.attrib) for one in plain.iter()}
