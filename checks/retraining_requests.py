"""What is asked for, and what is held back: triggers that are on become requests at most once, and never too many.

Put here when a trigger becomes a request. Which triggers are on is ``checks/retraining_triggers.py``.

The rules, in order:
 * A trigger fires for what is on and has not been asked for since it began. What was asked for stands, and is not asked for again; what
   was held back is still owed, and is asked for in the first window that shows it and in which nothing holds it back.
 * One request for each action; its id follows from system, window and action, so that the same window asks once however often it is judged.
 * Held back, the first reason that holds: the window was judged before; a newer window was judged; a preservation hold forbids
   retraining; only an estimate speaks for retraining; the same action is in flight (made, not closed, younger than ``max_in_flight_days``,
   and something that had been asked for by then still stands); the same action was asked for within ``cooldown_days``;
   ``max_in_30_days`` requests of any action were made.
 * The data for the work are those from the first day of what it is asked for until the window's end; without such a day, those since the
   version in force came, or since the reference's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from checks.retraining_calendar import Look
from checks.retraining_conditions import Standing
from checks.retraining_since import previous_window
from checks.retraining_triggers import due_keys
from registry.domain.canonical import digest_of
from registry.domain.trigger_memory import NO_MEMORY
from registry.domain.triggers import Trigger, TriggerAction, TriggerInputs, TriggerRequest, Withheld

_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """The seven triggers, the requests made and held back, what is on, and what of it has been asked for by now."""

    triggers: tuple[Trigger, ...]
    requests: tuple[TriggerRequest, ...]
    withheld: tuple[Withheld, ...]
    on: frozenset[str]
    asked: frozenset[str]


def ask(inputs: TriggerInputs, looks: Sequence[Look], standing: Standing) -> Asked:
    """Return what becomes of the triggers."""
    before = previous_window(inputs)
    memory = before.memory if before else NO_MEMORY
    # What could not be told goes on as it was.
    untold = tuple(look.kind for look in looks if look.not_evaluated)
    carried = frozenset(key for key in memory.on if key.split("|")[0] in untold)
    known = frozenset(key for look in looks for key in look.known)
    on = frozenset(key for look in looks for key in look.keys) | standing.estimates | carried | known
    # What began in this window was, if ever, asked for in an earlier life.
    earlier = memory.asked - frozenset(standing.opened)
    asked = (earlier & (on | frozenset(standing.conditions))) | known
    requests: list[TriggerRequest] = []
    withheld: list[Withheld] = []
    for action in TriggerAction:
        due = [look for look in looks if _action(look, inputs) is action and due_keys(look, asked, standing)]
        if not due:
            continue
        held = next(_hindrances(action, due, inputs, requests, on | frozenset(standing.conditions)), None)
        if held is not None:
            withheld.append(held)
            continue
        requests.append(_request(action, due, inputs, standing))
        asked |= frozenset(key for look in due for key in look.keys)
    triggers = tuple(_trigger(look, inputs, earlier, standing) for look in looks)
    return Asked(triggers, tuple(requests), tuple(withheld), on - frozenset(standing.conditions), asked)


def request_id_of(inputs: TriggerInputs, action: TriggerAction) -> str:
    """Return the name that a request of this window has, whoever judges it and when."""
    return digest_of([inputs.system.entry.system_id, inputs.window.start_on, inputs.window.end_on, action])


def _action(look: Look, inputs: TriggerInputs) -> TriggerAction:
    return TriggerAction(inputs.policies.actions[look.row])


def _trigger(look: Look, inputs: TriggerInputs, asked: frozenset[str], standing: Standing) -> Trigger:
    due, code, text = due_keys(look, asked, standing), look.code, look.text
    if look.keys and not due:
        is_owed = bool(look.keys - asked)
        code = "clearing" if is_owed else "standing"
        text += "; not met in this window, asked for when it is met again" if is_owed else "; asked for before and not again"
    return Trigger(
        kind=look.kind,
        action=_action(look, inputs),
        fired=bool(due),
        reason_code=code,
        reason=text,
        subjects=tuple(sorted(look.keys)),
        drift=look.drift,
        estimated=look.estimated,
        not_evaluated=look.not_evaluated,
    )


def _request(action: TriggerAction, due: Sequence[Look], inputs: TriggerInputs, standing: Standing) -> TriggerRequest:
    return TriggerRequest(
        request_id=request_id_of(inputs, action),
        action=action,
        triggers=tuple(look.kind for look in due),
        reason="; ".join(look.text for look in due),
        data_from=_data_from(due, inputs, standing),
        data_to=inputs.window.end_on,
    )


def _data_from(due: Sequence[Look], inputs: TriggerInputs, standing: Standing) -> date:
    known = [standing.since[key] for look in due for key in look.keys if key in standing.since]
    earliest = min(known) if known else inputs.history.trained_on or inputs.system.monitoring.reference_to
    return min(earliest, inputs.window.start_on)


def _hindrances(
    action: TriggerAction, due: Sequence[Look], inputs: TriggerInputs, made_now: Sequence[TriggerRequest], standing: frozenset[str]
) -> Iterator[Withheld]:
    """Yield every rule that holds the action back, the first to be told first."""
    history, policy, is_retraining = inputs.history, inputs.policies.requests, action is TriggerAction.RETRAIN
    judged = [past.window for past in history.windows if past.judged]
    if any(past.settled and past.window == inputs.window for past in history.windows):
        yield Withheld(action, "already_judged", "this window was judged before; what it asked for then stands")
    if judged and max(judged) > inputs.window:
        yield Withheld(action, "older_window", f"a newer window, from {max(judged).start_on} on, was judged before; it speaks for today")
    if is_retraining and history.held:
        yield Withheld(action, "preservation_hold", f"{history.held}; retraining is asked for when it is released")
    if is_retraining and all(look.code == "estimate_only" for look in due):
        yield Withheld(action, "immature_labels", "only an estimate speaks for it; outcomes have to become known, or inputs to drift")
    past = [(one.decided_at, request) for one in history.windows for request in one.requests]
    over = {request.request_id for one in history.windows for request in one.requests if not one.memory.asked & standing}
    for at, request in (pair for pair in past if pair[1].action is action and pair[1].request_id not in over):
        if _is_in_flight(request, inputs) and inputs.as_of - at < timedelta(days=policy.max_in_flight_days):
            told = f"request {request.request_id[7:19]} of {at:%Y-%m-%d} is not closed; close it with what became of it"
            yield Withheld(action, "in_flight", told)
    for at, _ in (pair for pair in past if pair[1].action is action):
        if abs(inputs.as_of - at) < timedelta(days=policy.cooldown_days):
            yield Withheld(action, "cooldown", f"asked for on {at:%Y-%m-%d}; again after {policy.cooldown_days} days")
    recent = sum(abs(inputs.as_of - at) < _MONTH for at, _ in past) + len(made_now)
    if recent >= policy.max_in_30_days:
        yield Withheld(action, "maximum", f"{recent} requests in 30 days, at most {policy.max_in_30_days} are made; still owed after that")


def _is_in_flight(request: TriggerRequest, inputs: TriggerInputs) -> bool:
    closed_at = (inputs.history.closed_requests or {}).get(request.request_id)
    return closed_at is None or closed_at > inputs.as_of
