"""What a gate's page asks for next: the step that is left, never one that its reason excludes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.domain.decision import Finding, Verdict
from registry.domain.gate import ComparisonState, GateDecision
from reports.gate_asks import ask
from reports.gate_summary import causes
from tests.reports import gate_samples as samples

LARGER, SAME = "on a larger locked set", "evaluate both versions again"


def asked_for(*codes: str, verdict: Verdict = Verdict.INCONCLUSIVE) -> str:
    decision, inputs = samples.nothing()
    found = tuple(Finding("wiring", code, verdict, code, "told") for code in codes)
    return ask(replace(decision, verdict=verdict, findings=found), inputs.system)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("set_changed", "put the locked set back, or lock the new one"),
        ("set_broken", "repair the set, or what the catalogue says of it, and lock it anew"),
        ("looks", "lock a new set and evaluate both versions on it"),
        ("no_segment", "name a column with fewer values"),
        ("outcomes_changed", "put the outcomes back, or ask again with the reason"),
        ("not_in_force", "compare the candidate with what is in force"),
        ("none_in_force", "have recorded what is in force"),
        ("control_failed", LARGER),
        ("missing_column", SAME),
    ],
)
def test_each_reason_has_its_own_step_and_no_other(code: str, said: str) -> None:
    text = asked_for(code)

    assert said in text and text.count(";") == 1
    assert (LARGER in text, SAME in text) == (said == LARGER, said == SAME)


def test_several_reasons_are_asked_for_together() -> None:
    text = asked_for("outcomes_changed", "errored", "set_changed")

    assert [one in text for one in ("put the locked set back", "put the outcomes back", SAME)] == [True] * 3


def test_a_set_that_was_looked_at_too_often_is_not_evaluated_on_again() -> None:
    assert LARGER not in asked_for("looks", "not_shown")


def at_the_margin() -> GateDecision:
    decision, _ = samples.an_open_one()
    return replace(decision, comparisons=tuple(replace(one, cases_needed=None) for one in decision.comparisons))


def test_where_no_number_of_cases_decides_nobody_is_sent_for_more() -> None:
    text = ask(at_the_margin(), samples.an_open_one()[1].system)

    assert "whoever owns the margin has to" in text and LARGER not in text


def test_a_measure_of_which_no_number_is_worked_out_does_not_say_that_none_decides() -> None:
    """AUC and amounts have no number of cases that would decide, and the page said that none was near."""
    decision, inputs = samples.an_open_one()
    uncounted = tuple(replace(one, counts=None, cases_needed=None) for one in at_the_margin().comparisons)
    decision = replace(decision, comparisons=uncounted)
    (cause,) = [one for one in causes(decision, inputs) if "routed right" in one.text]

    assert any(one.state is ComparisonState.OPEN for one in uncounted)
    assert "More cases would say more" in cause.text and "near that would decide" not in cause.text
    assert LARGER in ask(decision, inputs.system)
