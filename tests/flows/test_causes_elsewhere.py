"""What a root cause is compared with: the recorded causes of other systems' live issues, as the ledger holds them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import create_autospec

from registry.domain.canonical import plain
from registry.domain.events import Event, EventKind, StoredEvent
from registry.domain.issue import Issue, IssueState
from registry.domain.steps import Reach
from registry.ledger.store import Ledger
from tasks.lookups import _causes_elsewhere
from tests.builders import an_issue
from tests.checks.work.cases import a_case
from tests.checks.work.worksheets import a_worksheet

AT = datetime(2020, 10, 15, tzinfo=UTC)
LIVE = an_issue(issue_id="ISS-9", system_id="chat", state=IssueState.RCA_IN_PROGRESS)


def a_cause(*vendors: str, issue: str = "ISS-9") -> tuple[EventKind, str, dict[str, Any]]:
    return EventKind.ROOT_CAUSE_RECORDED, issue, {"document": plain(a_worksheet(reach=Reach(vendors=vendors)))}


def a_reopening(to: IssueState) -> tuple[EventKind, str, dict[str, Any]]:
    return EventKind.ISSUE_REOPENED, "ISS-9", {"from": "closed", "to": to.value, "role": "machine"}


def found(issues: tuple[Issue, ...], *events: tuple[EventKind, str, dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The vendors of each cause that is found, by issue."""
    ledger = create_autospec(Ledger, instance=True)
    ledger.read_issues.return_value = (an_issue(), *issues)
    stored = []
    for seq, (kind, issue, data) in enumerate(events, start=1):
        body = Event(kind, "chat", issue, AT, date(2020, 10, 15), json.loads(json.dumps(data)), issue).canonical_body()
        stored.append(StoredEvent(seq, "", body, "", "", AT))
    ledger.read_events.return_value = iter(stored)
    return {one.issue_id: one.reach.vendors for one in _causes_elsewhere(ledger, a_case(issue=an_issue()))}


def test_without_other_issues_nothing_is_read() -> None:
    assert found(()) == {}


def test_the_newest_cause_of_a_live_issue_counts() -> None:
    assert found((LIVE,), a_cause("Old"), a_cause("New")) == {"ISS-9": ("New",)}


def test_issues_that_are_closed_or_of_the_same_system_are_left_out() -> None:
    closed = an_issue(issue_id="ISS-9", system_id="chat", state=IssueState.CLOSED)
    same = an_issue(issue_id="ISS-7", state=IssueState.RCA_IN_PROGRESS)

    assert found((closed, same), a_cause("V"), a_cause("V", issue="ISS-7")) == {}


def test_a_new_occurrence_has_its_cause_to_find_and_a_known_cause_that_came_back_still_counts() -> None:
    assert found((LIVE,), a_cause("V"), a_reopening(IssueState.TRIAGE)) == {}
    assert found((LIVE,), a_cause("V"), a_reopening(IssueState.RCA_IN_PROGRESS)) == {"ISS-9": ("V",)}
    assert found((LIVE,), a_cause("V"), a_reopening(IssueState.TRIAGE), a_cause("W")) == {"ISS-9": ("W",)}
