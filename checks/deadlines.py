"""Regulatory deadlines: what must be reported about an issue, to whom, and by when.

Put a rule here about deadlines that a person's classification named. The deadlines themselves are the policy table ``deadlines``; what a
classification must say about them is ``checks/work/classification.py``.

The rules:
 * A deadline that any classification named is owed until any of them tells of a report that meets it: naming fewer later ends nothing,
   and an issue that came back owes what it owed before.
 * It counts from the earliest awareness, or the earliest causal link, that any classification gave: one more never makes a deadline later.
 * One that counts from a causal link which nobody gave does not run yet; that is told, with the reason given.
 * A name without a row in the table is told: a legal deadline is never dropped in silence.
 * It is at risk once the first alarm is reached. Accepting a risk does not suspend it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from checks.due import Owed
from registry.domain.decision import Finding, Verdict
from registry.domain.policy_work import CountsFrom, DeadlineRule, WorkPolicies
from registry.domain.steps import Classification
from registry.domain.times import format_instant
from registry.domain.triage import DutyKind
from registry.domain.work import Case, StepKind

_COUNTED = {CountsFrom.AWARE: "becoming aware", CountsFrom.CAUSAL_LINK: "the causal link"}


def find_regulatory_duties(case: Case, work: WorkPolicies) -> Iterator[Owed]:
    """Yield the reports that are owed and whose time runs."""
    given = classifications_of(case)
    for rule in _named(given, work):
        started_at = starts_at(rule, given)
        if started_at is not None:
            due_at, counted = started_at + timedelta(hours=rule.hours), format_instant(started_at)[:16].replace("T", " ")
            basis = f"{rule.deadline}: {rule.basis}, counted from {_COUNTED[rule.counts_from]} on {counted} UTC"
            yield Owed(rule.what, started_at, due_at, min(work.limits.alarm_ratios), DutyKind.REGULATORY, basis)


def find_waiting_deadlines(case: Case, work: WorkPolicies) -> Iterator[Finding]:
    """Yield what is known of deadlines that do not run: their causal link is not established, or the table has them no more."""
    given, subject = classifications_of(case), case.issue.issue_id
    for rule in _named(given, work):
        if starts_at(rule, given) is None:
            said = next((one.causal_link_pending for one in reversed(given) if one.causal_link_pending), "no reason was given")
            reason = f"{rule.deadline} does not run yet: no {rule.counts_from.replace('_', ' ')} is recorded ({said}). {rule.basis}"
            yield Finding("deadline", subject, Verdict.INCONCLUSIVE, "deadline_not_running", reason, blocking=False)
    for name in sorted(_owed_names(given) - {rule.deadline for rule in work.deadlines}):
        reason = f"{name} was said to apply, and the policy table deadlines has no such row: nobody watches it. Classify the issue anew"
        yield Finding("deadline", subject, Verdict.INCONCLUSIVE, "deadline_unknown", reason)


def classifications_of(case: Case) -> tuple[Classification, ...]:
    """Return every classification of the issue, oldest first, whatever became of it since."""
    return tuple(step.document for step in case.steps if step.kind is StepKind.CLASSIFY)


def starts_at(rule: DeadlineRule, given: Iterable[Classification]) -> datetime | None:
    """Return from when ``rule`` counts: the earliest instant that any classification gave; None where none did."""
    by_link = rule.counts_from is CountsFrom.CAUSAL_LINK
    instants = (one.causal_link_at if by_link else one.aware_at for one in given)
    return min((instant for instant in instants if instant is not None), default=None)


def _named(given: tuple[Classification, ...], work: WorkPolicies) -> Iterator[DeadlineRule]:
    owed = _owed_names(given)
    return (rule for rule in work.deadlines if rule.deadline in owed)


def _owed_names(given: tuple[Classification, ...]) -> set[str]:
    met = {report.deadline for one in given for report in one.reports}
    return {name for one in given for name in one.deadlines} - met
