"""The events that record what triage did to an issue.

Put the bodies of triage's issue events here; which of them happen is ``checks/changes.py``, what they do to an issue is
``registry/domain/folding.py``.

The rules:
 * An issue's id follows from its system, fingerprint and opening date, so that a rerun opens the same issue.
 * A machine proposes a severity; folding keeps a person's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from checks.identity import FINGERPRINT_VERSION
from checks.spikes import describe_spike, spike_record
from registry.domain.catalogue import FeedSpec
from registry.domain.events import Event, EventKind
from registry.domain.issue import Issue, IssueState, OpenedBy, Role
from registry.domain.policy import TriagePolicies
from registry.domain.signal import Severity
from registry.domain.triage import ChangeKind, SpikeEvidence


@dataclass(frozen=True, slots=True)
class Symptom:
    """The new signals of one fingerprint of one feed on one business date, and what is known of it."""

    system_id: str
    feed: FeedSpec
    fingerprint: str
    title: str
    severity: Severity
    new_count: int
    pre_fix_count: int
    last_on: date
    issue: Issue | None
    spike: SpikeEvidence | None
    owner: str


@dataclass(frozen=True, slots=True)
class Change:
    """One step of an issue and the events that record it."""

    kind: ChangeKind
    feed: str
    issue_id: str
    reason_code: str
    reason: str
    signal_count: int
    events: tuple[Event, ...]
    spike: SpikeEvidence | None = None


@dataclass(frozen=True, slots=True)
class ChangeWriter:
    """Writes the changes of one symptom on one business date."""

    symptom: Symptom
    policies: TriagePolicies
    as_of: datetime
    business_date: date

    def opened(self, by: OpenedBy) -> Change:
        symptom, spike = self.symptom, self.symptom.spike if by is OpenedBy.SPIKE else None
        issue_id = issue_id_of(symptom.system_id, symptom.fingerprint, self.business_date)
        issue_id += "-2" if symptom.issue and symptom.issue.issue_id == issue_id else ""  # tracked today by another feed
        count = spike.count if spike else symptom.new_count
        reason = describe_spike(spike) if spike else f"{count} signal(s) at {symptom.severity}, which opens an issue for each"
        body = {
            **self._signals(count),
            **self._level(spike),
            "fingerprint": symptom.fingerprint,
            "fingerprint_version": FINGERPRINT_VERSION,
            "title": symptom.title,
            "state": IssueState.NEW_SIGNAL,
            "severity": symptom.severity,
            "opened_by": by,
            "owner": symptom.owner,
            "reason": reason,
        }
        to = IssueState.TRACKED if symptom.severity is Severity.L0 else IssueState.TRIAGE
        move = {"from": IssueState.NEW_SIGNAL, "to": to, "role": Role.MACHINE, "reason": "the AI system is matched"}
        events = (self._event(EventKind.ISSUE_OPENED, issue_id, body), self._event(EventKind.ISSUE_MOVED, issue_id, move))
        return Change(ChangeKind.OPENED, symptom.feed.name, issue_id, by, reason, count, events, spike)

    def joined(self) -> Change:
        count = self.symptom.new_count
        body = {**self._signals(count), "severity": self.symptom.severity}
        reason = f"{count} more signal(s) of a known symptom"
        return self._change(ChangeKind.JOINED, EventKind.SIGNALS_JOINED, "joined", reason, count, body)

    def escalated(self) -> Change:
        spike = self.symptom.spike
        reason = f"its rate stepped up again: {describe_spike(spike)}"
        body = {**self._level(spike), "severity": self._raised(), "reason": reason}
        return self._change(ChangeKind.ESCALATED, EventKind.ISSUE_ESCALATED, "rate_step", reason, 0, body, spike)

    def reopened(self) -> Change:
        count = self.symptom.new_count
        reason = f"{count} signal(s) about decisions made by a version at or after the fix"
        move = {"from": IssueState.CLOSED, "to": IssueState.TRIAGE, "role": Role.MACHINE, "reason": reason}
        body = {**self._signals(count), **self._level(self.symptom.spike), **move, "severity": self._raised()}
        return self._change(ChangeKind.REACTIVATED, EventKind.ISSUE_REOPENED, "post_fix", reason, count, body)

    def late(self, count: int, code: str) -> Change:
        about = "decisions older than the fix" if code == "pre_fix_late" else "an issue a person closed without a fix: look again"
        reason = f"{count} signal(s) about {about}"
        body = {**self._signals(count), "reason_code": code}
        return self._change(ChangeKind.LATE_EVIDENCE, EventKind.LATE_EVIDENCE_RECORDED, code, reason, count, body)

    def _change(
        self,
        kind: ChangeKind,
        event: EventKind,
        code: str,
        reason: str,
        count: int,
        body: dict[str, Any],
        spike: SpikeEvidence | None = None,
    ) -> Change:
        issue_id = self.symptom.issue.issue_id if self.symptom.issue else ""
        return Change(kind, self.symptom.feed.name, issue_id, code, reason, count, (self._event(event, issue_id, body),), spike)

    def _event(self, kind: EventKind, issue_id: str, body: dict[str, Any]) -> Event:
        # One fingerprint can come through two feeds on one day: the feed keeps their keys apart.
        subject = f"{issue_id}:{self.symptom.feed.name}"
        return Event(kind, self.symptom.system_id, subject, self.as_of, self.business_date, body, issue_id=issue_id)

    def _signals(self, count: int) -> dict[str, Any]:
        return {"signal_count": count, "last_signal_on": self.symptom.last_on, "feed": self.symptom.feed.name}

    def _level(self, spike: SpikeEvidence | None) -> dict[str, Any]:
        if spike is None:
            return {}
        return {"level_since_on": self.business_date, "level_window_days": spike.window_days, "spike": spike_record(spike)}

    def _raised(self) -> Severity:
        issue, rule = self.symptom.issue, self.policies.escalation
        current = max(issue.severity if issue else self.symptom.severity, self.symptom.severity, key=lambda level: level.rank)
        return current.raised(rule.raise_levels, rule.max_severity)


def issue_id_of(system_id: str, fingerprint: str, opened_on: date) -> str:
    """Return the id of the issue that opens for a fingerprint on a business date: readable, and the same on every rerun."""
    return f"ISS-{opened_on:%Y%m%d}-{hashlib.sha256(f'{system_id}|{fingerprint}'.encode()).hexdigest()[:8]}"
