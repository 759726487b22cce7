"""How the feeds of a system are watched after a fix: what compares ``exposure`` and ``effect`` with other keys, and their values.

Put rules here that the shape of one key cannot say; the shape is ``exposing.py``. Whether the source has the columns is found when it is
read, and by ``proofloop check --online``: a catalogue must load without its data.

The rules:
 * A feed's exposure in another source than the feed's own names its time.
 * Where rows of several systems stand in the feed's own source, a condition says which of them are this system's decisions.
 * A column counts, dates or splits: never two of these. A segment is one that a feed has, or nothing could be compared by it.
 * A rate has decisions that it is a share of.
 * A decision is named by the row's id, or by the only pointer that is kept of a row: of several nobody could tell which one names it. Where
   the rows of the feed's own source are the decisions, each row is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registry.catalogue.columns import Source, TimeColumn
from registry.catalogue.exposing import Effect, Exposure, FeedExposure
from registry.catalogue.schema import Feed, System
from registry.catalogue.sources import source_spec
from registry.documents import Location
from registry.domain.catalogue import TimeField
from registry.domain.drift_alerts import FEED as DRIFT_ALERTS
from registry.domain.drift_alerts import LATENESS_DAYS
from registry.domain.exposure import EffectKind, EffectSpec, ExposureSpec, FeedWatch, NamedBy
from registry.domain.version_changes import FEED as VERSION_CHANGES

Problem = tuple[Location, str]
PREDICTION = "prediction"


def exposure_problems(system: System) -> Iterator[Problem]:
    """Yield what is wrong between ``exposure``, ``effect`` and the other keys, each with the key it is told at."""
    if system.exposure is not None:
        known = dict.fromkeys(name for feed in system.signals for name in feed.fields.segment)
        for at, text in (*_segment_problems(system.exposure.segment, known), *_column_problems(system.exposure)):
            yield ("exposure", *at), text
    for index, feed in enumerate(system.signals):
        for at, text in _feed_problems(system, feed):
            yield ("signals", index, *at), text


def exposure_sources(system: System) -> Iterator[tuple[Location, Source]]:
    """Yield the sources that decisions are counted in, each with where it is written."""
    if system.exposure is not None:
        yield ("exposure", "source"), system.exposure.source
    for index, feed in enumerate(system.signals):
        if feed.exposure is not None and feed.exposure.source is not None:
            yield ("signals", index, "exposure", "source"), feed.exposure.source


def watches_of(system: System) -> Iterator[FeedWatch]:
    """Yield how each feed of a system is watched after a fix, the built-in ones last: what they say is gone, or it is not."""
    for feed in system.signals:
        yield FeedWatch(
            system.id,
            feed.name,
            _effect(feed.effect),
            _exposure(system, feed),
            feed.allowed_lateness_days,
            feed.counts is not None,
            _named_by(feed),
        )
    yield FeedWatch(system.id, VERSION_CHANGES, EffectSpec(), None)
    if system.predictions is not None:
        yield FeedWatch(system.id, DRIFT_ALERTS, EffectSpec(), None, LATENESS_DAYS)


def _feed_problems(system: System, feed: Feed) -> Iterator[Problem]:
    found = feed.exposure
    if found is not None and found.source is not None and found.time is None:
        yield ("exposure",), "expected time beside a source of its own, found none; name the column that says when a decision was made"
    if found is not None and found.source is None and feed.fields.ai_system and not found.where:
        told = f"expected a where, because rows of several systems stand in the feed's source ({feed.fields.ai_system!r}), found none; "
        yield ("exposure",), told + "say which of them are decisions of this system"
    if found is not None:
        known = dict.fromkeys(feed.fields.segment)
        for at, text in (*_segment_problems(found.segment or {}, known), *_column_problems(found)):
            yield ("exposure", *at), text
    pointers = feed.fields.source_evidence
    if feed.decision and feed.decision != feed.fields.signal_id and pointers != (feed.decision,):
        listed = ", ".join(map(repr, pointers)) or "none"
        told = f"expected the column of fields.signal_id, {feed.fields.signal_id!r}, or the only one of fields.source_evidence ({listed}), "
        yield ("decision",), told + f"found {feed.decision!r}; list that column there, and no other"
    if _effect(feed.effect).kind is EffectKind.RATE and not (found or system.exposure or system.predictions):
        yield ("effect",), "expected decisions that the rate is a share of, found none; add exposure to the feed or the system"


def _segment_problems(given: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    listed = ", ".join(known)
    for name in given:
        if name not in known:
            told = f"expected a segment that signals have in fields.segment ({listed or 'none'}), found {name!r}; name it as they do"
            yield ("segment", name), told


def _column_problems(given: Exposure | FeedExposure) -> Iterator[Problem]:
    taken = {given.time.column: "time"} if given.time else {}
    if given.count and given.count in taken:
        yield ("count",), f"expected another column than time's, found {given.count!r}; name the one that holds numbers"
    taken |= {given.count: "count"} if given.count else {}
    for name, column in (given.segment or {}).items():
        if column in taken:
            yield ("segment", name), f"expected a column that splits the rows, found {column!r}, which is {taken[column]}; choose another"


def _effect(given: Effect | None) -> EffectSpec:
    return EffectSpec() if given is None or given.rate is None else EffectSpec(EffectKind.RATE, given.rate.max_ratio)


def _exposure(system: System, feed: Feed) -> ExposureSpec | None:
    """Return what the feed names, else what its system does, else the system's predictions."""
    if feed.exposure is not None:
        return _own(feed.exposure, feed)
    if system.exposure is not None:
        found = system.exposure
        received = _time(found.received_at) if found.received_at else None
        return ExposureSpec(
            source_spec(found.source), _time(found.time), found.unit, found.where, found.count, dict(found.segment), found.id, received
        )
    if system.predictions is not None:
        rows = system.predictions
        split = {column: column for column in rows.segments if column in feed.fields.segment}
        return ExposureSpec(source_spec(rows.source), _time(rows.columns.time), PREDICTION, rows.where, "", split, rows.columns.id)
    return None


def _own(given: FeedExposure, feed: Feed) -> ExposureSpec:
    segment = given.segment
    if segment is None:
        segment = feed.fields.segment if given.source is None else {}
    source, time = given.source or feed.source, given.time or feed.fields.occurred_at
    row_id = given.id or (feed.fields.signal_id if given.source is None and not given.count else "")
    received = given.received_at or (feed.fields.received_at if given.source is None else None)
    arrived = _time(received) if received else None
    return ExposureSpec(source_spec(source), _time(time), given.unit, given.where, given.count, dict(segment), row_id, arrived)


def _named_by(feed: Feed) -> NamedBy:
    if feed.decision and feed.decision != feed.fields.signal_id:
        return NamedBy.POINTER
    rows_are_decisions = feed.exposure is not None and feed.exposure.source is None and not feed.exposure.count
    return NamedBy.ROW if feed.decision or rows_are_decisions else NamedBy.NOTHING


def _time(given: TimeColumn) -> TimeField:
    return TimeField(**given.model_dump())
