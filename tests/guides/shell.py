"""Typing a guide into a shell, and asking the workspace that it leaves.

Put here what tests of guides share. How ``proofloop`` is answered there is ``warm.py``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.guides.warm import CLOCK, warm_commands

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SECONDS = 600


def typed_guide(guide: Path, folder: Path) -> str:
    """Type every shell block of ``guide`` in ``folder``, and return everything the shell said; its last command must succeed."""
    return typed(blocks_of(guide.read_text(encoding="utf-8")), folder)


def blocks_of(text: str) -> list[str]:
    """Return the shell blocks of a guide, or of a part of one."""
    return _BLOCK.findall(text)


def typed(blocks: list[str], folder: Path, at: str = "") -> str:
    """Type ``blocks`` into one shell in ``folder``, and return everything it said; ``at`` is the instant that it is there, else now."""
    script = "set -u\n" + "\n".join(blocks)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PROOFLOOP_"))}
    environ |= {"HOME": str(folder), CLOCK: at}
    with warm_commands(environ) as programs:
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=folder,
            env=environ | {"PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def asked_of(workspace: Path, *words: str) -> dict[str, Any]:
    """Return the JSON document that ``proofloop`` answers about the workspace."""
    command = [sys.executable, "-m", "deployments.cli.main", "--workspace", str(workspace), *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
