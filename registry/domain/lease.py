"""Leases: which run may write the result of a (flow, system, business date).

Put values of claiming and releasing here; the rows behind them are ``registry/ledger/leases.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one (flow, system, business date) once. Only the holder of the highest ``fence`` may use it.

    ``owner`` names one run, not one deployment: two runs with the same owner would not be told apart.
    """

    flow: str
    system_id: str
    business_date: date
    owner: str
    fence: int
    expires_at: datetime


class ClaimStatus(StrEnum):
    CLAIMED = "claimed"  # at least one system is ours now
    DONE = "done"  # every system already has its result
    HELD = "held"  # another run holds a system; nothing was claimed


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: the leases that are ours, the systems that are done, or who holds one and until when."""

    status: ClaimStatus
    leases: tuple[Lease, ...] = ()
    done: tuple[str, ...] = ()
    held_by: str = ""
    held_until: datetime | None = None
