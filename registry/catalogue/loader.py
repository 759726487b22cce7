"""Load the catalogue: every system file of a workspace, every problem of every file at once.

Put checks here that need more than one file; the shape of a file is ``schema.py``. A required owner who is missing is not an error: the
system is loaded and says so wherever it appears, because a system nobody answers for must be seen, not hidden.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registry.catalogue.columns import Source
from registry.catalogue.evaluated import evaluated_system, evaluation_problems
from registry.catalogue.evaluating import Evaluation
from registry.catalogue.exposed import exposure_problems, exposure_sources, watches_of
from registry.catalogue.guarded import bundle_of, guard_sources
from registry.catalogue.monitored import monitored_system, watch_problems
from registry.catalogue.released import release_problems, released_system
from registry.catalogue.schema import Feed, System, Version
from registry.catalogue.sources import source_problems, source_spec
from registry.documents import Document, Location, read_document
from registry.domain.canonical import digest_bytes
from registry.domain.catalogue import FeedSpec, ImpactField, SystemEntry, TimeField, VersionSpec
from registry.domain.drift_alerts import FEED as DRIFT_ALERTS
from registry.domain.evaluation import EvaluatedSystem
from registry.domain.exposure import FeedWatch
from registry.domain.monitoring import MonitoredSystem
from registry.domain.release import ReleasedSystem
from registry.domain.version_changes import FEED as VERSION_CHANGES
from registry.errors import ConfigurationError, PolicyError
from registry.policies.loader import load_required_owners
from registry.schemas import validated
from registry.settings import Workspace


def load_catalogue(workspace: Workspace) -> tuple[SystemEntry, ...]:
    """Return every system of ``workspace``, sorted by id.

    Raises:
        ConfigurationError: every problem of every file, policy overrides included, each with file and line.
    """
    return tuple(entry for entry, _ in load_systems(workspace))


def load_monitored(workspace: Workspace) -> tuple[MonitoredSystem, ...]:
    """Return every system of ``workspace`` whose predictions are watched, sorted by id.

    Raises:
        ConfigurationError: every problem of every file, as ``load_catalogue`` tells them.
    """
    return tuple(watched for _, watched in load_systems(workspace) if watched is not None)


def load_evaluated(workspace: Workspace) -> tuple[EvaluatedSystem, ...]:
    """Return every system of ``workspace`` whose candidates are evaluated, sorted by id.

    Raises:
        ConfigurationError: every problem of every file, as ``load_catalogue`` tells them.
    """
    return tuple(_evaluated(entry, system.evaluation) for entry, system in _load(workspace) if system.evaluation is not None)


def load_released(workspace: Workspace) -> tuple[ReleasedSystem, ...]:
    """Return every system of ``workspace`` whose candidates are released with proofloop, sorted by id.

    Raises:
        ConfigurationError: every problem of every file, as ``load_catalogue`` tells them.
    """
    return tuple(
        released_system(entry, system.evaluation, system.release)
        for entry, system in _load(workspace)
        if system.evaluation is not None and system.release is not None
    )


def load_watches(workspace: Workspace) -> tuple[FeedWatch, ...]:
    """Return how every feed of ``workspace`` is watched after a fix, by system and then in the order of its file.

    Raises:
        ConfigurationError: every problem of every file, as ``load_catalogue`` tells them.
    """
    return tuple(watch for _, system in _load(workspace) for watch in watches_of(system))


def load_systems(workspace: Workspace) -> tuple[tuple[SystemEntry, MonitoredSystem | None], ...]:
    """Return every system of ``workspace`` sorted by id, each with how it is watched where it is, for who needs both of one reading.

    Raises:
        ConfigurationError: every problem of every file, as ``load_catalogue`` tells them.
    """
    return tuple((entry, _monitored(entry, system)) for entry, system in _load(workspace))


def _load(workspace: Workspace) -> list[tuple[SystemEntry, System]]:
    problems: list[str] = []
    required: dict[str, tuple[str, ...]] = {}
    try:
        required = load_required_owners(workspace.policies_dir)
    except PolicyError as error:
        problems.extend(error.problems)
    loaded = [found for path in _system_files(workspace, problems) for found in _load_system(workspace, path, required, problems)]
    if problems:
        raise ConfigurationError(problems)
    return sorted(loaded, key=lambda found: found[0].system_id)


def _system_files(workspace: Workspace, problems: list[str]) -> list[Path]:
    if not workspace.systems_dir.is_dir():
        problems.append("systems:1: document: expected a folder with one YAML file per AI system, found none; create systems/<id>.yaml")
        return []
    files = []
    for path in sorted(workspace.systems_dir.iterdir()):
        if path.suffix == ".yaml":
            files.append(path)
        elif path.suffix in {".yml", ".json"}:
            problems.append(f"systems/{path.name}:1: document: expected a name ending in .yaml, found {path.name!r}; rename it")
    if not files and not problems:
        problems.append("systems:1: document: expected at least one AI system, found none; create systems/<id>.yaml")
    return files


def _load_system(
    workspace: Workspace, path: Path, required: dict[str, tuple[str, ...]], problems: list[str]
) -> list[tuple[SystemEntry, System]]:
    try:
        document = read_document(path, f"systems/{path.name}")
        system = validated(System, document)
    except ConfigurationError as error:
        problems.extend(error.problems)
        return []
    found = [document.problem(location, message) for location, message in _workspace_problems(workspace, path, system)]
    problems.extend(found)
    return [] if found else [(_entry(workspace, document, system, required.get(system.risk_tier, ())), system)]


def _workspace_problems(workspace: Workspace, path: Path, system: System) -> list[tuple[Location, str]]:
    found: list[tuple[Location, str]] = []
    if system.id != path.stem:
        found.append((("id",), f"expected the file's name, {path.stem!r}, found {system.id!r}; rename one of them"))
    names = [feed.name for feed in system.signals]
    built_in = {VERSION_CHANGES, DRIFT_ALERTS} if system.predictions else {VERSION_CHANGES}
    for index, feed in enumerate(system.signals):
        at: Location = ("signals", index)
        if feed.name in built_in:
            found.append(((*at, "name"), f"expected a name that no built-in feed has, found {feed.name!r}; choose another"))
        if feed.name in names[:index]:
            found.append(((*at, "name"), f"expected each feed name once, found {feed.name!r} again; rename one"))
        found.extend(((*at, "source", key), message) for key, message in source_problems(workspace, feed.source))
    found.extend(watch_problems(system))
    found.extend(exposure_problems(system))
    found.extend(evaluation_problems(system))
    found.extend(release_problems(workspace, system))
    for at, source in _other_sources(system):
        found.extend(((*at, key), message) for key, message in source_problems(workspace, source))
    if workspace.settings.mlflow_uri is None:
        for artifact, version in system.versions.items():
            if not version.recorded:
                found.append((("versions", artifact), "expected mlflow_uri in proofloop.yaml, found none; set it or use recorded"))
    return found


def _other_sources(system: System) -> Iterator[tuple[Location, Source]]:
    """Yield the sources that are no feeds, each with where it is written."""
    yield from exposure_sources(system)
    if system.predictions is not None:
        yield ("predictions", "source"), system.predictions.source
    if system.evaluation is not None:
        yield ("evaluation", "set", "source"), system.evaluation.locked_set.source
        if system.evaluation.outcomes is not None:
            yield ("evaluation", "outcomes", "source"), system.evaluation.outcomes.source
        yield from guard_sources(system.evaluation)
    if system.release is not None and system.release.smoke is not None:
        yield ("release", "smoke", "source"), system.release.smoke.source
    if system.release is not None and system.release.error_budget is not None:
        yield ("release", "error_budget", "source"), system.release.error_budget.source


def _entry(workspace: Workspace, document: Document, system: System, required: tuple[str, ...]) -> SystemEntry:
    zone = system.timezone or workspace.settings.timezone
    owners = {role.value: person for role, person in system.owners.items()}
    written = json.dumps([zone, document.value], sort_keys=True, separators=(",", ":"))
    return SystemEntry(
        system_id=system.id,
        name=system.name,
        kind=system.kind,
        risk_tier=system.risk_tier,
        timezone=zone,
        owners=owners,
        missing_owners=tuple(role for role in required if role not in owners),
        versions=tuple(_version(artifact, version, bundle_of(system, artifact)) for artifact, version in sorted(system.versions.items())),
        feeds=tuple(_feed(feed) for feed in system.signals),
        digest=digest_bytes(written.encode("ascii")),
        vendors=system.vendors,
    )


def _monitored(entry: SystemEntry, system: System) -> MonitoredSystem | None:
    return monitored_system(entry, system, source_spec(system.predictions.source)) if system.predictions is not None else None


def _evaluated(entry: SystemEntry, found: Evaluation) -> EvaluatedSystem:
    outcomes = source_spec(found.outcomes.source) if found.outcomes else None
    return evaluated_system(entry, found, source_spec(found.locked_set.source), outcomes)


def _version(artifact: str, version: Version, bundle: tuple[str, ...]) -> VersionSpec:
    alias = version.alias or ("" if version.recorded else "champion")
    recorded = version.recorded if isinstance(version.recorded, str) else ""
    return VersionSpec(artifact, version.mlflow_model, version.mlflow_prompt, alias, recorded, bundle)


def _feed(feed: Feed) -> FeedSpec:
    fields = feed.fields
    each, spike = feed.opens_issue.each, feed.opens_issue.spike
    return FeedSpec(
        name=feed.name,
        category=feed.category,
        source=source_spec(feed.source),
        signal_id=fields.signal_id,
        occurred_at=TimeField(**fields.occurred_at.model_dump()),
        received_at=TimeField(**fields.received_at.model_dump()),
        impact=ImpactField(feed.impact.constant, feed.impact.column, dict(feed.impact.map), feed.impact.default),
        where=feed.where,
        fingerprint=feed.fingerprint,
        known_values=dict(feed.known_values),
        opens_each=each is not None,
        each_min_severity=each.min_severity if each is not None else None,
        opens_spike=spike is not None,
        allowed_lateness_days=feed.allowed_lateness_days,
        max_stale_days=feed.max_stale_days,
        is_rate=feed.effect is not None and feed.effect.rate is not None,
        **_plain_fields(fields.model_dump()),
    )


def _plain_fields(fields: dict[str, Any]) -> dict[str, Any]:
    names = ("journey_step", "narrative", "synthetic", "reproducible", "ai_system", "segment", "versions", "source_evidence")
    return {name: fields[name] for name in names}
