"""What was read of a release's documents, and how its way back was tried: cards, signed records, the error budget, a rehearsal.

Put values here that readers of a release hand on. What is judged from them is ``release_run.py``; reading is ``registry/sources`` and
``registry/versions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from registry.domain.approving import SignatureAnswer
from registry.domain.release import CardKind, RecordKind


@dataclass(frozen=True, slots=True)
class CardRead:
    """One card: its sections (heading -> text), and what its head names. ``problem``: why it could not be read, the rest is empty then."""

    kind: CardKind
    path: str
    digest: str = ""
    system_id: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record that somebody signed; ``outcome`` is ``approved`` or anything else.

    ``version`` and ``measured_seconds`` are a rollback drill's: what was gone back to, in what time. ``papers_digest`` is that of the
    record together with its signature; empty without one.
    """

    kind: RecordKind
    path: str
    digest: str = ""
    system_id: str = ""
    purpose: str = ""
    outcome: str = ""
    by: str = ""
    role: str = ""
    approved_on: date | None = None
    expires_on: date | None = None
    version: str = ""
    measured_seconds: int | None = None
    signature: SignatureAnswer = field(default_factory=SignatureAnswer)
    problem: str = ""
    papers_digest: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A version was loaded apart and asked the smoke cases: how many it answered of how many, in how many seconds from start to end.

    ``cases_digest`` names the cases.
    """

    version: str
    version_digest: str
    asked_count: int
    answered_count: int
    seconds: float
    at: datetime
    problem: str = ""
    cases_digest: str = ""


@dataclass(frozen=True, slots=True)
class BudgetRead:
    """Minutes lost a civil day within the budget's window; a day that is not there was not observed."""

    minutes_by_day: Mapping[date, float] = field(default_factory=dict)
    digest: str = ""
    problem: str = ""
