"""What is handed to other programs: one issue with all that people did on it, or the register of all issues.

Put the shape of exports here; which signals may go along is said by their usage policy, and decided in ``checks/exchange.py``. Add
fields at the end and raise ``SCHEMA_VERSION`` where one changes its meaning: others read these documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from registry.domain.issue import Issue
from registry.domain.work_run import HoldInForce

SCHEMA_VERSION = 1


class Purpose(StrEnum):
    """What the receiver wants it for: the columns of the policy table ``usage``."""

    AUDIT = "audit"
    RCA = "rca"
    EVAL = "eval"
    TRAIN = "train"


@dataclass(frozen=True, slots=True)
class StepExported:
    """One step of a person: what they handed in, and the digests of it and of the sealed package that cites it."""

    event: int
    step: str
    by: str
    role: str
    at: datetime
    document: dict[str, Any]
    document_digest: str
    package_digest: str


@dataclass(frozen=True, slots=True)
class ApprovalExported:
    """One approval: of the document of this digest, signed or merely asserted."""

    event: int
    step: str
    by: str
    role: str
    kind: str
    meaning: str
    key: str
    at: datetime
    expires_at: datetime
    is_break_glass: bool
    document_digest: str


@dataclass(frozen=True, slots=True)
class LinkExported:
    """One change linked to a planned action: what became which version, under which change request."""

    event: int
    action: str
    artifact: str
    name: str
    version: str
    change_request: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Signals that were left out: how many, and how many for each reason."""

    count: int
    of: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class IssueExported:
    """One issue for another program. ``last_event`` and ``last_hash`` are its newest event: the evidence archive proves it by them."""

    kind: str
    schema_version: int
    purpose: Purpose
    issue: Issue
    steps: tuple[StepExported, ...]
    approvals: tuple[ApprovalExported, ...]
    links: tuple[LinkExported, ...]
    holds: tuple[HoldInForce, ...]
    signals: tuple[dict[str, Any], ...]
    withheld: Withheld
    last_event: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class RegisterExported:
    """Every issue of the ledger, by id, as it was after its event ``last_event``. Signals are counted and never part of a register."""

    kind: str
    schema_version: int
    count: int
    issues: tuple[Issue, ...]
    held_systems: tuple[str, ...]
    last_event: int
    last_hash: str
