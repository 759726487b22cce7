"""Root cause: what a worksheet is refused for, and that good ones are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.work.root_cause import find_refusals
from registry.domain.steps import CauseFamily, RootCause
from tests.checks.work.cases import a_case, a_step_plan, known_nothing
from tests.checks.work.worksheets import CAUSES, FEE_ANSWER, GOOD, SHALLOW, VAGUE_CAUSES, a_worksheet
from tests.examples import drawing

ANSWERS = ("confirmed_failure", "direct_cause", "control_failure", "corrective_action", "preventive_action")
LISTS = ("contributing_causes", "evidence", "five_whys")


def judged(sheet, **limits):
    plan = a_step_plan(sheet)
    policies = replace(plan.policies, limits=replace(plan.policies.limits, **limits))
    return find_refusals(a_case(), replace(plan, policies=policies), known_nothing())


def told(sheet, **limits):
    """The code and the field of every refusal."""
    return {(refusal.code, refusal.reason.partition(":")[0]) for refusal in judged(sheet, **limits)}


def an_empty_sheet():
    return RootCause(**dict.fromkeys(ANSWERS, ""), **dict.fromkeys(LISTS, ()), family=CauseFamily.GOVERNANCE)


def test_an_empty_worksheet_is_refused_once_for_every_question():
    missing = {("missing", field) for field in (*ANSWERS, "contributing_causes")}

    assert told(an_empty_sheet()) == {*missing, ("no_evidence", "evidence"), ("not_five", "five_whys")}


def test_the_corpus_is_large_enough_and_covers_every_family():
    assert len(SHALLOW) >= 40
    assert len(GOOD) >= 15
    assert {sheet.family for sheet in GOOD.values()} == set(CauseFamily)


@pytest.mark.parametrize("sheet", GOOD.values(), ids=GOOD)
def test_a_worksheet_that_says_why_is_accepted(sheet):
    assert judged(sheet) == ()


@pytest.mark.parametrize(("sheet", "code", "field"), SHALLOW.values(), ids=SHALLOW)
def test_a_shallow_worksheet_is_refused_by_the_field_that_is_shallow(sheet, code, field):
    assert (code, field) in told(sheet)


@pytest.mark.parametrize(("sheet", "code", "field"), SHALLOW.values(), ids=SHALLOW)
def test_nothing_else_of_a_shallow_worksheet_is_refused(sheet, code, field):
    assert {where for _, where in told(sheet)} == {field}


@pytest.mark.parametrize(("sheet", "code", "field"), SHALLOW.values(), ids=SHALLOW)
def test_a_refusal_says_what_was_found_and_how_to_write_it_better(sheet, code, field):
    for refusal in judged(sheet):
        assert refusal.reason.startswith(f"{field}: expected ")
        assert ", found " in refusal.reason
        assert len(refusal.remedy.split()) >= 4


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_that_somebody_can_act_on_is_accepted(cause):
    assert judged(a_worksheet(direct_cause=cause)) == ()


@pytest.mark.parametrize("cause", VAGUE_CAUSES)
def test_a_cause_that_would_fit_any_failure_is_refused(cause):
    assert told(a_worksheet(direct_cause=cause)) == {("shallow", "direct_cause")}


def test_a_cause_that_holds_the_other_is_refused_and_a_control_failure_that_does_is_not():
    longer = f"{FEE_ANSWER.direct_cause}, in both brands since the January rebuild dropped effective dates, owners and regions"

    assert told(a_worksheet(contributing_causes=(longer,))) == {("restates", "contributing_causes[0]")}
    assert judged(a_worksheet(control_failure=f"The freshness gate reads upload dates, so it passed this: {FEE_ANSWER.direct_cause}")) == ()


def test_neither_action_holds_the_other():
    longer = f"{FEE_ANSWER.corrective_action}, and check it monthly with the knowledge owner of each brand"

    assert told(a_worksheet(preventive_action=longer)) == {("restates", "preventive_action")}
    assert told(a_worksheet(corrective_action=longer, preventive_action=FEE_ANSWER.corrective_action)) == {
        ("restates", "preventive_action")
    }


def test_a_general_statement_is_answered_with_the_better_question():
    (refusal,) = judged(a_worksheet(direct_cause="The model hallucinated and gave a wrong answer"))

    assert refusal.remedy.startswith("say why the system let a claim without evidence reach the customer, like: ")


def test_a_cause_may_quote_the_failure_if_it_adds_to_it():
    quoting = "Answers cited the superseded fee policy because the retriever ignores effective dates of sources"

    assert judged(a_worksheet(direct_cause=quoting)) == ()


def test_a_workspace_with_a_lower_overlap_refuses_more():
    assert judged(FEE_ANSWER) == ()
    assert told(FEE_ANSWER, max_cause_overlap_ratio=0.1)


def test_a_workspace_that_asks_for_more_words_refuses_shorter_answers():
    assert {code for code, _ in told(FEE_ANSWER, min_cause_words=40)} == {"too_short"}


@st.composite
def any_sheet(draw):
    texts = st.one_of(st.text(max_size=60), st.sampled_from([*SHALLOW, FEE_ANSWER.direct_cause, "模型幻觉", "\u0000", "ﬁ", "İ" * 9]))
    lists = st.lists(texts, max_size=7).map(tuple)
    return RootCause(
        **{name: draw(texts) for name in ANSWERS},
        **{name: draw(lists) for name in LISTS},
        family=draw(st.sampled_from(CauseFamily)),
    )


@given(any_sheet())
@drawing(300)
def test_any_text_is_judged_and_none_raises(sheet):
    assert all(refusal.code and refusal.reason and refusal.remedy for refusal in judged(sheet))


@given(st.sampled_from(list(GOOD.values())), st.permutations((*ANSWERS, *LISTS)))
@drawing(60)
def test_filling_in_a_good_answer_never_adds_a_refusal(good, order):
    sheet = replace(an_empty_sheet(), family=good.family)
    before = told(sheet)
    for field in order:
        sheet = replace(sheet, **{field: getattr(good, field)})
        after = told(sheet)
        assert after <= before
        before = after
    assert before == set()


@given(st.sampled_from([sheet for sheet, *_ in SHALLOW.values()]), st.randoms(use_true_random=False))
@drawing(60)
def test_the_order_of_causes_and_evidence_changes_nothing(sheet, random):
    more = replace(sheet, contributing_causes=(*sheet.contributing_causes, "Two teams share the index and neither owns its build log"))
    shuffled = replace(
        more,
        contributing_causes=tuple(random.sample(more.contributing_causes, len(more.contributing_causes))),
        evidence=tuple(random.sample(more.evidence, len(more.evidence))),
    )

    assert sorted(refusal.code for refusal in judged(shuffled)) == sorted(refusal.code for refusal in judged(more))
