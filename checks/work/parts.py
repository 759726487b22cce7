"""What an AI system is made of, as its catalogue entry says: the parts that a failure can come through.

Put here how parts are read from an entry or a worksheet and recognised again; which systems share one is ``sweep.py``.

The rules:
 * A model or prompt is the one of that name in the model registry; a vendor the one of that name; neither minds case and blanks.
 * A data source is its path (a glob stands for the files it matches), its connection, or its connection with the query.
 * A feature is a column that a feed of the system reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from registry.domain.catalogue import FeedSpec, SystemEntry, VersionSpec
from registry.domain.steps import Reach
from registry.domain.sweep import Basis, Part, PartKind

_NAMED_AS = {
    "artifacts": (PartKind.MODEL, PartKind.PROMPT),
    "data_sources": (PartKind.DATA_SOURCE,),
    "vendors": (PartKind.VENDOR,),
    "features": (PartKind.FEATURE,),
}


def named_parts(reach: Reach) -> Iterator[tuple[str, tuple[PartKind, ...], str]]:
    """Yield what a worksheet names: the field, the kinds of part that it may be, and the name."""
    for field, kinds in _NAMED_AS.items():
        yield from ((field, kinds, name) for name in getattr(reach, field) if name.strip())


def parts_of(system: SystemEntry) -> Iterator[Part]:
    """Yield the parts of ``system``, each with the place in its entry."""
    for version in system.versions:
        for kind, name in ((PartKind.MODEL, version.mlflow_model), (PartKind.PROMPT, version.mlflow_prompt)):
            if name:
                yield Part(kind, name, f"versions.{version.artifact}", Basis.CATALOGUE)
    for vendor in system.vendors:
        yield Part(PartKind.VENDOR, vendor, "vendors", Basis.CATALOGUE)
    for feed in system.feeds:
        for name in _source_names(feed):
            yield Part(PartKind.DATA_SOURCE, name, f"feed {feed.name}", Basis.CATALOGUE)
        for column in sorted(columns_of(feed)):
            yield Part(PartKind.FEATURE, column, f"feed {feed.name}", Basis.CATALOGUE)


def columns_of(feed: FeedSpec) -> set[str]:
    """Return the columns that a feed reads."""
    single = {feed.signal_id, feed.occurred_at.column, feed.received_at.column, feed.impact.column, feed.journey_step}
    single |= {feed.narrative, feed.synthetic, feed.reproducible, feed.ai_system}
    several = {*feed.segment.values(), *feed.versions.values(), *feed.source_evidence, *feed.fingerprint, *feed.known_values}
    return (single | several) - {""}


def is_same(kind: PartKind, one: str, other: str) -> bool:
    """Return whether two names are those of one part of this kind.

    >>> is_same(PartKind.VENDOR, "Example Scores", " example  scores"), is_same(PartKind.DATA_SOURCE, "data/a-1.csv", "data/a-*.csv")
    (True, True)
    """
    if kind is PartKind.DATA_SOURCE:
        first, second = one.strip().removeprefix("./"), other.strip().removeprefix("./")
        return first == second or fnmatchcase(first, second) or fnmatchcase(second, first)
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def is_one_artifact(one: VersionSpec, other: VersionSpec) -> bool:
    """Return whether two systems serve the same model or prompt of the model registry, so that its versions mean the same in both."""
    pairs = ((PartKind.MODEL, one.mlflow_model, other.mlflow_model), (PartKind.PROMPT, one.mlflow_prompt, other.mlflow_prompt))
    return any(ours and theirs and is_same(kind, ours, theirs) for kind, ours, theirs in pairs)


def _source_names(feed: FeedSpec) -> tuple[str, ...]:
    source = feed.source
    return (source.path,) if source.path else tuple(filter(None, (source.connection, f"{source.connection}:{source.query_file}")))
