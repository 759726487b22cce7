"""Reading further back for the recurrence monitoring: daily counts of days whose indicators no run read.

Put tasks here that a run needs only where an earlier one did not take place. What is made of the counts is ``checks/indicators_past.py``.
"""

from __future__ import annotations

from datetime import date

from registry.domain.history import DailyCount
from registry.domain.recurrence_run import RecurrencePlan
from tasks.engine import task
from tasks.ledger import Clock, ledger_of


@task
def read_earlier_counts(plan: RecurrencePlan, start_on: date, clock: Clock) -> tuple[DailyCount, ...]:
    """Return the daily counts of the plan's systems from ``start_on`` to the day before the plan's date.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return ledger_of(plan, clock).read_counts(start_on, plan.business_date, plan.system_ids)
