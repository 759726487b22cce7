"""What is to be said of rows that did not become signals.

Put the weight and wording of set-aside rows here; setting them aside happens where rows are read.

The rules:
 * Quarantined and ambiguous rows were not looked at: a blocking INCONCLUSIVE.
 * Unmatched rows are listed and stop nothing: a source may hold what no AI system did.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.domain.decision import Finding, Verdict
from registry.domain.feed import SourceDelivery


def find_row_problems(deliveries: Sequence[SourceDelivery]) -> tuple[Finding, ...]:
    """Return what is to be said of rows that did not become signals."""
    found = []
    for source in deliveries:
        if source.quarantined:
            reason = (
                f"{len(source.quarantined)} of {source.row_count} rows were set aside, the first because {source.quarantined[0].reason}"
            )
            found.append(_rows(source.source, "rows_quarantined", reason, len(source.quarantined), blocking=True))
        if source.ambiguous_count:
            reason = f"{source.ambiguous_count} of {source.row_count} rows are claimed by more than one system; narrow their filters"
            found.append(_rows(source.source, "rows_ambiguous", reason, source.ambiguous_count, blocking=True))
        if source.unmatched_count:
            reason = f"{source.unmatched_count} of {source.row_count} rows match no AI system of the catalogue"
            found.append(_rows(source.source, "rows_unmatched", reason, source.unmatched_count, blocking=False))
    return tuple(found)


def _rows(source: str, code: str, reason: str, count: int, *, blocking: bool) -> Finding:
    return Finding("rows", source, Verdict.INCONCLUSIVE, code, reason, blocking, n=count)
