"""What of the machine a model's process is shown, and how much memory all of its processes use.

Put here what is read of the machine for the room of ``scoring_jail.py``: which folders Python needs, and what the kernel counts.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from registry.errors import ConfigurationError

_SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo")
_PREFIXES = "import json, sys; print(json.dumps([sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]))"
_TOO_WIDE = frozenset({"/", "/home", "/root", "/etc", "/var", "/srv", "/opt", "/tmp"})  # noqa: S108 - refused, not used
_COUNTED = ("RssAnon:", "RssShmem:")


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
        if os.path.exists(path):
            found.setdefault(os.path.realpath(path), "")
    return sorted(found.items(), key=lambda one: (len(one[0]), one[0]))


def rss_below(pid: int) -> int:
    """Return the bytes of memory of all processes that come of ``pid``: their own and what they share in memory."""
    children = defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                # The name of a process may hold anything, spaces and brackets too: what follows its last bracket counts.
                children[int(Path("/proc", name, "stat").read_text(errors="replace").rpartition(")")[2].split()[1])].append(int(name))
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
        here = os.path.join(*parts[:count])
        if os.path.islink(here):
            leads_to = os.readlink(here)
            rest = os.path.join(os.path.dirname(here), leads_to, *parts[count:])
            return [(here, leads_to), *_links_on(rest)]
    return []
