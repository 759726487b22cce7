"""What the closure verification asks of the ledger, and what it writes.

Put queries here that only closures need, and the form in which their run is recorded. What it means is ``checks/closure*.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from registry.domain.closure_run import ClosureWrite
from registry.domain.versions import VersionClaim
from registry.ledger.engine import reading
from registry.ledger.reads import version_claims
from registry.ledger.runs import RunWrite, record_run
from registry.ledger.store import Ledger


def record_closures(ledger: Ledger, write: ClosureWrite) -> bool:
    """Write everything one run decided, or nothing; return and errors as ``record_run``. A run without a result leaves its leases open."""
    known = ((write.known_events, write.systems),)
    told = "a run of the closure verification"
    return record_run(ledger, RunWrite(told, write.leases, known, write.events, write.publications, write.result, bool(write.result)))


def read_claims(ledger: Ledger, system_id: str) -> tuple[VersionClaim, ...]:
    """Return every claim about a version of a system, in the order of the events."""
    with reading(ledger.engine) as connection:
        return version_claims(connection, [system_id])


def read_all_issue_events(ledger: Ledger) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and envelope of every event of an issue, in order."""
    for event in ledger.read_events():
        envelope = json.loads(event.body)
        if envelope["issue"]:
            yield event.seq, envelope
