"""What MLflow says is in force now: the aliases of the models and prompts that the catalogue names.

The only module that imports MLflow. Put reading of its registry here; when a reading changes what is known is
``registry/versions/changes.py``.

A missing alias or model is an answer, not an outage: a status of the reading. A registry that does not answer is an outage, and soon, where
MLflow's own defaults would wait four minutes. A registry that refuses (credentials, address) is a configuration error: no retry helps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.errors import ConfigurationError, VersionsUnavailableError
from registry.versions.changes import AliasReading, AliasStatus

# Defaults only: what an operator set stays.
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
_REFUSALS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "ENDPOINT_NOT_FOUND", "INVALID_PARAMETER_VALUE", "BAD_REQUEST"})
_SQLITE = "sqlite:///"


def read_aliases(uri: str, systems: Iterable[SystemEntry]) -> tuple[AliasReading, ...]:
    """Return what MLflow at ``uri`` says about each artifact of ``systems`` that follows an alias; MLflow is not asked if none does.

    Raises:
        VersionsUnavailableError: the registry does not answer, or its SQLite file does not exist (reading never creates one).
        ConfigurationError: no address, or the registry refused it.
    """
    wanted = [(system, spec) for system in systems for spec in system.versions if spec.mlflow_model or spec.mlflow_prompt]
    if not wanted:
        return ()
    ask = _asker(uri)
    answers: dict[VersionSpec, tuple[str, AliasStatus]] = {}
    return tuple(_reading(system, spec, answers, ask) for system, spec in wanted)


def _reading(
    system: SystemEntry,
    spec: VersionSpec,
    answers: dict[VersionSpec, tuple[str, AliasStatus]],
    ask: Callable[[VersionSpec], tuple[str, AliasStatus]],
) -> AliasReading:
    if spec not in answers:
        answers[spec] = ask(spec)
    version, status = answers[spec]
    name = spec.mlflow_model or spec.mlflow_prompt
    return AliasReading(system.system_id, spec.artifact, name, spec.alias, version, status, system.timezone)


def _asker(uri: str) -> Callable[[VersionSpec], tuple[str, AliasStatus]]:
    if not uri:
        raise ConfigurationError(["mlflow_uri: systems follow MLflow aliases but no address is set; set it in proofloop.yaml"])
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).is_file():
        raise VersionsUnavailableError(f"{_shown(uri)}: expected a SQLite file, found none; start MLflow once, or correct mlflow_uri")
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)

    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    def ask(spec: VersionSpec) -> tuple[str, AliasStatus]:
        try:
            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            return _version(client, spec), AliasStatus.FOUND
        except MlflowException as error:
            return "", _missing(error, uri, spec)
        except (SQLAlchemyError, OSError) as error:
            raise _unavailable(uri, type(error).__name__) from None

    return ask


def _version(client: Any, spec: VersionSpec) -> str:
    """A database store answers with an int, a server with a text."""
    if spec.mlflow_prompt:
        return str(client.get_prompt_version_by_alias(spec.mlflow_prompt, spec.alias).version)
    return str(client.get_model_version_by_alias(spec.mlflow_model, spec.alias).version)


def _missing(error: Any, uri: str, spec: VersionSpec) -> AliasStatus:
    """A missing model is HTTP 404, a missing alias HTTP 400 with a sentence. The error's own text can hold credentials: it stays here."""
    code, text = str(error.error_code), str(error)
    if code == "RESOURCE_DOES_NOT_EXIST":
        return AliasStatus.MODEL_MISSING
    if code == "INVALID_PARAMETER_VALUE" and "alias" in text and "not found" in text:
        return AliasStatus.ALIAS_MISSING
    name = spec.mlflow_model or spec.mlflow_prompt
    if code in _REFUSALS:
        raise ConfigurationError(
            [f"mlflow_uri {_shown(uri)}: expected alias {spec.alias!r} of {name!r}, found a refusal ({code}); check address and rights"]
        ) from None
    raise _unavailable(uri, code) from None


def _unavailable(uri: str, why: str) -> VersionsUnavailableError:
    return VersionsUnavailableError(
        f"MLflow at {_shown(uri)} does not answer ({why}); the day's versions are unknown until it does, run again"
    )


def _shown(uri: str) -> str:
    """Return an address without user and password."""
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
