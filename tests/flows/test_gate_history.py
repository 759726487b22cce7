"""What the gate's flow makes of what was known before: which version is in force, and what was judged on the set already."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.recompute import recompute
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.domain.gate import GateAction
from registry.domain.gate_run import GateResult
from tests.evaluated_bank import AT, BETTER, CHAMPION, OPEN, VERSIONS, WORSE, an_evaluated_bank, gate, serves, write_outcomes
from tests.flows.workspaces import Bank

NEXT_DAY = AT + timedelta(days=1)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return an_evaluated_bank(tmp_path / "bank")


def told(result: GateResult, code: str) -> list[Finding]:
    return [one for one in result.decision.findings if one.reason_code == code]


def decided(bank: Bank) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in bank.ledger.read_events(0, (EventKind.GATE_DECIDED,))]


def edit(bank: Bank, version: str, wrong: int) -> None:
    """Give the version other answers: so many of them wrong."""
    write_outcomes(bank, {**VERSIONS, version: range(wrong)})


def test_a_better_candidate_than_a_weak_champion_of_choice_is_not_approved_over_what_is_in_force(bank: Bank) -> None:
    result = gate(bank, BETTER, WORSE)
    (found,) = told(result, "not_in_force")
    assert (found.verdict, found.blocking) == (Verdict.INCONCLUSIVE, True)
    assert "'v3'" in found.reason and "v1" in found.reason
    assert (result.decision.verdict, result.decision.action) == (Verdict.INCONCLUSIVE, GateAction.HOLD)


def test_the_champion_of_choice_is_held_against_what_the_ledger_says_was_in_force_then(bank: Bank) -> None:
    bank.ledger.append([serves(WORSE), serves(CHAMPION, since=NEXT_DAY)])
    assert told(gate(bank, BETTER, WORSE), "not_in_force") == []
    assert len(told(gate(bank, BETTER, WORSE, as_of=NEXT_DAY + timedelta(hours=1)), "not_in_force")) == 1


def test_what_is_in_force_may_be_named_and_nothing_is_told_of_it(bank: Bank) -> None:
    named, found = gate(bank, BETTER, CHAMPION), gate(bank, BETTER)
    assert named.decision.verdict is Verdict.PASS and found.repeated, "named or looked up, it is the same question"


def test_a_champion_is_accepted_and_told_where_nobody_knows_what_is_in_force(tmp_path: Path) -> None:
    bank = an_evaluated_bank(tmp_path / "bank", model="{recorded: true}")
    result = gate(bank, BETTER, CHAMPION)
    (found,) = told(result, "in_force_unknown")
    assert (found.verdict, found.blocking, result.decision.verdict) == (Verdict.PASS, False, Verdict.PASS)
    assert "versions record" in found.reason


def test_of_versions_that_share_the_traffic_the_one_with_most_of_it_may_be_named_and_no_other(bank: Bank) -> None:
    bank.ledger.append([serves(CHAMPION), serves(OPEN, 20, since=AT - timedelta(days=1))])
    first, other = gate(bank, BETTER, CHAMPION), gate(bank, BETTER, OPEN)
    (found,) = told(first, "traffic_shared")
    assert (found.blocking, "v1 with 80 %, v4 with 20 %" in found.reason, first.decision.verdict) == (False, True, Verdict.PASS)
    assert len(told(other, "not_in_force")) == 1 and other.decision.action is GateAction.HOLD


def test_recording_what_is_in_force_makes_another_question_of_it_on_the_same_day(bank: Bank) -> None:
    assert gate(bank, BETTER, OPEN).decision.verdict is Verdict.INCONCLUSIVE
    bank.ledger.append([serves(OPEN)])
    again = gate(bank, BETTER, OPEN)
    assert (again.repeated, told(again, "not_in_force")) == (False, [])


def test_a_candidate_whose_rows_were_edited_after_it_failed_does_not_pass(bank: Bank) -> None:
    assert gate(bank, WORSE, reason="").decision.verdict is Verdict.FAIL
    edit(bank, WORSE, 40)
    result = gate(bank, WORSE, reason="")
    (found,) = told(result, "outcomes_changed")
    assert (found.verdict, found.blocking, found.subject) == (Verdict.INCONCLUSIVE, True, WORSE)
    assert "2026-03-16" in found.reason and "--reason" in found.reason
    assert (result.decision.verdict, result.decision.action, result.repeated) == (Verdict.INCONCLUSIVE, GateAction.HOLD, False)


def test_edited_rows_do_not_pass_by_asking_again(bank: Bank) -> None:
    gate(bank, WORSE, reason="")
    edit(bank, WORSE, 40)
    gate(bank, WORSE, reason="")
    again, later = gate(bank, WORSE, reason=""), gate(bank, WORSE, reason="", as_of=NEXT_DAY)
    assert (again.repeated, again.decision.verdict) == (True, Verdict.INCONCLUSIVE)
    assert (later.repeated, later.decision.verdict) == (False, Verdict.INCONCLUSIVE)


def test_with_a_reason_other_outcomes_are_judged_told_and_are_a_look(bank: Bank) -> None:
    gate(bank, WORSE, reason="")
    edit(bank, WORSE, 40)
    gate(bank, WORSE, reason="")
    result = gate(bank, WORSE, reason="the first run broke off")
    (found,) = told(result, "outcomes_changed")
    assert (found.verdict, found.blocking, found.reason.endswith("'the first run broke off'")) == (Verdict.PASS, False, True)
    assert (result.decision.verdict, result.decision.looks, result.repeated) == (Verdict.PASS, 1, False)
    assert gate(bank, WORSE, reason="the first run broke off").repeated
    later = gate(bank, WORSE, reason="", as_of=NEXT_DAY)
    assert (told(later, "outcomes_changed"), later.decision.verdict, later.decision.looks) == ([], Verdict.PASS, 1)


def test_going_back_to_the_outcomes_from_before_a_change_is_a_change(bank: Bank) -> None:
    gate(bank, BETTER)
    edit(bank, BETTER, 41)
    gate(bank, BETTER)
    write_outcomes(bank, VERSIONS)
    assert gate(bank, BETTER, reason="", as_of=NEXT_DAY).decision.verdict is Verdict.INCONCLUSIVE


def test_other_outcomes_of_the_champion_are_a_change_too(bank: Bank) -> None:
    gate(bank, WORSE, reason="")
    edit(bank, CHAMPION, 130)
    result = gate(bank, WORSE, reason="")
    (found,) = told(result, "outcomes_changed")
    assert (found.subject, result.decision.verdict) == (CHAMPION, Verdict.INCONCLUSIVE)


def test_a_decision_keeps_which_outcomes_it_is_about(bank: Bank) -> None:
    result = gate(bank)
    (event,) = decided(bank)
    digests = {one.name: one.digest for one in result.decision.inputs}
    assert event["data"]["outcomes"] == {role: digests[f"outcomes of the {role}"] for role in ("candidate", "champion")}


def test_a_sealed_decision_whose_history_is_not_that_of_the_events_is_told(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    import deployments.recompute_gate as module

    gate(bank, WORSE, reason="")
    edit(bank, WORSE, 40)
    gate(bank, WORSE, reason="")
    monkeypatch.setattr(module, "changed_outcomes", lambda *_: ())
    monkeypatch.setattr(module, "count_looks", lambda *_: 0)
    found = recompute(bank.workspace.archive_dir)
    told = [(one.expected, one.found) for one in found.problems]
    assert found.verdict is Verdict.FAIL
    assert told == [("looks: 0, as the events before tell them", "1"), ("changed: none, as the events before tell it", "v3 since event 1")]


def test_decisions_about_other_outcomes_are_judged_again_byte_for_byte(bank: Bank) -> None:
    gate(bank, WORSE, reason="")
    edit(bank, WORSE, 40)
    for reason in ("", "the first run broke off"):
        gate(bank, WORSE, reason=reason)
    gate(bank, BETTER, OPEN)
    found = recompute(bank.workspace.archive_dir)
    assert (found.verdict, found.same_count, found.problems) == (Verdict.PASS, 4, ())


def test_looks_at_the_locked_set_are_told_on_the_day_that_its_file_was_changed(bank: Bank) -> None:
    """No set was read, so looks at no set were counted: none, on the page that asks who changed it."""
    gate(bank, WORSE)
    with (bank.root / "data/cases.csv").open("a", encoding="utf-8") as stream:
        stream.write("late,web,genuine\n")
    decision = gate(bank, BETTER).decision
    assert (decision.set_digest, decision.looks) == ("", 1)
