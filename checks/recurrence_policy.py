"""A policy or a catalogue that is changed while a window runs: what it began with stands, but where the new one asks for more.

Put here what holds where a window's policy is another than the one it was judged by first. The numbers are the table ``recurrence``; what
holds of the catalogue is ``recurrence_terms.py``.

The rules, in the order the code applies them:
 * A window begins with the policy of its first judgement in the present occurrence. Of that and today's, each number counts as it was where
   today's asks for less: the floor, every confidence, the share of days, the lateness. So nobody loosens his way to a clean window.
 * What is neither more nor less strict, on how many days a level is counted, stays as it was.
 * What a return does, when a closed issue is reviewed, and the levels of indicators are today's.
 * The same holds for the terms of each feed in the catalogue, but for what counts decisions: that has to be as it was.
 * What was changed is told, each number then and now. Where what it began with cannot be read any more, the window does not end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from checks.recurrence_terms import changed_terms, find_changes, find_recounted, held_watch
from registry.domain.decision import Finding, NotEvaluated, Verdict
from registry.domain.exposure import FeedTerms
from registry.domain.issue import Issue
from registry.domain.policy_recurrence import BeganWith, RatePolicy, RecurrencePolicy, SilencePolicy, WatchPolicy
from registry.domain.recurrence import WindowInputs
from registry.domain.recurrence_run import DueWindow, RecurrenceKnowledge, RecurrencePlan

_LESS_IS_STRICTER = frozenset(
    {
        "max_ratio_to_normal",
        "max_excess_ratio",
        "suspend_after_unobserved_days",
        "max_set_aside_ratio",
        "max_older_decision_count",
        "concentrated_ratio",
    }
)
_NEITHER = frozenset({"baseline_days", "normal_days"})


def plan_of(plan: RecurrencePlan, known: RecurrenceKnowledge, issue: Issue) -> RecurrencePlan:
    """Return ``plan`` with the policy that holds for the window of ``issue``, and with its feeds as they are watched in it."""
    began = known.began.get(issue.issue_id)
    if began is None:
        return plan
    policy = stricter(began.policy, plan.policy) if began.policy else plan.policy
    ours, usual = issue.system_id, policy.allowed_lateness_days
    watches = (held_watch(one, began.terms, usual) if one.system_id == ours else one for one in plan.watches)
    return replace(plan, policy=policy, watches=tuple(watches))


def began_of(plan: RecurrencePlan, known: RecurrenceKnowledge, due: DueWindow) -> BeganWith | None:
    """Return what the window of ``due`` began with, where that is anything else than today's."""
    began = known.began.get(due.issue.issue_id)
    return began if began and is_other(began, plan.policy.digest, plan.terms_of(due.issue.system_id, due.feeds)) else None


def is_other(began: BeganWith, digest: str, terms: Sequence[FeedTerms]) -> bool:
    """Return whether a window began with anything else than the policy of ``digest`` and these ``terms``."""
    return began.digest != digest or began.terms is None or bool(changed_terms(began.terms, terms))


def policy_of(inputs: WindowInputs) -> RecurrencePolicy:
    """Return the policy that holds for a window."""
    return stricter(inputs.began.policy, inputs.policy) if inputs.began and inputs.began.policy else inputs.policy


def stricter(began: RecurrencePolicy, now: RecurrencePolicy) -> RecurrencePolicy:
    """Return ``now``, each number as it was in ``began`` where it asks for less; the digest is that of ``now``."""
    extends = tuple(dict.fromkeys((*now.indicators.amber_extends, *began.indicators.amber_extends)))
    days = {severity: max((began.window_days.get(severity), days), key=lambda one: one or 0) for severity, days in now.window_days.items()}
    return replace(
        now,
        silence=SilencePolicy(**_row(began.silence, now.silence)),
        rate=RatePolicy(**_row(began.rate, now.rate)),
        watch=WatchPolicy(**_row(began.watch, now.watch)),
        indicators=replace(now.indicators, amber_extends=extends),
        window_days=days,
        allowed_lateness_days=max(began.allowed_lateness_days, now.allowed_lateness_days),
    )


def find_lost(inputs: WindowInputs) -> Iterator[Finding]:
    """Yield that nobody knows by what the window was judged first."""
    began = inputs.began
    if began and began.policy is None and began.digest != inputs.policy.digest:
        told = f"the policy was changed since the window began with {began.digest}, which cannot be read from the archive any more"
        reason = f"{told}: whether today's asks for less is not known; restore the package"
        yield Finding("policy", inputs.issue_id, Verdict.INCONCLUSIVE, "policy_lost", reason)
    if began and began.terms is None:
        reason = "the first judgement of the window tells nothing of its feeds: whether today's catalogue asks for less is not known"
        yield Finding("policy", inputs.issue_id, Verdict.INCONCLUSIVE, "policy_lost", reason)


def find_other_counts(inputs: WindowInputs) -> Iterator[Finding]:
    """Yield that today's catalogue counts decisions otherwise than the one that the window began with."""
    if inputs.began:
        yield from find_recounted(inputs.issue_id, inputs.began.terms or (), inputs.terms)


def find_changed(inputs: WindowInputs) -> Iterator[NotEvaluated]:
    """Yield what was changed in the policy, and in the catalogue, since the window began."""
    if inputs.began and inputs.began.policy:
        before, now = dict(_numbers(inputs.began.policy)), dict(_numbers(inputs.policy))
        changed = [f"{name} from {before.get(name)} to {now[name]}" for name in now if before.get(name) != now[name]]
        told = f"the policy was changed while the window ran: {', '.join(changed) or 'in nothing that counts towards an end'}"
        yield NotEvaluated("policy", "policy_changed", f"{told}; the stricter of each holds, so that no window ends sooner by a change")
    if inputs.began and (edited := ", ".join(find_changes(inputs.began.terms or (), inputs.terms))):
        held = "the stricter of each number holds, and what is neither stays as it was, so that no window ends sooner by a change"
        yield NotEvaluated("catalogue", "catalogue_changed", f"the catalogue was changed while the window ran: {edited}; {held}")


def _row(began: Any, now: Any) -> dict[str, Any]:
    """Return the stricter number of each key of a row."""
    pairs = {field.name: (getattr(began, field.name), getattr(now, field.name)) for field in fields(now)}
    return {name: pair[0] if name in _NEITHER else min(pair) if name in _LESS_IS_STRICTER else max(pair) for name, pair in pairs.items()}


def _numbers(policy: RecurrencePolicy) -> Iterator[tuple[str, Any]]:
    """Yield each number that a window's end rests on, by its name in the tables."""
    for name in ("silence", "rate", "watch"):
        row = getattr(policy, name)
        yield from ((f"{name}.{field.name}", getattr(row, field.name)) for field in fields(row))
    yield "indicators.amber_extends", ", ".join(sorted(policy.indicators.amber_extends)) or "none"
    yield from ((f"recurrence_window_days of {severity}", days) for severity, days in policy.window_days.items() if days is not None)
    yield "allowed_lateness_days", policy.allowed_lateness_days
