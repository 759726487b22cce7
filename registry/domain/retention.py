"""How long records are kept, who may let them go, and what forbids it.

Put types of retention, legal hold and removal here. When something is due is ``checks/retention.py``; terms are
``registry/policies/retention.yaml``; files are removed by ``registry/evidence/removal.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class RecordKind(StrEnum):
    """What a file of a package holds, as far as its term goes."""

    DECISION = "decision"
    SIGNALS = "signals"
    ROWS = "rows"
    VALIDATION = "validation"
    SEAL_RECORD = "seal_record"
    CERTIFICATE = "certificate"  # of a removal: it excuses what is gone, so it never goes
    UNKNOWN = "unknown"


class TermStart(StrEnum):
    """The event from which a term counts."""

    SEALED = "sealed"
    ISSUE_CLOSED = "issue_closed"  # the last of the package's issues; its sealing where it has none
    SYSTEM_RETIRED = "system_retired"  # the last of the package's systems


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """The term of one kind of record: ``keep_years`` and ``keep_days`` after its start. ``basis`` says why, as read on ``cited_on``."""

    kind: RecordKind
    start: TermStart
    keep_years: int
    keep_days: int
    min_keep_days: int
    approvers: tuple[str, ...]
    basis: str
    cited_on: date


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """The table ``retention``: a rule for each kind that may ever go, who may ask for an erasure, and the digest of the tables."""

    rules: tuple[RetentionRule, ...]
    erasure_requesters: tuple[str, ...]
    digest: str


class HoldScope(StrEnum):
    SYSTEM = "system"
    ISSUE = "issue"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class LegalHold:
    """An order to keep: everything of ``target`` stays, whatever its term, until the hold is lifted. ``by`` is as asserted."""

    hold_id: str
    scope: HoldScope
    target: str
    by: str
    reason: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a sealed package that is there."""

    name: str
    digest: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class KeptPackage:
    """A sealed package, the systems and issues its events and signals belong to, and its files that are there, ledger aside."""

    number: int
    sealed_on: date
    systems: tuple[str, ...]
    issues: tuple[str, ...]
    files: tuple[KeptFile, ...]


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """What due dates follow from.

    ``issues`` maps each issue to the day it was closed (None: open), ``retired`` each retired system to its day.
    """

    packages: tuple[KeptPackage, ...]
    issues: Mapping[str, date | None]
    retired: Mapping[str, date]
    holds: tuple[LegalHold, ...]


class RetentionStatus(StrEnum):
    DUE = "due"
    KEPT = "kept"  # its term runs
    HELD = "held"  # a legal hold
    ISSUE_OPEN = "issue_open"
    NO_START = "no_start"  # its term has not begun, or nobody knows when
    NO_RULE = "no_rule"


@dataclass(frozen=True, slots=True)
class RetentionItem:
    """One file: whether it may go, since or from when, and why."""

    package: int
    name: str
    digest: str
    size_bytes: int
    kind: RecordKind
    status: RetentionStatus
    started_on: date | None
    due_on: date | None
    reason: str

    @property
    def path(self) -> str:
        """Where it lies, relative to the archive."""
        return f"{self.package:06d}/{self.name}"


class ApprovalKind(StrEnum):
    """How an approval is known: a name that somebody typed, or a signature that verified."""

    ASSERTED = "asserted"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, in which role, and how that is known; ``key`` is the fingerprint of the key that signed."""

    name: str
    role: str
    kind: ApprovalKind
    key: str = ""
