"""Why the decisions that a window is held against are not counted, or their count is in doubt.

Put here what is told of the count of decisions. Counting belongs to ``registry/sources``, what a window makes of it to
``recurrence_evidence.py``.

The rules:
 * Where decisions cannot be counted now, no day has a count, and the reason goes with the window; so does what else was found in counting.
 * Where no column names a row, nobody can tell whether one is there twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry.domain.exposure import ExposureRead, FeedWatch


def exposure_reason(watch: FeedWatch, exposure: ExposureRead | None) -> str:
    """Return what is told of the count of ``watch``; empty where nothing is. ``exposure`` None: nothing was counted."""
    if exposure is None:
        return "" if watch.exposure is None else f"no {watch.exposure.unit} was counted by this run"
    return exposure.reason or "; ".join((*exposure.told, *_unnamed(watch)))


def _unnamed(watch: FeedWatch) -> Iterator[str]:
    if watch.exposure and not watch.exposure.row_id:
        yield "no column names a row, so that nobody can tell whether one is there twice; name one by exposure.id"
