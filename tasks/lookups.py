"""What a step has to look up elsewhere before it is judged: versions in the model registry, holds of the system, signals, other issues.

Put the gathering for steps here, one private function for each kind that needs something; a step without one looks nothing up.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registry.domain.events import EventKind
from registry.domain.issue import IssueState
from registry.domain.population import PopulationRead
from registry.domain.reported import Reported, report_of
from registry.domain.steps import RootCause
from registry.domain.steps_closure import Recovery
from registry.domain.sweep import IssueReach
from registry.domain.tracking import track
from registry.domain.work import Case, StepKind
from registry.domain.work_run import OtherIssue, StepKnowledge, StepPlan, VersionAnswer
from registry.records import read_step_document
from registry.settings import Workspace
from registry.sources.affected import read_affected
from registry.sources.plan import Redact
from registry.versions.exact import ExactVersion, read_exact_versions
from tasks.engine import task
from tasks.ledger import Clock, open_workspace_ledger
from tasks.preservation import holds_of
from tasks.profiles import prediction_place
from tasks.workspace import workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

_HELD_AGAINST_SIGNALS = frozenset({StepKind.SCOPE, StepKind.NOT_APPLICABLE})


@task
def look_up(plan: StepPlan, case: Case, redact: Redact, clock: Clock) -> StepKnowledge:
    """Return what the plan's step is judged by beside its case.

    Raises:
        VersionsUnavailableError: the model registry does not answer (retried).
        SourceUnavailableError: storage that holds a list does not answer (retried).
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger = open_workspace_ledger(workspace_of(plan), clock)
    return StepKnowledge(
        versions=_versions(plan, case) if plan.submission.kind is StepKind.LINK_CHANGE else (),
        holds=holds_of(ledger, {case.issue.system_id}),
        reaches=_causes_elsewhere(ledger, case) if plan.submission.kind is StepKind.ROOT_CAUSE else (),
        reported=_reported(ledger, case) if plan.submission.kind in _HELD_AGAINST_SIGNALS else Reported(),
        other=_other(ledger, plan.submission.document.issue) if plan.submission.kind is StepKind.SAME_CAUSE else None,
        population=_population(plan, redact) if plan.submission.kind is StepKind.RECOVERY else None,
        same_cause=_same_causes(ledger) if plan.submission.kind is StepKind.SAME_CAUSE else (),
    )


def _versions(plan: StepPlan, case: Case) -> tuple[VersionAnswer, ...]:
    """Return what MLflow says of the version that is linked; empty where MLflow does not keep it."""
    link, system = plan.submission.document, plan.system(case.issue.system_id)
    tracked = track(system, link.artifact, link.name) if system else None
    if tracked is None or not tracked.registered_as:
        return ()
    wanted = ExactVersion(tracked.registered_as, link.name, link.version)
    return read_exact_versions(workspace_of(plan).mlflow_uri() or "", [wanted])


def _reported(ledger: Ledger, case: Case) -> Reported:
    from registry.ledger.recurrence import read_everything_seen  # brings SQLAlchemy

    return report_of(case, read_everything_seen(ledger, [case.issue])[case.issue.issue_id])


def _population(plan: StepPlan, redact: Redact) -> PopulationRead:
    return count_affected(workspace_of(plan), plan.submission.document, redact)


def count_affected(workspace: Workspace, recovery: Recovery, redact: Redact) -> PopulationRead:
    """Return the list that a recovery names, counted, without personal data."""
    return read_affected(recovery.list_path, recovery.list_sha256, prediction_place(workspace, redact))


def _other(ledger: Ledger, issue_id: str) -> OtherIssue | None:
    """Return the issue that a step names, with the cause that was recorded last; a cause that came back is the same."""
    issue = next((issue for issue in ledger.read_issues() if issue.issue_id == issue_id), None)
    if issue is None:
        return None
    told = (json.loads(event.body) for event in ledger.read_issue_events(issue_id))
    causes = [envelope["data"]["document"]["direct_cause"] for envelope in told if envelope["kind"] == EventKind.ROOT_CAUSE_RECORDED]
    return OtherIssue(issue_id, issue.system_id, causes[-1] if causes else "")


def _same_causes(ledger: Ledger) -> tuple[tuple[str, str], ...]:
    """Return every recorded pair of an issue and the one whose cause it shares, each once."""
    told = (json.loads(event.body) for event in ledger.read_events(kinds=(EventKind.SAME_CAUSE_RECORDED,)))
    return tuple(sorted({(envelope["issue"], envelope["data"]["document"]["issue"]) for envelope in told}))


def _causes_elsewhere(ledger: Ledger, case: Case) -> tuple[IssueReach, ...]:
    """Return what the recorded causes of other systems' live issues came through; a new occurrence has its cause to find."""
    live = {issue.issue_id: issue.system_id for issue in ledger.read_issues() if issue.is_live and issue.system_id != case.issue.system_id}
    found: dict[str, IssueReach] = {}
    for event in ledger.read_events(kinds=(EventKind.ROOT_CAUSE_RECORDED, EventKind.ISSUE_REOPENED)) if live else ():
        envelope = json.loads(event.body)
        issue_id, data = envelope["issue"], envelope["data"]
        if envelope["kind"] == EventKind.ROOT_CAUSE_RECORDED and issue_id in live:
            found[issue_id] = IssueReach(issue_id, live[issue_id], read_step_document(RootCause, data["document"]).reach)
        elif data.get("to") == IssueState.TRIAGE:
            found.pop(issue_id, None)
    return tuple(found[issue_id] for issue_id in sorted(found))
