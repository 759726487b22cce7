"""Rendering a run of the retraining triggers, and reading what an earlier one sealed.

Put tasks here that turn its decisions into files, pages and artifacts. Files are written into the run's spool shard by shard, so that a run
over a thousand systems never holds them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from registry.domain.anchoring import Attempt
from registry.domain.canonical import digest_bytes
from registry.domain.profile import ReferenceProfile
from registry.domain.trigger_run import Judged, RunFiles, ShardDay, TriggerPlan, TriggersDay
from registry.domain.triggers import CellState, TriggerDecision
from registry.errors import SourceError, SourceUnavailableError
from registry.evidence.files import storage_errors
from registry.program import program_versions
from registry.records import read_trigger_decision
from registry.sources.plan import Redact
from registry.sources.profile_sample import sample_window
from reports.drift_report import DriftReport, render_drift_report
from reports.exposure_view import attempt_text
from reports.triggers_day_view import render_triggers_day, triggers_day_markdown
from reports.triggers_package import decision_files, opened_first, page_name, record_name, reference_file, reference_name, run_files
from reports.wording import counted
from tasks.engine import is_served, task
from tasks.evidence import read_evidence, spool_of
from tasks.profiles import prediction_place
from tasks.rendering import page_address
from tasks.workspace import workspace_of

MAX_DRAWN = 10
"""Of how many windows of a shard the charts of a library are drawn: they cost seconds each and decide nothing."""


@task
def render_shard(plan: TriggerPlan, judged: tuple[Judged, ...], references: tuple[ReferenceProfile, ...], redact: Redact) -> RunFiles:
    """Write the files of a shard's windows and new references into the spool. Safe to retry: the same values give the same files.

    Raises:
        EvidenceUnavailableError: the spool is full or out of reach (retried).
    """
    spool, files, digests = Path(spool_of(plan)), dict[str, Path](), dict[int, str]()
    drawn = {one.number for one in _worth_drawing(judged)[:MAX_DRAWN]}
    with storage_errors(f"spool {spool}"):
        spool.mkdir(parents=True, exist_ok=True)
        for one in judged:
            made = decision_files(one, program_versions(), _drawn(plan, one, redact) if one.number in drawn else None)
            digests[one.number] = digest_bytes(made[record_name(one.number)])
            files |= {name: _written(spool / name, content) for name, content in made.items()}
        for reference in references:
            name = reference_name(reference.digest)
            files[name] = _written(spool / name, reference_file(reference))
    return RunFiles(files, digests)


@task
def render_run(plan: TriggerPlan, day: TriggersDay, shards: tuple[ShardDay, ...]) -> dict[str, bytes | Path]:
    """Return every file of the run's package by name: those of its shards, the run itself, its policies and the page opened first."""
    files = {name: path for shard in shards for name, path in shard.files.files.items()}
    judged = [one for shard in shards for one in shard.judged]
    first = opened_first(day, judged)
    pages = {record_name(one.number): page_name(one.number) for one in judged}
    page = files[first].read_bytes() if first else render_triggers_day(day, judged, pages, plan.zone)
    return {**files, **run_files(day, plan.policy_tables, page, files)}


@task
def read_sealed_decisions(plan: TriggerPlan, day: TriggersDay, bundle_digest: str) -> tuple[TriggerDecision, ...]:
    """Return the decisions of a run that was recorded before, as they were sealed.

    Raises:
        EvidenceError: a record cannot be read.
    """
    if not bundle_digest:
        return ()
    decisions = read_evidence(workspace_of(plan), bundle_digest, _decisions)
    return tuple(decision for decision in decisions if decision.system in day.systems)


def _decisions(folder: Path) -> list[TriggerDecision]:
    return [read_trigger_decision(path.read_bytes()) for path in sorted(folder.glob("decision-*.json"))]


@task
def show_triggers(
    plan: TriggerPlan, day: TriggersDay, decisions: tuple[TriggerDecision, ...], page: str, attempt: Attempt | None = None
) -> None:
    """Show the run among its artifacts, and what became of its anchor; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect.artifacts import create_link_artifact, create_markdown_artifact

    anchored = attempt_text(attempt) if attempt else ""
    told = f"Retraining triggers of {day.business_date}: {day.verdict}"
    create_markdown_artifact(triggers_day_markdown(day, anchored, decisions), key="retraining-triggers", description=told)
    if page:
        create_link_artifact(
            page_address(workspace_of(plan), Path(page)),
            link_text=f"the report of {day.business_date}",
            key="retraining-triggers-report",
            description=f"The sealed page of the run: {page}",
        )


def name_record(one: Judged) -> str:
    """Return the file of a window's decision in the package."""
    return record_name(one.number)


def name_reference(reference: ReferenceProfile) -> str:
    """Return the file of a frozen reference in the package."""
    return reference_name(reference.digest)


def _worth_drawing(judged: Sequence[Judged]) -> list[Judged]:
    """Return the newest window of each system where a column moved, those with most of them first."""
    newest = {one.decision.system: one for one in judged}
    return sorted((one for one in newest.values() if _moved(one)), key=lambda one: (-_moved(one), one.number))


def _moved(one: Judged) -> int:
    return sum(cell.state in (CellState.OVER, CellState.DRIFTED) for cell in one.decision.cells)


def _drawn(plan: TriggerPlan, one: Judged, redact: Redact) -> DriftReport | None:
    """Return charts of a sample of the reference and of the window; None where the rows are not there any more: they decide nothing."""
    reference, place = one.inputs.reference, prediction_place(workspace_of(plan), redact)
    if reference is None:
        return None
    try:
        before = sample_window(one.inputs.system, reference, reference.profile.window, place)
        now = sample_window(one.inputs.system, reference, one.decision.window, place)
    except (SourceError, SourceUnavailableError):
        return None
    title = f"{one.decision.system}: a sample of {counted(now.row_count, 'row')} of {one.decision.window.start_on} and later"
    return render_drift_report(before, now, title=title, record_name=f"charts-{one.number:05d}.json")


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
