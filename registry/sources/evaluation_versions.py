"""Rows of the asked versions alone: a table of outcomes may hold hundreds of versions, and two are judged.

Put here which rows of a table of outcomes are staged. What they say is ``evaluation_outcomes.py``.

 * Rows of other versions are dropped batch by batch, before they are staged: they cost neither memory nor disk, nor are they complained of.
 * A version is the text that the table has; nothing is taken for another spelling of it.
 * A row without a version is nobody's: it is counted and told.
 * Whether a version is there is answered of every row, however many names went by; only so many others are remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches

from registry.domain.evaluation import EvaluationSpec
from registry.sources.batches import Batch
from registry.sources.evaluation_tables import MAX_NAMED, missing_columns, staged_files_once, staged_query_once
from registry.sources.locations import find_files
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.staging import Stage

_MAX_REMEMBERED = 10_000  # names that nobody asked for: only to say which is near


@dataclass(slots=True)
class VersionFilter:
    """Keeps the rows of ``wanted`` and remembers which versions went by: those of ``sought`` always, of all others so many."""

    name: str
    column: str
    wanted: Sequence[str]
    sought: frozenset[str] = frozenset()
    seen: set[str] = field(default_factory=set)
    nameless_count: int = 0

    def __call__(self, batch: Batch) -> Batch:
        """Return the rows of ``batch`` that are of a wanted version.

        Raises:
            SchemaBrokenError: it has no column of versions.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        if batch.columns and self.column not in batch.columns:
            raise missing_columns(self.name, [self.column], batch.columns)
        if not len(batch.row_numbers):
            return batch
        versions = batch.cells[batch.columns.index(self.column)]
        self._remember(versions)
        places = pc.indices_nonzero(pc.is_in(versions, value_set=pa.array(self.wanted, pa.string())))
        numbers = [batch.row_numbers[place] for place in places.to_pylist()]
        return Batch(batch.columns, tuple(cells.take(places) for cells in batch.cells), numbers, batch.malformed)

    def nearest(self, version: str) -> str:
        """Return which versions there are instead of one that is not: the nearest, or some of them."""
        if not self.seen:
            return "no row with a version"
        folded = {name.casefold(): name for name in sorted(self.seen)}
        near = [folded[one] for one in get_close_matches(version.casefold(), folded, n=3, cutoff=0.6)]
        shown = near or sorted(self.seen)[:MAX_NAMED]
        listed = ", ".join(map(repr, shown))
        count = f"{'at least ' if len(self.seen) >= _MAX_REMEMBERED else ''}{len(self.seen):,} others"
        return f"{count}, {'nearest' if near else 'such as'} {listed}" if len(self.seen) > len(shown) else listed

    def _remember(self, versions: object) -> None:
        import pyarrow.compute as pc

        counted = pc.value_counts(versions).to_pylist()
        self.nameless_count += sum(one["counts"] for one in counted if not (one["values"] or "").strip())
        names = {one["values"] for one in counted if (one["values"] or "").strip()}
        self.seen |= names if len(self.seen) < _MAX_REMEMBERED else names & self.sought


@contextmanager
def staged_versions(
    spec: EvaluationSpec, versions: Sequence[str], place: PredictionPlace, sought: Sequence[str] = ()
) -> Iterator[tuple[Stage, VersionFilter]]:
    """Lend the rows of ``versions`` staged, from files or from the query, and what went by while they were read.

    Of ``sought`` nothing is staged: only whether they are there is remembered for certain.

    Raises:
        SchemaBrokenError: there is no column of versions.
        SourceError: the table cannot be read.
        SourceUnavailableError: its database or storage does not answer.
    """
    source = spec.outcomes
    keep = VersionFilter(source.path or source.query_file, spec.columns.version, tuple(dict.fromkeys(versions)), frozenset(sought))
    if source.path:
        with staged_files_once(source, find_files(source.path, place.base, place.roots), place, keep) as stage:
            yield stage, keep
        return
    with staged_query_once(source, place, keep) as stage:
        yield stage, keep
