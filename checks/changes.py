"""What new signals of one fingerprint do to its issue: open, join, escalate, bring back, or stay late evidence.

Put the life of an issue during triage here. Rates are ``checks/spikes.py``; hiding is ``checks/suppression.py``.

The rules, in the order they are applied:
 * Signals about decisions older than the issue's fix are late evidence about the old version; they change nothing else.
 * A live issue takes every other signal. A further step of its rate escalates it.
 * A closed issue with a fix comes back, the same issue with one occurrence more; where its symptom is a rate that is never zero, only a
   rise brings it back here: the rate is judged by the recurrence monitoring. One that a person closed without a fix stays closed: its
   signals are recorded and a finding asks for another look.
 * Without a live or closed issue: a signal at or above the feed's severity opens one (``each``), or a spike does.
 * L0 ends as ``tracked``: it gathers signals and never asks anybody for anything.
"""

from __future__ import annotations

from datetime import date, datetime

from checks.issue_events import Change, ChangeWriter, Symptom
from registry.domain.issue import IssueState, OpenedBy
from registry.domain.policy import TriagePolicies
from registry.domain.signal import Severity


def judge_symptom(symptom: Symptom, policies: TriagePolicies, as_of: datetime, business_date: date) -> tuple[Change, ...]:
    """Return what the symptom's signals change, in order; nothing when they only add to the trend."""
    writer = ChangeWriter(symptom, policies, as_of, business_date)
    late = (writer.late(symptom.pre_fix_count, "pre_fix_late"),) if symptom.pre_fix_count and symptom.issue else ()
    return late + _judge_current(symptom, policies, writer)


def _judge_current(symptom: Symptom, policies: TriagePolicies, writer: ChangeWriter) -> tuple[Change, ...]:
    issue = symptom.issue
    if symptom.new_count == 0:
        return ()
    if issue is not None and issue.state is IssueState.CLOSED:
        if issue.fix is None:
            return (writer.late(symptom.new_count, "closed_without_fix"),)
        return () if symptom.feed.is_rate and symptom.spike is None else (writer.reopened(),)
    if issue is not None and (issue.is_live or symptom.severity is Severity.L0):
        escalates = issue.is_live and symptom.spike is not None
        return (writer.joined(), writer.escalated()) if escalates else (writer.joined(),)
    if symptom.feed.opens_each and symptom.severity.rank >= (symptom.feed.each_min_severity or policies.each_min_severity).rank:
        return (writer.opened(OpenedBy.EACH),)
    return (writer.opened(OpenedBy.SPIKE),) if symptom.spike is not None else ()
