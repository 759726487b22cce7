"""On which day of a window predictions were made, and on which day their outcomes became known: whole columns at once.

Put rules about times of predictions here. What a single text means is ``moments.py``, and nothing here means anything else by it.

 * A time without an offset is local. For a day it does not matter which of two instants it means, so a time that the zone skips or repeats
   has a day all the same.
 * An outcome is known by an instant only where that is certain: a time that names no one instant counts from the end of its day.
 * What is no time, or lies outside of the calendar, is no day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from registry.domain.catalogue import TimeField
from registry.domain.monitoring import Window
from registry.domain.times import start_of_day
from registry.sources.column_values import nulls_in, texts_of, values_in
from registry.sources.moments import Moment, MomentReader

OUTSIDE, UNDATED = -1, -2
NOT_KNOWN = -(2**31)
MANY_TEXTS = 1_000
_DAY_US = 86_400_000_000
_QUARTER_US = 900_000_000
_FIRST_DAY, _LAST_DAY = date(1, 1, 2).toordinal(), date(9999, 12, 30).toordinal()
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LOCAL = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
_WITH_OFFSET = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def window_places(column: Any, field: TimeField, zone: str, window: Window) -> Any:
    """Return for each value the place of its day in ``window`` from 0, else ``OUTSIDE`` or ``UNDATED``."""
    import numpy as np

    column = _written_alike(column, field)
    start = epoch_day(window.start_on) - field.plus_days
    if _is_instant(column):
        values, missing = _microseconds(column)
        days = [window.start_on + timedelta(days=place - field.plus_days) for place in range(window.day_count + 1)]
        bounds = np.array([(start_of_day(day, zone) - _EPOCH) // _MICROSECOND for day in days], np.int64)
        places = np.searchsorted(bounds, values, side="right").astype(np.int32) - 1
    else:
        found, missing = _civil_days(column, field, zone)
        places = (found - (start + (0 if is_dated(column) else field.plus_days))).astype(np.int32)
    places[(places < 0) | (places >= window.day_count)] = OUTSIDE
    places[missing] = UNDATED
    return places


def known_days(column: Any, field: TimeField, zone: str, known_before: datetime) -> Any:
    """Return for each value its civil day since 1970 where it certainly lies before ``known_before``, else ``NOT_KNOWN``."""
    import numpy as np

    column = _written_alike(column, field)
    if _is_instant(column):
        values, missing = _microseconds(column)
        days, certain = _instants_known(values, field, zone, known_before)
    elif is_dated(column):
        days, missing = _civil_days(column, field, zone)
        days = days + field.plus_days
        limit = known_before.astimezone(ZoneInfo(zone)).date()
        certain = days < epoch_day(limit)
        certain |= _known_that_day(column, days == epoch_day(limit), field, zone, known_before)
    else:
        days, missing = _read(column, field, zone, lambda moment: _known_moment(moment, zone, known_before))
        certain = days != NOT_KNOWN
    return np.where(certain & ~missing, days, NOT_KNOWN).astype(np.int64)


def epoch_day(day: date) -> int:
    """Return the number of days from 1970 to ``day``."""
    return day.toordinal() - _EPOCH_DAY


def is_dated(column: Any) -> bool:
    """Return whether a column holds dates or times, not texts that say them."""
    import pyarrow.types as kinds

    return bool(kinds.is_date(column.type) or kinds.is_timestamp(column.type))


def _is_instant(column: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_timestamp(column.type)) and column.type.tz is not None


def _written_alike(column: Any, field: TimeField) -> Any:
    """Return many texts that are all ISO 8601, all with or all without an offset, as the times they say: read at once."""
    import pyarrow as pa
    import pyarrow.types as kinds

    texts = column.dictionary_decode() if kinds.is_dictionary(column.type) and len(column.dictionary) >= MANY_TEXTS else column
    if field.format or len(texts) < MANY_TEXTS or not kinds.is_string(texts.type):
        return column
    for pattern, kind in ((_LOCAL, pa.timestamp("us")), (_WITH_OFFSET, pa.timestamp("us", "UTC"))):
        if _all_match(texts, pattern):
            try:
                return texts.cast(kind)
            except pa.ArrowInvalid:  # a day that the calendar does not have
                return column
    return column


def _all_match(texts: Any, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.match_substring_regex(texts, pattern), skip_nulls=True, min_count=0).as_py())


def _microseconds(column: Any) -> tuple[Any, Any]:
    """Return microseconds since 1970, and where there are none that the calendar has."""
    import numpy as np
    import pyarrow as pa

    counts = column if pa.types.is_timestamp(column.type) else column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    missing = nulls_in(counts)
    values = np.where(missing, 0, values_in(counts, np.int64)) if counts.null_count else values_in(counts, np.int64)
    limit = (_LAST_DAY - _EPOCH_DAY, _FIRST_DAY - _EPOCH_DAY)
    unit = {"s": 86_400, "ms": 86_400_000, "us": _DAY_US, "ns": _DAY_US * 1000}.get(getattr(column.type, "unit", ""), 1)
    if unit < _DAY_US * 1000 and len(values) and (values.max() > limit[0] * unit or values.min() < limit[1] * unit):
        missing = missing | (values > limit[0] * unit) | (values < limit[1] * unit)
        values = np.where(missing, 0, values)
    if unit == _DAY_US:
        return values, missing
    return values // 1000 if unit > _DAY_US else values * (_DAY_US // unit), missing


def _civil_days(column: Any, field: TimeField, zone: str) -> tuple[Any, Any]:
    if is_dated(column):
        values, missing = _microseconds(column)
        return values // _DAY_US, missing
    days, missing = _read(column, field, zone, lambda moment: NOT_KNOWN if moment.day is None else epoch_day(moment.day))
    return days, missing | (days == NOT_KNOWN)


def _read(column: Any, field: TimeField, zone: str, meaning: Callable[[Moment], int]) -> tuple[Any, Any]:
    """Return what the distinct texts of a column mean, for each value."""
    import numpy as np

    found, reader = texts_of(column), MomentReader(field, zone)
    meant = np.array([NOT_KNOWN if text is None else meaning(reader.read(text)) for text in found.texts] + [NOT_KNOWN], np.int64)
    return meant[found.positions], found.positions == len(found.texts)


def _instants_known(values: Any, field: TimeField, zone: str, known_before: datetime) -> tuple[Any, Any]:
    """Return the civil day of each instant and whether it lies before: what changes in a zone changes on a quarter of an hour."""
    import numpy as np

    quarters, inverse = np.unique(values // _QUARTER_US, return_inverse=True)
    local = ZoneInfo(zone)
    starts = [_EPOCH + int(quarter) * _QUARTER_US * _MICROSECOND for quarter in quarters]
    offsets = np.array([start.astimezone(local).utcoffset() // _MICROSECOND for start in starts], np.int64)[inverse]  # type: ignore[operator]
    days = (values + offsets) // _DAY_US + field.plus_days
    if not field.plus_days:
        return days, values < (known_before - _EPOCH) // _MICROSECOND
    moved = (known_before.astimezone(local) - timedelta(days=field.plus_days)).astimezone(UTC)
    return days, values < (moved - _EPOCH) // _MICROSECOND


def _known_that_day(column: Any, asked: Any, field: TimeField, zone: str, known_before: datetime) -> Any:
    """Return which of the ``asked`` local times, all of the day of ``known_before``, certainly lie before it."""
    import numpy as np

    values, _ = _microseconds(column)
    reader, known = MomentReader(TimeField(field.column, field.plus_days), zone), np.zeros(len(values), bool)
    for value in np.unique(values[asked]):
        text = (_EPOCH + int(value) * _MICROSECOND).replace(tzinfo=None).isoformat()
        known[asked & (values == value)] = _known_moment(reader.read(text), zone, known_before) != NOT_KNOWN
    return known


def _known_moment(moment: Moment, zone: str, known_before: datetime) -> int:
    if moment.day is None:
        return NOT_KNOWN
    at = start_of_day(moment.day + timedelta(days=1), zone) if moment.at is None else moment.at
    return epoch_day(moment.day) if at < known_before else NOT_KNOWN
