"""The windows of one system in one run, judged oldest first: each knows what the one before decided.

Put here how a run's windows follow each other, and which of them are told. One window is ``checks/retraining.py``.

The rules:
 * A window is judged with the history of the ledger and of the windows before it in this run, as if each had been judged on its own day.
 * A window that an earlier run left unsettled (it was empty, or rows were missing) is told again where it is settled now, or can be judged
   at all now. Otherwise it is passed over: nothing is asked for on its account, and what became due meanwhile is asked for by the newest.
 * What is wrong with the reference is a finding of every window.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from checks.retraining import judge_triggers
from checks.trigger_events import evaluated_event, is_judged, is_settled
from checks.trigger_references import find_reference_changes
from registry.domain.times import start_of_day
from registry.domain.trigger_folding import past_window, with_window
from registry.domain.trigger_run import Judged, SystemKnown, SystemRead, TriggerPlan, WindowRead
from registry.domain.triggers import PastWindow, TriggerDecision, TriggerHistory, TriggerInputs

Judge = Callable[[TriggerInputs], TriggerDecision]


def judge_series(plan: TriggerPlan, known: SystemKnown, read: SystemRead, first: int, judge: Judge = judge_triggers) -> tuple[Judged, ...]:
    """Return every window of a system that was read, judged; ``first`` is the number of the first one's files."""
    return tuple(_judged(plan, known, read, first, judge))


def _judged(plan: TriggerPlan, known: SystemKnown, read: SystemRead, first: int, judge: Judge) -> Iterator[Judged]:
    history = known.history
    number = first
    for window in read.windows:
        inputs = _inputs(plan, known, read, window, history)
        decision = judge(inputs)
        if window.is_again and not _is_news(decision, history):
            continue
        yield Judged(number, inputs, decision)
        number, history = number + 1, _after(history, decision)


def _is_news(decision: TriggerDecision, history: TriggerHistory) -> bool:
    before = next((one for one in history.windows if one.window == decision.window), None)
    is_known = before is not None and before.judged
    return is_settled(decision) or (is_judged(decision.cells) and not is_known)


def _inputs(plan: TriggerPlan, known: SystemKnown, read: SystemRead, window: WindowRead, history: TriggerHistory) -> TriggerInputs:
    system, reference = known.system, read.reference.reference
    zone = system.entry.timezone
    return TriggerInputs(
        system=system,
        as_of=plan.as_of,
        business_date=plan.business_date,
        window=window.window,
        window_kind=system.monitoring.window,
        policies=plan.policies,
        history=history,
        reference=reference,
        profile=window.profile,
        reference_outcomes=window.reference_outcomes,
        outcomes=window.outcomes,
        label_count=window.label_count,
        data_before=start_of_day(read.data_before_on, zone),
        findings=(*find_reference_changes(system, known.frozen, reference), *window.findings),
    )


def _after(history: TriggerHistory, decision: TriggerDecision) -> TriggerHistory:
    """Return what is known after a decision: what the ledger would tell once its event is there."""
    past = _past(decision)
    after, labels = with_window(history, past), history.label_count_at_training
    return replace(after, label_count_at_training=past.memory.label_count if labels is None else labels)


def _past(decision: TriggerDecision) -> PastWindow:
    event = evaluated_event(decision, "", "", "")
    return past_window(json.loads(event.canonical_body()))
