"""Judged windows on each backend: appended once, folded back, sound by the ledger's own check."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.retraining import decide
from checks.trigger_events import evaluated_event
from registry.domain.decision import Verdict
from registry.domain.events import EventKind
from registry.domain.trigger_folding import HISTORY_KINDS, fold_history
from registry.domain.triggers import CellState, TriggerHistory
from registry.errors import IdempotencyConflictError
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.checks.retraining_years import DIGEST, Story, months, seen, told
from tests.trigger_builders import POLICIES, a_judged_cell, a_loss, a_watched_system, trigger_inputs

DRIFTED, QUIET = a_judged_cell(CellState.DRIFTED), a_judged_cell()
FEBRUARY, *LATER = months(4)


def known(ledger: Ledger, at) -> TriggerHistory:
    events = ((event.seq, json.loads(event.body)) for event in ledger.read_events(0, HISTORY_KINDS))
    return fold_history(a_watched_system(), events, POLICIES, at)


def judged(ledger: Ledger, window, looked, **changes):
    inputs = Story().inputs(window, **changes)
    decision = decide(replace(inputs, history=known(ledger, inputs.as_of)), looked)
    ledger.append([evaluated_event(decision, DIGEST, DIGEST, "decision.json")])
    return decision


def test_an_empty_ledger_gives_an_empty_history(ledger: Ledger):
    assert known(ledger, trigger_inputs().as_of) == TriggerHistory(0, closed_requests={})


def test_what_the_ledger_holds_folds_to_what_was_decided(ledger: Ledger):
    names = ("größe", "a|b", 'quote"\\', "\u202e\x00")
    cells = [a_judged_cell(CellState.DRIFTED, name) for name in names]
    decision = judged(ledger, FEBRUARY, seen(QUIET, *cells, performance=(a_loss(segment="région=Île"),)), label_count=10**12)
    (past,) = known(ledger, decision.as_of).windows
    assert past.drifted == {f"{name}|all rows" for name in names}
    assert (past.conditions, past.memory, past.requests) == (frozenset(decision.conditions), decision.memory, decision.requests)
    assert verify_ledger(ledger) == ()


def test_a_year_is_judged_from_the_ledger_alone(ledger: Ledger):
    first = judged(ledger, FEBRUARY, seen(DRIFTED))
    assert [one.action for one in first.requests] == ["investigate"]
    assert judged(ledger, LATER[0], seen(QUIET)).cleared == ("drift|age",)
    again = judged(ledger, LATER[1], seen(DRIFTED))
    assert [one.reason_code for one in again.withheld] == ["in_flight"]
    (request,) = first.requests
    closing = told(EventKind.REQUEST_CLOSED, again.as_of - timedelta(hours=1), request.request_id, outcome="not_needed")
    ledger.append([closing])
    assert known(ledger, again.as_of).closed_requests == {request.request_id: closing.as_of}
    assert known(ledger, again.as_of).events == ledger.head().seq == 4


def test_a_window_judged_twice_at_one_instant_is_one_event_and_at_another_with_another_outcome_is_refused(ledger: Ledger):
    decision = judged(ledger, FEBRUARY, seen(DRIFTED))
    event = evaluated_event(decision, DIGEST, DIGEST, "decision.json")
    ledger.append([event])
    assert ledger.head().seq == 1
    other = replace(decision, verdict=Verdict.PASS, as_of=decision.as_of + timedelta(days=1))
    with pytest.raises(IdempotencyConflictError, match="TriggersEvaluated credit_model/2026-02-01 2026-03-01 of 2026-03-01"):
        ledger.append([evaluated_event(other, DIGEST, DIGEST, "decision.json")])
    assert ledger.head().seq == 1


def test_a_window_that_could_not_be_judged_may_be_judged_on_another_day(ledger: Ledger):
    blind = judged(ledger, FEBRUARY, seen(a_judged_cell(CellState.NOT_EVALUATED, because="missing_column")))
    later = judged(ledger, FEBRUARY, seen(DRIFTED), as_of=blind.as_of + timedelta(days=2))
    (past,) = known(ledger, later.as_of).windows
    assert (past.judged, past.requests, ledger.head().seq) == (True, later.requests, 2)
