"""Processes of the drift benchmark: started one at a time, measured from outside, from the first instruction to the last.

Put here how a process is run and what is noted of it; what it does is ``drift_runs.py`` (ours) and ``drift_peers.py`` (the peers').
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import BUILD

NANNYML = ("nannyml==0.13.1", "statsmodels")  # the second it imports without asking for it
_PEERS = ("evidently", "nannyml")


@dataclass(frozen=True, slots=True)
class Run:
    """One process: its wall and processor seconds, and its own peak memory; ``counting`` is what it says of the scan alone."""

    seconds: float
    cpu: float
    peak_mb: float
    counting: float = 0.0
    segments: int = 0


def measured(words: list[str], python: str | None = None) -> Run:
    """Run one step of the benchmark in a process of its own; stop with what it said if it fails."""
    module = "benchmarks/drift_peers.py" if words[0] in _PEERS else "benchmarks/drift_runs.py"
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "NML_DISABLE_USAGE_LOGGING": "1"}
    started = time.perf_counter()
    # -X importtime and the like stay out: it is started as a user would start it.
    done = subprocess.run([python or sys.executable, module, *words], capture_output=True, text=True, env=environment, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: expected to end with 0, found {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    return Run(seconds, **said)


def nannyml_python() -> str | None:
    """Return the Python of a throw-away environment with NannyML in it, made on first use; None where it cannot be made to work."""
    home = BUILD.resolve() / "nannyml"
    python = home / "bin" / "python"
    uv = [str(Path(sys.executable).parent / "uv")]
    works = [str(python), "-c", "import nannyml"]
    if python.exists() and subprocess.run(works, capture_output=True, check=False).returncode == 0:
        return str(python)
    steps = (
        [*uv, "venv", "--clear", "-q", "--python", sys.executable, str(home)],
        [*uv, "pip", "install", "-q", "--python", str(python), *NANNYML],
        works,
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"NannyML: expected {step[1]} to work, found\n{done.stderr[-1000:]}")
            return None
    return str(python)
