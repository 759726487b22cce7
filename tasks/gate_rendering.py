"""The package of a gate's decision, and showing what was decided.

Put tasks here that turn a decision into files, pages and artifacts, or read what an earlier run sealed. What the files are called is
``reports/gate_package.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

from registry.domain.canonical import digest_bytes
from registry.domain.gate import GateDecision, GateInputs
from registry.domain.gate_run import CitedGate, GatePlan, GateResult
from registry.errors import EvidenceError
from registry.program import program_versions
from registry.records import read_gate_decision
from reports.foreign_text import visible
from reports.gate_package import CHARTS_RECORD, gate_files
from reports.gate_text import gate_lines
from reports.triage_package import DECISION
from tasks.engine import is_served, task
from tasks.evidence import read_evidence
from tasks.rendering import page_address
from tasks.workspace import workspace_of

_VERIFY = "run `proofloop evidence verify`"


@task
def render_decision(plan: GatePlan, inputs: GateInputs, decision: GateDecision) -> dict[str, bytes]:
    """Return every file of the decision's package by name."""
    return gate_files(inputs, decision, plan.policy_table, program_versions())


@task
def read_sealed_decision(plan: GatePlan, cited: CitedGate) -> GateDecision:
    """Return the decision of a run that was recorded before, as it was sealed or waits to be.

    Raises:
        EvidenceError: there is no such package, its record is not the one that the event cites, or it cannot be read.
    """

    def read(folder: Path) -> GateDecision:
        path = folder / DECISION
        try:
            content = path.read_bytes()
        except OSError as error:
            raise EvidenceError(f"{path}: expected the decision of event {cited.seq}, found {error.strerror}; {_VERIFY}") from error
        if (found := digest_bytes(content)) != cited.decision_digest:
            raise EvidenceError(f"{path}, the decision of event {cited.seq}: expected {cited.decision_digest}, found {found}; {_VERIFY}")
        return read_gate_decision(content)

    return read_evidence(workspace_of(plan), cited.bundle_digest, read)


@task
def show_gate(plan: GatePlan, result: GateResult) -> None:
    """Show the decision among the artifacts of the Prefect run; without a run there is nowhere to show it."""
    if not is_served():
        return
    from prefect import get_run_logger
    from prefect.artifacts import create_link_artifact, create_markdown_artifact

    decision = result.decision
    if problem := charts_problem(Path(result.report_path)):
        get_run_logger().warning("No charts were drawn: %s. The decision does not depend on them.", visible(problem))
    # an indented block is shown as it is, whatever an answer or a name holds
    text = "".join(f"    {visible(line)}\n" for line in gate_lines(decision))
    told = f"{decision.system}: {visible(decision.candidate.version)} for {visible(decision.champion.version)}: {decision.verdict}"
    create_markdown_artifact(text, key="eval-gate", description=told)
    create_link_artifact(
        page_address(workspace_of(plan), Path(result.report_path)),
        link_text=f"the report of {plan.business_date}",
        key="eval-gate-report",
        description=f"The page of the decision: {result.report_path}",
    )


def charts_problem(page: Path) -> str:
    """Return why no charts lie beside a decision's page, as its package says; empty where they do, or there was nothing to draw."""
    try:
        return str(json.loads((page.parent / CHARTS_RECORD).read_bytes())["not_drawn_because"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
