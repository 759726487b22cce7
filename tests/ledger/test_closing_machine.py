"""Whatever is tried in whatever order, by the program or behind its back: no issue is closed with an open window or a missing gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from registry.domain.events import EventKind
from registry.domain.issue import IssueState, Role
from registry.domain.steps_closure import ClosureGate
from registry.ledger.roles import grant_application_role
from registry.ledger.store import Ledger, open_ledger
from tests.contracts.test_ledger_moves import walk
from tests.ledger.closing_strangers import OPEN, OVER, UNSETTLING, Attempt, why_not_closed
from tests.ledger_writes import a_clock
from tests.ledgers import copied_sqlite
from tests.postgres import a_database, administer

ROLE = "proofloop_closing"
_NUMBERS = count(1)
Try = tuple[str, tuple[Any, ...]]

_OUTCOMES = st.sampled_from(("clean", "clean", OVER, *OPEN))
_GATES = st.sampled_from(("", "", "", *(gate.value for gate in ClosureGate)))
_STANDINGS = st.sampled_from(("earned", "risk_accepted"))
_ACTIONS = st.sampled_from(("close", "close", "close", "plan", "accept-risk"))
_KINDS = st.sampled_from((EventKind.APPROVAL_RECORDED, EventKind.APPROVAL_RECORDED, EventKind.ISSUE_MOVED, EventKind.NOTE_ADDED))


def tries(name: str, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Try]:
    return st.tuples(st.just(name), st.tuples(*parts))


TRIES = st.one_of(
    tries("window", _OUTCOMES, st.sampled_from(("closure", "closure", "effectiveness"))),
    tries("judge", _OUTCOMES, _GATES, _STANDINGS, st.sampled_from(("pass", "pass", "inconclusive"))),
    tries("approve", st.integers(0, 2), _ACTIONS, _KINDS),
    tries("waive", st.sampled_from(("signed", "asserted")), st.sampled_from((Role.RISK_COMPLIANCE, Role.PRODUCT_OWNER))),
    tries("unsettle", st.sampled_from(UNSETTLING)),
    tries("review", st.sampled_from(("carry_on", "reopen"))),
    tries("move", st.integers(0, 20)),
    tries("forge_closure", st.sampled_from((7, 7, 6)), _OUTCOMES, st.integers(0, 1)),
    tries("forge_closing", st.integers(0, 2), _ACTIONS, st.booleans()),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Ledger]:
    """Yield a ledger opened by who runs the days: on PostgreSQL the application's role, which owns nothing."""
    if request.param == "sqlite":
        ledger = open_ledger(copied_sqlite(request.getfixturevalue("migrated_sqlite"), tmp_path / "ledger.db"), a_clock)
        yield ledger
        ledger.close()
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("migrated_postgres")
    with a_database(server, template) as url:
        administer(server, f"DROP ROLE IF EXISTS {ROLE}")
        administer(server, f"CREATE ROLE {ROLE} LOGIN")
        grant_application_role(url, ROLE)
        ledger = open_ledger(url.replace("://postgres:", f"://{ROLE}:"), a_clock)
        yield ledger
        ledger.close()
        administer(url, f"DROP OWNED BY {ROLE}")
        administer(server, f"DROP ROLE {ROLE}")


def verifying(ledger: Ledger) -> Attempt:
    attempt = Attempt(ledger, f"ISS-{next(_NUMBERS)}")
    ledger.append(walk(attempt.issue_id, IssueState.VERIFYING))
    return attempt


def play(attempt: Attempt, script: list[Try]) -> None:
    """Try everything in order; whenever the issue is closed, ask the oracle, and stop."""
    for name, parts in script:
        tried: Callable[..., None] = getattr(attempt, name)
        tried(*parts)
        if attempt.is_closed():
            assert why_not_closed(attempt.ledger, attempt.issue_id) == [], script
            return


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(TRIES, min_size=1, max_size=12))
def test_no_order_of_attempts_closes_an_issue_with_an_open_window_or_a_missing_gate(opened: Ledger, script: list[Try]) -> None:
    attempt = verifying(opened)
    play(attempt, script)
    event("closed" if attempt.is_closed() else "not closed")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 3), TRIES, _OUTCOMES)
def test_one_attempt_anywhere_on_the_way_to_a_closing_never_makes_it_an_unearned_one(
    opened: Ledger, place: int, attempted: Try, outcome: str
) -> None:
    way: list[Try] = [
        ("window", (outcome, "closure")),
        ("judge", (outcome, "", "risk_accepted" if outcome == OVER else "earned", "pass")),
        ("approve", (0, "close", EventKind.APPROVAL_RECORDED)),
    ]
    play(verifying(opened), [*way[:place], attempted, *way[place:]])


@pytest.mark.parametrize("is_forged", [False, True])
def test_the_way_that_should_close_an_issue_does(opened: Ledger, *, is_forged: bool) -> None:
    """Else nothing above would have been tried."""
    attempt = verifying(opened)
    closes: Try = ("forge_closing", (0, "close", False)) if is_forged else ("approve", (0, "close", EventKind.APPROVAL_RECORDED))
    play(attempt, [("window", ("clean", "closure")), ("judge", ("clean", "", "earned", "pass")), closes])
    assert (attempt.is_closed(), attempt.said) == (True, [])
