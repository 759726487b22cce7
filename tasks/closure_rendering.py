"""Rendering closures and the run that judged them, and reading what an earlier one sealed.

Put tasks here that turn closures into files, pages and artifacts. What a file is called is ``reports/dossier_package.py``, of a run
``reports/closure_package.py``.
"""

from __future__ import annotations

from pathlib import Path

from registry.closure_records import read_closure_day
from registry.domain.anchoring import Attempt
from registry.domain.canonical import dense_json
from registry.domain.closure import ClosureInputs, Dossier
from registry.domain.closure_run import ClosureDay, ClosurePlan
from registry.domain.closure_sealed import sealed_closure, sealed_portfolio
from registry.domain.steps_closure import ClosureProposal
from registry.domain.work import StepKind
from registry.program import program_versions
from reports.closure_package import closure_files
from reports.closure_text import closure_day_markdown
from reports.dossier_package import STEP, dossier_package
from reports.exposure_view import attempt_text
from reports.triage_package import DECISION, INPUTS, POLICIES
from tasks.engine import is_served, task
from tasks.evidence import read_evidence
from tasks.rendering import page_address
from tasks.steps import step_record
from tasks.workspace import workspace_of

_MACHINE = "machine"


@task
def render_closure(plan: ClosurePlan, inputs: ClosureInputs, dossier: Dossier, proposal: ClosureProposal | None) -> dict[str, bytes]:
    """Return every file of a closure's package by name, with the ``proposal`` that people sign where it passed.

    Safe to retry: the same values give the same files.
    """
    sealed = {INPUTS: dense_json(sealed_closure(inputs, program_versions())), POLICIES: plan.policy_tables}
    if proposal is not None:
        sealed[STEP] = _proposed(inputs, proposal)
    return dossier_package(dossier, plan.work, plan.zone, sealed)


@task
def render_closure_day(plan: ClosurePlan, day: ClosureDay) -> dict[str, bytes]:
    """Return every file of the run's package by name. Safe to retry: the same values give the same files."""
    return closure_files(day, plan.policy_tables, sealed_portfolio(plan, program_versions()))


@task
def read_sealed_closures(plan: ClosurePlan, bundle_digest: str) -> ClosureDay:
    """Return what a run that was recorded before decided, as it was sealed or waits to be.

    Raises:
        EvidenceError: its record cannot be read.
    """
    return read_closure_day(read_evidence(workspace_of(plan), bundle_digest, lambda folder: (folder / DECISION).read_bytes()))


@task
def show_closures(plan: ClosurePlan, day: ClosureDay, page: str, attempt: Attempt | None = None) -> None:
    """Show the run among its artifacts, and what became of its anchor; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect.artifacts import create_link_artifact, create_markdown_artifact

    anchored = attempt_text(attempt) if attempt else ""
    told = f"Closures of {day.business_date}: {day.verdict}"
    create_markdown_artifact(closure_day_markdown(day, anchored), key="closure-verification", description=told)
    if page:
        create_link_artifact(
            page_address(workspace_of(plan), Path(page)),
            link_text=f"the report of {day.business_date}",
            key="closure-verification-report",
            description=f"The page of the run: {page}",
        )


def _proposed(inputs: ClosureInputs, proposal: ClosureProposal) -> bytes:
    issue = inputs.case.issue
    submission = {"kind": StepKind.CLOSE, "issue_id": issue.issue_id, "by": _MACHINE, "role": _MACHINE, "document": proposal}
    return step_record(issue, submission, {}, inputs.as_of)
