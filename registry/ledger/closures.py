"""What the closure verification asks of the ledger, and what it writes.

Put queries here that only closures need, and the form in which their run is recorded. What it means is ``checks/closure*.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import select

from registry.domain.closing import RUNS
from registry.domain.closure_run import ClosureWrite
from registry.domain.versions import VersionClaim
from registry.ledger.engine import reading
from registry.ledger.reads import version_claims
from registry.ledger.runs import RunWrite, record_run
from registry.ledger.store import Ledger
from registry.ledger.tables import EVENT


def record_closures(ledger: Ledger, write: ClosureWrite) -> bool:
    """Write everything one run decided, or nothing; return and errors as ``record_run``. A run without a result leaves its leases open."""
    known = ((write.known_events, write.systems),)
    told = "a run of the closure verification"
    return record_run(ledger, RunWrite(told, write.leases, known, write.events, write.publications, write.result, bool(write.result)))


def read_claims(ledger: Ledger, system_id: str) -> tuple[VersionClaim, ...]:
    """Return every claim about a version of a system, in the order of the events."""
    with reading(ledger.engine) as connection:
        return version_claims(connection, [system_id])


def read_newest_on(ledger: Ledger, until: int) -> date | None:
    """Return the newest business date that events up to ``until`` tell a run for; None where there is none."""
    newest = select(EVENT.c.business_date).where(EVENT.c.seq <= until).order_by(EVENT.c.business_date.desc()).limit(1)
    with reading(ledger.engine) as connection:
        found = [connection.execute(newest.where(EVENT.c.kind == kind.value)).scalar() for kind in sorted(RUNS)]
    return max((on for on in found if on is not None), default=None)


def read_all_issue_events(ledger: Ledger) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and envelope of every event of an issue, in order."""
    for event in ledger.read_events():
        envelope = json.loads(event.body)
        if envelope["issue"]:
            yield event.seq, envelope
