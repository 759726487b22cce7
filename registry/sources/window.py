"""One source's window as deliveries: read once, validated once, judged row by row, spooled for every feed that shares it.

Put the order of the steps here; each step has a module of its own.

 * A source that cannot be read is a finding about each of its feeds; an outage is raised, so that it can be tried again.
 * A feed whose columns are gone is refused whole; the others go on.
 * Bad rows are set aside with their reason; good rows go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from registry.domain.decision import Finding, Verdict
from registry.domain.feed import FeedDelivery, FeedStatus, QuarantinedRow, SourceDelivery
from registry.domain.signal import RawSignal
from registry.domain.validation import RuleStatus, SuiteResult
from registry.errors import SourceError
from registry.sources.claims import Claims, Refusal, mapped_columns
from registry.sources.columns import check_columns, find_broken
from registry.sources.locations import find_files
from registry.sources.mapping import Candidate, FeedMapping
from registry.sources.plan import FeedPair, SourcePlan, feed_key
from registry.sources.query_rows import load_query, read_query
from registry.sources.screening import Screen, changed_problem
from registry.sources.shelf import staged_files
from registry.sources.staging import Stage, stage_rows
from registry.sources.store import store_errors, store_in
from registry.sources.tallies import FeedTally
from registry.sources.validation_record import write_validation
from registry.sources.windows import Standing


def deliver_source(plan: SourcePlan) -> SourceDelivery:
    """Return what the source of ``plan`` delivered to each of its feeds.

    Safe to repeat: the same rows and plan give the same values and the same spool files.

    Raises:
        SourceUnavailableError: the database or storage behind it does not answer; after the last try use ``errored_delivery``.
    """
    plan.spool.mkdir(parents=True, exist_ok=True)
    try:
        with store_errors(plan.source.source_id, plan.caps.duckdb_memory_mb), _staged(plan) as stage:
            return _Delivery(plan, stage).made()
    except SourceError as error:
        return errored_delivery(plan.feeds, error)


def errored_delivery(feeds: Sequence[FeedPair], error: Exception) -> SourceDelivery:
    """Return the delivery of a source that could not be read: every feed errored, for the same reason."""
    source = feeds[0][1].source.source_id
    refusal = Refusal(FeedStatus.ERRORED, str(error))
    return SourceDelivery(source, (), 0, (), 0, (), 0, (), (), tuple(_refused_delivery(pair, refusal) for pair in feeds))


@contextmanager
def _staged(plan: SourcePlan) -> Iterator[Stage]:
    store = store_in(plan.staging or plan.spool, plan.caps.duckdb_memory_mb)
    if plan.source.path:
        files = find_files(plan.source.path, plan.base, plan.roots)
        with staged_files(files, plan.source, plan.caps, store) as stage:
            yield stage
        return
    query = load_query(plan.source, plan.base, plan.roots)
    # Rows are placed by the systems' zones afterwards; a day more on either side covers every zone the database may think in.
    shifts = [spec.received_at.plus_days for _, spec in plan.feeds]
    start = min(plan.window_start(pair) for pair in plan.feeds) - timedelta(days=1 + max(shifts))
    end = plan.business_date + timedelta(days=1 - min(shifts))
    stage = stage_rows(query.name, read_query(query, start, end, plan.connection_url, plan.caps), plan.caps, store)
    try:
        yield stage
    finally:
        stage.drop()


class _Delivery:
    """One delivery under way."""

    def __init__(self, plan: SourcePlan, stage: Stage) -> None:
        self._plan, self._stage = plan, stage

    def made(self) -> SourceDelivery:
        columns = check_columns(self._plan, self._stage)
        _refuse_unchecked(self._plan, columns)
        cursor = self._stage.store.cursor()
        try:
            claims = Claims(self._plan, self._stage, cursor)
            claims.make(find_broken(self._plan, self._stage, columns))
            return self._from_claims(claims, columns)
        finally:
            cursor.close()  # its temporary tables go with it

    def _from_claims(self, claims: Claims, columns: SuiteResult) -> SourceDelivery:
        plan, mapped = self._plan, mapped_columns(self._plan, claims.refused)
        mappings = [
            None if feed_key(pair) in claims.refused else FeedMapping(number, pair, mapped, plan.observed_on(pair[0]))
            for number, pair in enumerate(plan.feeds)
        ]
        screen = Screen(plan, self._stage, mappings)
        self._set_malformed_aside(screen)
        deliveries = _Deliveries(claims, screen, mappings).made(claims.rows(mapped))
        return SourceDelivery(
            source=plan.source.source_id,
            inputs=self._stage.inputs,
            row_count=claims.windows.row_count(row.row_number for row in screen.quarantined.values()),
            quarantined=tuple(sorted(screen.quarantined.values(), key=lambda row: (row.row_number, row.column, row.content_digest))),
            unmatched_count=claims.unmatched_count,
            unmatched_ids=claims.unmatched_ids,
            ambiguous_count=claims.ambiguous_count,
            ambiguous_ids=claims.ambiguous_ids,
            findings=_overflow(plan, screen),
            feeds=deliveries,
            validation=write_validation(plan, columns, screen.validation),
            redactions={kind: count for kind, count in sorted(screen.redactions.items()) if count},
        )

    def _set_malformed_aside(self, screen: Screen) -> None:
        for row in self._stage.malformed:
            screen.set_aside(
                QuarantinedRow(
                    self._plan.source.source_id, row.row_number, "", row.column, row.reason_code, row.reason, row.content_digest, {}
                )
            )


class _Deliveries:
    """The deliveries of all feeds, made in one pass over the claimed rows."""

    def __init__(self, claims: Claims, screen: Screen, mappings: Sequence[FeedMapping | None]) -> None:
        self._claims, self._screen, self._mappings = claims, screen, mappings
        self._plan = screen.plan
        self._tallies: dict[int, FeedTally] = {}
        self._done: dict[int, FeedDelivery] = {}

    def made(self, rows: Iterable[tuple[Any, ...]]) -> tuple[FeedDelivery, ...]:
        for good, repeats in self._screen.chunks(self._candidates(rows)):
            for row in repeats:
                self._tally(row.feed_number).duplicate_count += 1
            for row in good:
                self._take(row)
            latest = max(self._tallies, default=0)
            for number in [number for number in self._tallies if number < latest]:
                self._finish(number)
        return tuple(self._delivered(number, pair) for number, pair in enumerate(self._plan.feeds))

    def _candidates(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Candidate]:
        for feed_number, standing, row_number, *cells in rows:
            mapping = self._mappings[feed_number]
            if mapping is None:
                continue
            row = mapping.candidate(standing, row_number, cells)
            if standing == Standing.IN_WINDOW:
                self._tally(feed_number).see(row.received.on)
            yield row

    def _take(self, row: Candidate) -> None:
        raw: RawSignal | None = row.raw
        mapping = self._mappings[row.feed_number]
        if raw is None or mapping is None:
            return
        signal = self._plan.judges[feed_key(self._plan.feeds[row.feed_number])](raw)
        if not self._tally(row.feed_number).take(raw, signal):
            self._screen.reject(row, changed_problem(mapping, row))

    def _tally(self, number: int) -> FeedTally:
        if number not in self._tallies:
            self._tallies[number] = FeedTally(self._plan, self._plan.feeds[number])
        return self._tallies[number]

    def _finish(self, number: int) -> None:
        system, spec = self._plan.feeds[number]
        newest = self._claims.windows.newest_received_at(spec.received_at, system.timezone)
        tally = self._tallies.pop(number)
        self._screen.redactions.update(tally.redactions)
        self._done[number] = tally.delivery(newest)

    def _delivered(self, number: int, pair: FeedPair) -> FeedDelivery:
        refusal = self._claims.refused.get(feed_key(pair))
        if refusal is not None:
            return _refused_delivery(pair, refusal)
        if number not in self._done:
            self._tally(number)
            self._finish(number)
        return self._done[number]


def _refused_delivery(pair: FeedPair, refusal: Refusal) -> FeedDelivery:
    system_id, feed = feed_key(pair)
    return FeedDelivery(system_id, feed, pair[1].source.source_id, refusal.status, refusal.reason)


def _refuse_unchecked(plan: SourcePlan, columns: SuiteResult) -> None:
    if columns.status in (RuleStatus.ERRORED, RuleStatus.EMPTY):
        raise SourceError(
            f"{plan.source.source_id}: expected the columns to be validated, found rules that could not run; "
            "no row was taken, mend it and run again"
        )


def _overflow(plan: SourcePlan, screen: Screen) -> tuple[Finding, ...]:
    if not screen.overflow_count:
        return ()
    reason = (
        f"{screen.overflow_count} more bad rows than the {len(screen.quarantined)} listed; the rest is listed by the next runs, "
        "have the export corrected first"
    )
    return (
        Finding("quarantine", plan.source.source_id, Verdict.INCONCLUSIVE, "too_many_bad_rows", reason, value=float(screen.overflow_count)),
    )
