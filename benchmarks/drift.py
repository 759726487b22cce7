"""One drift look at scale beside Evidently, NannyML and a bare scan: seconds and peak memory of whole processes.

Put here what is measured of counting predictions; the processes that are measured are ``drift_runs.py``. Run by ``make bench WHAT=drift``.
``--long`` adds ten and a hundred million rows; ``--rows`` makes it smaller; ``--folder`` lays the files on another disk.

Rows have 18 numbers and 7 categories, as many in a reference month as in the window, in one Parquet file with row groups of 122,880 rows.
Everyone is given the same file and starts from nothing, imports included. We count the window against a reference that was frozen before
and measure every column's PSI from the counts; freezing is a figure of its own. The peers have nothing frozen, so they read both months.
Runs are interleaved, figures are medians. NannyML is installed for this alone below ``build/``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.drift_processes import Run, measured, nannyml_python
from benchmarks.table import Figure, publish

ROUNDS, MILLION = 3, 1_000_000
SYSTEMS, SYSTEM_ROWS = 1_000, 100_000
EVIDENTLY_MB_AT_10_MILLION = 16_000


def main() -> int:
    """Measure, print and return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=MILLION)
    parser.add_argument("--systems", type=int, default=0, help="how many systems of 100,000 rows (default: 40, with --long 1000)")
    parser.add_argument("--long", action="store_true", help="also 10,000,000 rows beside Evidently and 100,000,000 alone: half an hour")
    parser.add_argument("--folder", type=Path, help="where the files are laid (default: the folder for temporary files)")
    arguments = parser.parse_args()
    with _room(arguments.folder) as room:
        figures = _beside_peers(room, arguments.rows)
        figures += _systems(room, arguments.systems or (SYSTEMS if arguments.long else 40), arguments.long)
        if arguments.long:
            figures += _ten_million(room)
            figures += _hundred_million(room)
    return publish("drift", figures)


def _beside_peers(room: Path, rows: int) -> list[Figure]:
    """Measure one look beside both peers and a bare scan, in turns."""
    measured(["generate", str(room), str(rows), "plain"])
    freezing = measured(["freeze", str(room), "plain"])
    measured(["freeze", str(room), "plain", "c0"])
    nannyml = nannyml_python()
    turns = [("ours", []), ("segments", ["c0"]), ("scan", []), ("evidently", []), ("nannyml", [])]
    found: defaultdict[str, list[Run]] = defaultdict(list)
    for _ in range(ROUNDS):
        for what, more in turns if nannyml else turns[:-1]:
            run = [what if what != "segments" else "ours", str(room), "plain", *more]
            found[what].append(measured(run, nannyml if what == "nannyml" else sys.executable))
    (room / "plain.parquet").unlink()
    return _figures(f"{rows:,} rows x 25", found, freezing, rows >= MILLION)


def _figures(name: str, found: dict[str, list[Run]], freezing: Run, full: bool) -> list[Figure]:
    ours, scan = _seconds(found["ours"]), _seconds(found["scan"])
    figures = [
        _against(name, ours, found["evidently"], "Evidently", 15, full),
        *([_against(name, ours, found["nannyml"], "NannyML", 30, full)] if "nannyml" in found else []),
        Figure(f"{name}: and a bare scan", ours, "s", scan, "s DuckDB", "<= 3x", ours <= 3 * scan if full else None),
        Figure(f"{name}: with {found['segments'][0].segments} segments", _seconds(found["segments"]), "s", scan, "s DuckDB"),
        Figure(f"{name}: of it counting", median(run.counting for run in found["ours"]), "s"),
        Figure(
            f"{name}: processor time", median(run.cpu for run in found["ours"]), "s", median(run.cpu for run in found["scan"]), "s DuckDB"
        ),
        *(
            Figure(f"{name}: processor time", _cpu(found["ours"]), "s", _cpu(found[peer]), f"s {peer.capitalize()}")
            for peer in ("evidently", "nannyml")
            if peer in found
        ),
        Figure(f"{name}: peak memory", _peak(found["ours"]), "MB", _peak(found["evidently"]), "MB Evidently"),
        Figure(f"{name}: freezing the reference, once", freezing.seconds, "s"),
    ]
    if "nannyml" not in found:
        print("NannyML could not be installed with a working set of versions: no figure beside it")
    return figures


def _against(name: str, ours: float, theirs: list[Run], peer: str, times: int, full: bool) -> Figure:
    seconds = _seconds(theirs)
    return Figure(f"{name}: one look", ours, "s", seconds, f"s {peer}", f">= {times}x faster", times * ours <= seconds if full else None)


def _systems(room: Path, count: int, full: bool) -> list[Figure]:
    """Measure looks at many small systems in one process, and in as many processes as there are processors."""
    measured(["generate", str(room), str(SYSTEM_ROWS), "system"])
    measured(["freeze", str(room), "system"])
    figures = []
    for workers in (1, 2):
        run = measured(["systems", str(room), "system", str(count), str(workers)])
        name = f"{count:,} systems x {SYSTEM_ROWS:,} rows, {workers} process{'es' if workers > 1 else ''}"
        figures.append(Figure(name, run.seconds, "s"))
        figures.append(Figure(f"{name}: each", 1000 * run.seconds / count, "ms"))
    one, two = figures[0].measured, figures[2].measured
    figures.append(Figure("two processes beside one", one / two, "x", goal="" if not full else "scales on two cores"))
    return figures


def _ten_million(room: Path) -> list[Figure]:
    name = "10,000,000 rows x 25"
    measured(["generate", str(room), str(10 * MILLION), "ten"])
    measured(["freeze", str(room), "ten"])
    ours, peak, scan = _beside_scan(room, "ten")
    figures = [Figure(f"{name}: and a bare scan", ours, "s", scan, "s DuckDB", "<= 3x", ours <= 3 * scan)]
    if _free_mb() < EVIDENTLY_MB_AT_10_MILLION:
        print(f"Evidently at 10,000,000 rows: expected {EVIDENTLY_MB_AT_10_MILLION} MB free, found {_free_mb():.0f}; not measured")
        return [*figures, Figure(f"{name}: one look", ours, "s"), Figure(f"{name}: peak memory", peak, "MB")]
    peer = measured(["evidently", str(room), "ten"])
    (room / "ten.parquet").unlink()
    return [
        *figures,
        Figure(f"{name}: one look", ours, "s", peer.seconds, "s Evidently", ">= 40x faster", 40 * ours <= peer.seconds),
        Figure(f"{name}: peak memory", peak, "MB", peer.peak_mb, "MB Evidently", "< 1/25", 25 * peak < peer.peak_mb),
    ]


def _hundred_million(room: Path) -> list[Figure]:
    name = "100,000,000 rows x 25"
    measured(["generate", str(room), str(100 * MILLION), "hundred"])
    shutil.copy(room / "ten.reference", room / "hundred.reference")
    ours, peak, scan = _beside_scan(room, "hundred")
    (room / "hundred.parquet").unlink()
    return [
        Figure(f"{name}: one look, and a bare scan", ours, "s", scan, "s DuckDB", "<= 3x", ours <= 3 * scan),
        Figure(f"{name}: peak memory", peak, "MB", goal="< 1000 MB", ok=peak < 1000),
    ]


def _beside_scan(room: Path, name: str) -> tuple[float, float, float]:
    """Return our seconds and peak memory and a bare scan's seconds, in turns; the first scan, which finds the file cold, is not counted."""
    measured(["scan", str(room), name])
    turns = [(measured(["ours", str(room), name]), measured(["scan", str(room), name])) for _ in range(ROUNDS)]
    ours, scans = ([one[side] for one in turns] for side in (0, 1))
    return _seconds(ours), _peak(ours), _seconds(scans)


def _seconds(runs: list[Run]) -> float:
    return median(run.seconds for run in runs)


def _cpu(runs: list[Run]) -> float:
    return median(run.cpu for run in runs)


def _peak(runs: list[Run]) -> float:
    return median(run.peak_mb for run in runs)


def _free_mb() -> float:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) / 1024


@contextmanager
def _room(folder: Path | None) -> Iterator[Path]:
    room = Path(tempfile.mkdtemp(prefix="proofloop-bench-", dir=folder))
    os.environ["DO_NOT_TRACK"] = "true"
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
