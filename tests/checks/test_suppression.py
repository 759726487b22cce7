"""Suppressions match exactly, end on their day, and never hide more than they say."""

from __future__ import annotations

from datetime import timedelta

from checks.suppression import find_expiring, find_suppression
from registry.domain.policy import SuppressionMode
from tests.builders import FEED, SYSTEM, TODAY
from tests.builders_policies import a_suppression

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
