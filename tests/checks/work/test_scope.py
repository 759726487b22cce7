"""Scope: everything that it has to name, and what was reported lies inside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from checks.work.scope import find_refusals
from registry.domain.reported import Reported
from tests.checks.work.cases import a_case, a_step_plan, known_nothing
from tests.checks.work.closing_steps import BEGAN_AT, ENDED_AT, a_report, a_scope, knowing

MINUTE = timedelta(minutes=1)


def told(reported: Reported | None = None, **changes: Any) -> list[tuple[str, str, str]]:
    """Return code, reason and remedy of everything that is refused of a scope with ``changes``."""
    known = knowing(reported=reported) if reported else knowing()
    found = find_refusals(a_case(), a_step_plan(a_scope(**changes)), known)
    return [(refusal.code, refusal.reason, refusal.remedy) for refusal in found]


def codes(reported: Reported | None = None, **changes: Any) -> list[str]:
    return [code for code, _, _ in told(reported, **changes)]


def test_an_empty_scope_is_told_everything_that_it_lacks_at_once() -> None:
    lacking = a_scope(customers="", segments=(), journeys=(), versions=(), evidence=(), until_at=BEGAN_AT)

    found = find_refusals(a_case(), a_step_plan(lacking), known_nothing())

    assert [refusal.code for refusal in found] == ["missing"] * 5 + ["ends_before_it_begins"]


def test_a_scope_around_everything_that_was_reported_is_taken() -> None:
    assert told() == []


def test_an_issue_whose_signals_say_nothing_leaves_the_scope_to_people() -> None:
    assert told(Reported()) == []


@pytest.mark.parametrize("field", ["segments", "journeys", "versions", "evidence"])
@pytest.mark.parametrize(("items", "code"), [((), "missing"), (("model 7", "tbd"), "placeholder"), (("model 7", " MODEL  7"), "repeated")])
def test_each_list_names_something_once(field: str, items: tuple[str, ...], code: str) -> None:
    assert code in codes(Reported(), **{field: items})


@pytest.mark.parametrize("version", ["2.3.0", "model", "model latest", "model 2.x", "model champion", "the model"])
def test_a_version_is_an_artifact_and_exact(version: str) -> None:
    ((code, reason, remedy),) = told(Reported(), versions=(version,))
    assert (code, "versions[0]: expected an artifact and its exact version" in reason) == ("not_exact", True)
    assert "proofloop versions at" in remedy


@pytest.mark.parametrize("version", ["model 7", "Model  7", "prompt 2.4.0", "index sha256:" + "0" * 64, "tool_policy:refunds 12"])
def test_exact_versions_of_any_artifact_are_taken(version: str) -> None:
    assert codes(Reported(), versions=(version,)) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from_at": BEGAN_AT + timedelta(days=1)}, None),
        ({"from_at": BEGAN_AT + timedelta(days=1, minutes=1)}, "begins_too_late"),
        ({"until_at": BEGAN_AT + timedelta(days=4)}, None),
        ({"until_at": BEGAN_AT + timedelta(days=4) - MINUTE}, "ends_too_early"),
        ({"from_at": ENDED_AT}, "ends_before_it_begins"),
    ],
)
def test_no_reported_decision_lies_outside(changes: dict[str, Any], code: str | None) -> None:
    assert code in codes(**changes) if code else codes(**changes) == []


def test_a_version_that_decided_and_is_not_named_is_told() -> None:
    ((code, reason, _),) = told(a_report(versions=(("model", "6"), ("model", "7"))))
    assert (code, reason) == ("left_out", "versions: expected everything that signals of the issue report, found model 6 left out")


@pytest.mark.parametrize("journeys", [("Card use at shops",), ("all",), ("ALL", "transfers")])
def test_a_journey_is_covered_by_its_name_or_by_all(journeys: tuple[str, ...]) -> None:
    assert codes(journeys=journeys) == []


def test_a_journey_that_is_left_out_is_told() -> None:
    assert [reason for _, reason, _ in told(journeys=("transfers",))] == [
        "journeys: expected everything that signals of the issue report, found card use left out"
    ]


@pytest.mark.parametrize(
    ("segments", "missing"),
    [
        (("all",), ""),
        (("Government benefit card", "all state"), ""),
        (("Government benefit card", "ALL States"), ""),
        (("Government benefit card in NY", "TX"), ""),
        (("government BENEFIT cards", "all states"), "product Government benefit card"),
        (("Government benefit card", "NY"), "state TX"),
        (("Government benefit card", "all channels"), "state NY, state TX"),
    ],
)
def test_a_segment_is_covered_by_its_value_or_by_all_of_its_name(segments: tuple[str, ...], missing: str) -> None:
    expected = f"segments: expected everything that signals of the issue report, found {missing} left out"
    assert [reason for _, reason, _ in told(segments=segments)] == ([expected] if missing else [])


def test_of_many_that_are_left_out_the_first_few_are_told() -> None:
    many = tuple(("state", f"S{number:02}") for number in range(50))
    ((_, reason, remedy),) = told(a_report(segments=many), segments=("Government benefit card",))
    assert "found state S00, state S01, state S02, state S03, state S04 and 45 more left out" in reason
    assert "or `all` with the segment's name, where it was everybody" in remedy
