"""What ``proofloop doctor`` asks of the sources in which decisions are counted.

Put here what has to be in reach before a fix can be measured against the decisions after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from registry.domain.exposure import FeedWatch
from registry.settings import Workspace

Dependency = tuple[str, Callable[[], str], str]


def exposure_dependencies(workspace: Workspace, watches: Sequence[FeedWatch], environ: Mapping[str, str]) -> Iterator[Dependency]:
    """Yield each source of exposure with its probe, and which feeds would be without."""
    groups: dict[str, list[FeedWatch]] = {}
    for watch in watches:
        if watch.exposure is not None:
            groups.setdefault(watch.exposure.source.source_id, []).append(watch)
    for source_id, group in sorted(groups.items()):
        feeds = ", ".join(f"{watch.system_id}/{watch.feed}" for watch in group)
        affects = f"nobody knows how much silence about {feeds} weighs after a fix, and no window of them is clean"
        yield f"exposure {source_id}", partial(_reach_exposure, workspace, group, environ), affects


def _reach_exposure(workspace: Workspace, group: Sequence[FeedWatch], environ: Mapping[str, str]) -> str:
    from registry.sources.caps import SourceCaps  # a workspace that counts nothing does without these
    from registry.sources.exposure_columns import find_exposure_columns
    from registry.sources.prediction_rows import PredictionPlace

    place = PredictionPlace(
        base=workspace.root,
        roots=workspace.source_roots,
        spool=workspace.spool_dir,
        caps=SourceCaps(**workspace.settings.limits.model_dump()),
        connection_url=lambda name: workspace.connection_url(name, environ),
    )
    exposures = [watch.exposure for watch in group if watch.exposure is not None]
    return f"has {', '.join(find_exposure_columns(exposures, place, datetime.now(UTC).date()))}"
