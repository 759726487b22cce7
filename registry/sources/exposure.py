"""How often a system decided on each civil day: read from the rows that its catalogue names, once for all feeds that count the same.

Put here what becomes of a source's rows. How a row counts is ``exposure_tally.py``, how rows are read ``prediction_rows.py``: roots,
limits, times, conditions and their refusals are those of predictions.

 * A row counts on the civil day of its time in the system's zone. One without a readable time could be of any day, and one that is there
   twice counts twice: a few of them are told, more than 1 in 1,000 and nothing is known of the source.
 * Rows that arrived after the counted days are not known yet, where a column says when they did: ``exposure_arrivals.py``.
 * A source that cannot be read, or has lost a column, gives its reason to every feed that counts in it; others are not touched. An outage
   is raised, so that it can be tried again; after the last try use ``unread_exposures``.
 * Feeds with the same rows, times and condition share one scan, and files one staging, as in a delivery.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from registry.domain.catalogue import SystemEntry, TimeField
from registry.domain.exposure import DayExposure, ExposureRead, ExposureSpec, FeedWatch
from registry.domain.monitoring import MonitoredSystem, MonitoringSpec, PredictionSpec, Window, WindowKind
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.columns import suggestion
from registry.sources.exposure_arrivals import arrived_rows
from registry.sources.exposure_tally import MAX_VALUES, ExposureTally
from registry.sources.prediction_rows import CatalogueKeys, Chunk, PredictionPlace, PredictionRows, Request, open_rows, scanned
from registry.sources.row_ids import counted_ids

MAX_LEFT_OUT_RATIO = 0.001  # of the rows counted: what may be wrong with a source before its number is a guess
_MAX_SHOWN = 5
_NO_ARRIVAL = "no column says when a row arrived, so that a later run of a date counts what came since; name one by exposure.received_at"
_KEYS = CatalogueKeys("exposure.time", "exposure.where")


def read_exposure(watch: FeedWatch, zone: str, start_on: date, end_on: date, place: PredictionPlace) -> ExposureRead:
    """Return how often was decided on each day of ``[start_on, end_on)`` in ``zone``, for a watch that has an exposure.

    Raises:
        SourceUnavailableError: its database or storage does not answer.
    """
    return read_exposures((watch,), {watch.system_id: zone}, start_on, end_on, place)[0]


def read_exposures(
    watches: Sequence[FeedWatch], zones: Mapping[str, str], start_on: date, end_on: date, place: PredictionPlace
) -> tuple[ExposureRead, ...]:
    """Return the exposure of each watch that has one, in their order; ``zones`` are those of the systems.

    Raises:
        SourceUnavailableError: a database or storage does not answer.
    """
    window = Window(start_on, end_on)
    asked = [(watch, _scan_of(watch.exposure, zones[watch.system_id]), _split_of(watch.exposure)) for watch in watches if watch.exposure]
    scans: dict[_Scan, dict[_Split, None]] = {}
    for _, scan, split in asked:
        scans.setdefault(scan, {})[split] = None
    found = {scan: _counted(scan, tuple(splits), window, place) for scan, splits in scans.items()}
    return tuple(_told_for(watch, start_on, end_on, found[scan][split]) for watch, scan, split in asked)


def by_source(watches: Iterable[FeedWatch]) -> tuple[tuple[FeedWatch, ...], ...]:
    """Return the watches that have an exposure, those of one source together: what is to be read, and tried again, at once."""
    groups: dict[str, list[FeedWatch]] = {}
    for watch in watches:
        if watch.exposure is not None:
            groups.setdefault(watch.exposure.source.source_id, []).append(watch)
    return tuple(map(tuple, groups.values()))


def unread_exposures(watches: Iterable[FeedWatch], start_on: date, end_on: date, error: Exception) -> tuple[ExposureRead, ...]:
    """Return the exposures of watches whose source did not answer: none, for that reason."""
    nothing = _Counted(reason=str(error))
    return tuple(_told_for(watch, start_on, end_on, nothing) for watch in watches if watch.exposure is not None)


@dataclass(frozen=True, slots=True)
class _Scan:
    """Rows that are read at once: ``spec`` says which they are and what dates them, ``zone`` on which day, ``received`` when they came."""

    zone: str
    spec: PredictionSpec
    received: TimeField | None = None

    def request(self, splits: Iterable[_Split], window: Window) -> Request:
        """Return what has to be read for every split."""
        columns = dict.fromkeys(column for split in splits for _, column in split.segment)
        spec = replace(self.spec, segments=tuple(columns))
        asked = dict.fromkeys((*(split.count for split in splits), *columns, spec.row_id, self.received.column if self.received else ""))
        return Request(_as_monitored(spec, self.zone, window), window, tuple(name for name in asked if name), _KEYS)


@dataclass(frozen=True, slots=True)
class _Split:
    """How the rows of a scan are counted, and by which columns."""

    count: str
    segment: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What one way of counting came to, as every feed is told it."""

    days: tuple[DayExposure, ...] = ()
    digests: tuple[str, ...] = ()
    reason: str = ""
    told: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tallies:
    """One tally for each split, filled by one scan."""

    each: tuple[ExposureTally, ...]
    undated_count: int = 0

    def add(self, chunk: Chunk) -> None:
        self.undated_count += chunk.undated_count
        for tally in self.each:
            tally.add(chunk)

    def merge(self, other: _Tallies) -> None:
        self.undated_count += other.undated_count
        for mine, theirs in zip(self.each, other.each, strict=True):
            mine.merge(theirs)


def _scan_of(exposure: ExposureSpec, zone: str) -> _Scan:
    return _Scan(zone, PredictionSpec(exposure.source, exposure.time, exposure.row_id, exposure.where), exposure.received)


def _split_of(exposure: ExposureSpec) -> _Split:
    return _Split(exposure.count, tuple(sorted(exposure.segment.items())))


def _as_monitored(spec: PredictionSpec, zone: str, window: Window) -> MonitoredSystem:
    """Return the rows as those of a system whose predictions they would be: reading asks no more of it than rows and a zone."""
    entry = SystemEntry("", "", "", "", zone, {}, (), (), (), "")
    return MonitoredSystem(entry, spec, MonitoringSpec(window.start_on, window.end_on, WindowKind.DAY))


def _counted(scan: _Scan, splits: Sequence[_Split], window: Window, place: PredictionPlace) -> dict[_Split, _Counted]:
    if window.day_count <= 0:
        return dict.fromkeys(splits, _Counted())
    try:
        return _scanned(scan, scan.request(splits, window), splits, place)
    except SourceError as error:
        return dict.fromkeys(splits, _Counted(reason=str(error)))


def _scanned(scan: _Scan, request: Request, splits: Sequence[_Split], place: PredictionPlace) -> dict[_Split, _Counted]:
    days, row_id = request.window.day_count, request.system.predictions.row_id
    with open_rows(request, place) as opened, counted_ids(_arrived(scan, request, opened), request, place) as (rows, counted_of):
        if row_id:
            _refuse_missing(rows, request, row_id, "id")
        tallies = scanned(rows, lambda _: _Tallies(tuple(ExposureTally(days, split.count, dict(split.segment)) for split in splits)))
        found, ids = dict(zip(splits, tallies.each, strict=True)), counted_of()
        undated = rows.undated_count + tallies.undated_count
        told = _left_out(request, tallies.each[0].row_count, undated, ids.repeated if ids else 0)
        digests = tuple(one.digest for one in rows.inputs())
        return {split: _made(request, rows, split, tally, digests, told) for split, tally in found.items()}


def _arrived(scan: _Scan, request: Request, rows: PredictionRows) -> PredictionRows:
    if scan.received is not None:
        _refuse_missing(rows, request, scan.received.column, "received_at")
    return arrived_rows(rows, scan.received, scan.zone, request.window.end_on)


def _left_out(request: Request, row_count: int, undated: int, repeated: int) -> tuple[str, ...]:
    """Return what is wrong with rows, each in words.

    Raises:
        SourceError: too much to know the number.
    """
    told = []
    for count, what in ((undated, "without a day that can be read"), (repeated, "that are there twice")):
        if count:
            text = f"{request.name}: expected every row on one day and once, found {count:,} {what} beside {row_count:,} of these days"
            told.append(f"{text}; have them corrected, or leave them out by exposure.where")
        if count > MAX_LEFT_OUT_RATIO * row_count:
            raise SourceError(told[-1])
    return tuple(told)


def _refuse_missing(rows: PredictionRows, request: Request, column: str, key: str) -> None:
    if rows.columns and column not in rows.columns:
        hint = suggestion(column, rows.columns)
        told = f"{request.name}: expected a column {column!r}, found none{hint}; correct exposure.{key} or have the export corrected"
        raise SchemaBrokenError(told)


def _made(
    request: Request, rows: PredictionRows, split: _Split, tally: ExposureTally, digests: tuple[str, ...], told: tuple[str, ...]
) -> _Counted:
    try:
        if split.count:
            _refuse_missing(rows, request, split.count, "count")
    except SourceError as error:
        return _Counted(digests=digests, reason=str(error), told=told)
    return _Counted(tuple(sorted(_days(request.window, tally))), digests, told=(*told, *_told(request, rows, split, tally)))


def _days(window: Window, tally: ExposureTally) -> Iterator[DayExposure]:
    everything = [("", "", tally.days)] + [(name, value, sums) for name, found in tally.values.items() for value, sums in found.items()]
    for name, value, sums in everything:
        for place, count in enumerate(sums.tolist()):
            if count and place not in tally.unknown:
                yield DayExposure(window.start_on + timedelta(days=place), name, value, count)


def _told(request: Request, rows: PredictionRows, split: _Split, tally: ExposureTally) -> Iterator[str]:
    if tally.unknown:
        days = [str(request.window.start_on + timedelta(days=place)) for place in sorted(tally.unknown)]
        shown = ", ".join(days[:_MAX_SHOWN]) + (f" and {len(days) - _MAX_SHOWN:,} more" if len(days) > _MAX_SHOWN else "")
        text = f"{request.name}, {split.count!r}: expected a whole number of 0 or more in every row, found others on {shown}; "
        yield text + "these days have no exposure until they are corrected"
    for name, column in split.segment:
        if rows.columns and column not in rows.columns:
            hint = suggestion(column, rows.columns)
            yield f"{request.name}: expected a column {column!r} for the segment {name}, found none{hint}; nothing is counted by it"
        elif name in tally.dropped:
            text = f"{request.name}: expected at most {MAX_VALUES} values in the column {column!r} of the segment {name}, found more; "
            yield text + "nothing is counted by it, name a column with few"


def _told_for(watch: FeedWatch, start_on: date, end_on: date, found: _Counted) -> ExposureRead:
    unit = watch.exposure.unit if watch.exposure else ""
    told = found.told
    if watch.exposure and watch.exposure.received is None and found.days:
        told = (*told, f"{watch.exposure.source.source_id}: {_NO_ARRIVAL}")
    return ExposureRead(watch.system_id, watch.feed, unit, start_on, end_on, found.days, found.digests, found.reason, told)
