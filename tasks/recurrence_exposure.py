"""Counting decisions for the recurrence monitoring: one task a source, however many feeds count in it.

Put tasks here that open the sources of exposure. What a window makes of their counts is ``checks/recurrence_inputs.py``.
"""

from __future__ import annotations

from datetime import date

from registry.domain.exposure import ExposureRead, FeedWatch
from registry.domain.recurrence_run import RecurrencePlan
from registry.errors import SourceUnavailableError
from registry.sources.exposure import by_source, read_exposures, unread_exposures
from registry.sources.plan import Redact
from tasks.engine import is_last_attempt, task
from tasks.profiles import prediction_place
from tasks.workspace import workspace_of


def read_all_exposures(plan: RecurrencePlan, watches: tuple[FeedWatch, ...], start_on: date, redact: Redact) -> tuple[ExposureRead, ...]:
    """Return the decisions of each day since ``start_on`` for each watch that counts them; each source is a task of its own."""
    return tuple(read for group in by_source(watches) for read in read_source_exposure(plan, group, start_on, redact))


@task
def read_source_exposure(plan: RecurrencePlan, watches: tuple[FeedWatch, ...], start_on: date, redact: Redact) -> tuple[ExposureRead, ...]:
    """Count the decisions of the feeds that count in one source.

    Raises:
        SourceUnavailableError: it does not answer (retried); on the last attempt its feeds are told without a count instead.
    """
    zones = {system.system_id: system.timezone for system in plan.systems}
    try:
        return read_exposures(watches, zones, start_on, plan.business_date, prediction_place(workspace_of(plan), redact))
    except SourceUnavailableError as error:
        if not is_last_attempt():
            raise
        return unread_exposures(watches, start_on, plan.business_date, error)
