"""Reading what a release is judged by: cards, records, the error budget, what holds for the system, and the way back, tried.

Put tasks here that open the documents of a release or try its way back. What they say is judged by ``checks/release_*.py``; the ledger's
side of a proposal is ``release_proposals.py``.

The rules:
 * A document that is not there, or cannot be read, says so: it is a finding of the gate that asks for it. An outage is tried again and then
   raised, and nothing is recorded.
 * The way back is tried on the version that serves now, apart from everything, with the smoke cases that the catalogue names.
"""

from __future__ import annotations

import json
from datetime import date, timedelta

from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.domain.gate import PinnedVersion
from registry.domain.policy_release import ErrorBudgetPolicy
from registry.domain.release import ReleaseSpec
from registry.domain.release_acts import ProposalKnown, ReleasePlan, ReleaseRead, SystemNow
from registry.domain.release_history import first_shown
from registry.domain.release_read import BudgetRead, Rehearsal
from registry.domain.release_told import TOLD_KINDS, system_now
from registry.domain.times import Window
from registry.errors import ConfigurationError, ScoringError, SourceError
from registry.evidence.role_signatures import read_lists
from registry.settings import Workspace
from registry.sources.plan import Redact
from registry.sources.release_documents import read_release_documents
from registry.sources.release_tables import read_error_budget, read_smoke_cases
from registry.versions.rehearsal import rehearse
from tasks.engine import task
from tasks.ledger import Clock, ledger_of
from tasks.profiles import prediction_place
from tasks.scoring import scoring_place
from tasks.workspace import workspace_of


@task
def read_release(plan: ReleasePlan, known: ProposalKnown, redact: Redact) -> ReleaseRead:
    """Return cards, records and error budget as they are now; what cannot be read says why.

    A record counts as shown when a release was first proposed with it, and as shown now where none was.

    Raises:
        EvidenceError: ``allowed_signers`` or ``revoked_keys`` is there and cannot be read.
        SourceUnavailableError, EvidenceUnavailableError: storage or ``ssh-keygen`` does not answer (retried).
    """
    workspace, zone = workspace_of(plan), plan.system.timezone
    place = prediction_place(workspace, redact)
    signers = read_lists(workspace.allowed_signers_path, workspace.revoked_keys_path)
    found = read_release_documents(plan.spec, place, signers, zone, plan.as_of, first_shown(known.releases))
    budget = read_budget(workspace, plan.system, plan.spec, plan.policy.error_budget, plan.business_date, redact)
    return ReleaseRead(found.cards, found.records, budget, found.papers)


@task
def rehearse_way_back(plan: ReleasePlan, champion: PinnedVersion, redact: Redact, clock: Clock) -> Rehearsal | None:
    """Return how the version to go back to was loaded apart and answered the smoke cases; None where the catalogue names none.

    Raises:
        SourceUnavailableError, VersionsUnavailableError: the cases or the registry are out of reach (retried).
        EvidenceUnavailableError: ``ssh-keygen``, which the list of models is held against, does not answer (retried).
    """
    if plan.spec.smoke is None:
        return None
    workspace, at = workspace_of(plan), clock()
    try:
        cases = read_smoke_cases(plan.spec.smoke, prediction_place(workspace, redact))
        place = scoring_place(workspace, at)
    except (SourceError, ScoringError, ConfigurationError) as error:
        return Rehearsal(champion.version, "", 0, 0, 0.0, at, str(error))
    artifact = plan.spec.artifact
    spec = next((one for one in plan.system.versions if one.artifact == artifact), VersionSpec(artifact))
    return rehearse(spec, champion, cases, place, at)


@task
def read_system_now(plan: ReleasePlan, events: int, clock: Clock) -> SystemNow:
    """Return what the ledger's events up to ``events`` say of the plan's system: holds in force, and the versions that serve.

    Raises:
        LedgerUnavailableError: the database is out of reach (retried).
    """
    told = ((event.seq, json.loads(event.body)) for event in ledger_of(plan, clock).read_events(0, TOLD_KINDS))
    return system_now(plan.system, plan.spec.artifact, plan.as_of, (one for one in told if one[0] <= events))


def read_budget(
    workspace: Workspace, system: SystemEntry, spec: ReleaseSpec, policy: ErrorBudgetPolicy, today: date, redact: Redact
) -> BudgetRead | None:
    """Return the minutes that ``system`` lost on each day of the policy's window before ``today``; None where it keeps no budget.

    Raises:
        SourceUnavailableError: its database or storage does not answer.
    """
    if spec.error_budget is None:
        return None
    window = Window(today - timedelta(days=policy.window_days), today, system.timezone)
    return read_error_budget(spec.error_budget, window, prediction_place(workspace, redact))
