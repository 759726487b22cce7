"""When an alias that was read is news to the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.events import EventKind
from registry.versions.changes import AliasReading, AliasStatus, find_version_changes
from tests.builders import NOON, SYSTEM, a_version
from tests.strategies import version_histories


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
    assert find_version_changes((), (a_version(),), NOON) == ()


@pytest.mark.parametrize("status", [AliasStatus.ALIAS_MISSING, AliasStatus.MODEL_MISSING])
def test_a_missing_alias_changes_nothing_that_is_known(status):
    assert find_version_changes((a_reading("", status=status),), (a_version(),), NOON) == ()


def test_the_first_version_ever_seen_is_an_event_with_its_alias():
    (event,) = find_version_changes((a_reading("8"),), (), NOON)

    assert (event.kind, event.system_id, event.as_of) == (EventKind.VERSION_OBSERVED, SYSTEM, NOON)
    assert event.body == {"artifact": "model", "version": "8", "source": "mlflow", "alias": "credit_model@champion"}


def test_the_version_already_in_force_is_no_news():
    assert find_version_changes((a_reading("7"),), (a_version(version="7"),), NOON) == ()


def test_another_version_is_news_and_so_is_an_old_one_that_came_back():
    known = (a_version(version="7", from_at=NOON - timedelta(days=9)), a_version(version="8", from_at=NOON - timedelta(days=2)))

    assert [event.body["version"] for event in find_version_changes((a_reading("9"),), known, NOON)] == ["9"]
    assert [event.body["version"] for event in find_version_changes((a_reading("7"),), known, NOON)] == ["7"]
    assert find_version_changes((a_reading("8"),), reversed(known), NOON) == ()


def test_replaying_the_past_does_not_rewrite_it_with_todays_alias():
    known = (a_version(version="7", from_at=NOON),)

    assert find_version_changes((a_reading("8"),), known, NOON - timedelta(microseconds=1)) == ()
    assert len(find_version_changes((a_reading("8"),), known, NOON)) == 1


def test_other_systems_and_artifacts_are_compared_with_their_own_history():
    known = (a_version(version="8", system_id="router"), a_version(version="8", artifact="prompt"))

    assert len(find_version_changes((a_reading("8"),), known, NOON)) == 1


def test_two_versions_seen_on_one_day_are_two_events_and_the_same_one_again_is_the_same():
    one, again, other = (find_version_changes((a_reading(version),), (), NOON)[0] for version in ("8", "8", "9"))

    assert one.key == again.key
    assert one.key != other.key


def test_the_business_date_is_the_systems_own():
    late = datetime(2020, 10, 15, 3, 59, tzinfo=UTC)

    assert find_version_changes((a_reading(),), (), late)[0].business_date == date(2020, 10, 14)
    assert find_version_changes((a_reading(zone="Asia/Kolkata"),), (), late)[0].business_date == date(2020, 10, 15)


@given(version_histories(), st.from_regex(r"\A[1-5]\Z"))
def test_once_written_a_change_is_not_found_again(rows, version):
    found = find_version_changes((a_reading(version),), rows, NOON)
    written = [a_version(version=event.body["version"], from_at=event.as_of) for event in found]

    assert find_version_changes((a_reading(version),), (*rows, *written), NOON) == ()
