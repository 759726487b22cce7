"""The package of a release decision, and showing what was decided.

Put tasks here that turn a proposal's decision into files, pages and artifacts, or read what an earlier run sealed. What the files are
called is ``reports/release_package.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from registry.domain.release_acts import ProposalResult, ReleasePlan
from registry.domain.release_run import ReleaseDecision, ReleaseInputs
from registry.errors import EvidenceError
from registry.program import program_versions
from registry.records import read_release_decision
from reports.foreign_text import visible
from reports.release_act_text import proposal_lines
from reports.release_package import release_package
from reports.triage_package import DECISION
from tasks.engine import is_served, task
from tasks.evidence import read_evidence
from tasks.rendering import page_address, show_outcome
from tasks.signatures import files_digest
from tasks.workspace import workspace_of


@task
def render_release_package(
    plan: ReleasePlan, inputs: ReleaseInputs, decision: ReleaseDecision, papers: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return every file of the decision's package by name; ``papers`` are cards and records as they were read."""
    return release_package(inputs, decision, plan.policy_table, program_versions(), papers)


@task
def read_recorded_release(plan: ReleasePlan, bundle_digest: str) -> ReleaseDecision:
    """Return the decision of a proposal that was recorded before, as it was sealed or waits to be.

    Raises:
        EvidenceError: there is no such package, its files are not those that were sealed, or its record cannot be read.
    """

    def read(folder: Path) -> ReleaseDecision:
        if (found := files_digest(folder)) != bundle_digest:
            raise EvidenceError(
                f"{folder}: expected the files that were sealed as {bundle_digest}, found {found}; run `proofloop evidence verify`"
            )
        return read_release_decision((folder / DECISION).read_bytes())

    return read_evidence(workspace_of(plan), bundle_digest, read)


@task
def show_proposal(plan: ReleasePlan, result: ProposalResult) -> None:
    """Show what became of a proposal among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    # an indented block is shown as it is, whatever a name or sentence holds
    text = "".join(f"    {visible(line)}\n" for line in proposal_lines(result))
    show_outcome("release-proposal", f"release of {plan.system.system_id} {visible(plan.candidate.version)}", text, result.refusals)
    if not is_served() or not result.report_path:
        return
    from prefect.artifacts import create_link_artifact

    create_link_artifact(
        page_address(workspace_of(plan), Path(result.report_path)),
        link_text=f"the report of {plan.business_date}",
        key="release-report",
        description=f"The page of the decision: {result.report_path}",
    )
