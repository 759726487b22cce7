"""Suppressions match exactly, end on their day, and never hide more than they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from checks.suppression import find_expiring, find_quiet, find_quiet_ends, find_suppression
from registry.domain.policy import SuppressionMode
from registry.domain.steps_change import IssueSuppression
from tests.builders import FEED, FINGERPRINT, SYSTEM, TODAY
from tests.builders_policies import a_suppression
from tests.checks.work.cases import a_case, a_taken

FIELDS = {"Issue": "Problem using the card", "Product": "Prepaid card"}


def test_no_rule_hides_nothing():
    assert find_suppression([], SYSTEM, FEED, FIELDS, TODAY) is None
    assert find_expiring([], TODAY) == ()


def test_a_rule_matches_its_system_feed_and_every_field_it_names():
    rule = a_suppression()
    assert find_suppression([rule], SYSTEM, FEED, FIELDS, TODAY) is rule
    assert find_suppression([rule], "other", FEED, FIELDS, TODAY) is None
    assert find_suppression([rule], SYSTEM, "other", FIELDS, TODAY) is None
    assert find_suppression([rule], SYSTEM, FEED, FIELDS | {"Issue": "Advertising"}, TODAY) is None
    assert find_suppression([a_suppression(feed="")], SYSTEM, "other", FIELDS, TODAY) is not None


def test_a_rule_holds_through_its_last_day_and_not_after():
    rule = a_suppression(expires_on=TODAY)
    assert find_suppression([rule], SYSTEM, FEED, FIELDS, TODAY) is rule
    assert find_suppression([rule], SYSTEM, FEED, FIELDS, TODAY + timedelta(days=1)) is None


def test_an_enforced_rule_counts_before_a_monitoring_one():
    enforced, watching = a_suppression(suppression_id="z"), a_suppression(suppression_id="a", mode=SuppressionMode.MONITOR)
    assert find_suppression([watching, enforced], SYSTEM, FEED, FIELDS, TODAY) is enforced


def test_expiring_and_expired_rules_are_named_and_do_not_block():
    soon, gone, far = (a_suppression(suppression_id=str(days), expires_on=TODAY + timedelta(days=days)) for days in (9, -1, 11))
    assert [(note.subject, note.reason_code) for note in find_expiring([soon, gone, far], TODAY)] == [
        ("-1", "suppression_expired"),
        ("9", "suppression_expiring"),
    ]
    assert not any(note.blocking for note in find_expiring([soon, gone], TODAY))


def suppressed(*days: int, **changes):
    steps = (
        a_taken(IssueSuppression(reason="known", until_on=TODAY + timedelta(days=offset)), 10 + place) for place, offset in enumerate(days)
    )
    return replace(a_case(*steps), **changes)


def test_nobody_suppressed_anything_hides_and_tells_nothing():
    assert find_quiet([a_case()], TODAY) == {}
    assert list(find_quiet_ends([a_case()], TODAY)) == []


def test_a_person_suppresses_the_symptom_of_an_issue_until_the_day_they_named():
    assert find_quiet([suppressed(1)], TODAY) == {(SYSTEM, FINGERPRINT): "ISS-0123456789abcdef-1"}
    assert find_quiet([suppressed(0)], TODAY) == {}


def test_the_newest_suppression_counts_so_that_one_can_be_ended_early():
    assert find_quiet([suppressed(50, 0)], TODAY) == {}


def test_no_suppression_outlives_the_return_of_its_issue():
    assert find_quiet([suppressed(50, reopened_seq=99)], TODAY) == {}


def test_the_end_of_a_suppression_is_told_before_and_after_and_then_no_more():
    codes = {days: [note.reason_code for note in find_quiet_ends([suppressed(days)], TODAY)] for days in (11, 10, 1, 0, -9, -10)}
    assert codes == {
        11: [],
        10: ["suppression_expiring"],
        1: ["suppression_expiring"],
        0: ["suppression_expired"],
        -9: ["suppression_expired"],
        -10: [],
    }
