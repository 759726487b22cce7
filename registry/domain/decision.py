"""The one shape of every decision: a verdict, its reasons, its findings, and what was not evaluated.

Put a type here when every kind of decision carries it. How findings become a verdict is ``checks/verdict.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """The three answers. A decision is never a bare bool and never None."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision came out as it did: a stable ``code`` for programs, a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check saw about one subject, with the numbers it rests on (floats are finite or None)."""

    check: str
    subject: str
    verdict: Verdict
    reason_code: str
    reason: str
    blocking: bool = True
    value: float | None = None
    baseline: float | None = None
    limit: float | None = None
    interval: tuple[float, float] | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """Something a reader would expect to be judged and was not, with the reason."""

    subject: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class InputDigest:
    """One input a decision rests on."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class KnowledgeCut:
    """What could be known: ledger events up to ``events`` (inclusive), data received before ``data_before``."""

    events: int
    data_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What every decision carries, whatever its kind; the kinds add their own fields beside it."""

    kind: str
    system: str
    as_of: datetime
    verdict: Verdict
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    inputs: tuple[InputDigest, ...]
    policy_digest: str
    knowledge_cut: KnowledgeCut
    schema_version: int = 1
