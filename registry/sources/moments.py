"""Texts of dates and times read as instants in a system's zone.

Put rules about what a date text means here. Nothing here reads a clock.

 * A date, or midnight without an offset, is the start of that civil day in the zone.
 * A time without an offset is local; one that the zone skips or repeats that day is refused, not guessed.
 * A text with an offset is what it says.
 * ``plus_days`` moves by civil days, keeping the local time of day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from registry.domain.catalogue import TimeField

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(?P<offset> ?(?:Z|[+-]\d\d(?::?\d\d)?))?)?", re.ASCII | re.IGNORECASE
)
_MAX_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant and its civil date in the zone it was read for, or why there is none (``code`` and what was ``expected``).

    ``day`` is that date, and also the date of a local time that the zone skips or repeats: which instant it was is not known, the day is.
    """

    at: datetime | None
    on: date | None
    code: str = ""
    expected: str = ""
    day: date | None = field(default=None, compare=False)


_EMPTY = Moment(None, None, "missing_time", "a date or time")


class MomentReader:
    """Reads the texts of one column for one zone, remembering what it read: dates repeat."""

    def __init__(self, field: TimeField, zone: str) -> None:
        self._format, self._plus_days, self._zone_name = field.format, field.plus_days, zone
        self._zone = ZoneInfo(zone)
        self._seen: dict[str, Moment] = {}

    def read(self, text: str | None) -> Moment:
        """Return the moment that ``text`` names."""
        if text is None:
            return _EMPTY
        found = self._seen.get(text)
        if found is None:
            if len(self._seen) >= _MAX_REMEMBERED:
                self._seen.clear()
            found = self._seen[text] = self._read(text.strip())
        return found

    def _read(self, text: str) -> Moment:
        if not text:
            return _EMPTY
        try:
            found = self._parsed(text)
            return self._placed(found)
        except (ValueError, OverflowError):
            return Moment(None, None, "not_a_time", self._expected())

    def _parsed(self, text: str) -> datetime:
        if self._format:
            return datetime.strptime(text, self._format)  # noqa: DTZ007 - _placed gives it its zone
        match = _ISO.fullmatch(text)
        if match is None:
            raise ValueError(text)
        return datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "").replace(",", ".").upper())

    def _placed(self, found: datetime) -> Moment:
        if found.tzinfo is not None:
            return self._moved(found.astimezone(self._zone))
        local = found.replace(tzinfo=self._zone)
        if found.time() != time.min and local.utcoffset() != local.replace(fold=1).utcoffset():
            return self._refused(local)
        return self._moved(local)

    def _moved(self, local: datetime) -> Moment:
        at = (local + timedelta(days=self._plus_days)).astimezone(UTC) if self._plus_days else local.astimezone(UTC)
        on = at.astimezone(self._zone).date()
        return Moment(at, on, day=on)

    def _refused(self, local: datetime) -> Moment:
        day = local.date() + timedelta(days=self._plus_days)
        returned = local.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None)
        if returned == local.replace(tzinfo=None):
            expected = f"one instant, which needs an offset: {self._zone_name} has this local time twice"
            return Moment(None, None, "ambiguous_time", expected, day)
        return Moment(None, None, "nonexistent_time", f"a local time that exists: clocks in {self._zone_name} skip this one", day)

    def _expected(self) -> str:
        return f"a date or time like {self._format!r}" if self._format else "an ISO 8601 date or time"
