"""A real MLflow server process, and what is registered in it.

Put here what tests need to talk to MLflow as a bank runs it; its store in this process needs none of it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class MlflowServer:
    """The address of a server of our own, and its processes to hold and to let go on."""

    uri: str
    process: subprocess.Popen[bytes]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the server take requests and answer none, as one that hangs does."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


def register(uri: str) -> None:
    """Register two versions of a model, the second as champion, a third that was deleted, and one version of a prompt."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("credit_model")
    for _ in range(3):
        client.create_model_version("credit_model", source="s3://models/credit_model")  # a server takes no local path
    client.delete_model_version("credit_model", "3")
    client.set_registered_model_alias("credit_model", "champion", "2")
    client.register_prompt("answer_prompt", "Answer {{question}}")
    client.set_prompt_alias("answer_prompt", "production", 1)


@contextmanager
def serving(folder: Path) -> Iterator[MlflowServer]:
    """Serve the store in ``folder`` with one worker until the end of the block."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--artifacts-destination", f"{folder}/artifacts"],
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = MlflowServer(f"http://127.0.0.1:{port}", process)
    try:
        _wait_until_healthy(server, folder / "server.log")
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # nothing of it is kept
        process.wait()


def _wait_until_healthy(server: MlflowServer, log: Path) -> Any:
    for _ in range(START_SECONDS * 10):
        if server.process.poll() is not None:
            raise RuntimeError(f"the MLflow server ended: {log.read_text()[-2000:]}")
        with suppress(OSError):
            return urllib.request.urlopen(f"{server.uri}/health", timeout=2).read()  # noqa: S310 - our own server on loopback
        time.sleep(0.1)
    raise RuntimeError(f"the MLflow server did not answer within {START_SECONDS} seconds: {log.read_text()[-2000:]}")
