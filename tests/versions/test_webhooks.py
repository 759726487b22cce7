"""A webhook that MLflow itself sends starts the refresh once; nobody else's does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deployments.webhooks.mlflow_relay import is_signed, main, relay, start_refresh

SECRET = "a secret that both know"  # noqa: S105 - of this test alone
Asked = tuple[str, Any]


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[str]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def prefect() -> Iterator[tuple[str, list[Asked]]]:
    """A Prefect API that knows one deployment, and what was asked of it."""
    asked: list[Asked] = []

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: Any) -> None:
            asked.append((self.path, body))
            content = json.dumps({"id": "d-1"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Api)) as url:
        yield f"{url}/api", asked


@contextmanager
def relayed(start: Callable[[str], None]) -> Iterator[str]:
    server = relay(("127.0.0.1", 0), SECRET, start)
    with served(server) as url:
        yield url


def sent_by_mlflow(url: str, secret: str | None, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """Let MLflow send the webhook of a moved alias, and return how it was answered."""
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http")
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", "0")
    from mlflow.entities.webhook import Webhook, WebhookAction, WebhookEntity, WebhookEvent
    from mlflow.webhooks import delivery

    monkeypatch.setattr(delivery, "_webhook_session", None)
    moved = WebhookEvent(WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction.CREATED)
    webhook = Webhook(
        webhook_id="1", name="refresh", url=url, events=[moved], creation_timestamp=0, last_updated_timestamp=0, secret=secret
    )
    return delivery.test_webhook(webhook, moved).response_status


def test_a_webhook_that_mlflow_signed_starts_the_refresh_under_its_delivery_id(
    prefect: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, asked = prefect
    with relayed(lambda delivery: start_refresh(api, "", delivery)) as url:
        assert sent_by_mlflow(url, SECRET, monkeypatch) == 202
    (looked_up, _), (started, body) = asked
    assert looked_up == "/api/deployments/name/versions-refresh/versions-refresh"
    assert started == "/api/deployments/d-1/create_flow_run"
    assert len(body["idempotency_key"]) == 36


@pytest.mark.parametrize("secret", [None, "another secret"])
def test_a_webhook_without_our_signature_starts_nothing(secret: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    with relayed(started.append) as url:
        assert sent_by_mlflow(url, secret, monkeypatch) == 401
    assert started == []


def test_where_prefect_does_not_answer_the_webhook_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with relayed(lambda delivery: start_refresh("http://127.0.0.1:9/api", "", delivery)) as url:
        assert sent_by_mlflow(url, SECRET, monkeypatch) == 503


def test_an_old_or_altered_request_is_not_signed() -> None:
    body, sent = b"{}", 1_700_000_000
    headers = {"x-mlflow-delivery-id": "d", "x-mlflow-timestamp": str(sent), "x-mlflow-signature": signature("d", sent, body)}

    assert is_signed(headers, body, SECRET, sent + 300)
    assert not is_signed(headers, body, SECRET, sent + 301)
    assert not is_signed(headers, b"{ }", SECRET, sent)
    assert not is_signed(headers | {"x-mlflow-delivery-id": "e"}, body, SECRET, sent)
    assert not is_signed(headers | {"x-mlflow-timestamp": "soon"}, body, SECRET, sent)
    assert not is_signed({}, body, SECRET, sent)


def signature(delivery: str, sent: int, body: bytes) -> str:
    from mlflow.webhooks.delivery import _generate_hmac_signature

    return _generate_hmac_signature(SECRET, delivery, str(sent), body.decode())


def test_a_relay_that_is_not_configured_says_what_is_missing() -> None:
    with pytest.raises(SystemExit, match="expected MLFLOW_WEBHOOK_SECRET and PREFECT_API_URL"):
        main({})
