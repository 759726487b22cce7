"""The dossier of a closed issue, with everybody who signed: written into the package of the signature that closed it.

It is drawn from the package of the proposal, which has to be of this very issue and hold the decision that people signed.

Put here what is read back for it. What the page shows is ``reports/dossier_page.py``; the proposal that was signed has a page of its own.
"""

from __future__ import annotations

from pathlib import Path

from registry.closure_records import read_closure_decision, read_sealed_closure
from registry.domain.approving import Coverage
from registry.domain.canonical import digest_bytes, record_json
from registry.domain.closure import ClosureDecision, Dossier
from registry.domain.closure_sealed import SealedClosure
from registry.domain.feed import FileRef
from registry.domain.issue_export import DOSSIER_PAGE, DOSSIER_RECORD
from registry.domain.work import Case, StepTaken
from registry.domain.work_run import StepPlan
from registry.errors import EvidenceError
from reports.dossier_page import render_dossier
from reports.triage_package import DECISION, INPUTS
from tasks.evidence import read_evidence
from tasks.workspace import workspace_of


def closing_dossier(plan: StepPlan, case: Case, step: StepTaken, coverage: Coverage | None) -> dict[str, bytes]:
    """Return the files of the dossier as the issue closes on the proposal ``step``: its record and its page.

    Raises:
        EvidenceError: the proposal's package is not there, or cannot be read, or it holds the closure of something else.
    """
    folder, judged, inputs = read_evidence(workspace_of(plan), step.bundle_digest, _contents)
    decision, sealed = read_closure_decision(judged), read_sealed_closure(inputs)
    _refuse_another(folder, case, step, digest_bytes(judged), decision, sealed)
    dossier = Dossier(decision, case, sealed.graph, sealed.window, sealed.archive, coverage, plan.as_of)
    record = record_json(dossier)
    listed = [FileRef(DOSSIER_RECORD, digest_bytes(record), len(record), 0)]
    page = render_dossier(dossier, sealed.work, plan.zone, evidence=listed, record_name=DOSSIER_RECORD)
    return {DOSSIER_RECORD: record, DOSSIER_PAGE: page}


def _refuse_another(folder: Path, case: Case, step: StepTaken, judged: str, decision: ClosureDecision, sealed: SealedClosure) -> None:
    """Let no dossier of one issue be drawn from what was judged of another, or from another decision than people signed."""
    ours, inputs = (case.issue.issue_id, case.issue.system_id), sealed.case.issue
    for name, theirs in ((DECISION, (decision.issue_id, decision.system)), (INPUTS, (inputs.issue_id, inputs.system_id))):
        if theirs != ours:
            found = f"expected the closure of {ours[0]} ({ours[1]}), found that of {theirs[0]} ({theirs[1]})"
            raise EvidenceError(f"{folder / name}: {found}; nothing was signed. Find out how it came here: `proofloop evidence verify`")
    if judged != step.document.decision_digest:
        found = f"expected the decision that is signed, {step.document.decision_digest}, found {judged}"
        raise EvidenceError(f"{folder / DECISION}: {found}; nothing was signed. Find out who altered it: `proofloop evidence verify`")


def _contents(folder: Path) -> tuple[Path, bytes, bytes]:
    return folder, _content(folder, DECISION), _content(folder, INPUTS)


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        reason = f"{folder}: expected {name} of the proposal that is signed, could not read it ({error.strerror})"
        raise EvidenceError(
            f"{reason}; see `proofloop evidence verify`, then `proofloop closure` for a proposal that can be read"
        ) from error
