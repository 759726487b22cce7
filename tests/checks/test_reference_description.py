"""Editing the catalogue after the freeze silences nothing: what was frozen and what is asked for now are held against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.reference_description import description_digest, find_description_changes
from checks.retraining import judge_triggers
from checks.trigger_events import is_settled
from checks.trigger_references import find_reference_changes
from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.decision import Verdict
from registry.domain.monitoring import MonitoredSystem, PredictionSpec
from registry.domain.profile import ReferenceProfile
from registry.domain.trigger_run import FrozenReference
from registry.domain.triggers import PastWindow, TriggerHistory
from tests.trigger_builders import FEBRUARY, JANUARY, a_cell, a_number, a_profile, a_reference, a_watched_system, trigger_inputs

SYSTEM = a_watched_system()
SPEC = SYSTEM.predictions


def frozen(spec: PredictionSpec = SPEC, zone: str = "UTC") -> ReferenceProfile:
    return a_reference((a_number(),), a_cell("age", (1000, 1000, 1000, 1000, 0)), predictions=spec, zone=zone)


def described(**changes: Any) -> MonitoredSystem:
    return replace(SYSTEM, predictions=replace(SPEC, **changes))


def test_the_same_description_is_no_change_in_whatever_order_it_lists_columns() -> None:
    assert find_description_changes(SYSTEM, None) == ()
    assert find_description_changes(SYSTEM, frozen()) == ()
    both = replace(SPEC, numeric=("age", "income"), segments=("term", "purpose"))
    turned = described(numeric=("income", "age"), segments=("purpose", "term"))
    assert find_description_changes(turned, frozen(both)) == ()
    assert description_digest(turned.predictions, "UTC") == description_digest(both, "UTC")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"where": "region = 'old'"}, ("where was empty and is \"region = 'old'\" now",)),
        ({"source": SourceSpec("loans", path="data/b.csv")}, ("source.path was empty and is 'data/b.csv' now",)),
        ({"time": TimeField("paid_at")}, ("columns.time.column was 'issued_at' and is 'paid_at' now",)),
        ({"score": "pd"}, ("columns.score was 'score' and is 'pd' now",)),
        ({"label": ""}, ("columns.label was 'defaulted' and is empty now",)),
        ({"label_known_at": TimeField("paid_at")}, ("columns.label_known_on was empty and is 'paid_at' now",)),
        ({"numeric": (), "categorical": ("age",)}, ("features.numeric has age no more", "features.categorical has age more")),
        ({"segments": ("age",)}, ("segments has age more",)),
    ],
    ids=["condition", "file", "time", "score", "label", "label date", "kind", "a feature as segment"],
)
def test_every_difference_is_named_with_what_it_was(changes: dict[str, Any], told: tuple[str, ...]) -> None:
    assert sorted(find_description_changes(described(**changes), frozen())) == sorted(told)
    assert description_digest(described(**changes).predictions, "UTC") != description_digest(SPEC, "UTC")


def test_another_time_zone_says_so_and_is_not_called_stale() -> None:
    system = replace(SYSTEM, entry=replace(SYSTEM.entry, timezone="Asia/Tokyo"))
    (finding,) = find_reference_changes(system, None, frozen())
    assert "timezone was UTC and is Asia/Tokyo now" in finding.reason
    inputs = trigger_inputs(
        system=system, reference=frozen(), data_before=trigger_inputs().as_of.replace(day=1, hour=0), findings=(finding,)
    )
    early = replace(inputs, data_before=inputs.as_of.replace(month=2, day=27))
    assert "stale" not in {one.reason_code for one in judge_triggers(early).findings}


def test_a_change_names_the_command_and_a_reference_that_was_not_read_is_compared_by_its_event() -> None:
    (read,) = find_reference_changes(described(where="TRUE"), None, frozen())
    assert (read.verdict, read.reason_code) == (Verdict.INCONCLUSIVE, "reference_changed")
    assert "where was empty and is 'TRUE' now; freeze it again with `proofloop triggers freeze credit_model`" in read.reason
    known = FrozenReference("credit_model", "", "", "", JANUARY.start_on, JANUARY.end_on, 3, described=description_digest(SPEC, "UTC"))
    assert find_reference_changes(SYSTEM, known, None) == ()
    (unread,) = find_reference_changes(described(where="TRUE"), known, None)
    assert "describes its predictions otherwise" in unread.reason


def test_rows_of_another_description_clear_nothing_and_are_never_quiet() -> None:
    stood = frozenset({"drift|age", "data_quality|age|constant_now"})
    over = frozenset({"age|all rows"})
    past = PastWindow(JANUARY, trigger_inputs().as_of, frozen().counts_digest, True, over=over, drifted=over, conditions=stood)
    inputs = trigger_inputs(FEBRUARY, reference=frozen(), history=TriggerHistory(1, (past,)), system=described(where="region = 'old'"))
    decision = judge_triggers(inputs)
    assert {(cell.state.value, cell.because) for cell in decision.cells} == {("not_evaluated", "reference_changed")}
    assert (set(decision.conditions), decision.cleared, decision.verdict) == (set(stood), (), Verdict.FAIL)


def test_rows_of_another_description_are_read_again_also_where_they_are_far_from_the_reference() -> None:
    moved = a_profile(a_cell("age", (3_900, 50, 50, 0, 0)))
    asked = [trigger_inputs(FEBRUARY, reference=frozen(), profile=moved, system=system) for system in (SYSTEM, described(label=""))]
    asked = [replace(one, findings=find_reference_changes(one.system, None, one.reference)) for one in asked]
    decisions = [judge_triggers(inputs) for inputs in asked]
    assert [any(cell.is_over for cell in decision.cells) for decision in decisions] == [True, True]
    assert [is_settled(decision) for decision in decisions] == [True, False]


def test_without_anything_that_stood_rows_of_another_description_never_pass() -> None:
    inputs = trigger_inputs(FEBRUARY, reference=frozen(), system=described(where="region = 'old'"))
    assert judge_triggers(inputs).verdict is Verdict.INCONCLUSIVE
