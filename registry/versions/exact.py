"""Whether MLflow has one exact version of a model or prompt.

Put questions about single versions here; what an alias means now is ``registry/versions/aliases.py``, whose way of telling outages and
refusals apart holds here too.

The rules:
 * A version that is there, is what it is said to be (a model or a prompt), and is ready to serve, exists.
 * A version that is not there, was deleted or failed to register does not; the answer says why.
 * A registry that does not answer is an outage, never an answer: its client's own empty answer, too, which hides an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from registry.domain.work_run import VersionAnswer
from registry.versions.asking import ask, unavailable

NO_ADDRESS = "no mlflow_uri in proofloop.yaml"
_READY = "READY"
_MISSING = "RESOURCE_DOES_NOT_EXIST"
_MAX_VERSION = 2**31 - 1  # what every database of a registry holds; a server fails on more


@dataclass(frozen=True, slots=True)
class ExactVersion:
    """One version to ask for. ``artifact`` is ``model`` or ``prompt``, ``version`` a number as MLflow writes it."""

    artifact: str
    name: str
    version: str


def read_exact_versions(uri: str, wanted: Iterable[ExactVersion]) -> tuple[VersionAnswer, ...]:
    """Return what MLflow at ``uri`` says about each of ``wanted``; it is not asked for none, and nothing is known without an address.

    Raises:
        VersionsUnavailableError: the registry does not answer, or its SQLite file does not exist (asking never creates one).
        ConfigurationError: the registry refused.
    """
    questions = tuple(wanted)
    if not uri:
        return tuple(VersionAnswer(one.artifact, one.name, one.version, None, NO_ADDRESS) for one in questions)
    return tuple(_answer(uri, one) for one in questions)


def _answer(uri: str, one: ExactVersion) -> VersionAnswer:
    reason = _objection(uri, one)
    return VersionAnswer(one.artifact, one.name, one.version, not reason, reason)


def _objection(uri: str, one: ExactVersion) -> str:
    """Return why the version does not exist as it was asked for; empty where it does."""
    if not _is_number(one.version):
        return "its versions are whole numbers, like 7"
    what = f"version {one.version} of {one.artifact} {one.name!r}"
    unknown = f"whether there is {what} is unknown"
    said = ask(uri, what, unknown, lambda client: _status(client, one), _absent)
    if not said:
        raise unavailable(uri, "an empty answer", unknown)
    return "" if said == _READY else said


def _status(client: Any, one: ExactVersion) -> str:
    """Return what is said of a version that is there; empty where the client swallowed an error of the registry."""
    if one.artifact == "prompt":
        return _READY if client.get_prompt_version(one.name, one.version) else ""
    status = str(client.get_model_version(one.name, one.version).status)
    return status if status == _READY else f"its registration is {status}"


def _absent(code: str, text: str) -> str | None:
    if code == _MISSING:
        return "it has none of that name and number"
    if code == "INVALID_PARAMETER_VALUE" and "registered as a model" in text:
        return "it has a model of that name, not a prompt"
    return None


def _is_number(version: str) -> bool:
    """Return whether MLflow would write a version so: ``02`` finds version 2 there, and no decision ever names it."""
    return version.isascii() and version.isdigit() and version[0] != "0" and int(version) <= _MAX_VERSION
