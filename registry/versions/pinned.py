"""One version of a model or prompt in MLflow, pinned: which number a name stands for now, and what never changes about it.

Put here how a reference (``7``, ``@champion``, ``models:/router/7``) becomes a number and a digest; how MLflow is asked is ``asking.py``.

The rules:
 * The digest is of what the version is, not of what it is called: registered twice, a model is the same model.
 * Of a model that is its logged model where MLflow knows one, else its run and source; of one that names neither, the registry's own entry
   (name, number, instant, source), which MLflow never changes. Of a prompt it is the text.
 * A bundle is what its version is together with every part that the version's tags ``bundle.<part>`` name; without one of them it is
   refused: a part that nobody wrote down may be another one tomorrow.
 * A reference that names nothing is refused with the names that are nearest to it, before anything is read.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from registry.domain.canonical import digest_of
from registry.domain.catalogue import VersionSpec
from registry.domain.gate import PinnedVersion
from registry.errors import ConfigurationError
from registry.versions.asking import ask

_SCHEME = re.compile(r"(models|prompts):/")
_MOST_NAMED = 8

_Parts = tuple[tuple[str, str], ...]
_Found = tuple[str, str, _Parts]
_NOTHING: _Found = ("", "", ())
_TAG = "bundle."


def pin_registered(uri: str, spec: VersionSpec, reference: str, option: str = "") -> PinnedVersion:
    """Return the version of ``spec``'s model or prompt that ``reference`` names, as MLflow at ``uri`` has it now.

    ``option`` says where the reference comes from, for whoever has to correct it.

    Raises:
        ConfigurationError: no address, a reference that names no version (with the nearest names), a version without a part of its bundle,
            or the registry refused.
        VersionsUnavailableError: the registry does not answer, or its SQLite file does not exist.
    """
    name = spec.mlflow_model or spec.mlflow_prompt
    if not uri:
        raise ConfigurationError(
            [f"mlflow_uri: {spec.artifact} {name!r} is kept by MLflow and no address is set; set it in proofloop.yaml"]
        )
    wanted = _wanted(name, reference)
    read = _prompt if spec.mlflow_prompt else partial(_model, bundle=spec.bundle)
    found = _asked(uri, f"version {wanted!r} of {name!r}", lambda client: read(client, name, wanted)) if _is_name(wanted) else _NOTHING
    if found == _NOTHING:
        told = nearest_names(reference, f"a version of {name!r}", _known(uri, spec, name))
        raise ConfigurationError([f"{option} {told}".lstrip()])
    _refuse_missing(name, found, option)
    return PinnedVersion(reference, *found)


def nearest_names(reference: str, what: str, known: Iterable[str]) -> str:
    """Return the sentence that refuses a reference, with the names that it may have meant.

    >>> nearest_names("gpt4", "a version", ["gpt-4", "claude"])
    "'gpt4': expected a version, found none of that name; name one that is there, like 'gpt-4'"
    """
    names = list(known)
    near = difflib.get_close_matches(reference, names, _MOST_NAMED) or names[:_MOST_NAMED]
    more = f" and {len(names) - len(near):,} more" if len(names) > len(near) and near == names[:_MOST_NAMED] else ""
    remedy = (
        f"name one that is there, like {', '.join(map(repr, near))}{more}" if near else "there is none yet: register or evaluate it first"
    )
    return f"{reference!r}: expected {what}, found none of that name; {remedy}"


def _wanted(name: str, reference: str) -> str:
    """Return the number, or the alias with its ``@``, that a reference means; the reference itself where it means neither."""
    text = _SCHEME.sub("", reference.strip(), count=1)
    rest = text.removeprefix(name) if text.startswith((f"{name}@", f"{name}/")) else text
    return rest.removeprefix("/")


def _is_name(wanted: str) -> bool:
    return (wanted.startswith("@") and len(wanted) > 1) or (wanted.isascii() and wanted.isdigit() and wanted[0] != "0" and len(wanted) < 10)


def _refuse_missing(name: str, found: _Found, option: str) -> None:
    version, _, parts = found
    if missing := [part for part, value in parts if not value]:
        tags, is_are = ", ".join(f"{_TAG}{part}" for part in missing), "is" if len(missing) == 1 else "are"
        told = f"{option} {name} {version}: expected a tag for every part of the bundle, found none of {', '.join(missing)}; set {tags} on "
        told += f"the version in MLflow to what {is_are} in it, and ask again"
        raise ConfigurationError([told.lstrip()])


def _model(client: Any, name: str, wanted: str, bundle: tuple[str, ...]) -> _Found:
    is_alias = wanted.startswith("@")
    found = client.get_model_version_by_alias(name, wanted[1:]) if is_alias else client.get_model_version(name, wanted)
    parts = tuple((part, str(found.tags.get(f"{_TAG}{part}", "")).strip()) for part in bundle)
    identity = _identity(found)
    return str(found.version), digest_of({**identity, "bundle": parts} if bundle else identity), parts


def _identity(found: Any) -> dict[str, Any]:
    model, run, source = (str(getattr(found, part, "") or "") for part in ("model_id", "run_id", "source"))
    if model:
        return {"model": model}
    if run:
        return {"run": run, "source": source}
    return {"name": found.name, "version": str(found.version), "created": int(found.creation_timestamp or 0), "source": source}


def _prompt(client: Any, name: str, wanted: str) -> _Found:
    is_alias = wanted.startswith("@")
    found = client.get_prompt_version_by_alias(name, wanted[1:]) if is_alias else client.get_prompt_version(name, wanted)
    return (str(found.version), digest_of({"template": found.template}), ()) if found else _NOTHING


def _known(uri: str, spec: VersionSpec, name: str) -> tuple[str, ...]:
    """Return the names that are there, aliases first, then the numbers, newest first."""
    found = _listed(uri, name, _prompts if spec.mlflow_prompt else _models)
    numbers = sorted(found[1], key=int, reverse=True)
    return (*(f"@{alias}" for alias in sorted(found[0])), *numbers)


def _models(client: Any, name: str) -> tuple[list[str], list[str]]:
    quoted = name.replace("'", "")
    versions = client.search_model_versions(f"name='{quoted}'")
    return list(client.get_registered_model(name).aliases), [str(one.version) for one in versions]


def _prompts(client: Any, name: str) -> tuple[list[str], list[str]]:
    """Numbers of prompts are given in order: the newest names them all, and MLflow lists them nowhere on a server of its own."""
    prompt = client.get_prompt_version_by_alias(name, "latest")
    return [], [str(number) for number in range(1, int(prompt.version) + 1)] if prompt else []


def _asked(uri: str, what: str, question: Callable[[Any], _Found]) -> _Found:
    return ask(uri, what, "which version is meant is unknown", question, lambda code, text: _NOTHING if _is_missing(code, text) else None)


def _listed(uri: str, name: str, question: Callable[[Any, str], tuple[list[str], list[str]]]) -> tuple[list[str], list[str]]:
    what, unknown = f"the versions of {name!r}", "which versions there are is unknown"
    return ask(uri, what, unknown, lambda client: question(client, name), lambda code, text: ([], []) if _is_missing(code, text) else None)


def _is_missing(code: str, text: str) -> bool:
    """A missing model is HTTP 404, a missing alias or a model that is no prompt HTTP 400 with a sentence."""
    if code == "RESOURCE_DOES_NOT_EXIST":
        return True
    return code == "INVALID_PARAMETER_VALUE" and (("alias" in text and "not found" in text) or "registered as a model" in text)
