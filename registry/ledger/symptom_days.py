"""On which days the signals of issues came, and through which feeds.

Put here what the ledger tells of when a symptom was met. How a feed told it on such a day is sealed with the day: ``sealed_tellings.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from sqlalchemy import select

from registry.ledger.engine import reading
from registry.ledger.store import Ledger
from registry.ledger.tables import ISSUE, ISSUE_SIGNAL, SIGNAL

_CHUNK = 200
_DAYS = (SIGNAL.c.system_id, SIGNAL.c.feed, SIGNAL.c.observed_on)


def read_symptom_days(ledger: Ledger, issue_ids: Collection[str], before: date) -> dict[str, frozenset[tuple[str, str, date]]]:
    """Return system, feed and day of the signals of each issue that runs up to the business date ``before`` brought, synthetic ones aside.

    A run is about the day before its business date. The signals are those of the issue's fingerprint and every other that hangs on it.
    """
    found: dict[str, set[tuple[str, str, date]]] = {issue_id: set() for issue_id in issue_ids}
    same = (SIGNAL.c.system_id == ISSUE.c.system_id) & (SIGNAL.c.fingerprint == ISSUE.c.fingerprint)
    of_symptom = select(ISSUE.c.issue_id, *_DAYS).join(SIGNAL, same)
    hung = select(ISSUE_SIGNAL.c.issue_id, *_DAYS).join(SIGNAL, SIGNAL.c.key == ISSUE_SIGNAL.c.signal_key)
    known = (SIGNAL.c.observed_on <= before, SIGNAL.c.synthetic == 0)
    with reading(ledger.engine) as connection:
        for chunk in _chunks(issue_ids):
            for query, named in ((of_symptom, ISSUE.c.issue_id), (hung, ISSUE_SIGNAL.c.issue_id)):
                for row in connection.execute(query.where(named.in_(chunk), *known).distinct()):
                    found[row.issue_id].add((row.system_id, row.feed, row.observed_on - timedelta(days=1)))
    return {issue_id: frozenset(days) for issue_id, days in found.items()}


def _chunks(names: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(names)
    return (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
