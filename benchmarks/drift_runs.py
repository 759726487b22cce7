"""What the drift benchmark measures of ours, one step a process: generate, freeze, ours, scan, systems.

Put here only what a measured process does. The last line it prints says its processor time and peak memory.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

NUMBERS = tuple(f"n{place:02d}" for place in range(18))
CATEGORIES = tuple(f"c{place}" for place in range(7))
WINDOW = (date(2026, 2, 1), date(2026, 3, 1))
_GROUP_ROWS, _BLOCK_GROUPS = 122_880, 8
_HEAVY = ("prefect", "mlflow", "great_expectations", "evidently", "pandas")


def main(words: list[str]) -> None:
    """Do one step and say what it took."""
    steps: dict[str, Callable[..., dict[str, Any]]] = {
        "generate": _generate,
        "freeze": _freeze,
        "ours": _look,
        "scan": _scan,
        "systems": _systems,
    }
    said = steps[words[0]](Path(words[1]), *words[2:])
    heavy = sorted(set(_HEAVY) & set(sys.modules))
    if heavy and words[0] == "ours":
        sys.exit(f"expected none of {', '.join(_HEAVY)} to be loaded, found {', '.join(heavy)}")
    lines = Path("/proc/self/status").read_text().splitlines()
    peak_mb = int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    print(json.dumps({"cpu": time.process_time(), "peak_mb": peak_mb, **said}))


def _generate(room: Path, rows: str, name: str) -> dict[str, Any]:
    """Write ``rows`` of the reference month and as many of the window; beyond some millions the same blocks are written again."""
    import pyarrow.parquet as pq

    writer = None
    # The window alone beyond some millions: a reference that was frozen from fewer rows is as good, and the disk is not endless.
    for start in ("2026-02-01",) if int(rows) > 20_000_000 else ("2026-01-02", "2026-02-01"):
        blocks = [
            _block(_GROUP_ROWS * _BLOCK_GROUPS, start, seed) for seed in range(min(2, 1 + int(rows) // (_GROUP_ROWS * _BLOCK_GROUPS)))
        ]
        left = int(rows)
        while left:
            block = blocks[left // (_GROUP_ROWS * _BLOCK_GROUPS) % len(blocks)][: min(left, _GROUP_ROWS * _BLOCK_GROUPS)]
            writer = writer or pq.ParquetWriter(room / f"{name}.parquet", block.schema)
            writer.write_table(block, row_group_size=_GROUP_ROWS)
            left -= len(block)
    if writer:
        writer.close()
    return {}


def _block(rows: int, start: str, seed: int) -> Any:
    import numpy as np
    import pyarrow as pa

    chance = np.random.default_rng([seed, len(start), int(start[5:7])])
    shift = 0.1 if start > "2026-01-31" else 0.0
    columns: dict[str, Any] = {
        "at": np.datetime64(start, "us") + np.sort(chance.integers(0, 28 * 86_400_000_000, rows)).astype("timedelta64[us]")
    }
    for place, name in enumerate(NUMBERS):
        values = chance.normal(shift if place % 3 == 0 else 0.0, 1, rows)
        columns[name] = np.round(values * 100) if place % 4 == 1 else np.exp(values) if place % 4 == 2 else values
    for place, name in enumerate(CATEGORIES):
        names = np.array([f"level {number}" for number in range(4 + 6 * place)])
        columns[name] = names[np.minimum(chance.geometric(0.3, rows) - 1, len(names) - 1)]
    return pa.table(columns)


def _freeze(room: Path, name: str, *segments: str) -> dict[str, Any]:
    from registry.domain.policy_triggers import ProfilePolicy
    from registry.sources.profile_reference import freeze_reference

    policy = ProfilePolicy(10, 50, 0.005, 100, 20.0, 30, 200, 500, 50, 0.01, 0.01, 0.5, 0.01)
    reference = freeze_reference(_system(name, segments), policy, datetime(2026, 2, 1, tzinfo=UTC), _place(room))
    (room / f"{name}{''.join(segments)}.reference").write_bytes(pickle.dumps(reference))
    return {}


def _look(room: Path, name: str, *segments: str) -> dict[str, Any]:
    from registry.domain.monitoring import Window
    from registry.sources.profile_window import profile_window

    reference = pickle.loads((room / f"{name}{''.join(segments)}.reference").read_bytes())  # noqa: S301 - written a moment ago
    started = time.perf_counter()
    profile = profile_window(_system(name, segments), reference, Window(*WINDOW), _place(room))
    counting = time.perf_counter() - started
    if not profile.row_count or profile.missing_columns:
        sys.exit(f"expected rows with every column, found {profile.row_count} without {profile.missing_columns}")
    _measure(reference, profile)
    return {"counting": counting, "segments": len(profile.segments) - 1}


def _measure(reference: Any, profile: Any) -> None:
    """Measure the PSI of every cell, as one look does."""
    from checks.drift_measures import population_stability_index

    now = {(cell.column, cell.segment): cell for cell in profile.cells}
    for before in reference.profile.cells:
        population_stability_index(before.counts, now[before.column, before.segment].counts)


def _scan(room: Path, name: str) -> dict[str, Any]:
    """Decode every value of the window in DuckDB: the least that anybody has to do who looks at it."""
    import duckdb

    connection = duckdb.connect()
    # Not min and max: they are answered from the statistics, without a look at the values.
    sums = [*(f'count("{name}"), sum("{name}")' for name in NUMBERS), *(f'count("{name}"), sum(strlen("{name}"))' for name in CATEGORIES)]
    asked = ", ".join(sums)
    inside = '"at" >= ?::TIMESTAMP AND "at" < ?::TIMESTAMP'
    connection.execute(f"SELECT {asked} FROM read_parquet(?) WHERE {inside}", [str(room / f"{name}.parquet"), *WINDOW]).fetchall()
    return {}


def _systems(room: Path, name: str, count: str, workers: str) -> dict[str, Any]:
    """Look at as many systems as asked, in that many processes."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    tasks = [(room, name)] * int(count)
    if workers == "1":
        for task in tasks:
            _look(*task)
        return {}
    with ProcessPoolExecutor(int(workers), mp_context=get_context("spawn")) as pool:
        for _ in pool.map(_look, *zip(*tasks, strict=True), chunksize=max(1, len(tasks) // (4 * int(workers)))):
            pass
    return {}


def _system(name: str, segments: tuple[str, ...]) -> Any:
    from registry.domain.catalogue import SourceSpec, SystemEntry, TimeField
    from registry.domain.monitoring import MonitoredSystem, MonitoringSpec, PredictionSpec, WindowKind

    entry = SystemEntry(name, name, "ml", "high", "UTC", {}, (), (), (), "")
    spec = PredictionSpec(SourceSpec(name, f"{name}.parquet"), TimeField("at"), numeric=NUMBERS, categorical=CATEGORIES)
    monitoring = MonitoringSpec(date(2026, 1, 1), date(2026, 2, 1), WindowKind.MONTH)
    return MonitoredSystem(entry, replace(spec, segments=segments), monitoring)


def _place(room: Path) -> Any:
    from registry.sources.caps import SourceCaps
    from registry.sources.prediction_rows import PredictionPlace

    return PredictionPlace(base=room, roots=(room,), spool=room / "spool", caps=SourceCaps(max_rows=10**9, max_source_bytes=10**12))


if __name__ == "__main__":
    main(sys.argv[1:])
