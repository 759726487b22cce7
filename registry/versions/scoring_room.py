"""The plan of the room that a model is run in: what is shown, what it may use up, and how much memory it uses by the kernel's count.

Put here what is settled outside, before and while ``scoring_jail.py`` has a model in its room.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.errors import ConfigurationError

_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo")
_PREFIXES = "import json, sys; print(json.dumps([sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]))"
_TOO_WIDE = frozenset({"/", "/home", "/root", "/etc", "/var", "/srv", "/opt", "/tmp"})  # noqa: S108 - refused, not used
_COUNTED = ("RssAnon:", "RssShmem:")


@dataclass(frozen=True, slots=True)
class ScoringLimits:
    """What one version may use up while it is scored: all processes of it together, but processor seconds, which are each one's."""

    seconds: int = 900
    memory_mb: int = 4096
    processes: int = 64
    output_mb: int = 64
    scratch_mb: int = 64
    python: str = ""
    """The interpreter with the packages that the models need; this program's own where empty."""


def plan_of(room: Path, model: Path, hidden: Sequence[Path], limits: ScoringLimits) -> dict[str, Any]:
    """Return what the room in the folder ``room`` is made of.

    Raises:
        ConfigurationError: the interpreter does not start, or would show far more than itself.
    """
    python = limits.python or sys.executable
    return {
        "room": str(room),
        "python": python,
        "shown": folders_of(python),
        "hidden": [str(path.resolve()) for path in hidden],
        "model": str(model),
        "program": str(Path(__file__).with_name("scoring_model.py")),
        "user": 61184 + secrets.randbelow(4096),  # another one each time: the kernel counts processes by user, and some end late
        "limits": {
            "seconds": limits.seconds,
            "memory_bytes": limits.memory_mb << 20,
            "processes": limits.processes,
            "scratch_bytes": limits.scratch_mb << 20,
        },
        "environment": _environment(),
    }


def _environment() -> dict[str, str]:
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    )
    own = {"HOME": "/tmp", "TMPDIR": "/tmp", "LOGNAME": "model", "LANG": "C.UTF-8", "TZ": "UTC"}  # noqa: S108 - the room's own
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore"}
    return {**threads, **own, **quiet}


def folders_of(python: str) -> list[tuple[str, str]]:
    """Return what is shown for this interpreter: paths, parents first, each with what it leads to where it is a link.

    Raises:
        ConfigurationError: it does not start, or would show far more than itself.
    """
    prefixes = _prefixes(python)
    if wide := _TOO_WIDE & {os.path.realpath(one) for one in prefixes}:
        raise ConfigurationError([f"scoring.python: expected an interpreter in a folder of its own, found one in {min(wide)}; use a venv"])
    found: dict[str, str] = {}
    for path in (*_SYSTEM, *prefixes, python):
        found.update(dict(_links_on(path)))
    for path in (*_SYSTEM, *prefixes):
        if Path(path).exists():
            found.setdefault(os.path.realpath(path), "")
    return sorted(found.items(), key=lambda one: (len(one[0]), one[0]))


def rss_below(pid: int) -> int:
    """Return the bytes of memory of all processes that come of ``pid``: their own and what they share in memory."""
    children = defaultdict(list)
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                # The name of a process may hold anything, spaces and brackets too: what follows its last bracket counts.
                above = (path / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]
                children[int(above)].append(int(path.name))
    total, wanted = 0, [pid]
    while wanted:
        one = wanted.pop()
        wanted += children[one]
        total += _memory(one)
    return total


def _memory(pid: int) -> int:
    try:
        lines = Path("/proc", str(pid), "status").read_text(errors="replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(_COUNTED))


def _prefixes(python: str) -> list[str]:
    command = [python, "-I", "-c", _PREFIXES]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=True, env={})  # noqa: S603 - the workspace's interpreter
        return [str(path) for path in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        told = f"scoring.python {python!r}: expected a Python that starts, found {type(error).__name__}; correct it in proofloop.yaml"
        raise ConfigurationError([told]) from error


def _links_on(path: str) -> list[tuple[str, str]]:
    """Return the links that are met on the way to ``path``, each with what it leads to."""
    parts = Path(os.path.normpath(path)).parts
    for count in range(2, len(parts) + 1):
        here = Path(*parts[:count])
        if here.is_symlink():
            leads_to = here.readlink()
            return [(str(here), str(leads_to)), *_links_on(str(here.parent / leads_to / Path(*parts[count:])))]
    return []
