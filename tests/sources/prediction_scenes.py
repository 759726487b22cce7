"""Small sources of predictions in every kind of file, and the same counts made row by row in plain Python, to compare with."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from registry.domain.catalogue import SourceSpec, TimeField
from registry.domain.drift_sample import ColumnKind
from registry.domain.monitoring import MonitoredSystem, MonitoringSpec, PredictionSpec, Window, WindowKind
from registry.domain.policy_triggers import ProfilePolicy
from registry.domain.profile import WHOLE, ColumnBins, ReferenceProfile, Segment, WindowProfile
from registry.sources.prediction_rows import PredictionPlace
from registry.sources.profile_reference import freeze_reference
from tests.builders import a_system

JANUARY, FEBRUARY = Window(date(2026, 1, 1), date(2026, 2, 1)), Window(date(2026, 2, 1), date(2026, 3, 1))
FROZEN_AT = datetime(2026, 2, 1, 12, tzinfo=UTC)
POLICY = ProfilePolicy(
    bin_count=10,
    max_levels=50,
    min_level_ratio=0.005,
    max_grid_values=100,
    min_grid_repeats=20.0,
    max_segments=30,
    min_segment_rows=1,
    min_reference_rows=1,
    min_column_values=0,
    max_unreadable_ratio=1.0,
    max_undated_ratio=1.0,
    min_observed_window_ratio=0.0,
    max_duplicate_ratio=0.01,
)
KINDS = ("rows.parquet", "rows.csv", "rows.csv.gz", "rows.jsonl", "rows.jsonl.gz")

Rows = list[dict[str, Any]]


def a_spec(**changes: Any) -> PredictionSpec:
    return replace(PredictionSpec(SourceSpec("predictions", "rows.parquet"), TimeField("at")), **changes)


def a_monitored(path: str = "rows.parquet", timezone: str = "America/New_York", **changes: Any) -> MonitoredSystem:
    """Return a system whose predictions are in ``path``, with January 2026 as its reference."""
    monitoring = MonitoringSpec(JANUARY.start_on, JANUARY.end_on, WindowKind.MONTH)
    source = changes.pop("source", SourceSpec("predictions", path))
    return MonitoredSystem(a_system(timezone=timezone), a_spec(source=source, **changes), monitoring)


def a_place(folder: Path, **changes: Any) -> PredictionPlace:
    return replace(PredictionPlace(base=folder, roots=(folder,), spool=folder / "spool"), **changes)


def frozen(folder: Path, system: MonitoredSystem, **policy: Any) -> ReferenceProfile:
    return freeze_reference(system, replace(POLICY, **policy), FROZEN_AT, a_place(folder))


def local(text: str) -> datetime:
    """Return the time that ``text`` says, without a zone where it names none."""
    return datetime.fromisoformat(text)


def write_rows(
    folder: Path, rows: Rows, name: str = "rows.parquet", types: Mapping[str, pa.DataType] | None = None, group: int = 7
) -> Path:
    """Write ``rows`` as the kind of file that ``name`` says; Parquet in small row groups."""
    path = folder / name
    names = list(dict.fromkeys(key for row in rows for key in row)) or list(types or {})
    if name.endswith(".parquet"):
        arrays = [pa.array([row.get(key) for row in rows], (types or {}).get(key), from_pandas=False) for key in names]
        pq.write_table(pa.table(arrays, names=names), path, row_group_size=group)
        return path
    lines = [json.dumps({key: _text(value) for key, value in row.items()}) for row in rows]
    content = "\n".join(lines) + "\n" if ".jsonl" in name else _csv(names, rows)
    path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    return path


def _csv(names: list[str], rows: Rows) -> str:
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([names, *([_text(row.get(name)) for name in names] for row in rows)])
    return out.getvalue()


def _text(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else value


def counted_directly(rows: Rows, bins: ColumnBins, segment: Segment = WHOLE) -> tuple[tuple[int, ...], int, int]:
    """Return the counts by bin, the infinite and the off-grid values of a column, each row looked at by itself."""
    counts, infinite, off_grid = [0] * bins.bin_count, 0, 0
    for value in (row.get(bins.name) for row in in_segment(rows, segment)):
        if bins.kind is ColumnKind.CATEGORY:
            counts[_level_bin(value, bins)] += 1
        elif value is None or math.isnan(value):
            counts[-1] += 1
        elif math.isinf(value):
            infinite += 1
        else:
            counts[sum(value > edge for edge in bins.edges)] += 1
            off_grid += bool(bins.grid) and value not in bins.grid
    return tuple(counts), infinite, off_grid


def in_segment(rows: Rows, segment: Segment) -> Rows:
    return rows if segment == WHOLE else [row for row in rows if _shown(row.get(segment.column)) == segment.value]


def _level_bin(value: Any, bins: ColumnBins) -> int:
    shown, known = _shown(value), len(bins.levels)
    if not shown:
        return known + 2
    if shown in bins.levels:
        return bins.levels.index(shown)
    return known if shown in bins.rare_levels else known + 1


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def assert_counts(profile: WindowProfile, columns: Iterable[ColumnBins], rows: Rows) -> None:
    """Compare every cell of ``profile`` with the counts of ``rows``, those of its window."""
    assert profile.row_count == len(rows)
    for segment, row_count in profile.segments:
        assert row_count == len(in_segment(rows, segment)), segment
        for bins in columns:
            cell = profile.cell(bins.name, segment)
            assert cell is not None, (bins.name, segment)
            assert (cell.counts, cell.infinite_count, cell.off_grid_count) == counted_directly(rows, bins, segment), (bins.name, segment)
            assert cell.row_count == row_count
            _assert_range(cell.low, cell.high, cell.total, [row.get(bins.name) for row in in_segment(rows, segment)], bins)


def _assert_range(low: float | None, high: float | None, total: float | None, values: list[Any], bins: ColumnBins) -> None:
    finite = [] if bins.kind is ColumnKind.CATEGORY else [value for value in values if value is not None and math.isfinite(value)]
    assert (low, high) == ((min(finite), max(finite)) if finite else (None, None))
    if finite:
        assert total is not None
        assert math.isclose(total, math.fsum(finite), rel_tol=1e-9, abs_tol=1e-9 * sum(map(abs, finite)))
    else:
        assert total is None
