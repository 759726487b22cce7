"""Windows after a fix over real complaints and real incidents, through the product's own flows and commands, compared with what is counted.

Put the table here; the cases are ``recurrence_handling.py``, ``recurrence_fraud.py`` and ``recurrence_providers.py``. Run by
``make real WHAT=recurrence``; prints a table, writes it as JSON and exits 1 when a row is not as expected, 0 with a message where the data
are absent. The workspaces stay below ``build/real/recurrence`` to be looked into.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.clocks import a_set_clock
from tests.real.complaints import FILE
from tests.real.recurrence_fraud import Told, fraud_case
from tests.real.recurrence_handling import handling_case
from tests.real.recurrence_incidents import FILE as INCIDENTS
from tests.real.recurrence_providers import providers_case
from tests.verdict_table import Row, rows_text, write_rows

BUILD = Path("build/real")


def main() -> int:
    """Live through every case, compare, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    for name in (FILE, INCIDENTS):
        if not (arguments.data / name).is_file():
            print(f"skipped: {arguments.data / name} is not here; name the folder with DATA=")
            return 0
    started = time.perf_counter()
    root, data = (BUILD / "recurrence").resolve(), arguments.data.resolve()
    shutil.rmtree(root, ignore_errors=True)
    # each in a process of its own, for which the clock of the house is set
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        banks = [processes.submit(_lived, case, root, data) for case in (fraud_case, handling_case)]
        incidents, table = processes.submit(providers_case, root, data).result()
        told = [bank.result() for bank in banks]
    rows = [row for one in told for row in one.rows] + list(incidents)
    _report(rows, told, table, time.perf_counter() - started)
    return 0 if all(row.ok for row in rows) else 1


def _lived(case: Callable[[Path, Path], Told], root: Path, data: Path) -> Told:
    with a_set_clock():
        return case(root, data)


def _report(rows: Sequence[Row], told: Sequence[Told], table: Sequence[str], seconds: float) -> None:
    """Print the table and that of the providers, and write them with the windows as JSON."""
    print(rows_text(rows))
    print("\n".join(("", *table, "")))
    print(f"{len(rows)} rows in {seconds:.0f} s")
    windows = [window for one in told for window in one.windows]
    write_rows(BUILD / "recurrence.json", rows, seconds, providers=list(table), windows=windows)


if __name__ == "__main__":
    sys.exit(main())
