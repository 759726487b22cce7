"""The one clock of the house: what time it is, and for which time a run was scheduled.

Put reading of clocks here and nowhere else: a time that a task or check needs is handed to it from a flow.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant."""
    return datetime.now(UTC)


def scheduled_start() -> datetime:
    """Return the instant the current Prefect run was scheduled for, which a retry does not change; inline, the current instant."""
    from prefect.runtime import flow_run

    start = flow_run.scheduled_start_time
    if start is None:
        return now()
    return datetime.fromtimestamp(start.timestamp(), UTC)  # Prefect's own datetime type does not leave this module
