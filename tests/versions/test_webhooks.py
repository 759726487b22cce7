"""A webhook that MLflow itself sends starts the refresh once, and the gate where it tells of a candidate; nobody else's does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deployments.webhooks.candidates import systems_with_candidate
from deployments.webhooks.mlflow_relay import Start, is_signed, main, relay, start_all, start_run
from registry.errors import ConfigurationError
from tests.evaluated_bank import an_evaluated_bank
from tests.flows.workspaces import FRAUD, Bank

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
def relayed(start: Start) -> Iterator[str]:
    server = relay(("127.0.0.1", 0), SECRET, start)
    with served(server) as url:
        yield url


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank whose fraud filter is a model of the name that MLflow's own example has."""
    return an_evaluated_bank(
        tmp_path_factory.mktemp("bank"),
        model="{mlflow_model: example_model, alias: champion}",
        more_settings="mlflow_uri: sqlite:///mlflow.db",
    )


def starts(api: str, *systems: str, alias: str = "candidate") -> Start:
    return start_all(partial(start_run, api, ""), lambda _body: systems, alias)


def sent_by_mlflow(url: str, secret: str | None, monkeypatch: pytest.MonkeyPatch, action: str = "created") -> int | None:
    """Let MLflow send the webhook of a moved alias, ``example_alias`` of ``example_model``, and return how it was answered."""
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http")
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", "0")
    from mlflow.entities.webhook import Webhook, WebhookAction, WebhookEntity, WebhookEvent
    from mlflow.webhooks import delivery

    monkeypatch.setattr(delivery, "_webhook_session", None)
    moved = WebhookEvent(WebhookEntity.MODEL_VERSION_ALIAS, WebhookAction(action))
    webhook = Webhook(
        webhook_id="1", name="refresh", url=url, events=[moved], creation_timestamp=0, last_updated_timestamp=0, secret=secret
    )
    return delivery.test_webhook(webhook, moved).response_status


def test_a_webhook_that_mlflow_signed_starts_the_refresh_under_its_delivery_id(
    prefect: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, asked = prefect
    with relayed(starts(api)) as url:
        assert sent_by_mlflow(url, SECRET, monkeypatch) == 202
    (looked_up, _), (started, body) = asked
    assert looked_up == "/api/deployments/name/versions-refresh/versions-refresh"
    assert started == "/api/deployments/d-1/create_flow_run"
    assert len(body["idempotency_key"]) == 36 and body["parameters"] == {}


def test_a_candidate_is_judged_for_each_system_that_evaluates_it_once_and_without_a_reason(
    prefect: tuple[str, list[Asked]], bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, asked = prefect
    systems = partial(systems_with_candidate, alias="example_alias", workspace=bank.workspace)
    with relayed(start_all(partial(start_run, api, ""), systems, "example_alias")) as url:
        assert sent_by_mlflow(url, SECRET, monkeypatch) == 202
        assert sent_by_mlflow(url, SECRET, monkeypatch, "deleted") == 202
    looked_up = [path.rpartition("/")[2] for path, body in asked if body is None]
    assert looked_up == ["versions-refresh", "eval-gate", "versions-refresh"]
    runs = [body for _, body in asked if body is not None]
    assert runs[1]["parameters"] == {"system_id": FRAUD, "candidate": "@example_alias"}
    assert runs[1]["idempotency_key"] == f"{runs[0]['idempotency_key']}-{FRAUD}"


def told(**changes: Any) -> bytes:
    data = {"name": "example_model", "alias": "candidate", "version": "7", **changes.pop("data", {})}
    return json.dumps({"entity": "model_version_alias", "action": "created", "data": data, **changes}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'{"data": 1, "action": "created"}',
        told(action="deleted"),
        told(entity="model_version"),
        told(entity="prompt_alias"),
        told(data={"alias": "champion"}),
        told(data={"name": "another_model"}),
        told(data={"name": ""}),
        told(data={"name": ["example_model"]}),
    ],
)
def test_what_sets_no_candidate_of_the_catalogue_starts_no_gate(bank: Bank, body: bytes) -> None:
    assert systems_with_candidate(body, "candidate", bank.workspace) == ()


def test_the_catalogue_is_read_as_it_is_when_a_webhook_comes(bank: Bank, tmp_path: Path) -> None:
    import shutil

    assert systems_with_candidate(told(), "candidate", bank.workspace) == (FRAUD,)
    shutil.copytree(bank.root, tmp_path / "bank")
    changed = Bank(tmp_path / "bank")
    path = changed.root / f"systems/{FRAUD}.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("mlflow_model: example_model", "mlflow_prompt: example_prompt"), encoding="utf-8"
    )
    assert systems_with_candidate(told(), "candidate", changed.workspace) == ()
    prompt = told(entity="prompt_alias", data={"name": "example_prompt"})
    assert systems_with_candidate(prompt, "candidate", changed.workspace) == (FRAUD,)
    path.write_text("what: is this", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        systems_with_candidate(prompt, "candidate", changed.workspace)


def test_a_webhook_is_sent_again_where_the_catalogue_cannot_be_read(
    prefect: tuple[str, list[Asked]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_body: bytes) -> tuple[str, ...]:
        raise ConfigurationError(["systems/fraud.yaml:1: expected a system, found nothing"])

    with relayed(start_all(partial(start_run, prefect[0], ""), broken, "candidate")) as url:
        assert sent_by_mlflow(url, SECRET, monkeypatch) == 503
    assert "systems/fraud.yaml:1" in capsys.readouterr().err


@pytest.mark.parametrize("secret", [None, "another secret"])
def test_a_webhook_without_our_signature_starts_nothing(secret: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    with relayed(lambda delivery, _body: taken.append(delivery)) as url:
        assert sent_by_mlflow(url, secret, monkeypatch) == 401
    assert taken == []


def test_where_prefect_does_not_answer_the_webhook_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with relayed(starts("http://127.0.0.1:9/api")) as url:
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


def test_a_relay_of_a_workspace_that_is_not_there_does_not_start(tmp_path: Path) -> None:
    given = {"MLFLOW_WEBHOOK_SECRET": SECRET, "PREFECT_API_URL": "http://127.0.0.1:9/api", "PROOFLOOP_WORKSPACE": str(tmp_path)}
    with pytest.raises(SystemExit, match=r"relay: .*expected"):
        main(given)
