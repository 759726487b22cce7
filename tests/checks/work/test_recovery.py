"""Recovery: what it says, when it was counted, and who looked at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.work.recovery import find_refusals
from registry.domain.issue import IssueState
from registry.domain.population import PopulationRead
from registry.domain.steps import Containment, ContainmentPattern
from registry.domain.work import Case
from tests.builders import an_issue
from tests.checks.work.cases import AS_OF, OWNER, a_case, a_step_plan, a_taken, known_nothing
from tests.checks.work.closing_steps import a_population, a_recovery, knowing
from tests.checks.work.releases import a_link, a_plan, an_implementation, some_evidence

CONTAINED_AT = AS_OF - timedelta(days=3)
CONTAINED = Containment(pattern=ContainmentPattern.NARROW_SCOPE, measure="Off in one region.", in_force_at=CONTAINED_AT)


def told(case: Case | None = None, **changes: Any) -> list[tuple[str, str]]:
    found = find_refusals(case or a_contained_case(), a_step_plan(a_recovery(**changes)), knowing())
    return [(refusal.code, refusal.reason) for refusal in found]


def codes(case: Case | None = None, **changes: Any) -> list[str]:
    return [code for code, _ in told(case, **changes)]


def a_contained_case(*steps: Any, **changes: Any) -> Case:
    return a_case(a_taken(CONTAINED, 3), *steps, issue=an_issue(state=IssueState.VERIFYING), **changes)


def test_an_empty_recovery_is_told_everything_that_it_lacks_at_once() -> None:
    lacking = a_recovery(query="", list_path="", list_sha256="", checker="", check="", identified_count=-1, evidence=())

    found = find_refusals(a_case(), a_step_plan(lacking), known_nothing())

    assert [refusal.code for refusal in found] == ["missing"] * 4 + ["nobody_found", "no_digest", "missing"]


def test_a_counted_list_that_somebody_else_checked_is_taken() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("at", "code"), [(CONTAINED_AT, None), (CONTAINED_AT - timedelta(seconds=1), "counted_too_early"), (AS_OF - timedelta(hours=1), None)]
)
def test_it_is_counted_once_nobody_is_harmed_any_more(at: Any, code: str | None) -> None:
    assert codes(counted_at=at) == ([code] if code else [])


def test_an_issue_that_came_back_is_counted_anew() -> None:
    back = a_contained_case(reopened_seq=5, reopened_at=AS_OF - timedelta(days=2))
    ((code, reason),) = told(back, counted_at=AS_OF - timedelta(days=2, minutes=1))
    assert (code, "after the issue came back" in reason) == ("counted_too_early", True)
    assert codes(back) == []


@pytest.mark.parametrize("count", [-1, 0])
def test_somebody_was_found(count: int) -> None:
    assert codes(identified_count=count) == ["nobody_found", "not_reconciled"]


@pytest.mark.parametrize(
    ("read", "code", "reason"),
    [
        (None, "list_not_read", "found that nobody read it"),
        (a_population(reason="recovery/refused.csv: found no file"), "list_not_read", "found recovery/refused.csv: found no file"),
        (a_population(bad_rows=("row 4: again", "row 9: no outcome")), "rows_not_counted", "found 2 that do not: row 4: again; row 9: no"),
        (a_population(distinct_count=311), "not_reconciled", "expected the 311 cases of the list, found 312"),
    ],
)
def test_the_list_is_counted_when_it_is_handed_in(read: PopulationRead | None, code: str, reason: str) -> None:
    (refusal,) = find_refusals(a_contained_case(), a_step_plan(a_recovery()), knowing(population=read))
    assert (refusal.code, reason in refusal.reason) == (code, True)


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "A" * 64, "sha256:" + "0" * 64, "g" * 64, "0" * 64 + "\n"])
def test_the_digest_of_the_list_is_whole_and_as_it_is_printed(digest: str) -> None:
    assert codes(list_sha256=digest) == ["no_digest"]


@pytest.mark.parametrize(
    ("check", "code"), [("looked at some of the cases again", "no_figure"), ("n/a", "placeholder"), ("30", "too_short")]
)
def test_the_check_says_how_many_were_checked(check: str, code: str) -> None:
    assert codes(check=check) == [code]


@pytest.mark.parametrize(
    ("checker", "did"),
    [
        (OWNER, "records it"),
        (" Owner@BANK.example", "records it"),
        ("linker@bank.example", "took the step `link-change`"),
        ("releaser@bank.example", "took the step `implement`"),
        ("prover@bank.example", "took the step `add-evidence`"),
        ("planner@bank.example", "took the step `plan`"),
        ("maker@bank.example", "owns the action new-filter"),
        ("ma\u200bker@bank.example", "owns the action new-filter"),
    ],
)
def test_whoever_recorded_it_or_made_the_change_does_not_check_it(checker: str, did: str) -> None:
    case = a_contained_case(
        a_taken(a_plan(), 4, by="planner@bank.example"),
        a_taken(a_link(), 5, by="linker@bank.example"),
        a_taken(an_implementation(), 6, by="releaser@bank.example"),
        a_taken(some_evidence(), 7, by="prover@bank.example"),
    )
    ((code, reason),) = told(case, checker=checker)
    assert (code, did in reason) == ("own_check", True)
    assert codes(case) == []


def test_who_recorded_the_recovery_before_does_not_check_it_now() -> None:
    case = a_contained_case(a_taken(a_recovery(), 6, by="desk@bank.example"))
    assert codes(case, checker="desk@bank.example") == ["own_check"]


def test_whoever_made_the_change_of_an_earlier_occurrence_may_check_this_one() -> None:
    case = a_contained_case(a_taken(an_implementation(), 6, by="releaser@bank.example"), reopened_seq=8)
    assert codes(case, checker="releaser@bank.example") == []
    assert codes(replace(case, reopened_seq=0), checker="releaser@bank.example") == ["own_check"]
