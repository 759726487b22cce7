"""The whole gate from outside: `proofloop gate` on 10,000 cases, from the command to the sealed package, inline and by a Prefect server.

Put here what one decision costs somebody who waits for it; the arithmetic alone is ``benchmarks/gate.py``. Run by
``make bench WHAT=gate_flow``. Two versions answer 10,000 cases in five columns of ten segments, compared by accuracy, F1, AUC, Brier score
and seconds; the package holds the page and the charts that a library draws, which this tells by itself. Each run is a process of its own,
imports included; the server runs already, as it does where there is one.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Figure, publish

CASES, ROUNDS, COLUMNS, VALUES = 10_000, 3, 5, 10
GOAL_SECONDS = 60.0
_EVALUATION = """\
evaluation:
  artifact: model
  set:
    source: {path: data/cases.csv}
    sha256: "%(sha256)s"
    case_id: case_id
    label: label
    content: [text]
  outcomes:
    source: {path: data/outcomes.csv}
    columns: {version: version, case_id: case_id, answer: answer, score: score, error: error}
  answers: ["0", "1"]
  metrics:
    - {name: accuracy, kind: accuracy}
    - {name: f1, kind: f1}
    - {name: auc, kind: auc}
    - {name: brier, kind: brier}
    - {name: seconds, kind: amount, column: seconds, more_is_better: false}
  segments: [%(segments)s]
"""


def main() -> int:
    """Decide, print; return 1 if the slowest decision took longer than a minute."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = _workspace(Path(folder), arguments.cases)
        figures = _figures("command, inline", root, arguments.rounds, dict(os.environ), first_day=1)
        server = _server(Path(folder))
        try:
            environ = {**os.environ, "PREFECT_API_URL": str(server["url"])}
            figures += _figures("the same as a run of a Prefect server", root, arguments.rounds, environ, first_day=1 + arguments.rounds)
        finally:
            os.killpg(int(str(server["pid"])), signal.SIGKILL)  # nothing of it is kept
        figures.append(Figure("of it the charts: processor time, imports included", _charts(root), "s"))
    return publish("gate_flow", figures)


def _figures(what: str, root: Path, rounds: int, environ: dict[str, str], first_day: int) -> list[Figure]:
    """Return the walls and the mean processor time of decisions on one day after another."""
    before, walls = _processor_seconds(), []
    for number in range(rounds):
        words = ["--candidate", "v2", "--champion", "v1", "--as-of", f"2026-03-{first_day + number:02d}"]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "deployments.cli.main", "--workspace", str(root), "gate", "fraud_filter", *words],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        walls.append(time.perf_counter() - began)
        if "report.html" not in done.stdout or "charts  none" in done.stdout:
            raise RuntimeError(f"expected a sealed decision with charts, found {done.stdout[-500:]} {done.stderr[-500:]}")
    spent = (_processor_seconds() - before) / rounds
    return [
        Figure(f"{what} (median of {rounds})", median(walls), "s"),
        Figure(f"{what} (slowest)", max(walls), "s", goal=f"< {GOAL_SECONDS:g} s", ok=max(walls) < GOAL_SECONDS),
        Figure(f"{what}: processor time (mean)", spent, "s"),
    ]


def _charts(root: Path) -> float:
    """Return what rendering the charts of a sealed decision takes of a fresh process."""
    package = sorted((root / ".state/archive").glob("[0-9]*/inputs.json"))[-1].parent
    program = f"""
from pathlib import Path
from registry.policies.gate import read_gate_policy
from registry.records import read_gate_decision, read_sealed_gate
package = Path({str(package)!r})
decision = read_gate_decision((package / "decision.json").read_bytes())
inputs = read_sealed_gate((package / "inputs.json").read_bytes()).judged_with(read_gate_policy((package / "policies.json").read_bytes()))
import time
began = time.process_time()
from reports.gate_charts import render_gate_charts
assert render_gate_charts(decision, inputs).page == (package / "evidently.html").read_bytes()
print(time.process_time() - began)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _server(folder: Path) -> dict[str, Any]:
    from tests.prefect_server import start_server

    run = folder / "prefect"
    run.mkdir()
    return dict(start_server(run))


def _workspace(folder: Path, count: int) -> Path:
    """Write a bank whose filter has so many cases, and two versions' outcomes on them: the second is a little better."""
    from tests.flows.workspaces import a_bank

    root = a_bank(folder / "bank", model="{recorded: v1}").root
    chance = random.Random(6)
    columns = [f"column_{number}" for number in range(COLUMNS)]
    labels = [int(chance.random() < 0.3) for _ in range(count)]
    cases = [(f"C{n:06d}", one, f"asks {n}", *(f"value {chance.randrange(VALUES)}" for _ in columns)) for n, one in enumerate(labels)]
    _write(root / "data/cases.csv", ("case_id", "label", "text", *columns), cases)
    rows = [row for version, right in (("v1", 0.85), ("v2", 0.87)) for row in _outcomes(version, right, labels, chance)]
    _write(root / "data/outcomes.csv", ("version", "case_id", "answer", "score", "seconds", "error"), rows)
    sha256 = hashlib.sha256((root / "data/cases.csv").read_bytes()).hexdigest()
    with (root / "systems/fraud_filter.yaml").open("a", encoding="utf-8") as stream:
        stream.write(_EVALUATION % {"sha256": sha256, "segments": ", ".join(columns)})
    return root


def _outcomes(version: str, right: float, labels: list[int], chance: random.Random) -> list[tuple[object, ...]]:
    made: list[tuple[object, ...]] = []
    for number, label in enumerate(labels):
        answer = label if chance.random() < right else 1 - label
        score = round(min(max(0.25 + 0.5 * answer + chance.gauss(0, 0.1), 0.0), 1.0), 4)
        made.append((version, f"C{number:06d}", answer, score, round(chance.lognormvariate(0, 0.4), 3), ""))
    return made


def _write(path: Path, names: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
