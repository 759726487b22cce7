"""Key risk indicators: each colour once, and no colour where there is nothing to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from checks.indicators import find_indicators
from registry.domain.history import DailyCount, ObservedDay, TriageHistory
from registry.domain.issue import Issue, IssueState
from registry.domain.recurrence import Indicator, IndicatorKind, Light
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.signal import Severity, SignalCategory
from registry.domain.steps_closure import SameCause
from registry.domain.work import Case, StepKind, StepTaken
from tests.builders import DIGEST, FEED, FINGERPRINT, NOON, SYSTEM, TODAY, ZONE, a_feed, a_fix, a_system, an_issue
from tests.builders_policies import some_policies
from tests.recurrence_builders import a_feed_watch, a_recurrence_policy

_DAY = timedelta(days=1)
OVERRIDES = "overrides"


def a_plan(**changes: Any) -> RecurrencePlan:
    system = a_system(feeds=(a_feed(), a_feed(name=OVERRIDES, category=SignalCategory.OVERRIDE)))
    policy = a_recurrence_policy()
    base = RecurrencePlan("bank", NOON, NOON, TODAY, ZONE, NOON, (system,), (), policy, some_policies(), b"{}")
    return replace(base, **changes)


def known(
    *issues: Issue, cases: tuple[Case, ...] = (), counts: tuple[DailyCount, ...] = (), observed: tuple[ObservedDay, ...] = ()
) -> RecurrenceKnowledge:
    history = TriageHistory(9, counts, observed, issues, (), (), (), cases)
    return RecurrenceKnowledge(9, cases, {}, (), {}, history, {})


def lights(plan: RecurrencePlan, knowledge: RecurrenceKnowledge) -> dict[IndicatorKind, Indicator]:
    return {one.kind: one for one in find_indicators(plan, knowledge)}


def counted(feed: str, per_day: int, days: int = 200, recent: int | None = None, recent_days: int = 7) -> tuple[DailyCount, ...]:
    """Return ``per_day`` signals on each of the last ``days`` days, ``recent`` on the newest ones."""
    ons = [TODAY - offset * _DAY for offset in range(days, 0, -1)]
    each = [recent if recent is not None and on >= TODAY - recent_days * _DAY else per_day for on in ons]
    return tuple(DailyCount(SYSTEM, feed, FINGERPRINT, on, "", count) for on, count in zip(ons, each, strict=True))


def observed(feed: str, days: int = 200, dead: tuple[date, ...] = ()) -> tuple[ObservedDay, ...]:
    return tuple(ObservedDay(SYSTEM, feed, TODAY - offset * _DAY) for offset in range(1, days + 1) if TODAY - offset * _DAY not in dead)


def test_of_a_system_without_issues_or_such_feeds_nothing_is_known_and_nothing_is_green() -> None:
    found = find_indicators(a_plan(systems=(a_system(),)), known())
    assert [one.kind for one in found] == list(IndicatorKind)
    assert {one.light for one in found} == {Light.UNKNOWN}
    assert find_indicators(a_plan(systems=()), known()) == ()


FIXED = an_issue(state=IssueState.VERIFYING, fix=a_fix(), severity=Severity.L1)
BACK = an_issue(state=IssueState.RCA_IN_PROGRESS, occurrence=2, severity=Severity.L1, issue_id="ISS-1", state_since=NOON - 3 * _DAY)


@pytest.mark.parametrize(
    ("issues", "light"),
    [
        ((an_issue(),), Light.UNKNOWN),
        ((FIXED,), Light.GREEN),
        ((FIXED, BACK), Light.AMBER),
        ((BACK, replace(BACK, issue_id="ISS-2", fingerprint="f" * 16)), Light.RED),
        ((FIXED, replace(BACK, severity=Severity.L2)), Light.RED),
        ((FIXED, replace(BACK, state_since=NOON - 15 * _DAY)), Light.GREEN),
    ],
    ids=["never fixed", "fixed", "one low came back", "two low came back", "one of L2 came back", "it came back before its window"],
)
def test_an_issue_that_came_back_within_its_window_is_told(issues: tuple[Issue, ...], light: Light) -> None:
    assert lights(a_plan(), known(*issues))[IndicatorKind.REPEAT_ISSUE_RATE].light is light


def a_step(kind: StepKind, bundle: str = DIGEST) -> StepTaken:
    return StepTaken(
        3, kind, "ana@bank.example", "product_owner", NOON, SameCause(issue="ISS-1", reason="one cause", evidence=("e",)), DIGEST, bundle
    )


@pytest.mark.parametrize(
    ("issue", "steps", "light"),
    [
        (an_issue(severity=Severity.L2), (), Light.UNKNOWN),
        (an_issue(state=IssueState.CONTAINED, opened_at=NOON), (), Light.RED),
        (an_issue(state=IssueState.CONTAINED, opened_at=NOON), (a_step(StepKind.CONTAIN, ""),), Light.RED),
        (an_issue(state=IssueState.CONTAINED, opened_at=NOON), (a_step(StepKind.CONTAIN),), Light.GREEN),
        (an_issue(state=IssueState.CONTAINED, opened_at=NOON - 9 * _DAY), (a_step(StepKind.CONTAIN),), Light.AMBER),
    ],
    ids=["nothing above L2", "contained by nobody", "contained, and not sealed", "contained", "contained, and the cause is late"],
)
def test_what_a_harmful_issue_rests_on_is_there_and_sealed(issue: Issue, steps: tuple[StepTaken, ...], light: Light) -> None:
    found = lights(a_plan(), known(issue, cases=(Case(issue, steps),)))
    assert found[IndicatorKind.EVIDENCE_COMPLETENESS].light is light


@pytest.mark.parametrize(
    ("issue", "light"),
    [
        (an_issue(state=IssueState.CLOSED), Light.UNKNOWN),
        (an_issue(opened_at=NOON), Light.GREEN),
        (an_issue(severity=Severity.L1), Light.AMBER),
        (an_issue(severity=Severity.L3), Light.RED),
    ],
    ids=["nothing is live", "nothing is late", "late at L1", "late at L3"],
)
def test_what_is_overdue_is_as_bad_as_its_issue(issue: Issue, light: Light) -> None:
    assert lights(a_plan(), known(issue))[IndicatorKind.OVERDUE_ACTIONS].light is light


CLAIMS = (a_feed_watch(counts_unsupported_claims=True),)


@pytest.mark.parametrize(
    ("counts", "days", "light"),
    [
        ((), observed(FEED), Light.GREEN),
        (counted(FEED, 1), (), Light.UNKNOWN),
        (counted(FEED, 1, days=40), observed(FEED, 40), Light.UNKNOWN),
        (counted(FEED, 10), observed(FEED), Light.GREEN),
        (counted(FEED, 10, recent=16, recent_days=28), observed(FEED), Light.AMBER),
        (counted(FEED, 10, recent=21, recent_days=28), observed(FEED), Light.RED),
        (counted(FEED, 0, recent=4, recent_days=1), observed(FEED), Light.GREEN),
    ],
    ids=["none at all", "nobody looked", "too short a past", "as ever", "1.6 times", "2.1 times", "fewer than five"],
)
def test_claims_that_no_source_supports_are_held_against_their_own_past(counts: tuple, days: tuple, light: Light) -> None:  # type: ignore[type-arg]
    found = lights(a_plan(watches=CLAIMS), known(counts=counts, observed=days))
    assert found[IndicatorKind.UNSUPPORTED_CLAIM_RATE].light is light


GAP = tuple(TODAY - offset * _DAY for offset in range(30, 101))


@pytest.mark.parametrize(
    ("days", "is_missing"),
    [
        ((), True),
        (observed(FEED, 40), False),
        (observed(FEED, 100, dead=GAP[:-1]), True),
        (tuple(one for one in observed(FEED) if one.on < TODAY - 28 * _DAY), True),
    ],
    ids=["nobody looked", "a young feed", "a past that nobody observed", "nobody looked lately"],
)
def test_evidence_that_is_missing_is_not_nothing_to_look_at(days: tuple, is_missing: bool) -> None:  # type: ignore[type-arg]
    claims = lights(a_plan(watches=CLAIMS), known(counts=counted(FEED, 1), observed=days))[IndicatorKind.UNSUPPORTED_CLAIM_RATE]
    assert (claims.light, claims.is_missing) == (Light.UNKNOWN, is_missing)
    overrides = tuple(replace(one, feed=OVERRIDES) for one in days)
    spike = lights(a_plan(), known(counts=counted(OVERRIDES, 10), observed=overrides))[IndicatorKind.OVERRIDE_SPIKE]
    assert (spike.light, spike.is_missing) == (Light.UNKNOWN, is_missing)


def test_without_a_feed_or_an_issue_nothing_is_missing() -> None:
    assert not any(one.is_missing for one in find_indicators(a_plan(systems=(a_system(),)), known()))


@pytest.mark.parametrize(("severity", "light"), [(Severity.L1, Light.GREEN), (Severity.L2, Light.AMBER), (Severity.L3, Light.RED)])
def test_one_claim_that_harmed_a_customer_is_red_whatever_the_rate(severity: Severity, light: Light) -> None:
    found = lights(a_plan(watches=CLAIMS), known(an_issue(severity=severity), counts=counted(FEED, 10), observed=observed(FEED)))
    assert found[IndicatorKind.UNSUPPORTED_CLAIM_RATE].light is light


RISEN = counted(OVERRIDES, 10, recent=40, recent_days=14)
BOTH = (*observed(OVERRIDES), *observed(FEED))


@pytest.mark.parametrize(
    ("counts", "days", "light"),
    [
        (RISEN, (), Light.UNKNOWN),
        (RISEN, observed(OVERRIDES, 30), Light.UNKNOWN),
        (counted(OVERRIDES, 10), BOTH, Light.GREEN),
        (RISEN, BOTH, Light.AMBER),
        ((*RISEN, *counted(FEED, 10)), BOTH, Light.AMBER),
        ((*RISEN, *counted(FEED, 10, recent=40)), BOTH, Light.RED),
        ((*counted(OVERRIDES, 10), *counted(FEED, 10, recent=40)), BOTH, Light.GREEN),
    ],
    ids=[
        "nobody looked",
        "too short a past",
        "as ever",
        "overrides rose",
        "complaints did not",
        "complaints rose as well",
        "complaints alone",
    ],
)
def test_overrides_that_rise_are_amber_and_red_with_complaints(counts: tuple, days: tuple, light: Light) -> None:  # type: ignore[type-arg]
    assert lights(a_plan(), known(counts=counts, observed=days))[IndicatorKind.OVERRIDE_SPIKE].light is light


def test_reports_about_the_time_before_a_fix_raise_nothing() -> None:
    old = tuple(replace(one, pre_fix=True) for one in counted(OVERRIDES, 0, recent=90))
    found = lights(a_plan(), known(counts=(*counted(OVERRIDES, 10), *old), observed=BOTH))
    assert found[IndicatorKind.OVERRIDE_SPIKE].light is Light.GREEN
