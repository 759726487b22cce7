"""What is kept of answers: codes as they are, other answers by their beginning, free texts by their digest alone."""

from __future__ import annotations

from dataclasses import replace

from checks.gate_answers import kept_outcomes
from checks.redaction import redaction_of
from registry.domain.evaluation import VersionOutcomes
from tests.gate_builders import a_set, an_evaluation_spec, outcomes_of

REDACT = redaction_of(("phone", "email"))


def kept(*answers: str | None, agreed: tuple[str, ...] = ("approve", "decline"), **changes: object) -> VersionOutcomes:
    cases = a_set(len(answers))
    spec = an_evaluation_spec(cases, answers=agreed, refusals=("I cannot say",))
    return kept_outcomes(replace(outcomes_of(cases), answers=answers, **changes), cases, spec, REDACT)


def test_outcomes_without_a_case_stay_empty() -> None:
    assert kept().answers == ()


def test_labels_agreed_answers_refusals_and_none_stay_as_they_are() -> None:
    given = ("approve", "decline", "I cannot say", None)
    assert kept(*given).answers == given


def test_a_short_answer_out_of_contract_is_shown_as_it_came() -> None:
    assert kept("Approve").answers == ("Approve",)


def test_a_long_one_is_shown_by_its_beginning_without_identifiers_and_two_that_begin_alike_stay_two() -> None:
    first, second = kept(
        *(f"Call 212-555-0147 about the purchase that was made on a {day} in town" for day in ("Monday", "Friday"))
    ).answers
    assert first and second and first != second
    assert first.startswith("Call [phone] about the purchase") and "212-555" not in first and len(first) < 70


def test_the_same_answer_is_kept_the_same_by_every_version() -> None:
    text = "something that was never agreed and goes on for quite a while"
    assert kept(text, "approve").answers[0] == kept("approve", text).answers[1]


def test_a_free_text_is_kept_as_its_digest_alone() -> None:
    (answer,) = kept("Jane Roe bought a boat", agreed=()).answers
    assert answer and answer.startswith("text sha256:") and "Jane" not in answer


def test_repeats_are_kept_as_answers_are_and_the_digest_is_that_of_what_was_read() -> None:
    read = kept("approve", "approve", agreed=(), repeats=(("Jane Roe", None), ()), digest="sha256:read")
    assert read.repeats[0][1] is None and str(read.repeats[0][0]).startswith("text sha256:")
    assert read.digest == "sha256:read"
