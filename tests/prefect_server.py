"""A Prefect server in a process of its own, with its pages, for tests and acceptance runs that talk to a real one.

Put here how it is started. A migrated database is kept in ``.prefect_template`` by Prefect version, so that later starts take a fraction of
the time.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / ".prefect_template"
START_SECONDS = 120


def start_server(run: Path) -> dict[str, object]:
    """Start a server that keeps its database, log and pages in ``run``; return its process and the address of its API."""
    import prefect

    database, template = run / "prefect.db", TEMPLATES / f"{prefect.__version__}.db"
    if template.exists():
        shutil.copy(template, database)
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    with (run / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"],
            env=_server_environment(run, port),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}/api"
    _wait_until_healthy(server, url, run / "server.log")
    if not template.exists():
        _keep_template(database, template)
    return {"pid": server.pid, "url": url}


def _server_environment(run: Path, port: int) -> dict[str, str]:
    recorder = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER"
    return {
        **os.environ,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{run / 'prefect.db'}",
        # the pages, for the tests that fill in forms; the newer ones call a host of their maker from the browser
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(run / "pages"),
        "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        f"{recorder}_BATCH_SIZE": "50",
        f"{recorder}_READ_BATCH_SIZE": "50",
        # whole seconds only: Prefect cuts off the rest, and an interval of 0 keeps a core busy for as long as the server lives
        f"{recorder}_FLUSH_INTERVAL": "1",
    }


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(START_SECONDS * 10):
        if server.poll() is not None:
            raise RuntimeError(f"the Prefect server ended: {log.read_text()[-2000:]}")
        with suppress(OSError):
            urllib.request.urlopen(f"{url}/health", timeout=2).read()  # noqa: S310 - our own server on loopback
            return
        time.sleep(0.1)
    server.kill()
    raise RuntimeError(f"the Prefect server did not answer within {START_SECONDS} seconds")


def _keep_template(database: Path, template: Path) -> None:
    template.parent.mkdir(exist_ok=True)
    unfinished = template.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(template)


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
