"""What ``proofloop doctor`` asks of the documents and tables that come with releases.

Put here what has to be in reach before a release can be proposed; what cards and records say is found when one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from deployments.cli import probes
from registry.domain.release import ReleasedSystem
from registry.errors import SourceError
from registry.settings import Workspace

Dependency = tuple[str, Callable[[], str], str]


def release_dependencies(workspace: Workspace, released: Iterable[ReleasedSystem], environ: Mapping[str, str]) -> Iterator[Dependency]:
    """Yield what releases need, each with its probe and what would not work without it."""
    for one in released:
        system_id, spec = one.entry.system_id, one.release
        for key, path in (*spec.cards.items(), *spec.records.items()):
            affects = f"no release of {system_id} passes its gates"
            yield f"release {system_id} {key.value}", partial(_reach_document, workspace, path), affects
        if spec.smoke is not None:
            source, affects = spec.smoke.source, f"the way back is not rehearsed, and no release of {system_id} passes its gates"
            yield f"release {source.source_id}", partial(probes.reach_source, workspace, source, environ), affects
        if spec.error_budget is not None:
            source, affects = spec.error_budget.source, f"nobody knows whether releases of {system_id} are frozen, and none passes"
            yield f"release {source.source_id}", partial(probes.reach_source, workspace, source, environ), affects


def _reach_document(workspace: Workspace, path: str) -> str:
    from registry.sources.locations import find_document

    if find_document(path, workspace.root, workspace.source_roots) is None:
        raise SourceError(f"{path}: expected a file, found none; write it, or correct its path in the catalogue under release")
    return f"{path} is there"
