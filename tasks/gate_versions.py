"""Which two versions are compared: each pinned once, before anything is read.

Put here where a version's name is looked up. In MLflow it is a number with the digest of what it is (``registry/versions/pinned.py``); an
artifact that is recorded by people has the text that the outcomes are written under. What names nothing stops the run.
"""

from __future__ import annotations

import json
from datetime import datetime

from registry.domain.canonical import digest_of
from registry.domain.catalogue import VersionSpec
from registry.domain.evaluation import EvaluatedSystem
from registry.domain.events import EventKind
from registry.domain.gate import PinnedVersion
from registry.domain.versions import WHOLE, Stretch, claim_of, serving_at
from registry.errors import ConfigurationError
from registry.settings import Workspace
from registry.versions.pinned import nearest_names, pin_registered
from tasks.gate_reading import list_evaluated
from tasks.ledger import Clock, open_workspace_ledger


def pin_candidate(workspace: Workspace, evaluated: EvaluatedSystem, reference: str) -> PinnedVersion:
    """Return the version that is to be judged.

    Raises:
        ConfigurationError: the reference names no version.
        VersionsUnavailableError, SourceUnavailableError: where it is looked up does not answer.
    """
    if not reference.strip():
        raise ConfigurationError(["candidate: expected a version, found an empty text; name the one that is to replace what is in force"])
    return _pinned(workspace, evaluated, reference.strip())


def pin_champion(workspace: Workspace, evaluated: EvaluatedSystem, reference: str, as_of: datetime, clock: Clock) -> PinnedVersion:
    """Return the version that the candidate is compared with: the one named, else what was in force at ``as_of``.

    Raises:
        ConfigurationError: the reference names no version, none is known to be in force, or several share the traffic.
        VersionsUnavailableError, SourceUnavailableError, LedgerUnavailableError: where it is looked up does not answer.
    """
    return _pinned(workspace, evaluated, reference.strip() or _in_force(workspace, evaluated, as_of, clock))


def _pinned(workspace: Workspace, evaluated: EvaluatedSystem, reference: str) -> PinnedVersion:
    entry, artifact = evaluated.entry, evaluated.evaluation.artifact
    spec = next((one for one in entry.versions if one.artifact == artifact), VersionSpec(artifact))
    if spec.mlflow_model or spec.mlflow_prompt:
        return pin_registered(workspace.mlflow_uri() or "", spec, reference)
    known = list_evaluated(workspace, evaluated.evaluation)
    if reference not in known:
        source = evaluated.evaluation.outcomes.name
        raise ConfigurationError([nearest_names(reference, f"a version with outcomes in {source}", known)])
    return PinnedVersion(reference, reference, digest_of([entry.system_id, artifact, reference]))


def _in_force(workspace: Workspace, evaluated: EvaluatedSystem, as_of: datetime, clock: Clock) -> str:
    """Return the version that the ledger's history names, or where it has none, the one that the catalogue records."""
    entry, artifact = evaluated.entry, evaluated.evaluation.artifact
    events = open_workspace_ledger(workspace, clock).read_events(0, (EventKind.VERSION_OBSERVED,))
    claims = [claim_of(event.seq, json.loads(event.body)) for event in events]
    ours = [one for one in claims if (one.system_id, one.artifact) == (entry.system_id, artifact)]
    serving = serving_at(ours, as_of)
    if len(serving) == 1 and serving[0].share_percent == WHOLE:
        return serving[0].claim.version
    recorded = next((one.recorded for one in entry.versions if one.artifact == artifact), "")
    if recorded and not ours:
        return recorded
    raise ConfigurationError([_undecided(entry.system_id, artifact, as_of, serving)])


def _undecided(system_id: str, artifact: str, as_of: datetime, serving: tuple[Stretch, ...]) -> str:
    found = ", ".join(f"{one.claim.version} with {one.share_percent} %" for one in serving) or "none"
    remedy = "name the champion, or record what serves with `proofloop versions refresh` or `versions record`"
    return f"{system_id}: expected one {artifact} in force at {as_of:%Y-%m-%d %H:%M} UTC, found {found}; {remedy}"
