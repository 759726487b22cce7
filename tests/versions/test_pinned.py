"""Pinning versions in MLflow: on its SQLite store in this process, and from a real server over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.domain.catalogue import VersionSpec
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.versions.pinned import nearest_names, pin_registered
from tests.versions.servers import MlflowServer, register, serving

MODEL = VersionSpec("model", mlflow_model="credit_model", alias="champion")
PROMPT = VersionSpec("prompt", mlflow_prompt="answer_prompt", alias="production")


def enrich(uri: str) -> None:
    """Register two versions of a run of its own each, the first of them twice, and another text of the prompt."""
    from mlflow import MlflowClient

    register(uri)
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("router")
    for run in ("a" * 32, "b" * 32, "a" * 32):
        client.create_model_version("router", source=f"s3://runs/{run}/model", run_id=run)
    client.register_prompt("answer_prompt", "Answer briefly: {{question}}")
    client.register_prompt("answer_prompt", "Answer {{question}}")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("mlflow")
    enrich(f"sqlite:///{folder}/mlflow.db")
    return f"sqlite:///{folder}/mlflow.db"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with serving(tmp_path_factory.mktemp("server")) as started:
        enrich(started.uri)
        yield started


@pytest.fixture(autouse=True)
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture(params=["store", "server"])
def uri(request: pytest.FixtureRequest) -> str:
    found: Any = request.getfixturevalue(request.param)
    return found if isinstance(found, str) else found.uri


@pytest.mark.parametrize("reference", ["2", "@champion", "credit_model@champion", "credit_model/2", "models:/credit_model/2", " 2 "])
def test_every_way_of_writing_a_version_is_the_same_number_and_digest(uri: str, reference: str) -> None:
    found = pin_registered(uri, MODEL, reference)
    assert (found.asked, found.version) == (reference, "2")
    assert found.digest == pin_registered(uri, MODEL, "2").digest


def test_two_versions_without_a_run_are_two(uri: str) -> None:
    assert pin_registered(uri, MODEL, "1").digest != pin_registered(uri, MODEL, "2").digest


def test_a_model_that_is_registered_twice_is_the_same_model(uri: str) -> None:
    router = VersionSpec("model", mlflow_model="router")
    first, second, again = (pin_registered(uri, router, number).digest for number in ("1", "2", "3"))
    assert (first == again, first == second) == (True, False)


def test_a_prompt_is_its_text(uri: str) -> None:
    first, second, again = (pin_registered(uri, PROMPT, number).digest for number in ("1", "2", "3"))
    assert (first == again, first == second) == (True, False)
    assert pin_registered(uri, PROMPT, "@production").version == "1"


@pytest.mark.parametrize("reference", ["9", "02", "@champio", "champion", "other/2", "@", "1.5", "²"])
def test_what_names_no_version_is_refused_with_the_names_there_are(uri: str, reference: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a version of 'credit_model', found none of that name; name one"):
        pin_registered(uri, MODEL, reference)


def test_a_prompt_version_that_is_not_there_is_refused_with_the_numbers_there_are(uri: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a version of 'answer_prompt'.*'3'"):
        pin_registered(uri, PROMPT, "7")


def test_a_model_that_is_not_there_has_no_version(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="there is none yet"):
        pin_registered(uri, VersionSpec("model", mlflow_model="nobody"), "1")


def test_without_an_address_nothing_is_pinned() -> None:
    with pytest.raises(ConfigurationError, match="mlflow_uri"):
        pin_registered("", MODEL, "1")


def test_a_registry_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(VersionsUnavailableError):
        pin_registered(f"sqlite:///{tmp_path}/none.db", MODEL, "1")


def test_the_nearest_names_come_first_and_many_are_counted() -> None:
    assert "'gpt-4o'" in nearest_names("gpt4o", "a version", ["claude", "gpt-4o"])
    assert "and 92 more" in nearest_names("?", "a version", [f"v{number}" for number in range(100)])


BUNDLE = VersionSpec("model", mlflow_model="assistant", bundle=("model", "prompt", "index"))


def bundled(uri: str, *versions: dict[str, str]) -> None:
    """Register bundles: external models whose parts are told by tags."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("assistant")
    for parts in versions:
        client.create_model_version("assistant", source="https://models.example/assistant", tags=parts)


FIRST = {"bundle.model": "large-2026-01", "bundle.prompt": "12", "bundle.index": "kb-7"}


def test_a_bundle_is_pinned_with_every_part_and_other_parts_are_another_version(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    bundled(uri, FIRST, {**FIRST, "bundle.prompt": " 13 "}, {**FIRST, "somebody": "else"})
    first, second, again = (pin_registered(uri, BUNDLE, number) for number in ("1", "2", "3"))
    assert first.parts == (("model", "large-2026-01"), ("prompt", "12"), ("index", "kb-7"))
    assert dict(second.parts)["prompt"] == "13" and not first.is_same(second)
    assert first.is_same(again) and first.digest != again.digest


def test_the_digest_of_a_bundle_changes_with_a_part_and_not_with_another_tag(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    bundled(uri, FIRST)
    client, before = MlflowClient(tracking_uri=uri, registry_uri=uri), pin_registered(uri, BUNDLE, "1")
    client.set_model_version_tag("assistant", "1", "verdict", "pass")
    assert pin_registered(uri, BUNDLE, "1") == before
    client.set_model_version_tag("assistant", "1", "bundle.index", "kb-8")
    assert pin_registered(uri, BUNDLE, "1").digest != before.digest


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({}, "found none of model, prompt, index; set bundle.model, bundle.prompt, bundle.index on the version in MLflow to what are"),
        ({**FIRST, "bundle.index": " "}, "found none of index; set bundle.index on the version in MLflow to what is in it, and ask again"),
    ],
    ids=["no tag", "an empty one"],
)
def test_a_version_without_a_part_of_its_bundle_is_refused(tmp_path: Path, tags: dict[str, str], told: str) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    bundled(uri, tags)
    expected = f"--candidate assistant 1: expected a tag for every part of the bundle, {told}"
    with pytest.raises(ConfigurationError, match=re.escape(expected)):
        pin_registered(uri, BUNDLE, "1", "--candidate")
