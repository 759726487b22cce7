"""A set that versions were taught says nothing of other cases: whoever finds it in the training data keeps them from passing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.eval_gate import judge_gate
from checks.gate_training import find_taught
from registry.domain.catalogue import SourceSpec
from registry.domain.decision import InputDigest, Verdict
from registry.domain.evaluation import TrainingRead, TrainingSpec
from registry.domain.gate import GateInputs
from registry.domain.gate_run import question_of
from tests.gate_builders import gate_inputs

FILE = InputDigest("training data: data/train.csv", "sha256:" + "7" * 64)


def trained(read: TrainingRead | None, case_id: str = "id", content: tuple[str, ...] = ("question",)) -> GateInputs:
    inputs = gate_inputs()
    training = TrainingSpec(SourceSpec("train", "data/train.csv"), case_id, content)
    return replace(inputs, spec=replace(inputs.spec, training=training), training=read)


def test_without_training_data_nothing_is_said_and_that_is_listed() -> None:
    decision = judge_gate(gate_inputs())
    assert decision.verdict is Verdict.PASS and find_taught(gate_inputs()) == ()
    assert [one.reason_code for one in decision.not_evaluated if one.subject == "training data"] == ["not_configured"]


def test_training_data_that_could_not_be_read_is_listed_too() -> None:
    assert [one.reason_code for one in judge_gate(trained(None)).not_evaluated if one.subject == "training data"] == ["no_data"]


@pytest.mark.parametrize(
    ("read", "codes"),
    [
        (TrainingRead(0, inputs=(FILE,)), ["no_data"]),
        (TrainingRead(0, 3, inputs=(FILE,)), ["no_data", "malformed_rows"]),
        (TrainingRead(90, 1, inputs=(FILE,)), ["malformed_rows"]),
        (TrainingRead(90, 0, ("case-000007",)), ["taught_cases"]),
        (TrainingRead(90, 0, (), ("case-000007",)), ["taught_cases"]),
        (TrainingRead(90, 2, ("case-000007",), ("case-000007",)), ["taught_cases", "malformed_rows"]),
    ],
    ids=["no row", "only broken rows", "a broken row", "by id", "by what it asks", "both and a broken row"],
)
def test_nothing_passes_on_cases_that_may_have_been_taught(read: TrainingRead, codes: list[str]) -> None:
    decision = judge_gate(trained(read))
    found = [one for one in decision.findings if one.subject == "training data"]
    assert [one.reason_code for one in found] == codes and all(one.blocking for one in found)
    assert decision.verdict is Verdict.INCONCLUSIVE and [one.code for one in decision.reasons] == codes


def test_the_cases_are_counted_once_and_the_first_are_named() -> None:
    ids = tuple(f"case-{place:06d}" for place in range(7))
    (found,) = find_taught(trained(TrainingRead(5_000, 0, ids, ids[:2])))
    assert "among the 5,000 rows of training data, found 7 of 1,000 (7 by id, 2 by what they ask): case-000000, " in found.reason
    assert "case-000004 and 2 more; train without them" in found.reason and (found.value, found.n) == (7.0, 1000)


@pytest.mark.parametrize(
    ("case_id", "content", "by"), [("id", (), "by id"), ("", ("q",), "by what it asks"), ("id", ("q",), "by id or by what it asks")]
)
def test_that_no_case_was_taught_is_told_with_how_it_was_looked_for(case_id: str, content: tuple[str, ...], by: str) -> None:
    decision = judge_gate(trained(TrainingRead(90, inputs=(FILE,)), case_id, content))
    (found,) = [one for one in decision.findings if one.subject == "training data"]
    assert (found.verdict, found.reason_code, found.blocking) == (Verdict.PASS, "untaught", False) and found.reason.endswith(by)
    assert decision.verdict is Verdict.PASS and FILE in decision.inputs


def test_other_training_data_is_another_question() -> None:
    asked = [question_of(trained(read)) for read in (None, TrainingRead(90), TrainingRead(90, inputs=(FILE,)))]
    assert len(set(asked)) == 3
