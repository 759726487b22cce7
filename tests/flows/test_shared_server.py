"""The session's Prefect server answers, and a process without it fails at once instead of starting one."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request

PROGRAM = """
from prefect import flow
@flow
def f(): return 1
f()
"""


def test_the_shared_server_is_healthy(prefect_api: str) -> None:
    with urllib.request.urlopen(f"{prefect_api}/health", timeout=10) as answer:  # noqa: S310 - our own server on loopback
        assert answer.read() == b"true"


def test_without_a_server_a_flow_run_is_refused_instead_of_starting_one() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "PREFECT_API_URL" in done.stderr
