"""How claims about versions add up to what was in force."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.events import EventKind
from registry.domain.versions import claim_of, serving_at, stretches, versions_in_force
from tests.builders import NOON, SYSTEM, a_claim, an_event
from tests.strategies import version_claims

HOUR = timedelta(hours=1)


def claims(*said):
    """Claims of (version, hours from noon, percent), recorded in this order."""
    return [
        a_claim(seq=seq, version=version, from_at=NOON + hours * HOUR, share_percent=share)
        for seq, (version, hours, share) in enumerate(said, 1)
    ]


def shares(said, hours):
    return {one.claim.version: one.share_percent for one in serving_at(said, NOON + hours * HOUR)}


def test_without_a_claim_nothing_was_in_force():
    assert list(stretches(())) == []
    assert serving_at((), NOON) == ()
    assert versions_in_force(()) == ()


def test_a_version_serves_alone_from_its_instant_until_the_next_ones():
    said = claims(("7", 0, 100), ("8", 5, 100))

    assert [shares(said, hours) for hours in (-1, 0, 4, 5, 100)] == [{}, {"7": 100}, {"7": 100}, {"8": 100}, {"8": 100}]
    assert [(one.from_at, one.until_at) for one in stretches(said)] == [(NOON, NOON + 5 * HOUR), (NOON + 5 * HOUR, None)]


def test_a_canary_takes_its_share_from_the_version_that_serves_alone_until_it_is_promoted_or_taken_back():
    said = claims(("7", 0, 100), ("8", 1, 10), ("8", 2, 50), ("8", 3, 100), ("9", 4, 5), ("8", 5, 100))

    assert shares(said, 1) == {"7": 90, "8": 10}
    assert shares(said, 2) == {"7": 50, "8": 50}
    assert shares(said, 3) == {"8": 100}
    assert shares(said, 4) == {"8": 95, "9": 5}
    assert shares(said, 5) == {"8": 100}


def test_two_canaries_serve_beside_each_other():
    said = claims(("7", 0, 100), ("8", 1, 10), ("9", 1, 20))

    assert shares(said, 1) == {"7": 70, "8": 10, "9": 20}


def test_shares_may_be_recorded_for_every_version_and_what_nobody_claimed_is_not_known():
    said = claims(("7", 0, 100), ("7", 1, 75), ("8", 2, 25))

    assert shares(said, 1) == {"7": 75}
    assert shares(said, 2) == {"7": 75, "8": 25}


def test_a_share_without_a_version_that_serves_alone_leaves_the_rest_unknown():
    assert shares(claims(("8", 0, 10)), 0) == {"8": 10}


def test_of_two_claims_of_one_instant_the_later_recorded_one_corrects_the_earlier():
    assert shares(claims(("7", 0, 100), ("8", 1, 100), ("9", 1, 100)), 1) == {"9": 100}
    assert shares(claims(("7", 0, 100), ("8", 1, 100), ("8", 1, 10)), 1) == {"7": 90, "8": 10}
    assert shares(claims(("7", 0, 100), ("8", 1, 10), ("8", 1, 30)), 1) == {"7": 70, "8": 30}
    assert shares(claims(("7", 0, 100), ("8", 1, 10), ("7", 1, 100)), 1) == {"7": 100}


def test_a_claim_about_the_past_counts_from_its_own_instant_and_ends_where_the_next_one_begins():
    said = claims(("7", 0, 100), ("8", 10, 100), ("6", 5, 100))

    assert [shares(said, hours) for hours in (4, 5, 9, 10)] == [{"7": 100}, {"6": 100}, {"6": 100}, {"8": 100}]


def test_a_version_that_was_seen_again_is_in_force_there_even_if_another_is_recorded_later_for_before():
    said = claims(("7", 0, 100), ("7", 8, 100), ("8", 4, 100))

    assert shares(said, 4) == {"8": 100}
    assert shares(said, 8) == {"7": 100}


def test_a_version_seen_again_opens_no_new_stretch():
    assert [one.claim.seq for one in stretches(claims(("7", 0, 100), ("7", 1, 100), ("7", 2, 100)))] == [1]


def test_shares_that_come_to_too_much_are_shown_as_they_were_recorded():
    assert shares(claims(("7", 0, 100), ("8", 1, 60), ("9", 1, 60)), 1) == {"8": 60, "9": 60}


def test_an_event_from_before_there_were_shares_means_all_of_the_traffic():
    envelope = json.loads(an_event(kind=EventKind.VERSION_OBSERVED).canonical_body())

    claim = claim_of(4, envelope)

    assert (claim.seq, claim.version, claim.share_percent, claim.from_at, claim.by) == (4, "7", 100, NOON, "")


def test_systems_and_artifacts_do_not_mix():
    said = [a_claim(), a_claim(seq=2, artifact="prompt", version="3"), a_claim(seq=3, system_id="router", version="1")]

    found = {(row.system_id, row.artifact): row.version for row in versions_in_force(said)}
    assert found == {(SYSTEM, "model"): "7", (SYSTEM, "prompt"): "3", ("router", "model"): "1"}


@given(version_claims(), st.randoms())
def test_the_order_in_which_claims_are_read_does_not_matter(said, random):
    assert versions_in_force(random.sample(said, len(said))) == versions_in_force(said)


@given(version_claims(), st.datetimes(datetime(2026, 3, 6), datetime(2026, 3, 11), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive
def test_a_claim_about_later_never_changes_what_was_in_force_before(said, at):
    earlier = tuple(one for one in said if one.from_at <= at)

    assert [(one.claim, one.share_percent) for one in serving_at(said, at)] == [
        (one.claim, one.share_percent) for one in serving_at(earlier, at)
    ]
