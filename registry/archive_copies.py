"""Copies of the archive in other stores: how ``proofloop.yaml`` names them and what is needed to reach one.

Put the setting here. What is copied, and what a store guarantees, is ``registry/evidence``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, ValidationError

from registry.errors import ConfigurationError
from registry.schemas import Schema, Text, refusal
from registry.secret_references import Url, fill, references_in, refuse_literal_secrets

if TYPE_CHECKING:
    from registry.settings import Workspace


def _one_store(url: str) -> str:
    scheme, found, rest = url.partition("://")
    if not found or not scheme.isalnum() or "::" in url or not rest.strip("/"):
        raise refusal("the URL of one store and a place in it", repr(url), "write one like s3://bucket/prefix or file:///mnt/archive")
    return url


class ArchiveCopy(Schema):
    """A store that holds a write-once copy of the archive; ``options`` are those of its fsspec library."""

    url: Annotated[Url, AfterValidator(_one_store)]
    options: Annotated[dict[Text, Text], AfterValidator(refuse_literal_secrets)] = Field(default={})


@dataclass(frozen=True, slots=True)
class CopyTarget:
    """One copy with its secrets filled in: never stored, never shown, never handed from task to task.

    ``shown`` is the URL as the workspace writes it; ``secrets`` are the values that no message may hold.
    """

    name: str
    shown: str
    url: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def copy_names(workspace: Workspace) -> tuple[str, ...]:
    """Return the copies to keep; none in a what-if run, whose archive is nobody's evidence."""
    return () if workspace.state_override is not None else tuple(sorted(workspace.settings.archive_copies))


def copy_target(workspace: Workspace, name: str, environ: Mapping[str, str]) -> CopyTarget:
    """Return the named copy, ready to be opened.

    Raises:
        ConfigurationError: there is no such copy, or a variable it refers to is not set.
    """
    copies = workspace.settings.archive_copies
    if name not in copies:
        known = ", ".join(sorted(copies)) or "none"
        message = f"expected one of {known}, found {name!r}; add it under archive_copies"
        raise ConfigurationError([workspace.problem(("archive_copies",), message)])
    copy, key = copies[name], f"archive_copies.{name}"
    options = {option: workspace.filled(f"{key}.options.{option}", text, environ) for option, text in copy.options.items()}
    secrets = tuple(fill(f"${{{found}}}", environ)[1] for found in references_in(copy.model_dump_json()))
    return CopyTarget(name, copy.url, workspace.filled(f"{key}.url", copy.url, environ), options, secrets)


def url_target(url: str, environ: Mapping[str, str]) -> CopyTarget:
    """Return a copy named by its URL alone, reached with what the environment of its library holds (``AWS_...`` for S3).

    Raises:
        ConfigurationError: not the URL of a store, a secret written out, or a variable that it refers to is not set.
    """
    try:
        copy = ArchiveCopy(url=url)
    except ValidationError as error:
        raise ConfigurationError(
            [f"archive copy: {found['msg']}" for found in error.errors(include_input=False, include_url=False)]
        ) from None
    missing, filled = fill(copy.url, environ)
    if missing:
        raise ConfigurationError([f"archive copy {copy.url}: expected the environment variable {missing} to be set; export it"])
    secrets = tuple(fill(f"${{{found}}}", environ)[1] for found in references_in(copy.url))
    return CopyTarget(copy.url, copy.url, filled, {}, secrets)
