"""Whether rows and values are fit to be a reference: what is compared with nothing passes for ever.

Put a refusal of counted rows here. Counting them is ``profile_reference.py``; how many rows there must be at all is there too.

 * Rows in too few of the windows (days, weeks, months) that the reference covers: a single export is no half year. A source that is dated
   once a month has rows in each of its months; watched by the week or day it is told the window that would fit it.
 * Rows without a readable time belong to no day: too many, and the reference is a part of what it should be.
 * A column of numbers in which something else stands is not what the catalogue takes it for.
 * A column with too few values. One that is mostly missing is watched all the same, by the share of what is missing, once the reference
   has so many values of it.
 * Rows that are there twice: what the catalogue names as the id of a row is none, or the export was written twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from registry.domain.monitoring import MonitoredSystem, Window, WindowKind, window_of
from registry.domain.policy_triggers import ProfilePolicy
from registry.domain.profile import WHOLE, CellCounts, WindowProfile
from registry.errors import SourceError


def refuse_empty_windows(system: MonitoredSystem, days: Collection[int], window: Window, policy: ProfilePolicy) -> None:
    """Refuse a reference that has rows in too few of its windows; ``days`` are the places of the days with rows.

    Raises:
        SourceError: ``few_windows``.
    """
    kind, least = system.monitoring.window, policy.min_observed_window_ratio
    asked = {one: _windows(range(window.day_count), window, one) for one in WindowKind}
    met = {one: _windows(days, window, one) for one in WindowKind}
    fit = [one for one in WindowKind if len(met[one]) >= least * len(asked[one])]
    if kind in fit:
        return
    remedy = f"set monitoring.window to {fit[0]}, or " if fit else ""
    raise SourceError(
        f"{_name(system)}: expected rows in at least {least:.0%} of the {len(asked[kind])} {kind}s from {window.start_on} to before "
        f"{window.end_on}, found them in {len(met[kind])} ({len(days)} days); {remedy}name the days that have rows under "
        "monitoring.reference, or have the export completed",
        "few_windows",
    )


def refuse_undated(system: MonitoredSystem, profile: WindowProfile, policy: ProfilePolicy) -> None:
    """Refuse a reference beside too many rows without a readable time.

    Raises:
        SourceError: ``undated_rows``.
    """
    undated, rows = profile.undated_count, profile.row_count + profile.undated_count
    if undated <= policy.max_undated_ratio * rows:
        return
    raise SourceError(
        f"{_name(system)}: expected at most {policy.max_undated_ratio:.1%} of the rows without a readable time in "
        f"{system.predictions.time.column!r}, found {undated:,} beside the {profile.row_count:,} of the reference; name their format in "
        "predictions.columns.time, leave them out with predictions.where, or have the export corrected",
        "undated_rows",
    )


def refuse_unusable(system: MonitoredSystem, profile: WindowProfile, policy: ProfilePolicy) -> None:
    """Refuse columns that nothing could be compared with, all of them named.

    Raises:
        SourceError: ``unreadable_values`` or ``too_few_values``.
    """
    cells = [cell for cell in profile.cells if cell.segment == WHOLE]
    if found := list(_unreadable(cells, policy)):
        raise SourceError(
            f"{_name(system)}: expected numbers like 12.5 in every column of predictions.features.numeric and in the score, found "
            f"{'; '.join(found)}; have the export write plain numbers (no units, thousands separators or decimal commas), or name the "
            "column under features.categorical",
            "unreadable_values",
        )
    if few := [f"{cell.column!r} {cell.value_count:,}" for cell in cells if cell.value_count < policy.min_column_values]:
        raise SourceError(
            f"{_name(system)}: expected at least {policy.min_column_values} values of every watched column in the reference, found of "
            f"{', '.join(few)} of {profile.row_count:,} rows; ask the source why they are empty, choose other reference days, or take the "
            "column out of predictions",
            "too_few_values",
        )


def refuse_duplicates(system: MonitoredSystem, profile: WindowProfile, policy: ProfilePolicy) -> None:
    """Refuse a reference in which too many rows have the id of another.

    Raises:
        SourceError: ``duplicates``.
    """
    found = profile.duplicate_count
    if found is None or found <= policy.max_duplicate_ratio * profile.row_count:
        return
    raise SourceError(
        f"{_name(system)}: expected at most {policy.max_duplicate_ratio:.1%} of the rows with an id in {system.predictions.row_id!r} that "
        f"another has, found {found:,} of {profile.row_count:,}; name what tells one prediction from another under "
        "predictions.columns.id, or have the export written once",
        "duplicates",
    )


def _windows(days: Iterable[int], window: Window, kind: WindowKind) -> set[Window]:
    return {window_of(window.start_on + timedelta(days=place), kind) for place in days}


def _unreadable(cells: Collection[CellCounts], policy: ProfilePolicy) -> Iterator[str]:
    for cell in cells:
        there = cell.value_count + cell.infinite_count + cell.unreadable_count
        if cell.unreadable_count > policy.max_unreadable_ratio * there:
            yield f"{cell.unreadable_count:,} of {there:,} values of {cell.column!r} that are none"


def _name(system: MonitoredSystem) -> str:
    return system.predictions.source.source_id
