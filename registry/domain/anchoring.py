"""The archive's head known to somebody else: what was handed out, and how much nobody else knows yet.

Put values of seals and anchors here that reports and checks need. Archives and commands are ``registry/evidence``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from registry.domain.decision import Decided


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal of an archive: its number and the digest of its file."""

    seal: int
    digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a head was handed out: when, by which command, and what that answered.

    ``command_digest`` is over the words of the command, ``answer_digest`` over its whole output, whose first line is ``answer``.
    """

    head: Head
    anchored_at: datetime
    command: str
    command_digest: str
    answer: str
    answer_digest: str


class AttemptStatus(StrEnum):
    ANCHORED = "anchored"
    ALREADY = "already"  # an earlier run anchored this very head
    FAILED = "failed"
    NOT_CONFIGURED = "not_configured"
    NOTHING_SEALED = "nothing_sealed"
    LEFT_TO_SEALER = "left_to_sealer"  # another account seals, and anchors what it sealed


@dataclass(frozen=True, slots=True)
class Attempt:
    """How handing out the head went: ``reason`` says why it failed."""

    status: AttemptStatus
    head: Head | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How far the ledger is sealed and the archive anchored, counted in events: what lies beyond could be lost or rewritten unseen.

    ``sealed`` and ``anchored`` are ends of the ledger, so that the differences count events. ``receipts`` of the unsealed ones are receipts
    of anchors, which are always younger than the seal they are about. ``contradicted`` lists seals that are no longer what was anchored.
    """

    measured_at: datetime
    has_command: bool
    recorded: int = 0
    sealed: int = 0
    anchored: int = 0
    seal: int = 0
    anchored_seal: int = 0
    receipts: int = 0
    unsealed_since: datetime | None = None
    unanchored_since: datetime | None = None
    anchored_at: datetime | None = None
    contradicted: tuple[int, ...] = ()

    @property
    def unsealed_count(self) -> int:
        return max(0, self.recorded - self.sealed)

    @property
    def unanchored_count(self) -> int:
        return max(0, self.sealed - self.anchored)

    @property
    def unanchored_seal_count(self) -> int:
        return max(0, self.seal - self.anchored_seal)

    @property
    def unsealed_age(self) -> timedelta:
        """How long the oldest unsealed event has waited."""
        return _age(self.unsealed_since, self.measured_at)

    @property
    def unanchored_age(self) -> timedelta:
        """How long the oldest seal that nobody else knows has waited."""
        return _age(self.unanchored_since, self.measured_at)

    @property
    def anchor_age(self) -> timedelta | None:
        """How old the newest anchor is; None where there is none."""
        return None if self.anchored_at is None else _age(self.anchored_at, self.measured_at)


@dataclass(frozen=True, slots=True)
class SealPlan:
    """What one run of the daily seal is about: the civil date of ``as_of`` in the workspace's ``zone``."""

    workspace: str
    as_of: datetime
    business_date: date
    zone: str


@dataclass(frozen=True, slots=True)
class DayActivity:
    """What the ledger and the archive hold of a day when its record is due: the seals made on it and the events after the last seal.

    ``head`` is None for an archive without packages. ``is_recorded`` says that an earlier run wrote the day's record.
    """

    is_recorded: bool
    seal_count: int
    head: Head | None
    last_event: int
    unsealed_kinds: dict[str, int]


@dataclass(frozen=True, slots=True)
class DayRecord:
    """The sealed statement of a day: how many events of which kinds lie between the seal before and ``last_event``, perhaps none.

    ``seal_before`` is 0 and ``head_before`` empty for the first package of an archive. ``seal_count`` are the seals made earlier that day.
    """

    kind: str
    business_date: date
    as_of: datetime
    zone: str
    statement: str
    event_count: int
    event_kinds: dict[str, int]
    last_event: int
    seal_before: int
    head_before: str
    seal_count: int
    schema_version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDay(Decided):
    """The decision of a daily seal: is everything sealed, and does somebody else know the head?

    ``statement`` is empty where the day needed no record of its own. ``seal`` and ``digest`` are the head; 0 and empty without one.
    """

    business_date: date
    statement: str
    seal: int
    digest: str
    attempt: AttemptStatus
    exposure: Exposure


def spoken_age(age: timedelta) -> str:
    """Return an age in the two units that matter, rounded down.

    >>> spoken_age(timedelta(days=3, hours=5)), spoken_age(timedelta(seconds=62)), spoken_age(timedelta(0))
    ('3 d 5 h', '1 min', '0 min')
    """
    minutes = int(age.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _age(since: datetime | None, until: datetime) -> timedelta:
    return timedelta(0) if since is None else max(timedelta(0), until - since)
