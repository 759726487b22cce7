"""Going back, measured from outside: from the command, or the form's submit, to the version that MLflow names again.

Put here what a rollback costs somebody who waits for it. Run by ``make bench WHAT=rollback``. The command is a process of its own each
time; the form's run is made on a real Prefect server as the page makes it and carried out by a worker with its own settings, which asks
for work every ten seconds. MLflow is a SQLite file, then a real server. The clock stops when the alias is read back by somebody else, and
for the form again when the run has ended.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from benchmarks.table import Figure, publish
from deployments.cli.running import keep_quiet

GOAL_SECONDS = 300.0
ROUNDS = 5
_POLL_SECONDS = 0.05


def main() -> int:
    """Promote and go back in turns, print; return 1 if the slowest took longer than the policy's five minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    keep_quiet()
    with tempfile.TemporaryDirectory() as folder:
        figures = _measured(Path(folder), rounds)
    return publish("rollback", figures)


def _measured(room: Path, rounds: int) -> list[Figure]:
    from tests.switched_bank import a_switched_bank, copied_store, register_versions
    from tests.versions.servers import serving

    register_versions(f"sqlite:///{room}/template.db")
    inside, apart = room / "inside", room / "apart"
    for folder in (inside, apart):
        folder.mkdir()
    own = a_switched_bank(inside / "bank", copied_store(room / "template.db", inside))
    before = _processor_seconds()
    figures = _figures("command, MLflow in a SQLite file", [_by_command(own) for _ in range(rounds)])
    figures.append(Figure("of it processor time of the command (mean)", (_processor_seconds() - before) / rounds, "s"))
    copied_store(room / "template.db", apart)
    with serving(apart) as server:
        bank = a_switched_bank(apart / "bank", server.uri)
        figures += _figures("command, MLflow server", [_by_command(bank) for _ in range(rounds)])
        with _prefect(bank, apart):
            found = [_by_form(bank) for _ in range(rounds)]
    figures += _figures("form, MLflow server: alias read back", [alias for alias, _ in found])
    return figures + _figures("form, MLflow server: run ended", [ended for _, ended in found])


def _processor_seconds() -> float:
    """Return what processes that have ended took of the processors: walls of a busy machine say little."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figures(what: str, seconds: list[float]) -> list[Figure]:
    worst = max(seconds)
    return [
        Figure(f"{what} (median of {len(seconds)})", median(seconds), "s"),
        Figure(f"{what} (slowest)", worst, "s", goal=f"< {GOAL_SECONDS:g} s", ok=worst < GOAL_SECONDS),
    ]


def _by_command(bank: Any) -> float:
    _put_in_force(bank)
    words = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(bank.root), "release", "rollback", "fraud_filter"]
    people = ["--by", "ben@bank.example", "--role", "operations_lead", "--reason", "complaints doubled"]
    began = time.perf_counter()
    done = subprocess.run([*words, *people], capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    _expect_back(bank, done.stdout + done.stderr)
    return took


def _by_form(bank: Any) -> tuple[float, float]:
    """Return the seconds from the form's submit until the alias names the version again, and until the run has ended."""
    from prefect.client.orchestration import get_client

    _put_in_force(bank)
    given = {"system_id": "fraud_filter", "by": "ben@bank.example", "role": "operations_lead", "reason": "complaints doubled"}
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("release-rollback/release-rollback")
        began = time.perf_counter()
        run = client.create_flow_run_from_deployment(deployment.id, parameters=given)
        while bank.aliases.get("champion") != "1" and time.perf_counter() - began < GOAL_SECONDS:
            time.sleep(_POLL_SECONDS)
        alias = time.perf_counter() - began
        while not (state := client.read_flow_run(run.id).state) or (not state.is_final() and time.perf_counter() - began < GOAL_SECONDS):
            time.sleep(_POLL_SECONDS)
        ended = time.perf_counter() - began
    _expect_back(bank, f"{state.name}: {state.message}")
    return alias, ended


def _put_in_force(bank: Any) -> None:
    release = bank.signed(bank.proposed(name=f"REL-20260316-{uuid4().hex[:8]}"))
    result = bank.promote(release)
    if not result.is_done:
        sys.exit(f"expected the release to be put in force, found {result.decision.refusals} {result.problem}")


def _expect_back(bank: Any, said: str) -> None:
    if bank.aliases != {"champion": "1"}:
        sys.exit(f"expected version 1 in force again, found {bank.aliases}: {said}")


@contextmanager
def _prefect(bank: Any, folder: Path) -> Iterator[None]:
    """Serve Prefect, deploy the bank to it, and let a worker wait for work; this process asks the server, and switches inline."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from tests.prefect_server import start_server

    run = folder / "prefect"
    run.mkdir()
    server = start_server(run)
    environ = {**os.environ, "PREFECT_API_URL": str(server["url"])}
    worker = None
    try:
        deploy = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(bank.root), "deploy"]
        subprocess.run(deploy, env=environ, capture_output=True, check=True)
        words = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "proofloop", "--install-policy", "never"]
        with (folder / "worker.log").open("w") as log:
            worker = subprocess.Popen(words, env=environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        with temporary_settings(updates={PREFECT_API_URL: str(server["url"])}):
            yield
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait()
        os.killpg(int(str(server["pid"])), 9)


if __name__ == "__main__":
    sys.exit(main())
