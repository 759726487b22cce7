"""Exact versions in MLflow: on its SQLite store in this process, and from a real server over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from registry.domain.catalogue import VersionSpec
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.versions.aliases import read_aliases
from registry.versions.exact import ExactVersion, read_exact_versions
from tests.builders import a_system
from tests.versions.servers import MlflowServer, register, serving

MODEL = ExactVersion("model", "credit_model", "2")
PROMPT = ExactVersion("prompt", "answer_prompt", "1")
NONE_SUCH = "it has none of that name and number"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A real registry in a file: two model versions, a deleted third, one prompt version."""
    folder = tmp_path_factory.mktemp("mlflow")
    register(f"sqlite:///{folder}/mlflow.db")
    return f"sqlite:///{folder}/mlflow.db"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real server in a process of its own, with the same versions registered over HTTP."""
    folder = tmp_path_factory.mktemp("server")
    with serving(folder) as started:
        register(started.uri)
        yield started


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage is told from an answer at the first attempt, not after the default retries."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture(params=["store", "server"])
def uri(request: pytest.FixtureRequest) -> str:
    """The store in a file, then the server."""
    found: Any = request.getfixturevalue(request.param)
    return found if isinstance(found, str) else found.uri


def asked(uri: str, *wanted: ExactVersion) -> list[tuple[bool | None, str]]:
    return [(answer.exists, answer.reason) for answer in read_exact_versions(uri, wanted)]


def test_where_nothing_is_asked_mlflow_is_not_reached() -> None:
    assert read_exact_versions("http://127.0.0.1:9", ()) == ()


def test_without_an_address_nothing_is_known() -> None:
    assert asked("", MODEL) == [(None, "no mlflow_uri in proofloop.yaml")]


def test_versions_that_are_there_exist_and_are_named_as_asked(uri: str) -> None:
    answers = read_exact_versions(uri, [MODEL, PROMPT, ExactVersion("model", "credit_model", "1")])

    assert [(one.artifact, one.name, one.version, one.exists, one.reason) for one in answers] == [
        ("model", "credit_model", "2", True, ""),
        ("prompt", "answer_prompt", "1", True, ""),
        ("model", "credit_model", "1", True, ""),
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        ExactVersion("model", "credit_model", "9"),
        ExactVersion("model", "nobody", "1"),
        ExactVersion("prompt", "answer_prompt", "4"),
        ExactVersion("prompt", "nobody", "1"),
    ],
)
def test_a_version_that_is_not_there_does_not_exist(uri: str, wanted: ExactVersion) -> None:
    assert asked(uri, wanted) == [(False, NONE_SUCH)]


def test_a_deleted_version_does_not_exist(uri: str) -> None:
    assert asked(uri, ExactVersion("model", "credit_model", "3")) == [(False, NONE_SUCH)]


def test_a_model_is_no_prompt_and_a_prompt_no_model(uri: str) -> None:
    assert asked(uri, ExactVersion("prompt", "credit_model", "2"), ExactVersion("model", "answer_prompt", "1")) == [
        (False, "it has a model of that name, not a prompt"),
        (False, NONE_SUCH),
    ]


@pytest.mark.parametrize("version", ["champion", "v2", "02", "0", "-1", "2.0", "", "²", "99999999999999999999999"])
def test_what_is_no_number_of_mlflow_does_not_exist_and_is_not_asked(version: str) -> None:
    wanted = ExactVersion("model", "credit_model", version)

    assert asked("http://127.0.0.1:9", wanted) == [(False, "its versions are whole numbers, like 7")]


def test_a_version_that_failed_to_register_does_not_exist(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    failed = ModelVersion("credit_model", "2", 0, status="FAILED_REGISTRATION")
    monkeypatch.setattr(MlflowClient, "get_model_version", create_autospec(MlflowClient.get_model_version, return_value=failed))

    assert asked(store, MODEL) == [(False, "its registration is FAILED_REGISTRATION")]


def test_an_error_that_the_client_swallows_is_an_outage_not_a_missing_prompt(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    monkeypatch.setattr(MlflowClient, "get_prompt_version", create_autospec(MlflowClient.get_prompt_version, return_value=None))

    with pytest.raises(VersionsUnavailableError, match="an empty answer"):
        asked(store, PROMPT)


def test_a_name_that_mlflow_cannot_have_is_refused_with_what_was_asked(uri: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected version 1 of model 'a/b', found a refusal \(INVALID_PARAMETER_VALUE\)"):
        asked(uri, ExactVersion("model", "a/b", "1"))


def test_a_missing_sqlite_file_is_an_outage_and_asking_does_not_create_it(tmp_path: Path) -> None:
    with pytest.raises(VersionsUnavailableError, match=f"^sqlite:///{tmp_path}/none.db: expected a SQLite file, found none"):
        asked(f"sqlite:///{tmp_path}/none.db", MODEL)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_an_outage_for_prompts_too(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("not a database, but long enough to look like one " * 40)

    for wanted in (MODEL, PROMPT):
        with pytest.raises(VersionsUnavailableError, match="does not answer"):
            asked(f"sqlite:///{tmp_path}/mlflow.db", wanted)


def test_a_server_that_is_down_is_an_outage_without_its_password_in_the_message() -> None:
    for wanted in (MODEL, PROMPT):
        with pytest.raises(VersionsUnavailableError, match="whether there is version") as caught:
            asked("http://user:s3cret@127.0.0.1:9", wanted)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_a_server_that_hangs_is_an_outage_and_its_versions_are_there_again_after_it(
    server: MlflowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")

    for wanted in (MODEL, PROMPT):
        with server.held(), pytest.raises(VersionsUnavailableError, match="does not answer"):
            asked(server.uri, wanted)

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    assert asked(server.uri, MODEL, PROMPT) == [(True, ""), (True, "")]


def test_aliases_are_read_from_a_real_server_as_from_its_store(server: MlflowServer) -> None:
    specs = (
        VersionSpec(artifact="model", mlflow_model="credit_model", alias="champion"),
        VersionSpec(artifact="prompt", mlflow_prompt="answer_prompt", alias="production"),
        VersionSpec(artifact="shadow", mlflow_model="credit_model", alias="challenger"),
        VersionSpec(artifact="other", mlflow_model="nobody", alias="champion"),
        VersionSpec(artifact="draft", mlflow_prompt="answer_prompt", alias="staging"),
        VersionSpec(artifact="gone", mlflow_prompt="nobody", alias="production"),
    )

    readings = read_aliases(server.uri, [a_system(versions=specs)])

    assert [(reading.artifact, reading.version, reading.status) for reading in readings] == [
        ("model", "2", "found"),
        ("prompt", "1", "found"),
        ("shadow", "", "alias_missing"),
        ("other", "", "model_missing"),
        ("draft", "", "alias_missing"),
        ("gone", "", "model_missing"),
    ]


def test_importing_the_room_does_not_import_mlflow() -> None:
    code = "import sys, registry.versions.exact; print('mlflow' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_waiting_is_bounded_by_default(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT")

    asked(store, MODEL)

    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "10"
