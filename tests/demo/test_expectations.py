"""Comparing a replay with the truth: what is missing, doubled or passed over is not ok."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from deployments.demo.expectations import compare
from deployments.demo.story import BAD_ROWS_ON, LAST_RUN_ON, LATE_OF, REPLAY_FROM
from deployments.demo.truth import TRUTH
from registry.domain.decision import Verdict
from registry.domain.feed import FeedStatus
from registry.domain.history import OpenDip
from registry.domain.signal import Severity
from registry.domain.triage import ChangeKind, Tally
from tests.builders_triage import a_batch
from tests.demo.comparing import not_ok
from tests.demo.true_closings import true_closings
from tests.demo.true_releases import true_releases
from tests.demo.true_replay import Days, change_of, true_days, true_history, truth_of, with_feed
from tests.demo.true_windows import true_windows

_DAY = timedelta(days=1)


def test_without_a_played_day_no_story_is_ok() -> None:
    assert not any(row.ok for row in compare(()))


def test_a_replay_that_found_every_story_is_ok_in_every_row() -> None:
    assert not_ok(true_days()) == set()


def test_the_order_of_the_days_does_not_matter() -> None:
    days = tuple(true_days().values())
    windows = tuple(true_windows().values())
    assert compare(days, true_history(), windows) == compare(days[::-1], true_history(), windows[::-1])


def test_every_row_says_what_was_expected_what_was_found_and_where_to_look() -> None:
    rows = compare(tuple(true_days().values()), true_history(), tuple(true_windows().values()))
    assert [row.case for row in rows] == [truth.case for truth in TRUTH]
    assert all(row.what and row.expected and row.found and row.where for row in rows)


def test_a_replay_that_ends_early_is_not_ok_for_the_stories_it_does_not_reach() -> None:
    days = {on: day for on, day in true_days().items() if on < LAST_RUN_ON - 30 * _DAY}
    missed = not_ok(days)
    assert {"incident", "unmatched rows", "everything else"} <= missed
    assert "privacy complaint" not in missed


def test_stories_that_only_the_ledger_proves_are_not_ok_without_it() -> None:
    found = {"windows": tuple(true_windows().values()), "releases": tuple(true_releases().values())}
    rows = compare(tuple(true_days().values()), **found, closings=tuple(true_closings().values()))  # type: ignore[arg-type]
    assert {row.case for row in rows if not row.ok} == {"duplicate feed", "late data", "rules version", "model version"}
    assert all("not looked at" in row.found for row in rows if not row.ok)


def spoil_day(case: str, **changes: object) -> Callable[[Days], None]:
    on = truth_of(case).from_on
    return lambda days: days.update({on: replace(days[on], **changes)})  # type: ignore[arg-type]


def spoil_feed(case: str, day_offset: int = 0, **changes: object) -> Callable[[Days], None]:
    truth = truth_of(case)
    on = truth.from_on + day_offset * _DAY
    return lambda days: days.update({on: with_feed(days[on], truth.place, **changes)})


def add_change(case: str, days_later: int, kind: ChangeKind = ChangeKind.OPENED) -> Callable[[Days], None]:
    truth = truth_of(case)
    on = truth.from_on + days_later * _DAY
    return lambda days: days.update({on: replace(days[on], changes=(*days[on].changes, change_of(truth, kind)))})


def a_symptom_that_escapes(days: Days) -> None:
    on = REPLAY_FROM + 3 * _DAY
    days[on] = replace(days[on], changes=(change_of(truth_of("spike")),))
    days[on] = replace(days[on], changes=(replace(days[on].changes[0], issue=replace(days[on].changes[0].issue, title="Card lost")),))


def a_milder_privacy_issue(days: Days) -> None:
    truth = truth_of("privacy complaint")
    days[truth.from_on] = replace(days[truth.from_on], changes=(change_of(truth, severity=Severity.L2),))


def a_dip_that_stays(days: Days) -> None:
    truth = truth_of("volume dip")
    days[LAST_RUN_ON] = replace(days[LAST_RUN_ON], dips=(OpenDip("overrides-.jsonl-0:override", truth.from_on, 7),))


def a_canary_batch(days: Days) -> None:
    on = truth_of("canary signals").from_on
    days[on] = replace(days[on], batches=(a_batch(channel="Web", on=on - _DAY),))


SPOILED: list[tuple[str, Callable[[Days], None], set[str]]] = [
    ("the spike was not seen", spoil_day("spike", changes=()), {"spike", "second step"}),
    ("a second issue for the same declines", add_change("spike", 20), {"spike", "second step"}),
    ("the step was not seen", spoil_day("second step", changes=()), {"second step"}),
    ("the batch was not named", spoil_day("batch arrival", batches=()), {"batch arrival"}),
    ("the dip was not seen", spoil_day("volume dip", dips=()), {"volume dip"}),
    ("a dipped day passed", spoil_day("volume dip", verdict=Verdict.PASS), {"volume dip"}),
    ("the dip never ended", a_dip_that_stays, {"volume dip"}),
    ("a resent file counted again", spoil_feed("duplicate feed", 1, new_count=99), {"duplicate feed"}),
    ("late rows were lost", spoil_feed("late data", 5 - 1, new_count=0), {"late data"}),
    ("a broken feed was read in part", spoil_feed("schema break", new_count=1), {"schema break"}),
    ("a broken feed was called ok", spoil_feed("schema break", status=FeedStatus.OK), {"schema break"}),
    ("a broken day passed", spoil_day("schema break", verdict=Verdict.PASS), {"schema break"}),
    ("the repaired file lost rows", spoil_feed("schema break", 1, new_count=1), {"schema break"}),
    ("a bad row got through", spoil_day("bad rows", quarantined=Tally(4, 60)), {"bad rows"}),
    ("a good row was quarantined", spoil_feed("bad rows", new_count=1), {"bad rows"}),
    ("the privacy issue is too mild", a_milder_privacy_issue, {"privacy complaint"}),
    ("the silence was not noticed", spoil_feed("stopped feed", status=FeedStatus.OK), {"stopped feed"}),
    ("a silent day passed", spoil_day("stopped feed", verdict=Verdict.PASS), {"stopped feed"}),
    ("canaries opened an issue", add_change("canary signals", 1), {"canary signals", "everything else"}),
    ("canaries were a batch", a_canary_batch, {"canary signals"}),
    ("canaries were never read", spoil_feed("canary signals", received_count=0), {"canary signals"}),
    ("a suppressed symptom opened", add_change("suppressed symptom", 2), {"suppressed symptom", "everything else"}),
    ("nothing was counted as suppressed", spoil_day("suppressed symptom", suppressed=Tally(0, 40)), {"suppressed symptom"}),
    ("the monitored rule said nothing", spoil_day("monitored symptom", would_hide=()), {"monitored symptom"}),
    ("unmatched rows were not counted", spoil_day("unmatched rows", unmatched=Tally(0, 60)), {"unmatched rows"}),
    ("the incident opened no issue", spoil_day("incident", changes=()), {"incident"}),
    ("the audit finding opened no issue", spoil_day("audit finding", changes=()), {"audit finding"}),
    ("an ordinary day opened an issue", a_symptom_that_escapes, {"everything else"}),
]


@pytest.mark.parametrize(("spoil", "expected"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_one_thing_gone_wrong_is_named_in_its_row(spoil: Callable[[Days], None], expected: set[str]) -> None:
    days = true_days()
    spoil(days)
    assert not_ok(days) == expected


def test_a_story_is_not_ok_when_its_feed_is_not_among_the_days_feeds() -> None:
    days = true_days()
    on = BAD_ROWS_ON + _DAY
    days[on] = replace(days[on], feeds=())
    assert "bad rows" in not_ok(days)


def test_late_rows_counted_on_the_day_they_were_delivered_are_not_ok() -> None:
    moved = tuple(replace(count, on=count.on + 5 * _DAY) if count.on == LATE_OF else count for count in true_history().counts)
    assert not_ok(true_days(), counts=moved) == {"late data"}


def test_a_version_that_did_not_change_or_changed_on_another_day_is_not_ok() -> None:
    versions = true_history().versions
    assert not_ok(true_days(), versions=versions[:1] + versions[2:]) == {"rules version"}
    later = tuple(replace(version, from_at=version.from_at + _DAY) for version in versions)
    assert not_ok(true_days(), versions=later) == {"rules version", "model version"}
