"""When an alias that was read is news to the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.catalogue import VersionSpec
from registry.domain.events import EventKind
from registry.domain.gate import MovedAlias
from registry.domain.versions import BY_PERSON
from registry.versions.changes import AliasReading, AliasStatus, find_moved, find_recorded_changes, find_version_changes
from tests.builders import NOON, SYSTEM, a_claim, a_system
from tests.strategies import version_claims

LATER = datetime(2026, 4, 1, tzinfo=UTC)  # after every random claim


def a_reading(version="8", **changes):
    parts = {
        "system_id": SYSTEM,
        "artifact": "model",
        "name": "credit_model",
        "alias": "champion",
        "version": version,
        "status": AliasStatus.FOUND,
        "zone": "America/New_York",
    }
    return AliasReading(**{**parts, **changes})


def test_no_readings_change_nothing():
    assert find_version_changes((), (a_claim(),), NOON) == ()


@pytest.mark.parametrize("status", [AliasStatus.ALIAS_MISSING, AliasStatus.MODEL_MISSING])
def test_a_missing_alias_changes_nothing_that_is_known(status):
    assert find_version_changes((a_reading("", status=status),), (a_claim(),), NOON) == ()


def test_the_first_version_ever_seen_is_an_event_with_its_alias():
    (event,) = find_version_changes((a_reading("8"),), (), NOON)

    assert (event.kind, event.system_id, event.as_of) == (EventKind.VERSION_OBSERVED, SYSTEM, NOON)
    assert event.body == {"artifact": "model", "version": "8", "source": "mlflow", "alias": "credit_model@champion"}


def test_the_version_already_in_force_is_no_news():
    assert find_version_changes((a_reading("7"),), (a_claim(version="7"),), NOON) == ()


def test_another_version_is_news_and_so_is_an_old_one_that_came_back():
    known = (a_claim(version="7", from_at=NOON - timedelta(days=9)), a_claim(version="8", from_at=NOON - timedelta(days=2)))

    assert [event.body["version"] for event in find_version_changes((a_reading("9"),), known, NOON)] == ["9"]
    assert [event.body["version"] for event in find_version_changes((a_reading("7"),), known, NOON)] == ["7"]
    assert find_version_changes((a_reading("8"),), reversed(known), NOON) == ()


def test_replaying_the_past_does_not_rewrite_it_with_todays_alias():
    known = (a_claim(version="7", from_at=NOON),)

    assert find_version_changes((a_reading("8"),), known, NOON - timedelta(microseconds=1)) == ()
    assert len(find_version_changes((a_reading("8"),), known, NOON)) == 1


def by_person(version, days, **changes):
    return a_claim(version=version, from_at=NOON - timedelta(days=days), source=BY_PERSON, **changes)


def by_alias(version, days):
    return a_claim(version=version, from_at=NOON - timedelta(days=days))


MOVED = [
    pytest.param((), "8", "", id="never heard of"),
    pytest.param((by_alias("7", 5),), "8", "7", id="another version"),
    pytest.param((by_alias("7", 5), by_person("6", 2)), "8", "7", id="another version after people recorded a third"),
    pytest.param((by_person("8", 9), by_person("7", 2, share_percent=20)), "8", "", id="alone again after a part of the traffic"),
    pytest.param((by_alias("7", 5), by_person("8", 2, share_percent=20)), "8", "7", id="the part that is all now"),
    pytest.param((by_alias("7", 5),), "", "7", id="gone"),
    pytest.param((by_alias("7", 5), by_person("8", 2, share_percent=20)), "", "7", id="gone while it had the rest of the traffic"),
]
UNMOVED = [
    pytest.param((by_alias("7", 5),), "7", id="as it was"),
    pytest.param((by_alias("7", 5), by_person("8", 2)), "7", id="as it was before people recorded another"),
    pytest.param((by_alias("7", 5), by_person("8", 2)), "8", id="where people had recorded it"),
    pytest.param((by_person("8", 2),), "8", id="where people recorded the same"),
    pytest.param((by_alias("7", 5), by_person("9", -1)), "8", id="replaced since"),
    pytest.param((), "", id="nobody knows of any"),
    pytest.param((by_alias("7", 5), by_person("8", 2)), "", id="gone after people recorded what serves"),
]


def an_answer(version):
    return a_reading(version, status=AliasStatus.FOUND if version else AliasStatus.ALIAS_MISSING)


@pytest.mark.parametrize(("claims", "version", "known"), MOVED)
def test_an_alias_that_says_another_version_than_is_in_force_moved(claims, version, known):
    assert find_moved(an_answer(version), claims, NOON) == MovedAlias("credit_model@champion", known, version)


@pytest.mark.parametrize(("claims", "version"), UNMOVED)
def test_an_alias_that_is_no_news_or_of_another_time_did_not_move(claims, version):
    assert find_moved(an_answer(version), claims, NOON) is None


def test_other_systems_and_artifacts_are_compared_with_their_own_history():
    known = (a_claim(version="8", system_id="router"), a_claim(version="8", artifact="prompt"))

    assert len(find_version_changes((a_reading("8"),), known, NOON)) == 1


def test_two_versions_seen_on_one_day_are_two_events_and_the_same_one_again_is_the_same():
    one, again, other = (find_version_changes((a_reading(version),), (), NOON)[0] for version in ("8", "8", "9"))

    assert one.key == again.key
    assert one.key != other.key


def test_the_business_date_is_the_systems_own():
    late = datetime(2020, 10, 15, 3, 59, tzinfo=UTC)

    assert find_version_changes((a_reading(),), (), late)[0].business_date == date(2020, 10, 14)
    assert find_version_changes((a_reading(zone="Asia/Kolkata"),), (), late)[0].business_date == date(2020, 10, 15)


@given(version_claims(), st.from_regex(r"\A[1-5]\Z"))
def test_once_written_a_change_is_not_found_again(rows, version):
    found = find_version_changes((a_reading(version),), rows, LATER)
    written = [a_claim(seq=99, version=event.body["version"], from_at=event.as_of) for event in found]

    assert find_version_changes((a_reading(version),), (*rows, *written), LATER) == ()


def test_an_alias_that_moves_to_and_fro_within_a_day_gives_an_event_each_time():
    seen = [find_version_changes((a_reading(version),), (), NOON + timedelta(hours=hour))[0] for hour, version in enumerate("787")]

    assert len({event.key for event in seen}) == 3


def test_what_a_person_recorded_is_not_overwritten_by_an_alias_or_a_catalogue_that_says_what_it_said_before():
    said = (
        a_claim(version="7"),
        a_claim(seq=2, artifact="index", version="a", source="recorded"),
        a_claim(seq=3, version="8", source="recorded by person", from_at=NOON - timedelta(days=1)),
        a_claim(seq=4, artifact="index", version="b", source="recorded by person", from_at=NOON - timedelta(days=1)),
    )

    assert find_version_changes((a_reading("7"),), said, NOON) == ()
    assert find_recorded_changes([a_system(versions=(VersionSpec("index", recorded="a"),))], said, NOON) == ()
    assert len(find_version_changes((a_reading("8"),), said, NOON)) == 1


def test_an_alias_read_because_something_happened_says_so():
    (event,) = find_version_changes((a_reading(),), (), NOON, on_event=True)

    assert event.body["on_event"] is True
