"""The profile of one window of predictions: counted in one scan against the bins of a frozen reference.

Put here what makes a profile of the counts. Where rows come from is ``prediction_rows.py``, how they are counted ``window_tally.py``.
"""

from __future__ import annotations

from registry.domain.monitoring import MonitoredSystem, Window
from registry.domain.profile import WHOLE, ColumnBins, ReferenceProfile, Segment, WindowProfile
from registry.sources.prediction_rows import PredictionPlace, PredictionRows, Request, open_rows, scanned
from registry.sources.pushdown import pushed_down
from registry.sources.row_ids import IdCount, counted_ids
from registry.sources.window_tally import WindowTally, asked_columns


def profile_window(system: MonitoredSystem, reference: ReferenceProfile, window: Window, place: PredictionPlace) -> WindowProfile:
    """Return the counts of ``window`` against the bins and segments of ``reference``.

    A window without rows is a profile of zero rows. Columns that the source does not have are ``missing_columns``.

    Raises:
        SchemaBrokenError: the source has no column of times, or the condition names a column that it has not.
        SourceError: it cannot be read, or costs more than the limits allow; ``reason_code`` says which.
        SourceUnavailableError: its database or storage does not answer.
    """
    return counted_window(system, reference.columns, tuple(reference.segments()), window, place)


def counted_window(
    system: MonitoredSystem, columns: tuple[ColumnBins, ...], segments: tuple[Segment, ...], window: Window, place: PredictionPlace
) -> WindowProfile:
    """Return the counts of ``window`` against ``columns`` in all rows and in ``segments``."""
    split, version = tuple(segment for segment in segments if segment != WHOLE), system.predictions.version
    asked = asked_columns(columns, split, version, system.predictions.row_id)
    request = Request(system, window, asked)
    if counted := pushed_down(request, columns, split, place):
        return counted
    with open_rows(request, place) as rows, counted_ids(rows, request, place) as (watched, counted_of):
        tally = scanned(watched, lambda _: WindowTally(columns, split, window.day_count, version))
        return _profile(request, rows, tally, counted_of())


def _profile(request: Request, rows: PredictionRows, tally: WindowTally, ids: IdCount | None) -> WindowProfile:
    missing = rows.missing(request.columns) if rows.columns else ()  # without any row a JSON Lines file has no columns
    return WindowProfile(
        window=request.window,
        row_count=tally.rows[WHOLE],
        segments=tuple(tally.rows.items()),
        cells=tally.found(missing),
        missing_columns=missing,
        day_rows=tuple(tally.days.tolist()),
        undated_count=rows.undated_count + tally.undated_count,
        source_digest=rows.digest(),
        versions=tuple(sorted(tally.versions.items())),
        duplicate_count=ids.repeated if ids else None,
        without_id_count=tally.rows[WHOLE] - ids.named if ids else 0,
    )
