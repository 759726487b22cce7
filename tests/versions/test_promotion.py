"""Moving aliases and writing tags: in MLflow's store in this process, and on a real server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from registry.domain.catalogue import VersionSpec
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.versions.promotion import find_pinned, move_aliases, read_alias_versions, read_tags, tag_versions
from tests.mlflow_stores import fraud_server, fraud_store
from tests.switched_bank import client_of, copied_store
from tests.versions.servers import MlflowServer

__all__ = ["fraud_server", "fraud_store"]


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture(params=["store", "server"])
def uri(request: pytest.FixtureRequest, fraud_store: Path, tmp_path: Path) -> str:
    """The store in a file, then the server."""
    if request.param == "store":
        return copied_store(fraud_store, tmp_path)
    server: MlflowServer = request.getfixturevalue("fraud_server")
    return server.uri


@pytest.fixture(params=["model", "prompt"])
def spec(request: pytest.FixtureRequest, uri: str) -> Iterator[VersionSpec]:
    """A model, then a prompt, with two versions, the first as champion; each test has names of its own."""
    client, name = client_of(uri), f"{request.param}-{uuid4().hex[:8]}"
    if request.param == "model":
        client.create_registered_model(name)
        for number in (1, 2):
            client.create_model_version(name, source=f"s3://models/{number}")
        client.set_registered_model_alias(name, "champion", "1")
        yield VersionSpec("model", mlflow_model=name, alias="champion")
    else:
        for number in (1, 2):
            client.register_prompt(name, f"Answer {{{{question}}}} {number}")
        client.set_prompt_alias(name, "champion", 1)
        yield VersionSpec("prompt", mlflow_prompt=name, alias="champion")


def named(uri: str, spec: VersionSpec) -> dict[str, str]:
    return read_alias_versions(uri, spec, ("champion", "canary"))


def test_without_anything_wanted_nothing_is_moved_and_what_is_there_is_read(uri: str, spec: VersionSpec) -> None:
    moved = move_aliases(uri, spec, {}, {"champion": "1", "canary": ""})
    assert (moved.aliases, moved.problem) == ({"champion": "1", "canary": ""}, "")


def test_an_alias_is_moved_and_read_back_and_the_canary_ends_before(uri: str, spec: VersionSpec) -> None:
    passed: list[str] = []
    move_aliases(uri, spec, {"canary": "2"}, {"champion": "1", "canary": ""})
    assert named(uri, spec) == {"champion": "1", "canary": "2"}
    moved = move_aliases(uri, spec, {"champion": "2", "canary": ""}, {"champion": "1", "canary": "2"}, passed.append)
    assert (moved.aliases, moved.problem) == ({"champion": "2", "canary": ""}, "")
    assert passed == ["before_aliases", "alias_removed", "alias_set", "read_back"]


def test_again_it_moves_nothing(uri: str, spec: VersionSpec) -> None:
    passed: list[str] = []
    wanted = {"champion": "2", "canary": ""}
    move_aliases(uri, spec, wanted, {"champion": "1", "canary": ""})
    assert move_aliases(uri, spec, wanted, {"champion": "1", "canary": ""}, passed.append).aliases == wanted
    assert passed == ["before_aliases", "read_back"]


def test_what_somebody_moved_meanwhile_is_left_alone_and_told(uri: str, spec: VersionSpec) -> None:
    move_aliases(uri, spec, {"champion": "2"}, {"champion": "1"})
    moved = move_aliases(uri, spec, {"champion": "1", "canary": ""}, {"champion": "3", "canary": ""})
    assert "alias champion of" in moved.problem and "expected 3, as when it was judged, found 2" in moved.problem
    assert moved.aliases == named(uri, spec) == {"champion": "2", "canary": ""}


def test_tags_are_written_once_however_often(uri: str, spec: VersionSpec) -> None:
    told = {"proofloop.verdict": "pass", "proofloop.release": "REL-20260316-1a2b3c4d"}
    for _ in range(2):
        tag_versions(uri, spec, {"2": told})
    assert {name: text for name, text in read_tags(uri, spec, "2").items() if name.startswith("proofloop.")} == told
    assert not any(name.startswith("proofloop.") for name in read_tags(uri, spec, "1"))
    assert read_tags(uri, spec, "9") == {}


def test_a_version_is_pinned_or_it_is_said_why_not(uri: str, spec: VersionSpec) -> None:
    found, problem = find_pinned(uri, spec, "2")
    assert found and (found.version, problem) == ("2", "")
    assert found.digest.startswith("sha256:")
    assert find_pinned(uri, spec, "9") == (None, "it has none of that name and number")
    assert find_pinned(uri, spec, "v1") == (None, "its versions are whole numbers, like 7")


def test_a_server_that_hangs_is_an_outage_whatever_is_asked(fraud_server: MlflowServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    spec = VersionSpec("model", mlflow_model="fraud", alias="champion")
    asked: list[Any] = [
        lambda: move_aliases(fraud_server.uri, spec, {"champion": "2"}, {"champion": "1"}),
        lambda: tag_versions(fraud_server.uri, spec, {"1": {"proofloop.release": "x"}}),
        lambda: read_tags(fraud_server.uri, spec, "1"),
        lambda: find_pinned(fraud_server.uri, spec, "1"),
    ]
    with fraud_server.held():
        for question in asked:
            with pytest.raises(VersionsUnavailableError, match="does not answer"):
                question()


def test_a_store_that_takes_no_writing_is_an_outage_and_moves_nothing(fraud_store: Path, tmp_path: Path) -> None:
    uri, spec = copied_store(fraud_store, tmp_path), VersionSpec("model", mlflow_model="fraud", alias="champion")
    assert named(uri, spec)["champion"] == "1"
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("CREATE TRIGGER no_more BEFORE INSERT ON registered_model_aliases BEGIN SELECT RAISE(ABORT, 'read only'); END")
        database.execute("CREATE TRIGGER none BEFORE UPDATE ON registered_model_aliases BEGIN SELECT RAISE(ABORT, 'read only'); END")
        database.commit()
    with pytest.raises((VersionsUnavailableError, ConfigurationError)):
        move_aliases(uri, spec, {"champion": "2"}, {"champion": "1"})
    assert named(uri, spec)["champion"] == "1"
