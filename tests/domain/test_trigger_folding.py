"""What a decision about a window knows of before: folded from events, bounded, the same as a plain model keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from checks.trigger_events import evaluated_event
from registry.domain.decision import Finding, Verdict
from registry.domain.events import EventKind
from registry.domain.monitoring import WindowKind, window_of
from registry.domain.profile import Segment
from registry.domain.signal import SignalCategory
from registry.domain.trigger_folding import HISTORY_KINDS, fold_histories, fold_history, past_window, with_window
from registry.domain.triggers import CellState, TriggerHistory
from tests.builders import a_feed
from tests.checks.retraining_years import Story, days, months, seen, told
from tests.trigger_builders import FEBRUARY, POLICIES, a_judged_cell, a_loss, a_watched_system

AS_OF = datetime(2026, 6, 1, 8, tzinfo=UTC)
QUIET, _, DRIFTED, UNTOLD = (a_judged_cell(state) for state in CellState)

STALE = Finding("data_quality", "rows", Verdict.INCONCLUSIVE, "stale", "the newest row is of 2026-02-10")


def history(*events, system=None, as_of=AS_OF):
    numbered = [(number, json.loads(event.canonical_body())) for number, event in enumerate(events, 1)]
    return fold_history(system or a_watched_system(), numbered, POLICIES, as_of)


def a_version_event(version, at, artifact="model", said_at=AS_OF, **body):
    return told(EventKind.VERSION_OBSERVED, said_at, artifact, artifact=artifact, version=version, source="recorded", from_at=at, **body)


def test_without_events_nothing_is_known():
    assert history() == TriggerHistory(0, closed_requests={})


def test_events_of_other_systems_and_kinds_are_passed_by():
    foreign = replace(told(EventKind.REQUEST_CLOSED, AS_OF, "r"), system_id="another")
    assert replace(history(foreign, told(EventKind.NOTE_ADDED, AS_OF)), events=0) == history()
    assert EventKind.NOTE_ADDED not in HISTORY_KINDS


# An evaluation


def test_an_event_gives_back_every_cell_condition_request_and_what_was_remembered():
    cells = [
        a_judged_cell(state, column, segment)
        for state, column in zip(CellState, ("quiet", "over", "a|b", "untold"), strict=True)
        for segment in (Segment(), Segment("term", "60|months"))
    ]
    story = Story()
    decision = story.judge(FEBRUARY, seen(*cells, performance=(a_loss(),)), label_count=12)
    (past,) = story.history(AS_OF).windows
    assert past.over == {cell.key for cell in cells if cell.is_over}
    assert past.drifted == {"a|b|all rows", "a|b|term=60|months"}
    assert past.not_evaluated == {"untold|all rows", "untold|term=60|months"}
    assert (past.window, past.decided_at, past.judged) == (FEBRUARY, decision.as_of, True)
    assert (past.conditions, past.requests, past.memory) == (frozenset(decision.conditions), decision.requests, decision.memory)
    assert past.reference_digest == decision.reference_digest


def test_the_event_of_a_window_has_the_same_key_whenever_it_is_judged_and_another_where_it_could_not_be():
    story = Story()
    decision = story.judge(FEBRUARY, seen(QUIET))
    later = evaluated_event(replace(decision, as_of=AS_OF), "b", "d", "r")
    assert later.key == evaluated_event(decision, "b", "d", "r").key
    assert (later.business_date, later.subject) == (FEBRUARY.end_on, "2026-02-01 2026-03-01")
    assert evaluated_event(replace(decision, cells=()), "b", "d", "r").key != later.key


def test_an_event_is_small_though_a_hundred_segments_have_too_few_rows():
    segments = [a_judged_cell(CellState.NOT_EVALUATED, f"c{column}", Segment("shop", str(n))) for column in range(25) for n in range(100)]
    story = Story()
    event = evaluated_event(story.judge(FEBRUARY, seen(QUIET, *segments)), "b", "d", "r")
    assert len(event.canonical_body()) < 4_000
    assert len(story.history(AS_OF).windows[0].not_evaluated) == 2_500


def test_a_window_judged_after_it_could_not_be_is_one_window_with_the_later_decision():
    story = Story()
    story.judge(FEBRUARY, seen(UNTOLD))
    story.judge(FEBRUARY, seen(DRIFTED), as_of=AS_OF)
    (past,) = story.history(AS_OF).windows
    assert (past.judged, past.drifted) == (True, {"age|all rows"})


def test_a_window_that_could_not_be_judged_again_keeps_what_was_judged():
    story = Story()
    story.judge(FEBRUARY, seen(DRIFTED))
    blind = story.judge(FEBRUARY, seen(UNTOLD), as_of=AS_OF)
    (past,) = story.history(AS_OF).windows
    assert (past.judged, past.drifted, blind.requests) == (True, {"age|all rows"}, ())


def test_a_decision_of_the_run_itself_counts_as_its_event_would():
    story = Story()
    for window in months(3):
        before = story.history(AS_OF)
        decision = story.judge(window, seen(DRIFTED))
        event = json.loads(evaluated_event(decision, "b", "d", "r").canonical_body())
        assert replace(with_window(before, past_window(event)), events=0) == replace(story.history(AS_OF), events=0)


def test_windows_of_another_length_are_no_neighbours_and_what_stands_and_was_asked_for_goes_on():
    story = Story(system=a_watched_system(WindowKind.DAY))
    decision = story.judge(days(1)[0], seen(DRIFTED))
    (past,) = fold_history(a_watched_system(), story.events, POLICIES, datetime(2026, 2, 20, tzinfo=UTC)).windows
    assert (past.judged, past.settled, past.over, past.drifted) == (False, True, frozenset(), frozenset())
    assert (past.conditions, past.memory.asked) == ({"drift|age"}, decision.memory.asked)
    assert [one.action.value for one in past.requests] == ["investigate"]


def test_what_was_asked_for_is_not_asked_for_again_when_months_become_weeks():
    story = Story()
    assert [one.action.value for one in story.judge(FEBRUARY, seen(DRIFTED)).requests] == ["investigate"]
    story.system = a_watched_system(WindowKind.WEEK)
    weeks = [window_of(date(2026, 3, 2) + timedelta(days=7 * number), WindowKind.WEEK) for number in range(8)]
    decisions = [story.judge(week, seen(DRIFTED)) for week in weeks]
    assert [one.requests for one in decisions] == [()] * 8
    assert {held.reason_code for one in decisions for held in one.withheld} == set()
    assert decisions[-1].memory.since == (("drift|age", date(2026, 2, 1)),)


def test_a_window_that_lacked_rows_is_judged_anew_once_they_are_there_and_asks_once():
    story = Story()
    first = story.judge(FEBRUARY, seen(DRIFTED, data_quality=(STALE,)))
    (past,) = story.history(AS_OF).windows
    assert (past.judged, past.settled) == (True, False)
    second = story.judge(FEBRUARY, seen(DRIFTED), as_of=AS_OF)
    (past,) = story.history(AS_OF).windows
    assert past.settled
    assert ([one.action.value for one in first.requests], second.requests, second.withheld) == (["investigate"], (), ())
    assert len({json.dumps(envelope["subject"]) for _, envelope in story.events}) == 2


def test_what_a_window_shows_only_once_its_rows_are_there_is_asked_for():
    story = Story()
    assert story.judge(FEBRUARY, seen(QUIET, data_quality=(STALE,))).requests == ()
    assert [one.action.value for one in story.judge(FEBRUARY, seen(DRIFTED), as_of=AS_OF).requests] == ["investigate"]


def test_memory_does_not_grow_with_history():
    system = a_watched_system(WindowKind.DAY)
    story, sizes = Story(system=system), dict[int, int]()
    for number, window in enumerate(days(400)):
        decision = story.judge(window, seen(QUIET) if number % 40 else seen(DRIFTED), history=TriggerHistory(0))
        if number % 11 == 0:  # each history folds all events: one for every day would take the square of the days
            sizes[number] = len(story.history(decision.as_of).windows)
    early, late = ([size for number, size in sizes.items() if (number < 100) is first] for first in (True, False))
    assert max(late) <= max(early) <= 60


def test_the_newest_judged_window_is_remembered_over_any_number_that_could_not_be_judged():
    story = Story(system=a_watched_system(WindowKind.DAY))
    first, *blind = days(60)
    story.judge(first, seen(DRIFTED))
    for window in blind:
        story.judge(window, seen(UNTOLD))
    assert story.history(story.decisions[-1].as_of).windows[0].drifted == {"age|all rows"}


# People, versions, labels, incidents, holds


def test_a_request_is_closed_when_somebody_said_so():
    story = Story()
    (request,) = story.judge(FEBRUARY, seen(DRIFTED)).requests
    assert story.history(AS_OF).closed_requests == {}
    story.close(request.request_id, AS_OF - timedelta(days=1))
    story.close("sha256:" + "9" * 64, AS_OF)
    assert story.history(AS_OF).closed_requests == {request.request_id: AS_OF - timedelta(days=1)}


def test_the_version_in_force_was_trained_on_the_day_since_which_it_serves():
    first, second = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 4, 6, tzinfo=UTC)
    assert history(a_version_event("1", first)).trained_on == date(2026, 1, 5)
    both = (a_version_event("1", first), a_version_event("2", second))
    assert history(*both).trained_on == date(2026, 4, 6)
    assert history(*both, as_of=datetime(2026, 3, 1, tzinfo=UTC)).trained_on == date(2026, 1, 5), "the other one serves later"
    assert history(a_version_event("7", first, artifact="prompt")).trained_on is None


def test_the_day_of_training_is_a_civil_day_of_the_systems_zone():
    kolkata = a_watched_system()
    kolkata = replace(kolkata, entry=replace(kolkata.entry, timezone="Asia/Kolkata"))
    assert history(a_version_event("1", datetime(2026, 1, 5, 20, tzinfo=UTC)), system=kolkata).trained_on == date(2026, 1, 6)


def test_a_policy_takes_effect_where_another_version_of_it_comes_into_force_and_the_first_is_no_change():
    at = [datetime(2026, month, 1, 12, tzinfo=UTC) for month in (1, 3, 7)]
    versions = [a_version_event(name, when, artifact="policy") for name, when in zip("abc", at, strict=True)]
    assert history(versions[0]).policy_changes_on == ()
    assert history(*versions).policy_changes_on == ((date(2026, 3, 1), "b"), (date(2026, 7, 1), "c"))
    assert history(versions[0], a_version_event("a", at[1], artifact="policy")).policy_changes_on == (), "the same version again"


def test_labels_at_training_are_those_known_when_the_version_in_force_was_recorded():
    frozen = told(EventKind.REFERENCE_FROZEN, AS_OF - timedelta(days=90), reference_digest="r", label_count=100)
    assert history(frozen).label_count_at_training == 100
    assert history(told(EventKind.REFERENCE_FROZEN, AS_OF, reference_digest="r")).label_count_at_training is None

    story = Story()
    story.append(a_version_event("1", datetime(2026, 1, 1, tzinfo=UTC)))
    for window, count in zip(months(3), (100, 250, 400), strict=True):
        story.judge(window, seen(QUIET), label_count=count)
    assert story.history(AS_OF).label_count_at_training == 100, "the first that was recorded"
    story.append(a_version_event("2", datetime(2026, 5, 1, tzinfo=UTC)))
    assert story.history(AS_OF).label_count_at_training == 400


def opened(issue_id, days_ago, feed):
    return told(EventKind.ISSUE_OPENED, AS_OF - timedelta(days=days_ago), issue_id, issue_id, feed=feed)


def test_an_incident_is_an_issue_of_a_feed_of_incidents_or_one_that_a_person_calls_one():
    entry = a_watched_system().entry
    feeds = (a_feed(name="complaints"), a_feed(name="pager", category=SignalCategory.INCIDENT))
    system = replace(a_watched_system(), entry=replace(entry, feeds=feeds))
    complaint, page, old = opened("ISS-1", 3, "complaints"), opened("ISS-2", 2, "pager"), opened("ISS-3", 31, "pager")
    assert history(complaint, page, old, system=system).incidents_at == (page.as_of,)
    classified = told(EventKind.SEVERITY_SET, AS_OF, "ISS-1", "ISS-1", document={"incident": "infra_error"})
    assert history(complaint, page, classified, system=system).incidents_at == (complaint.as_of, page.as_of)
    harmless = told(EventKind.SEVERITY_SET, AS_OF, "ISS-1", "ISS-1", document={"incident": None})
    assert history(complaint, harmless, system=system).incidents_at == ()


def test_a_preservation_hold_counts_while_it_is_in_force():
    document = {"reason": "regulator asked"}
    hold = told(EventKind.PRESERVATION_HOLD_SET, AS_OF, "s", "ISS-1", document=document, document_digest="sha256:" + "a" * 64)
    assert "preserve-aaaaaaaaaaaa of credit_model" in history(hold).held
    assert history(hold, as_of=AS_OF - timedelta(days=1)).held == "", "it was set later"
    release = told(EventKind.PRESERVATION_HOLD_RELEASED, AS_OF, "r", "ISS-1", document={"hold": "preserve-aaaaaaaaaaaa"})
    assert history(hold, release).held == ""


def test_several_systems_are_folded_in_one_pass_as_each_alone():
    one, other = a_watched_system(), a_watched_system(WindowKind.DAY)
    other = replace(other, entry=replace(other.entry, system_id="another"))
    story = Story()
    story.judge(FEBRUARY, seen(DRIFTED))
    both = fold_histories((one, other), story.events, POLICIES, AS_OF)
    assert both["credit_model"] == fold_history(one, story.events, POLICIES, AS_OF)
    assert (both["another"].windows, both["another"].events) == ((), 1)


@given(st.permutations(months(4)))
def test_windows_are_known_in_their_own_order_whatever_order_they_were_judged_in(order):
    story = Story()
    for window in order:
        story.judge(window, seen(QUIET), as_of=AS_OF)
    assert [past.window for past in story.history(AS_OF).windows] == months(4)
