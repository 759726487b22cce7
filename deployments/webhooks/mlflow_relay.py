"""A relay between MLflow's webhooks and Prefect: a signed webhook starts the deployment ``versions-refresh``.

Put here what stands between the two, and nothing that reads a version: of the request only the signature is believed, what serves is
read from the registry by the flow. Run it behind TLS where MLflow reaches it: ``python -m deployments.webhooks.mlflow_relay``.

The rules:
 * A request without a valid signature of the last five minutes is refused (401): nobody else starts runs.
 * The delivery's id is the run's idempotency key: what is sent again, or replayed, starts no second run.
 * Where Prefect does not answer, the webhook is not taken (503), and MLflow sends it again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

DEPLOYMENT = "versions-refresh/versions-refresh"
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


def start_refresh(api: str, auth: str, delivery: str) -> None:
    """Start the deployment once for this delivery.

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

    deployment = asked(f"deployments/name/{DEPLOYMENT}")
    asked(f"deployments/{deployment}/create_flow_run", json.dumps({"idempotency_key": delivery}).encode())


def relay(address: tuple[str, int], secret: str, start: Callable[[str], None]) -> ThreadingHTTPServer:
    """Return a server that calls ``start`` with the id of each delivery that is signed; ``serve_forever`` runs it."""

    class Webhook(BaseHTTPRequestHandler):
        timeout = _TIMEOUT_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > _MAX_BYTES:
                return self._answer(413)
            headers = {name.lower(): value for name, value in self.headers.items()}  # a proxy may have changed their letters
            if not is_signed(headers, self.rfile.read(int(length)), secret, time.time()):
                return self._answer(401)
            try:
                start(headers[_DELIVERY])
            except (OSError, ValueError, KeyError) as error:
                self.log_error("expected Prefect to start %s, found %s", DEPLOYMENT, type(error).__name__)
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
    api, auth = environ["PREFECT_API_URL"], environ.get("PREFECT_API_AUTH_STRING", "")
    address = (environ.get("RELAY_HOST", "127.0.0.1"), int(environ.get("RELAY_PORT", "8765")))
    relay(address, environ["MLFLOW_WEBHOOK_SECRET"], lambda delivery: start_refresh(api, auth, delivery)).serve_forever()


if __name__ == "__main__":
    main(os.environ)
