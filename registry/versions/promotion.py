"""Moving aliases of a model or prompt in MLflow, and writing on its versions why: the only writing to MLflow there is.

Put here what changes what serves. Whether it may be changed is ``checks/release_switch.py``; how MLflow is asked is ``asking.py``.

 * MLflow has no compare-and-set: each alias is read right before it is moved, and what somebody else moved meanwhile is left alone.
 * What was moved is read back: the answer to a write says nothing about what is in force after it.
 * Aliases are taken away before others are set, so that what serves last is what was asked for.
 * Doing it again changes nothing: an alias that names its version is not moved, a tag that is there says the same.

``checkpoint`` is called at named points, for tests that stop the process there; it does nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from registry.domain.catalogue import VersionSpec
from registry.domain.gate import PinnedVersion
from registry.domain.release_switch import Moved
from registry.versions.asking import ask
from registry.versions.exact import ExactVersion, read_exact_versions
from registry.versions.pinned import pin_registered

CHECKPOINTS = ("before_aliases", "alias_removed", "alias_set", "read_back", "tagged")
Checkpoint = Callable[[str], None]


def _pass_by(_name: str) -> None:
    """The checkpoint of every run that is not a test."""


def read_alias_versions(uri: str, spec: VersionSpec, aliases: Iterable[str]) -> dict[str, str]:
    """Return the version that each alias names, empty where there is none.

    Raises:
        VersionsUnavailableError: the registry does not answer, or its SQLite file does not exist.
        ConfigurationError: the registry refused.
    """
    return {alias: _asked(uri, f"alias {alias!r} of {_name(spec)!r}", partial(_read, spec=spec, alias=alias)) for alias in aliases}


def find_pinned(uri: str, spec: VersionSpec, version: str) -> tuple[PinnedVersion | None, str]:
    """Return a version with the digest of what it is now, or None and why there is none.

    Raises:
        VersionsUnavailableError: the registry does not answer, or its SQLite file does not exist.
        ConfigurationError: no address, or the registry refused.
    """
    kind = "prompt" if spec.mlflow_prompt else "model"
    (answer,) = read_exact_versions(uri, (ExactVersion(kind, _name(spec), version),))
    return (pin_registered(uri, spec, version), "") if answer.exists else (None, answer.reason)


def move_aliases(
    uri: str, spec: VersionSpec, wanted: Mapping[str, str], expected: Mapping[str, str], checkpoint: Checkpoint = _pass_by
) -> Moved:
    """Let each alias of ``wanted`` name its version, empty for none, where it names what was ``expected``; return what all name after.

    Raises:
        VersionsUnavailableError: the registry does not answer: whether an alias was moved is unknown until it does.
        ConfigurationError: the registry refused.
    """
    checkpoint("before_aliases")
    problem = ""
    for alias, version in sorted(wanted.items(), key=lambda one: one[1] != ""):
        found = read_alias_versions(uri, spec, (alias,))[alias]
        if found not in (version, expected.get(alias, "")):
            problem = _moved_meanwhile(spec, alias, expected.get(alias, ""), found)
            break
        if found != version:
            _asked(uri, f"to move alias {alias!r} of {_name(spec)!r}", partial(_write, spec=spec, alias=alias, version=version))
            checkpoint("alias_set" if version else "alias_removed")
    after = read_alias_versions(uri, spec, expected)
    checkpoint("read_back")
    return Moved(after, problem)


def tag_versions(uri: str, spec: VersionSpec, tags: Mapping[str, Mapping[str, str]], checkpoint: Checkpoint = _pass_by) -> None:
    """Write each version's tags. Safe to repeat.

    Raises:
        VersionsUnavailableError: the registry does not answer.
        ConfigurationError: the registry refused, or has no such version any more.
    """
    for version, told in tags.items():
        for key, text in told.items():
            _asked(uri, f"to tag version {version} of {_name(spec)!r}", partial(_tag, spec=spec, version=version, key=key, text=text))
    checkpoint("tagged")


def read_tags(uri: str, spec: VersionSpec, version: str) -> dict[str, str]:
    """Return the tags of a version; none where it is not there.

    Raises:
        VersionsUnavailableError: the registry does not answer.
        ConfigurationError: the registry refused.
    """
    what = f"tags of version {version} of {_name(spec)!r}"
    unknown, nothing = f"the {what} are unknown", {"RESOURCE_DOES_NOT_EXIST": dict[str, str]()}
    return ask(uri, what, unknown, partial(_tags, spec=spec, version=version), lambda code, _: nothing.get(code))


def _name(spec: VersionSpec) -> str:
    return spec.mlflow_model or spec.mlflow_prompt


def _asked(uri: str, what: str, question: Callable[[Any], str]) -> str:
    return ask(uri, what, "what serves now is unknown", question, _absent)


def _absent(code: str, text: str) -> str | None:
    """A missing model is HTTP 404, a missing alias HTTP 400 with a sentence."""
    return (
        "" if code == "RESOURCE_DOES_NOT_EXIST" or (code == "INVALID_PARAMETER_VALUE" and "alias" in text and "not found" in text) else None
    )


def _read(client: Any, spec: VersionSpec, alias: str) -> str:
    if spec.mlflow_prompt:
        return str(client.get_prompt_version_by_alias(spec.mlflow_prompt, alias).version)
    return str(client.get_model_version_by_alias(spec.mlflow_model, alias).version)


def _write(client: Any, spec: VersionSpec, alias: str, version: str) -> str:
    if spec.mlflow_prompt and version:
        client.set_prompt_alias(spec.mlflow_prompt, alias, version)
    elif spec.mlflow_prompt:
        client.delete_prompt_alias(spec.mlflow_prompt, alias)
    elif version:
        client.set_registered_model_alias(spec.mlflow_model, alias, version)
    else:
        client.delete_registered_model_alias(spec.mlflow_model, alias)
    return version


def _tag(client: Any, spec: VersionSpec, version: str, key: str, text: str) -> str:
    if spec.mlflow_prompt:
        client.set_prompt_version_tag(spec.mlflow_prompt, version, key, text)
    else:
        client.set_model_version_tag(spec.mlflow_model, version, key, text)
    return text


def _tags(client: Any, spec: VersionSpec, version: str) -> dict[str, str]:
    read = client.get_prompt_version if spec.mlflow_prompt else client.get_model_version
    found = read(_name(spec), version)
    return dict(found.tags) if found else {}


def _moved_meanwhile(spec: VersionSpec, alias: str, expected: str, found: str) -> str:
    was, now = expected or "nothing", found or "nothing"
    return f"alias {alias} of {_name(spec)}: expected {was}, as when it was judged, found {now}: somebody moved it meanwhile"
