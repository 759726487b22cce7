"""What may go and when: nothing by default, holds before terms, and dates that exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.retention import due_date, find_holds, judge_retention, kind_of
from registry.domain.retention import (
    HoldScope,
    KeptFile,
    KeptPackage,
    LegalHold,
    RecordKind,
    RetentionFacts,
    RetentionStatus,
)
from registry.policies.loader import load_retention_policy
from tests.builders import DIGEST, NOON, SYSTEM

POLICY = load_retention_policy(None)
SEALED_ON = date(2020, 10, 15)
LATER = date(2099, 1, 1)
FILES = ("decision.json", "quarantine.json", "signals-0001.jsonl", "validation-001.json")
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))


def a_package(*names: str, number: int = 7, sealed_on: date = SEALED_ON, systems=(SYSTEM,), issues=()) -> KeptPackage:
    return KeptPackage(number, sealed_on, tuple(systems), tuple(issues), tuple(KeptFile(name, DIGEST, 1) for name in names or FILES))


def the_facts(*packages: KeptPackage, issues=None, retired=None, holds=()) -> RetentionFacts:
    return RetentionFacts(packages or (a_package(),), issues or {}, {SYSTEM: SEALED_ON} if retired is None else retired, tuple(holds))


def a_hold(scope: HoldScope = HoldScope.SYSTEM, target: str = SYSTEM) -> LegalHold:
    return LegalHold("hold-1", scope, target, "legal@bank.example", "inquiry", NOON)


def statuses(facts: RetentionFacts, today: date = LATER) -> dict[str, RetentionStatus]:
    return {item.name: item.status for item in judge_retention(facts, POLICY, today)}


def test_of_an_empty_archive_nothing_is_due() -> None:
    assert judge_retention(RetentionFacts((), {}, {}, ()), POLICY, LATER) == ()


def test_a_file_of_a_kind_without_a_rule_is_listed_and_never_due() -> None:
    found = statuses(the_facts(a_package("notes.txt", "certificate.json", "removed.sha256", "request.json.sig")))
    assert set(found.values()) == {RetentionStatus.NO_RULE} and len(found) == 4


def test_a_file_is_due_on_the_day_its_term_ends_and_not_before() -> None:
    (item,) = judge_retention(the_facts(a_package("signals-0001.jsonl")), POLICY, date(2022, 10, 14))
    assert (item.status, item.due_on, item.reason) == (
        RetentionStatus.KEPT,
        date(2022, 10, 15),
        "2 years from 2020-10-15 (issue_closed)",
    )
    assert statuses(the_facts(a_package("signals-0001.jsonl")), date(2022, 10, 15)) == {"signals-0001.jsonl": RetentionStatus.DUE}


@pytest.mark.parametrize(
    ("start", "years", "days", "due"),
    [
        (date(2024, 2, 29), 10, 0, date(2034, 3, 1)),
        (date(2024, 2, 29), 4, 0, date(2028, 2, 29)),
        (date(2096, 2, 29), 4, 0, date(2100, 3, 1)),
        (date(2024, 2, 28), 1, 0, date(2025, 2, 28)),
        (date(2024, 2, 29), 1, 1, date(2025, 3, 2)),
        (date(2024, 1, 31), 0, 30, date(2024, 3, 1)),
    ],
)
def test_years_are_added_to_the_date_and_29_february_becomes_1_march(start: date, years: int, days: int, due: date) -> None:
    assert due_date(start, years, days) == due


def test_a_system_that_nobody_retired_leaves_its_decisions_without_a_start() -> None:
    assert statuses(the_facts(retired={}))["decision.json"] is RetentionStatus.NO_START
    both = a_package(systems=(SYSTEM, "router"))
    assert statuses(the_facts(both))["decision.json"] is RetentionStatus.NO_START
    (item, *_) = judge_retention(the_facts(both, retired={SYSTEM: SEALED_ON, "router": date(2030, 2, 28)}), POLICY, LATER)
    assert item.started_on == date(2030, 2, 28) and item.due_on == date(2040, 2, 28)


def test_a_package_whose_systems_cannot_be_told_has_no_start_and_is_held_by_any_hold() -> None:
    unknown = a_package(systems=())
    assert statuses(the_facts(unknown))["decision.json"] is RetentionStatus.NO_START
    assert set(statuses(the_facts(unknown, holds=[a_hold(target="another")])).values()) == {RetentionStatus.HELD}


def test_a_term_from_closing_counts_from_the_last_issue_closed() -> None:
    package = a_package("signals-0001.jsonl", issues=("A", "B"))
    (item,) = judge_retention(the_facts(package, issues={"A": date(2021, 1, 1), "B": date(2021, 5, 5)}), POLICY, LATER)
    assert item.started_on == date(2021, 5, 5)


@pytest.mark.parametrize("issues", [{"A": date(2021, 1, 1), "B": None}, {"A": date(2021, 1, 1)}])
def test_what_an_open_or_unknown_issue_rests_on_stays(issues: dict[str, date | None]) -> None:
    assert set(statuses(the_facts(a_package(issues=("A", "B")), issues=issues)).values()) == {RetentionStatus.ISSUE_OPEN}


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        (a_hold(), True),
        (a_hold(target="another"), False),
        (a_hold(HoldScope.ISSUE, "A"), True),
        (a_hold(HoldScope.ISSUE, "B"), False),
        (a_hold(HoldScope.PACKAGE, "000007"), True),
        (a_hold(HoldScope.PACKAGE, "000008"), False),
    ],
)
def test_a_hold_keeps_its_system_its_issue_or_its_package_and_nothing_else(hold: LegalHold, held: bool) -> None:
    facts = the_facts(a_package(issues=("A",)), issues={"A": SEALED_ON}, holds=[hold])
    assert set(statuses(facts).values()) == {RetentionStatus.HELD if held else RetentionStatus.DUE}
    assert bool(find_holds([hold], 7, (SYSTEM,), ("A",))) == held


@given(sealed_on=DAYS, closed_on=st.none() | DAYS, retired_on=st.none() | DAYS, today=DAYS, wait=st.integers(0, 9_000))
def test_waiting_never_makes_a_due_file_kept_and_nothing_is_due_before_its_floor(sealed_on, closed_on, retired_on, today, wait) -> None:
    facts = the_facts(
        a_package(sealed_on=sealed_on, issues=("A",)), issues={"A": closed_on}, retired={SYSTEM: retired_on} if retired_on else {}
    )
    now, later = (judge_retention(facts, POLICY, day) for day in (today, today + timedelta(days=wait)))
    floors = {rule.kind: rule.min_keep_days for rule in POLICY.rules}
    for before, after in zip(now, later, strict=True):
        if before.status is RetentionStatus.DUE:
            assert after.status is RetentionStatus.DUE
            assert before.started_on and (today - before.started_on).days >= floors[before.kind]
            assert before.started_on >= sealed_on and closed_on is not None
    assert [replace(item, status=RetentionStatus.KEPT) for item in now] == [replace(item, status=RetentionStatus.KEPT) for item in later]


@given(sealed_on=DAYS, today=DAYS, scope=st.sampled_from(HoldScope), order=st.permutations(FILES))
def test_adding_a_hold_never_makes_anything_due_and_order_changes_nothing(sealed_on, today, scope, order) -> None:
    facts = the_facts(a_package(sealed_on=sealed_on), retired={SYSTEM: sealed_on})
    target = {HoldScope.SYSTEM: SYSTEM, HoldScope.ISSUE: "A", HoldScope.PACKAGE: "000007"}[scope]
    held = replace(facts, holds=(a_hold(scope, target),))
    before, after = judge_retention(facts, POLICY, today), judge_retention(held, POLICY, today)
    assert all(one.status is other.status or other.status is RetentionStatus.HELD for one, other in zip(before, after, strict=True))
    assert judge_retention(the_facts(a_package(*order, sealed_on=sealed_on), retired={SYSTEM: sealed_on}), POLICY, today) == before


@given(start=DAYS, years=st.integers(0, 100), days=st.integers(0, 36_500))
def test_a_due_date_is_never_before_its_years_are_full(start: date, years: int, days: int) -> None:
    due = due_date(start, years, days) - timedelta(days=days)
    assert due.year == start.year + years and (due.month, due.day) in {(start.month, start.day), (3, 1)}
    assert due >= date(start.year + years, start.month, min(start.day, 28))


def test_every_file_of_a_triage_package_has_a_kind() -> None:
    names = (
        "decision.json",
        "inputs.json",
        "policies.json",
        "catalogue.json",
        "contents.json",
        "report.html",
        "rows.csv",
        "quarantine.csv",
    )
    assert RecordKind.UNKNOWN not in {kind_of(name) for name in (*names, *FILES, "day.json")}
    assert kind_of("signals-0001.jsonl.exe") is kind_of("decision.json\n") is RecordKind.UNKNOWN


def test_the_record_of_a_key_rotation_is_not_kept_for_ever_as_a_file_of_no_kind() -> None:
    facts = the_facts(a_package("rotation.json", systems=()))
    assert [statuses(facts, date(2030, 10, day)) for day in (14, 15)] == [
        {"rotation.json": RetentionStatus.KEPT},
        {"rotation.json": RetentionStatus.DUE},
    ]


def test_the_shipped_terms_are_ten_years_for_documentation_and_at_least_half_a_year_for_logs() -> None:
    rules = {rule.kind: rule for rule in POLICY.rules}
    assert rules[RecordKind.DECISION].keep_years == 10
    assert all(rule.min_keep_days >= 184 and rule.basis and rule.approvers for rule in POLICY.rules)
