"""One day of the daily triage at scale: 1,000,000 signals of 200 systems, on SQLite and PostgreSQL, beside a bare bulk insert.

Put here what is measured of the daily triage. Run by ``make bench WHAT=triage``; ``--signals`` and ``--systems`` make it smaller. Each
run is a process of its own, so that its peak memory is its own; the peer inserts the very rows that the ledger holds afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Figure, publish

DAY = date(2026, 3, 10)
AS_OF = datetime(2026, 3, 10, 11, tzinfo=UTC)
PARTS = ("read_sources", "read_history", "judge_triage", "render_triage_package", "write_draft", "append_triage", "publish_pending")
SYSTEM = """\
id: {system}
name: System {number}
kind: ml
risk_tier: medium
owners: {{product_owner: p@bank.example, operations_lead: o@bank.example, business_process_owner: b@bank.example,
  risk_compliance: r@bank.example, model_risk: m@bank.example, data_owner: d@bank.example, evalops_owner: e@bank.example}}
timezone: America/New_York
versions: {{model: {{recorded: "1"}}}}
signals:
  - name: complaints
    category: complaint
    source: {{path: data/signals.parquet}}
    where: "system = '{system}'"
    fields: {{signal_id: id, occurred_at: occurred, received_at: received, journey_step: step, narrative: text,
      segment: {{product: product, channel: channel}}}}
    impact: delay
    fingerprint: [step, reason]
    opens_issue: {{spike: {{}}}}
"""


def main() -> int:
    """Measure both backends and the growth with systems and rows; return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=1_000_000)
    parser.add_argument("--systems", type=int, default=200)
    parser.add_argument("--run", metavar="WORKSPACE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(_measured(Path(arguments.run))))
        return 0
    figures = []
    for backend in ("sqlite", "postgresql"):
        figures += _figures(backend, arguments.signals, arguments.systems)
    figures += _growth(arguments.signals // 10, arguments.systems)
    return publish("triage", figures)


def _figures(backend: str, signals: int, systems: int) -> list[Figure]:
    with _workspace(signals, systems) as root, _ledger(backend) as url:
        day = _run(root)
        peer = median([_bare_insert(url) for _ in range(3)])
    parts, name = day["parts"], f"{backend}, {signals:,} signals, {systems} systems"
    full = signals >= 1_000_000
    return [
        Figure(f"{name}: whole run", day["seconds"], "s", goal="< 120 s", ok=day["seconds"] < 120 if full else None),
        Figure(f"{name}: peak memory", day["peak_mb"], "MB", goal="< 2000 MB", ok=day["peak_mb"] < 2000 if full else None),
        *(Figure(f"{name}: of it {part}", seconds, "s") for part, seconds in parts.items() if part != "append_triage"),
        Figure(
            f"{name}: of it append_triage",
            parts["append_triage"],
            "s",
            peer,
            "s bulk insert",
            "<= 3x",
            parts["append_triage"] <= 3 * peer if full else None,
        ),
    ]


def _growth(signals: int, systems: int) -> list[Figure]:
    """How the whole run grows: a tenth of the rows, then the same rows over a tenth of the systems."""
    figures = []
    for rows, number in ((signals, systems), (signals, max(1, systems // 10))):
        with _workspace(rows, number) as root:
            figures.append(Figure(f"sqlite, {rows:,} signals, {number} systems: whole run", _run(root)["seconds"], "s"))
    return figures


def _run(root: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.triage", "--run", str(root)], check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _measured(root: Path) -> dict[str, Any]:
    """Run the day in this process with a stopwatch on each part."""
    from flows import daily_triage as module
    from tasks.engine import run

    parts: dict[str, float] = dict.fromkeys(PARTS, 0.0)
    for name in PARTS:
        setattr(module, name, _timed(getattr(module, name), name, parts))
    started = time.perf_counter()
    result = run(module.daily_triage, as_of=AS_OF, workspace=str(root))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak_mb": _peak_mb(), "parts": parts, "counts": result.decision.signal_counts}


def _peak_mb() -> float:
    """Return this process's own peak; ``getrusage`` would report the parent's where that was larger when it started us."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _timed(body: Callable[..., Any], name: str, parts: dict[str, float]) -> Callable[..., Any]:
    @wraps(body)
    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return body(*args, **kwargs)
        finally:
            parts[name] += time.perf_counter() - started

    return timed


@contextmanager
def _workspace(signals: int, systems: int) -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="proofloop-bench-"))
    try:
        (root / "systems").mkdir()
        (root / "data").mkdir()
        (root / "proofloop.yaml").write_text("timezone: America/New_York\nledger_url: ${BENCH_LEDGER}\n")
        for number in range(systems):
            (root / "systems" / f"s{number:04d}.yaml").write_text(SYSTEM.format(system=f"s{number:04d}", number=number))
        _write_signals(root / "data" / "signals.parquet", signals, systems)
        os.environ["BENCH_LEDGER"] = f"sqlite:///{root}/ledger.db"
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _write_signals(path: Path, signals: int, systems: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = random.Random(7)
    day = (DAY - timedelta(days=1)).isoformat()
    reasons, channels = [f"reason {index}" for index in range(25)], ["web", "phone", "branch", "letter"]
    columns = {
        "id": [f"SIG-{number:08d}" for number in range(signals)],
        "system": [f"s{number % systems:04d}" for number in range(signals)],
        "occurred": [f"{day}T{number % 24:02d}:00:00Z" for number in range(signals)],
        "received": [f"{day} 12:{number % 60:02d}:00" for number in range(signals)],
        "step": [f"step {number % 5}" for number in range(signals)],
        "reason": [chance.choice(reasons) for _ in range(signals)],
        "product": ["card" if number % 3 else "loan" for number in range(signals)],
        "channel": [chance.choice(channels) for _ in range(signals)],
        "text": [f"My request {number} was refused twice and nobody could say why." for number in range(signals)],
    }
    pq.write_table(pa.table(columns), path)


@contextmanager
def _ledger(backend: str) -> Iterator[str]:
    """Point the workspace at a ledger of the backend and yield its URL."""
    if backend == "sqlite":
        yield os.environ["BENCH_LEDGER"]
        return
    from tests.postgres import a_database, started_server

    with started_server() as server, a_database(server) as url:
        os.environ["BENCH_LEDGER"] = url
        yield url


def _bare_insert(url: str) -> float:
    """Return the seconds of a bulk insert of the ledger's own signal and narrative rows into tables without key, trigger or check."""
    from sqlalchemy import text

    from registry.ledger.codec import SIGNAL_COLUMNS
    from registry.ledger.engine import open_engine

    engine, seconds = open_engine(url), 0.0
    for table, columns in (("signal", SIGNAL_COLUMNS), ("narrative", ("key", "salt", "text"))):
        names = ", ".join(columns)
        with engine.begin() as connection:
            rows = [tuple(row) for row in connection.execute(text(f"SELECT {names} FROM {table}"))]
            connection.execute(text("DROP TABLE IF EXISTS bare"))
            connection.execute(text(f"CREATE TABLE bare AS SELECT {names} FROM {table} WHERE 1 = 0"))
        started = time.perf_counter()
        with engine.begin() as connection:
            driver: Any = connection.connection.driver_connection
            if engine.dialect.name == "sqlite":
                driver.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(columns))})", rows)
            else:
                with driver.cursor() as cursor, cursor.copy(f"COPY bare ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        seconds += time.perf_counter() - started
    engine.dispose()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
