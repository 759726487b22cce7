"""Ledger events: what happened, in the past tense, once each.

Put an event kind and its body's keys here. How events become an issue is ``registry/domain/folding.py``; how they are
stored is ``registry/ledger``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from registry.domain.canonical import canonical_json, digest_of

GENESIS_HASH = "0" * 64
"""``prev_hash`` of the first event."""


def chain_hash(prev_hash: str, body: bytes) -> str:
    """Return the hex hash of an event: sha256 over the previous hash as ASCII hex, then the exact body bytes.

    Text and bytes are joined so that a stranger can redo it with ``printf '%s%s' "$prev" "$body" | sha256sum``.

    >>> chain_hash(GENESIS_HASH, b"{}")[:8]
    '5508d2b7'
    """
    return hashlib.sha256(prev_hash.encode("ascii") + body).hexdigest()


class EventKind(StrEnum):
    """Kinds of events, named as their record type."""

    SIGNALS_OBSERVED = "SignalsObserved"  # one per (system, feed, business date): count and digest of the sorted signals
    FEED_JUDGED = "FeedJudged"
    ROWS_QUARANTINED = "RowsQuarantined"
    ISSUE_OPENED = "IssueOpened"
    SIGNALS_JOINED = "SignalsJoined"
    ISSUE_ESCALATED = "IssueEscalated"
    ISSUE_REOPENED = "IssueReopened"
    LATE_EVIDENCE_RECORDED = "LateEvidenceRecorded"
    ISSUE_MOVED = "IssueMoved"
    SEVERITY_SET = "SeveritySet"
    FIX_RELEASED = "FixReleased"
    VERSION_OBSERVED = "VersionObserved"
    TRIAGE_DECIDED = "TriageDecided"
    NARRATIVE_ERASED = "NarrativeErased"
    LEGAL_HOLD_SET = "LegalHoldSet"
    LEGAL_HOLD_LIFTED = "LegalHoldLifted"
    SYSTEM_RETIRED = "SystemRetired"
    SEALING_KEY_ROTATED = "SealingKeyRotated"  # sealed by the old key; names both by fingerprint
    EVIDENCE_REMOVED = "EvidenceRemoved"  # under retention; cites the package that holds the certificate and the list
    DAY_SEALED = "DaySealed"  # the archive's own day: what happened since the seal before, perhaps nothing
    ISSUE_ASSIGNED = "IssueAssigned"
    CONTAINMENT_RECORDED = "ContainmentRecorded"
    ROOT_CAUSE_RECORDED = "RootCauseRecorded"
    ACTIONS_PLANNED = "ActionsPlanned"
    CHANGE_LINKED = "ChangeLinked"
    EVIDENCE_ADDED = "EvidenceAdded"
    RISK_ACCEPTED = "RiskAccepted"
    RISK_ACCEPTANCE_ENDED = "RiskAcceptanceEnded"  # by the machine on its last day: the issue is owed again, in the state it had
    ISSUE_SUPPRESSED = "IssueSuppressed"
    PRESERVATION_HOLD_SET = "PreservationHoldSet"
    PRESERVATION_HOLD_RELEASED = "PreservationHoldReleased"
    NOTE_ADDED = "NoteAdded"
    APPROVAL_RECORDED = "ApprovalRecorded"  # somebody answers for one document, by its digest; may move the issue
    TRIGGERS_EVALUATED = "TriggersEvaluated"  # one per system and window, also where nothing is asked for
    REFERENCE_FROZEN = "ReferenceFrozen"  # what a system's windows are compared with, from then on
    REQUEST_CLOSED = "RequestClosed"  # by a person: what became of a request of the triggers
    TRAINING_STARTED = "TrainingStarted"  # by a person, for a request: recorded first, then the team's own deployment is run
    GATE_DECIDED = "GateDecided"  # one per question and date: may this candidate replace the champion, whatever the answer
    RELEASE_PROPOSED = "ReleaseProposed"  # by a person: the five gates of one candidate were judged; it waits for sign-off
    RELEASE_SIGNED = "ReleaseSigned"  # somebody answers for one release decision, by its digest
    SWITCH_STARTED = "SwitchStarted"  # by a person, before the alias is moved: what is put in force, and in whose place
    SWITCH_ENDED = "SwitchEnded"  # after it: what was read back, and how long it took
    ROLLBACK_REHEARSED = "RollbackRehearsed"  # the version to go back to was loaded and answered; how long that took
    SCOPE_RECORDED = "ScopeRecorded"
    RECOVERY_RECORDED = "RecoveryRecorded"
    NOT_APPLICABLE_RECORDED = "NotApplicableRecorded"  # one closure gate; counts once it is approved
    SAME_CAUSE_RECORDED = "SameCauseRecorded"  # this issue's signals count as occurrences of another
    CAUSE_SHARED = "CauseShared"  # by the machine, on each issue whose occurrences the signals of another now count as
    WINDOW_REVIEWED = "WindowReviewed"
    WINDOW_JUDGED = "WindowJudged"  # one per issue, purpose and date: how its recurrence window stands, whatever the answer
    INDICATORS_READ = "IndicatorsRead"  # one per system and date: its key risk indicators
    CLOSURE_JUDGED = "ClosureJudged"  # one per issue, date and content: seven gates; a pass is a proposal that people sign
    PORTFOLIO_READ = "PortfolioRead"  # one per system and date: the run that judged its closures, with every issue in one view
    HEAD_ANCHORED = "HeadAnchored"  # one per seal and date: the receipt of a head given to somebody else


def is_move(envelope: Mapping[str, Any]) -> bool:
    """Return whether the event of this envelope moves its issue from one state to another.

    >>> is_move({"issue": "ISS-1", "data": {"from": "triage", "to": "contained"}}), is_move({"issue": "ISS-1", "data": {}})
    (True, False)
    """
    return bool(envelope["issue"]) and {"from", "to"} <= envelope["data"].keys()


@dataclass(frozen=True, slots=True)
class Event:
    """One fact to append. ``subject`` tells events of one kind, system and date apart (a feed, a source id, an issue id).

    ``body`` holds JSON types without floats; the envelope below is added to it when it is stored, so the body alone rebuilds the row.
    """

    kind: EventKind
    system_id: str
    subject: str
    as_of: datetime
    business_date: date
    body: dict[str, Any]
    issue_id: str = ""
    actor: str = "machine"

    @property
    def key(self) -> str:
        """Idempotency key: the same source fact on the same business date gives the same key, whatever its content."""
        return digest_of([self.kind, self.system_id, self.subject, self.business_date])

    def canonical_body(self) -> bytes:
        """Return the exact bytes the ledger stores and hashes."""
        envelope = {
            "kind": self.kind,
            "system": self.system_id,
            "subject": self.subject,
            "issue": self.issue_id,
            "actor": self.actor,
            "as_of": self.as_of,
            "business_date": self.business_date,
            "key": self.key,
            "data": self.body,
        }
        return canonical_json(envelope)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the ledger holds it: ``hash = sha256(prev_hash || body)``, hex; ``recorded_at`` is when it was written (not hashed)."""

    seq: int
    prev_hash: str
    body: bytes
    hash: str
    key: str
    recorded_at: datetime
