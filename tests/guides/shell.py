"""Typing a guide into a shell, and asking the workspace that it leaves.

Put here what tests of guides share.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SECONDS = 600


def typed_guide(guide: Path, folder: Path) -> str:
    """Type every shell block of ``guide`` in ``folder``, and return everything the shell said; its last command must succeed."""
    script = "set -u\n" + "\n".join(_BLOCK.findall(guide.read_text(encoding="utf-8")))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PROOFLOOP_"))}
    environ |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environ,
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
