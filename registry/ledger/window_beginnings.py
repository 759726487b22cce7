"""By which policy, and by which terms of the catalogue, windows were judged first.

Put here what the ledger tells of the first judgement of each issue's window in its present occurrence. The tables themselves are sealed in
the package that the judgement cites: ``registry/evidence/sealed_beginnings.py``.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from registry.domain.events import EventKind
from registry.domain.recurrence_beginnings import Beginning, begun
from registry.ledger.codec import envelope_of
from registry.ledger.engine import reading
from registry.ledger.store import Ledger
from registry.ledger.tables import EVENT

_CHUNK = 200
_KINDS = (EventKind.WINDOW_JUDGED.value, EventKind.ISSUE_REOPENED.value)


def read_beginnings(ledger: Ledger, issue_ids: Collection[str], until: int) -> dict[str, Beginning]:
    """Return the beginning of each of ``issue_ids`` whose window was judged in its present occurrence, from events up to ``until``."""
    wanted, found = sorted(issue_ids), dict[str, Beginning]()
    with reading(ledger.engine) as connection:
        for start in range(0, len(wanted), _CHUNK):
            ours = EVENT.c.issue_id.in_(wanted[start : start + _CHUNK]) & (EVENT.c.seq <= until) & EVENT.c.kind.in_(_KINDS)
            for body in connection.execute(select(EVENT.c.body).where(ours).order_by(EVENT.c.seq)).scalars():
                begun(found, envelope_of(body))
    return found
