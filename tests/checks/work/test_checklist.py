"""The checklist of a change: every control answered once, and answered yes."""

from __future__ import annotations

import pytest

from checks.work.checklist import find_unanswered
from registry.domain.policy_work import ControlRule
from registry.domain.steps import Answer, Artifact
from registry.domain.steps_change import ChangeLink, ControlAnswer
from tests.checks.work.cases import shipped_policies
from tests.checks.work.releases import a_link, answers

CONTROLS, LIMITS = shipped_policies().controls, shipped_policies().limits


def refused(link: ChangeLink) -> list[tuple[str, str, str]]:
    return [(found.code, found.reason, found.remedy) for found in find_unanswered(link, CONTROLS, LIMITS)]


def an_answer(control: str, answer: Answer, evidence: str = "CHG-2050, section 4") -> ControlAnswer:
    return ControlAnswer(control=control, answer=answer, evidence=evidence)


@pytest.mark.parametrize("artifact", Artifact)
def test_without_answers_every_control_of_the_kind_asks_its_question(artifact: Artifact) -> None:
    asked = [rule for rule in CONTROLS if artifact in rule.artifacts]

    found = refused(a_link(artifact=artifact, controls=()))

    assert len(asked) >= 6
    assert [(code, reason.endswith(rule.asks)) for (code, reason, _), rule in zip(found, asked, strict=True)] == [
        ("unanswered", True)
    ] * len(asked)


def test_where_nothing_is_asked_nothing_is_missing() -> None:
    assert list(find_unanswered(a_link(controls=()), (), LIMITS)) == []


@pytest.mark.parametrize("artifact", Artifact)
def test_a_yes_to_each_control_is_enough(artifact: Artifact) -> None:
    assert refused(a_link(artifact=artifact)) == []


def test_one_missing_answer_is_told_with_how_to_write_it() -> None:
    ((code, reason, remedy),) = refused(a_link(controls=answers(Artifact.MODEL, model_rollback=None)))

    assert (code, reason.partition(". ")[0]) == ("unanswered", "controls: expected an answer to model_rollback, found none")
    assert remedy == "add to controls, with where it can be seen: {control: model_rollback, answer: yes, evidence: tbd}"


def test_an_answer_given_twice_is_refused_even_where_both_say_yes() -> None:
    link = a_link()

    found = refused(a_link(controls=(*link.controls, link.controls[0])))

    assert found == [("answered_twice", "controls: expected one answer to model_change_reason, found several", "keep the one that holds")]


@pytest.mark.parametrize(
    ("control", "found", "near"),
    [("model_rolback", "an unknown one", "model_rollback"), ("prompt_rollback", "one that is asked of prompt", "model_rollback")],
)
def test_a_control_that_is_not_asked_is_answered_with_the_nearest_one(control: str, found: str, near: str) -> None:
    more = an_answer(control, Answer.YES)

    ((code, reason, remedy),) = refused(a_link(controls=(*a_link().controls, more)))

    assert code == "unknown_control"
    assert reason == f"controls: expected a control that is asked of a change to model, found {control!r}, {found}"
    assert remedy == f"write {near!r}, or leave it out"


@pytest.mark.parametrize("rule", CONTROLS, ids=lambda rule: rule.control)
def test_no_is_refused_with_what_to_do(rule: ControlRule) -> None:
    artifact = rule.artifacts[0]
    no = an_answer(rule.control, Answer.NO)

    ((code, reason, remedy),) = refused(a_link(artifact=artifact, controls=answers(artifact, **{rule.control: no})))

    assert (code, remedy) == ("answered_no", rule.otherwise)
    assert rule.asks in reason


def test_a_control_that_always_applies_is_never_not_applicable() -> None:
    never = an_answer("model_rollback", Answer.NOT_APPLICABLE, "there is no last version to go back to")

    ((code, reason, _),) = refused(a_link(controls=answers(Artifact.MODEL, model_rollback=never)))

    assert (code, reason) == ("always_applies", "controls.model_rollback: expected yes, found not_applicable, which this control never is")


@pytest.mark.parametrize(
    ("why", "codes"), [("", ["missing"]), ("n/a", ["placeholder"]), ("not needed", ["too_short"]), ("no threshold changed", [])]
)
def test_not_applicable_needs_its_reason(why: str, codes: list[str]) -> None:
    skipped = an_answer("model_threshold", Answer.NOT_APPLICABLE, why)

    assert [code for code, *_ in refused(a_link(controls=answers(Artifact.MODEL, model_threshold=skipped)))] == codes


@pytest.mark.parametrize(("evidence", "codes"), [("", ["missing"]), ("yes", ["placeholder"]), ("VAL77", []), ("CHG-2050", [])])
def test_yes_needs_where_it_can_be_seen(evidence: str, codes: list[str]) -> None:
    yes = an_answer("model_watch", Answer.YES, evidence)

    assert [code for code, *_ in refused(a_link(controls=answers(Artifact.MODEL, model_watch=yes)))] == codes


def test_the_shipped_questions_can_all_be_told_apart_and_are_questions() -> None:
    assert len({rule.asks for rule in CONTROLS}) == len(CONTROLS)
    assert [rule.control for rule in CONTROLS if not rule.asks.endswith("?")] == []
