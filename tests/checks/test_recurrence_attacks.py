"""Attacks on windows: a clean one that nothing earned, and a return that nothing shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from checks.contribution import VersionHistory
from checks.recurrence import judge_window
from checks.recurrence_due import find_due
from checks.recurrence_seen import seen_now
from registry.domain.catalogue import VersionInForce, VersionSpec
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.issue import Fix
from registry.domain.recurrence import Outcome, WindowInputs
from tests.builders import FEED, SYSTEM, a_system
from tests.checks.test_recurrence_inputs import DAY, ISSUE, a_fixed_issue, a_plan, inputs_of, known
from tests.recurrence_builders import (
    FIX_AT,
    JUDGED_ON,
    a_feed_watch,
    a_return,
    a_seen,
    a_watch_day,
    an_exposure_read,
    an_exposure_spec,
    seen_before,
    some_versions,
    some_watch_days,
    some_window_inputs,
)
from tests.windows.scenario import RAISED, a_rate_window, a_report, serving

OTHER = "ISS-fedcba9876543210-1"


def test_signals_of_another_issue_with_the_same_cause_do_not_raise_what_a_rate_may_be():
    raised = a_rate_window(RAISED / 2)
    at = FIX_AT - timedelta(days=100)
    linked = tuple(
        a_seen(50_000 + n, decided_at=at - timedelta(days=n % 150), reported_at=at, same_cause_issue=OTHER) for n in range(3_000)
    )
    limit = judge_window(raised).limit
    found = judge_window(replace(raised, seen=(*raised.seen, *linked)))
    assert found.limit == limit
    assert found.outcome is Outcome.RECURRED


def test_signals_of_another_issue_with_the_same_cause_do_not_bring_a_rate_back():
    mended = a_rate_window(0.0010)
    linked = tuple(a_return(60_000 + n, same_cause_issue=OTHER) for n in range(2_000))
    found = judge_window(replace(mended, seen=(*mended.seen, *linked)))
    assert found.outcome is not Outcome.RECURRED, found.reasons


def test_a_feed_that_left_the_catalogue_makes_no_return_of_a_rate():
    issue = a_fixed_issue()
    seen = (*tuple(a_seen(n, decided_at=FIX_AT - n * DAY) for n in range(1, 60)), a_return(900))
    knowledge = known(issue, seen={ISSUE: seen})
    rate = a_feed_watch(effect=EffectSpec(EffectKind.RATE))
    listed = judge_window(inputs_of(a_plan(watches=(rate,)), knowledge))
    assert listed.outcome is not Outcome.RECURRED
    gone = replace(a_system(), feeds=())
    retired = judge_window(inputs_of(a_plan(systems=(gone,), watches=()), knowledge, exposure=None))
    assert retired.outcome not in (Outcome.RECURRED, Outcome.CLEAN)


def test_a_feed_that_left_the_catalogue_does_not_say_how_decisions_are_counted():
    issue = a_fixed_issue()
    seen = (*tuple(a_seen(n, feed="retired") for n in range(10)), a_seen(20))
    (due,) = find_due(a_plan(), known(issue, seen={ISSUE: seen}))
    assert due.groups[0].watch.feed == FEED


def test_a_day_told_twice_is_one_day():
    quiet = some_window_inputs()
    twice = replace(quiet, days=quiet.days * 2)
    assert judge_window(twice).exposure == judge_window(quiet).exposure
    assert judge_window(twice).before == judge_window(quiet).before


def test_days_that_have_not_come_count_for_nothing():
    quiet = some_window_inputs(business_date=FIX_AT.date() + timedelta(days=10))
    ahead = replace(quiet, days=(*quiet.days, *some_watch_days(quiet.business_date, JUDGED_ON)))
    assert judge_window(ahead).observed_days == judge_window(quiet).observed_days
    assert judge_window(ahead).outcome is Outcome.WATCHING


def test_signals_told_twice_before_the_fix_shorten_nothing():
    quiet = some_window_inputs(seen=seen_before(3))
    assert judge_window(replace(quiet, seen=quiet.seen * 4)).required_exposure == judge_window(quiet).required_exposure


def test_a_day_of_fewer_than_no_decisions_is_no_evidence():
    quiet = some_window_inputs()
    odd = replace(quiet, days=tuple(a_watch_day(day.on, exposure_count=-5) if day.on >= FIX_AT.date() else day for day in quiet.days))
    assert judge_window(odd).outcome is Outcome.SUSPENDED


def test_a_backdated_version_does_not_open_the_window_before_the_fix_was_recorded():
    quiet = some_window_inputs(business_date=FIX_AT.date() + timedelta(days=15))
    backdated = replace(quiet, versions=serving((FIX_AT - 400 * DAY, "7"), (FIX_AT - 200 * DAY, "8")))
    found = judge_window(backdated)
    assert (found.effective.effective_at, found.outcome) == (FIX_AT, Outcome.WATCHING)


def test_a_fix_recorded_again_later_does_not_forget_what_came_back_meanwhile():
    back = some_window_inputs()
    back = replace(back, seen=(*back.seen, a_report(back, FIX_AT + 3 * DAY, "8")))
    again = replace(back, fix=Fix(FIX_AT + 10 * DAY, {"model": "8"}))
    assert judge_window(again).outcome is Outcome.RECURRED


def test_a_fix_without_versions_recorded_again_later_starts_anew():
    moved = some_window_inputs(fix=Fix(FIX_AT + 50 * DAY, {}), versions=(), business_date=JUDGED_ON)
    assert judge_window(moved).outcome is Outcome.WATCHING


def test_quiet_while_a_control_stands_is_told_to_be_its_work_too():
    contained = some_window_inputs(contained_at=FIX_AT - 10 * DAY)
    codes = {one.reason_code for one in judge_window(contained).not_evaluated}
    assert "control_may_stand" in codes
    assert "control_may_stand" not in {one.reason_code for one in judge_window(some_window_inputs()).not_evaluated}


def test_what_puts_the_count_of_decisions_in_doubt_goes_with_the_window():
    knowledge = known(a_fixed_issue())
    (due,) = find_due(a_plan(), knowledge)
    doubtful = an_exposure_read(due.start_on, JUDGED_ON, told=("decisions.csv: found 40 that are there twice",))
    told = [one for one in judge_window(inputs_of(a_plan(), knowledge, exposure=doubtful)).not_evaluated if one.subject == "exposure"]
    assert [one.reason_code for one in told] == ["exposure_in_doubt"]
    assert "40 that are there twice; no column names a row" in told[0].reason
    named = a_plan(watches=(a_feed_watch(exposure=an_exposure_spec(row_id="Decision ID")),))
    assert inputs_of(named, knowledge).exposure_reason == ""


def test_an_older_version_that_decides_after_the_fix_served_all_traffic_is_told():
    quiet = some_window_inputs()
    before = a_report(quiet, FIX_AT - DAY, "7", 901, reported_at=FIX_AT + DAY)
    assert "older_version_decided" not in _codes(replace(quiet, seen=(*quiet.seen, before)))
    kept = a_report(quiet, FIX_AT + 30 * DAY, "7")
    assert "older_version_decided" in _codes(replace(quiet, seen=(*quiet.seen, kept)))


def _codes(inputs: WindowInputs) -> set[str]:
    return {one.reason_code for one in judge_window(inputs).not_evaluated}


def test_another_system_s_version_that_is_called_like_the_fix_is_not_the_fix():
    issue = a_fixed_issue()
    linked = a_return(same_cause_issue=OTHER, versions={"model": "8"})
    theirs = VersionInForce("another", "model", "8", FIX_AT - 400 * DAY, "mlflow")
    knowledge = known(issue, seen={ISSUE: (linked,)}, systems_of={OTHER: "another"})
    history = VersionHistory((*some_versions(), theirs))
    alone = a_system(versions=(VersionSpec("model", mlflow_model="fraud"),))
    another = replace(alone, system_id="another", versions=(VersionSpec("model", mlflow_model="loans"),))
    (found,) = seen_now(a_plan(systems=(alone, another)), knowledge, issue, Fix(FIX_AT, {"model": "8"}), history)
    assert not found.is_after_fix
    same = replace(another, versions=alone.versions)
    (found,) = seen_now(a_plan(systems=(alone, same)), knowledge, issue, Fix(FIX_AT, {"model": "8"}), history)
    assert found.is_after_fix


def test_an_issue_of_a_system_that_left_the_catalogue_is_not_judged():
    assert find_due(a_plan(systems=()), known(a_fixed_issue())) == ()


def test_no_signal_means_no_observed_day():
    found = judge_window(inputs_of(a_plan(), known(a_fixed_issue(), seen={ISSUE: ()})))
    assert found.outcome is Outcome.SUSPENDED
    assert found.system == SYSTEM
