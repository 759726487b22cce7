"""Freezing a reference by a person's word: counting it anew, and sealing it with its event.

Put tasks of that act here. The first reference of a system is frozen by the run of the triggers (``profiles.py``).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from registry.domain.canonical import record_json
from registry.domain.events import EventKind
from registry.domain.profile import ReferenceProfile
from registry.domain.times import local_date
from registry.domain.trigger_acts import ActDecision, ActPlan, ActResult, ReferenceBefore
from registry.domain.trigger_run import frozen_of
from registry.domain.trigger_standing import STANDING_KINDS, failed_windows, standing_of_each
from registry.evidence.draft import Draft, draft_package
from registry.policies.triggers import load_trigger_policies
from registry.sealing import seals_itself
from registry.settings import load_workspace
from registry.sources.plan import Redact
from registry.sources.profile_reference import freeze_reference
from tasks.engine import task
from tasks.evidence import drafts_dir, promise_of, seal_promised
from tasks.ledger import Clock, open_workspace_ledger
from tasks.profiles import prediction_place
from tasks.references import SealedReferences
from tasks.trigger_rendering import name_reference


@task
def read_reference_before(plan: ActPlan, clock: Clock) -> ReferenceBefore | None:
    """Return the reference of the plan's system until now; None where none was frozen.

    Raises:
        LedgerUnavailableError, EvidenceUnavailableError: the database or the archive is out of reach (retried).
    """
    workspace = load_workspace(Path(plan.workspace))
    events = open_workspace_ledger(workspace, clock).read_events(0, STANDING_KINDS)
    told = ((event.seq, json.loads(event.body)) for event in events)
    ours = [(seq, envelope) for seq, envelope in told if envelope["system"] == plan.system_id]
    references = [one for one in ours if one[1]["kind"] == EventKind.REFERENCE_FROZEN]
    if not references:
        return None
    seq, envelope = references[-1]
    frozen = frozen_of(seq, envelope)
    read = SealedReferences(workspace).read(frozen)
    standing = tuple(name for one in standing_of_each(ours) for name, _ in one.conditions)
    first, act = next(one for one in references if one[1]["data"]["counts_digest"] == envelope["data"]["counts_digest"])
    return ReferenceBefore(frozen, read.reference, act["actor"], act["data"]["reason"], first, standing, failed_windows(ours))


@task
def find_arrived(plan: ActPlan) -> date | None:
    """Return the day before which every row of the plan's system has arrived; None where it is not watched."""
    watched = plan.watching(plan.system_id)
    if watched is None:
        return None
    policies = load_trigger_policies(load_workspace(Path(plan.workspace)).policies_dir)
    days = watched.monitoring.lateness_days(policies.requests.allowed_lateness_days)
    return local_date(plan.as_of, watched.entry.timezone) - timedelta(days=days)


@task
def count_reference(plan: ActPlan, redact: Redact) -> ReferenceProfile | None:
    """Return the reference of the days that the catalogue names, as they are now; None where the system is not watched.

    Raises:
        SourceError: a column that is not there, no rows or too few.
        SourceUnavailableError: the source does not answer (retried).
    """
    watched = plan.watching(plan.system_id)
    if watched is None:
        return None
    workspace = load_workspace(Path(plan.workspace))
    policy = load_trigger_policies(workspace.policies_dir).profile
    return freeze_reference(watched, policy, plan.as_of, prediction_place(workspace, redact))


@task
def draft_reference(plan: ActPlan, reference: ReferenceProfile) -> Draft:
    """Write the reference's package into the spool. Safe to retry: the same reference gives the same draft.

    Raises:
        EvidenceError: a secret in the counted values.
        EvidenceUnavailableError: the spool is full or out of reach (retried).
    """
    workspace = load_workspace(Path(plan.workspace))
    files = {name_reference(reference): record_json(reference)}
    return draft_package(drafts_dir(workspace), files, secrets=workspace.secrets_in_use())


@task
def append_freeze(decision: ActDecision, reference: ReferenceProfile, draft: Draft, clock: Clock) -> ActResult:
    """Append the event that cites the reference's package, and promise the package. Safe to retry: the same reference is one event.

    Raises:
        LedgerError: a secret in the reason; nothing was written.
        LedgerUnavailableError: the database is out of reach (retried).
    """
    if decision.event is None:
        return ActResult(decision, decision.repeated, reference_digest=reference.digest)
    ledger = open_workspace_ledger(load_workspace(Path(decision.plan.workspace)), clock)
    (stored,) = ledger.append([decision.event], [promise_of(draft)])
    return ActResult(decision, stored.seq, reference_digest=reference.digest)


@task
def publish_reference(result: ActResult, clock: Clock) -> ActResult:
    """Seal every package that the ledger promised, oldest first, where this account seals; what is lost is told.

    Raises:
        EvidenceError: a draft changed, or the archive is not as it was left.
        EvidenceUnavailableError: the archive is full or out of reach (retried).
    """
    workspace = load_workspace(Path(result.decision.plan.workspace))
    if not seals_itself(workspace):
        return result
    return replace(result, pending=seal_promised(workspace, open_workspace_ledger(workspace, clock), clock)[1])
