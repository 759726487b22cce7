"""Reading what a person's step is judged by, and recording it: draft first, then the event that cites it.

Put tasks here that serve a step of any kind; what one kind looks up elsewhere belongs to the tasks of what is touched.

A link to an issue of the same cause is told on that issue, too, and on those that it leads to: a proposal to close them did not know it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from registry.catalogue.loader import load_catalogue
from registry.domain.canonical import plain, record_json
from registry.domain.cases import advanced
from registry.domain.catalogue import OwnerRole
from registry.domain.closing import led_to
from registry.domain.events import Event, EventKind, StoredEvent
from registry.domain.issue import Issue
from registry.domain.times import instant_problem, local_date
from registry.domain.work import STEPS, Case, StepDecision, StepKind, Submission
from registry.domain.work_run import StepKnowledge, StepPlan, StepReceipt
from registry.errors import ConfigurationError
from registry.evidence.draft import draft_package
from registry.evidence.role_signers import role_holders, shared_keys
from registry.policies.closure import load_closure_policy
from registry.policies.loader import load_work_policies
from tasks.engine import task
from tasks.evidence import drafts_dir, promise_of
from tasks.ledger import Clock, open_workspace_ledger
from tasks.retention import alone
from tasks.workspace import found_workspace, workspace_of

if TYPE_CHECKING:
    from registry.ledger.store import Ledger

STEP = "step.json"
NO_FILES: Mapping[str, bytes] = MappingProxyType({})


@task
def load_step_plan(workspace: str, submission: Submission, as_of: datetime, observed_at: datetime) -> StepPlan:
    """Return what a step is judged by: the catalogue, the policies and who holds which role.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, or a step that is to count from an instant that has not come.
    """
    if problem := instant_problem(as_of):
        raise ConfigurationError([f"as_of: {problem}"])
    if as_of > observed_at:
        raise ConfigurationError([f"as_of {as_of.isoformat()}: expected an instant that has come, found one to come; leave it out"])
    found = found_workspace(workspace)
    closure = load_closure_policy(found.policies_dir)
    return StepPlan(
        workspace=str(found.root),
        as_of=as_of,
        business_date=local_date(as_of, found.settings.timezone),
        zone=found.settings.timezone,
        submission=submission,
        systems=load_catalogue(found),
        policies=load_work_policies(found.policies_dir),
        deputies=role_holders(found.allowed_signers_path, [role.value for role in OwnerRole], as_of, found.revoked_keys_path),
        shared_keys=shared_keys(found.allowed_signers_path),
        harmful_impacts=closure.harmful_impacts,
        harmful_severities=closure.harmful_severities,
    )


@task
def read_openings(plan: StepPlan, clock: Clock) -> dict[str, datetime]:
    """Return since when each issue of the ledger is open, by its id.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    return {issue.issue_id: issue.opened_at for issue in open_workspace_ledger(workspace_of(plan), clock).read_issues()}


@task
def read_case(plan: StepPlan, clock: Clock) -> Case:
    """Return the plan's issue with everything that people did on it.

    Raises:
        ConfigurationError: the ledger has no such issue, or it was not open yet at the plan's instant.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    ledger, issue_id = open_workspace_ledger(workspace_of(plan), clock), plan.submission.issue_id
    issues = {issue.issue_id: issue for issue in ledger.read_issues()}
    if issue_id not in issues:
        found = f"expected one of the ledger's {len(issues)} issues, found none of this id"
        raise ConfigurationError([f"issue {issue_id!r}: {found}; see `proofloop issue list`"])
    if plan.as_of < issues[issue_id].opened_at:
        opened = f"{issues[issue_id].opened_at:%Y-%m-%d %H:%M} UTC"
        raise ConfigurationError(
            [f"as_of {plan.as_of.isoformat()}: expected an instant after {issue_id} opened, {opened}; take a later one"]
        )
    return case_of(issues[issue_id], ledger.read_issue_events(issue_id))


@task
def record_step(
    plan: StepPlan, case: Case, decision: StepDecision, known: StepKnowledge, clock: Clock, files: Mapping[str, bytes] = NO_FILES
) -> StepReceipt:
    """Draft the step's record, append the event that cites it and promise its package, and say where the issue stands.

    ``files`` are sealed beside the record. A hold waits for a removal under way, which looked for holds before its first file.

    Safe to retry: the same step of one day is one event.

    Raises:
        EvidenceError: a secret in the document.
        IllegalMoveError: the issue moved since it was read; read it and decide again.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    workspace, ledger = workspace_of(plan), open_workspace_ledger(workspace_of(plan), clock)
    record = step_record(case.issue, plan.submission, known, plan.as_of)
    draft = draft_package(drafts_dir(workspace), {**files, STEP: record}, secrets=workspace.secrets_in_use())
    event = step_event(plan, case, decision, draft.bundle_digest)
    with alone(plan) if plan.submission.kind is StepKind.HOLD else nullcontext():
        *_, stored = ledger.append([*_shared(plan, decision, known, ledger), event], [promise_of(draft)])  # promised with the last
    (issue,) = (issue for issue in ledger.read_issues([case.issue.system_id]) if issue.issue_id == case.issue.issue_id)
    return StepReceipt(stored.seq, draft.bundle_digest, decision.document_digest, issue.state.value)


def step_record(issue: Issue, submission: object, known: object, as_of: datetime) -> bytes:
    """Return the record of a step: who handed in what, and what was looked up for it. Approvals find the document in it."""
    told = {"kind": "issue_step", "schema_version": 1, "issue": issue, "submission": submission, "known": known, "as_of": as_of}
    return record_json(told)


def case_of(issue: Issue, events: Iterable[StoredEvent]) -> Case:
    """Return the case that an issue and its stored events add up to."""
    case = Case(issue)
    for event in events:
        case = advanced(case, event.seq, json.loads(event.body))
    return case


def step_event(plan: StepPlan, case: Case, decision: StepDecision, bundle_digest: str) -> Event:
    """Return the event of an accepted step.

    A document that is handed in anew, after another took its place, is another event; a retry of the same step is the same.
    """
    again = case.times_taken(decision.document_digest)
    return Event(
        kind=STEPS[plan.submission.kind].event,
        system_id=case.issue.system_id,
        subject=f"{case.issue.issue_id}:{decision.document_digest}" + (f":{again}" if again else ""),
        as_of=plan.as_of,
        business_date=plan.business_date,
        body=plain({**decision.body, "bundle_digest": bundle_digest}),
        issue_id=case.issue.issue_id,
        actor=plan.submission.by,
    )


def _shared(plan: StepPlan, decision: StepDecision, known: StepKnowledge, ledger: Ledger) -> Iterator[Event]:
    """Yield, for a link to an issue of the same cause, that issue's own event and those of the issues that it leads to."""
    if plan.submission.kind is not StepKind.SAME_CAUSE:
        return
    own, other = plan.submission.issue_id, plan.submission.document.issue
    systems = {issue.issue_id: issue.system_id for issue in ledger.read_issues()}
    for target in led_to(own, (*known.same_cause, (own, other))):
        body = {
            "same_cause_issue": own,
            "reason": f"the signals of {own} count as occurrences of this issue: {plan.submission.by} linked it to {other}",
            "document_digest": decision.document_digest,
        }
        subject = f"{target}:{decision.document_digest}"
        yield Event(EventKind.CAUSE_SHARED, systems[target], subject, plan.as_of, plan.business_date, body, target)
