"""Reading the demonstration's files back, independently of how they were written.

Put readers of delivered files here; built replays are ``true_replay.py``.
"""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, timedelta
from pathlib import Path

from deployments.demo.generator import deliver_day

_DAY = timedelta(days=1)
IDS = {"complaints": "Complaint ID", "overrides": "override_id", "credit_overrides": "override_id", "evals": "case_run_id"}


def rows_in(path: Path) -> list[dict[str, str]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.name.endswith((".csv", ".csv.gz")):
        return list(csv.DictReader(content.decode().splitlines()))
    return [json.loads(line) for line in content.splitlines()]


def ids_in(root: Path, source: str) -> list[str]:
    paths = sorted(path for path in (root / "data" / source).iterdir())
    return [row[IDS[source]] for path in paths for row in rows_in(path)]


def complaints_of(root: Path, day: date) -> list[dict[str, str]]:
    deliver_day(root, day + _DAY)
    return rows_in(root / f"data/complaints/complaints-{day}.csv.gz")
