"""One verdict from many findings: worst of the blocking ones, and nothing judged never passes."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.verdict import badness, find_reasons, grouped, judge_overall, verdict_of
from registry.domain.decision import Reason, Verdict
from tests.builders import a_finding
from tests.strategies import findings

PASS, INCONCLUSIVE, FAIL = Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL
ORDER = (PASS, INCONCLUSIVE, FAIL)


def test_no_finding_is_inconclusive_and_says_so():
    assert judge_overall(()) is INCONCLUSIVE
    assert [reason.code for reason in find_reasons(())] == ["nothing_judged"]


def test_only_notes_is_inconclusive_because_nothing_was_judged():
    notes = [a_finding(PASS, blocking=False), a_finding(FAIL, blocking=False)]

    assert judge_overall(notes) is INCONCLUSIVE
    assert [reason.code for reason in find_reasons(notes)] == ["nothing_judged"]


@pytest.mark.parametrize("verdicts", list(product(ORDER, repeat=3)))
def test_the_worst_blocking_verdict_decides_in_any_order(verdicts):
    assert judge_overall([a_finding(verdict) for verdict in verdicts]) is max(verdicts, key=ORDER.index)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", ["value", "baseline", "limit"])
@pytest.mark.parametrize("stated", ORDER)
def test_a_number_that_was_not_computed_is_a_failure_whatever_the_finding_says(number, place, stated):
    assert judge_overall([a_finding(stated, **{place: number})]) is FAIL


@pytest.mark.parametrize("interval", [(math.nan, 1.0), (0.0, math.nan), (0.0, math.inf)])
def test_an_interval_without_an_end_is_a_failure(interval):
    assert verdict_of(a_finding(PASS, interval=interval)) is FAIL


def test_numbers_that_are_zero_or_absent_are_not_failures():
    assert judge_overall([a_finding(PASS, value=0.0, baseline=None, limit=-1.0, interval=(-0.5, 0.0))]) is PASS


@pytest.mark.parametrize("name", ["passed", "PASS", "ok", "", None, True])
def test_an_unknown_verdict_name_is_an_error(name):
    with pytest.raises(ValueError, match="not a valid Verdict"):
        judge_overall([replace(a_finding(), verdict=name)])


def test_a_plain_text_verdict_from_a_file_counts_as_what_it_names():
    assert judge_overall([replace(a_finding(), verdict="fail")]) is FAIL


def test_reasons_are_the_findings_against_a_pass_worst_first_with_their_subject():
    found = [
        a_finding(PASS, subject="a", reason_code="ok"),
        a_finding(INCONCLUSIVE, subject="b", reason_code="stale", reason="old"),
        a_finding(FAIL, subject="c", reason_code="drop", reason="low"),
        a_finding(FAIL, subject="d", reason_code="note", blocking=False),
        a_finding(PASS, subject="e", reason_code="nan", reason="not computed", value=math.nan),
    ]

    reasons = find_reasons(found)

    assert [reason.code for reason in reasons] == ["drop", "nan", "stale"]
    assert reasons[0].text == "c: low"


def test_a_pass_has_no_reasons():
    assert find_reasons([a_finding(PASS)]) == ()


def test_no_reasons_are_no_groups():
    assert grouped(()) == ()


def test_reasons_of_one_code_are_told_once_with_how_many_more_there_are():
    reasons = (Reason("stale", "a: old"), Reason("drop", "b: low"), Reason("stale", "c: old"), Reason("stale", "d: old"))

    assert grouped(reasons) == (Reason("stale", "a: old (and 2 more)"), Reason("drop", "b: low"))


def test_a_failure_is_worse_news_than_not_knowing_and_that_than_a_pass():
    assert badness(FAIL) > badness(INCONCLUSIVE) > badness(PASS)


@given(st.lists(findings(), max_size=6), findings())
def test_adding_a_failure_never_improves_the_verdict(found, extra):
    before = judge_overall(found) if any(finding.blocking for finding in found) else PASS

    after = judge_overall([*found, replace(extra, blocking=True)])

    assert ORDER.index(after) >= ORDER.index(before)
    assert judge_overall([*found, replace(extra, verdict=FAIL, blocking=True)]) is FAIL


@given(st.lists(findings(), max_size=6), st.randoms())
def test_the_order_of_findings_does_not_matter(found, random):
    shuffled = random.sample(found, len(found))

    assert judge_overall(found) is judge_overall(shuffled)


@given(st.lists(findings(), max_size=6))
def test_a_decision_passes_exactly_when_it_has_no_reasons(found):
    assert (judge_overall(found) is PASS) == (find_reasons(found) == ())
