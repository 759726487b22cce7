"""Decisions of the gate on each backend: appended once, counted as looks, sound by the ledger's own check."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.eval_gate import judge_gate
from checks.gate_event import gate_event
from registry.domain.events import Event, EventKind
from registry.domain.gate import GateInputs
from registry.domain.gate_history import count_looks
from registry.domain.gate_run import GATE_KINDS, CitedGate, GateKnown, question_of
from registry.errors import IdempotencyConflictError
from registry.ledger.store import Ledger
from registry.ledger.verification import verify_ledger
from tests.gate_builders import a_pinned, gate_inputs

DIGEST = "sha256:" + "a" * 64


def event_of(inputs: GateInputs) -> Event:
    return gate_event(inputs, judge_gate(inputs), DIGEST, DIGEST)


def known(ledger: Ledger) -> GateKnown:
    told = ((event.seq, json.loads(event.body)) for event in ledger.read_events(0, GATE_KINDS))
    return GateKnown(ledger.head().seq, tuple(told))


def looks(ledger: Ledger, inputs: GateInputs) -> int:
    return count_looks(known(ledger).decided, inputs)


def test_an_empty_ledger_knows_of_no_decision(ledger: Ledger) -> None:
    assert known(ledger) == GateKnown(0)
    assert looks(ledger, gate_inputs()) == 0


def test_a_decision_is_found_again_by_its_question_and_date(ledger: Ledger) -> None:
    inputs = gate_inputs(reason="größe \u202e\x00")
    (stored,) = ledger.append([event_of(inputs)])
    assert known(ledger).same(question_of(inputs), inputs.business_date) == CitedGate(stored.seq, DIGEST, DIGEST)
    assert known(ledger).same(question_of(inputs), inputs.business_date + timedelta(days=1)) is None
    assert known(ledger).same(question_of(replace(inputs, candidate=a_pinned("3"))), inputs.business_date) is None
    assert verify_ledger(ledger) == ()


def test_the_same_decision_twice_is_one_event(ledger: Ledger) -> None:
    first, again = (ledger.append([event_of(gate_inputs())]) for _ in range(2))
    assert first == again and ledger.head().seq == 1


def test_another_answer_to_the_same_question_is_refused(ledger: Ledger) -> None:
    ledger.append([event_of(gate_inputs())])
    with pytest.raises(IdempotencyConflictError, match=f"{EventKind.GATE_DECIDED} credit_model"):
        ledger.append([event_of(gate_inputs(looks=5))])


def test_looks_are_those_of_other_candidates_that_were_compared(ledger: Ledger) -> None:
    ours = gate_inputs()
    assert ours.candidate_outcomes is not None
    other = replace(ours, candidate=a_pinned("3"), candidate_outcomes=replace(ours.candidate_outcomes, version="3"))
    unread = replace(other, candidate=a_pinned("4"), candidate_outcomes=None)
    ledger.append([event_of(one) for one in (ours, other, unread)])
    assert looks(ledger, ours) == 1
    assert looks(ledger, replace(ours, candidate=a_pinned("5"))) == 2
