"""Releases and switches as the ledger's events tell them: what is in force until something else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from registry.domain.events import EventKind
from registry.domain.release_history import find_releases, releases_of
from registry.domain.times import format_instant
from tests.release_builders import MORNING, SYSTEM

FIRST, SECOND = "REL-20260302-aaaaaaaa", "REL-20260305-bbbbbbbb"
Event = dict[str, Any]


def an_event(kind: EventKind, data: Event, subject: str = SYSTEM, hours: int = 0) -> Event:
    at = format_instant(MORNING + timedelta(hours=hours))
    return {"kind": kind, "system": SYSTEM, "subject": subject, "as_of": at, "actor": "ops@bank.example", "data": data}


def proposed(release_id: str = FIRST) -> Event:
    data: Event = {
        "artifact": "model",
        "bundle_digest": "sha256:aa",
        "decision_digest": "sha256:bb",
        "made_by": ["mia@bank.example"],
        "verdict": "pass",
        "action": "approve",
        "candidate": {"asked": "2", "version": "2", "digest": "sha256:22"},
        "champion": {"asked": "1", "version": "1", "digest": "sha256:11"},
        "review_on": "2026-04-01",
    }
    return an_event(EventKind.RELEASE_PROPOSED, data, release_id)


def started(
    release_id: str = FIRST, before: str = "1", to: str = "2", *, back: bool = False, share: int = 100, artifact: str = "model"
) -> Event:
    data = {
        "artifact": artifact,
        "release_id": release_id,
        "is_rollback": back,
        "from_version": before,
        "to_version": to,
        "to_digest": "sha256:22",
        "share_percent": share,
    }
    return an_event(EventKind.SWITCH_STARTED, data, hours=1)


def ended(start: int, read_back: str = "2") -> Event:
    return an_event(EventKind.SWITCH_ENDED, {"started_event": start, "read_back": read_back, "milliseconds": 900}, hours=2)


def told(*events: Event) -> list[tuple[int, Event]]:
    return list(enumerate(events, 1))


PROMOTED = (proposed(), started(), ended(2))
BACK = started("", "2", "1", back=True)


def test_without_events_there_is_no_release() -> None:
    assert releases_of([]) == ()
    assert releases_of(told(started(), ended(1))) == ()  # of a release that nobody proposed here


def test_a_release_is_in_force_until_something_else_is() -> None:
    (found,) = releases_of(told(*PROMOTED))
    assert ([one.took_effect for one in found.switches], found.replaced_by) == ([True], None)


def test_a_release_that_was_rolled_back_names_the_way_back() -> None:
    (found,) = releases_of(told(*PROMOTED, BACK, ended(4, "1")))
    assert len(found.switches) == 1
    assert found.replaced_by is not None
    assert (found.replaced_by.started_event, found.replaced_by.is_rollback, found.replaced_by.to_version) == (4, True, "1")


def test_a_release_that_another_followed_names_that_one_and_the_other_nothing() -> None:
    first, second = releases_of(told(*PROMOTED, proposed(SECOND), started(SECOND, "2", "3"), ended(5, "3")))
    assert first.replaced_by is not None
    assert (first.replaced_by.release_id, second.replaced_by) == (SECOND, None)


def test_the_first_switch_that_replaced_it_is_named_and_no_later_one() -> None:
    first, _ = releases_of(told(*PROMOTED, BACK, ended(4, "1"), proposed(SECOND), started(SECOND, "1", "3"), ended(7, "3")))
    assert first.replaced_by is not None and first.replaced_by.is_rollback


NOT_REPLACED = {
    "a way back that never ended": (BACK,),
    "a way back that had no effect": (BACK, ended(4, "2")),
    "a canary beside it": (started(SECOND, "2", "3", share=10), ended(4, "3")),
    "another artifact": (started("", "b", "a", back=True, artifact="prompt"), ended(4, "a")),
    "its own second switch": (started(), ended(4)),
}


@pytest.mark.parametrize("later", NOT_REPLACED.values(), ids=NOT_REPLACED)
def test_what_does_not_put_another_version_in_force_for_everybody_replaces_nothing(later: tuple[Event, ...]) -> None:
    (found,) = releases_of(told(*PROMOTED, *later))
    assert found.replaced_by is None


def test_a_release_that_was_put_in_force_again_is_in_force() -> None:
    (found,) = releases_of(told(*PROMOTED, BACK, ended(4, "1"), started(), ended(6)))
    assert (len(found.switches), found.replaced_by) == (2, None)


def test_a_release_that_was_never_in_force_is_replaced_by_nothing() -> None:
    first, _ = releases_of(told(proposed(), started(), proposed(SECOND), started(SECOND, "1", "3"), ended(4, "3")))
    assert first.replaced_by is None


def test_a_canary_that_was_ended_names_the_way_back() -> None:
    (found,) = releases_of(told(proposed(), started(share=10), ended(2), BACK, ended(4, "1")))
    assert found.replaced_by is not None and found.replaced_by.is_rollback


def test_a_release_is_found_by_enough_of_its_id_whatever_the_case() -> None:
    releases = releases_of(told(proposed(), proposed(SECOND)))
    assert [one.release_id for one in find_releases("rel-20260302", releases)] == [FIRST]
    assert len(find_releases("REL-", releases)) == 2
    assert find_releases(" ", releases) == ()
