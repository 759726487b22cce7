"""What a switch is judged by: what the ledger tells, the decision in the archive, and what MLflow says now.

Put tasks here that read for a promotion or a rollback before it is judged. Files of versions are ``release_files.py``, carrying a
switch out is ``release_switch.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from registry.domain.events import EventKind
from registry.domain.gate_run import GATE_KINDS
from registry.domain.preservation import PRESERVATION_KINDS, preserved
from registry.domain.release_history import RELEASE_KINDS, find_releases, releases_of, switches_of
from registry.domain.release_switch import Aim, RegistryNow, SealedDecision, SwitchKnown, SwitchPlan
from registry.domain.release_told import judged_by
from registry.domain.times import local_date
from registry.domain.versions import VersionClaim, claim_of, serving_at
from registry.sources.plan import Redact
from registry.versions.pinned import pin_registered
from registry.versions.promotion import find_pinned, read_alias_versions
from tasks.engine import task
from tasks.gate_versions import recorded_version
from tasks.ledger import Clock, ledger_of
from tasks.release_reading import read_budget
from tasks.releases import sealed_decision, without_disowned
from tasks.workspace import workspace_of


@task
def read_switch_known(plan: SwitchPlan, clock: Clock) -> SwitchKnown:
    """Return every release and switch, what was said about versions, the preservation holds in force now, and the gate's decisions.

    Of the release that a promotion is about also the decision that people signed, as it lies in the archive now.

    Raises:
        LedgerUnavailableError, EvidenceUnavailableError: database or archive are out of reach (retried).
    """
    told = ledger_of(plan, clock).read_events(0, (*RELEASE_KINDS, *PRESERVATION_KINDS, *GATE_KINDS, EventKind.VERSION_OBSERVED))
    events = [(event.seq, json.loads(event.body)) for event in told]
    releases = without_disowned(workspace_of(plan), releases_of(events), plan.as_of)
    meant = find_releases(plan.document.release, releases)
    systems = {one.system_id for one in meant}
    decided = tuple(judged_by(*one) for one in events if one[1]["kind"] in GATE_KINDS and one[1]["system"] in systems)
    claims = tuple(claim_of(*one) for one in events if one[1]["kind"] == EventKind.VERSION_OBSERVED)
    held = [one for _, one in events if one["kind"] in PRESERVATION_KINDS]
    sealed = sealed_decision(workspace_of(plan), meant[0]) if len(meant) == 1 else SealedDecision()
    return SwitchKnown(releases, switches_of(events), claims, preserved(held), decided, sealed)


@task
def read_registry(plan: SwitchPlan, aim: Aim | None, known: SwitchKnown, redact: Redact) -> RegistryNow:
    """Return what MLflow says now of the version to switch to and of the aliases; where none keeps it, what the record says.

    For a promotion also the system's error budget as it is today.

    Raises:
        VersionsUnavailableError, SourceUnavailableError: registry or budget do not answer (retried).
        ConfigurationError: no address, or the registry refused.
    """
    if aim is None:
        return RegistryNow(is_kept=False)
    now = _beside_mlflow(plan, aim) if aim.spec.alias else _recorded(plan, aim, known.claims)
    if plan.is_rollback:
        return now
    entry, today = aim.system.entry, local_date(plan.as_of, aim.system.entry.timezone)
    return replace(now, budget=read_budget(workspace_of(plan), entry, aim.system.release, plan.policy.error_budget, today, redact))


def _beside_mlflow(plan: SwitchPlan, aim: Aim) -> RegistryNow:
    uri, canary = workspace_of(plan).mlflow_uri() or "", aim.system.release.canary_alias
    named = read_alias_versions(uri, aim.spec, (aim.spec.alias, canary))
    serving = pin_registered(uri, aim.spec, named[aim.spec.alias]) if named[aim.spec.alias] else None
    target, problem = find_pinned(uri, aim.spec, aim.to_version)
    return RegistryNow(True, serving, named[canary], target, problem)


def _recorded(plan: SwitchPlan, aim: Aim, claims: Iterable[VersionClaim]) -> RegistryNow:
    """Return what the record says: the version with the largest share serves, any other is a canary beside it."""
    ours = [one for one in claims if (one.system_id, one.artifact) == (aim.system_id, aim.artifact)]
    found = sorted(serving_at(ours, plan.as_of), key=lambda one: -one.share_percent)
    names = [one.claim.version for one in found] or [aim.spec.recorded]
    pinned = {name: recorded_version(aim.system_id, aim.artifact, name) for name in (*names[:1], aim.to_version) if name}
    return RegistryNow(False, pinned.get(names[0]), "".join(names[1:2]), pinned[aim.to_version])
