"""Rendering what a decision is shown as, and showing it in the Prefect page.

Put tasks here that turn decisions into bytes for people or into artifacts of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from registry.domain.anchoring import Attempt, SealedDay, SealPlan
from registry.domain.triage import TriageDay
from registry.domain.triage_run import TriageInputs, TriagePlan
from registry.domain.work import Refusal
from registry.domain.work_run import StepPlan, StepResult
from registry.program import program_versions
from registry.settings import Workspace
from reports.exposure_view import attempt_text
from reports.foreign_text import visible
from reports.markdown import sealed_day_markdown, step_markdown, triage_markdown
from reports.triage_package import page_file, triage_data_files
from reports.triage_page import render_triage
from reports.wording import counted
from tasks.engine import is_served, task
from tasks.workspace import workspace_of

_MAX_MESSAGE_CHARS = 4000


@task
def render_triage_package(plan: TriagePlan, inputs: TriageInputs, day: TriageDay, spool: str) -> dict[str, bytes | Path]:
    """Return every file of the day's package by name: the decision, what it was judged from, its data and the page that shows it."""
    data = triage_data_files(plan, inputs, day, program_versions(), Path(spool))
    names = {system.system_id: system.name for system in plan.systems}
    page = page_file(render_triage(day, system_names=names, evidence=[file.ref for file in data], zone=plan.zone))
    return {file.ref.path: file.content for file in (*data, page)}


@task
def show_triage(plan: TriagePlan, day: TriageDay, page: str, attempt: Attempt | None = None) -> None:
    """Show the day among the artifacts of the Prefect run, and what became of its anchor; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect.artifacts import create_link_artifact, create_markdown_artifact

    anchored = attempt_text(attempt) if attempt else ""
    create_markdown_artifact(
        triage_markdown(day, anchored), key="daily-triage", description=f"Triage of {day.business_date}: {day.verdict}"
    )
    create_link_artifact(
        page_address(workspace_of(plan), Path(page)),
        link_text=f"the report of {day.business_date}",
        key="daily-triage-report",
        description=f"The sealed page of the day: {page}",
    )


@task
def show_sealed_day(plan: SealPlan, day: SealedDay) -> None:
    """Show the daily seal among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect.artifacts import create_markdown_artifact

    told = f"Daily seal of {plan.business_date}: {day.verdict}"
    create_markdown_artifact(sealed_day_markdown(day), key="daily-seal", description=told)


@task
def show_step(plan: StepPlan, result: StepResult) -> None:
    """Show what became of a step among the artifacts of the Prefect run."""
    what = f"{plan.submission.kind} on {plan.submission.issue_id}"
    show_outcome("issue-step", what, step_markdown(result), () if result.receipt else result.decision.refusals)


def show_outcome(key: str, what: str, markdown: str, refusals: Sequence[Refusal]) -> None:
    """Show in the run's page what became of something that was handed in; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect import get_run_logger
    from prefect.artifacts import create_markdown_artifact

    for refusal in refusals:  # the first thing that the run's page shows is its log
        get_run_logger().warning("Refused: %s -> %s", visible(refusal.reason), visible(refusal.remedy))
    create_markdown_artifact(markdown, key=key, description=f"{what}: {'refused' if refusals else 'recorded'}")


def refusal_text(lacking: Sequence[Refusal]) -> str:
    """Return in one paragraph what was refused for: the message of its run's last state."""
    reasons = " ".join(f"({number}) {refusal.reason}: {refusal.remedy}." for number, refusal in enumerate(lacking, start=1))
    return visible(f"Nothing was recorded: {counted(len(lacking), 'requirement')} not met. {reasons}", _MAX_MESSAGE_CHARS)


def page_address(workspace: Workspace, page: Path) -> str:
    """Return where people open a page of the archive: over http where ``archive_address`` says so, else as a file on the worker.

    The preview of a dry run is no part of the archive: it is a file in either case.
    """
    if workspace.settings.archive_address is None or not page.is_relative_to(workspace.archive_dir):
        return page.as_uri()
    return f"{workspace.settings.archive_address.rstrip('/')}/{page.relative_to(workspace.archive_dir).as_posix()}"
