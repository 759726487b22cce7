"""Four of the triggers: new labels, the calendar, incidents, and a policy or law that took effect.

Put here what is told from counts and dates alone; drift and performance are ``checks/retraining_triggers.py``.

The rules, in order:
 * New labels: on when ``min_new_labels`` outcomes became known since the version in force was trained, where the catalogue asks for it:
   of a system with many customers they come by themselves, and say nothing against its model. Only known outcomes count. Fewer than at
   training cannot be told from none: not evaluated.
 * Schedule: on when ``retrain_every_days`` have passed since the version in force came, and anew after each further such time.
 * Incidents: on while more than ``max_incidents_in_30_days`` were opened in the last 30 days.
 * Policy or law: on from the day on which a change takes effect, or from the day on which it is recorded later, until it was asked for;
   changes before the first window ever judged are no news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from checks.retraining_since import previous_window
from registry.domain.triggers import DriftKind, TriggerInputs, TriggerKind

_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Look:
    """One trigger as this window shows it. ``keys`` name what is on; ``row`` is its row of the policy's ``actions``.

    ``code`` and ``text`` say what is on, or why nothing is. ``known`` names what is on and was done with before.
    """

    kind: TriggerKind
    row: str
    keys: frozenset[str]
    code: str
    text: str
    drift: DriftKind | None = None
    estimated: bool = False
    not_evaluated: bool = False
    known: frozenset[str] = frozenset()


def look_at_new_labels(inputs: TriggerInputs) -> Look:
    """Return whether enough outcomes became known since training."""
    kind, known, before = TriggerKind.NEW_LABELS, inputs.label_count, inputs.history.label_count_at_training
    if not inputs.system.predictions.label:
        return Look(kind, kind, frozenset(), "not_configured", "the catalogue names no label, so none can be new")
    if not inputs.system.monitoring.retrain_on_new_labels:
        return Look(kind, kind, frozenset(), "not_configured", "the catalogue asks for no retraining on new outcomes alone")
    if known is None or before is None:
        text = "how many outcomes are known now could not be read" if known is None else "no record says how many were known at training"
        return Look(kind, kind, frozenset(), "no_baseline" if known is not None else "no_data", text, not_evaluated=True)
    least, new = inputs.policies.requests.min_new_labels, known - before
    if new < 0:
        text = f"{known:,} outcomes are known now, fewer than the {before:,} at training: rows or labels left the log"
        return Look(kind, kind, frozenset(), "fewer_than_before", text, not_evaluated=True)
    text = f"{new:,} outcomes became known since training, {least:,} are enough"
    is_on = new >= least
    return Look(kind, kind, frozenset({kind.value} if is_on else ()), "enough" if is_on else "too_few", text)


def look_at_schedule(inputs: TriggerInputs) -> Look:
    """Return whether the calendar asks for a retraining."""
    kind, every, trained_on = TriggerKind.SCHEDULE, inputs.system.monitoring.retrain_every_days, inputs.history.trained_on
    if every is None:
        return Look(kind, kind, frozenset(), "not_configured", "the catalogue asks for no retraining by the calendar")
    if trained_on is None:
        text = "no version of the model is on record; record it with `proofloop versions record`"
        return Look(kind, kind, frozenset(), "no_version", text, not_evaluated=True)
    days = (inputs.business_date - trained_on).days
    text = f"{days} days since {trained_on}, one retraining in {every} is asked for"
    keys = frozenset({f"{kind}|{trained_on}|{days // every}"} if days >= every else ())
    return Look(kind, kind, keys, "due" if keys else "not_due", text)


def look_at_incidents(inputs: TriggerInputs) -> Look:
    """Return whether there were too many incidents."""
    kind, most = TriggerKind.INCIDENTS, inputs.policies.requests.max_incidents_in_30_days
    count = sum(timedelta() <= inputs.as_of - at < _MONTH for at in inputs.history.incidents_at)
    is_on = count > most
    text = f"{count} incidents in 30 days, at most {most} are accepted"
    return Look(kind, kind, frozenset({kind.value} if is_on else ()), "too_many" if is_on else "quiet", text)


def look_at_policy_change(inputs: TriggerInputs) -> Look:
    """Return which policies or laws took effect and were not asked about yet."""
    kind, before = TriggerKind.POLICY_CHANGE, previous_window(inputs)
    in_force = {f"{kind}|{on}|{name}": on for on, name in inputs.history.policy_changes_on if on <= inputs.business_date}
    if before is None:
        known = frozenset(key for key, on in in_force.items() if on < inputs.window.start_on)
    else:
        known = before.memory.asked & in_force.keys()
    keys = frozenset(in_force.keys() - known)
    told = ", ".join(f"version {name} on {on}" for on, name in sorted(inputs.history.policy_changes_on) if f"{kind}|{on}|{name}" in keys)
    text = f"another policy or law took effect: {told}" if keys else "no change took effect that was not asked about"
    return Look(kind, kind, keys, "in_force" if keys else "quiet", text, known=known)
