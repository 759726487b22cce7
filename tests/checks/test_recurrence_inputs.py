"""What a window is judged from: which issues have one, and the days, signals and versions that are put together for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from checks.contribution import VersionHistory
from checks.recurrence_due import find_due
from checks.recurrence_inputs import window_inputs
from checks.recurrence_seen import seen_now
from registry.domain.catalogue import TimeField, VersionInForce
from registry.domain.exposure import EffectKind, EffectSpec, FeedWatch, NamedBy
from registry.domain.history import ObservedDay, Telling, TriageHistory
from registry.domain.issue import Fix, Issue, IssueState
from registry.domain.recurrence import IndicatorKind, Light, Purpose, WindowInputs
from registry.domain.recurrence_run import RecurrenceKnowledge, RecurrencePlan
from registry.domain.signal import Severity
from registry.domain.steps import Containment, ContainmentPattern
from registry.domain.steps_change import Implementation
from registry.domain.times import start_of_day
from registry.domain.work import Case, StepKind, StepTaken
from tests.builders import FEED, SYSTEM, ZONE, a_feed, a_system, an_issue
from tests.builders_policies import some_policies
from tests.recurrence_builders import (
    FIX_AT,
    JUDGED_ON,
    a_feed_watch,
    a_recurrence_policy,
    a_return,
    a_seen,
    an_exposure_read,
    an_exposure_spec,
    an_indicator,
    some_versions,
)

ISSUE = "ISS-20210101-0a1b2c3d"
DAY = timedelta(days=1)
FIXED_ON = FIX_AT.date()
FIX = Fix(FIX_AT, {"model": "8"})


def a_plan(**changes: Any) -> RecurrencePlan:
    as_of = start_of_day(JUDGED_ON, ZONE) + timedelta(hours=7)
    base = RecurrencePlan(
        workspace="bank",
        as_of=as_of,
        observed_at=as_of,
        business_date=JUDGED_ON,
        zone=ZONE,
        data_before=start_of_day(JUDGED_ON, ZONE),
        systems=(a_system(),),
        watches=(a_feed_watch(),),
        policy=a_recurrence_policy(),
        policies=some_policies(),
        policy_tables=b"{}",
    )
    return replace(base, **changes)


def a_fixed_issue(**changes: Any) -> Issue:
    base = an_issue(issue_id=ISSUE, system_id=SYSTEM, state=IssueState.VERIFYING, severity=Severity.L2, fix=FIX)
    return replace(base, opened_at=FIX_AT - timedelta(days=40), **changes)


def known(*issues: Issue, cases: tuple[Case, ...] = (), **changes: Any) -> RecurrenceKnowledge:
    on = FIXED_ON - timedelta(days=100)
    history = TriageHistory(100, (), (), issues, (), (), some_versions(), cases)
    days = tuple(ObservedDay(SYSTEM, FEED, on + offset * DAY) for offset in range((JUDGED_ON - on).days))
    base = RecurrenceKnowledge(
        events=100,
        cases=cases,
        seen={issue.issue_id: (a_seen(1), a_seen(2)) for issue in issues},
        observed=days,
        lights={},
        history=history,
        closed_at={issue.issue_id: issue.state_since or FIX_AT for issue in issues if issue.state is IssueState.CLOSED},
    )
    return with_one_telling(replace(base, **changes))


def with_one_telling(knowledge: RecurrenceKnowledge) -> RecurrenceKnowledge:
    """Return ``knowledge`` of a catalogue that nobody edited: every feed told symptoms in one way, also when the signals came."""
    return replace(
        knowledge,
        tellings={(one.system_id, one.feed, one.on): Telling(("Issue",)) for one in knowledge.observed},
        came_on={issue_id: frozenset((one.system_id, one.feed, one.on) for one in knowledge.observed) for issue_id in knowledge.seen},
    )


def inputs_of(plan: RecurrencePlan, knowledge: RecurrenceKnowledge, **given: Any) -> WindowInputs:
    (due,) = find_due(plan, knowledge)
    exposure = given.get("exposure", an_exposure_read(due.start_on, JUDGED_ON))
    return window_inputs(plan, knowledge, due, (exposure,) if exposure else (), given.get("today", ()))


def a_step(kind: StepKind, document: Any, seq: int = 5) -> StepTaken:
    return StepTaken(seq, kind, "ana@bank.example", "product_owner", FIX_AT, document, f"sha256:{seq:064x}", "sha256:" + "b" * 64)


def test_without_an_issue_nothing_is_due() -> None:
    assert find_due(a_plan(), known()) == ()


@pytest.mark.parametrize("state", list(IssueState))
def test_a_window_has_an_issue_whose_fix_is_in_force_or_that_is_closed_with_one(state: IssueState) -> None:
    issue = a_fixed_issue(state=state, state_since=FIX_AT)
    watched = {IssueState.IMPLEMENTED: Purpose.CLOSURE, IssueState.VERIFYING: Purpose.CLOSURE}
    on_review = a_plan(policy=a_recurrence_policy(review=replace(a_recurrence_policy().review, effectiveness_after_days=30)))
    found = find_due(on_review, known(issue))
    expected = watched | {IssueState.CLOSED: Purpose.EFFECTIVENESS}
    assert [one.purpose for one in found] == ([expected[state]] if state in expected else [])
    assert find_due(a_plan(), known(replace(issue, fix=None))) == ()


def test_a_closed_issue_is_recorded_on_its_review_date_and_not_again() -> None:
    issue = a_fixed_issue(state=IssueState.CLOSED, state_since=start_of_day(JUDGED_ON - 90 * DAY, ZONE))
    assert [one.is_recorded for one in find_due(a_plan(), known(issue))] == [True]
    assert find_due(a_plan(), known(issue, reviewed_on={ISSUE: JUDGED_ON})) == ()
    assert find_due(a_plan(), known(replace(issue, state_since=start_of_day(JUDGED_ON - 89 * DAY, ZONE)))) == ()


def test_a_closed_issue_is_looked_at_on_any_day_on_which_something_may_have_come_back() -> None:
    issue = a_fixed_issue(state=IssueState.CLOSED, state_since=start_of_day(JUDGED_ON - 9 * DAY, ZONE))
    back = known(issue, seen={ISSUE: (a_seen(1), a_return())})
    assert [(one.purpose, one.is_recorded) for one in find_due(a_plan(), back)] == [(Purpose.EFFECTIVENESS, False)]
    rate = a_feed_watch(effect=EffectSpec(EffectKind.RATE))
    assert len(find_due(a_plan(watches=(rate,)), known(issue))) == 1


def test_the_most_severe_comes_first() -> None:
    issues = [a_fixed_issue(severity=severity) for severity in (Severity.L1, Severity.L4, Severity.L2)]
    found = find_due(a_plan(), known(*(replace(one, issue_id=f"ISS-{place}") for place, one in enumerate(issues))))
    assert [one.issue.severity for one in found] == [Severity.L4, Severity.L2, Severity.L1]


def test_without_a_signal_no_feed_is_known_and_no_day_is_observed() -> None:
    inputs = inputs_of(a_plan(), known(a_fixed_issue(), seen={}))
    assert {day.reason for day in inputs.days} == {"no feed is known that carries the symptom"}
    assert inputs.unit == ""


def test_every_feed_of_the_symptom_has_to_be_read() -> None:
    seen = {ISSUE: (a_seen(1), a_seen(2), a_seen(3, feed="appeals"))}
    knowledge = known(a_fixed_issue(), seen=seen)
    listed = {(SYSTEM, "appeals", one.on): Telling(("Issue",)) for one in knowledge.observed}
    plan = a_plan(systems=(a_system(feeds=(a_feed(), a_feed(name="appeals"))),))
    inputs = inputs_of(plan, replace(knowledge, tellings={**knowledge.tellings, **listed}))
    assert {day.reason for day in inputs.days} == {"the feed appeals was not read well"}
    assert inputs.unit == "decision"


def test_a_day_without_a_decision_is_not_observed_and_one_that_is_not_counted_has_none() -> None:
    plan, knowledge = a_plan(), known(a_fixed_issue())
    (due,) = find_due(plan, knowledge)
    read = an_exposure_read(due.start_on, JUDGED_ON - DAY)
    days = inputs_of(plan, knowledge, exposure=read).days
    assert [(day.exposure_count, day.reason) for day in days[-2:]] == [(100, ""), (0, "no decision was counted")]
    dated = a_feed_watch(exposure=an_exposure_spec(received=TimeField("Received")))
    plan = a_plan(watches=(dated,))
    days = inputs_of(plan, knowledge, exposure=read).days
    assert [(day.exposure_count, day.reason) for day in days[-2:]] == [(100, ""), (None, "")]  # it may still arrive


def test_what_cannot_be_counted_is_told_and_no_day_has_a_count() -> None:
    unread = an_exposure_read(FIXED_ON, JUDGED_ON, days=(), reason="data/decisions.csv: expected a file, found none")
    inputs = inputs_of(a_plan(), known(a_fixed_issue()), exposure=unread)
    assert {day.exposure_count for day in inputs.days} == {None}
    assert inputs.exposure_reason == unread.reason
    assert inputs_of(a_plan(), known(a_fixed_issue()), exposure=None).exposure_reason == "no decision was counted by this run"


def test_where_nothing_counts_decisions_the_observed_day_is_the_unit() -> None:
    inputs = inputs_of(a_plan(watches=(a_feed_watch(exposure=None),)), known(a_fixed_issue()), exposure=None)
    assert (inputs.unit, inputs.exposure_reason, {day.exposure_count for day in inputs.days}) == ("", "", {None})


def test_days_before_anybody_looked_are_left_out() -> None:
    inputs = inputs_of(a_plan(), known(a_fixed_issue()))
    assert (inputs.days[0].on, inputs.days[-1].on) == (FIXED_ON - timedelta(days=100), JUDGED_ON - DAY)


def test_an_indicator_extends_the_days_that_it_stood_on_by_policy() -> None:
    amber = an_indicator(kind=IndicatorKind.OVERRIDE_SPIKE, light=Light.AMBER)
    beside = an_indicator(kind=IndicatorKind.OVERDUE_ACTIONS, light=Light.RED)
    before = {(SYSTEM, JUDGED_ON - 2 * DAY): (amber, beside), (SYSTEM, JUDGED_ON - 3 * DAY): (replace(amber, light=Light.UNKNOWN),)}
    days = inputs_of(a_plan(), known(a_fixed_issue(), lights=before), today=(amber,)).days
    assert [day.extending for day in days[-3:]] == [(), (IndicatorKind.OVERRIDE_SPIKE,), (IndicatorKind.OVERRIDE_SPIKE,)]


def test_the_floor_is_the_longest_of_the_severities_that_the_occurrence_had() -> None:
    issue = a_fixed_issue(severity=Severity.L1)
    assert inputs_of(a_plan(), known(issue)).window_days == 14
    assert inputs_of(a_plan(), known(issue, cases=(Case(issue, severities=(Severity.L3, Severity.L1)),))).window_days == 60


def test_the_share_is_what_the_release_said_and_none_where_none_said_it() -> None:
    issue = a_fixed_issue()
    released = Implementation(deployed_at=FIX_AT, share_percent=20, rollback="serve 7 again")
    assert inputs_of(a_plan(), known(issue)).share_percent == 0
    assert inputs_of(a_plan(), known(issue, cases=(Case(issue, (a_step(StepKind.IMPLEMENT, released),)),))).share_percent == 20


@pytest.mark.parametrize("pattern", list(ContainmentPattern))
def test_the_rate_is_counted_before_a_control_that_holds(pattern: ContainmentPattern) -> None:
    issue, at = a_fixed_issue(), FIX_AT - timedelta(days=9)
    case = Case(issue, (a_step(StepKind.CONTAIN, Containment(pattern=pattern, measure="paused", in_force_at=at)),))
    is_control = pattern not in {ContainmentPattern.NOT_NEEDED, ContainmentPattern.RISK_ACCEPTANCE}
    assert inputs_of(a_plan(), known(issue, cases=(case,))).contained_at == (at if is_control else None)


def test_the_level_begins_where_the_rise_began_less_the_days_that_reports_take() -> None:
    began = date(2021, 1, 20)
    assert inputs_of(a_plan(), known(a_fixed_issue(), began_on={ISSUE: began})).began_on == began - timedelta(days=7)
    assert inputs_of(a_plan(), known(a_fixed_issue())).began_on == date(2021, 1, 20)


def test_only_versions_of_the_fix_from_before_the_run_count() -> None:
    more = (
        VersionInForce(SYSTEM, "prompt", "p2", FIX_AT, "mlflow"),
        VersionInForce(SYSTEM, "model", "9", a_plan().as_of + DAY, "mlflow"),
        VersionInForce("another", "model", "7", FIX_AT, "mlflow"),
    )
    knowledge = known(a_fixed_issue())
    history = replace(knowledge.history, versions=(*some_versions(), *more))
    assert inputs_of(a_plan(), replace(knowledge, history=history)).versions == some_versions()


def test_old_signals_say_nothing_and_those_after_the_fix_always_do() -> None:
    old = a_seen(3, decided_at=FIX_AT - timedelta(days=300))
    odd = a_return(4, decided_at=FIX_AT - timedelta(days=300))
    inputs = inputs_of(
        a_plan(systems=(a_system(feeds=(a_feed(versions={"model": "Model"}),)),)),
        known(a_fixed_issue(), seen={ISSUE: (old, odd, a_seen(1))}),
    )
    assert [one.key for one in inputs.seen] == [odd.key, a_seen(1).key]


def told(plan: RecurrencePlan, one: Any, *, versions: tuple[VersionInForce, ...] = some_versions(), **changes: Any) -> Any:
    issue = a_fixed_issue()
    (found,) = seen_now(plan, known(issue, seen={ISSUE: (one,)}, **changes), issue, FIX, VersionHistory(versions))
    return found


def test_a_version_is_told_by_what_is_known_now() -> None:
    """A rollback was recorded after the signal came: its decision was made by the old version."""
    rolled_back = VersionInForce(SYSTEM, "model", "7", FIX_AT + DAY, "recorded by person")
    assert told(a_plan(), a_return()).is_after_fix
    again = told(a_plan(), a_return(), versions=(*some_versions(), rolled_back))
    assert (again.is_after_fix, again.versions) == (False, {"model": "7"})


def test_a_version_that_the_row_named_stands() -> None:
    named = a_plan(systems=(a_system(feeds=(a_feed(versions={"model": "Model"}),)),))
    late = a_return(versions={"model": "7"})
    assert (told(named, late).versions, told(named, late).is_after_fix) == ({"model": "7"}, False)
    assert told(a_plan(), late).versions == {"model": "8"}


@pytest.mark.parametrize(("named_by", "ref"), [(NamedBy.NOTHING, ""), (NamedBy.ROW, a_seen().signal_id), (NamedBy.POINTER, "case 7")])
def test_a_decision_has_the_name_that_its_feed_gives_it_now(named_by: NamedBy, ref: str) -> None:
    plan = a_plan(watches=(a_feed_watch(named_by=named_by),))
    assert told(plan, a_seen(decision_ref="case 7")).decision_ref == ref
    assert told(a_plan(watches=()), a_seen(decision_ref="case 7")).decision_ref == ""


def test_a_signal_of_the_same_cause_is_told_by_its_own_system() -> None:
    linked = a_return(same_cause_issue="ISS-other")
    theirs = (VersionInForce("another", "model", "7", datetime(2020, 1, 1, tzinfo=UTC), "mlflow"),)
    assert told(a_plan(), linked).is_after_fix
    plan = a_plan(systems=(a_system(), a_system(system_id="another")))
    found = told(plan, linked, versions=(*some_versions(), *theirs), systems_of={"ISS-other": "another"})
    assert found.versions == {"model": "7"}


def another_names_the_version() -> dict[str, Any]:
    """What is known where another system's history says 7, of a signal of the same cause whose row names 8."""
    theirs = (VersionInForce("another", "model", "7", datetime(2020, 1, 1, tzinfo=UTC), "mlflow"),)
    return {"versions": (*some_versions(), *theirs), "systems_of": {"ISS-other": "another"}}


def test_a_run_about_one_system_tells_the_signals_of_another_as_a_run_about_all() -> None:
    """A version that the row named was lost where the run was not about its system: what came back was not seen."""
    another = a_system(system_id="another", feeds=(a_feed(versions={"model": "Model"}),))
    watches = (a_feed_watch(), a_feed_watch(system_id="another", named_by=NamedBy.ROW))
    every = a_plan(systems=(a_system(), another), watches=watches)
    linked = a_return(same_cause_issue="ISS-other")
    found = [told(plan, linked, **another_names_the_version()) for plan in (every, every.about([SYSTEM]))]
    assert found[0] == found[1]
    assert (found[0].versions, found[0].is_after_fix, found[0].decision_ref) == ({"model": "8"}, True, linked.signal_id)
    assert every.about([SYSTEM]).about([SYSTEM, "another"]) == every


def test_of_a_feed_that_no_system_has_what_was_found_when_the_signal_came_counts_as_well() -> None:
    linked = a_return(same_cause_issue="ISS-other")
    assert told(a_plan(), linked, **another_names_the_version()).is_after_fix
    older = a_return(same_cause_issue="ISS-other", decided_at=FIX_AT - DAY)
    assert not told(a_plan(), older, **another_names_the_version()).is_after_fix


def test_what_was_decided_after_the_run_is_not_known() -> None:
    issue = a_fixed_issue()
    knowledge = known(issue, seen={ISSUE: (a_return(decided_at=a_plan().as_of),)})
    assert seen_now(a_plan(), knowledge, issue, FIX, VersionHistory(some_versions())) == ()


def test_a_feed_of_which_the_catalogue_says_nothing_is_watched_for_its_absence() -> None:
    (due,) = find_due(a_plan(watches=()), known(a_fixed_issue()))
    assert (due.groups[0].watch, due.lateness_days) == (
        FeedWatch(SYSTEM, FEED, EffectSpec(), None),
        a_recurrence_policy().allowed_lateness_days,
    )
