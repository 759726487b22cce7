"""Days that were sealed in an earlier form are judged again as they were judged then."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from registry.domain.canonical import record_json
from registry.domain.record_forms import decision_of_version
from registry.domain.sealed_inputs import SCHEMA_VERSION, sealed_inputs
from registry.domain.triage import DutyKind
from registry.domain.triage_run import TriageInputs
from registry.domain.work import Case
from tests.builders import NOON, TODAY, ZONE, a_source_delivery, a_system, an_issue
from tests.builders_policies import some_policies
from tests.builders_triage import a_duty, a_triage_day
from tests.checks.test_triage import quiet_history
from tests.checks.work.cases import shipped_policies


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION])
def test_what_people_did_is_judged_only_by_days_that_were_sealed_with_it(version: int) -> None:
    issue = an_issue()
    history = quiet_history(issues=(issue,), cases=(Case(issue),))
    policies = replace(some_policies(), work=shipped_policies())
    inputs = TriageInputs(NOON, TODAY, (a_system(),), (a_source_delivery(),), history, policies, (), NOON, zone=ZONE)
    sealed = replace(sealed_inputs(inputs, ZONE, {}, {}), schema_version=version)
    again = sealed.judged_with((a_system(),), policies, history)
    is_worked = version > 1
    assert (bool(again.history.cases), again.policies.work is not None, again.zone) == (is_worked, is_worked, ZONE if is_worked else "")


def test_a_decision_of_the_first_form_has_no_later_keys_unless_they_say_something() -> None:
    day = a_triage_day(duties=(a_duty(), a_duty(kind=DutyKind.INCIDENT, alarm_percent=50)))
    duties = json.loads(decision_of_version(record_json(day), 1))["duties"]
    assert [sorted({"kind", "basis", "alarm_percent"} & duty.keys()) for duty in duties] == [[], ["alarm_percent", "kind"]]
    assert decision_of_version(record_json(day), SCHEMA_VERSION) == record_json(day)
