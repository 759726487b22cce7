"""What MLflow says is in force now: the aliases of the models and prompts that the catalogue names.

Put reading of aliases here; how MLflow is asked is ``registry/versions/asking.py``, when a reading changes what is known is
``registry/versions/changes.py``.

A missing alias or model is an answer, not an outage: a status of the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from registry.domain.catalogue import SystemEntry, VersionSpec
from registry.errors import ConfigurationError
from registry.versions.asking import ask
from registry.versions.changes import AliasReading, AliasStatus


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

    def ask_for(spec: VersionSpec) -> tuple[str, AliasStatus]:
        what = f"alias {spec.alias!r} of {(spec.mlflow_model or spec.mlflow_prompt)!r}"
        return ask(uri, what, "the day's versions are unknown", lambda client: (_version(client, spec), AliasStatus.FOUND), _missing)

    return ask_for


def _version(client: Any, spec: VersionSpec) -> str:
    """A database store answers with an int, a server with a text."""
    if spec.mlflow_prompt:
        return str(client.get_prompt_version_by_alias(spec.mlflow_prompt, spec.alias).version)
    return str(client.get_model_version_by_alias(spec.mlflow_model, spec.alias).version)


def _missing(code: str, text: str) -> tuple[str, AliasStatus] | None:
    """A missing model is HTTP 404, a missing alias HTTP 400 with a sentence."""
    if code == "RESOURCE_DOES_NOT_EXIST":
        return "", AliasStatus.MODEL_MISSING
    if code == "INVALID_PARAMETER_VALUE" and "alias" in text and "not found" in text:
        return "", AliasStatus.ALIAS_MISSING
    return None
