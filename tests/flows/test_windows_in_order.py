"""Which judgement of a window is the newest: the one of the latest date, whenever it was appended."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from registry.domain.events import Event, EventKind, StoredEvent
from registry.domain.recurrence import Outcome, Purpose
from tasks.closure import _windows
from tests.builders import SYSTEM
from tests.recurrence_builders import ISSUE

AT = datetime(2021, 5, 1, 11, tzinfo=UTC)


def _stored(seq: int, on: date, outcome: Outcome, purpose: Purpose = Purpose.CLOSURE) -> StoredEvent:
    body = {"purpose": purpose, "outcome": outcome, "bundle_digest": f"sha256:{seq}"}
    event = Event(EventKind.WINDOW_JUDGED, SYSTEM, f"{ISSUE}:{seq}", AT, on, body, ISSUE)
    return StoredEvent(seq, "", event.canonical_body(), "", event.key, AT)


def _seqs(*stored: StoredEvent, since: int = 0) -> list[int]:
    return [ref.seq for ref in _windows(stored, [(one.seq, json.loads(one.body)) for one in stored], since)]


def test_without_a_judgement_there_is_none():
    assert _seqs() == []


def test_a_clean_day_that_was_caught_up_on_does_not_hide_a_later_one_that_is_not():
    rolled_back = _stored(5, date(2021, 5, 1), Outcome.NOT_OPEN)
    caught_up = _stored(6, date(2021, 4, 30), Outcome.CLEAN)
    assert _seqs(rolled_back, caught_up) == [6, 5]


def test_only_judgements_of_the_present_occurrence_that_earn_a_closure_count():
    review = _stored(7, date(2021, 5, 2), Outcome.CLEAN, Purpose.EFFECTIVENESS)
    earlier = _stored(3, date(2021, 5, 3), Outcome.CLEAN)
    assert _seqs(earlier, _stored(6, date(2021, 5, 1), Outcome.CLEAN), review, since=4) == [6]
