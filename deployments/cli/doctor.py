"""``proofloop doctor``: reach every dependency and say what would not work without it.

Put the list of dependencies here; how one is reached is ``probes.py``. Nothing is changed by looking.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import click

from deployments.cli import probes
from deployments.cli.issues import aligned
from deployments.cli.probe_anchor import AFFECTS, reach_anchor
from deployments.cli.probe_copies import reach_copy
from deployments.cli.probe_exposure import exposure_dependencies
from deployments.cli.probe_releases import release_dependencies
from deployments.cli.probe_sealing import AFFECTS as SEALING_AFFECTS
from deployments.cli.probe_sealing import reach_sealing
from deployments.cli.session import Session, with_global_options
from registry.archive_copies import copy_names
from registry.catalogue.loader import load_catalogue, load_evaluated, load_monitored, load_released, load_watches
from registry.domain.catalogue import SystemEntry
from registry.domain.evaluation import EvaluatedSystem
from registry.domain.monitoring import MonitoredSystem
from registry.errors import ConfigurationError, ProofloopError
from registry.settings import Workspace

UNAVAILABLE = 4


@dataclass(frozen=True, slots=True)
class Examined:
    """One dependency: whether it answered, what was found, and what would not work if it did not."""

    name: str
    works: bool
    found: str
    affects: str


@dataclass(frozen=True, slots=True)
class Health:
    """Every dependency of a workspace."""

    examined: tuple[Examined, ...]

    @property
    def exit_code(self) -> int:
        return 0 if all(found.works for found in self.examined) else UNAVAILABLE

    def record(self) -> list[dict[str, Any]]:
        """Return the dependencies as JSON."""
        return [asdict(found) for found in self.examined]

    def lines(self) -> list[str]:
        """Return the dependencies for people, what does not work first."""
        ranked = sorted(self.examined, key=lambda found: found.works)
        rows = [("ok" if found.works else "DOWN", found.name, found.found) for found in ranked]
        lost = [f"  without {found.name}: {found.affects}" for found in ranked if not found.works]
        working = sum(found.works for found in self.examined)
        return [f"{working} of {len(self.examined)} dependencies work", *aligned(rows), *lost]


@click.command("doctor")
@with_global_options
@click.pass_obj
def command(session: Session) -> None:
    """Reach every dependency and say what would not work."""
    workspace = session.workspace()
    health = examine(workspace, load_catalogue(workspace))
    document = {"kind": "doctor", "schema_version": 1, "verdict": "fail" if health.exit_code else "pass", "dependencies": health.record()}
    session.answer(document, health.lines(), health.exit_code)


def examine(workspace: Workspace, systems: tuple[SystemEntry, ...], environ: Mapping[str, str] | None = None) -> Health:
    """Reach the ledger, the archive, its key, its copies and its anchor, every source, MLflow and Prefect."""
    values = os.environ if environ is None else environ
    return Health(tuple(_look(name, probe, affects) for name, probe, affects in _dependencies(workspace, systems, values)))


def _dependencies(
    workspace: Workspace, systems: tuple[SystemEntry, ...], environ: Mapping[str, str]
) -> Iterator[tuple[str, Callable[[], str], str]]:
    yield "ledger", lambda: probes.reach_ledger(workspace, environ), "nothing can be recorded; every flow stops"
    yield "archive", lambda: probes.reach_archive(workspace), "runs are decided but not sealed until it is back"
    yield "sealing key", lambda: reach_sealing(workspace), SEALING_AFFECTS
    for name in copy_names(workspace):
        affects = "sealed packages lie in one place less; the next run that reaches it puts what is missing"
        yield f"copy {name}", lambda name=name: reach_copy(workspace, name, environ), affects  # type: ignore[misc]
    yield "anchor", lambda: reach_anchor(workspace, environ), AFFECTS
    for source_id, (spec, readers) in sorted(_sources(systems, load_monitored(workspace)).items()):
        affects = f"{', '.join(readers)} would be reported as not looked at, and no day passes"
        yield f"source {source_id}", lambda spec=spec: probes.reach_source(workspace, spec, environ), affects  # type: ignore[misc]
    for source_id, (spec, readers) in sorted(_evaluation_sources(load_evaluated(workspace)).items()):
        affects = f"no candidate of {', '.join(readers)} can be judged"
        yield f"evaluation {source_id}", lambda spec=spec: probes.reach_source(workspace, spec, environ), affects  # type: ignore[misc]
    yield from exposure_dependencies(workspace, load_watches(workspace), environ)
    yield from release_dependencies(workspace, load_released(workspace), environ)
    yield "mlflow", lambda: probes.reach_mlflow(workspace, environ), "versions come from the ledger's history as it was last seen"
    yield "prefect", lambda: probes.reach_prefect(environ), "schedules and the page stand still; commands on a terminal still run inline"


def _sources(systems: tuple[SystemEntry, ...], watched: tuple[MonitoredSystem, ...]) -> dict[str, tuple[Any, list[str]]]:
    found: dict[str, tuple[Any, list[str]]] = {}
    for system in systems:
        for feed in system.feeds:
            found.setdefault(feed.source.source_id, (feed.source, []))[1].append(f"{system.system_id}/{feed.name}")
    for one in watched:
        source = one.predictions.source
        found.setdefault(source.source_id, (source, []))[1].append(f"{one.entry.system_id}/predictions")
    return found


def _evaluation_sources(evaluated: tuple[EvaluatedSystem, ...]) -> dict[str, tuple[Any, list[str]]]:
    found: dict[str, tuple[Any, list[str]]] = {}
    for one in evaluated:
        for source in (one.evaluation.cases, *([] if one.evaluation.score else [one.evaluation.outcomes])):
            found.setdefault(source.source_id, (source, []))[1].append(one.entry.system_id)
    return found


def _look(name: str, probe: Callable[[], str], affects: str) -> Examined:
    try:
        return Examined(name, True, probe(), affects)
    except ConfigurationError as error:
        return Examined(name, False, "; ".join(error.problems), affects)
    except (ProofloopError, OSError) as error:
        return Examined(name, False, str(error), affects)
