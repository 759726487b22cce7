"""The champion of choice and the outcomes that changed: what the record says against a comparison that reads well."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from checks.eval_gate import judge_gate
from checks.gate_record import find_record_problems
from registry.domain.decision import InputDigest, Verdict
from registry.domain.gate import ChangedOutcomes, GateAction, GateInputs, MovedAlias, ServingVersion
from registry.domain.gate_run import question_of
from tests.gate_builders import CANDIDATE, CHAMPION, a_pair, a_set, gate_inputs

CHANGED = (ChangedOutcomes(CANDIDATE, date(2026, 2, 27), 12),)


def told(inputs: GateInputs) -> list[tuple[str, Verdict, bool]]:
    return [(one.reason_code, one.verdict, one.blocking) for one in find_record_problems(inputs)]


def serving(**shares: int) -> tuple[ServingVersion, ...]:
    return tuple(ServingVersion(name.removeprefix("v"), share) for name, share in shares.items())


@pytest.mark.parametrize(
    ("in_force", "expected"),
    [
        ((), [("in_force_unknown", Verdict.PASS, False)]),
        (serving(v1=100), []),
        (serving(v7=100), [("not_in_force", Verdict.INCONCLUSIVE, True)]),
        (serving(v2=100), [("not_in_force", Verdict.INCONCLUSIVE, True)]),
        (serving(v1=80, v7=20), [("traffic_shared", Verdict.PASS, False)]),
        (serving(v1=50, v7=50), [("traffic_shared", Verdict.PASS, False)]),
        (serving(v1=80), [("traffic_shared", Verdict.PASS, False)]),
        (serving(v1=20, v7=80), [("not_in_force", Verdict.INCONCLUSIVE, True)]),
    ],
    ids=["unknown", "it", "another", "the candidate", "most", "half", "most of what is known", "least"],
)
def test_a_champion_is_the_version_in_force_or_nothing_passes(
    in_force: tuple[ServingVersion, ...], expected: list[tuple[str, Verdict, bool]]
) -> None:
    inputs = gate_inputs(in_force=in_force)
    decision = judge_gate(inputs)
    assert told(inputs) == expected
    blocks = any(is_blocking for _, _, is_blocking in expected)
    assert (decision.verdict, decision.action) == (
        (Verdict.INCONCLUSIVE, GateAction.HOLD) if blocks else (Verdict.PASS, GateAction.APPROVE)
    )


def test_a_champion_of_choice_and_what_is_in_force_are_both_named() -> None:
    (found,) = find_record_problems(gate_inputs(in_force=serving(v7=100)))
    assert "7 with 100 %" in found.reason and f"found {CHAMPION!r}" in found.reason


@pytest.mark.parametrize("in_force", [(), serving(v1=100), serving(v7=100)], ids=["unknown", "it", "another"])
def test_an_alias_that_moved_leaves_open_what_is_in_force_whatever_the_record_says(in_force: tuple[ServingVersion, ...]) -> None:
    inputs = gate_inputs(in_force=in_force, moved=MovedAlias("credit@champion", CHAMPION, "9"))
    (found,) = find_record_problems(inputs)
    assert told(inputs) == [("stale", Verdict.INCONCLUSIVE, True)]
    assert found.reason.startswith(
        f"expected credit@champion to name the model that the ledger last heard of it ({CHAMPION!r}), found '9'; "
    )
    assert (judge_gate(inputs).verdict, judge_gate(inputs).action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)


def test_a_record_that_begins_later_is_told_with_its_beginning_and_holds() -> None:
    inputs = gate_inputs(in_force=())
    later = replace(inputs, recorded_from=inputs.as_of + timedelta(days=1))
    (found,) = find_record_problems(later)
    assert told(later) == [("none_in_force", Verdict.INCONCLUSIVE, True)]
    assert f"the record begins at {inputs.as_of + timedelta(days=1):%Y-%m-%d %H:%M} UTC" in found.reason
    assert (judge_gate(later).verdict, judge_gate(later).action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)


def test_what_the_record_leaves_open_makes_another_question_and_the_files_around_the_outcomes_do_not() -> None:
    inputs = gate_inputs()
    moved = replace(inputs, moved=MovedAlias("credit@champion", "1", "9"))
    later = replace(inputs, recorded_from=inputs.as_of)
    assert len({question_of(one) for one in (inputs, moved, later)}) == 3
    read = replace(inputs, sources=(InputDigest("data/outcomes.csv", "sha256:" + "c" * 64),))
    assert question_of(read) == question_of(inputs)
    assert judge_gate(read).inputs == (*judge_gate(inputs).inputs, *read.sources)


def test_changed_outcomes_hold_a_candidate_until_somebody_says_why() -> None:
    assert told(gate_inputs(changed=CHANGED)) == [("outcomes_changed", Verdict.INCONCLUSIVE, True)]
    with_reason = gate_inputs(changed=CHANGED, reason="the first run broke off")
    assert told(with_reason) == [("outcomes_changed", Verdict.PASS, False)]
    (found,) = find_record_problems(with_reason)
    assert "2026-02-27 (event 12)" in found.reason and found.reason.endswith("'the first run broke off'")
    assert [judge_gate(one).verdict for one in (gate_inputs(changed=CHANGED), with_reason)] == [Verdict.INCONCLUSIVE, Verdict.PASS]


def test_a_candidate_that_is_worse_than_a_champion_of_choice_is_worse() -> None:
    cases = a_set()
    decision = judge_gate(gate_inputs(cases, *a_pair(cases, lost=100), in_force=serving(v7=100)))
    assert decision.verdict is Verdict.FAIL and "not_in_force" in {one.reason_code for one in decision.findings}
