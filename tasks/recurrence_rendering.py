"""Rendering a run of the recurrence monitoring, and reading what an earlier one sealed.

Put tasks here that turn its windows into files, pages and artifacts. What a file is called is ``reports/recurrence_package.py``.
"""

from __future__ import annotations

from pathlib import Path

from registry.domain.anchoring import Attempt
from registry.domain.recurrence_run import RecurrenceDay, RecurrencePlan, WindowJudged
from registry.domain.recurrence_sealed import sealed_indicators
from registry.program import program_versions
from registry.window_records import read_recurrence_day
from reports.exposure_view import attempt_text
from reports.recurrence_package import recurrence_files
from reports.triage_package import DECISION
from reports.triggers_package import record_name
from reports.window_day_text import recurrence_day_markdown
from tasks.engine import is_served, task
from tasks.evidence import read_evidence
from tasks.rendering import page_address
from tasks.workspace import workspace_of


@task
def render_recurrence(plan: RecurrencePlan, day: RecurrenceDay, judged: tuple[WindowJudged, ...]) -> dict[str, bytes]:
    """Return every file of the run's package by name. Safe to retry: the same values give the same files."""
    return recurrence_files(day, judged, plan.policy_tables, sealed_indicators(plan, program_versions()))


@task
def read_sealed_day(plan: RecurrencePlan, bundle_digest: str) -> RecurrenceDay:
    """Return what a run that was recorded before decided, as it was sealed or waits to be.

    Raises:
        EvidenceError: its record cannot be read.
    """
    return read_recurrence_day(read_evidence(workspace_of(plan), bundle_digest, lambda folder: (folder / DECISION).read_bytes()))


@task
def show_recurrence(plan: RecurrencePlan, day: RecurrenceDay, page: str, attempt: Attempt | None = None) -> None:
    """Show the run among its artifacts, and what became of its anchor; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect.artifacts import create_link_artifact, create_markdown_artifact

    anchored = attempt_text(attempt) if attempt else ""
    told = f"Recurrence windows of {day.business_date}: {day.verdict}"
    create_markdown_artifact(recurrence_day_markdown(day, anchored), key="recurrence-monitoring", description=told)
    if page:
        create_link_artifact(
            page_address(workspace_of(plan), Path(page)),
            link_text=f"the report of {day.business_date}",
            key="recurrence-monitoring-report",
            description=f"The sealed page of the run: {page}",
        )


def name_record(number: int) -> str:
    """Return the file of a window's decision in the package."""
    return record_name(number)
