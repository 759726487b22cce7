"""A relay between MLflow's webhooks and Prefect: a signed webhook starts the deployment ``versions-refresh``, and where the alias
``candidate`` was set on what a system evaluates, ``eval-gate`` for that system.

Put here what stands between the two, and nothing that reads a version: what serves, and what the alias names, is read from the registry by
the flows. Which systems a webhook is about is ``candidates.py``. Run it behind TLS where MLflow reaches it:
``python -m deployments.webhooks.mlflow_relay``.

The rules:
 * A request without a valid signature of the last five minutes is refused (401): nobody else starts runs.
 * The delivery's id is in each run's idempotency key: what is sent again, or replayed, starts no second run.
 * The gate is asked without a reason: outcomes that were made anew are excused by a person, never by a machine.
 * Where Prefect does not answer, or the catalogue cannot be read, the webhook is not taken (503), and MLflow sends it again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

from deployments.webhooks.candidates import ALIAS, systems_with_candidate
from registry.errors import ProofloopError
from registry.settings import ENVIRONMENT_VARIABLE, find_workspace

REFRESH, GATE = "versions-refresh", "eval-gate"
Start = Callable[[str, bytes], None]
_DELIVERY = "x-mlflow-delivery-id"
_MAX_BYTES = 1_000_000
_MAX_AGE_SECONDS = 300
_TIMEOUT_SECONDS = 10


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now_seconds: float) -> bool:
    """Return whether MLflow signed this request with ``secret``, and not long ago; names of ``headers`` are in small letters."""
    delivery, sent = headers.get(_DELIVERY, ""), headers.get("x-mlflow-timestamp", "")
    if not (delivery and sent.isascii() and sent.isdecimal() and abs(now_seconds - int(sent)) <= _MAX_AGE_SECONDS):
        return False
    digest = hmac.digest(secret.encode(), f"{delivery}.{sent}.".encode() + body, hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest).decode()}"
    return hmac.compare_digest(expected.encode(), headers.get("x-mlflow-signature", "").encode())


def start_run(api: str, auth: str, deployment: str, key: str, parameters: Mapping[str, str]) -> None:
    """Start a deployment, once for this key.

    Raises:
        OSError: Prefect does not answer, or does not know the deployment.
    """
    headers = {"Content-Type": "application/json"}
    if auth:
        headers["Authorization"] = f"Basic {base64.b64encode(auth.encode()).decode()}"

    def asked(path: str, body: bytes | None = None) -> str:
        # the address is the operator's own setting
        with urlopen(Request(f"{api.rstrip('/')}/{path}", body, headers), timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return str(json.load(answer)["id"])

    found = asked(f"deployments/name/{deployment}/{deployment}")
    asked(f"deployments/{found}/create_flow_run", json.dumps({"idempotency_key": key, "parameters": parameters}).encode())


def start_all(start: Callable[[str, str, Mapping[str, str]], None], systems: Callable[[bytes], Iterable[str]], alias: str) -> Start:
    """Return what starts every run of a delivery: the refresh, and the gate of each system that has a new candidate by it."""

    def started(delivery: str, body: bytes) -> None:
        start(REFRESH, delivery, {})
        for system_id in systems(body):
            start(GATE, f"{delivery}-{system_id}", {"system_id": system_id, "candidate": f"@{alias}"})

    return started


def relay(address: tuple[str, int], secret: str, start: Start) -> ThreadingHTTPServer:
    """Return a server that calls ``start`` with id and body of each delivery that is signed; ``serve_forever`` runs it."""

    class Webhook(BaseHTTPRequestHandler):
        timeout = _TIMEOUT_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > _MAX_BYTES:
                return self._answer(413)
            headers = {name.lower(): value for name, value in self.headers.items()}  # a proxy may have changed their letters
            body = self.rfile.read(int(length))
            if not is_signed(headers, body, secret, time.time()):
                return self._answer(401)
            try:
                start(headers[_DELIVERY], body)
            except ProofloopError as error:
                self.log_error("expected a catalogue that says what is evaluated, found: %s", error)
                return self._answer(503)
            except (OSError, ValueError, KeyError) as error:
                self.log_error("expected Prefect to start what the webhook asks for, found %s", type(error).__name__)
                return self._answer(503)
            return self._answer(202)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return ThreadingHTTPServer(address, Webhook)


def main(environ: Mapping[str, str]) -> None:
    """Relay until stopped; the settings are read from the environment."""
    missing = [name for name in ("MLFLOW_WEBHOOK_SECRET", "PREFECT_API_URL") if not environ.get(name)]
    if missing:
        sys.exit(f"relay: expected {' and '.join(missing)} in the environment, found nothing; set them and start again")
    alias, folder = environ.get("RELAY_CANDIDATE_ALIAS") or ALIAS, environ.get(ENVIRONMENT_VARIABLE, "")
    address = (environ.get("RELAY_HOST", "127.0.0.1"), int(environ.get("RELAY_PORT", "8765")))
    start = start_all(
        partial(start_run, environ["PREFECT_API_URL"], environ.get("PREFECT_API_AUTH_STRING", "")), _gated(folder, alias), alias
    )
    relay(address, environ["MLFLOW_WEBHOOK_SECRET"], start).serve_forever()


def _gated(folder: str, alias: str) -> Callable[[bytes], Iterable[str]]:
    """Return what says which systems a webhook has a candidate for; without a workspace no webhook has any."""
    if not folder:
        return lambda _body: ()
    try:
        workspace = find_workspace(Path(folder), Path(folder), os.environ)
    except ProofloopError as error:
        sys.exit(f"relay: {error}")
    return lambda body: systems_with_candidate(body, alias, workspace)


if __name__ == "__main__":
    main(os.environ)
