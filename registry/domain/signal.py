"""A signal: one report from the world that an AI system may have gone wrong.

Put vocabulary of signals here. How a row becomes one is ``registry/sources``; how it is graded is ``checks/signals.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class SignalCategory(StrEnum):
    COMPLAINT = "complaint"
    APPEAL = "appeal"
    OVERRIDE = "override"
    EXPERT_REVIEW = "expert_review"
    EVAL_FAILURE = "eval_failure"
    DRIFT_ALERT = "drift_alert"
    INCIDENT = "incident"
    AUDIT_FINDING = "audit_finding"


class CustomerImpact(StrEnum):
    NONE = "none"
    EXPLANATION = "explanation"
    DELAY = "delay"
    REPEAT_EFFORT = "repeat_effort"
    FUNDS = "funds"
    ACCESS = "access"
    PRIVACY = "privacy"
    FAIRNESS = "fairness"


class Grade(StrEnum):
    """How far a signal can be acted on: A actionable, B strong indicator, C weak, D noise or duplicate."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Severity(StrEnum):
    """L0 learning signal .. L4 systemic or regulatory. Compare with ``rank``."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"

    @property
    def rank(self) -> int:
        return int(self.value[1])

    def raised(self, levels: int, ceiling: Severity) -> Severity:
        """Return this severity raised by ``levels`` but not above ``ceiling`` (and never lowered)."""
        return Severity(f"L{max(self.rank, min(self.rank + levels, ceiling.rank))}")


class VersionSource(StrEnum):
    """How the version bundle of a decision was found, best first."""

    EXPLICIT = "explicit"  # the row names it
    HISTORY = "history"  # the ledger's history of what was in force, fed from MLflow aliases
    RECORDED = "recorded"  # written in the catalogue by a person
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RawSignal:
    """One valid source row, mapped to fields but not judged. Texts are as found, except for the pointers of ``origin``.

    ``segment``, ``versions`` and ``fingerprint_fields`` map our names to the row's texts; an empty cell is left out.
    ``narrative`` is the free text before redaction; it never enters an event.
    """

    signal_id: str
    occurred_at: datetime
    received_at: datetime
    impact: CustomerImpact
    journey_step: str
    segment: dict[str, str]
    versions: dict[str, str]
    fingerprint_fields: dict[str, str]
    source_evidence: tuple[str, ...]
    narrative: str
    synthetic: bool
    reproducible: bool


@dataclass(frozen=True, slots=True)
class Signal:
    """A normalised, matched, graded signal: what the ledger stores, one row each, and ``signals.jsonl`` in a package.

    ``key`` is ours (digest of system, feed and ``signal_id``); ``signal_id`` is the source's. ``business_date`` is the local civil
    date of ``received_at`` in the system's zone. ``content_digest`` is the digest of the raw signal: the
    same id with another content is a conflict. ``narrative_digest`` is ``sha256(salt || text)`` of the redacted text, or empty.
    ``versions`` is the bundle in force when the decision was made; ``pre_fix`` marks a decision older than the fix of this fingerprint's
    issue. ``grade_rule`` and ``severity_rule`` name the policy rows that fired.
    """

    key: str
    system_id: str
    feed: str
    category: SignalCategory
    signal_id: str
    occurred_at: datetime
    received_at: datetime
    business_date: date
    journey_step: str
    impact: CustomerImpact
    segment: dict[str, str]
    versions: dict[str, str]
    version_source: VersionSource
    fingerprint: str
    fingerprint_fields: dict[str, str]
    grade: Grade
    grade_rule: str
    severity: Severity
    severity_rule: str
    usage: dict[str, str]
    source_evidence: tuple[str, ...]
    content_digest: str
    narrative_digest: str
    redactions: dict[str, int] = field(default_factory=dict)
    synthetic: bool = False
    pre_fix: bool = False
