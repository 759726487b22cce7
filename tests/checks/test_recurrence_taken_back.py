"""A fix that is taken back after its issue was closed: which windows a run looks at, records and counts, and what its page says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from checks.recurrence import judge_window
from checks.recurrence_due import find_due
from checks.recurrence_gaps import Gap, since_closing
from registry.domain.catalogue import VersionInForce
from registry.domain.decision import Verdict
from registry.domain.exposure import EffectKind, EffectSpec
from registry.domain.issue import Fix, Issue, IssueState
from registry.domain.recurrence import Outcome, Purpose, Seen
from registry.domain.recurrence_run import RecurrenceKnowledge
from reports import window_view as view
from reports.window_acts import acts
from tests.builders import SYSTEM
from tests.checks.test_recurrence_inputs import ISSUE, a_fixed_issue, a_plan, inputs_of, known
from tests.recurrence_builders import FIX_AT, a_feed_watch, a_seen, seen_before, some_versions, some_window_inputs
from tests.windows.scenario import a_rate_window, reported
from tests.windows.taken_back import closed

DAY = timedelta(days=1)
CLOSED_AT, BACK_AT, AGAIN_AT = FIX_AT + 45 * DAY, FIX_AT + 50 * DAY, FIX_AT + 55 * DAY


def serves(version: str, since: datetime, share: int = 100, artifact: str = "model") -> VersionInForce:
    return VersionInForce(SYSTEM, artifact, version, since, "recorded by person", share)


def knowing(*versions: VersionInForce, seen: tuple[Seen, ...] = (), issue: Issue | None = None, **changes: Any) -> RecurrenceKnowledge:
    """Return what is known of an issue that was closed while its fix served."""
    issue = issue or replace(a_fixed_issue(), state=IssueState.CLOSED, state_since=CLOSED_AT)
    base = known(issue, seen={ISSUE: (*seen_before(12), *seen)}, **changes)
    return replace(base, history=replace(base.history, versions=(*some_versions(), *versions)))


def by_old(decided_at: datetime, number: int = 500, **changes: Any) -> Seen:
    return a_seen(number, decided_at=decided_at, reported_at=decided_at + DAY, versions={"model": "7"}, **changes)


@pytest.mark.parametrize(
    ("versions", "recorded"),
    [
        ((), []),
        ((serves("9", BACK_AT),), []),
        ((serves("7", BACK_AT),), [True]),
        ((serves("7", BACK_AT, 10), serves("8", BACK_AT, 90)), [True]),
        ((serves("", BACK_AT),), [True]),
        ((serves("7", BACK_AT), serves("8", AGAIN_AT)), [False]),
        ((serves("7", FIX_AT + 5 * DAY), serves("8", FIX_AT + 6 * DAY)), []),
        ((serves("7", BACK_AT + 90 * DAY),), []),
    ],
    ids=["serving", "a later version", "rolled back", "a tenth rolled back", "deleted", "forward again", "before the closure", "to come"],
)
def test_a_closed_issue_is_due_when_its_fix_was_taken_back_and_told_of_while_it_is(
    versions: tuple[VersionInForce, ...], recorded: list[bool]
) -> None:
    assert [one.is_recorded for one in find_due(a_plan(), knowing(*versions))] == recorded


def test_it_is_told_of_after_a_review_had_its_answer_too() -> None:
    told = knowing(serves("7", BACK_AT), reviewed_on={ISSUE: CLOSED_AT.date() + 90 * DAY})
    later = a_plan(business_date=CLOSED_AT.date() + 100 * DAY)
    assert [one.is_recorded for one in find_due(later, told)] == [True]


def test_one_of_two_artifacts_is_enough_and_one_without_a_history_says_nothing() -> None:
    fix = Fix(FIX_AT, {"model": "8", "prompt": "3"})
    issue = replace(a_fixed_issue(), state=IssueState.CLOSED, state_since=CLOSED_AT, fix=fix)
    prompts = tuple(serves(version, at, artifact="prompt") for version, at in (("2", FIX_AT - DAY), ("3", FIX_AT), ("2", BACK_AT)))
    assert find_due(a_plan(), knowing(issue=issue)) == ()
    assert [one.is_recorded for one in find_due(a_plan(), knowing(*prompts, issue=issue))] == [True]


def test_what_an_issue_without_a_closure_is_judged_from_knows_of_none() -> None:
    back = serves("7", BACK_AT)
    assert inputs_of(a_plan(), knowing(back)).closed_at == CLOSED_AT
    assert inputs_of(a_plan(), knowing(back, issue=a_fixed_issue())).closed_at is None


def test_forty_signals_of_the_old_version_bring_the_issue_back_and_say_why() -> None:
    """The story of the review: closed on day 45, rolled back on day 50, and nobody heard of what followed."""
    again = tuple(by_old(BACK_AT + timedelta(hours=6 * number + 1), 500 + number) for number in range(40))
    decision = judge_window(inputs_of(a_plan(), knowing(serves("7", BACK_AT), seen=again)))
    assert (decision.purpose, decision.outcome, decision.verdict) == (Purpose.EFFECTIVENESS, Outcome.RECURRED, Verdict.FAIL)
    told = decision.reasons[0].text
    assert "40 signals about decisions made while the fix was taken back" in told
    assert "model 8 since 2021-04-20 15:00 UTC (an older version instead: 7 with 100 %)" in told
    assert {one.reason_code for one in decision.occurrences} == {"fix_taken_back"}


def test_signals_of_both_kinds_are_told_apart() -> None:
    both = reported(closed(some_window_inputs()), (BACK_AT, "7"), (FIX_AT + 30 * DAY, "8"), (BACK_AT + DAY, "7"))
    told = judge_window(both).reasons[0].text
    assert "2 signals about decisions made while the fix was taken back" in told
    assert "1 signal about decisions at or after the fix" in told


def test_what_the_fix_itself_decides_in_part_of_the_traffic_is_no_work_of_what_replaced_it() -> None:
    partly = (*some_versions(), serves("7", BACK_AT, 10), serves("8", BACK_AT, 90))
    shared = reported(closed(some_window_inputs(), partly), (BACK_AT, "8"), (BACK_AT, "7"), (BACK_AT, ""))
    found = {one.signal_id: one.reason_code for one in judge_window(shared).occurrences}
    assert found == {"3900900": "post_fix", "3900901": "fix_taken_back", "3900902": "fix_taken_back"}


def test_the_rest_of_the_day_of_a_rollback_is_no_day_of_a_rate() -> None:
    """Decisions are counted by the day: those of the morning were the fix's."""
    mended = closed(a_rate_window(0.0010))
    burst = tuple(by_old(BACK_AT + timedelta(seconds=number), 50_000 + number) for number in range(500))
    kept = tuple(one for one in mended.seen if one.decided_at < BACK_AT)
    assert judge_window(replace(mended, seen=(*kept, *burst))).outcome is Outcome.NOT_OPEN


def test_a_rate_is_looked_at_too_and_a_few_signals_bring_nothing_back() -> None:
    plan = a_plan(watches=(a_feed_watch(effect=EffectSpec(EffectKind.RATE, 0.05)),))
    told = knowing(serves("7", BACK_AT), seen=(by_old(BACK_AT + DAY), by_old(BACK_AT + 2 * DAY, 501)))
    (due,) = find_due(plan, told)
    decision = judge_window(inputs_of(plan, told))
    assert (due.is_recorded, decision.outcome, decision.verdict) == (True, Outcome.NOT_OPEN, Verdict.INCONCLUSIVE)


def test_a_rollback_counts_where_it_lasts_beyond_the_closure() -> None:
    def gap(until_at: datetime | None) -> Gap:
        return Gap("model", "8", FIX_AT + DAY, until_at, "", frozenset({"8"}))

    before, over, lasting = gap(CLOSED_AT), gap(CLOSED_AT + DAY), gap(None)
    assert since_closing((before, over, lasting), CLOSED_AT) == (over, lasting)
    assert since_closing((before, over, lasting), None) == ()


def test_the_page_says_that_the_fix_was_taken_back_and_who_must_act() -> None:
    silent = closed(some_window_inputs())
    back = reported(silent, (BACK_AT, "7"))
    told = judge_window(silent)
    assert "its fix does not serve all traffic" in view.headline(told)
    assert "serve all traffic again" in acts(told, silent)[0].what
    decision = judge_window(back)
    assert "made while the fix was taken back" in view.headline(decision)
    assert "was taken back" in view.meaning(decision)
    assert "why its fix was taken back" in acts(decision, back)[0].what
