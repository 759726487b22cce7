"""Reading the workspace: which systems, under which policies, for which business date.

Put tasks here that read files a team keeps in its repository.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from registry.catalogue.loader import load_systems
from registry.domain.catalogue import SystemEntry
from registry.domain.drift_alerts import with_drift_alerts
from registry.domain.times import local_date, start_of_day
from registry.domain.triage_run import TriagePlan
from registry.domain.version_changes import with_built_in_feeds
from registry.errors import ConfigurationError, ProofloopError, SourceError
from registry.policies.loader import load_tables, triage_policies
from registry.policies.suppressions import load_suppressions
from registry.settings import Workspace, find_workspace
from tasks.engine import task


@task
def load_triage_plan(workspace: str, systems: tuple[str, ...], as_of: datetime, observed_at: datetime) -> TriagePlan:
    """Return the plan of one run; ``workspace`` and ``systems`` may be empty for the one found from here and for all of its systems.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
        ConfigurationError: every problem of every file, or a system that the catalogue does not list.
    """
    found = found_workspace(workspace)
    zone = found.settings.timezone
    business_date = local_date(as_of, zone)
    if business_date > local_date(observed_at, zone):
        raise ConfigurationError(
            [f"as_of {as_of:%Y-%m-%d %H:%M} UTC: expected a day that has begun in {zone}, found a later one; wait for it"]
        )
    tables = load_tables(found.policies_dir)
    return TriagePlan(
        workspace=str(found.root),
        as_of=as_of,
        observed_at=observed_at,
        business_date=business_date,
        zone=zone,
        data_before=start_of_day(business_date, zone),
        systems=_chosen(_with_built_in_feeds(found), systems),
        policies=triage_policies(tables),
        suppressions=load_suppressions(found.suppressions_path),
        policy_tables=tables.record,
    )


def run_date(workspace: str, as_of: datetime | str) -> str:
    """Return the civil date a run is for, to name it by: in the zone of its workspace, as far as that can be told.

    A run must get a name before it can fail with a reason, so what cannot be read is refused later, by ``load_triage_plan``.
    """
    try:
        instant = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        return local_date(instant, found_workspace(workspace).settings.timezone).isoformat()
    except (ProofloopError, ValueError):
        return str(as_of)[:10]


def found_workspace(workspace: str) -> Workspace:
    """Return the workspace in the folder ``workspace``, or the one found from here where that is empty.

    Raises:
        WorkspaceNotFoundError: there is no workspace here, above, or in ``PROOFLOOP_WORKSPACE``.
    """
    return find_workspace(Path.cwd(), Path(workspace) if workspace else None, os.environ)


def _with_built_in_feeds(workspace: Workspace) -> tuple[SystemEntry, ...]:
    """Return every system with the feeds whose rows this program makes: of changes nobody explains, and of what watching found."""
    loaded = ((with_built_in_feeds(entry), watched is not None) for entry, watched in load_systems(workspace))
    return tuple(with_drift_alerts(entry) if is_watched else entry for entry, is_watched in loaded)


def connection_url(workspace: Workspace, name: str) -> str:
    """Return the URL of a named connection; one without its secret is one source's trouble, not the run's.

    Raises:
        SourceError: there is no such connection, or a variable that it needs is not set.
    """
    try:
        return workspace.connection_url(name)
    except ConfigurationError as error:
        raise SourceError(str(error)) from error


def _chosen(catalogue: tuple[SystemEntry, ...], wanted: tuple[str, ...]) -> tuple[SystemEntry, ...]:
    known = {system.system_id: system for system in catalogue}
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigurationError([f"system {name!r}: expected one of {names}; see systems/" for name in unknown])
    return tuple(known[name] for name in sorted(wanted or known))


class Planned(Protocol):
    """A plan of whatever kind, as far as it says which workspace it was made from."""

    @property
    def workspace(self) -> str: ...


def workspace_of(plan: Planned) -> Workspace:
    """Return the workspace that a plan was made from."""
    root = Path(plan.workspace)
    return find_workspace(root, root, os.environ)


def of_systems(plan: TriagePlan, system_ids: tuple[str, ...]) -> TriagePlan:
    """Return the plan for some of its systems alone."""
    return replace(plan, systems=tuple(system for system in plan.systems if system.system_id in system_ids))
