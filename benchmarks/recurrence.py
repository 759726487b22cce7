"""How often a system decided, by civil day and segment, beside a pandas group-by of the same file: seconds and memory of whole processes.

Put here what is measured of reading exposure; what a window makes of it is ``tests/proof``. Run by ``make bench WHAT=recurrence``.
A year of decisions with an id, a time, an amount and two segments of four values, as Parquet with instants and as CSV with dates and with
instants. Both sides count every day in New York, in the whole and in each segment, and must agree to the row; ours also digests what it
read, and with ``id`` looks for rows that are there twice. Runs are in turns, figures are medians; on a busy machine read processor time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Figure, publish

ROUNDS, MILLION = 3, 1_000_000
ZONE, START, END = "America/New_York", date(2025, 1, 2), date(2025, 12, 31)
FILES = {"instants.parquet": "Parquet, instants", "dates.csv": "CSV, dates", "instants.csv": "CSV, instants"}
SEGMENTS = ("product", "channel")


def main() -> int:
    """Measure and print; return 1 if Parquet costs more than pandas does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=MILLION)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _process(["generate", folder, str(arguments.rows)])
        figures = [figure for name in FILES for figure in _beside(folder, name, arguments.rows, arguments.rounds)]
    return publish("recurrence", figures)


def _beside(folder: str, name: str, rows: int, rounds: int) -> list[Figure]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(rounds):
        for side in ("ours", "twice", "pandas"):
            found[side].append(_process([side, folder, name]))
    counts = {said["counts"] for runs in found.values() for said in runs}
    if len(counts) != 1:
        sys.exit(f"{name}: expected the same counts from both, found {len(counts)} answers")
    what, goal = f"{rows:,} rows, {FILES[name]}", "<= pandas" if name.endswith(".parquet") else ""
    cpu, theirs = _of(found["ours"], "cpu"), _of(found["pandas"], "cpu")
    return [
        Figure(f"{what}: processor time", cpu, "s", theirs, "s pandas", goal, cpu <= theirs if goal and rows >= MILLION else None),
        Figure(f"{what}: wall", _of(found["ours"], "wall"), "s", _of(found["pandas"], "wall"), "s pandas"),
        Figure(f"{what}: and ids compared, processor time", _of(found["twice"], "cpu"), "s", theirs, "s pandas"),
        Figure(f"{what}: peak memory", _of(found["ours"], "peak_mb"), "MB", _of(found["pandas"], "peak_mb"), "MB pandas"),
    ]


def _of(runs: list[dict[str, Any]], key: str) -> float:
    return median(float(said[key]) for said in runs)


def _process(words: list[str]) -> dict[str, Any]:
    """Return what one step said, measured from its first instruction to its last."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "benchmarks.recurrence", "step", *words], capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(words)}: expected to end with 0, found {done.returncode}\n{done.stderr[-4000:]}")
    return {"wall": wall, **json.loads(done.stdout.splitlines()[-1])}


def _step(words: list[str]) -> None:
    """Do one step and say what it took."""
    steps: dict[str, Callable[[Path, str], dict[str, Any]]] = {
        "generate": _generate,
        "ours": _ours,
        "twice": lambda folder, name: _ours(folder, name, "id"),
        "pandas": _pandas,
    }
    said = steps[words[0]](Path(words[1]), words[2])
    lines = Path("/proc/self/status").read_text().splitlines()
    peak_mb = int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    print(json.dumps({"cpu": time.process_time(), "peak_mb": peak_mb, **said}))


def _generate(folder: Path, rows: str) -> dict[str, Any]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    from pyarrow import csv

    random, count = np.random.default_rng(7), int(rows)
    seconds = np.sort(random.integers(0, 365 * 86_400, count)) + 1_735_689_600
    at = pa.array(seconds * 1_000_000, pa.timestamp("us", "UTC"))
    cells = {
        "id": pa.array([f"D{number:09d}" for number in range(count)]),
        "at": at,
        "product": pa.array(random.choice(["card", "loan", "account", "mortgage"], count)),
        "channel": pa.array(random.choice(["web", "app", "phone", "branch"], count)),
        "amount": random.random(count),
    }
    pq.write_table(pa.table(cells), folder / "instants.parquet", row_group_size=122_880)
    csv.write_csv(pa.table(cells | {"at": pc.strftime(at, format="%Y-%m-%dT%H:%M:%SZ")}), folder / "instants.csv")
    csv.write_csv(pa.table(cells | {"at": pc.strftime(at, format="%Y-%m-%d")}), folder / "dates.csv")
    return {}


def _ours(folder: Path, name: str, row_id: str = "") -> dict[str, Any]:
    from registry.domain.catalogue import SourceSpec, TimeField
    from registry.domain.exposure import EffectSpec, ExposureSpec, FeedWatch
    from registry.sources.exposure import read_exposure
    from registry.sources.prediction_rows import PredictionPlace

    split = {segment: segment for segment in SEGMENTS}
    spec = ExposureSpec(SourceSpec(name, path=name), TimeField("at"), "decision", segment=split, row_id=row_id)
    place = PredictionPlace(base=folder, roots=(folder,), spool=folder / "spool")
    found = read_exposure(FeedWatch("system", "feed", EffectSpec(), spec), ZONE, START, END, place)
    if found.reason or found.told:
        sys.exit(f"{name}: expected every row to count, found {found.reason or found.told}")
    return _said({(day.on, day.name, day.value): day.count for day in found.days})


def _pandas(folder: Path, name: str) -> dict[str, Any]:
    import pandas as pd

    columns = ["at", *SEGMENTS]
    rows = pd.read_parquet(folder / name, columns=columns) if name.endswith(".parquet") else pd.read_csv(folder / name, usecols=columns)
    times = pd.to_datetime(rows["at"])
    rows["day"] = (times.dt.tz_convert(ZONE) if times.dt.tz is not None else times).dt.date
    rows = rows[(rows["day"] >= START) & (rows["day"] < END)]
    counts = {(day, "", ""): int(count) for day, count in rows.groupby("day").size().items()}
    for segment in SEGMENTS:
        sizes: Any = rows.groupby(["day", segment]).size()
        for (day, value), count in sizes.items():
            counts[day, segment, value] = int(count)
    return _said(counts)


def _said(counts: dict[Any, int]) -> dict[str, Any]:
    return {"counts": str(sorted((str(day), name, value, count) for (day, name, value), count in counts.items()))}


if __name__ == "__main__":
    if sys.argv[1:2] == ["step"]:
        _step(sys.argv[2:])
    else:
        sys.exit(main())
