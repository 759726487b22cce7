"""Policies of people's work read back from sealed tables: what days are judged by, and nothing of what steps alone are asked."""

from __future__ import annotations

import json
from datetime import date

from registry.domain.steps import IncidentClass
from registry.policies.loader import load_tables, load_triage_policies, load_work_policies
from registry.policies.sealed import read_triage_policies


def test_tables_sealed_before_people_worked_have_no_policies_of_work() -> None:
    sealed = json.loads(load_tables(None).record)
    for table in ("approvals", "controls", "deadlines", "incidents", "work", "holds"):
        sealed.pop(table)
    assert read_triage_policies(json.dumps(sealed).encode()).work is None


def test_sealed_tables_give_the_policies_they_were_sealed_by() -> None:
    assert read_triage_policies(load_tables(None).record) == load_triage_policies(None)


def test_a_row_that_days_do_not_read_may_come_change_or_go() -> None:
    sealed = json.loads(load_tables(None).record)
    daily = {"risk_acceptance", "suppression", "approval", "alarms"}
    sealed["work"] = [["plan", {"unheard": "of"}], *(row for row in sealed["work"] if row[0] in daily)]
    read = read_triage_policies(json.dumps(sealed).encode())
    assert read.work == load_triage_policies(None).work


def test_every_class_of_incident_has_clocks_and_every_deadline_a_dated_citation() -> None:
    work = load_work_policies(None)
    assert {rule.incident for rule in work.incidents} == set(IncidentClass)
    assert all(rule.basis and rule.cited_on >= date(2026, 11, 1) for rule in work.deadlines)
