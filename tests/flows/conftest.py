"""One Prefect API for the whole test session, shared by all xdist workers and started only if a test asks for it.

``tests/conftest.py`` ends it with the session; how it is started is ``tests/prefect_server.py``. What people do in a browser has a server
of its own: whoever deploys a workspace there or looks for the newest run must not meet another test's.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.prefect_server import start_server

RUN = Path(os.environ["PROOFLOOP_TEST_RUN"])


@pytest.fixture(scope="session")
def prefect_api() -> Iterator[str]:
    """Yield the URL of the session's Prefect API, with this process pointed at it."""
    with _pointed_at(_shared_server()) as url:
        yield url


@pytest.fixture(scope="module")
def own_prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a Prefect API that no other module uses, with this process pointed at it."""
    server = start_server(tmp_path_factory.mktemp("server"))
    try:
        with _pointed_at(str(server["url"])) as url:
            yield url
    finally:
        with suppress(ProcessLookupError):
            os.killpg(int(str(server["pid"])), signal.SIGKILL)  # nothing of it is kept


@contextmanager
def _pointed_at(server: str) -> Iterator[str]:
    from prefect.events.worker import EventsWorker
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    # heartbeats would add a second to every flow run
    with temporary_settings(updates={PREFECT_API_URL: server, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield server
        EventsWorker.drain_all(timeout=10)


def _shared_server() -> str:
    RUN.mkdir(exist_ok=True)
    with (RUN / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = RUN / "server.json"
        if not note.exists():
            note.write_text(json.dumps(start_server(RUN)))
        url: str = json.loads(note.read_text())["url"]
        return url
