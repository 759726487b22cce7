"""Which rows the triage could not read, by the feeds that they came through, and which of them it read since.

Put here what the ledger tells of rows that were set aside, over many days. What that means for a day is ``checks/recurrence_aside.py``.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from registry.domain.events import EventKind
from registry.domain.rows_aside import RowsAside, rows_aside, source_of
from registry.ledger.codec import RecordedFeedDay, envelope_of, parsed_line
from registry.ledger.engine import reading
from registry.ledger.store import Ledger
from registry.ledger.tables import QUARANTINE, SIGNAL

_DAY = timedelta(days=1)


def read_rows_aside(
    ledger: Ledger, feed_days: Sequence[RecordedFeedDay], before: date, until: int
) -> dict[tuple[str, str, date], RowsAside]:
    """Return by system, feed and day what was set aside by the runs of ``feed_days``, from events up to ``until``.

    Rows count as mended that runs up to the business date ``before`` read.
    """
    if not feed_days:
        return {}
    dates = [one.business_date for one in feed_days]
    told = ledger.read_decisions(EventKind.ROWS_QUARANTINED, min(dates), max(dates) + _DAY)
    envelopes = [envelope_of(event.body) for event in told if event.seq <= until]
    aside = [(source_of(one["subject"]), date.fromisoformat(one["business_date"]), int(one["data"]["count"])) for one in envelopes]
    judged = [(one.day.system_id, one.day.feed, one.day.source, one.business_date, one.day.new_count) for one in feed_days]
    readers: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for system_id, feed, source, _, _ in judged:
        readers[source].add((system_id, feed))
    return rows_aside(aside, judged, _mended(ledger, readers, {(source, on) for source, on, _ in aside}, before))


def _mended(
    ledger: Ledger, readers: Mapping[str, Collection[tuple[str, str]]], wanted: Collection[tuple[str, date]], before: date
) -> dict[tuple[str, date], int]:
    """Return how many of the rows that were set aside have an id that another run read a signal of, by source and date."""
    found: Counter[tuple[str, date]] = Counter()
    for source in sorted({source for source, _ in wanted} & set(readers)):
        with reading(ledger.engine) as connection:
            query = select(QUARANTINE.c.first_seen_on, QUARANTINE.c.body).where(QUARANTINE.c.source == source)
            rows = [(row.first_seen_on, json.loads(row.body)["signal_id"]) for row in connection.execute(query)]
            named = [(on, name) for on, name in rows if name and (source, on) in wanted]
            if not named:
                continue
            names, read_on = {name for _, name in named}, defaultdict[str, set[date]](set)
            for system_id, feed in sorted(readers[source]):
                ours = (SIGNAL.c.system_id == system_id, SIGNAL.c.feed == feed, SIGNAL.c.observed_on <= before)
                signals = select(SIGNAL.c.observed_on, SIGNAL.c.body).where(*ours).execution_options(yield_per=1_000)
                for row in connection.execute(signals):
                    if (name := parsed_line(row.body.encode("ascii"))["signal_id"]) in names:
                        read_on[name].add(row.observed_on)
        for on, name in named:
            found[source, on] += bool(read_on[name] - {on})  # two rows of one id on one day: nobody knows which of them is right
    return dict(found)
