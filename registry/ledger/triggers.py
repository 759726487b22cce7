"""What a run of the retraining triggers writes.

Put here how that write becomes the one transaction of ``runs.py``.
"""

from __future__ import annotations

from registry.domain.trigger_run import TriggerWrite
from registry.ledger.runs import RunWrite, record_run
from registry.ledger.store import Ledger


def record_triggers(ledger: Ledger, write: TriggerWrite) -> bool:
    """Write everything one run decided, or nothing; return and errors as ``record_run``."""
    told = "a run of the triggers"
    return record_run(ledger, RunWrite(told, write.leases, write.knowledge, write.events, write.publications, write.result))
