"""Which two versions are compared: each pinned once, before anything is read.

Put here where a version's name is looked up. In MLflow it is a number with the digest of what it is (``registry/versions/pinned.py``); an
artifact that is recorded by people has the text that the outcomes are written under. What names nothing stops the run. What is in force is
looked up whether or not a champion is named: whether the one named is it, is for ``checks/gate_record.py``.

The rules, for what was in force at an instant:
 * What the ledger's history says of that instant. Before that history begins, or without one: what the catalogue records.
 * Where neither says it the history's beginning is told, so that a champion is not taken for it because somebody named one.
 * An alias of the model registry is asked where it stands now: since the last refresh it may have moved.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from functools import partial

from registry.domain.canonical import digest_of
from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.domain.evaluation import EvaluatedSystem
from registry.domain.events import EventKind
from registry.domain.gate import MovedAlias, PinnedVersion, ServingVersion
from registry.domain.gate_run import InForce
from registry.domain.versions import WHOLE, VersionClaim, claim_of, serving_at
from registry.errors import ConfigurationError
from registry.settings import Workspace
from registry.versions.aliases import read_aliases
from registry.versions.changes import find_moved
from registry.versions.pinned import nearest_names, pin_registered
from tasks.gate_reading import list_evaluated
from tasks.ledger import Clock, open_workspace_ledger

_CANDIDATE = "--candidate"


def pin_versions(
    workspace: Workspace, evaluated: EvaluatedSystem, asked: tuple[str, str], as_of: datetime, clock: Clock
) -> tuple[PinnedVersion, PinnedVersion, InForce]:
    """Return candidate, champion and what was in force at ``as_of``; that one is the champion where none is named.

    Raises:
        ConfigurationError: a name that names no version, no champion is known to be in force, or several share the traffic.
        SourceError: the table of outcomes, which says what versions there are, cannot be read.
        VersionsUnavailableError, SourceUnavailableError, LedgerUnavailableError: where a version is looked up does not answer.
    """
    candidate, champion = (reference.strip() for reference in asked)
    if not candidate:
        raise ConfigurationError([f"{_CANDIDATE}: expected a version, found an empty text; name the one to replace what is in force"])
    in_force = versions_in_force(workspace, evaluated.entry, evaluated.evaluation.artifact, as_of, clock)
    source = "--champion" if champion else "in force, and so the champion:"
    champion = champion or _alone(in_force.serving, evaluated, as_of)
    return *_pin_both(workspace, evaluated, (candidate, champion), source), in_force


def _pin_both(
    workspace: Workspace, evaluated: EvaluatedSystem, versions: tuple[str, str], source: str
) -> tuple[PinnedVersion, PinnedVersion]:
    """Return candidate and champion; ``source`` says where the champion's name comes from."""
    candidate, champion = versions
    entry, evaluation = evaluated.entry, evaluated.evaluation
    spec = next((one for one in entry.versions if one.artifact == evaluation.artifact), VersionSpec(evaluation.artifact))
    if spec.mlflow_model or spec.mlflow_prompt:
        uri = workspace.mlflow_uri() or ""
        return pin_registered(uri, spec, candidate, _CANDIDATE), pin_registered(uri, spec, champion, source)
    known = list_evaluated(workspace, evaluation, (candidate, champion))
    what = f"a version with outcomes in {evaluation.outcomes.path or evaluation.outcomes.query_file}"
    asked = {champion: source, candidate: _CANDIDATE}
    if problems := [f"{option} {nearest_names(name, what, known)}{_alias(name)}" for name, option in asked.items() if name not in known]:
        raise ConfigurationError(problems)
    recorded = partial(recorded_version, entry.system_id, evaluation.artifact)
    return recorded(candidate), recorded(champion)


def _alias(name: str) -> str:
    return "; an alias is for what MLflow keeps: here the outcomes say what a version is called" if name.startswith("@") else ""


def recorded_version(system_id: str, artifact: str, version: str) -> PinnedVersion:
    """Return the pinned version of an artifact that people record: its text is all that is known of it."""
    return PinnedVersion(version, version, digest_of([system_id, artifact, version]))


def versions_in_force(workspace: Workspace, entry: SystemEntry, artifact: str, as_of: datetime, clock: Clock) -> InForce:
    """Return the versions that the ledger's history names, or where it has none, the one that the catalogue records.

    Raises:
        LedgerUnavailableError: the database is out of reach or locked.
    """
    events = open_workspace_ledger(workspace, clock).read_events(0, (EventKind.VERSION_OBSERVED,))
    claims = [claim_of(event.seq, json.loads(event.body)) for event in events]
    ours = [one for one in claims if (one.system_id, one.artifact) == (entry.system_id, artifact)]
    serving = tuple(ServingVersion(one.claim.version, one.share_percent) for one in serving_at(ours, as_of))
    recorded = next((one.recorded for one in entry.versions if one.artifact == artifact), "")
    if not serving and recorded:
        serving = (ServingVersion(recorded, WHOLE),)
    begins = min((one.from_at for one in ours), default=None)
    return InForce(serving, None if serving else begins, _moved(workspace, entry, artifact, ours, as_of))


def _moved(workspace: Workspace, entry: SystemEntry, artifact: str, claims: list[VersionClaim], as_of: datetime) -> MovedAlias | None:
    followed = tuple(one for one in entry.versions if one.artifact == artifact)
    readings = read_aliases(workspace.mlflow_uri() or "", [replace(entry, versions=followed)])
    return next((moved for reading in readings if (moved := find_moved(reading, claims, as_of))), None)


def _alone(in_force: tuple[ServingVersion, ...], evaluated: EvaluatedSystem, as_of: datetime) -> str:
    if len(in_force) == 1 and in_force[0].share_percent == WHOLE:
        return in_force[0].version
    found = ", ".join(f"{one.version} with {one.share_percent} %" for one in in_force) or "none"
    remedy = "name the champion, or record what serves with `proofloop versions refresh` or `versions record`"
    expected = f"expected one {evaluated.evaluation.artifact} in force at {as_of:%Y-%m-%d %H:%M} UTC"
    raise ConfigurationError([f"{evaluated.entry.system_id}: {expected}, found {found}; {remedy}"])
