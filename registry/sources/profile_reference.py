"""Freezing a reference: bins and segments from the days that the catalogue names, and the counts of those days against them.

Put the steps of freezing here. What the bins are is ``reference_bins.py``.

 * Two scans: one says where the bins lie and which segments are large enough, the other counts.
 * A column that is also a segment is a category, and a segment is watched as one even where it is no feature.
 * Nothing is frozen of too few rows, or without a column that is to be watched, or of what is no reference (``reference_fitness.py``):
   somebody has to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from registry.domain.monitoring import MonitoredSystem, PredictionSpec, Window
from registry.domain.policy_triggers import ProfilePolicy
from registry.domain.profile import WHOLE, ColumnBins, ColumnRole, ReferenceProfile, Segment, WindowProfile
from registry.errors import SchemaBrokenError, SourceError
from registry.sources.columns import suggestion
from registry.sources.prediction_rows import PredictionPlace, PredictionRows, Request, open_rows, scanned
from registry.sources.profile_window import counted_window
from registry.sources.reference_bins import category_bins, number_bins
from registry.sources.reference_fitness import refuse_duplicates, refuse_empty_windows, refuse_undated, refuse_unusable
from registry.sources.value_tally import ValueTally


def freeze_reference(system: MonitoredSystem, policy: ProfilePolicy, frozen_at: datetime, place: PredictionPlace) -> ReferenceProfile:
    """Return the reference of ``system`` as its days ``[reference_from, reference_to)`` are now.

    Raises:
        SchemaBrokenError: a column that the catalogue names is not there.
        SourceError: no row (``no_data``), fewer than the policy asks for (``too_few``), a category that is none, nothing to watch, or rows
            and values that are no reference.
        SourceUnavailableError: its database or storage does not answer.
    """
    window = Window(system.monitoring.reference_from, system.monitoring.reference_to)
    found = _values(system, policy, window, place)
    _refuse_few(system, found.row_count, window, policy)
    refuse_empty_windows(system, found.days, window, policy)
    columns = tuple(_bins(system.predictions, found, policy))
    segments = _segments(system.predictions, found, policy)
    profile = counted_window(system, columns, segments, window, place)
    if profile.row_count != found.row_count:
        raise SourceError(
            f"{system.predictions.source.source_id}: expected the same rows in both scans, found {found.row_count} and then "
            f"{profile.row_count}; freeze it again when nothing writes to the source"
        )
    refuse_undated(system, profile, policy)
    refuse_unusable(system, profile, policy)
    refuse_duplicates(system, profile, policy)
    versions = found.levels[system.predictions.version] if system.predictions.version else ()
    return ReferenceProfile(
        system_id=system.entry.system_id,
        zone=system.entry.timezone,
        frozen_at=frozen_at,
        columns=tuple(_ranged(column, profile) for column in columns),
        profile=profile,
        versions=tuple(sorted(versions)),
        predictions=system.predictions,
    )


def watched_numbers(spec: PredictionSpec) -> tuple[str, ...]:
    """Return the columns that are counted as numbers: those that are no segment, and the score last."""
    named = dict.fromkeys(name for name in spec.numeric if name not in spec.segments and name != spec.score)
    return (*named, spec.score) if spec.score else tuple(named)


def watched_categories(spec: PredictionSpec) -> tuple[str, ...]:
    """Return the columns that are counted by their values."""
    numbers = set(watched_numbers(spec))
    named = (*(name for name in spec.numeric if name in spec.segments), *spec.categorical, *spec.segments)
    return tuple(dict.fromkeys(name for name in named if name not in numbers))


def _values(system: MonitoredSystem, policy: ProfilePolicy, window: Window, place: PredictionPlace) -> ValueTally:
    spec = system.predictions
    numbers, categories = watched_numbers(spec), watched_categories(spec)
    if not numbers and not categories:
        raise SourceError(
            f"{system.entry.system_id}: expected a score or features to watch, found none; name them in predictions", "not_configured"
        )
    counted = tuple(dict.fromkeys((*categories, *((spec.version,) if spec.version else ()))))
    request = Request(system, window, tuple(dict.fromkeys((*numbers, *counted))))
    with open_rows(request, place) as rows:
        _refuse_missing(request, rows)
        return scanned(rows, lambda part: ValueTally(numbers, counted, policy.max_grid_values, part))


def _refuse_missing(request: Request, rows: PredictionRows) -> None:
    row_id = request.system.predictions.row_id
    missing = rows.missing((*request.columns, row_id) if row_id else request.columns)
    if missing and rows.columns:
        listed = ", ".join(f"{name!r}{suggestion(name, rows.columns)}" for name in missing)
        raise SchemaBrokenError(
            f"{request.name}: expected every column that predictions name, found none called {listed}; "
            "correct predictions or have the export corrected"
        )


def _refuse_few(system: MonitoredSystem, row_count: int, window: Window, policy: ProfilePolicy) -> None:
    if row_count >= max(policy.min_reference_rows, 1):
        return
    raise SourceError(
        f"{system.predictions.source.source_id}: expected at least {policy.min_reference_rows} rows from {window.start_on} to before "
        f"{window.end_on}, found {row_count}; choose other reference days, or see that predictions.columns.time and where are right",
        "too_few" if row_count else "no_data",
    )


def _bins(spec: PredictionSpec, found: ValueTally, policy: ProfilePolicy) -> Iterator[ColumnBins]:
    numbers = watched_numbers(spec)
    features = [name for name in numbers if name != spec.score]
    yield from (number_bins(name, ColumnRole.FEATURE, found, policy) for name in features)
    yield from (category_bins(name, found.levels[name], found.row_count, policy) for name in watched_categories(spec))
    if spec.score:
        yield number_bins(spec.score, ColumnRole.SCORE, found, policy)


def _segments(spec: PredictionSpec, found: ValueTally, policy: ProfilePolicy) -> tuple[Segment, ...]:
    """Return the largest segments with enough rows, by column and then by size."""
    large = [
        (-count, Segment(column, value))
        for column in spec.segments
        for value, count in found.levels[column].items()
        if count >= policy.min_segment_rows
    ]
    chosen = sorted(large)[: policy.max_segments]
    return tuple(segment for _, segment in sorted(chosen, key=lambda one: (spec.segments.index(one[1].column), one)))


def _ranged(column: ColumnBins, profile: WindowProfile) -> ColumnBins:
    cell = profile.cell(column.name, WHOLE)
    return column if cell is None else replace(column, low=cell.low, high=cell.high)
