"""Every scenario of a recurrence window comes out as it should; the scenarios are ``tests/windows``, which the printed proof shares.

Put here what holds of the whole table.
"""

from __future__ import annotations

import pytest

from checks.recurrence import judge_window
from registry.domain.canonical import record_json
from registry.domain.decision import Verdict
from registry.domain.recurrence import Outcome
from tests.windows.scenario import Scenario, find_differences
from tests.windows.table import every_scenario

SCENARIOS = every_scenario()
_VERDICTS = {Outcome.CLEAN: Verdict.PASS, Outcome.RECURRED: Verdict.FAIL}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_comes_out_as_it_should(scenario: Scenario) -> None:
    assert find_differences(scenario) == ()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_only_clean_passes_only_a_return_fails_and_everything_else_says_what_is_missing(scenario: Scenario) -> None:
    decision = judge_window(scenario.inputs)

    assert decision.verdict is _VERDICTS.get(decision.outcome, Verdict.INCONCLUSIVE)
    assert bool(decision.missing) is (decision.verdict is Verdict.INCONCLUSIVE)
    assert bool(decision.reasons) is (decision.verdict is not Verdict.PASS)
    assert record_json(decision) == record_json(judge_window(scenario.inputs))


def test_the_table_has_every_outcome_and_no_name_twice() -> None:
    assert len(SCENARIOS) >= 40
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert {scenario.outcome for scenario in SCENARIOS} == set(Outcome)
