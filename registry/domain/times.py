"""Instants, civil days and windows: the only arithmetic on time in the house.

Put a rule here when it relates instants to civil days of a named zone. Nothing here reads a clock.

An instant is an aware UTC ``datetime``. A window is a half-open interval ``[start_on, end_on)`` of civil days in a named IANA zone;
membership is by local date, so a day that lasts 23 or 25 hours, or does not exist, needs no special case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Days and deadlines are added to instants: those that people write keep well away from the ends of the calendar.
_FIRST_YEAR, _END_YEAR = 1970, 9000
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def format_instant(instant: datetime) -> str:
    """Return the fixed-width text of an instant, ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, which sorts as time does.

    >>> format_instant(datetime(2020, 1, 2, tzinfo=UTC))
    '2020-01-02T00:00:00.000000Z'

    Raises:
        ValueError: a naive datetime: without a zone it names no instant.
    """
    if instant.tzinfo is None:
        raise ValueError(f"expected an aware datetime, found naive {instant.isoformat()}; attach its zone first")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_instant(text: str) -> datetime:
    """Return the aware UTC instant that ``format_instant`` wrote."""
    if _WRITTEN.fullmatch(text):  # a fifteenth of what strptime costs, and a ledger is full of instants
        return datetime.fromisoformat(text)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def instant_problem(instant: datetime) -> str:
    """Return why an instant that somebody wrote cannot be taken, nothing where it can: near the ends of the calendar no zone reaches it.

    >>> instant_problem(datetime(2020, 1, 2, tzinfo=UTC))
    ''
    """
    if instant.tzinfo is None:
        return f"expected an instant with its offset, like 2026-03-10T14:00:00-05:00, found {instant.isoformat()}; write it"
    if not _FIRST_YEAR <= instant.year < _END_YEAR:
        return f"expected an instant of the years {_FIRST_YEAR} to {_END_YEAR - 1}, found {instant.isoformat()}; correct it"
    return ""


def local_date(instant: datetime, zone: str) -> date:
    """Return the civil date of ``instant`` in the IANA zone ``zone``."""
    if instant.tzinfo is None:
        raise ValueError(f"expected an aware datetime, found naive {instant.isoformat()}")
    return instant.astimezone(ZoneInfo(zone)).date()


def start_of_day(day: date, zone: str) -> datetime:
    """Return the first UTC instant whose civil date in ``zone`` is ``day`` (or the next that exists)."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open interval ``[start_on, end_on)`` of civil days in ``zone``."""

    start_on: date
    end_on: date
    zone: str

    def __post_init__(self) -> None:
        if self.end_on < self.start_on:
            raise ValueError(f"window ends on {self.end_on} before it starts on {self.start_on}")

    def __contains__(self, instant: datetime) -> bool:
        return self.start_on <= local_date(instant, self.zone) < self.end_on

    @property
    def length_days(self) -> int:
        return (self.end_on - self.start_on).days

    def days(self) -> Iterator[date]:
        """Yield each civil day of the window in order."""
        for offset in range(self.length_days):
            yield self.start_on + timedelta(days=offset)


def window_before(as_of: datetime, length_days: int, zone: str) -> Window:
    """Return the last ``length_days`` whole civil days in ``zone`` that ended at or before ``as_of``."""
    end_on = local_date(as_of, zone)
    return Window(end_on - timedelta(days=length_days), end_on, zone)


class Timed:
    """A dataclass whose instants have offsets and are of our times: without one it means another instant elsewhere.

    Raises:
        ValueError: naming the field.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # those who inherit are dataclasses
            value = getattr(self, field.name)
            if isinstance(value, datetime) and (problem := instant_problem(value)):
                raise ValueError(f"{field.name}: {problem}")
