"""Reading MLflow: on its SQLite store in this process, and on a server that answers, refuses or is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from registry.domain.catalogue import VersionSpec
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.versions.aliases import read_aliases
from registry.versions.changes import AliasStatus
from tests.builders import a_system

MODEL = VersionSpec(artifact="model", mlflow_model="credit_model", alias="champion")
PROMPT = VersionSpec(artifact="prompt", mlflow_prompt="answer_prompt", alias="production")
NO_MODEL = VersionSpec(artifact="model", mlflow_model="nobody", alias="champion")
NO_ALIAS = VersionSpec(artifact="model", mlflow_model="credit_model", alias="challenger")
NO_PROMPT = VersionSpec(artifact="prompt", mlflow_prompt="nobody", alias="production")
NO_PROMPT_ALIAS = VersionSpec(artifact="prompt", mlflow_prompt="answer_prompt", alias="staging")
RECORDED = VersionSpec(artifact="index", recorded="2020-10")


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> str:
    """A real registry: two model versions, the second is champion; one prompt version."""
    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder}/mlflow.db"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("credit_model")
    for _ in range(2):
        last = client.create_model_version("credit_model", source=f"{folder}/model").version
    client.set_registered_model_alias("credit_model", "champion", last)
    client.set_prompt_alias("answer_prompt", "production", client.register_prompt("answer_prompt", "Answer {{question}}").version)
    return uri


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch) -> None:
    """An outage is told from an answer at the first attempt, not after the default retries."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def statuses(uri, *specs):
    return [(reading.version, reading.status) for reading in read_aliases(uri, [a_system(versions=specs)])]


def test_without_systems_or_aliases_mlflow_is_not_asked_and_needs_no_address():
    assert read_aliases("", ()) == ()
    assert read_aliases("", [a_system(versions=(RECORDED,))]) == ()


def test_an_alias_without_an_address_is_a_configuration_error():
    with pytest.raises(
        ConfigurationError, match=r"mlflow_uri: systems follow MLflow aliases but no address is set; set it in proofloop.yaml"
    ):
        read_aliases("", [a_system(versions=(MODEL,))])


def test_a_model_and_a_prompt_are_read_as_texts(store):
    readings = read_aliases(store, [a_system(versions=(MODEL, RECORDED, PROMPT))])

    assert [(reading.artifact, reading.name, reading.alias, reading.version) for reading in readings] == [
        ("model", "credit_model", "champion", "2"),
        ("prompt", "answer_prompt", "production", "1"),
    ]
    assert {(reading.system_id, reading.status, reading.zone) for reading in readings} == {
        ("fraud_filter", AliasStatus.FOUND, "America/New_York")
    }


def test_a_missing_alias_and_a_missing_model_are_answers(store):
    assert statuses(store, NO_ALIAS, NO_MODEL, NO_PROMPT_ALIAS, NO_PROMPT) == [
        ("", AliasStatus.ALIAS_MISSING),
        ("", AliasStatus.MODEL_MISSING),
        ("", AliasStatus.ALIAS_MISSING),
        ("", AliasStatus.MODEL_MISSING),
    ]


def test_every_system_that_follows_an_alias_gets_its_own_reading(store):
    readings = read_aliases(store, [a_system(versions=(MODEL,)), a_system(system_id="router", versions=(MODEL,))])

    assert [(reading.system_id, reading.version) for reading in readings] == [("fraud_filter", "2"), ("router", "2")]


def test_a_prompt_that_is_a_model_is_refused_and_names_what_was_asked(store):
    wrong = VersionSpec(artifact="prompt", mlflow_prompt="credit_model", alias="champion")

    with pytest.raises(
        ConfigurationError, match=r"expected alias 'champion' of 'credit_model', found a refusal \(INVALID_PARAMETER_VALUE\)"
    ):
        statuses(store, wrong)


def test_a_missing_sqlite_file_is_an_outage_and_reading_does_not_create_it(tmp_path):
    with pytest.raises(VersionsUnavailableError, match="expected a SQLite file, found none"):
        statuses(f"sqlite:///{tmp_path}/none.db", MODEL)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_an_outage_not_a_missing_model(tmp_path):
    (tmp_path / "mlflow.db").write_text("not a database, but long enough to look like one " * 40)

    with pytest.raises(VersionsUnavailableError, match="does not answer"):
        statuses(f"sqlite:///{tmp_path}/mlflow.db", MODEL)


def test_a_server_that_is_down_is_an_outage_without_its_password_in_the_message():
    with pytest.raises(VersionsUnavailableError, match=r"MLflow at http://127.0.0.1:9 does not answer") as caught:
        statuses("http://user:s3cret@127.0.0.1:9", MODEL)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """A server that answers each request with the last of the given (status, body) pairs; asked paths are ignored."""
    answers: list[tuple[int, str]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers[-1]
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}", answers
    listening.shutdown()
    listening.server_close()


def refusal(code, message=""):
    return json.dumps({"error_code": code, "message": message})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, json.dumps({"model_version": {"name": "credit_model", "version": "12"}}), ("12", AliasStatus.FOUND)),
        (400, refusal("INVALID_PARAMETER_VALUE", "Registered model alias champion not found."), ("", AliasStatus.ALIAS_MISSING)),
        (404, refusal("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=credit_model not found"), ("", AliasStatus.MODEL_MISSING)),
    ],
)
def test_a_servers_answers_mean_what_the_stores_do(server, status, body, expected):
    uri, answers = server
    answers.append((status, body))

    assert statuses(uri, MODEL) == [expected]


@pytest.mark.parametrize(("status", "body"), [(500, refusal("INTERNAL_ERROR")), (503, "busy"), (502, "<html>"), (429, "slow down")])
def test_a_server_that_cannot_answer_is_an_outage(server, status, body):
    uri, answers = server
    answers.append((status, body))

    with pytest.raises(VersionsUnavailableError, match="the day's versions are unknown until it does, run again"):
        statuses(uri, MODEL)


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, "no"), (403, refusal("PERMISSION_DENIED")), (404, "<html>"), (400, refusal("INVALID_PARAMETER_VALUE", "bad name"))],
)
def test_a_server_that_refuses_is_a_configuration_error_that_no_retry_helps(server, status, body):
    uri, answers = server
    answers.append((status, body))

    with pytest.raises(ConfigurationError, match="found a refusal"):
        statuses(uri, MODEL)


def test_importing_the_room_does_not_import_mlflow():
    code = "import sys, registry.versions.aliases; print('mlflow' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_waiting_is_bounded_by_default_and_an_operators_own_value_stays(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "3")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES")

    statuses(store, MODEL)

    assert (os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"], os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"]) == ("3", "2")
